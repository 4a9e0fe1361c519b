"""Made-up people and heads that fill any form of any pack, with the names and majors that are hardest to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from typing import cast

from xueji.core.errors import BadInput, RenderFailed
from xueji.core.months import Month
from xueji.core.numbering import format_number, serial_ceiling
from xueji.core.packs import DocumentSpec, NumberingSpec, PackView
from xueji.demo.faces import portrait
from xueji.documents.diplomaforms import DiplomaForms
from xueji.documents.diplomas import diploma_values
from xueji.documents.layout import capital_number
from xueji.documents.listforms import read_list_form
from xueji.documents.records import (
    DiplomaRecord,
    ListData,
    ListGroup,
    RegisterData,
    RegisterRow,
    RosterData,
    RosterRow,
)
from xueji.documents.render import LetterData

YEAR = 2026
NAMES = ("张伟", "尼格买提·热合曼·阿布都热依木江", "𬱖䶮", "欧阳若曦", "㛃𫖮", "李小梅", "王·阿依古丽·艾合买提", "陈思")
PROGRAMMES = (
    "计算机应用",
    "护理",
    "城市轨道交通运输与管理",
    "新能源汽车检测与维修（智能网联汽车技术应用方向）",
    "幼儿教育",
)
SCHOOL = "某某市第一高级职业技术教育中心学校（某某技师学院）"
_OF_A_REPLACEMENT = {"original_number": "某教普专证字 00000000000000", "loss": "丢失", "category": "普通中专"}
_FACES = 40  # drawn anew for each record they would take longer than the pages
_FIELDS = {
    "year": str(YEAR), "season_year": str(YEAR), "term": "春季", "season": f"{YEAR}届春季", "school_name": SCHOOL, "school_level": "技师学院",
    "study_mode": "全日制", "duration": "三年", "entry_month": f"{YEAR - 3}年9月", "graduation_month": f"{YEAR}年7月",
    "principal": "李建国", "clerk": "赵敏", "filled_by": "赵敏", "phone": "13800000000", "programme": PROGRAMMES[2],
    "details.admission_category": "普通中专", "admission_category": "普通中专", "applicant": "某某", "address": "某某市某某路 12 号",
    "contact": "赵敏　13800000000", "college": "某某职业技术学院", "sender": "某某省教育厅", "sent_by": "孙洁",
    "waybill": "某某速运 1234567890123", "dispatched_on": f"{YEAR}年6月20日", "printer": "教务处喷墨打印机", "run": "17",
    "tray_order": "先印的在上", "printed_by": "赵敏", "handed_out_by": "", "place": SCHOOL, "scope": f"{YEAR}年春季",
    "as_of": f"{YEAR}年7月1日", "verdict": "平衡", "percent": "5", "sample_size": "26", "population": "519",
    "drawn_at": f"{YEAR}-05-20 10:00", "context": f"{YEAR}年春季毕业生成绩抽查", "commitment": "c0" * 32, "secret": "5e" * 16,
    "list_hash": "a1" * 32, "seed": "d3" * 32, "method": "按名单值和暗码算出种子，逐人取其散列值，由小到大取前若干人。",
    "checked_by_office": "某某市教育局", "change": "转学习形式", "effective_on": f"{YEAR}年3月1日", "status": "待查重处理",
    "statement": "因家庭住址变更，随父母迁居外市，不能继续在本校住校就读，申请按规定办理，材料附后，", "name": NAMES[1], "sex": "女",
    "statement_2": "请学校和学籍主管部门予以核办；迁居地户口簿复印件、监护人身份证件复印件随本表一并报送……见办件",
    "papers": "派出所开具的户籍单、户口簿户主页、户口簿本人页", "student_number": "G11010520080301100X", "class_name": "2026 级 护理（口腔护理方向）1班",
    "resident_id": "11010520080301100X",
}  # fmt: skip


def specimen_list(view: PackView, spec: DocumentSpec, count: int) -> ListData:
    """Return `count` rows for a list form; what the form leaves to the hand stays empty."""
    form = read_list_form(spec)
    level = next(iter(form.copy_sets), "")
    examples = _examples(view)
    keys = {column.key for column in form.columns if not column.by_hand and not column.merged} - {"serial"}
    rows = []
    for i in range(count if form.columns else 0):
        row = _row(view, i)
        rows.append({key: row.get(key, examples.get(key, "")) for key in keys})
    total = {"graduates": str(count), "total": str(count), "total_words": capital_number(count), "direct_level": level}
    ends = {"first_number": _number(view, 0), "last_number": _number(view, max(count - 1, 0))}
    books = ("证书编号", "空白证书") if "{book}" in str(spec.settings) else ("",)
    groups = tuple(ListGroup({"book": book}, tuple(rows)) for book in books)
    return ListData(_FIELDS | total | ends, groups)


def _examples(view: PackView) -> dict[str, str]:
    """Return what the pack itself gives as an example for each of its facts."""
    if "graduates" not in view.keys("workbook"):  # a national pack has forms, and no workbook of its own
        return {}
    return {column.field: column.example for column in view.workbook("graduates").columns}


def _row(view: PackView, i: int) -> dict[str, str]:
    serial = f"{i + 1:05d}"
    programme = PROGRAMMES[i % len(PROGRAMMES)]
    return {
        "number": _number(view, i), "name": NAMES[i % len(NAMES)], "sex": "女" if i % 2 else "男",
        "resident_id": f"1101052008030{i % 9 + 1}{i % 900 + 100}X", "birth_date": f"2008年{i % 12 + 1}月{i % 28 + 1}日",
        "programme": programme, "programme_with_specialisation": f"{programme}（某某方向）", "entry_month": _FIELDS["entry_month"],
        "graduation_month": _FIELDS["graduation_month"], "duration": "三年" if i % 5 else "三年半", "study_mode": "全日制",
        "outcome": "毕业", "overall_mark": "合格", "conduct_mark": "优秀", "internship_mark": "良好", "remark": "",
        "vocational_certificate": f"{1835003000400000 + i}", "blank": f"A{9000 - i:08d}", "school_name": f"某某市第{i + 1}职业技术学校",
        "graduates": str(40 + i % 500), "school_contact": "李老师 13800000000", "school_address": f"某某市某某区某某路 {i + 1} 号",
        "source_school": SCHOOL, "college_programme": f"{YEAR}级软件技术", "contact": "13800000000", "grade": f"{YEAR - 3}级",
        "before": NAMES[1], "after": NAMES[(i + 1) % len(NAMES)], "change_type": "身份证号码变更" if i % 3 else "转专业",
        "count": "40", "numbers": f"{_number(view, i * 40)}—{_number(view, i * 40 + 39)}", "item": "已打印，在学校",
        "ranges": f"A{serial}001—A{serial}040",
    }  # fmt: skip


def _number(view: PackView, i: int) -> str:
    """Return the number of the i-th graduate in the pack's own shape."""
    if "graduation" not in view.keys("numbering"):
        return f"{YEAR}{i + 1:06d}"
    scheme: NumberingSpec = view.numbering("graduation")
    made = {part.name: "1234567890"[: part.width].zfill(part.width) for part in scheme.shape.parts}
    last = serial_ceiling(scheme.shape, scheme.serial_part)
    year = {part.name: str(YEAR)[-part.width :] for part in scheme.shape.parts if part.name == "year"}
    return format_number(scheme.shape, made | dict(scheme.fixed) | year | {scheme.serial_part: i % last + 1})


