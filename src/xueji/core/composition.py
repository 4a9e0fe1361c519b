"""How a number is put together from the facts of a graduate, a school and a season, as the pack's numbering says."""

from __future__ import annotations

from collections.abc import Mapping

from xueji.core.errors import BadInput
from xueji.core.packs import NumberingSpec

# Facts a part of a number may be filled from.
FACTS = (
    "season.year",
    "school.region",  # first digits of the division code, as many as the part is wide
    "school.ordinal",
    "school.code",
    "school.level",
    "graduate.level",  # details.graduate_level
    "programme.code",
)


def compose_parts(spec: NumberingSpec, facts: Mapping[str, str]) -> dict[str, str]:
    """Return every part of a number but its serial; BadInput names the fact that is missing or has no digits.

    `facts` maps names of `FACTS` to their text. A region is cut to the width of its part: the code of a division
    begins with the codes of those above it (GB/T 2260); a year shows its last digits.
    """
    parts = dict(spec.fixed)
    for name, fact in spec.sources.items():
        part, text = spec.shape.part(name), facts.get(fact, "")
        if not text:
            raise BadInput(f"编号的「{part.label}」没有依据：请先登记（{_LABELS[fact]}）")
        if name in spec.digits:
            if text not in spec.digits[name]:
                choices = "、".join(spec.digits[name])
                raise BadInput(f"编号的「{part.label}」：「{text}」没有对应的代码；可用：{choices}")
            text = spec.digits[name][text]
        elif fact == "school.region":
            text = text[: part.width]
        elif fact == "season.year":
            text = text[-part.width :]
        if not (text.isascii() and text.isdigit() and len(text) <= part.width):
            raise BadInput(f"编号的「{part.label}」应为不多于 {part.width} 位的数字：{text}")
        parts[name] = text.zfill(part.width)
    return parts


_LABELS = {
    "season.year": "毕业年份",
    "school.region": "学校主管部门的行政区划代码",
    "school.ordinal": "学校顺序号",
    "school.code": "学校标识码",
    "school.level": "学校办学层次",
    "graduate.level": "毕业生的培养层次",
    "programme.code": "专业代码",
}
