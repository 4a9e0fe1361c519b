"""Every write of supervision: searches, what schools and authorities do about a finding, comparisons of the two systems."""

from xueji.supervision.actions.comparing import record_comparison
from xueji.supervision.actions.deciding import answer_finding, decide_finding, propose_finding, take_up_finding
from xueji.supervision.actions.searching import request_search, search_all_findings, search_findings

__all__ = [
    "answer_finding",
    "decide_finding",
    "propose_finding",
    "record_comparison",
    "request_search",
    "search_all_findings",
    "search_findings",
    "take_up_finding",
]
