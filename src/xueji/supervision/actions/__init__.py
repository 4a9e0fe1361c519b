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
from xueji.supervision.actions.restricting import (
    RestrictionScope,
    lift_restriction,
    place_restriction,
    propose_bypass,
    settle_bypass,
)
from xueji.supervision.actions.searching import request_search, search_all_findings, search_findings
from xueji.supervision.actions.stewarding import (
    name_steward_person,
    propose_lifting,
    propose_stewardship,
    record_stewardship,
    settle_lifting,
    settle_stewardship,
    withdraw_steward_person,
)

__all__ = [
    "RatingProposal",
    "RestrictionScope",
    "answer_finding",
    "decide_finding",
    "draft_ratings",
    "lift_restriction",
    "name_steward_person",
    "object_to_rating",
    "place_restriction",
    "propose_bypass",
    "propose_finding",
    "propose_lifting",
    "propose_rating",
    "propose_stewardship",
    "publish_ratings",
    "record_comparison",
    "record_stewardship",
    "request_search",
    "revise_rating",
    "search_all_findings",
    "search_findings",
    "settle_bypass",
    "settle_lifting",
    "settle_rating",
    "settle_stewardship",
    "take_up_finding",
    "withdraw_steward_person",
]
