"""A register and a list that arrives, with people recorded twice in known kinds: what a matcher must find and must not.

Written and committed before the matcher, which knows none of its lists. A seed makes the same people on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

EXACT_KINDS = ("exact", "fifteen")
TYPED_KINDS = ("digit", "transposed")
NAME_KINDS = ("lookalike", "homophone")
HARD_KINDS = ("hard_serial", "hard_region", "hard_birth")
TWICE = (*EXACT_KINDS, *TYPED_KINDS, *NAME_KINDS, "photo", *HARD_KINDS)  # who stands in the register already
STRANGERS = ("new", "twin", "namesake", "sibling")  # who only looks as if
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_BOYS = (
    "浩宇轩子博文杰俊涛明志强伟鹏飞翔龙磊洋凯旭阳晨泽睿嘉豪天佑家乐一鸣思远建国华军勇斌超辉峰云海波亮刚毅承恩景"
    "逸航锐哲昊然霖坤瑞硕诚信义康健振兴永胜世荣光耀祖"
)
_GIRLS = (
    "欣怡雨涵梓萱诗琪佳慧思颖婷静雅丽娜敏芳燕红霞玲秀英梅兰月琳晓彤若曦语嫣心悦梦瑶可馨雪莹洁倩露艳丹妮琴珍美凤"
    "媛蕾薇冰清依诺紫晴文娟玉翠香莲春花"
)


def _pairs(characters: str) -> dict[str, str]:
    """Return what is typed for each character: they stand side by side."""
    return dict(zip(characters[::2], characters[1::2], strict=True))


# What people type for one another, by sight and by sound.
_SIGHT = _pairs(
    "晴睛怡恰颖颍玲铃琳淋晨辰昊吴轩轸睿容梅海燕鹏霞露曦羲彤彬瑶谣倩情婷停娜那梓样萱宣博搏俊峻涛淘峰锋辉浑锐说哲誓坤坪硕领诚城健建荣莱佳住洁结艳绝莹荧薇微丹舟凤风冰水诺若未末王玉志忘旭旮"
    "泽择航杭嫣焉馨声媛援蕾雷霖淋思恩永水"
)
_SOUND = _pairs(
    "伟玮浩皓宇雨轩宣子梓博柏文雯杰洁俊骏涛韬明铭志智强蔷鹏朋飞菲翔祥磊蕾洋阳凯恺旭絮晨辰泽则嘉佳豪毫佑佐家嘉思斯建健华桦军君勇永斌彬超朝辉晖峰锋云芸海亥波博刚钢毅义昊浩瑞锐诚承康慷欣鑫"
    "怡仪雨语涵含诗师琪棋佳嘉慧惠颖影婷廷静靖雅娅丽莉娜纳敏闽芳方燕艳红虹霞侠玲灵秀绣英瑛梅玫兰岚月悦琳林晓小彤桐若偌曦希心欣梦孟瑶遥馨新雪血莹盈洁杰倩茜露璐艳雁丹单琴芹珍真凤奉媛圆薇微"
    "依伊晴情娟涓玉钰香湘莲连春椿"
)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A row of either list; `kind` and `of` (the place in the register) are what only the generator knows."""

    number: str
    name: str
    phone: str
    guardian: str
    photo: int | None
    kind: str = "register"
    of: int | None = None


@dataclass(frozen=True)
class TwoLists:
    """The register, and the list that arrives."""

    register: list[Somebody]
    arriving: list[Somebody]


def make_lists(*, people: int, of_each_kind: int, seed: int) -> TwoLists:
    """Return a register of `people` and a list with `of_each_kind` rows of each kind of TWICE and STRANGERS."""
    random = Random(f"linkage {seed}")
    register = [_somebody(random, adult=place % 20 == 0) for place in range(people)]
    taken = {row.number for row in register}
    arriving: list[Somebody] = []
    places = iter(random.sample(range(people), people))
    for kind in (*TWICE, *STRANGERS):
        wanted = len(arriving) + of_each_kind
        while len(arriving) < wanted:
            place = next(places)
            row = _arrive(random, kind, register[place], taken)
            if row is not None:
                arriving.append(replace(row, kind=kind, of=place if kind in TWICE else None))
    random.shuffle(arriving)
    return TwoLists(register, arriving)


