"""Changes of status on pages: what is allowed before anything is typed, the form of each, what officers see."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.factories.cases import CaseFactory
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import RegistrationFactory, StatusApplicantFactory, StatusApplicationFactory, ended

from xueji.cases.models import Case, CaseState
from xueji.registry.actions import Move, record_status_changes
from xueji.registry.models import Enrolment, EnrolmentStatus, StatusApplication
from xueji.registry.queries.status_changes import KINDS_OF_CHANGE

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-19")]
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


@pytest.fixture
def clerk(henan) -> Client:
    client = Client()
    client.force_login(henan.clerk, backend="xueji.accounts.backends.Accounts")
    return client


def students(henan, count: int = 2, **more) -> list[Enrolment]:
    """Return students of this autumn."""
    year = timezone.localdate().year
    programme = more.pop("enrolment__programme", None) or ProgrammeFactory(school=henan.county_school, name="护理")
    given = {
        "intake_year": year, "entered_on": date(year - 1, 9, 1), "grade": year - 1,
        "expected_graduation": f"{year + 2}-07", "enrolment__programme": programme,
    }  # fmt: skip
    return [RegistrationFactory(**given | more).enrolment for _ in range(count)]


def chosen(name: str, records: list[Enrolment], *args: str) -> str:
    return reverse(name, args=args) + "?" + "&".join(f"record={record.pk}" for record in records)


def test_before_typing_each_change_says_who_may_by_which_clause_and_who_decides(clerk, henan, client) -> None:
    records = students(henan)
    ended(records[0])
    page = clerk.get(chosen("school:status_choices", records))
    assert page.status_code == 200
    by_name = {choice.spec.key: choice for choice in page.context["choices"]}
    assert set(by_name) == set(KINDS_OF_CHANGE)
    assert [len(by_name[name].may) for name in ("休学", "复学", "恢复学籍", "退学")] == [1, 0, 1, 1]
    assert f"{records[0].person.name}：「退学」的学生不能办理休学" in page.text
    assert "第十三条" in page.text
    assert "学籍主管部门核办" in page.text
    assert "（10 个工作日内）" in page.text
    assert "（2 人办理）" in page.text
    assert "证明材料（必要但可证明）" in page.text


def test_a_form_opens_the_application_with_its_paper(clerk, henan) -> None:
    records = students(henan)
    url = chosen("school:new_status_change", records, "休学")
    assert "休学至" in clerk.get(url).text
    today = timezone.localdate()
    given = {
        "until": f"{today.year + 1}-09-01", "effective_on": today.isoformat(), "statement": "因病",
        "paper_kind": "诊断证明", "paper": SimpleUploadedFile("证明.pdf", PDF, "application/pdf"),
    }  # fmt: skip
    answer = clerk.post(url, given)
    application = StatusApplication.objects.get()
    assert answer.url == reverse("school:case", args=[application.case_id])
    assert {row.wanted["expected_graduation"] for row in application.applicants.all()} == {f"{today.year + 3}-07"}
    page = clerk.get(answer.url)
    assert all(word in page.text for word in ("因病", records[0].person.name, f"{today.year + 3}-07", "诊断证明"))
    assert clerk.post(reverse("school:case_submission", args=[application.case_id])).status_code == 302
    assert Case.objects.get(pk=application.case_id).state == CaseState.IN_PROGRESS


def test_a_refusal_keeps_what_was_typed_and_stores_nothing(clerk, henan) -> None:
    records = students(henan, 1)
    today = timezone.localdate()
    given = {
        "until": today.isoformat(), "effective_on": today.isoformat(), "statement": "因病住院", "paper_kind": "证明",
        "paper": SimpleUploadedFile("证明.pdf", PDF, "application/pdf"),
    }  # fmt: skip
    answer = clerk.post(chosen("school:new_status_change", records, "休学"), given)
    assert answer.status_code == 422
    assert "不晚于生效日期" in answer.text
    assert "因病住院" in answer.text
    assert not Case.objects.exists()
    broken = given | {"until": f"{today.year + 1}-09-01", "paper": SimpleUploadedFile("证明.pdf", b"x")}
    assert clerk.post(chosen("school:new_status_change", records, "休学"), broken).status_code == 422
    assert not Case.objects.exists()


def test_a_class_is_chosen_and_those_who_may_go_on_together(clerk, henan) -> None:
    records = students(henan, 3, class_name="护理一班")
    ended(records[0])
    page = clerk.get(reverse("school:status_classes"))
    assert "护理一班" in page.text
    year = timezone.localdate().year
    query = f"?school={henan.county_school.pk}&grade={year - 1}&class_name=护理一班"
    assert "为 2 名学生申请注销" not in clerk.get(reverse("school:status_choices") + query).text  # a third may too
    assert "为 2 名学生申请死亡" in clerk.get(reverse("school:status_choices") + query).text
    url = reverse("school:new_status_change", args=["死亡"]) + query
    assert f"{records[0].person.name}：「退学」的学生不能办理死亡" in clerk.get(url).text
    given = {
        "effective_on": timezone.localdate().isoformat(), "statement": "事故", "paper_kind": "证明",
        "paper": SimpleUploadedFile("证明.pdf", PDF, "application/pdf"),
    }  # fmt: skip
    assert clerk.post(url, given).status_code == 302
    taken = StatusApplication.objects.get().applicants.values_list("enrolment_id", flat=True)
    assert set(taken) == {record.pk for record in records[1:]}


def test_a_whole_run_is_taken_back_from_its_page_without_who_moved_on(clerk, henan) -> None:
    record, other, moved_on = students(henan, 3)
    case = CaseFactory(
        kind="status_change", school=henan.county_school, pack="edu/henan", state="approved", closed_at=timezone.now()
    )
    application = StatusApplicationFactory(case=case)
    url = reverse("school:status_undoing", args=[case.pk])
    assert "没有可以撤销的异动" in clerk.get(url).text
    at = timezone.now()
    moves = [Move(each, EnrolmentStatus.SUSPENDED) for each in (record, other, moved_on)]
    changes = record_status_changes(kind="休学", moves=moves, effective_on=timezone.localdate(), by=henan.clerk, at=at)
    for change in changes:
        StatusApplicantFactory(application=application, enrolment=change.enrolment, outcome="done", done_by=change)
    moved_on.refresh_from_db()
    record_status_changes(
        kind="复学",
        moves=[Move(moved_on, EnrolmentStatus.STUDYING)],
        effective_on=timezone.localdate(),
        by=henan.clerk,
        at=at,
    )
    preview = clerk.get(url)
    assert [row.applicant.enrolment.pk for row in preview.context["barred"]] == [moved_on.pk]
    assert "不是最近一次生效的异动" in preview.text
    shown = {row.applicant.enrolment.pk: row.values[0].after for row in preview.context["may"]}
    assert shown == {record.pk: "在读", other.pk: "在读"}
    given = {
        "effective_on": timezone.localdate().isoformat(), "statement": "录错学生", "paper_kind": "证明",
        "paper": SimpleUploadedFile("证明.pdf", PDF, "application/pdf"),
    }  # fmt: skip
    changed = clerk.post(
        url, given | {"previewed": str(changes[0].pk)}
    )  # as shown before the second could be taken back
    assert (changed.status_code, "与刚才列出的不同" in changed.text) == (422, True)
    assert not StatusApplication.objects.filter(is_undoing=True).exists()
    given["paper"].seek(0)
    early = given | {"effective_on": "2019-09-02", "previewed": changed.context["previewed"]}
    refused = clerk.post(url, early)  # nobody is to be taken back on that day: the day stays to be mended
    assert (refused.status_code, refused.context["may"], "2019-09-02" in refused.text) == (422, [], True)
    given["paper"].seek(0)
    answer = clerk.post(url, given | {"previewed": changed.context["previewed"]})
    assert answer.status_code == 302
    undoing = StatusApplication.objects.get(is_undoing=True)
    assert set(undoing.applicants.values_list("undoes_id", flat=True)) == {changes[0].pk, changes[1].pk}
    assert "有异动正在办理" in clerk.get(url).text  # nobody is asked for twice
    assert "撤销休学" in clerk.get(answer.url).text


@pytest.mark.parametrize("change", KINDS_OF_CHANGE)
def test_each_change_has_a_form(clerk, henan, change) -> None:
    assert clerk.get(chosen("school:new_status_change", students(henan, 1), change)).status_code == 200


def test_students_of_another_school_are_not_there(clerk, henan) -> None:
    other = RegistrationFactory(enrolment__programme=ProgrammeFactory(school=henan.city_school)).enrolment
    assert clerk.get(chosen("school:status_choices", [other])).status_code == 404
    assert clerk.get(chosen("school:new_status_change", students(henan, 1), "转学")).status_code == 404


def test_many_students_cost_no_more_statements_than_few(clerk, henan, django_assert_max_num_queries) -> None:
    records = students(henan, 12)
    with django_assert_max_num_queries(60):
        clerk.get(chosen("school:status_choices", records))
