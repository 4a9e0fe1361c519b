"""The pages of a school's history: what follows is shown before the last button, which names what it does."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.factories.graduation import CandidateFactory, at_the_city, filled, rows_of, setting
from tests.factories.institutions import ProgrammeFactory, SchoolFactory, SuccessionFactory, staffed_city
from tests.factories.registry import RegistrationFactory

from xueji.graduation.models import CandidateState
from xueji.institutions.actions_succession import merge_schools
from xueji.institutions.models import School, Succession
from xueji.sealing.rows import store_signed

pytestmark = pytest.mark.django_db


def ground(**more: str) -> dict[str, str]:
    return {"effective_on": timezone.localdate().isoformat(), "document_number": "教函〔2026〕7号", **more}


def address(name: str, school: School, *more: int) -> str:
    return reverse(f"authority:{name}", args=[school.pk, *more])


@pytest.mark.requirement("S2-41")
def test_a_merger_says_what_follows_and_who_keeps_the_files_shows_them(city, as_user) -> None:
    client, into = as_user(city.administrator), city.city_school
    second = SchoolFactory(authority=city.county)
    ProgrammeFactory(school=city.county_school, name="护理")
    fields = ground(schools=f"{city.county_school.code}\n{second.name}")
    page = client.post(address("merge_schools", into), fields).text
    assert f"确认：{city.county_school.name}、{second.name}自" in page
    assert f"它的 1 个专业由{into.name}继续（其中 1 个在{into.name}新登记）" in page
    assert not Succession.objects.exists()
    back = client.post(address("merge_schools", into), fields | {"back": "1"}).text
    assert second.name in back
    assert "教函〔2026〕7号" in back
    done = client.post(address("merge_schools", into), fields | {"confirmed": "1"}, follow=True).text
    assert f"{second.name}并入本校" in done
    assert Succession.objects.filter(successor=into, withdrawn_at=None).count() == 2
    served = as_user(city.city_clerk).get(reverse("served")).text
    assert city.county_school.name in served
    assert second.name in served
    assert "没有接管" in as_user(city.leader).get(reverse("served")).text
    history = as_user(city.administrator).get(address("school_history", second)).text
    assert f"学籍档案由{into.name}保管" in history


@pytest.mark.requirement("S2-41")
def test_what_stayed_at_a_merged_school_is_handed_over_from_its_history(city, as_user) -> None:
    client, old, into = as_user(city.administrator), city.county_school, city.city_school
    nursing = ProgrammeFactory(school=old, name="护理")
    _free, listed = (RegistrationFactory(enrolment__programme=nursing).enrolment for _ in range(2))
    candidate = CandidateFactory(enrolment=listed, person=listed.person)
    fields = ground(schools=old.code)
    page = client.post(address("merge_schools", into), fields).text
    assert "学籍 1 份随之移交" in page
    assert "另有学籍 1 份有事项正在办理" in page
    client.post(address("merge_schools", into), fields | {"confirmed": "1"})
    page = client.get(address("school_history", old)).text
    assert "学籍 1 份有事项正在办理，办结或撤回后再移交" in page
    assert "移交其余学籍" not in page
    row = Succession.objects.get()
    handing = address("hand_over_rest", old, row.pk)
    assert "现在没有可以移交的学籍" in client.post(handing, follow=True).text
    store_signed([candidate], state=CandidateState.WITHDRAWN, mark_reason="未修完课程")
    assert "移交其余学籍" in client.get(address("school_history", old)).text
    elsewhere = staffed_city("410100", "410102").administrator
    assert as_user(elsewhere).post(handing).status_code == 404
    assert f"已移交给{into.name}：学籍 1 份" in client.post(handing, follow=True).text
    assert "现在没有可以移交的学籍" in client.post(handing, follow=True).text  # clicked twice
    listed.refresh_from_db()
    assert listed.school == into


def test_a_line_that_names_no_school_is_repeated_and_what_was_typed_stays(city, as_user) -> None:
    answer = as_user(city.administrator).post(address("merge_schools", city.city_school), ground(schools="没有的学校"))
    assert answer.status_code == 422
    assert "管辖范围内没有：没有的学校" in answer.text
    assert "教函〔2026〕7号" in answer.text
    itself = ground(schools=city.city_school.code, confirmed="1")
    refused = as_user(city.administrator).post(address("merge_schools", city.city_school), itself)
    assert (refused.status_code, "不能是自己" in refused.text) == (400, True)


def test_a_school_is_renamed_after_a_preview(city, as_user) -> None:
    client, school = as_user(city.administrator), city.county_school
    before, fields = school.name, ground(name="更名后的学校")
    page = client.post(address("rename_school", school), fields).text
    assert "确认更名为「更名后的学校」" in page
    assert f"「{before}」更名为「更名后的学校」" in page
    school.refresh_from_db()
    assert school.name == before
    page = client.post(address("rename_school", school), fields | {"confirmed": "1"}, follow=True).text
    assert f"学校名称由「{before}」变更为「更名后的学校」" in page


@pytest.mark.requirement("S2-41")
def test_a_split_asks_for_the_parts_then_for_each_programme_then_confirms(city, as_user) -> None:
    client, parent = as_user(city.administrator), city.county_school
    nursing = ProgrammeFactory(school=parent, name="护理")
    part = city.city_school
    assert "专业的去向" in client.get(address("split_school", parent)).text
    step = client.get(address("split_school", parent), {"parts": part.code}).text
    assert f"programme-{nursing.pk}" in step
    fields = ground(parts=part.code, custodian=city.county.name, **{f"programme-{nursing.pk}": str(part.pk)})
    page = client.post(address("split_school", parent), fields).text
    assert f"{part.name}接收：护理" in page
    assert f"学籍档案由{city.county.name}保管" in page
    done = client.post(address("split_school", parent), fields | {"confirmed": "1"}, follow=True).text
    assert f"分立出{part.name}，本校终止" in done
    row = Succession.objects.get()
    fields = {"document_number": "教函〔2026〕8号"}
    assert "的登记作废，留在沿革里" in client.post(address("withdraw_succession", parent, row.pk), fields).text
    assert Succession.objects.filter(withdrawn_at=None).exists()
    fields |= {"confirmed": "1"}
    taken_back = client.post(address("withdraw_succession", parent, row.pk), fields, follow=True)
    assert "已撤销（教函〔2026〕8号）" in taken_back.text
    unknown = client.post(address("split_school", parent), ground(parts="没有"))
    assert unknown.status_code == 422


def test_founding_and_custodian_are_entered_and_the_closing_names_one(city, as_user) -> None:
    client, school = as_user(city.administrator), city.county_school
    founded = {"founded_on": "1984-09-01", "document_number": "教〔1984〕1号"}
    page = client.post(address("record_founding", school), founded, follow=True).text
    assert "设立" in page
    assert "1984-09-01" in page
    today = timezone.localdate().isoformat()
    closing = {"closed_on": today, "document_number": "教函〔2026〕9号", "custodian": city.city_school.code}
    assert client.post(address("close_school", school), closing).status_code == 302
    named = {"custodian": city.city.name, "from_on": today, "document_number": "教函〔2026〕10号"}
    page = client.post(address("name_custodian", school), named, follow=True).text
    assert f"学籍档案由{city.city.name}保管" in page
    assert f"学籍档案由{city.city_school.name}保管" in page
    assert school.name in as_user(city.city_reviewer).get(reverse("served")).text


def test_the_timeline_asks_no_more_for_a_longer_history(city, as_user, django_assert_max_num_queries) -> None:
    client, into = as_user(city.administrator), city.city_school
    for _ in range(12):
        SuccessionFactory(school=SchoolFactory(authority=city.city), kind="merged", successor=into, ends=True)
    client.get(address("school_history", into))
    with django_assert_max_num_queries(25):
        assert client.get(address("school_history", into)).text.count("并入本校") >= 12


@pytest.mark.requirement("S2-50")
def test_a_campus_is_entered_filed_and_ended_on_the_schools_page(city, as_user) -> None:
    client, school = as_user(city.administrator), city.county_school
    fields = {"kind": "campus", "name": "东校区", "partner": "", "address": "东路 1 号", "from_on": "2021-09-01"}
    assert "东校区" in client.post(address("new_site", school), fields, follow=True).text
    again = client.post(address("new_site", school), fields)
    assert (again.status_code, "东路 1 号" in again.text) == (409, True)
    assert "东校区" in client.get(reverse("authority:unfiled_sites")).text
    site = school.sites.get()
    filed = {"filed_on": "2021-10-01", "filing_number": "备〔2021〕1号"}
    assert "备〔2021〕1号" in client.post(address("file_site", school, site.pk), filed, follow=True).text
    assert "东校区" not in client.get(reverse("authority:unfiled_sites")).text
    day = timezone.localdate().isoformat()
    page = client.post(address("end_site", school, site.pk), {"until_on": day}, follow=True).text
    assert f"至 {day}" in page


@pytest.mark.requirement("S2-41")
def test_the_successors_clerk_opens_the_file_of_a_student_of_the_merged_school(city, as_user) -> None:
    here = filled(setting(city), rows_of(1))
    at_the_city(here)
    candidate, old = here.batch.candidates.get(), city.county_school
    file = reverse("school:candidate", args=[candidate.pk])
    assert as_user(city.city_clerk).get(file).status_code == 404
    merge_schools(
        schools=[old], into=city.city_school, effective_on=timezone.localdate(), document_number="教函〔2026〕7号",
        by=city.administrator, at=timezone.now(),
    )  # fmt: skip
    page = as_user(city.city_clerk).get(file)
    assert page.status_code == 200
    assert candidate.name in page.text
    assert as_user(city.clerk).get(file).status_code == 200  # who still finishes what is under way there
    leaving = {"ids": [str(candidate.pk)], "reason": "转出"}
    refused = as_user(city.city_clerk).post(reverse("school:withdrawal", args=[here.batch.pk]), leaving)
    assert refused.status_code == 403  # to look is not to change