def specimen_diplomas(view: PackView, spec: DocumentSpec, count: int) -> list[DiplomaRecord]:
    """Return `count` graduates for a diploma form, going through all its variants."""
    facts = _variants(view, spec)
    faces = [portrait(1, i, "女" if i % 2 else "男") for i in range(min(count, _FACES))]
    return [_diploma(view, i, faces[i % len(faces)], facts[i % len(facts)]) for i in range(count)]


def _variants(view: PackView, spec: DocumentSpec) -> Sequence[Mapping[str, str]]:
    """Return the facts of every kind of graduate the form has a variant for."""
    forms = DiplomaForms(spec)
    words = forms.words()
    found = []
    for combination in product(*words.values()):
        facts = dict(zip(words, combination, strict=True))
        values = diploma_values(_diploma(view, 0, b"", facts))
        try:
            form = forms.forms[forms.form_for(values)]
        except BadInput:
            continue
        if form.named - form.texts.keys() <= values.keys():
            found.append(facts)
    if not found:
        raise RenderFailed(f"「{spec.title}」没有一种式样可以打印")
    return found


def _diploma(view: PackView, i: int, photo: bytes, facts: Mapping[str, str]) -> DiplomaRecord:
    details = {
        field.removeprefix("details."): text for field, text in _examples(view).items() if field[:8] == "details."
    }
    number = _number(view, i)
    return DiplomaRecord(
        number=number, name=NAMES[i % len(NAMES)], sex="女" if i % 2 else "男", birth_date=date(2008, i % 12 + 1, i % 28 + 1),
        resident_id="11010520080309002X", programme=PROGRAMMES[i % len(PROGRAMMES)], duration_years=Decimal("3" if i % 5 else "3.5"),
        study_mode="全日制", entry_month=Month(YEAR - 3, 9), graduation_month=Month(YEAR, 7), school_name=SCHOOL,
        principal="李建国", issue_date=date(YEAR, 7, 1), photo=photo, qr_text=f"https://xueji.example.cn/v/?n={number}",
        specialisation="某某方向" if i % 2 else "", school_level=facts.get("school_level", ""),
        details=_OF_A_REPLACEMENT | details | {key.removeprefix("details."): word for key, word in facts.items() if key[:8] == "details."},
    )  # fmt: skip


