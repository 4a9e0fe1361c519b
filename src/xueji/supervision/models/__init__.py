"""What the register shows against the negative list, what was decided of it, how the two systems compare, how a year is rated."""

from xueji.supervision.models.findings import FindingAct, ListedFinding, SystemComparison
from xueji.supervision.models.ratings import Rating, RatingAct
from xueji.supervision.models.restrictions import Restriction, RestrictionBypass
from xueji.supervision.models.stewardships import StewardPost, Stewardship

__all__ = [
    "FindingAct",
    "ListedFinding",
    "Rating",
    "RatingAct",
    "Restriction",
    "RestrictionBypass",
    "StewardPost",
    "Stewardship",
    "SystemComparison",
]
