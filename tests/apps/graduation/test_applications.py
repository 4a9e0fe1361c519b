"""Numbers applied for by head-count: a block a group, taken in the order of the roster, returned when left over."""

from __future__ import annotations

import pytest
from tests.factories.certificates import range_of
from tests.factories.graduation import AT, approved, at_the_city, decide, filled, rows_of, setting
from tests.factories.institutions import SchoolFactory, appointed, staffed_city
from tests.factories.packs import (
    completion_by_claim,
    granted_in_blocks,
    process,
    school_county_city,
    use,
)

from xueji.cases.actions import submit_case, withdraw_case
from xueji.cases.models import CaseState
from xueji.certificates.models import CertificateNumber, NumberBlock
from xueji.certificates.queries import numbers_by_state
from xueji.certificates.stages import done_stages, require_stage
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.graduation.actions import (
    open_number_application,
    return_granted_numbers,
    set_number_lines,
)
from xueji.graduation.actions.applications import application_findings, numbers_suffice
from xueji.graduation.models import NumberApplication
from xueji.institutions.models import Post
from xueji.ledger.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S4-03")]
NURSES = {"programme_name": "护理", "entry_month": "2016-09", "duration_years": "3", "study_mode": "全日制"}


@pytest.fixture
def pack(monkeypatch):
    return use(
        monkeypatch, granted_in_blocks(), school_county_city("number_application", "编号申请"),
        process(("apply_numbers", ()), ("approve", ()), ("number", ("apply_numbers", "approve"))),
    )  # fmt: skip


@pytest.fixture
def here(pack):
    rows = [*rows_of(2), *rows_of(2, start=2, 专业="会计"), *rows_of(1, start=4)]
    return filled(setting(), rows)


def applied(here) -> NumberApplication:
    """Open an application with the prefilled head-counts."""
    return open_number_application(season=here.season, school=here.batch.school, by=here.clerk, at=AT)


def granted(here, lines=None) -> NumberApplication:
    """Take an application to its grant."""
    application = applied(here)
    if lines is not None:
        set_number_lines(application=application, lines=lines, by=here.clerk, at=AT)
    submit_case(case=application.case, by=here.clerk, at=AT)
    while (case := decide(application.case, here.city)).state != CaseState.APPROVED:
        assert case.state == CaseState.IN_PROGRESS
    return application


def heads(application) -> dict[str, int]:
    return {line.programme_name: line.head_count for line in application.lines.all()}


def test_heads_are_taken_from_the_list(here) -> None:
    application = applied(here)
    assert heads(application) == {"护理": 3, "会计": 2}
    assert application_findings(application) == []
    assert Event.objects.filter(tag="number_application:opened").count() == 1


@pytest.mark.requirement("S4-12")
def test_each_line_is_granted_a_range_of_its_own_without_a_gap(here) -> None:
    application = granted(here)
    ranges = {line.programme_name: range_of(line.block) for line in application.lines.select_related("block")}
    assert ranges == {
        "会计": ("字（2019）000001", "字（2019）000002"), "护理": ("字（2019）000003", "字（2019）000005"),
    }  # fmt: skip
    assert NumberBlock.objects.count() == 2
    assert Event.objects.filter(tag="number_application:granted").get().rules[0]["clause"] == "二"


@pytest.mark.requirement("S4-12", "S4-17")
def test_batch_draws_each_group_from_its_own_block_in_roster_order(here) -> None:
    granted(here)
    batch = approved(here)
    rows = batch.candidates.order_by("certificate__number__number").values_list(
        "certificate__number__number", "programme_name", "ordinal"
    )
    assert list(rows) == [
        ("字（2019）000001", "会计", 3), ("字（2019）000002", "会计", 4), ("字（2019）000003", "护理", 1),
        ("字（2019）000004", "护理", 2), ("字（2019）000005", "护理", 5),
    ]  # fmt: skip
    assert batch.issue.issue_blocks.count() == 2
    assert numbers_by_state(*NumberBlock.objects.all())["issued"] == 5


def test_more_graduates_than_numbers_is_refused_and_names_the_group(here) -> None:
    granted(here, [{**NURSES, "head_count": 2}, {**NURSES, "programme_name": "会计", "head_count": 2}])
    at_the_city(here)
    with pytest.raises(RuleViolation) as refused:
        decide(here.batch.case, here.city)
    messages = [finding.message for finding in refused.value.findings]
    assert messages == ["「阶段apply_numbers」尚未完成，不能「阶段number」"]
    assert numbers_by_state(*NumberBlock.objects.all()) == {
        "free": 4,
        "reserved": 0,
        "issued": 0,
        "returned": 0,
        "void": 0,
    }


