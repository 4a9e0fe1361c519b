"""Records, photographs and the forms of the Weinan pack, for the tests of printed documents."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pypdfium2
from PIL import Image, ImageDraw

from xueji.core.months import Month
from xueji.documents.records import DiplomaRecord, RegisterData, RegisterRow, RosterData, RosterRow

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
