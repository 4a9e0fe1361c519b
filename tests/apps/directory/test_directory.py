"""An area registered by one workbook: tried first, everything wrong at once, then all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO

import openpyxl
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.apps.directory.workbooks import SOUND, book, changed
from tests.factories.institutions import AuthorityFactory, StaffedCity, staffed_city

from xueji.accounts.models import CredentialGrant, User
from xueji.core.errors import Conflict, NotFound, NotPermitted, RuleViolation
from xueji.directory import actions, together
from xueji.directory.kinds import DIRECTORY
from xueji.documents.storage import open_stored
from xueji.institutions.account_actions import hand_out_passwords, reset_password
from xueji.institutions.actions import register_school
from xueji.institutions.models import Appointment, Authority, Level, Programme, School
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.sealing.rows import is_as_written
from xueji.uploads.actions import confirm_upload, discard_upload, receive_upload
from xueji.uploads.models import Upload, UploadState

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 1, tzinfo=UTC)
Sheets = Mapping[str, list[dict[str, str]]]


def sent(city: StaffedCity, sheets: Sheets = SOUND, *, body: bytes | None = None) -> Upload:
    """A workbook, sent by the city's administrator and read."""
    made = receive_upload(
        kind="directory",
        subject=city.city,
        workbook=("登记表.xlsx", body or book(sheets)),
        by=city.administrator,
        at=AT,
    )
    run_pending_jobs()
    made.refresh_from_db()
    return made


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Authority, School, Programme, User, Appointment))


def faults(upload: Upload) -> set[tuple[str, int | None, str]]:
    return {(f.sheet, f.row, f.column) for f in upload.findings.filter(severity="error")}


def test_nothing_is_registered_before_confirmation_and_then_all_of_it() -> None:
    city = staffed_city()
    before, events = counts(), Event.objects.exclude(tag__startswith="upload:").count()
    upload = sent(city)
    assert (upload.state, upload.row_count, upload.error_count) == (UploadState.READY, 8, 0), faults(upload)
    assert (counts(), Event.objects.exclude(tag__startswith="upload:").count()) == (before, events)
    assert set(upload.rows.values_list("change", flat=True)) == {"new"}
    confirm_upload(upload=upload, by=city.administrator, at=AT)
    assert tuple(b - a for a, b in zip(before, counts(), strict=True)) == (1, 2, 2, 3, 3)
    school = School.objects.get(code="3610522001")
    assert (school.name, school.principal, school.authority.name) == ("甲县职业教育中心", "王校长", "甲县教育局")
    assert {row.payload for row in upload.rows.all()} == {""}
    with pytest.raises(Conflict):
        confirm_upload(upload=upload, by=city.administrator, at=AT)


def test_an_account_has_no_password_until_one_is_handed_over_as_on_the_page() -> None:
    city = staffed_city()
    confirm_upload(upload=sent(city), by=city.administrator, at=AT)
    clerk = User.objects.get(username="zhao.jb")
    assert not clerk.has_usable_password()
    assert not CredentialGrant.objects.filter(user=clerk).exists()
    assert not clerk.check_password("")
    reset_password(user=clerk, by=city.administrator, at=AT)
    clerk.refresh_from_db()
    assert clerk.must_change_password
    assert CredentialGrant.objects.get(user=clerk).by == city.administrator


def people(*places: str) -> Sheets:
    """The sheet of people alone: a clerk or a reviewer for each place, by its name or its code."""
    posts = {6: "县级审核人"}
    return {
        "人员": [
            {"姓名": f"周经办{n}", "用户名": f"zhou{n}", "单位": place, "岗位": posts.get(len(place), "学校经办人"), "联系电话": f"1390000000{n}"}
            for n, place in enumerate(places)
        ]
    }  # fmt: skip


