"""Every write of supervision: searches, what schools and authorities do about a finding, comparisons of the two systems, ratings."""

from xueji.supervision.actions.comparing import record_comparison
from xueji.supervision.actions.deciding import answer_finding, decide_finding, propose_finding, take_up_finding
from xueji.supervision.actions.drafting import draft_ratings
from xueji.supervision.actions.rating import (
    RatingProposal,
    object_to_rating,
    propose_rating,
    publish_ratings,
    revise_rating,
    settle_rating,
)
from xueji.supervision.actions.searching import request_search, search_all_findings, search_findings

__all__ = [
    "RatingProposal",
    "answer_finding",
    "decide_finding",
    "draft_ratings",
    "object_to_rating",
    "propose_finding",
    "propose_rating",
    "publish_ratings",
    "record_comparison",
    "request_search",
    "revise_rating",
    "search_all_findings",
    "search_findings",
    "settle_rating",
    "take_up_finding",
]