def specimen_letter(view: PackView, spec: DocumentSpec) -> LetterData:
    """Return a letter with the longest facts: sealed by every office that may, and numbered, where its form has seals and a number."""
    facts = {
        "name": NAMES[1], "sex": "男", "resident_id": "110101196803070019", "native_province": "某某", "native_place": "某某市",
        "birth_month": "1968年3月", "study_from": "1984年9月", "study_until": "1987年7月", "programme": PROGRAMMES[3],
        "plan_category": "普通中专", "duration": "3", "study_form": "全日制", "original_number": "某教普专证字 00000000000000",
        "contact_name": NAMES[6], "contact_phone": "13800000000", "first": "毕业证书原件", "second": "录取审批表复印件", "third": "身份证原件",
        "admitted": "1984年9月", "category": "普通中专", "cause": "档案室搬迁", "renamed": "（1990年更名为某某学校）",
        "service": "学历证明书", "receipt": "41202600000001", "reasons": "毕业证明上的学校公章与学校备案的不符，学校书面否认开具",
        "evidence": "毕业证明原件：印章是伪造的", "until": "2026年3月19日", "employer": "某某市某某区某某职业技术有限公司", "id_tail": "0019",
        "decided": "2026年3月20日", "expires": "2029年3月20日", "school_name": SCHOOL,
        "discipline_organ": "某某市教育局纪检监察组",
    }  # fmt: skip
    offices = view.value("counterseal_offices") if "counterseal_offices" in view.keys("value") else [""]
    number = f"{YEAR}000000000001" if spec.settings.get("number_label") else ""
    signer, seal = (SCHOOL, str(cast("list[str]", offices)[-1])) if spec.seals else (NAMES[1], "")
    return LetterData(facts, signer, date(YEAR, 7, 1), number, other_seal=seal)


def specimen_register(view: PackView, count: int) -> RegisterData:
    """Return a sealing register with a line for each of `count` programmes."""
    rows = tuple(
        RegisterRow(PROGRAMMES[i % len(PROGRAMMES)], 60, 55, Decimal(3), "中专", 50, 48, "") for i in range(count)
    )
    return RegisterData(SCHOOL, YEAR, "秋季", rows, _number(view, 0), _number(view, 48 * count - 1), "", "赵敏")


def specimen_roster(view: PackView, count: int) -> RosterData:
    """Return a sealing roster of `count` graduates."""
    rows = tuple(
        RosterRow("11010520080309002X", _number(view, i), NAMES[i % len(NAMES)], "女" if i % 2 else "男", date(2008, 3, 9),
                  "共青团员", Decimal(3), PROGRAMMES[i % len(PROGRAMMES)], "合格", "优秀", "良好")
        for i in range(count)
    )  # fmt: skip
    return RosterData(SCHOOL, rows, "赵敏")