def test_people_alone_are_added_to_places_that_stand_by_code_and_handed_their_passwords_together() -> None:
    city = staffed_city()
    county, school = city.county, city.county_school
    upload = sent(city, people(school.code, county.division_code, city.city_school.name))
    assert (upload.state, upload.error_count) == (UploadState.READY, 0), faults(upload)
    confirm_upload(upload=upload, by=city.administrator, at=AT)
    clerk, reviewer = User.objects.get(username="zhou0"), User.objects.get(username="zhou1")
    assert clerk.appointments.get().school == school
    assert reviewer.appointments.get().authority == county
    assert User.objects.get(username="zhou2").appointments.get().school == city.city_school
    issued = hand_out_passwords(users=[clerk, reviewer], by=city.administrator, at=AT)
    assert [account.user for account in issued] == [clerk, reviewer]
    assert all(account.user.check_password(account.password) for account in issued)
    assert CredentialGrant.objects.filter(user__in=[clerk, reviewer], by=city.administrator).count() == 2
    with pytest.raises(Conflict):
        hand_out_passwords(users=[clerk], by=city.administrator, at=AT)


def test_a_code_of_two_authorities_names_neither() -> None:
    city = staffed_city()
    AuthorityFactory(parent=city.city, level=Level.CITY, division_code=city.county.division_code)
    upload = sent(city, people(city.county.division_code))
    assert faults(upload) == {("人员", 2, "单位")}
    assert "有 2 个主管部门" in upload.findings.get(severity="error").message


@pytest.mark.parametrize(
    ("sheet", "row", "cells", "column"),
    [
        ("主管部门", 0, {"行政区划代码": "6105"}, "行政区划代码"),
        ("主管部门", 0, {"行政区划代码": "610622"}, "行政区划代码"),
        ("主管部门", 0, {"层级": "乡级"}, "层级"),
        ("主管部门", 0, {"上级主管部门": "没有的局"}, "上级主管部门"),
        ("学校", 0, {"学校标识码": "12"}, "学校标识码"),
        ("学校", 0, {"举办性质": "合办"}, "举办性质"),
        ("学校", 0, {"校长": ""}, "校长"),
        ("学校", 1, {"学校名称": "甲县职业教育中心"}, "学校名称"),
        ("学校", 1, {"主管部门": "没有的局"}, "主管部门"),
        ("专业", 0, {"学校": "没有的学校"}, "学校"),
        ("专业", 0, {"学制": "9"}, "学制"),
        ("专业", 0, {"专业代码": "1"}, "专业代码"),
        ("人员", 0, {"用户名": "赵"}, "用户名"),
        ("人员", 0, {"岗位": "校长助理"}, "岗位"),
        ("人员", 0, {"岗位": "县级审核人"}, "岗位"),
        ("人员", 0, {"单位": "没有的单位"}, "单位"),
        ("人员", 1, {"用户名": "zhao.jb"}, "用户名"),
    ],
)
def test_a_fault_is_told_at_its_cell(sheet, row, cells, column) -> None:
    upload = sent(staffed_city(), changed(sheet, row, **cells))
    assert (sheet, row + 2, column) in faults(upload), list(
        upload.findings.values_list("sheet", "row", "column", "message")
    )


def test_all_faults_of_all_sheets_come_at_once_and_the_marked_workbook_corrected_is_taken() -> None:
    city = staffed_city()
    sheets = changed("主管部门", 0, 简称="")
    sheets["专业"][1]["学制"] = "九"
    sheets["人员"][2]["岗位"] = "局长"
    upload = sent(city, sheets)
    assert faults(upload) >= {("主管部门", 2, "简称"), ("专业", 3, "学制"), ("人员", 4, "岗位")}
    with pytest.raises(RuleViolation):
        confirm_upload(upload=upload, by=city.administrator, at=AT)
    with open_stored(upload.error_workbook_id) as file:
        marked = openpyxl.load_workbook(BytesIO(file.read()))
    assert marked.sheetnames == ["主管部门", "学校", "专业", "人员", "问题清单"]
    for sheet, header, row, value in (
        ("主管部门", "简称", 2, "甲县"),
        ("专业", "学制", 3, "3"),
        ("人员", "岗位", 4, "县级审核人"),
    ):
        page = marked[sheet]
        column = next(cell.column for cell in page[1] if cell.value == header)
        page.cell(row, column).value = value
    out = BytesIO()
    marked.save(out)
    again = sent(city, body=out.getvalue())
    assert (again.error_count, again.row_count) == (0, 8), list(again.findings.values_list("sheet", "row", "message"))


