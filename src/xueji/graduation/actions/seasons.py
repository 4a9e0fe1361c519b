"""Seasons and batches are opened, by the authority that seals (or, where nobody does, approves) and the schools it serves."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import open_case
from xueji.cases.recall_actions import reopen_draft
from xueji.certificates.actions import open_issue
from xueji.certificates.models import Term
from xueji.core.days import refusal_of_class, require_day
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.packs import PackView
from xueji.graduation.locks import lock_batch
from xueji.graduation.models import Batch, Season
from xueji.graduation.queries import is_given_up, opens_seasons
from xueji.graduation.records.actions.spot_checks import commit_draw
from xueji.graduation.rules import late_findings
from xueji.graduation.season_authority import BATCH_KIND, ISSUE_KIND, season_authority, season_levels
from xueji.institutions.actions_closing import require_open
from xueji.institutions.models import Authority, Level, School
from xueji.institutions.queries import pack_over, require_permission
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag


def open_season(*, authority: Authority, year: int, term: str, legal_date: date, by: User, at: datetime) -> Season:
    """Open a graduating class at the authority that seals it; its pack is read as in force on the legal date."""
    if not opens_seasons(by, authority.pk):
        raise NotPermitted("毕业届次由该验印机关的审核人开设")
    if term not in Term.values:
        raise BadInput(f"没有「{term}」这一季；可用：{'、'.join(Term.values)}")
    if (refused := refusal_of_class(year, timezone.localdate(at))) is not None:
        raise BadInput(refused)
    require_legal_date(year, legal_date, timezone.localdate(at))
    pack = pack_over(authority)
    view = pack.on(legal_date)
    require_level(authority, view)
    with transaction.atomic():
        if Season.objects.filter(authority=authority, year=year, term=term).exists():
            raise Conflict(f"{year}届{Term(term).label}已经开设")
        season = Season.objects.create(
            authority=authority, pack=pack.id, year=year, term=term, legal_date=legal_date, opened_by=by, opened_at=at
        )
        record_event(
            tag=EventTag.SEASON_OPENED, subject=season, by=by, at=at, view=view,
            rules=[Basis(f"workflow.{BATCH_KIND}", view.workflow(BATCH_KIND).cites)],
            after={"season": season.label, "legal_date": legal_date},
        )  # fmt: skip
    return season


def require_legal_date(year: int, legal_date: date, today: date) -> None:
    """BadInput unless the law of the day may be that of the class: no day a slip made, none years away."""
    require_day("legal", legal_date, today)
    if abs(legal_date.year - year) > 1:
        raise BadInput(
            f"{year}届的适用日期应在 {year - 1}-01-01 至 {year + 1}-12-31 之间，填写的是 {legal_date.isoformat()}"
        )


def require_level(authority: Authority, view: PackView) -> None:
    """Conflict unless the pack has classes opened at the authority's level."""
    if authority.level not in (levels := season_levels(view)):
        places = "、".join(Level(level).label for level in levels) or "别处"
        raise Conflict(f"按适用的规定，毕业届次由{places}机关开设，不由{authority.name}开设")


def open_batch(
    *, season: Season, school: School, by: User, at: datetime, is_late: bool = False, form_filler: str = ""
) -> Batch:
    """Open the batch of a school in a season; a late one only where and while the pack lets stragglers be sealed (S1-13).

    A school that is closed opens none. The season is that of the authority which seals for this school: of two authorities above it, only one does.
    """
    require_permission(by, Permission.PREPARE_BATCH, school=school)
    authority = season_authority(school, season.legal_date)
    if authority is None or authority.pk != season.authority_id:
        clause = f"，由{authority.name}验印" if authority else ""
        raise Conflict(f"{school.name}不由{season.authority.name}验印{clause}")
    if Season.objects.filter(pk=season.pk, closed_at__isnull=False).exists():
        raise Conflict(f"{season.label}已由{season.authority.name}截止上报，不能再建立批次；确需补报的，请与其联系")
    view = season.law
    if is_late and (findings := late_findings(view, season, timezone.localdate(at))):
        raise RuleViolation(findings)
    return create_batch(season=season, school=school, is_late=is_late, form_filler=form_filler, by=by, at=at)


def create_batch(*, season: Season, school: School, is_late: bool, form_filler: str, by: User, at: datetime) -> Batch:
    """Store a batch with its case; who may and whether it may be was asked before. One that was given up empty is taken up again."""
    label = f"{season.label}{'补验印' if is_late else ''}"
    with transaction.atomic():
        require_open(school, timezone.localdate(at))
        standing = Batch.objects.select_related("case", "issue", "season", "school")
        before = standing.filter(season=season, school=school, is_late=is_late).first()
        if before is not None:
            return _opened_anew(before, label, by, at)
        case = open_case(
            kind=BATCH_KIND, school=school, title=f"{label} {school.name}", legal_date=season.legal_date, by=by, at=at
        )
        issue = open_issue(
            case=case, kind=ISSUE_KIND, authority=season.authority, year=season.year, term=season.term, is_late=is_late
        )
        batch = Batch.objects.create(
            season=season, school=school, is_late=is_late, case=case, issue=issue, form_filler=form_filler.strip()[:40]
        )
        record_event(
            tag=EventTag.BATCH_OPENED, subject=batch, parent=case, by=by, at=at, school_id=school.pk,
            after={"season": season.label, "is_late": is_late},
        )  # fmt: skip
        commit_draw(batch=batch, at=at, by=by)
    return batch


def _opened_anew(batch: Batch, label: str, by: User, at: datetime) -> Batch:
    """Take a batch up again that was given up while it was empty; Conflict while it stands."""
    lock_batch(batch)
    batch.case.refresh_from_db()
    if not is_given_up(batch):
        raise Conflict(f"{batch.school.name}的{label}批次已经建立")
    batch.case = reopen_draft(case=batch.case, legal_date=batch.season.legal_date, by=by, at=at)
    record_event(
        tag=EventTag.BATCH_OPENED, subject=batch, parent=batch.case, by=by, at=at, school_id=batch.school_id,
        after={"season": batch.season.label, "is_late": batch.is_late},
    )  # fmt: skip
    return batch
