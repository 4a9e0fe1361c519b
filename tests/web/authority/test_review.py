"""The queue, the page of a step, marks, decisions one by one and in bulk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.factories.accounts import CredentialGrantFactory
from tests.factories.cases import EvidenceFactory
from tests.factories.graduation import filled, rows_of, setting
from tests.factories.institutions import SchoolFactory, appointed, staffed_city
from tests.web.reading import forms_of, values_of

from xueji.accounts.models import CredentialGrant
from xueji.cases.actions import decide_step
from xueji.cases.models import CaseState, Step
from xueji.cases.queries import open_step_of
from xueji.core.errors import Conflict
from xueji.documents.storage import store_bytes
from xueji.graduation.actions import submit_batch
from xueji.graduation.expected import expected_release
from xueji.graduation.models import Candidate
from xueji.graduation.queries import photo_sample
from xueji.institutions.models import Post
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db


def at_county(city, school=None, start: int = 0):
    """Return a batch that waits for the county, and its step."""
    here = filled(setting(city, school=school), rows_of(3, start=start))
    now = timezone.now()
    submit_batch(batch=here.batch, by=here.clerk, at=now)
    leader = city.leader if here.batch.school == city.county_school else city.city_leader_of_school
    decide_step(step=open_step_of(here.batch.case), verdict="approve", by=leader, at=now)
    here.batch.refresh_from_db()
    return here.batch, open_step_of(here.batch.case)


def test_the_queue_shows_what_waits_for_my_post(city, as_user, django_assert_max_num_queries):
    batch, step = at_county(city)
    client = as_user(city.county_reviewer)
    with django_assert_max_num_queries(30):
        page = client.get(reverse("authority:queue"))
    assert batch.case.title in page.text
    assert reverse("authority:step", args=[step.pk]) in page.text
    assert city.county.short_name in page.text
    assert batch.case.title not in as_user(city.city_reviewer).get(reverse("authority:queue")).text


def test_filters_of_the_queue_survive_a_reload(city, as_user):
    batch, _ = at_county(city)
    client = as_user(city.county_reviewer)
    found = client.get(reverse("authority:queue"), {"q": batch.school.name, "kind": "graduation_batch"})
    assert batch.case.title in found.text
    assert f'value="{batch.school.name}"' in found.text
    assert batch.case.title not in client.get(reverse("authority:queue"), {"q": "别的学校"}).text
    assert batch.case.title not in client.get(reverse("authority:queue"), {"due": "overdue"}).text


@pytest.mark.requirement("S1-20")
def test_the_queue_is_for_those_who_decide(city, as_user):
    assert as_user(city.auditor).get(reverse("authority:queue")).status_code == 403
    assert as_user(city.administrator).get(reverse("authority:queue")).status_code == 403


def test_the_page_of_a_batch_shows_register_clause_and_sample(city, as_user, django_assert_max_num_queries):
    batch, step = at_county(city)
    client = as_user(city.county_reviewer)
    with django_assert_max_num_queries(60):
        page = client.get(reverse("authority:step", args=[step.pk]))
    assert page.status_code == 200
    assert "附件1" in page.text
    assert "护理" in page.text
    assert page.context["may_decide"]
    assert [c.pk for c in photo_sample(batch, 24)] == [c.pk for c in photo_sample(batch, 24)]


def test_a_step_of_another_city_is_not_found(city, as_user):
    _, step = at_county(city)
    stranger = staffed_city("610300", "610302")
    assert as_user(stranger.city_reviewer).get(reverse("authority:step", args=[step.pk])).status_code == 404


@pytest.mark.requirement("S1-08")
def test_county_then_city_approve_and_numbers_come_with_the_date(city, as_user):
    batch, step = at_county(city)
    answer = as_user(city.county_reviewer).post(
        reverse("authority:step", args=[step.pk]),
        {"verdict": "approve", "version": step.case.version, "confirmed": "1"},
    )
    assert answer.status_code == 302
    last = open_step_of(batch.case)
    last.case.refresh_from_db()
    answer = as_user(city.city_reviewer).post(
        reverse("authority:step", args=[last.pk]),
        {"verdict": "approve", "version": last.case.version, "confirmed": "1"},
    )
    assert answer.status_code == 302, answer.context["form"].errors
    batch.refresh_from_db()
    assert batch.case.state == CaseState.APPROVED or batch.issue.numbered_at
    assert batch.issue.numbered_at is not None
    assert batch.issue.issue_date is not None


def test_a_return_needs_its_reasons_and_a_stale_page_is_refused(city, as_user):
    _, step = at_county(city)
    client = as_user(city.county_reviewer)
    url = reverse("authority:step", args=[step.pk])
    answer = client.post(url, {"verdict": "return", "version": step.case.version, "reasons": " "})
    assert answer.status_code == 422
    assert "请写明原因" in answer.text
    stale = client.post(url, {"verdict": "approve", "version": step.case.version - 1, "confirmed": "1"})
    assert stale.status_code == 409
    step.refresh_from_db()
    assert step.state == "current"


def test_the_wrong_post_cannot_decide(city, as_user):
    _, step = at_county(city)
    answer = as_user(city.city_reviewer).post(
        reverse("authority:step", args=[step.pk]),
        {"verdict": "approve", "version": step.case.version, "confirmed": "1"},
    )
    assert answer.status_code == 403
    step.refresh_from_db()
    assert step.state == "current"


@pytest.mark.requirement("S1-14")
def test_single_graduates_are_marked_for_return(city, as_user):
    batch, step = at_county(city)
    client = as_user(city.county_reviewer)
    candidate = batch.candidates.first()
    listing = client.get(reverse("authority:step_candidates", args=[step.pk]))
    assert candidate.name in listing.text
    answer = client.post(
        reverse("authority:marks", args=[step.pk]), {"ids": [str(candidate.pk)], "reason": "照片不清", "act": "mark"}
    )
    assert answer.status_code == 302
    candidate.refresh_from_db()
    assert (candidate.state, candidate.mark_reason) == ("marked", "照片不清")
    refused = client.post(reverse("authority:marks", args=[step.pk]), {"ids": [str(candidate.pk)], "reason": " "})
    assert refused.status_code == 400
    approve = client.post(
        reverse("authority:step", args=[step.pk]),
        {"verdict": "approve", "version": step.case.version, "confirmed": "1"},
    )
    step.refresh_from_db()
    assert step.state == "current", approve.status_code


@pytest.mark.requirement("S1-14")
def test_the_city_refuses_single_graduates_and_the_others_go_on(city, as_user):
    batch, _ = at_county(city, school=city.city_school)
    step = open_step_of(batch.case)
    candidate = batch.candidates.first()
    client = as_user(city.city_reviewer)
    client.post(
        reverse("authority:marks", args=[step.pk]),
        {"ids": [str(candidate.pk)], "reason": "学籍不符", "act": "refuse", "confirmed": "1"},
    )
    candidate.refresh_from_db()
    assert candidate.state == "refused"
    step.case.refresh_from_db()
    answer = client.post(
        reverse("authority:step", args=[step.pk]),
        {"verdict": "approve", "version": step.case.version, "confirmed": "1"},
    )
    assert answer.status_code == 302, answer.context and answer.context["form"].errors
    assert Candidate.objects.filter(batch=batch, certificate__isnull=False).count() == 2


def test_a_decision_says_first_what_it_will_do(city, as_user):
    """One click gave out every number of a batch: now the page says how many, from where to where, dated when."""
    batch, step = at_county(city, school=city.city_school)
    url, client = reverse("authority:step", args=[step.pk]), as_user(city.city_reviewer)
    data = {"verdict": "approve", "version": step.case.version, "reasons": "同意"}
    question = client.post(url, data, HTTP_REFERER=f"http://testserver{url}")
    expected = expected_release(batch)
    (only,) = [part for release in expected for part in release.ranges]
    assert question.status_code == 200
    for words in (
        f"{only.first} 至 {only.last}",
        "3 个",
        f"{timezone.localdate():%Y-%m-%d}",
        "不能撤销",
        batch.school.name,
    ):
        assert words in question.text
    batch.refresh_from_db()
    assert batch.issue.numbered_at is None
    form = next(
        form for form in forms_of(question.text) if "confirmed" in {c.attributes.get("name") for c in form.controls}
    )
    carried = values_of(form, question.text)
    assert carried["came_from"] == [url]
    answer = client.post(url, carried | {"confirmed": "1"})
    assert answer.status_code == 302
    numbers = list(Candidate.objects.filter(batch=batch).values_list("certificate__number__number", flat=True))
    assert (min(numbers), max(numbers), len(numbers)) == (only.first, only.last, only.count)


def test_a_confirmed_decision_that_is_refused_gives_the_words_back(city, as_user, monkeypatch):
    _, step = at_county(city)
    url, client = reverse("authority:step", args=[step.pk]), as_user(city.county_reviewer)

    def refuse(**_):
        raise Conflict("此刻不能办理")

    monkeypatch.setattr("xueji.web.steps.decide_step", refuse)
    data = {"verdict": "return", "version": step.case.version, "reasons": "第 2 人照片须更换", "confirmed": "1"}
    answer = client.post(url, data)
    assert answer.status_code == 409
    form = next(
        form for form in forms_of(answer.text) if "verdict" in {c.attributes.get("name") for c in form.controls}
    )
    sent = values_of(form, answer.text)
    assert (sent["verdict"], sent["reasons"]) == (["return"], ["第 2 人照片须更换"])


def test_a_mark_is_cleared_and_a_refusal_asked_about_and_taken_back(city, as_user):
    batch, step = at_county(city, school=city.city_school)
    client, candidate = as_user(city.city_reviewer), batch.candidates.first()
    url, ids = reverse("authority:marks", args=[step.pk]), [str(candidate.pk)]

    def state():
        candidate.refresh_from_db()
        return candidate.state

    client.post(url, {"ids": ids, "reason": "点错了", "act": "mark"})
    assert state() == "marked"
    client.post(url, {"ids": ids, "act": "unmark"})
    assert state() == "listed"
    question = client.post(url, {"ids": ids, "reason": "学籍不符", "act": "refuse"})
    assert state() == "listed"
    assert f"1 人：{candidate.name}" in question.text
    client.post(url, {"ids": ids, "reason": "学籍不符", "act": "refuse", "confirmed": "1"})
    assert state() == "refused"
    page = client.get(reverse("authority:step_candidates", args=[step.pk]))
    box = next(c for f in forms_of(page.text) for c in f.controls if c.attributes.get("value") == str(candidate.pk))
    assert "disabled" not in box.attributes
    client.post(url, {"ids": ids, "act": "restore"})
    assert state() == "listed"


def test_bulk_without_the_version_that_was_seen_decides_nothing(city, as_user):
    _, step = at_county(city)
    client = as_user(city.county_reviewer)
    for versions in ({}, {f"version-{step.pk}": ""}, {f"version-{step.pk}": "x"}, {f"version-{step.pk}": "9" * 30}):
        result = client.post(reverse("authority:bulk_decision"), {"steps": [step.pk]} | versions)
        assert (result.context["done"], result.context["failed"]) == (0, 1)
    step.refresh_from_db()
    assert step.state == "current"


def test_bulk_approval_previews_and_reports_each_row(city, as_user, django_assert_max_num_queries):
    first, step = at_county(city)
    other = SchoolFactory(authority=city.county)
    clerk, leader = appointed(Post.SCHOOL_CLERK, other), appointed(Post.SCHOOL_LEADER, other)
    city.city_clerk, city.city_leader_of_school = clerk, leader
    second, second_step = at_county(city, school=other, start=10)
    client = as_user(city.county_reviewer)
    ids = [str(step.pk), str(second_step.pk)]
    with django_assert_max_num_queries(20):
        preview = client.post(reverse("authority:bulk"), {"steps": ids})
    assert preview.status_code == 200
    assert "进入下一环节" in preview.text
    assert preview.context["graduates"] == 6
    assert Step.objects.get(pk=step.pk).state == "current"  # nothing has happened yet
    data = {"steps": ids, f"version-{step.pk}": first.case.version, f"version-{second_step.pk}": 999}
    result = client.post(reverse("authority:bulk_decision"), data)
    assert (result.context["done"], result.context["failed"]) == (1, 1)
    assert Step.objects.get(pk=step.pk).state == "approved"
    assert Step.objects.get(pk=second_step.pk).state == "current"
    assert second.case.title in result.text


def test_bulk_leaves_out_batches_with_marked_graduates(city, as_user):
    batch, step = at_county(city)
    client = as_user(city.county_reviewer)
    candidate = batch.candidates.first()
    client.post(
        reverse("authority:marks", args=[step.pk]), {"ids": [str(candidate.pk)], "reason": "照片不清", "act": "mark"}
    )
    assert "有标注退回的毕业生" in client.post(reverse("authority:bulk"), {"steps": [step.pk]}).text
    client.post(reverse("authority:bulk_decision"), {"steps": [step.pk]})
    step.refresh_from_db()
    assert step.state == "current"


def test_bulk_decision_stops_what_its_preview_stops(city, as_user):
    """Posted past the preview: a step before was decided by an account handed out by somebody else, and nobody confirmed."""
    batch, step = at_county(city)
    CredentialGrantFactory(user=city.leader, by=city.administrator, at=batch.case.submitted_at - timedelta(days=1))
    client = as_user(city.county_reviewer)
    sent = {"steps": [step.pk], f"version-{step.pk}": batch.case.version}
    result = client.post(reverse("authority:bulk_decision"), sent, follow=True)
    assert "未经上级确认：请逐件核实办理" in result.text
    step.refresh_from_db()
    assert step.state == "current"
    CredentialGrant.objects.update(confirmed_at=timezone.now(), confirmed_by=city.county_reviewer)
    assert client.post(reverse("authority:bulk_decision"), sent).context["done"] == 1


def test_bulk_without_anything_chosen_goes_back(city, as_user):
    answer = as_user(city.county_reviewer).post(reverse("authority:bulk"), {})
    assert answer.status_code == 302


def test_evidence_is_handed_out_and_the_look_recorded(city, as_user):
    batch, _ = at_county(city)
    case = batch.case
    pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    evidence = EvidenceFactory(case=case, file=store_bytes(pdf, "application/pdf"), added_by=city.clerk)
    client = as_user(city.county_reviewer)
    answer = client.get(reverse("authority:evidence_file", args=[case.pk, evidence.pk]))
    assert b"".join(answer.streaming_content) == pdf
    assert Event.objects.filter(tag="evidence:viewed", actor_id=city.county_reviewer.pk).count() == 1
    stranger = staffed_city("610300", "610302")
    assert (
        as_user(stranger.county_reviewer)
        .get(reverse("authority:evidence_file", args=[case.pk, evidence.pk]))
        .status_code
        == 404
    )


def test_the_county_is_not_asked_about_a_refusal_that_is_the_citys_to_make(city, as_user):
    batch, step = at_county(city)
    candidate, client = batch.candidates.first(), as_user(city.county_reviewer)
    page = client.get(reverse("authority:step_candidates", args=[step.pk])).text
    assert 'value="mark"' in page
    assert 'value="refuse"' not in page
    typed = {"ids": [str(candidate.pk)], "reason": "学籍不符", "act": "refuse"}
    answer = client.post(reverse("authority:marks", args=[step.pk]), typed)
    assert answer.status_code == 403
    assert "确认不予通过" not in answer.text
    assert "由最后审核的环节作出" in answer.text
