"""What the database cannot make itself for the filled tables: sealed numbers and birth dates, keyed digests.

Pages open what they show, the public check compares the digest: dummies would measure other pages than people ask for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

_SURNAMES, _MIDDLE = "赵钱孙李周吴郑王冯陈褚卫", "伟芳娜敏静丽强磊军洋勇"
_LAST = "艳杰娟涛明超秀霞平刚桂英华"
_PROGRAMMES = ("护理", "计算机应用", "学前教育", "机电技术应用", "汽车运用与维修")
_PLACES = ("610502", "610503", "610521", "610522", "610523", "610524", "610525", "610526")
_PER_PLACE = 700 * 999  # then birth dates and serials begin again: the same number for two persons
COLUMNS = "n, person_id, person_birth, certificate_id, certificate_birth, candidate_birth, digest, key_id"
TABLE = f"""create unlogged table closed (n bigint primary key, {", ".join(f"{c} bytea" for c in COLUMNS.split(", ")[1:6])},
    digest text, key_id int)"""


def key_of(kind: int, n: int) -> str:
    """Return the key that `uuid_of` gives a row in SQL."""
    return f"{kind:08d}-0000-4000-8000-{n:012d}"


def closed_rows(schools: int, each: int, graduates: int, total: int) -> Iterator[tuple[object, ...]]:
    """Yield for each person what is sealed about them; the first `graduates` have certificates."""
    from xueji.certificates.content import PURPOSE
    from xueji.core.identifiers import check_character
    from xueji.sealing.digests import active_key_id, keyed_digest
    from xueji.sealing.texts import seal

    key_id = active_key_id()
    for n in range(total):
        born = date(2001, 1, 1) + timedelta(days=n % 700)
        first = f"{_PLACES[n // _PER_PLACE]}{born:%Y%m%d}{n % 999 + 1:03d}"
        number, day = first + check_character(first), born.isoformat()
        person, certificate, candidate = (key_of(kind, n) for kind in (1, 4, 3))
        row = [
            n,
            seal(number, table="registry_person", column="resident_id", row=person),
            seal(day, table="registry_person", column="birth_date", row=person),
            seal(number, table="certificates_certificate", column="holder_id", row=certificate),
            seal(day, table="certificates_certificate", column="holder_birth_date", row=certificate),
            seal(day, table="graduation_candidate", column="birth_date", row=candidate),
        ]
        if n < graduates:
            printed_rows = _printed(n, schools, each) | {"id": certificate, "birth_date": day, "resident_id": number}
            row += [keyed_digest(printed_rows, purpose=PURPOSE, key_id=key_id), key_id]
        else:
            row += ["", key_id]
        yield tuple(row)


def _printed(n: int, schools: int, each: int) -> dict[str, str]:
    b, k = divmod(n, each)
    year, school = 2019 + b // schools, b % schools
    return {
        "kind": "graduation", "number": f"{year}{school * each + k + 1:07d}",
        "name": _SURNAMES[n % 12] + _MIDDLE[n // 12 % 11] + _LAST[n // 132 % 13], "sex": "男" if n % 2 else "女",
        "school": f"第{school + 1}职业技术学校", "principal": "李建国", "programme": _PROGRAMMES[k % 5],
        "duration_years": "3", "study_mode": "全日制", "entry_month": f"{year - 3}-09", "graduation_month": f"{year}-07",
        "issue_date": f"{year}-07-08", "photo": "",
    }  # fmt: skip
