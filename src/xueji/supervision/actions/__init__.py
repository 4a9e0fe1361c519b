"""Every write of supervision: searches, what schools and authorities do about a finding, comparisons of the two systems."""

from xueji.supervision.actions.searching import request_search, search_all_findings, search_findings

__all__ = ["request_search", "search_all_findings", "search_findings"]
