"""The part of `xueji audit` that compares the database with what the migrations make of an empty one.

`schema.txt` beside this file holds the expected, one fact a line (table, kind, text), written from a freshly migrated
database by `make schema`; a test fails when it is stale. Read from PostgreSQL's own catalogue, not from the models
(docs/adr/0008). Names that say nothing (of constraints and indexes) are left out, what differs between PostgreSQL 15
and 18 is brought to one form.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from xueji.cli.audit_asking import of_catalogue
from xueji.cli.expressions import one_form

EXPECTED = Path(__file__).with_name("schema.txt")
_SHOWN = 160  # characters of a definition in a message

# One query a kind: rows of (table or other object, text).
_FACTS = {
    "relation": """select c.relname, c.relkind::text || ' ' || c.relpersistence::text || case when c.relrowsecurity then ' rls' else '' end
           || coalesce(' ' || case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end, '')
           || coalesce((select ' inherits ' || string_agg(i.inhparent::regclass::text, ',') from pg_inherits i
                where i.inhrelid = c.oid), '')
         from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')""",
    # What stands in a child table of another schema is read with its parent.
    "child": """select i.inhparent::regclass::text, i.inhrelid::regclass::text from pg_inherits i
         join pg_class p on p.oid = i.inhparent join pg_class c on c.oid = i.inhrelid
         where p.relnamespace = current_schema()::regnamespace and c.relnamespace <> p.relnamespace""",
    "column": """select c.relname, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || case when a.attnotnull then ' not null' else '' end || case when a.attidentity = '' then '' else ' identity' end
           || case when a.attgenerated = '' then '' else ' generated' end
           || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
         from pg_attribute a join pg_class c on c.oid = a.attrelid
         left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0
           and not a.attisdropped""",
    # PostgreSQL 18 also holds each «not null» as a constraint (contype n): the columns say it already.
    "constraint": """select r.conrelid::regclass::text, pg_get_constraintdef(r.oid) from pg_constraint r
         where r.connamespace = current_schema()::regnamespace and r.conrelid <> 0 and r.contype not in ('n', 't')""",
    "index": """select i.indrelid::regclass::text, regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX \\S+ ON ', ' INDEX ON ')
           || case when i.indisvalid and i.indisready then '' else ' invalid' end
         from pg_index i join pg_class c on c.oid = i.indrelid
         where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'm')""",
    "trigger": """select g.tgrelid::regclass::text, g.tgname || ' ' || g.tgenabled::text || ' ' || pg_get_triggerdef(g.oid)
         from pg_trigger g join pg_class c on c.oid = g.tgrelid
         where c.relnamespace = current_schema()::regnamespace and not g.tgisinternal""",
    # The triggers behind foreign keys have no names of their own; each must be switched on.
    "key trigger": """select g.tgrelid::regclass::text, g.tgfoid::regproc::text || ' ' || g.tgenabled::text || ' of '
           || pg_get_constraintdef(g.tgconstraint)
         from pg_trigger g join pg_class c on c.oid = g.tgrelid
         where c.relnamespace = current_schema()::regnamespace and g.tgisinternal and g.tgenabled <> 'O'""",
    "rule": """select tablename, definition from pg_rules where schemaname = current_schema()""",
    "policy": """select p.polrelid::regclass::text, p.polname || ' ' || p.polcmd::text from pg_policy p""",
    "function": """select p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
           l.lanname || ' ' || p.provolatile::text || case when p.prosecdef then ' definer' else '' end
           || coalesce(' ' || array_to_string(p.proconfig, ','), '') || ' ' || coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)
         from pg_proc p join pg_language l on l.oid = p.prolang
         where p.pronamespace = current_schema()::regnamespace and p.prokind in ('f', 'p')
           and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')""",
    "enumeration": """select t.typname, string_agg(e.enumlabel, ',' order by e.enumsortorder)
         from pg_enum e join pg_type t on t.oid = e.enumtypid where t.typnamespace = current_schema()::regnamespace
         group by t.typname""",
    "sequence": """select s.seqrelid::regclass::text, format_type(s.seqtypid, null) || ' ' || s.seqstart || ' by ' || s.seqincrement
           || ' ' || s.seqmin || '..' || s.seqmax || case when s.seqcycle then ' cycle' else '' end
         from pg_sequence s join pg_class c on c.oid = s.seqrelid where c.relnamespace = current_schema()::regnamespace""",
    "event trigger": "select evtname, evtevent || ' ' || evtenabled::text || ' ' || evtfoid::regproc::text from pg_event_trigger",
    # Triggers and foreign keys sleep in a session that says «replica»; another path finds another «=» than the database's.
    "setting": """select coalesce(r.rolname, '*'), x from pg_db_role_setting s cross join unnest(s.setconfig) x
         left join pg_roles r on r.oid = s.setrole where s.setdatabase in (0, (select oid from pg_database
           where datname = current_database())) and (split_part(x, '=', 1) in
             ('session_replication_role', 'app.allow_truncate', 'app.allow_unvouched', 'app.unvouched')
           or (x like 'search_path=%' and (x ~ 'pg_catalog' or x !~ '^search_path=public(,|$)')))""",
}  # fmt: skip
_KINDS = {
    "relation": "表", "child": "子表", "column": "列", "constraint": "约束", "index": "索引", "trigger": "触发器", "key trigger": "外键触发器",
    "rule": "改写规则", "policy": "行权限", "function": "函数", "enumeration": "取值", "sequence": "序列",
    "event trigger": "事件触发器", "setting": "设置",
}  # fmt: skip