def _somebody(random: Random, *, adult: bool = False) -> Somebody:
    first, days = (date(1972, 1, 1), 9000) if adult else (date(2005, 9, 1), 1460)
    born = first + timedelta(days=random.randrange(days))
    surname = _skewed(random, _SURNAMES)
    is_boy = random.random() < 0.52
    given = "".join(_skewed(random, _BOYS if is_boy else _GIRLS) for _ in range(1 if random.random() < 0.12 else 2))
    number = _number(_region(random), born, random.randrange(500) * 2 + is_boy)
    guardian = (surname if random.random() < 0.6 else _skewed(random, _SURNAMES)) + "".join(
        _skewed(random, _BOYS + _GIRLS) for _ in range(1 if random.random() < 0.3 else 2)
    )
    return Somebody(number, surname + given, _phone(random), guardian, random.getrandbits(64))


def _arrive(random: Random, kind: str, known: Somebody, taken: set[str]) -> Somebody | None:
    """Return a row of a kind made from somebody of the register; None when that kind cannot be made of them."""
    row = _TWICE_MAKERS[kind](random, known) if kind in _TWICE_MAKERS else _stranger(random, kind, known)
    if row is None or (kind != "exact" and row.number in taken):
        return None
    return row


def _exact(random: Random, known: Somebody) -> Somebody:
    return replace(known, phone=_phone(random), photo=None)


def _fifteen(random: Random, known: Somebody) -> Somebody | None:
    return (
        replace(known, number=known.number[:6] + known.number[8:17], photo=None) if known.number[6:8] == "19" else None
    )


def _digit(random: Random, known: Somebody) -> Somebody:
    place = random.randrange(18)
    other = random.choice([digit for digit in "0123456789" if digit != known.number[place]])
    return _around(random, replace(known, number=known.number[:place] + other + known.number[place + 1 :]))


def _transposed(random: Random, known: Somebody) -> Somebody | None:
    number = known.number
    places = [place for place in range(16) if number[place] != number[place + 1]]
    place = random.choice(places)
    return _around(
        random, replace(known, number=number[:place] + number[place + 1] + number[place] + number[place + 2 :])
    )


def _around(random: Random, row: Somebody) -> Somebody:
    """Change what is often different beside a mistyped number: 15 % the name, 30 % the telephone; no photograph."""
    if random.random() < 0.15:
        row = _vary(random, row, {**_SIGHT, **_SOUND}) or row
    return replace(row, phone=_phone(random) if random.random() < 0.3 else row.phone, photo=None)


def _lookalike(random: Random, known: Somebody) -> Somebody | None:
    return _vary(random, _other_serial(random, _half_known(random, known)), _SIGHT)


def _homophone(random: Random, known: Somebody) -> Somebody | None:
    return _vary(random, _other_serial(random, _half_known(random, known)), _SOUND)


def _half_known(random: Random, row: Somebody) -> Somebody:
    """Change either the telephone or the guardian in half of the rows: with a name of its own one of them must stand."""
    if random.random() < 0.5:
        return replace(row, photo=None)
    if random.random() < 0.5:
        return replace(row, phone=_phone(random), photo=None)
    return replace(row, guardian=_somebody(random).guardian, photo=None)


def _vary(random: Random, row: Somebody, typed: dict[str, str]) -> Somebody | None:
    places = [place for place, character in enumerate(row.name) if place and character in typed]
    if not places:
        return None
    place = random.choice(places)
    return replace(row, name=row.name[:place] + typed[row.name[place]] + row.name[place + 1 :])


