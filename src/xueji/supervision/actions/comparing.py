"""How far the two systems differ at a school is put on record, and the finding of it begins or ends with it (FM5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import NotPermitted
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, posts_of, schools_visible_to
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.supervision.actions.searching import search_findings
from xueji.supervision.comparison_rows import ComparedLists, ComparedStudent
from xueji.supervision.models import SystemComparison
from xueji.supervision.queries import places_watching
from xueji.uploads.models import Upload


@transaction.atomic
def record_comparison(
    *,
    school: School,
    upload: Upload,
    figures: ComparedLists,
    students: Sequence[ComparedStudent],
    by: User,
    at: datetime,
) -> SystemComparison:
    """Record a comparison as it was read; the same upload is recorded once, and again gives what stands.

    The school sees it at once, its authority after the days of the pack, unless the authority sent the export itself.
    """
    School.objects.select_for_update(of=("self",), no_key=True).get(pk=school.pk)
    standing = SystemComparison.objects.filter(upload=upload).first()
    if standing is not None:
        return standing
    on = timezone.localdate(upload.uploaded_at)
    view = pack_of(school).on(on)
    place, is_own = _place(school, by)
    days = cast("int", view.value("listed_finding_first_to_school")) if is_own else 0
    row = SystemComparison.objects.create(
        school=school, compared_on=on, differing=figures.differing, total=figures.total, counts=dict(figures.counts),
        rows=[student.on_record() for student in students], compared=list(figures.compared), place=place, shown_on=on + timedelta(days=days), upload=upload, by=by, at=at,
    )  # fmt: skip
    record_event(
        tag=EventTag.SYSTEMS_COMPARED, subject=row, parent=school, by=by, at=at, school_id=school.pk, view=view,
        after={
            "differing": row.differing, "total": row.total, "counts": row.counts, "compared_on": on, "place": place,
            "compared": row.compared, "file": upload.workbook_id,
        },
    )  # fmt: skip
    search_findings(schools=[school], by=None, at=at)
    return row


def _place(school: School, by: User) -> tuple[str, bool]:
    """Return for whom somebody compares, and whether that is the school itself."""
    if any(post.school_id == school.pk for post in posts_of(by)):
        registering = schools_visible_to(by, permission=Permission.REGISTER_STUDENTS)
        if registering.filter(pk=school.pk).exists():
            return school.name, True
    places = places_watching(by, school)
    if not places:
        raise NotPermitted("由学校登记学籍的人员或者其主管部门核对")
    return max(places, key=lambda place: len(place.path)).name, False
