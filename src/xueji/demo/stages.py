"""How far each school's batch has come, told as what happened on which day before today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from xueji.cases.models import Verdict
from xueji.demo import special_cases, story
from xueji.demo.ahead import Ahead
from xueji.demo.city import Stage
from xueji.demo.story import Cast, Times
from xueji.graduation.actions import mark_candidates
from xueji.graduation.models import Batch, Season
from xueji.institutions.actions import impose_sanction
from xueji.institutions.calendars import working_calendar
from xueji.production.actions import book_appointment
from xueji.production.models import SealingRound

# For each stage: how many days ago the batch was submitted; the city approves four to eight days later.
_SUBMITTED: Mapping[Stage, int] = {
    Stage.LEADER: 2,
    Stage.COUNTY: 6,
    Stage.RETURNED: 7,
    Stage.CITY: 9,
    Stage.DEFERRED: 13,
    Stage.NUMBERED: 10,
    Stage.PRINTED: 14,
    Stage.BOOKED: 15,
    Stage.SEALED: 16,
    Stage.OVERDUE: 31,
    Stage.DONE: 33,
}
_WAITS_AT: Mapping[Stage, str] = {  # the level at which review stops; the others go through
    Stage.COUNTY: "county",
    Stage.RETURNED: "county",
    Stage.CITY: "city",
    Stage.DEFERRED: "city",
    Stage.NUMBERED: "city",
}
OPENED_DAYS_AGO = 45
ROUND_OPENED_DAYS_AGO, ROUND_CLOSES_IN_DAYS = 26, 13
_REFUSED_AT_THE_PRESS = "粘贴的照片与电子照片不符"


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the telling of one school's story needs."""

    cast: Cast
    season: Season
    sealing_round: SealingRound
    times: Times
    ahead: Ahead


def bring_to_stage(scene: Scene) -> Batch:
    """Bring the batch of a school to its stage."""
    cast, stage = scene.cast, scene.cast.plan.stage
    submitted = _SUBMITTED[stage] + cast.plan.number % 4
    batch = _submitted(scene, submitted)
    if stage is not Stage.LEADER:
        _reviewed(scene, batch, submitted)
        batch = Batch.objects.select_related("case", "issue", "school", "season").get(pk=batch.pk)
        _AFTER_REVIEW.get(stage, _nothing)(scene, batch, submitted)
    return batch


def _submitted(scene: Scene, days_ago: int) -> Batch:
    cast, at = scene.cast, scene.times.at
    batch = story.begin(cast, scene.season, at(days_ago + 6, 9))
    story.list_graduates(cast, batch, scene.ahead, at(days_ago + 3, 9, 30))
    story.fill_register(cast, batch, at(days_ago + 2, 15))
    story.submit(cast, batch, at(days_ago, 10))
    return batch


def _reviewed(scene: Scene, batch: Batch, submitted: int) -> None:
    """Have the leader and, as far as the stage goes, county and city approve."""
    stage, at = scene.cast.plan.stage, scene.times.at
    level = _WAITS_AT.get(stage, "")
    moments = [at(submitted - 1, 11), at(submitted - 3, 14), at(submitted - 6, 16)]
    if scene.cast.plan.county is None:
        moments.pop(1)
    story.approve_up_to(scene.cast, batch.case, level, moments)


def _nothing(scene: Scene, batch: Batch, submitted: int) -> None:
    """Leave the batch where the review has brought it."""


def _returned(scene: Scene, batch: Batch, submitted: int) -> None:
    """The county marks three graduates and sends the batch back."""
    step = story.open_step(batch.case)
    chosen = batch.candidates.order_by("ordinal")[4:30:10]
    reasons = ("照片与本人不符，请重新采集", "入学年月与学籍系统不一致，请核对", "实习成绩缺少考核材料")
    marks = {candidate.pk: reason for candidate, reason in zip(chosen, reasons, strict=True)}
    when = scene.times.at(submitted - 3, 14)
    mark_candidates(step=step, marks=marks, by=scene.cast.county, at=when)
    words = "三名毕业生信息有疑问，请逐一核对更正后重新提交。"
    story.decide(scene.cast, batch.case, Verdict.RETURN, when + timedelta(minutes=20), words)


