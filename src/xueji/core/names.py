"""Names of people: normalising them without changing who is meant, and saying what cannot be printed or kept.

Rare characters (Extensions A to I) are names like any other. Whether a font can print them is another rule's matter.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from xueji.core.texts import FILLERS, MASKS, fold_lookalikes, lost_in

MIDDLE_DOT = "·"
_DOTS = dict.fromkeys(map(ord, "‧•・･．⋅∙⸱⸳ꞏ᛫"), MIDDLE_DOT)
_REFUSED_CATEGORIES = {
    "Cc": "控制字符",
    "Cf": "不可见的格式字符",
    "Co": "造字区（私用区）字符",
    "Cs": "不完整的字符",
    "Cn": "未编码的字符",
    "Zl": "换行符",
    "Zp": "分段符",
}
_DESCRIPTION = re.compile(r"[\u2ff0-\u2fff\u303e\u31ef]")
_HAN = re.compile(r"[〇々㐀-䶿一-鿿\U00020000-\U0003ffff]")
_FOREIGN = re.compile(r"[ぁ-ヿｦ-ﾟ\u31f0-\u31ff]|([ㄅ-ㄯ\u31a0-\u31bf])|([ㄱ-ㆎ])")
_COVERS = f"{MASKS}◇◆※#＃"
_LONGEST = 36  # JY/T 1005 gives the name 36 characters


def normalise_name(text: str) -> str:
    """Return the name in NFC, trimmed (the full-width space too), its dot written as «·», radicals as their characters."""
    return unicodedata.normalize("NFC", fold_lookalikes(text)).translate(_DOTS).strip(" \t\r\n\u3000\u00a0")


@lru_cache(maxsize=4096)
def name_problem(name: str) -> str | None:
    """Return why a name cannot be accepted, naming the character by its code point; None when it can."""
    if not name:
        return "姓名为空"
    if name.isascii() and name.isalpha() and len(name) <= _LONGEST:
        return None
    for position, character in enumerate(name, start=1):
        if refusal := _refusal(name, position - 1):
            return f"姓名第 {position} 个字符{refusal}"
        if character.isspace() and _stands_between_han(name, position - 1):
            return f"姓名第 {position} 个字符是空格（U+{ord(character):04X}），请删去"
    if len(name) > _LONGEST:
        return f"姓名有 {len(name)} 个字，超过 {_LONGEST} 个"
    return None


@lru_cache(maxsize=4096)
def name_doubts(name: str) -> tuple[str, ...]:
    """Return what a person should look at in an acceptable name: digits, Latin letters, punctuation, one character."""
    doubts = []
    if any(character.isdigit() for character in name):
        doubts.append("姓名中有数字")
    if foreign := _FOREIGN.search(name):
        script = "注音符号" if foreign[1] else "谚文字母" if foreign[2] else "日文假名"
        doubts.append(f"姓名中有{script}「{foreign[0]}」，与形近的汉字不是同一个字")
    if any(character.isascii() and character.isalpha() for character in name):
        doubts.append("姓名中有拉丁字母")
    marks = sorted({c for c in name if unicodedata.category(c)[0] in "PS" and c != MIDDLE_DOT})
    if marks:
        doubts.append(f"姓名中有标点或符号「{''.join(marks)}」")
    if name.startswith(MIDDLE_DOT) or name.endswith(MIDDLE_DOT) or MIDDLE_DOT * 2 in name:
        doubts.append("姓名中间隔号的位置不寻常")
    if len(name) == 1:
        doubts.append("姓名只有一个字")
    return tuple(doubts)


def _refusal(name: str, index: int) -> str | None:
    """Return what is said of a character that no name may hold: lost, unseen, a description, a mark upon a Han character."""
    character = name[index]
    category, kind = unicodedata.category(character), None
    if character in FILLERS:
        kind = "看不见的空白字符"
    elif _DESCRIPTION.match(character):
        kind = "拆字描述符（字库缺字时的写法）"
    elif category in ("Mn", "Me") and (index == 0 or _HAN.match(name[index - 1])):
        kind = "附加在汉字上的符号"
    else:
        kind = _REFUSED_CATEGORIES.get(category)
    if kind:
        return f" U+{ord(character):04X} 是{kind}，不能作为姓名"
    if character in _COVERS or lost_in(character):
        hint = "；若本应是汉字「〇」，请输入 U+3007" if character in "○◯" else ""
        return f"「{character}」（U+{ord(character):04X}）表示这里的字已丢失或被遮盖{hint}"
    return None


def _stands_between_han(name: str, index: int) -> bool:
    """Whether the space at `index` pads a Chinese name («张　三»), which a diploma would print."""
    before, after = name[:index].rstrip(), name[index:].lstrip()
    return bool(before and after) and not (before[-1].isascii() or after[0].isascii())