def facts() -> list[str]:
    """Return what the connected database is made of, one fact a line, sorted: what `make schema` writes."""
    from django.db import connection

    with connection.cursor() as cursor:
        return facts_of(cursor)


def facts_of(cursor: Any) -> list[str]:
    """Return what the database of a cursor is made of."""
    found = []
    for kind, sql in _FACTS.items():
        cursor.execute(sql)
        found += [f"{name}\t{kind}\t{_normal(kind, text)}" for name, text in cursor.fetchall()]
    return sorted(found)


def _normal(kind: str, text: str) -> str:
    """Bring a definition to one line, an expression to one form; the body of a function to its digest, white space aside."""
    words = " ".join(text.split())
    if kind != "function":
        return one_form(words)
    return f"{' '.join(words.split()[:2])} sha256:{hashlib.sha256(words.encode()).hexdigest()}"


def schema() -> dict[str, Any]:
    """Name every constraint, index, trigger, function, column that is not as the migrations make it."""
    expected = Counter(EXPECTED.read_text(encoding="utf-8").splitlines())
    found = Counter(facts())
    wrong = [_said(line, "缺少，或已停用、改动") for line in sorted((expected - found).elements())]
    wrong += [_said(line, "不是迁移所建") for line in sorted((found - expected).elements())]
    return {
        "check": "database.schema",
        "says": "表、列、约束、索引、触发器（连同函数内容和启用状态）与迁移所建的完全一致",
        "looked_at": found.total(),
        "mismatches": wrong,
    }


# An operator or function that fits the types exactly is taken before the catalogue's own, whose types are wider; a cast changes
# what is compared. Asked with nothing but the catalogue in sight. `<->` measures distances, and the audit measures none.
_SHADOWS = """
    select 'operator ' || o.oid::regoperator::text from pg_operator o where o.oprnamespace = 'public'::regnamespace and o.oprname <> '<->'
      and exists (select from pg_operator c where c.oprnamespace = 'pg_catalog'::regnamespace and c.oprname = o.oprname)
    union all
    select 'function ' || p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'public'::regnamespace
      and exists (select from pg_proc c where c.pronamespace = 'pg_catalog'::regnamespace and c.proname = p.proname)
    union all
    select 'cast ' || castsource::regtype::text || ' as ' || casttarget::regtype::text from pg_cast where oid >= 16384 order by 1"""


def shadows() -> dict[str, Any]:
    """Name what the audit's own comparisons could be led astray by: it asks the database, and the database looks names up."""
    return {
        "check": "database.shadows",
        "says": "核对用到的运算符、函数、类型转换都是数据库自带的，没有同名的在前面顶替",
        "mismatches": [f"{name}：会顶替数据库自带的" for (name,) in of_catalogue(_SHADOWS)],
    }


def _said(line: str, what: str) -> str:
    name, kind, text = line.split("\t")
    return f"{name}：{_KINDS[kind]}{what}：{text[:_SHOWN]}"
