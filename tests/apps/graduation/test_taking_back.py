"""What a school takes back: a submission nobody has decided on, a batch in which nothing stands; and from when on it may not."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.exchange.people import photograph
from tests.factories.graduation import (
    AT,
    Setting,
    current_step,
    decide,
    filled,
    officers_of,
    rows_of,
    setting,
    state_register,
    upload,
)
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.packs import item, use

from xueji.cases.actions import decide_step
from xueji.cases.models import CaseState, StepState
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted, RuleViolation, StaleVersion
from xueji.core.findings import errors_of
from xueji.graduation.actions import (
    answer_marks,
    clear_marks,
    correct_candidate,
    give_up_batch,
    mark_candidates,
    open_batch,
    recall_batch,
    replace_photo,
    submit_batch,
)
from xueji.graduation.models import Batch, CandidateState
from xueji.graduation.queries import batches_visible_to, is_given_up
from xueji.graduation.queries.openings import openings_for
from xueji.graduation.queries.second_round import second_round_of
from xueji.graduation.queries.taking_back import may_recall
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.uploads.actions import confirm_upload, receive_upload
from xueji.uploads.models import UploadState
from xueji.uploads.queries import good_beside

pytestmark = pytest.mark.django_db


def _submitted(here=None):
    here = here or filled(setting())
    here.batch.case = submit_batch(batch=here.batch, by=here.clerk, at=AT)
    return here


def _with_register(here: Setting) -> Setting:
    state_register(here)
    return here


def test_a_submission_comes_back_until_somebody_decides_and_is_submitted_anew() -> None:
    here = _submitted()
    step = current_step(here.batch.case)
    with pytest.raises(NotPermitted):
        recall_batch(batch=here.batch, by=here.city.city_clerk, at=AT)
    with pytest.raises(StaleVersion):
        recall_batch(batch=here.batch, by=here.clerk, at=AT, expected_version=here.batch.case.version - 1)
    assert may_recall(here.clerk, here.batch)
    recall_batch(batch=here.batch, by=here.clerk, at=AT)
    with pytest.raises(Conflict, match="没有等待审核的提交"):
        recall_batch(batch=here.batch, by=here.clerk, at=AT)  # pressed twice
    step.refresh_from_db()
    assert (here.batch.case.state, step.state) == (CaseState.DRAFT, StepState.CANCELLED)
    assert not batches_visible_to(here.city.county_reviewer).exists()
    with pytest.raises(NotFound):  # the leader's page is still open
        decide_step(step=step, verdict="approve", by=here.city.county_reviewer, at=AT)
    with pytest.raises(Conflict, match="终止"):
        decide_step(step=step, verdict="approve", by=here.city.leader, at=AT)
    confirm_upload(upload=upload(here, rows_of(4)), by=here.clerk, at=AT)
    again = submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert (again.state, again.round, here.batch.candidates.count()) == (CaseState.IN_PROGRESS, 2, 4)
    decide(again, here.city)
    assert Event.objects.filter(tag__in=["case:recalled", "batch:recalled"]).count() == 2


def test_a_submission_stays_once_somebody_decided_or_marked() -> None:
    here = _submitted()
    decide(here.batch.case, here.city)
    assert not may_recall(here.clerk, here.batch)
    with pytest.raises(Conflict, match="作出「同意」决定，不能撤回"):
        recall_batch(batch=here.batch, by=here.clerk, at=AT)
    step = current_step(here.batch.case)
    marks = {here.batch.candidates.first().pk: "照片不符"}
    county = officers_of(here.batch.case, here.city)[step.post]
    mark_candidates(step=step, marks=marks, by=county, at=AT)
    decide(here.batch.case, here.city, "return", reasons="见标注")
    here.batch.case.refresh_from_db()
    confirm_upload(upload=upload(here, rows_of()), by=here.clerk, at=AT)
    recalled = recall_batch(batch=_submitted(here).batch, by=here.clerk, at=AT)
    assert recalled.case.state == CaseState.RETURNED  # as it was before: the office knows it


def test_a_batch_whose_review_has_begun_by_a_mark_is_not_taken_back() -> None:
    city = staffed_city()
    here = _submitted(filled(setting(city)))
    step = current_step(here.batch.case)
    with pytest.raises(NotPermitted):
        mark_candidates(step=step, marks={here.batch.candidates.first().pk: "x"}, by=city.city_reviewer, at=AT)
    leader = officers_of(here.batch.case, city)[step.post]
    mark_candidates(step=step, marks={here.batch.candidates.first().pk: "照片不符"}, by=leader, at=AT)
    assert not may_recall(here.clerk, here.batch)
    with pytest.raises(Conflict, match="已标注 1 名"):
        recall_batch(batch=here.batch, by=here.clerk, at=AT)


def test_an_empty_batch_is_given_up_and_opened_again_and_one_with_anything_in_it_stays() -> None:
    here = setting()
    opening = {"season": here.season, "school": here.batch.school, "by": here.clerk, "at": AT}
    assert not openings_for([here.batch.school], AT.date())
    with pytest.raises(NotPermitted):
        give_up_batch(batch=here.batch, by=here.city.city_clerk, at=AT)
    assert is_given_up(give_up_batch(batch=here.batch, by=here.clerk, at=AT))
    with pytest.raises(Conflict, match="已撤回"):
        give_up_batch(batch=here.batch, by=here.clerk, at=AT)
    (offered,) = openings_for([here.batch.school], AT.date())
    assert (offered.season, offered.is_late) == (here.season, False)
    assert open_batch(**opening) == here.batch
    with pytest.raises(Conflict, match="已经建立"):
        open_batch(**opening)
    here.batch.case.refresh_from_db()
    waiting = upload(here, rows_of())
    with pytest.raises(Conflict, match="尚未处理"):
        give_up_batch(batch=here.batch, by=here.clerk, at=AT)
    confirm_upload(upload=waiting, by=here.clerk, at=AT)
    with pytest.raises(Conflict, match="已有毕业生"):
        give_up_batch(batch=here.batch, by=here.clerk, at=AT)
    filled(here)
    _submitted(here)
    with pytest.raises(Conflict, match="办理中"):
        give_up_batch(batch=here.batch, by=here.clerk, at=AT)


def test_a_school_is_offered_only_seasons_of_the_authority_that_seals_for_it_and_late_ones_in_their_time() -> None:
    city = staffed_city()
    ProgrammeFactory(school=city.county_school)
    setting(city, school=city.city_school)
    offered = openings_for([city.county_school, city.city_school], AT.date())
    assert [(o.school, o.is_late) for o in offered] == [(city.county_school, False)]  # autumn has no late sealing
    elsewhere = staffed_city(division_code="610400", county_code="610401")
    assert not openings_for([elsewhere.county_school], AT.date())


def test_one_photograph_is_replaced_by_itself_and_a_list_is_sent_again_without_the_others() -> None:
    here = filled(setting())
    first, second, _ = here.batch.candidates.order_by("ordinal")
    other = first.photo_id
    with pytest.raises(RuleViolation):
        replace_photo(candidate=first, body=b"no picture", by=here.clerk, at=AT)
    with pytest.raises(NotPermitted):
        replace_photo(candidate=first, body=photograph(901), by=here.city.city_clerk, at=AT)
    assert not errors_of(replace_photo(candidate=first, body=photograph(901), by=here.clerk, at=AT))
    first.refresh_from_db()
    assert first.photo_id != other
    with pytest.raises(Conflict, match="没有变化"):
        replace_photo(candidate=first, body=photograph(901), by=here.clerk, at=AT)
    shared = replace_photo(candidate=second, body=photograph(901), by=here.clerk, at=AT)
    assert [f.message for f in shared if f.rule == "photo.shared"] == [f"与{first.name}的照片是同一张"]
    replace_photo(candidate=second, body=photograph(902), by=here.clerk, at=AT)

    alone = upload(here, rows_of(), photo_rows=rows_of(1))
    assert alone.error_count == 0  # the others' photographs are kept
    lacking = upload(here, rows_of(4), photo_rows=rows_of(1))
    assert [(f.rule, f.row) for f in lacking.findings.filter(severity="error")] == [("photo.missing", 5)]
    confirm_upload(upload=alone, by=here.clerk, at=AT)
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    with pytest.raises(Conflict, match="办理中"):
        replace_photo(candidate=first, body=photograph(903), by=here.clerk, at=AT)


def test_a_photograph_answers_a_mark() -> None:
    here = _submitted()
    step, person = current_step(here.batch.case), here.batch.candidates.first()
    leader = officers_of(here.batch.case, here.city)[step.post]
    mark_candidates(step=step, marks={person.pk: "照片不是本人"}, by=leader, at=AT)
    decide_step(step=step, verdict="return", reasons="见标注", by=leader, at=AT)
    replace_photo(candidate=person, body=photograph(904), by=here.clerk, at=AT)
    person.refresh_from_db()
    assert (person.state, person.mark_reason) == (CandidateState.LISTED, "")
    assert Event.objects.filter(tag="candidate:corrected", after__changed="照片").count() == 1


def test_the_second_round_shows_marks_answers_and_changes_alone() -> None:
    here = _submitted(filled(setting(), rows_of(5)))
    assert second_round_of(here.batch) is None
    step, people = current_step(here.batch.case), list(here.batch.candidates.order_by("ordinal"))
    leader = officers_of(here.batch.case, here.city)[step.post]
    marks = {people[0].pk: "姓名用字", people[1].pk: "政治面貌", people[2].pk: "误标"}
    mark_candidates(step=step, marks=marks, by=leader, at=AT)
    clear_marks(step=step, candidates=[people[2].pk], by=leader, at=AT)
    decide_step(step=step, verdict="return", reasons="见标注", by=leader, at=AT)
    here.batch.case.refresh_from_db()
    answer_marks(batch=here.batch, answers={people[0].pk: "户口簿就是这个字"}, by=here.clerk, at=AT)
    replace_photo(candidate=people[3], body=photograph(905), by=here.clerk, at=AT)
    rows = rows_of(6)[:4] + rows_of(6)[5:]
    rows[1]["政治面貌"] = "群众"
    photos = rows_of(6)[:3] + rows_of(6)[5:]
    confirm_upload(upload=upload(here, rows, photo_rows=photos), by=here.clerk, at=AT)
    second = second_round_of(_submitted(here).batch)
    assert (second.returned.reasons, second.returned.by) == ("见标注", leader)
    seen = {r.name: (r.mark, r.answer, r.changes, r.is_new, r.is_gone) for r in second.revisions}
    new = here.batch.candidates.get(ordinal=5).name
    assert seen[people[0].name] == ("姓名用字", "户口簿就是这个字", [], False, False)
    assert seen[people[1].name][0] == "政治面貌"
    assert any("政治面貌" in change for change in seen[people[1].name][2])
    assert seen[people[3].name] == ("", "", ["照片"], False, False)
    assert seen[people[4].name][4]
    assert seen[new][3]
    assert people[2].name not in seen  # the mark was a slip, and nothing changed
    client = Client()
    client.force_login(leader)
    page = client.get(reverse("school:decision", args=[current_step(here.batch.case).pk])).content.decode()
    assert "与上一轮相比" in page
    assert "户口簿就是这个字" in page


def test_one_field_is_put_right_by_the_rules_of_the_list() -> None:
    here = filled(setting())
    person = here.batch.candidates.first()
    for typed, rule in (
        ({"programme": "驾驶"}, "专业"),
        ({"graduation_month": "2019-13"}, "毕业年月|年月"),
        ({"duration_years": "5"}, "学制"),
    ):
        with pytest.raises(RuleViolation) as refused:
            correct_candidate(candidate=person, typed=typed, by=here.clerk, at=AT)
        assert any(word in f.message for f in refused.value.findings for word in rule.split("|"))
    with pytest.raises(BadInput, match="name"):
        correct_candidate(candidate=person, typed={"name": "另一人"}, by=here.clerk, at=AT)
    with pytest.raises(NotPermitted):
        correct_candidate(candidate=person, typed={"programme": "会计"}, by=here.city.city_clerk, at=AT)
    client, url = Client(), reverse("school:correct_candidate", args=[person.pk])
    client.force_login(here.clerk)
    page = client.get(url)
    sent = {name: field.initial for name, field in page.context["form"].fields.items()}
    assert client.post(url, sent | {"programme": "驾驶"}).status_code == 422
    answer = client.post(url, sent | {"programme": "会计", "remark": "转专业"})
    assert answer.status_code == 302
    person.refresh_from_db()
    assert (person.programme_name, person.remark) == ("会计", "转专业")
    assert person.enrolment.programme.name == "会计"
    (event,) = Event.objects.filter(tag="candidate:corrected")
    assert "专业" in event.after["changed"]
    assert "会计" in event.after["changed"]
    with pytest.raises(Conflict, match="没有更改"):
        correct_candidate(candidate=person, typed={"programme": "会计"}, by=here.clerk, at=AT)


def test_where_the_pack_lets_it_the_rest_is_approved_and_the_marked_follow_in_the_late_batch(monkeypatch) -> None:
    use(
        monkeypatch, item("value", "marked_when_approved", "late_batch"), item("value", "late_batch_without_window", value=True)
    )  # fmt: skip
    here = _submitted()
    school, late = here.batch.school, {"season": here.season, "is_late": True}
    assert [o.is_late for o in openings_for([school], AT.date())] == [True]  # for who was forgotten
    person, opinion = here.batch.candidates.first(), "照片不是本人"
    leader = officers_of(here.batch.case, here.city)["school_leader"]
    mark_candidates(step=current_step(here.batch.case), marks={person.pk: opinion}, by=leader, at=AT)
    while here.batch.case.state == CaseState.IN_PROGRESS:
        decide(here.batch.case, here.city)
        here.batch.case.refresh_from_db()
    person.refresh_from_db()
    assert (person.state, person.mark_reason) == (CandidateState.WITHDRAWN, f"转入补办批次：{opinion}")
    assert here.batch.candidates.filter(certificate__isnull=False).count() == 2
    second = Batch.objects.get(school=school, **late)
    (copy,) = second.candidates.all()
    assert (copy.person, copy.state, copy.mark_reason) == (person.person, CandidateState.MARKED, opinion)
    replace_photo(candidate=copy, body=photograph(906), by=here.clerk, at=AT)
    again = _submitted(_with_register(Setting(here.city, here.season, second)))
    mark_candidates(step=current_step(again.batch.case), marks={copy.pk: opinion}, by=leader, at=AT)
    with pytest.raises(RuleViolation, match="不能同意"):  # nobody follows a late batch
        decide(again.batch.case, here.city)
    clear_marks(step=current_step(again.batch.case), candidates=[copy.pk], by=leader, at=AT)
    while again.batch.case.state == CaseState.IN_PROGRESS:
        decide(again.batch.case, here.city)
        again.batch.case.refresh_from_db()
    assert again.batch.candidates.get().certificate is not None


def test_nobody_is_approved_where_all_are_marked(monkeypatch) -> None:
    use(monkeypatch, item("value", "marked_when_approved", "late_batch"))
    here = _submitted()
    step, case = current_step(here.batch.case), here.batch.case
    leader = officers_of(case, here.city)[step.post]
    mark_candidates(step=step, marks={c.pk: "错" for c in here.batch.candidates.all()}, by=leader, at=AT)
    decide(case, here.city)
    decide(case, here.city)
    with pytest.raises(Conflict, match="全部被标注"):
        decide(case, here.city)


def test_a_suspended_student_goes_on_with_a_reason_and_proof_for_the_officer_to_decide() -> None:
    here = setting()
    rows = rows_of(2)
    late = {"入学年月": f"{int(rows[1]['入学年月'][:4]) - 1}{rows[1]['入学年月'][4:]}"}
    refused = upload(here, [rows[0], rows[1] | late])
    assert [f.rule for f in refused.findings.filter(severity="error")] == ["graduate.delay_explained"]
    explained = upload(here, [rows[0] | {"延期原因": ""}, rows[1] | late | {"延期原因": "休学"}])
    assert [(f.rule, f.severity) for f in explained.findings.all()] == [("graduate.delay_noted", "warning")]
    confirm_upload(upload=explained, by=here.clerk, at=AT)
    state_register(here)
    person = here.batch.candidates.get(ordinal=2)
    client = Client()
    client.force_login(here.clerk)
    file = SimpleUploadedFile("休学批准.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    client.post(reverse("school:candidate_evidence", args=[person.pk]), {"proof": file})
    assert "休学批准.pdf" in client.get(reverse("school:candidate", args=[person.pk])).content.decode()
    _submitted(here)
    decide(here.batch.case, here.city)
    client.force_login(here.city.county_reviewer)
    page = client.get(reverse("authority:step", args=[current_step(here.batch.case).pk])).content.decode()
    assert "休学批准.pdf" in page
    assert "延期原因：休学" in page
    decide(here.batch.case, here.city)
    decide(here.batch.case, here.city)
    assert here.batch.candidates.filter(certificate__isnull=False).count() == 2


def test_a_wrong_file_costs_nobody_the_good_one_that_waits() -> None:
    here = setting()
    good = upload(here, rows_of(3))
    wrong = upload(here, rows_of(3, 性别="男"), photo_rows=rows_of(1))  # photographs and sexes are missing or wrong
    unreadable = receive_upload(
        kind="graduates", subject=here.batch, workbook=("x.xlsx", b"PK"), photos=None, by=here.clerk, at=AT
    )
    run_pending_jobs()
    for sent in (good, wrong, unreadable):
        sent.refresh_from_db()
    assert wrong.error_count
    assert [u.state for u in (good, wrong, unreadable)] == ["ready", "ready", "failed"]
    assert (good_beside(wrong), good_beside(unreadable), good_beside(good)) == (good, good, None)
    again = upload(here, rows_of(2, 性别="男"), photo_rows=rows_of(1))
    wrong.refresh_from_db()
    assert (wrong.state, again.state) == (UploadState.DISCARDED, UploadState.READY)  # of faulty ones the last stands
    confirm_upload(upload=good, by=here.clerk, at=AT)
    again.refresh_from_db()
    assert again.state == UploadState.DISCARDED
    assert here.batch.candidates.count() == 3