def test_lacking_group_is_named_where_no_stage_is_before(monkeypatch) -> None:
    use(monkeypatch, granted_in_blocks(), school_county_city("number_application"))
    here = filled(setting(), [*rows_of(2), *rows_of(1, start=2, 专业="会计")])
    granted(here, [{**NURSES, "head_count": 1}, {**NURSES, "programme_name": "会计", "head_count": 1}])
    at_the_city(here)
    with pytest.raises(RuleViolation) as refused:
        decide(here.batch.case, here.city)
    (finding,) = refused.value.findings
    assert (finding.rule, finding.cites[0].clause) == ("batch.numbers_granted", "二")
    assert "「护理 · 2016-09 · 3年 · 全日制」有 2 名毕业生，核发的编号只余 1 个" in finding.message
    assert not CertificateNumber.objects.exclude(state="free").exists()


def test_second_application_asks_for_what_is_lacking_and_continues_the_serials(here) -> None:
    granted(here, [{**NURSES, "head_count": 2}, {**NURSES, "programme_name": "会计", "head_count": 2}])
    second = applied(here)
    assert heads(second) == {"护理": 1}
    submit_case(case=second.case, by=here.clerk, at=AT)
    for _ in range(3):
        decide(second.case, here.city)
    assert range_of(second.lines.get().block) == ("字（2019）000005", "字（2019）000005")
    numbers = approved(here).candidates.order_by("programme_name", "ordinal").values_list("certificate__number__serial")
    assert [serial for (serial,) in numbers] == [1, 2, 3, 4, 5]


def test_surplus_is_returned_when_the_batch_is_approved_and_never_drawn_again(here) -> None:
    application = granted(here, [{**NURSES, "head_count": 5}, {**NURSES, "programme_name": "会计", "head_count": 2}])
    approved(here)
    line = application.lines.get(programme_name="护理")
    assert numbers_by_state(line.block) == {"free": 0, "reserved": 0, "issued": 3, "returned": 2, "void": 0}
    event = Event.objects.get(tag="number:returned")
    assert (event.after, event.note) == ({"count": 2}, "批次核准时多出的编号")
    again = setting(here.city, school=here.city.city_school)
    other = granted(filled(again, rows_of(1, start=50)))
    assert range_of(other.lines.get().block)[0] == "字（2019）000008"


def test_granted_numbers_are_given_back_with_a_reason_once(here) -> None:
    application = granted(here)
    give = {"application": application, "by": here.clerk, "at": AT}
    with pytest.raises(BadInput, match="原因"):
        return_granted_numbers(**give, reason=" ")
    with pytest.raises(NotPermitted):
        return_granted_numbers(**(give | {"by": here.city.city_reviewer}), reason="停办")
    assert return_granted_numbers(**give, reason="停办") == 5
    with pytest.raises(Conflict, match="没有可以退回"):
        return_granted_numbers(**give, reason="停办")
    assert not numbers_suffice(here.batch)


def test_heads_other_than_listed_are_a_doubt_and_no_heads_an_error(here) -> None:
    application = applied(here)
    set_number_lines(application=application, lines=[{**NURSES, "head_count": 9}], by=here.clerk, at=AT)
    found = application_findings(application)
    assert [f.is_error for f in found] == [False, False]
    assert "申请 9 个编号，名单中尚无编号的毕业生 3 名" in " ".join(f.message for f in found)
    set_number_lines(application=application, lines=[], by=here.clerk, at=AT)
    with pytest.raises(RuleViolation, match="没有填写申请编号的人数"):
        submit_case(case=application.case, by=here.clerk, at=AT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"head_count": 0}, "1 至 100000", id="无人"),
        pytest.param({"head_count": "三"}, "读不懂", id="不是数"),
        pytest.param({"entry_month": "九月"}, "读不懂", id="年月"),
        pytest.param({"programme_name": "驾驶"}, "没有登记", id="专业"),
        pytest.param({"duration_years": "2"}, "没有登记", id="学制"),
    ],
)
def test_line_that_cannot_be_is_refused(here, change, message) -> None:
    application = applied(here)
    with pytest.raises(BadInput, match=message):
        set_number_lines(application=application, lines=[{**NURSES, "head_count": 3, **change}], by=here.clerk, at=AT)
    assert heads(application) == {"护理": 3, "会计": 2}


