"""Licences are published: what a confirmed upload holds becomes the newest version of each intake it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from xueji.accounts.models import User
from xueji.core.errors import BadInput, NotPermitted
from xueji.core.intakes import Intake
from xueji.institutions.models import Authority
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.licences.columns import LicenceLine
from xueji.licences.models import LicencePublication, PublishedLicence
from xueji.licences.queries import may_publish
from xueji.uploads.models import Upload, UploadRow


@transaction.atomic
def publish_licences(
    *, authority: Authority, lines: Sequence[LicenceLine], by: User, at: datetime, upload: Upload | None = None
) -> list[LicencePublication]:
    """Publish licences for each intake they are about; an intake whose lines are those in force gets no new version."""
    if not may_publish(by, authority):
        raise NotPermitted("招生资质由省级主管部门公布")
    if not lines:
        raise BadInput("没有一行招生资质")
    Authority.objects.select_for_update(no_key=True).get(pk=authority.pk)  # two publications wait for each other
    by_intake: dict[Intake, list[LicenceLine]] = {}
    for line in lines:
        by_intake.setdefault(line.intake, []).append(line)
    made = []
    for intake, of_intake in sorted(by_intake.items(), key=lambda pair: (pair[0].year, pair[0].term)):
        if not _stands_so(authority, intake, of_intake):
            made.append(_publish(authority, intake, of_intake, upload=upload, by=by, at=at))
    return made


def confirm_lines(
    *, upload: Upload, subject: Authority, rows: Sequence[UploadRow], by: User, at: datetime
) -> dict[str, object]:
    """Publish the lines of an upload, in the transaction of its confirmation."""
    lines = [LicenceLine.from_text(row.payload) for row in rows]
    made = publish_licences(authority=subject, lines=lines, by=by, at=at, upload=upload)
    return {"publications": [str(publication) for publication in made] or "与现行公布相同，没有新的版次"}


def _publish(
    authority: Authority, intake: Intake, lines: Sequence[LicenceLine], *, upload: Upload | None, by: User, at: datetime
) -> LicencePublication:
    versions = LicencePublication.objects.filter(authority=authority, year=intake.year, season=intake.term)
    last = versions.aggregate(last=Max("version"))["last"] or 0
    publication = LicencePublication.objects.create(
        authority=authority, year=intake.year, season=intake.term, version=last + 1, upload=upload, published_by=by,
        published_at=at,
    )  # fmt: skip
    PublishedLicence.objects.bulk_create([
        PublishedLicence(
            publication=publication, school_code=line.school_code, school_name=line.school_name,
            programme_name=line.programme_name, duration_years=line.duration_years, campus=line.campus, quota=line.quota,
        )
        for line in lines
    ], batch_size=1000)  # fmt: skip
    record_event(
        tag=EventTag.LICENCES_PUBLISHED, subject=publication, parent=authority, authority_id=authority.pk, by=by, at=at,
        after={"行数": len(lines), "招生计划": sum(line.quota for line in lines), "代替": last or "无"},
    )  # fmt: skip
    return publication


def _stands_so(authority: Authority, intake: Intake, lines: Sequence[LicenceLine]) -> bool:
    """Whether the newest version of an intake holds exactly these lines."""
    versions = LicencePublication.objects.filter(authority=authority, year=intake.year, season=intake.term)
    newest = versions.order_by("-version").first()
    if newest is None:
        return False
    stored = newest.licences.values_list(
        "school_code", "school_name", "programme_name", "duration_years", "campus", "quota"
    )
    given = {
        (line.school_code, line.school_name, line.programme_name, line.duration_years, line.campus, line.quota)
        for line in lines
    }
    return set(stored) == given
