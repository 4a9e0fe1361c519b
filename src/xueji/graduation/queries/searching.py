"""Find a batch by what somebody types of its title: «2026届», «渭河学校», «2026届春季 渭河»."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import QuerySet

from xueji.accounts.models import User
from xueji.cases.models import Step
from xueji.certificates.models import Term
from xueji.core.sought import SHORTEST, Sought
from xueji.graduation.models import Batch
from xueji.graduation.queries import batches_visible_to

_TITLE = re.compile(r"(?:(20[0-9]{2})(?:年|届)?)?(?:(春|秋)季?)?(补验印)?(.*)", re.DOTALL)
_TERMS = {"春": Term.SPRING, "秋": Term.AUTUMN}


def batches_sought(user: User, sought: Sought) -> QuerySet[Batch]:
    """Return the batches a person may see whose class and school were typed, the newest first."""
    year, term, late, school = _parts_of(sought)
    found = batches_visible_to(user).order_by("-pk")
    if not year and len(school) < SHORTEST:
        return found.none()
    narrowed = {
        "season__year": year, "season__term": _TERMS.get(term), "is_late": True if late else None,
        "school__name__contains": school,
    }  # fmt: skip
    return found.filter(**{path: value for path, value in narrowed.items() if value})


def year_sought(sought: Sought) -> str:
    """Return the year of the class that was typed; empty when none was."""
    return _parts_of(sought)[0]


def _parts_of(sought: Sought) -> tuple[str, str, str, str]:
    """Return year, term, «late» and words of the school, each empty where it was not typed."""
    title = _TITLE.fullmatch(sought.number)
    year, term, late, school = title.groups(default="") if title else ("", "", "", "")
    return year, term, late, school


def newest_office_steps(batches: Iterable[Batch]) -> dict[int, int]:
    """Return, by case, the newest step of an office in the cases of some batches of a page: where an officer opens them."""
    cases = [batch.case_id for batch in batches]
    rows = Step.objects.filter(case__in=cases, authority__isnull=False).order_by("case", "round", "ordinal")
    opened = rows.exclude(opened_at=None).values_list("case_id", "pk")
    return dict(opened)
