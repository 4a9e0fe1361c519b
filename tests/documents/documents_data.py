"""Records, photographs and the forms of the Weinan pack, for the tests of printed documents."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pypdfium2
from PIL import Image, ImageDraw

from xueji.core.months import Month
from xueji.documents.layout import MM
from xueji.documents.records import (
    DiplomaRecord,
    ListData,
    ListGroup,
    RegisterData,
    RegisterRow,
    RosterData,
    RosterRow,
)

ISSUED_ON = date(2019, 7, 8)
LONG_NAME = "尼格买提·热合曼·阿布都热依木江"
RARE_NAMES = ("𬱖䶮", "㛃", "𫖮", "𠅤")
SCHOOL = "渭南市临渭区职业技术教育中心"


def portrait(width: int = 150, height: int = 200, background: tuple[int, int, int] = (67, 142, 219)) -> Image.Image:
    """Draw a stand-in portrait with enough grain to weigh what a photograph weighs."""
    grain = Image.effect_noise((width, height), 40).convert("RGB")
    image = Image.blend(Image.new("RGB", (width, height), background), grain, 0.12)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.3, height * 0.2, width * 0.7, height * 0.62), fill=(236, 192, 168))
    draw.pieslice((width * 0.13, height * 0.65, width * 0.87, height * 1.4), 180, 360, fill=(28, 38, 66))
    return image


def jpeg(image: Image.Image, quality: int = 90, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, **options)
    return out.getvalue()


PHOTO = jpeg(portrait())


def diploma(name: str = "张伟", serial: int = 1, **other) -> DiplomaRecord:
    values = {
        "number": f"201905{serial:05d}",
        "name": name,
        "sex": "女",
        "birth_date": date(2001, 3, 9),
        "resident_id": "610502200103090021",
        "programme": "计算机应用",
        "duration_years": Decimal(3),
        "study_mode": "全日制",
        "entry_month": Month(2016, 9),
        "graduation_month": Month(2019, 7),
        "school_name": SCHOOL,
        "principal": "李建国",
        "issue_date": ISSUED_ON,
        "photo": PHOTO,
        "qr_text": f"https://xueji.example.cn/v/{serial:08d}ABCDEF",
    }
    return DiplomaRecord(**(values | other))


def roster_row(serial: int, name: str = "张伟", **other) -> RosterRow:
    values = {
        "resident_id": "61050220010309002X",
        "number": f"201905{serial:05d}",
        "name": name,
        "sex": "男",
        "birth_date": date(2001, 3, 9),
        "political_status": "共青团员",
        "duration_years": Decimal(3),
        "programme": "机电技术应用",
        "overall_result": "合格",
        "conduct_result": "优秀",
        "internship_result": "良好",
    }
    return RosterRow(**(values | other))


def roster(count: int, **other) -> RosterData:
    return RosterData(SCHOOL, tuple(roster_row(i + 1, **other) for i in range(count)), "赵敏")


def register(count: int) -> RegisterData:
    rows = tuple(RegisterRow(f"专业第{i + 1}种", 60, 55, Decimal(3), "中专", 50, 48) for i in range(count))
    return RegisterData(SCHOOL, 2019, "秋季", rows, "20190500001", f"201905{48 * max(count, 1):05d}")


def page_texts(pdf: bytes) -> list[str]:
    """Return the text of each page as a reader copies it, without white space."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
    return ["".join(text.split()) for text in texts]


def page_image(pdf: bytes, index: int = 0, dpi: int = 150) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[index].render(scale=dpi / 72).to_pil().convert("RGB")
    finally:
        document.close()


def places(pdf: bytes, text: str, index: int = 0) -> list[tuple[float, float]]:
    """Return where `text` stands on a page: left edge and baseline of each, in mm from the upper left corner."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[index]
        words = page.get_textpage()
        search, found = words.search(text), []
        while (hit := search.get_next()) is not None:
            left, bottom, _, _ = words.get_charbox(hit[0])
            found.append((left / MM, (page.get_height() - bottom) / MM))
        return found
    finally:
        document.close()


NAMES = ("张伟", LONG_NAME, "𬱖䶮", "李小梅")
PROGRAMMES = ("计算机应用", "城市轨道交通运输与管理", "幼儿教育")


def list_row(serial: int, **other: str) -> dict[str, str]:
    """Return a graduate's row with the text of every column that any list asks for."""
    values = {
        "number": f"35012320262020{serial:05d}",
        "name": NAMES[(serial - 1) % 4],
        "sex": "女",
        "birth_date": "2008年3月9日",
        "resident_id": f"45010220080309{serial:04d}",
        "entry_month": "2023年9月",
        "graduation_month": "2026年6月",
        "programme": PROGRAMMES[serial % 3],
        "programme_with_specialisation": f"{PROGRAMMES[serial % 3]}（{serial % 7}方向）",
        "duration": "三年",
        "study_mode": "全日制",
        "remark": "",
        "outcome": "毕业",
        "conduct_mark": "优秀",
        "internship_mark": "合格",
        "vocational_certificate": "中级工 1835003000400001",
        "details.graduate_level": "中级技工班",
        "details.general_mark": "合格",
        "details.skills_mark": "良好",
        "grade": "2023级",
        "before": "张玮",
        "after": "张伟",
        "change_type": "姓名",
        "college_programme": "2026级软件技术",
        "source_school": "南宁市某某学校",
        "contact": "13800000000",
        "school_name": "南宁市某某学校",
        "graduates": "120",
        "school_contact": "李老师 13800000000",
        "school_address": "南宁市某路 12 号",
        "count": "40",
        "numbers": "000001—000040",
        "blank": f"A{serial:08d}",
        "item": "领用",
        "ranges": f"A{serial:08d}",
    }
    return values | other


FIELDS = {
    "year": "2026",
    "term": "春季",
    "school_name": "南宁市某某学校",
    "direct_level": "city",
    "programme": "计算机应用",
    "details.admission_category": "普通中专",
    "study_mode": "全日制",
    "duration": "三年",
    "entry_month": "2023年9月",
    "graduation_month": "2026年6月",
    "graduates": "519",
    # of an application for a change, a sheet a student
    "change": "休学",
    "name": "张玮",
    "sex": "女",
    "status": "在读",
    "resident_id": "450102200803090011",
    "student_number": "2023450100000001",
    "class_name": "护理 1 班",
    "effective_on": "2026年3月2日",
    "statement": "因病住院治疗",
    "statement_2": "",
    "papers": "县级以上医院证明",
}


def list_data(count: int, **fields: str) -> ListData:
    rows = tuple(list_row(i + 1) for i in range(count))
    return ListData(FIELDS | fields, (ListGroup({}, rows),))