def test_same_group_twice_is_refused(here) -> None:
    with pytest.raises(BadInput, match="只能有一行"):
        set_number_lines(application=applied(here), lines=[{**NURSES, "head_count": 1}] * 2, by=here.clerk, at=AT)


def test_one_application_at_a_time_and_by_the_school_alone(here) -> None:
    first = applied(here)
    with pytest.raises(Conflict, match="已有一件"):
        applied(here)
    with pytest.raises(NotPermitted):
        open_number_application(season=here.season, school=here.batch.school, by=here.city.city_clerk, at=AT)
    withdraw_case(case=first.case, by=here.clerk, at=AT)
    applied(here)


def test_submitted_heads_are_the_authoritys_until_returned(here) -> None:
    application = applied(here)
    submit_case(case=application.case, by=here.clerk, at=AT)
    with pytest.raises(Conflict, match="不能更改"):
        set_number_lines(application=application, lines=[{**NURSES, "head_count": 3}], by=here.clerk, at=AT)
    decide(application.case, here.city, "return", reasons="人数不符")
    set_number_lines(application=application, lines=[{**NURSES, "head_count": 3}], by=here.clerk, at=AT)


def test_pack_that_gives_numbers_on_approval_takes_no_application() -> None:
    here = setting()
    with pytest.raises(Conflict, match="不须申请"):
        applied(here)


def test_school_without_the_middle_level_skips_it(monkeypatch) -> None:
    """A school run by the approving authority applies there at once."""
    use(monkeypatch, granted_in_blocks(), school_county_city("number_application"))
    city = staffed_city()
    here = filled(setting(city, school=city.city_school), rows_of(1))
    application = applied(here)
    submit_case(case=application.case, by=here.clerk, at=AT)
    assert [step.level for step in application.case.steps.order_by("ordinal")] == ["school", "city"]


def test_two_persons_decide(here) -> None:
    application = applied(here)
    appointed(Post.SCHOOL_LEADER, here.batch.school, here.clerk)
    here.clerk.__dict__.pop("_posts_by_day", None)
    submit_case(case=application.case, by=here.clerk, at=AT)
    from tests.factories.graduation import current_step

    from xueji.cases.actions import decide_step

    with pytest.raises(NotPermitted, match="双岗"):
        decide_step(step=current_step(application.case), verdict="approve", by=here.clerk, at=AT)


def test_stage_is_done_when_every_group_has_its_numbers(here) -> None:
    assert "apply_numbers" not in done_stages(here.batch.issue)
    granted(here, [{**NURSES, "head_count": 3}])
    assert "apply_numbers" not in done_stages(here.batch.issue)
    granted(here)
    assert "apply_numbers" in done_stages(here.batch.issue)
    with pytest.raises(RuleViolation, match="阶段approve"):
        require_stage(here.batch.issue, "number")


def test_batch_approved_before_its_numbers_is_numbered_by_the_grant(monkeypatch) -> None:
    """Where the pack puts the application after the approval, the approval waits and the grant releases."""
    use(
        monkeypatch, granted_in_blocks(), school_county_city("number_application"),
        process(("approve", ()), ("apply_numbers", ("approve",)), ("number", ("apply_numbers",))),
    )  # fmt: skip
    here = filled(setting(), rows_of(2))
    batch = approved(here)
    assert (batch.case.state, batch.issue.numbered_at) == (CaseState.APPROVED, None)
    granted(here)
    batch.refresh_from_db()
    assert batch.issue.numbered_at is not None
    assert set(batch.candidates.values_list("state", flat=True)) == {"approved"}


def test_completion_without_blocks_of_its_own_cannot_be_asked_for(monkeypatch) -> None:
    use(monkeypatch, granted_in_blocks(), school_county_city("number_application"), *completion_by_claim())
    here = filled(setting(), rows_of(2))
    application = applied(here)
    lines = [{**NURSES, "head_count": 1, "outcome": "completion"}]
    set_number_lines(application=application, lines=lines, by=here.clerk, at=AT)
    with pytest.raises(RuleViolation, match="没有结业证书的编号段"):
        submit_case(case=application.case, by=here.clerk, at=AT)


def test_school_of_another_authority_cannot_ask_in_this_season(here) -> None:
    stranger = SchoolFactory(authority=staffed_city(division_code="610501", county_code="610503").county)
    clerk = appointed(Post.SCHOOL_CLERK, stranger)
    with pytest.raises(Conflict, match="不由"):
        open_number_application(season=here.season, school=stranger, by=clerk, at=AT)
