"""The parts of `xueji audit` that open what is sealed and recompute what was made of it: contents of certificates, indexes of persons."""

from __future__ import annotations

import json
from binascii import hexlify
from collections.abc import Iterable
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from tqdm import tqdm

from xueji.cli.audit_asking import columns_of, keyed
from xueji.cli.audit_digests import as_printed, checked
from xueji.cli.audit_texts import Column, Form, Part, as_it_is, opened, quoted

_NULL = b'{"null":null}'  # where the database has nothing although it must: no text of ours, so that the digest differs


def persons() -> list[dict[str, Any]]:
    """Recompute the digest of every person; the number opened for it must have the index by which it is found."""
    from django.conf import settings

    wrong, unfit, looked_at, index_of = [], [], 0, keyed(settings.INDEX_KEY)
    for run in checked("registry_person", settings.DATA_KEYS, "resident_id_index"):
        looked_at += len(run.keys)
        unfit += run.faults
        for key, number, index in zip(run.keys, run.opened["resident_id"], run.beside, strict=True):
            if number is None:
                wrong.append(f"学生 {key.decode()}：证件号无法打开（被移动、改动，或缺密钥）")
            elif index_of(_eighteen(number))[:16] != index:
                wrong.append(f"学生 {key.decode()}：证件号的索引不符")
    content = {
        "check": "persons.content",
        "says": "每名学生密封的证件号都能在本人的行中打开，索引相符",
        "looked_at": looked_at,
        "mismatches": wrong,
    }
    return [content, as_printed(unfit, looked_at)]


def certificates() -> dict[str, Any]:
    """Recompute the digest of every certificate from its columns; what is sealed must open in its own row."""
    from django.conf import settings

    wrong, looked_at, keys = [], 0, settings.DATA_KEYS
    made = {number: keyed(keyed(key)(b"derived:certificate content")) for number, key in keys.items()}
    for ids, numbers, stored, key_ids, *read in tqdm(columns_of(_SQL), desc="核对证书", disable=None):
        looked_at += len(ids)
        columns = [column if None not in column else [_NULL if v is None else v for v in column] for column in read]
        births = columns[0] = opened(columns[0], "certificates_certificate.holder_birth_date", ids, keys)
        holders = opened(columns[_HOLDER], "certificates_certificate.holder_id", ids, keys)
        columns[_HOLDER] = [_eighteen(holder or b"") for holder in holders]
        columns[0] = [birth or b"" for birth in births]
        rows = zip(ids, numbers, stored, key_ids, births, holders, _FORM.texts(columns), strict=True)
        for key, number, digest, key_id, birth, holder, text in rows:
            if number is None:
                wrong.append(f"证书 {key.decode()}：编号不在册")
            elif birth is None or holder is None or key_id not in made:
                wrong.append(f"{number.decode()}：证件号或出生日期无法打开（被移动、改动，或缺密钥）")
            elif hexlify(made[key_id](text)) != digest:
                wrong.append(f"{number.decode()}：内容与签发时不一致")
    return {
        "check": "certificates.content",
        "says": "每份证书的内容摘要（用密钥计算）可由现存各栏重算得出",
        "looked_at": looked_at,
        "mismatches": wrong,
    }


def _detailed(values: Column) -> Iterable[bytes]:
    return map(_details, values)


@lru_cache(maxsize=4096)
def _details(stored: bytes) -> bytes:
    """Return what a certificate says besides, each `details.key` in order and a comma after it."""
    return "".join(
        f"{encode_basestring(f'details.{key}')}:{json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(',', ':'))},"
        for key, value in sorted(json.loads(stored).items())
    ).encode()


def _specialised(values: Column) -> Iterable[bytes]:
    """Return the field of study inside the programme, left out where there is none."""
    return [b',"specialisation":"%b"' % value if value else b"" for value in quoted(values)]


# The digest is over a JSON object with its keys in order; what the database writes needs no escaping.
_WRITTEN = """'"duration_years":"' || trim_scale(c.duration_years)::text || '","entry_month":"' || c.entry_month || '","graduation_month":"'
    || c.graduation_month || '","id":"' || c.id || '","issue_date":"' || to_char(c.issue_date, 'YYYY-MM-DD') || '"'"""
_PARTS: list[Part] = [
    b'{"birth_date":"', ("c.holder_birth_date", quoted), b'",', ("c.details::text", _detailed), (_WRITTEN, as_it_is),
    b',"kind":"', ("c.kind", quoted), b'","name":"', ("c.holder_name", quoted), b'","number":"', ("coalesce(n.number, '')", quoted),
    b'","photo":"', ("coalesce(c.photo_id, '')", quoted), b'","principal":"', ("c.principal", quoted),
    b'","programme":"', ("c.programme_name", quoted), b'","resident_id":"', ("c.holder_id", quoted),
    b'","school":"', ("c.school_name", quoted), b'","sex":"', ("c.holder_sex", quoted), b'"',
    ("c.specialisation", _specialised), b',"study_mode":"', ("c.study_mode", quoted), b'"}',
]  # fmt: skip
_FORM = Form(_PARTS)
_HOLDER = _FORM.wanted.index("c.holder_id")
_SQL = f"""select c.id::text, n.number, c.content_digest, c.content_key_id, {", ".join(_FORM.wanted)}
    from certificates_certificate c left join certificates_certificatenumber n on n.id = c.number_id"""  # noqa: S608  # the columns above


def _eighteen(number: bytes) -> bytes:
    """A fifteen-digit number as its eighteen: century 19 and the check character of GB 11643."""
    if len(number) != 15 or not number.isdigit():
        return number
    long = number[:6] + b"19" + number[6:]
    return (
        long + b"10X98765432"[(check := sum(int(chr(d)) * 2 ** (17 - i) for i, d in enumerate(long)) % 11) : check + 1]
    )