def test_a_school_is_told_apart_by_its_level_where_the_pack_does_so() -> None:
    """As on the page: where there are words for it, one is chosen; a school without one gets no blanks later."""
    city = staffed_city("350100", "350102", line="hrss")
    sheets = {name: SOUND[name] for name in ("主管部门", "学校")}
    sheets["主管部门"] = [row | {"行政区划代码": "350121"} for row in SOUND["主管部门"]]
    sheets["学校"] = [row | {"办学层次": ""} for row in SOUND["学校"]]
    assert faults(sent(city, sheets)) == {("学校", 2, "办学层次"), ("学校", 3, "办学层次")}
    sheets["学校"] = [row | {"办学层次": "技工学校"} for row in SOUND["学校"]]
    assert faults(sent(city, sheets)) == set()


def recorded() -> list[tuple[object, ...]]:
    """What the ledger says of what was registered, without the numbers of the rows; and who got what."""
    tags = ("authority:registered", "school:registered", "programme:registered", "account:issued", "appointment:made")
    events = Event.objects.filter(tag__in=tags)
    names = {school.pk: school.name for school in School.objects.all()} | {None: None}
    office = {authority.pk: authority.name for authority in Authority.objects.all()} | {None: None}
    return sorted(
        (event.tag, event.subject_label, str(event.after), names[event.school_id], office[event.authority_id], event.actor_id)
        for event in events
    )  # fmt: skip


def test_all_at_once_and_one_by_one_write_the_same(monkeypatch) -> None:
    """A faultless workbook is registered set-based; row by row it would leave the same rows and the same events."""
    city = staffed_city()
    sheets = {**SOUND, "人员": [*SOUND["人员"], SOUND["人员"][0] | {"岗位": "学校负责人"}]}
    upload, found = sent(city, sheets), []

    def refused(*_args: object) -> None:
        raise Conflict("试一试逐行登记")

    for way in (together.register_together, refused):
        with transaction.atomic():
            monkeypatch.setattr(actions, "register_together", way)
            confirm_upload(upload=Upload.objects.get(pk=upload.pk), by=city.administrator, at=AT)
            rows = sorted(Appointment.objects.values_list("user__username", "post", "days", "school__name"), key=str)
            accounts = sorted(User.objects.values_list("username", "full_name", "phone", "looked_after_by"))
            found.append((recorded(), rows, accounts, counts()))
            assert all(is_as_written(row) for model in (School, Appointment) for row in model.objects.all())
            transaction.set_rollback(True)
    assert found[0] == found[1]
    assert len(found[0][0]) == 12


def test_the_statements_of_a_confirmation_do_not_grow_with_its_rows() -> None:
    """Ten thousand rows were a hundred and forty thousand statements, in one request."""
    city = staffed_city()
    people = [
        SOUND["人员"][0] | {"用户名": f"zhao.{number:03d}", "联系电话": f"139{number:08d}"} for number in range(300)
    ]
    asked = []
    for count in (20, 300):
        upload = sent(city, {**SOUND, "人员": people[:count]})
        with transaction.atomic():
            with CaptureQueriesContext(connection) as statements:
                confirm_upload(upload=upload, by=city.administrator, at=AT)
            assert User.objects.filter(username__startswith="zhao.").count() == count
            transaction.set_rollback(True)
        asked.append(len(statements))
        discard_upload(upload=upload, by=city.administrator, at=AT)
    assert asked[1] - asked[0] < 20


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"岗位": "审计员", "单位": "甲县教育局"}, "三员分立"),
        ({"用户名": "zhao.2", "岗位": "审计员", "单位": "甲县教育局"}, "登记的电话与本账号相同"),
    ],
)
def test_posts_that_exclude_each_other_are_found_among_the_rows_themselves(row, why) -> None:
    upload = sent(staffed_city(), {**SOUND, "人员": [*SOUND["人员"], SOUND["人员"][0] | row]})
    assert faults(upload) == {("人员", 5, "岗位")}
    assert why in upload.findings.get(severity="error").message


