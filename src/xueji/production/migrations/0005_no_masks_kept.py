"""What earlier releases wrote down of ID numbers and birth dates, taken out of texts that are kept.

They masked numbers as region, eight stars and tail, and repeated birth dates in findings, in summaries and in the before
and after of corrections: together the whole number. The ledger is append-only; this once its texts lose what they
should never have held, and nothing else. It stands in the uppermost app, so that every table is there.
"""

import json

from django.db import migrations

WORDS, ELSEWHERE = "（证件号）", "（另存）"
MASK = r"[0-9]{6}\*{5,8}[0-9]{3}[0-9Xx]"
CLOSED = {"birth_date", "resident_id", "出生日期", "证件号码"}
COLUMNS = """select c.table_name, c.column_name, c.data_type from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' and c.table_name not like 'procrastinate%'
      and c.data_type in ('text', 'character varying', 'jsonb') order by 1, 2"""
FINDINGS = """update {table} set message = case
    when rule = 'graduate.birth_date_matches_id' then '出生日期与身份证号中的不一致'
    when rule = 'graduate.age_plausible' then '毕业时的年龄不合常理'
    when rule = 'registry.agrees_with_record' and message like '出生日期%%' then '出生日期与学籍登记的不一致'
    when rule like 'reading.date%%' then regexp_replace(message, '「[^」]*」', '', 'g')
    when rule like '%%resident_id%%' then regexp_replace(message, '[0-9][0-9X-]{{3,}}', '…', 'g')
    else message end
    where rule in ('graduate.birth_date_matches_id', 'graduate.age_plausible', 'registry.agrees_with_record')
       or rule like 'reading.date%%' or rule like '%%resident_id%%'"""
SUMMARIES = """update {table} set change_summary = regexp_replace(change_summary, '出生日期：[^；]*→[^；]*', '出生日期', 'g')
    where change_summary like '%%出生日期：%%'"""


def take_out(_apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column, kind in cursor.fetchall():
            _masks(cursor, table, column, "::jsonb" if kind == "jsonb" else "")
        there = set(schema_editor.connection.introspection.table_names(cursor))  # graduation may have moved on already
        for table in there & {"graduation_intakefinding", "graduation_recordfinding"}:
            cursor.execute(FINDINGS.format(table=table))
        for table in there & {"graduation_intakerow", "graduation_recordrow"}:
            cursor.execute(SUMMARIES.format(table=table))
        _events(cursor)


def _masks(cursor, table, column, cast):
    where = f'"{column}"::text ~ %s'
    cursor.execute(f'select exists (select from "{table}" where {where})', [MASK])
    if cursor.fetchone()[0]:
        cursor.execute(f'alter table "{table}" disable trigger user')
        cursor.execute(
            f'update "{table}" set "{column}" = regexp_replace("{column}"::text, %s, %s, \'g\'){cast} where {where}',
            [MASK, WORDS, MASK],
        )
        cursor.execute(f'alter table "{table}" enable trigger user')


def _events(cursor):
    """Both sides of a correction: of a number and a birth date only that they were given."""
    cursor.execute(
        """select id, before, after from ledger_event where before::text ~ %s or after::text ~ %s""",
        ["|".join(sorted(CLOSED))] * 2,
    )
    found = [
        (json.dumps(_closed(before), ensure_ascii=False), json.dumps(_closed(after), ensure_ascii=False), key)
        for key, before, after in ((key, _loaded(before), _loaded(after)) for key, before, after in cursor.fetchall())
    ]
    if found:
        cursor.execute("alter table ledger_event disable trigger user")
        cursor.executemany(
            "update ledger_event set before = nullif(%s, 'null')::jsonb, after = nullif(%s, 'null')::jsonb where id = %s",
            found,
        )
        cursor.execute("alter table ledger_event enable trigger user")


def _loaded(value):
    return json.loads(value) if isinstance(value, str) else value


def _closed(value):
    if isinstance(value, dict):
        return {key: _emptied(inner) if key in CLOSED else _closed(inner) for key, inner in value.items()}
    return [_closed(one) for one in value] if isinstance(value, list) else value


def _emptied(value):
    return dict.fromkeys(value, ELSEWHERE) if isinstance(value, dict) else ELSEWHERE


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("blanks", "0002_signed_by_statement"),
        ("cases", "0002_four_jurisdictions"),
        ("certificates", "0006_no_clear_birth_date"),
        ("documents", "0001_initial"),
        ("graduation", "0007_no_clear_birth_dates"),
        ("institutions", "0004_installation"),
        ("jobs", "0001_initial"),
        ("ledger", "0001_initial"),
        ("lookup", "0001_initial"),
        ("production", "0004_copy_has_batch"),
        ("registry", "0003_no_clear_particulars"),
    ]

    operations = [migrations.RunPython(take_out, migrations.RunPython.noop, elidable=True)]
