"""What one school and its reviewers do with a batch, act by act, each by the person whose post it is.

Nothing is written beside the actions: the demo's ledger, numbers and duties come about as they would in a real year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from xueji.accounts.models import User
from xueji.cases.actions import decide_step, submit_case
from xueji.cases.models import Case, Step, Verdict
from xueji.cases.queries import open_step_of
from xueji.demo.ahead import Ahead
from xueji.demo.city import COUNTIES, SchoolPlan
from xueji.demo.workbooks import SchoolFiles
from xueji.graduation.actions import (
    open_batch,
    set_register_lines,
    submit_batch,
)
from xueji.graduation.models import Batch, Candidate, Season
from xueji.institutions.models import School
from xueji.jobs.testing import run_pending_jobs
from xueji.obligations.actions import fulfil_obligation
from xueji.production.actions import CopyReceived, lodge_archive_copies, request_print, seal_issue
from xueji.production.models import SealingRound
from xueji.uploads.actions import confirm_upload, receive_upload
from xueji.uploads.models import Upload

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Times:
    """The days of a story, counted backwards from its last day; office hours, never a weekend."""

    last_day: date

    def at(self, days_ago: int, hour: int = 9, minute: int = 0) -> datetime:
        """Return a moment of a working day so many days before the last one (the Friday before a weekend)."""
        day = self.last_day - timedelta(days=days_ago)
        day -= timedelta(days=max(0, day.weekday() - 4))
        return datetime.combine(day, time(hour, minute), ZONE)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts for one school, and for the city."""

    plan: SchoolPlan
    school: School
    users: Mapping[str, User]

    @property
    def clerk(self) -> User:
        """The school's clerk."""
        return self.users[f"school{self.plan.number:02d}"]

    @property
    def leader(self) -> User:
        """The school's leader."""
        return self.users[f"leader{self.plan.number:02d}"]

    @property
    def county(self) -> User:
        """The reviewer of the school's county."""
        place = next(index for index, (code, _) in enumerate(COUNTIES, start=1) if code == self.plan.county)
        return self.users[f"county{place:02d}"]

    def officer(self, step: Step) -> User:
        """Return who decides a step."""
        return {"school": self.leader, "city": self.users["city01"]}.get(step.level) or self.county


def begin(cast: Cast, season: Season, at: datetime, *, is_late: bool = False) -> Batch:
    """Open the batch of a school."""
    return open_batch(
        season=season, school=cast.school, is_late=is_late, form_filler=cast.clerk.full_name, by=cast.clerk, at=at
    )


def upload(cast: Cast, batch: Batch, files: SchoolFiles, at: datetime) -> Upload:
    """Upload a workbook with its photographs and have it read, as the queue would."""
    sent = receive_upload(
        kind="graduates",
        subject=batch,
        workbook=(files.workbook.name, files.workbook.read_bytes()),
        photos=(files.photos.name, files.photos.read_bytes()),
        by=cast.clerk,
        at=at,
    )
    run_pending_jobs()
    sent.refresh_from_db()
    return sent


def list_graduates(cast: Cast, batch: Batch, ahead: Ahead, at: datetime) -> None:
    """Upload and confirm the faultless list that was ordered for a school and season."""
    files = ahead.take(list_name(cast.plan, batch.season))
    confirm_upload(upload=upload(cast, batch, files, at), by=cast.clerk, at=at + timedelta(minutes=40))


def list_name(plan: SchoolPlan, season: Season) -> str:
    """Return what the files of a school's list are called."""
    return f"{plan.name}{season.label}"


def fill_register(cast: Cast, batch: Batch, at: datetime) -> None:
    """State plan and admitted for every programme: a few more than graduate, as in life."""
    counts: dict[tuple[str, Decimal], int] = {}
    for key in batch.candidates.values_list("programme_name", "duration_years"):
        counts[key] = counts.get(key, 0) + 1
    lines = [
        {
            "programme_name": name,
            "duration_years": years,
            "planned": (count * 23 // 20 // 5 + 1) * 5,
            "admitted": count + count // 20 + 1,
            "remark": "",
        }
        for (name, years), count in counts.items()
    ]
    set_register_lines(batch=batch, lines=lines, form_filler=cast.clerk.full_name, by=cast.clerk, at=at)


def submit(cast: Cast, batch: Batch, at: datetime) -> None:
    """Submit a batch for review."""
    submit_batch(batch=batch, by=cast.clerk, at=at)


def decide(cast: Cast, case: Case, verdict: Verdict, at: datetime, reasons: str = "") -> None:
    """Decide the open step of a case by the officer it waits for."""
    step = open_step(case)
    decide_step(step=step, verdict=verdict, reasons=reasons, by=cast.officer(step), at=at)


def approve_up_to(cast: Cast, case: Case, level: str, times: Sequence[datetime]) -> None:
    """Approve step after step until the case lies at a level («» for the very end), at the times given."""
    for at in times:
        step = open_step(case)
        if step.level == level:
            return
        decide_step(step=step, verdict=Verdict.APPROVE, by=cast.officer(step), at=at)


def open_step(case: Case) -> Step:
    """Return the step at which a case lies."""
    step = open_step_of(Case.objects.get(pk=case.pk))
    if step is None:
        raise LookupError(f"{case.title} waits for nobody")
    return step


def submit_paper(cast: Cast, case: Case, at: datetime) -> None:
    """Submit a correction or special-case file and have the school's leader forward it."""
    submit_case(case=case, by=cast.clerk, at=at)
    decide(cast, case, Verdict.APPROVE, at + timedelta(hours=3), "情况属实，同意上报。")


def print_papers(cast: Cast, batch: Batch, at: datetime, *, with_sample: bool = False) -> None:
    """Print register and roster, and the sample of the diplomas where asked."""
    documents = ["register", "roster", *(["diploma.sample"] if with_sample else [])]
    for document in documents:
        request_print(issue=batch.issue_at_hand, document=document, by=cast.clerk, at=at)
    run_pending_jobs()


def seal(cast: Cast, batch: Batch, sealing_round: SealingRound, at: datetime, *, refuse: str = "") -> None:
    """Count and seal the diplomas; with `refuse` the last one is sent back for that reason."""
    certificates = list(
        Candidate.objects.filter(batch=batch, certificate__isnull=False)
        .order_by("certificate__number__serial")
        .values_list("certificate_id", flat=True)
    )
    seal_issue(
        issue=batch.issue_at_hand,
        round=sealing_round,
        diplomas_counted=len(certificates),
        refused={certificates[-1]: refuse} if refuse else {},
        sealed_by=cast.users["sealer01"],
        supervised_by=cast.users["supervisor01"],
        at=at,
    )
    copies = [
        CopyReceived(keeper, document, f"{batch.season.year}-验印-{cast.plan.number:02d}-{mark}")
        for keeper in ("city", "county", "school")
        for document, mark in (("register", "册"), ("roster", "单"))
        if keeper != "county" or cast.plan.county
    ]
    lodge_archive_copies(
        issue=batch.issue_at_hand, copies=copies, by=cast.users["sealer01"], at=at + timedelta(hours=1)
    )


def report_duties(cast: Cast, batch: Batch, at: datetime, keys: Sequence[str] = ()) -> None:
    """Report what the school owes after the sealing: what is named, or all of it."""
    for obligation in batch.case.obligations.order_by("pk"):
        if not keys or obligation.key in keys:
            fulfil_obligation(obligation=obligation, by=cast.clerk, at=at)
