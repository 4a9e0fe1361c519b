"""Every answer on a person, field by field, with where it stands."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.reconciliation.lists import LI, WANG, ZHAO, compared, number, only, person, write_csv, write_xlsx

from xueji.cli import main
from xueji.core.errors import BadInput
from xueji.reconciliation.answers import Answer
from xueji.reconciliation.cli import run
from xueji.reconciliation.memory import open_memory

OLD = number("410105", "19850302", 12)
NATIONAL_GEN1 = (
    "身份证号 姓名 性别 民族 年级 入学年月 招生类型 修读专业 学制 班级 联招合作类型 联招合作学校机构代码 户籍所在省 户籍所在市 户籍所在区县 详细地址 户籍性质 "
    "是否低保 是否享受国家助学金 月发放标准(元) 学校类型 生源类别 家长(监护人)姓名 家长(监护人)电话 教学点名称 健康情况 现家庭所在省 现家庭所在市 现家庭所在区县 "
    "现家庭详细地址 专业目录版本 学生类别 出生日期 校内学号 学生本人联系电话 邮政编码 省级电子注册学籍号 曾用名 政治面貌 籍贯 港澳台侨胞 毕业学校 电子邮箱 中职学生资助卡号 备注"
)


def test_everybody_the_same(tmp_path) -> None:
    report = compared(tmp_path, [person(), person("李芳", LI)], [person("李芳", LI), person()])
    assert report.is_equal
    assert report.total == 2
    assert report.rows == []


@pytest.mark.requirement("S2-49")
def test_what_differs_is_told_field_by_field(tmp_path) -> None:
    report = compared(
        tmp_path,
        [person(联系电话="13800000001", 班级名称=""), person("李芳", LI, 联系电话="", 班级名称="1班")],
        [person("李芳", LI, 联系电话="", 班级名称="1班"), person(专业简称="助产", 联系电话="", 班级名称="2班")],
    )
    row = only(report)
    assert row.answer is Answer.DIFFERS
    assert {answer.field: answer.answer for answer in row.fields} == {
        "programme": "differs",
        "phone": "missing_there",
        "class_name": "missing_here",
    }
    assert row.here is not None
    assert row.there_spot is not None
    assert (row.here.row, row.there_spot.row) == (2, 3)
    assert row.reasons[0] == "专业简称：甲表为「护理」，乙表为「助产」"
    assert report.counts[Answer.SAME] == 1


def test_who_stands_on_one_side_only(tmp_path) -> None:
    report = compared(tmp_path, [person(), person("李芳", LI)], [person(), person("赵勇", ZHAO)])
    assert {(row.answer, row.name) for row in report.rows} == {
        (Answer.MISSING_THERE, "李芳"),
        (Answer.MISSING_HERE, "赵勇"),
    }
    assert (report.counts[Answer.SAME], report.total) == (1, 3)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (WANG[:8] + "9" + WANG[9:], "证件号只有第 9 位不同"),
        (
            WANG[:16] + WANG[17] + WANG[16] if WANG[17].isdigit() else WANG[:10] + WANG[11] + WANG[10] + WANG[12:],
            "对调",
        ),
        (WANG[:-1], "少第"),
        ("4.10105E+17", "科学记数法"),
    ],
)
def test_a_number_that_is_wrong(tmp_path, wrong, words) -> None:
    row = only(compared(tmp_path, [person(联系电话="13800000001")], [person("王小明", wrong, 联系电话="13800000001")]))
    assert row.answer is Answer.NUMBER_WRONG
    assert words in "".join(row.reasons)
    assert WANG not in json.dumps(row.reasons)


def test_a_number_wrong_in_both_lists_is_no_equality(tmp_path) -> None:
    wrong = WANG[:17] + ("1" if WANG[17] != "1" else "2")
    row = only(compared(tmp_path, [person(resident_id=wrong)], [person(resident_id=wrong)]))
    assert row.answer is Answer.NUMBER_WRONG
    assert row.reasons[0].startswith("两表的号码相同，都有误")


def test_nobody_without_a_number_is_the_same_as_another(tmp_path) -> None:
    report = compared(tmp_path, [person(), person("李芳", "")], [person(), person("赵勇", "")])
    assert [row.answer for row in report.rows] == [Answer.NUMBER_WRONG] * 2
    assert "没有证件号" in report.rows[0].reasons[0]


def test_an_old_number_of_fifteen_digits_is_superseded(tmp_path) -> None:
    row = only(compared(tmp_path, [person(resident_id=OLD)], [person(resident_id=OLD[:6] + OLD[8:17])]))
    assert row.answer is Answer.SUPERSEDED
    assert row.reasons == ("乙表是 15 位旧号码，另一表是 18 位号码，同一人",)


def test_a_number_kept_as_the_former_one_is_superseded(tmp_path) -> None:
    row = only(compared(tmp_path, [person(resident_id=WANG)], [person(resident_id=LI, 原身份证号=WANG)]))
    assert row.answer is Answer.SUPERSEDED


@pytest.mark.parametrize("name", ["王小明", "王晓明"])
def test_another_number_and_much_else_the_same_is_a_question(tmp_path, name) -> None:
    other = number("410105", "20070302", 688)
    row = only(
        compared(
            tmp_path,
            [person(联系电话="13800000001", 成员1姓名="王建国")],
            [person(name, other, 联系电话="13800000001", 成员1姓名="王建国")],
        )
    )
    assert row.answer is Answer.POSSIBLE_SAME
    assert "监护人相同（+3 分）" in row.reasons
    assert (row.points or 0) >= 6


def test_twins_are_two_people(tmp_path) -> None:
    twin = number("410105", "20070302", 14)
    family = {"联系电话": "13800000001", "成员1姓名": "王建国"}
    report = compared(tmp_path, [person("王小明", WANG, **family)], [person("王小亮", twin, **family)])
    assert {row.answer for row in report.rows} == {Answer.MISSING_HERE, Answer.MISSING_THERE}


@pytest.mark.parametrize(
    ("second", "answer", "words"),
    [("王小明", Answer.POSSIBLE_SAME, "可能登记了两次"), ("李芳", Answer.NUMBER_WRONG, "至少一人的号码有误")],
)
@pytest.mark.parametrize("is_in_both", [True, False])
def test_a_number_twice_in_a_list(tmp_path, second, answer, words, is_in_both) -> None:
    theirs = [person()] if is_in_both else [person("赵勇", ZHAO)]
    report = compared(tmp_path, [person(), person(second)], theirs)
    (row,) = [row for row in report.rows if row.answer is answer]
    assert words in row.reasons[0]
    assert "第 2、3 行" in row.reasons[0]
    assert report.counts[Answer.SAME] == is_in_both


def test_another_way_of_writing_is_no_difference(tmp_path) -> None:
    ours = person(入学年月="202309", 民族="汉族", 出生日期="20070302")
    theirs = person(
        resident_id=WANG[:10] + "　" + WANG[10:], 入学年月="2023年9月", 民族="01", 出生日期="2007-03-02", 学制="3"
    )
    report = compared(tmp_path, [ours], [theirs])
    assert report.is_equal
    assert report.by_form == 1
    assert set(report.forms) >= {"入学年月", "出生日期", "学制"}


def test_a_tail_never_stands_beside_a_birth_date(tmp_path) -> None:
    row = only(compared(tmp_path, [person(出生日期="20070302")], [person(出生日期="20070303")]))
    assert row.answer is Answer.DIFFERS
    assert row.tail == ""
    row = only(compared(tmp_path, [person()], [person(专业简称="助产")]))
    assert row.tail == WANG[-4:]


@pytest.mark.requirement("S2-30")
def test_the_exports_of_both_national_systems_are_read_without_a_map(tmp_path) -> None:
    with (Path(__file__).parent / "national_gen2.csv").open(encoding="utf-8") as file:
        headings = next(csv.reader(file))
    assert len(headings) == 73
    first = dict.fromkeys(NATIONAL_GEN1.split(), "") | {
        "身份证号": WANG, "姓名": "王小明", "修读专业": "护理", "学制": "3", "入学年月": "2023-09", "家长(监护人)姓名": "王建国",
    }  # fmt: skip
    assert len(first) == 45
    second = dict.fromkeys(headings, "") | {
        "身份证件号": WANG, "姓名": "王小明", "专业简称": "助产", "学制": "三年制", "入学年月": "202309", "成员1姓名": "王建国",
    }  # fmt: skip
    here = write_xlsx(tmp_path / "一.xlsx", [first], title="全国中等职业学校学生信息")
    row = only(run(here, write_csv(tmp_path / "二.csv", [second])))
    assert row.answer is Answer.DIFFERS
    assert row.reasons == ("修读专业／专业简称：甲表为「护理」，乙表为「助产」",)
    assert row.here is not None
    assert (row.here.sheet, row.here.row) == ("学生", 4)


@pytest.mark.requirement("S3-21")
def test_rosters_of_both_softwares_agree_by_name_number_and_certificate(tmp_path) -> None:
    ministry = [
        {"证书编号": "2015350100001", "姓名": "王小明", "身份证号": WANG, "专业": "数控加工", "毕业时间": "201507"}
    ]
    roster = [
        {
            "序号": 1,
            "毕业证书编号": "2015350100002",
            "姓名": "王小明",
            "身份证号": WANG,
            "专业": "数控加工",
            "毕业时间": "2015年7月",
        }
    ]
    row = only(compared(tmp_path, ministry, roster))
    assert row.reasons == ("证书编号／毕业证书编号：甲表为「2015350100001」，乙表为「2015350100002」",)


@pytest.mark.requirement("S4-13")
def test_counts_of_a_register_against_the_people_of_a_roster(tmp_path) -> None:
    roster = [person(专业简称="护理"), person("李芳", LI), person("赵勇", ZHAO, 专业简称="会计")]
    register = [
        {"专业名称": "护理", "学制": "3", "入学时间": "2023年9月", "毕业人数": "2"},
        {"专业名称": "会计", "学制": "3", "入学时间": "2023年9月", "毕业人数": "2"},
    ]
    (tmp_path / "m.toml").write_text(
        'keys = ["专业名称", "学制", "入学时间"]\n[there]\ncount_as = "毕业人数"\n', encoding="utf-8"
    )
    row = only(compared(tmp_path, register, roster, map_path=tmp_path / "m.toml"))
    assert row.reasons == ("毕业人数：甲表为「2」，乙表为「1」",)


@pytest.mark.requirement("S1-06")
def test_a_map_says_which_column_is_which(tmp_path) -> None:
    (tmp_path / "m.toml").write_text(
        'ignore = ["备注"]\n[columns]\n"证照号" = "身份证号"\n"所读" = "专业"\n', encoding="utf-8"
    )
    theirs = [{"学生": "王小明", "证照号": WANG, "所读": "助产", "备注": "新"}]
    row = only(compared(tmp_path, [person(备注="")], theirs, map_path=tmp_path / "m.toml"))
    assert row.reasons == ("专业简称／所读：甲表为「护理」，乙表为「助产」",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("keys = 3", "keys 应是文字的列表"),
        ("colums = 1", "不认识的项「colums」"),
        ("[here]\nrow = 1", "[here] 中有不认识的项「row」"),
        ("= =", "不是 TOML"),
        ('keys = ["民族"]', "不是两份表都有的列"),
    ],
)
def test_a_map_that_is_not_understood(tmp_path, text, words) -> None:
    (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="对照文件") as refused:
        compared(tmp_path, [person()], [person()], map_path=tmp_path / "m.toml")
    assert words in refused.value.message


def test_lists_that_share_nothing_by_which_people_are_known(tmp_path) -> None:
    with pytest.raises(BadInput, match="没有共同的证件号"):
        compared(tmp_path, [{"姓名": "王小明", "班级": "1"}], [{"姓名": "王小明", "身份证号": WANG}])


def test_exit_status_and_the_object_printed(tmp_path, capsys) -> None:
    here = write_csv(tmp_path / "甲.csv", [person()])
    other = write_csv(tmp_path / "乙.csv", [person(专业简称="助产")])
    assert main(["reconcile", str(here), str(here), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {
        answer.value: int(answer is Answer.SAME) for answer in Answer
    }
    assert main(["reconcile", str(here), str(other), "--json"]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["rows"][0]["here"] == {"sheet": "CSV", "row": 2}
    assert printed["rows"][0]["fields"][0]["there"] == {"sheet": "CSV", "row": 2, "column": "专业简称", "value": "助产"}
    assert main(["reconcile", str(here), str(other), "--rows", "0"]) == 1
    assert "另有 1 人没有列出" in capsys.readouterr().out
    assert main(["reconcile", str(here), str(tmp_path / "无.csv"), "--json"]) == 2
    assert "没有这个文件" in json.loads(capsys.readouterr().out)["error"]


def test_the_memory_spills_nothing() -> None:
    with open_memory("20MB") as connection:
        settings = dict(
            connection.execute("SELECT name, value FROM duckdb_settings() WHERE name = 'temp_directory'").fetchall()
        )
    assert settings == {"temp_directory": ""}
    with pytest.raises(BadInput, match="没有写出任何文件"), open_memory("20MB") as connection:
        connection.execute(
            "CREATE TABLE people AS SELECT range::VARCHAR || repeat('x', 100) AS number FROM range(5000000)"
        )


def test_no_file_is_left_anywhere(tmp_path, monkeypatch) -> None:
    ours = write_csv(tmp_path / "甲.csv", [person(), person("李芳", LI)])
    theirs = write_xlsx(tmp_path / "乙.xlsx", [person(专业简称="助产"), person("赵勇", ZHAO)])
    (tmp_path / "here").mkdir()
    for name in ("TMPDIR", "TEMP", "TMP", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "here"))
    monkeypatch.chdir(tmp_path / "here")
    assert run(ours, theirs).total == 3
    assert list((tmp_path / "here").rglob("*")) == []
