"""Letters that only look right: radicals for characters, marks nobody sees, signs that stand where a character was lost.

What has one meaning is folded (a radical is its character, an unseen mark is nothing); what has lost its meaning is
named, because only the person who knows the paper can say what stood there.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

# Unicode's EquivalentUnifiedIdeograph; the Kangxi radicals (U+2F00 to U+2FD5) are in NFKC already.
_RUNS = (
    (0x2E81, "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵"),
    (0x2E9B, "旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"),
    (0x31CF, "乀一丨丿丿丶"), (0x31D6, "乛"), (0x31DA, "亅"), (0x31DD, "乀"), (0x31DF, "乚乙"),
)  # fmt: skip
RADICALS = {start + place: character for start, run in _RUNS for place, character in enumerate(run)} | {
    code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)
}
_RADICAL = re.compile(f"[{''.join(map(chr, RADICALS))}]")
# They choose one drawing of the character before them; without them it is the same character.
_SELECTORS = r"\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u180f"
# Letters by their category, blank on every screen and on paper.
FILLERS = "\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5\u034f\U0001d159"
_FORMAT = (
    r"\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0001\U000e0020-\U000e007f"
)
_SELECTOR = re.compile(f"[{_SELECTORS}]")
_UNSEEN = re.compile(f"[{_FORMAT}{FILLERS}]")
_EDGES = re.compile(rf"^[\s{_FORMAT}{FILLERS}]+|[\s{_FORMAT}{FILLERS}]+$")

_HAN = r"〇々㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
# Nothing else puts these where a character should be: replacement and object signs, the geta, areas without a meaning.
_GONE = re.compile(r"[\ufffd\ufffc〓\ue000-\uf8ff\U000f0000-\U0010ffff\ufdd0-\ufdef\ufffe\uffff]|锟斤")
MASKS = "?？□■▢▯◻◼◽◾*＊×✕✖╳○◯"  # what people and programs write for a character they do not have
_ALL_HAN = re.compile(f"[{_HAN}·]+")
_MASKED = re.compile(rf"(?<=[{_HAN}])[{re.escape(MASKS)}]|[{re.escape(MASKS)}](?=[{_HAN}])|^[{re.escape(MASKS)}\s]+$")


def fold_lookalikes(text: str) -> str:
    """Return text with radicals as the characters they look like, and without selectors of a drawing."""
    if text.isascii():
        return text
    return _SELECTOR.sub("", _RADICAL.sub(lambda match: RADICALS[ord(match[0])], text))


def radicals_in(text: str) -> tuple[str, ...]:
    """Return the radicals that stand in a text for characters, each once."""
    return () if text.isascii() else tuple(dict.fromkeys(_RADICAL.findall(text)))


def drop_unseen(text: str) -> str:
    """Return text without format marks and blank letters, wherever they stand."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def unseen_in(text: str) -> tuple[str, ...]:
    """Return the marks in a text that nobody sees, each once."""
    return () if text.isascii() else tuple(dict.fromkeys(_UNSEEN.findall(text)))


def trim(text: str) -> str:
    """Return text without blanks and unseen marks at its ends."""
    return text.strip() if text.isascii() else _EDGES.sub("", text)


def lost_in(text: str) -> str:
    """Return what shows for certain that a character was lost: «�», «〓», a code of a private area; empty when nothing does."""
    found = None if text.isascii() else _GONE.search(text)
    return found[0] if found else ""


def masked_in(text: str) -> str:
    """Return a sign that stands beside or instead of characters as if it replaced one («王?», «□□»); empty when none does."""
    found = _MASKED.search(text)
    return found[0].strip() if found else ""


def ungarbled(text: str) -> str:
    """Return what a garbled text seems to have been («绋嬬牃绉» was «程砚»); empty when it does not look garbled.

    Bytes of one encoding were read in another: UTF-8 as GBK, or either as a Western one. All that comes out must be
    common Chinese characters, and what stands there must not: no name is spelt so by chance.
    """
    if text.isascii() or len(text) < 2 or _is_common(text):
        return ""
    for encodings in (("gb18030", "utf-8"), ("latin-1", "utf-8"), ("cp1252", "utf-8"), ("latin-1", "gb18030")):
        seen = _decoded(text.rstrip("?\ufffd"), *encodings)
        if len(seen) > 1 and _ALL_HAN.fullmatch(seen) and _is_common(seen):
            return seen
    return ""


def _decoded(text: str, shown_as: str, written_in: str) -> str:
    """Return the text that bytes mean in their own encoding; the last character may have lost its end."""
    try:
        return codecs.getincrementaldecoder(written_in)().decode(text.encode(shown_as))
    except UnicodeError:
        return ""


def _is_common(text: str) -> bool:
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def code_points(text: str) -> str:
    """Return the code points of a text as messages name them."""
    return "、".join(f"U+{ord(character):04X}" for character in text)
