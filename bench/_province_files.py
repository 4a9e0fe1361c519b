"""What a province leaves behind: files written whole or not at all, and the sheet that balances the book of numbers."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path


def balance_sheet(target: Path) -> int:
    """Write released = issued + void + returned + free for each school, and check it against its certificates."""
    from django.db import connection

    query = """
        select s.code, s.name, count(*), count(*) filter (where n.state = 'issued'),
               count(*) filter (where n.state = 'void'), count(*) filter (where n.state = 'returned'),
               count(*) filter (where n.state in ('free', 'reserved')), count(c.id), min(n.number), max(n.number)
        from certificates_certificatenumber n
        join certificates_numberblock b on b.id = n.block_id join institutions_school s on s.id = b.school_id
        left join certificates_certificate c on c.number_id = n.id
        group by s.code, s.name order by s.code"""
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = cursor.fetchall()
    uneven = [row[0] for row in rows if row[2] != sum(row[3:7]) or row[3] != row[7]]
    assert not uneven, f"numbers of {uneven[:5]} do not balance"
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["学校标识码", "学校", "发放", "已发", "作废", "退回", "未用", "证书", "起号", "止号"])
    table.writerows(rows)
    write_file(target, out.getvalue().encode())
    return sum(row[2] for row in rows)


def write_file(path: Path, data: bytes) -> None:
    """Write beside and rename: a file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(data)
    draft.rename(path)