def test_the_same_workbook_again_finds_everything_as_it_stands_and_adds_nothing() -> None:
    city = staffed_city()
    confirm_upload(upload=sent(city), by=city.administrator, at=AT)
    before = counts()
    again = sent(city)
    assert set(again.rows.values_list("change", flat=True)) == {"same"}
    confirm_upload(upload=again, by=city.administrator, at=AT)
    assert counts() == before


def test_what_stands_otherwise_is_not_amended_by_a_list() -> None:
    city = staffed_city()
    confirm_upload(upload=sent(city), by=city.administrator, at=AT)
    upload = sent(city, changed("学校", 0, 校长="另一位"))
    assert faults(upload) == {("学校", 2, "校长")}


def test_a_code_taken_since_the_reading_refuses_the_whole_workbook() -> None:
    city = staffed_city()
    upload = sent(city)
    register_school(name="先到的学校", code="3610522002", authority=city.county, by=None, at=AT, principal="先校长")
    before = counts()
    with pytest.raises(RuleViolation) as refused:
        confirm_upload(upload=upload, by=city.administrator, at=AT)
    assert any("「学校」第3行" in finding.message for finding in refused.value.findings)
    upload.refresh_from_db()
    assert (counts(), upload.state) == (before, UploadState.READY)


def test_an_authority_may_stand_below_one_further_down_in_the_list() -> None:
    city = staffed_city("610400", "610402")
    province = Authority.objects.create(
        name="试省教育厅", short_name="试省", level="province", division_code="610000", line="edu", path="/0/"
    )
    Authority.objects.filter(pk=province.pk).update(path=f"/{province.pk}/")
    from tests.factories.institutions import appointed

    administrator = appointed("administrator", Authority.objects.get(pk=province.pk))
    rows = [
        {
            "主管部门全称": "乙县教育局",
            "简称": "乙县",
            "层级": "县级",
            "行政区划代码": "610702",
            "上级主管部门": "乙市教育局",
        },
        {"主管部门全称": "乙市教育局", "简称": "乙市", "层级": "市级", "行政区划代码": "610700", "上级主管部门": ""},
    ]
    upload = receive_upload(
        kind="directory", subject=Authority.objects.get(pk=province.pk), workbook=("表.xlsx", book({"主管部门": rows})),
        by=administrator, at=AT,
    )  # fmt: skip
    run_pending_jobs()
    upload.refresh_from_db()
    assert upload.error_count == 0, list(upload.findings.values_list("row", "message"))
    confirm_upload(upload=upload, by=administrator, at=AT)
    assert Authority.objects.get(name="乙县教育局").parent.name == "乙市教育局"
    assert city.city.parent is None


def test_only_who_administers_the_area_may_send_and_see_it() -> None:
    city, far = staffed_city(), staffed_city(division_code="610400", county_code="610401")
    for person in (city.clerk, city.city_reviewer, far.administrator):
        with pytest.raises(NotPermitted):
            receive_upload(kind="directory", subject=city.city, workbook=("表.xlsx", book(SOUND)), by=person, at=AT)
        with pytest.raises(NotFound):
            DIRECTORY.subject.find(person, city.city.pk)


def test_a_workbook_without_a_row_says_so() -> None:
    upload = sent(staffed_city(), {"别的表": [{"列": "值"}]})
    assert upload.error_count == 1
    assert "没有读到一行数据" in upload.findings.get(severity="error").message