def _photo(random: Random, known: Somebody) -> Somebody:
    """Somebody under another name and number, whose photograph was saved once more: up to three bits of 64 differ."""
    assert known.photo is not None
    flipped = known.photo
    for bit in random.sample(range(64), random.randrange(4)):
        flipped ^= 1 << bit
    return replace(_somebody(random), photo=flipped)


def _hard(random: Random, row: Somebody) -> Somebody:
    """Change what is different beside a new number: 10 % the name, half the telephones, 30 % the guardians."""
    if random.random() < 0.10:
        row = _vary(random, row, {**_SIGHT, **_SOUND}) or row
    phone = _phone(random) if random.random() < 0.5 else row.phone
    guardian = _somebody(random).guardian if random.random() < 0.3 else row.guardian
    return replace(row, phone=phone, guardian=guardian, photo=None)


def _other_serial(random: Random, row: Somebody) -> Somebody:
    serial = random.randrange(500) * 2 + int(row.number[16]) % 2
    return replace(row, number=_close(row.number[:14] + f"{serial:03}"))


def _other_region(random: Random, row: Somebody) -> Somebody:
    serial = random.randrange(500) * 2 + int(row.number[16]) % 2
    return replace(row, number=_close(_region(random) + row.number[6:14] + f"{serial:03}"))


def _other_birth(random: Random, row: Somebody) -> Somebody:
    born = date(int(row.number[6:10]), int(row.number[10:12]), int(row.number[12:14]))
    other = born.replace(day=random.choice([day for day in range(1, 29) if day != born.day]))
    serial = random.randrange(500) * 2 + int(row.number[16]) % 2
    return replace(row, number=_number(row.number[:6], other, serial))


def _stranger(random: Random, kind: str, known: Somebody) -> Somebody:
    fresh = _somebody(random)
    if kind == "new":
        return fresh
    if kind == "twin":  # born the same day in the same place, one surname, one house; often one character of the name
        serial = (int(known.number[14:17]) + random.choice((1, 1, 2, 3))) % 1000
        given = _skewed(random, _BOYS if serial % 2 else _GIRLS)
        name = (
            known.name[:2] + given if len(known.name) == 3 and random.random() < 0.6 else known.name[0] + fresh.name[1:]
        )
        if name == known.name:
            name = known.name[0] + fresh.name[1:] + given
        return replace(known, number=_close(known.number[:14] + f"{serial:03}"), name=name, photo=fresh.photo)
    if kind == "namesake":  # one name and one birth date, two people
        return replace(
            fresh, number=_close(fresh.number[:6] + known.number[6:14] + fresh.number[14:17]), name=known.name
        )
    return replace(fresh, name=known.name[0] + fresh.name[1:], phone=known.phone, guardian=known.guardian)


def _skewed(random: Random, characters: str) -> str:
    """Return a character, those in front far more often: the first tenth is half of all people."""
    return characters[int(len(characters) * random.random() ** 2.2)]


def _region(random: Random) -> str:
    return f"41{1 + int(18 * random.random() ** 1.3):02}{2 + int(12 * random.random() ** 1.5):02}"


def _phone(random: Random) -> str:
    return f"1{random.choice('35789')}{random.randrange(10**9):09}"


def _number(region: str, born: date, serial: int) -> str:
    return _close(f"{region}{born:%Y%m%d}{serial:03}")


def _close(seventeen: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, _WEIGHTS, strict=True))
    return seventeen + "10X98765432"[total % 11]


_TWICE_MAKERS = {
    "exact": _exact,
    "fifteen": _fifteen,
    "digit": _digit,
    "transposed": _transposed,
    "lookalike": _lookalike,
    "homophone": _homophone,
    "photo": _photo,
    "hard_serial": lambda random, known: _hard(random, _other_serial(random, known)),
    "hard_region": lambda random, known: _hard(random, _other_region(random, known)),
    "hard_birth": lambda random, known: _hard(random, _other_birth(random, known)),
}