def _deferred(scene: Scene, batch: Batch, submitted: int) -> None:
    """The city defers, and its leader defers all sealing for the school (S1-17)."""
    words = "部分学生的实际在校情况正在核查，核查结束前暂缓办理。"
    story.decide(scene.cast, batch.case, Verdict.DEFER, scene.times.at(submitted - 5, 15), words)
    impose_sanction(
        school=scene.cast.school,
        kind="sealing_deferred",
        reason="报送名单与实际在校情况不一致，核查期间暂缓验印。",
        document_number=f"渭教职成函〔{scene.season.year}〕5号（演示）",
        by=scene.cast.users["cityleader01"],
        at=scene.times.at(submitted - 6, 10),
    )


def _numbered(scene: Scene, batch: Batch, submitted: int) -> None:
    """The city approves; in the bigger schools it refuses two graduates first, and one is argued for (S1-14)."""
    when = scene.times.at(submitted - 6, 16)
    refused = special_cases.refuse_two(scene.cast, batch, when) if scene.cast.plan.size > 300 else []
    story.decide(scene.cast, batch.case, Verdict.APPROVE, when + timedelta(minutes=30))
    if refused:
        special_cases.file_special_case(scene.cast, batch, refused[0], scene.times.at(submitted - 8, 10))


def _printed(scene: Scene, batch: Batch, submitted: int) -> None:
    story.print_papers(scene.cast, batch, scene.times.at(submitted - 8, 9), with_sample=scene.cast.plan.size < 150)


def _booked(scene: Scene, batch: Batch, submitted: int) -> None:
    """Book the next working day that has room."""
    _printed(scene, batch, submitted)
    calendar = working_calendar(batch.law, batch.season.authority)
    today = scene.times.last_day
    days = [today + timedelta(days=n) for n in range(1, ROUND_CLOSES_IN_DAYS + 1)]
    day = next(day for day in days if calendar.is_working_day(day))
    half = "am" if scene.cast.plan.number % 2 else "pm"
    book_appointment(
        issue=batch.issue_at_hand,
        round=scene.sealing_round,
        day=day,
        half=half,
        by=scene.cast.clerk,
        at=scene.times.at(submitted - 9, 11),
    )


def _sealed(scene: Scene, batch: Batch, submitted: int) -> None:
    story.print_papers(scene.cast, batch, scene.times.at(submitted - 7, 9))
    refuse = _REFUSED_AT_THE_PRESS if scene.cast.plan.size > 600 else ""
    story.seal(scene.cast, batch, scene.sealing_round, scene.times.at(submitted - 9, 10), refuse=refuse)


def _overdue(scene: Scene, batch: Batch, submitted: int) -> None:
    """Two of the three duties were forgotten; the city criticised the school in public."""
    _sealed(scene, batch, submitted)
    story.report_duties(scene.cast, batch, scene.times.at(submitted - 12), ["submit_graduated"])
    impose_sanction(
        school=scene.cast.school,
        kind="public_criticism",
        reason="验印结束后未按期填报毕业生管理和就业管理模块。",
        document_number=f"渭教职成函〔{scene.season.year}〕6号（演示）",
        by=scene.cast.users["cityleader01"],
        at=scene.times.at(2, 16),
    )


def _done(scene: Scene, batch: Batch, submitted: int) -> None:
    _sealed(scene, batch, submitted)
    story.report_duties(scene.cast, batch, scene.times.at(submitted - 14))


_AFTER_REVIEW: Mapping[Stage, Callable[[Scene, Batch, int], None]] = {
    Stage.RETURNED: _returned,
    Stage.DEFERRED: _deferred,
    Stage.NUMBERED: _numbered,
    Stage.PRINTED: _printed,
    Stage.BOOKED: _booked,
    Stage.SEALED: _sealed,
    Stage.OVERDUE: _overdue,
    Stage.DONE: _done,
}


def bring_to_end(scene: Scene, *, is_late: bool = False) -> Batch:
    """Bring a batch of an earlier class from opening to its last duty."""
    cast, at = scene.cast, scene.times.at
    batch = story.begin(cast, scene.season, at(20), is_late=is_late)
    story.list_graduates(cast, batch, scene.ahead, at(18, 9, 30))
    story.fill_register(cast, batch, at(17, 15))
    story.submit(cast, batch, at(16, 10))
    story.approve_up_to(cast, batch.case, "", [at(15), at(13), at(10)][: 3 if cast.plan.county else 2])
    story.seal(cast, batch, scene.sealing_round, at(2, 10))
    story.report_duties(cast, batch, at(0, 16))
    return batch


def round_days(today: date) -> tuple[date, date]:
    """Return the days of the demo's sealing: around today, so that a newcomer can seal."""
    return today - timedelta(days=ROUND_OPENED_DAYS_AGO), today + timedelta(days=ROUND_CLOSES_IN_DAYS)
