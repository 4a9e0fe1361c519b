"""Whether two records are of one person: points, each with its reason in words, and two thresholds.

At or above the upper one stands only what needs no judgement: the same number (in fifteen or eighteen digits) and a name
that does not contradict it. Between the two a person decides, always; below, two records are two people. Twins share
birth date, family and telephone, and their numbers lie side by side: what differs between them weighs more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from xueji.core.identifiers import eighteen_digits, parse_resident_id
from xueji.core.similar_characters import look_alike, sound_alike

CERTAIN = 12
ASKED = 6
RARE = 25  # so many people of one name, over both lists, and the name is a rare one
NEAR_PHOTO = 3  # bits of 64 in which two copies of one photograph may differ
_NEIGHBOURS = 4  # serials of twins lie as close as this


class LinkVerdict(StrEnum):
    """What is to be done about two records."""

    SAME = "same"  # by itself
    ASK = "ask"  # a person decides
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """What is known of somebody in one list; empty means not known. `photo` is a perceptual hash of 64 bits."""

    number: str = ""
    name: str = ""
    birth: str = ""
    phone: str = ""
    guardian: str = ""
    photo: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against: its points, and its words."""

    points: int
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Two records weighed."""

    verdict: LinkVerdict
    points: int
    reasons: tuple[Reason, ...]

    @property
    def sentence(self) -> str:
        """The reasons as a clerk reads them."""
        return "；".join(f"{reason.text}（{reason.points:+d}）" for reason in self.reasons)


def weigh(ours: LinkRecord, theirs: LinkRecord, *, namesakes: int = RARE + 1) -> Link:
    """Return whether two records are of one person; `namesakes` is how many in both lists bear the name."""
    number = _number_reason(ours.number, theirs.number)
    name = _name_reason(ours.name, theirs.name)
    is_near = number is not None and number.points >= ASKED
    reasons = [reason for reason in (number, name) if reason]
    if not is_near:
        reasons += [reason for reason in (_birth_reason(ours, theirs), _region_reason(ours, theirs)) if reason]
        if name and name.points == 3 and namesakes <= RARE:
            reasons.append(Reason(1, f"同名的人少（两份名单中 {namesakes} 人）"))
    reasons += _other_reasons(ours, theirs)
    if not is_near and (twins := _twins_reason(ours, theirs, name)):
        reasons.append(twins)
    points = sum(reason.points for reason in reasons)
    is_number_same = number is not None and number.points >= CERTAIN
    if is_number_same and name is not None and name.points > 0:
        verdict = LinkVerdict.SAME
    else:
        verdict = LinkVerdict.ASK if is_number_same or points >= ASKED else LinkVerdict.DIFFERENT
    return Link(verdict, points, tuple(reasons))


def _number_reason(first: str, second: str) -> Reason | None:
    """Return what two numbers say: the same, the old form of the other, or a slip of the hand from it."""
    if not first or not second:
        return None
    if first == second:
        return Reason(CERTAIN, "证件号相同")
    ours, theirs = eighteen_digits(first), eighteen_digits(second)
    if ours == theirs:
        return Reason(CERTAIN, "一个是 15 位旧号，一个是 18 位号，同一号码")
    if (slip := slip_between(ours, theirs)) and not (_is_valid(ours) and _is_valid(theirs)):
        return Reason(7, slip)
    return None


def slip_between(first: str, second: str) -> str | None:
    """Return in words which slip of the hand makes one number of the other; None when more than one is needed."""
    if len(first) == len(second):
        places = [place for place in range(len(first)) if first[place] != second[place]]
        if len(places) == 1:
            return f"证件号只有第 {places[0] + 1} 位不同"
        if len(places) == 2 and places[1] == places[0] + 1:
            left, right = places
            if first[left] == second[right] and first[right] == second[left]:
                return f"证件号第 {left + 1}、{right + 1} 位对调"
        return None
    longer, shorter = sorted((first, second), key=len, reverse=True)
    if len(longer) == len(shorter) + 1 and len(shorter) > 14:
        for place in range(len(longer)):
            if longer[:place] + longer[place + 1 :] == shorter:
                return f"证件号只差一位：一个比另一个少第 {place + 1} 位"
    return None


def _name_reason(first: str, second: str) -> Reason | None:
    if not first or not second:
        return None
    if first == second:
        return Reason(3, "姓名相同")
    places = (
        [place for place in range(len(first)) if first[place] != second[place]] if len(first) == len(second) else []
    )
    if len(places) == 1:
        ours, theirs = first[places[0]], second[places[0]]
        if sound_alike(ours, theirs):
            return Reason(2, f"姓名差一个字，「{ours}」「{theirs}」同音")
        if look_alike(ours, theirs):
            return Reason(2, f"姓名差一个字，「{ours}」「{theirs}」形近")
        if len(first) > 2:
            return Reason(-2, f"姓名差一个字，「{ours}」「{theirs}」不同音也不形近")
    return Reason(-4, "姓名不同")


def _birth_reason(ours: LinkRecord, theirs: LinkRecord) -> Reason | None:
    first, second = ours.birth, theirs.birth
    if not first or not second:
        return None
    if first == second:
        return Reason(2, "出生日期相同")
    if first[:6] == second[:6]:
        return Reason(1, "出生年月相同，日不同")
    return Reason(-1, "出生日期不同")


def _region_reason(ours: LinkRecord, theirs: LinkRecord) -> Reason | None:
    if not ours.number[:6] or ours.number[:6] != theirs.number[:6]:
        return None
    if ours.birth and ours.birth == theirs.birth:
        return Reason(3, "证件号前六位（地区）也相同")
    return Reason(2, "证件号前六位（地区）相同")


def _other_reasons(ours: LinkRecord, theirs: LinkRecord) -> Iterator[Reason]:
    """Yield what telephone, guardian and photograph say; another telephone says nothing, people change it."""
    if ours.phone and ours.phone == theirs.phone:
        yield Reason(3, "联系电话相同")
    if ours.guardian and theirs.guardian:
        if ours.guardian == theirs.guardian:
            yield Reason(3, "监护人相同")
        else:
            yield Reason(-1, "监护人不同")
    if ours.photo is not None and theirs.photo is not None:
        bits = (ours.photo ^ theirs.photo).bit_count()
        if bits <= NEAR_PHOTO:
            yield Reason(CERTAIN, "照片是同一张" if not bits else f"照片几乎相同（64 点中差 {bits} 点）")


def _twins_reason(ours: LinkRecord, theirs: LinkRecord, name: Reason | None) -> Reason | None:
    """Return what speaks for twins: one birth date, another given name, two good numbers that lie side by side."""
    if name is None or name.points == 3 or not ours.birth or ours.birth != theirs.birth:
        return None
    if ours.name[:1] != theirs.name[:1]:
        return None
    if not (_is_valid(ours.number) and _is_valid(theirs.number)) or ours.number[:14] != theirs.number[:14]:
        return Reason(-4, "出生日期、家庭相同而名字不同，可能是双胞胎") if name.points < 0 else None
    near = abs(int(ours.number[14:17]) - int(theirs.number[14:17])) <= _NEIGHBOURS
    if near:
        return Reason(-8, "两个号码都有效，只差顺序码且相邻，名字不同：是双胞胎")
    return Reason(-4, "出生日期、家庭相同而名字不同，可能是双胞胎") if name.points < 0 else None


def _is_valid(number: str) -> bool:
    return bool(number) and parse_resident_id(number).is_valid
