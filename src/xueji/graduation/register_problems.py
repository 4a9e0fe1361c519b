"""What graduation knows to be mended in the register before the check of a term: who should be on a list and is not, who has no photograph."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from xueji.core.packs import PackView
from xueji.core.term_checks import STATUS_CHECK, nearest_window
from xueji.graduation.facts import LIVE
from xueji.graduation.models import Candidate
from xueji.graduation.queries.from_register import months_of_class
from xueji.registry.models import Enrolment, EnrolmentStatus, Registration
from xueji.registry.queries.term_checks import RegisterProblem


def _unlisted(found: QuerySet[Enrolment], view: PackView, on: date) -> QuerySet[Enrolment]:
    """Filed students whose studies end by the class of the check, and who are on no list of graduates."""
    nearest = nearest_window(view, STATUS_CHECK, on)
    if nearest is None:
        return found.none()
    window = nearest.window
    last = months_of_class(view, window.season_year, window.season_term)[-1]
    listed = Candidate.objects.filter(person=OuterRef("person"), state__in=LIVE)
    return found.filter(
        ~Exists(listed), status=EnrolmentStatus.STUDYING, registration__filing=Registration.Filing.FILED,
        registration__expected_graduation__lte=last,
    )  # fmt: skip


def _without_photograph(found: QuerySet[Enrolment], _view: PackView, _on: date) -> QuerySet[Enrolment]:
    bare = Candidate.objects.filter(enrolment=OuterRef("pk"), state__in=LIVE, photo__isnull=True)
    return found.filter(Exists(bare), status=EnrolmentStatus.STUDYING)


UNLISTED = RegisterProblem(
    "unlisted", "应届毕业、没有列入毕业批次", "列入毕业批次；不能毕业的办理留级等异动", _unlisted
)
WITHOUT_PHOTOGRAPH = RegisterProblem("no_photograph", "已列入批次、没有照片", "在批次中补传照片", _without_photograph)
