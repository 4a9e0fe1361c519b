"""A jurisdiction as founded for the demo, and its people doing what they do through the product's own actions."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password

from xueji.accounts.models import User
from xueji.cases.actions import decide_step
from xueji.cases.models import Case, CaseState
from xueji.cases.queries import open_step_of
from xueji.demo.provinces import Province, ProvincePlan, graduates_of, register_province, write_files
from xueji.graduation.actions import open_batch, submit_batch
from xueji.graduation.models import Batch
from xueji.institutions.models import School
from xueji.institutions.queries import authority_at, officers_of
from xueji.jobs.testing import run_pending_jobs
from xueji.policy import get_library
from xueji.uploads.actions import confirm_upload, receive_upload

YEAR = 2026
AT = datetime(2026, 6, 15, 1, tzinfo=UTC)
LATER = AT + timedelta(hours=2)


@dataclass
class World:
    """A founded jurisdiction."""

    province: Province

    @property
    def plan(self) -> ProvincePlan:
        """What it was founded from."""
        return self.province.plan

    def user(self, name: str) -> User:
        """Somebody by the account name without the jurisdiction's key: «city», «school_clerk»."""
        return self.province.users[f"{self.plan.key}_{name}"]

    def school(self, key: str = "school") -> School:
        """A school by its key."""
        return self.province.schools[key]

    def listed(self, key: str = "school", count: int = 12) -> Batch:
        """A batch whose faultless graduates are in the register."""
        plan = next(school for school in self.plan.schools if school.key == key)
        clerk = self.user(f"{key}_clerk")
        batch = open_batch(season=self.province.season, school=self.school(key), by=clerk, at=AT)
        view = get_library().pack(self.plan.pack).on(self.province.season.legal_date)
        with tempfile.TemporaryDirectory() as folder:
            people = graduates_of(self.plan, plan, year=YEAR, count=count)
            files = write_files(Path(folder), view, people, stem=plan.key, seed=3)
            workbook, photos = ((path.name, path.read_bytes()) for path in files)
            intake = receive_upload(kind="graduates", subject=batch, workbook=workbook, photos=photos, by=clerk, at=AT)
            run_pending_jobs()
        intake.refresh_from_db()
        assert intake.error_count == 0, list(intake.findings.values_list("row", "column", "message"))
        confirm_upload(upload=intake, by=clerk, at=AT)
        batch.refresh_from_db()
        return batch

    def decide(self, case: Case, *, verdict: str = "approve", at: datetime = LATER) -> Case:
        """Let whoever holds the post of the open step decide it."""
        step = open_step_of(case)
        assert step is not None, case.state
        place = case.school if step.level == "school" else authority_at(case.school, step.level)
        assert place is not None, step.level
        who = officers_of(place, step.post).first()
        assert who is not None, (place, step.post)
        return decide_step(step=step, verdict=verdict, reasons="", by=who, at=at)

    def approve(self, case: Case, *, at: datetime = LATER) -> list[str]:
        """Let everybody in turn approve a case; return the posts that did."""
        posts = []
        while (step := open_step_of(case)) is not None:
            posts.append(step.post)
            case = self.decide(case, at=at)
        case.refresh_from_db()
        assert case.state == CaseState.APPROVED
        return posts

    def approved(self, batch: Batch, *, at: datetime = LATER) -> list[str]:
        """Submit a batch and have it approved; return the posts that did."""
        submit_batch(batch=batch, by=self.user(f"{self.key_of(batch)}_clerk"), at=at)
        posts = self.approve(batch.case, at=at)
        batch.refresh_from_db()
        return posts

    def key_of(self, batch: Batch) -> str:
        """The key of a batch's school."""
        return next(key for key, school in self.province.schools.items() if school.pk == batch.school_id)


def found(plan: ProvincePlan) -> World:
    """Found a jurisdiction for its class of this year."""
    return World(
        register_province(
            plan,
            year=YEAR,
            legal_date=date(YEAR, 6, 1),
            at=AT,
            starts_on=date(YEAR, 1, 1),
            password="founded-2026",
            encoded=make_password(None),
        )
    )
