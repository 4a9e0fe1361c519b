"""What `xueji audit` asks of rights: who but the owner of the tables may do what, from PostgreSQL's own catalogue.

A list of its own (docs/adr/0008): the ledger takes INSERT and SELECT, what is only ever added to no UPDATE or DELETE,
nothing TRUNCATE, everybody (`public`) nothing, and a sequence is drawn from, never set.
"""

from __future__ import annotations

from typing import Any

from xueji.cli.audit_asking import all_rows

_APPEND_ONLY = (
    "ledger_event", "ledger_leaf", "ledger_writtenrows", "cases_decision", "production_sealingsession", "production_sealingrefusal",
    "production_filecheck",
    "blanks_blankmovement", "certificates_skippedserials", "certificates_numberstatementline",
)  # fmt: skip
_GRANTS = """select c.relname, coalesce(r.rolname, 'public'), g.privilege_type from pg_class c
    cross join lateral aclexplode(c.relacl) g left join pg_roles r on r.oid = g.grantee
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and g.grantee <> c.relowner
    union select c.relname, coalesce(r.rolname, 'public'), 'setval' from pg_class c
    cross join lateral aclexplode(c.relacl) g left join pg_roles r on r.oid = g.grantee
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'S' and g.grantee <> c.relowner and g.privilege_type = 'UPDATE'
    union select c.relname, coalesce(r.rolname, 'public'), g.privilege_type from pg_attribute a join pg_class c on c.oid = a.attrelid
    cross join lateral aclexplode(a.attacl) g left join pg_roles r on r.oid = g.grantee
    where c.relnamespace = current_schema()::regnamespace and g.grantee <> c.relowner order by 1, 2, 3"""
# What a role may do in the end, by whatever group it is in: `pg_write_all_data` stands in no list of rights.
_EFFECTIVE = """select c.relname, r.rolname, w.name from pg_class c cross join pg_roles r
    cross join unnest(array['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) w (name)
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and r.oid >= 16384 and not r.rolsuper
      and not pg_has_role(r.oid, c.relowner, 'member') and has_table_privilege(r.oid, c.oid, w.name) order by 1, 2, 3"""
# Whoever may write to a table must not be more than that, by itself or by a group it can act as.
_ROLES = """select r.rolname, case when r.rolsuper then '是超级用户' when r.rolbypassrls or r.rolcreaterole or r.rolreplication
      then '有管理权' when pg_has_role(r.oid, o.oid, 'member') then '可以充当表的所有者 ' || o.rolname
      else (select '可以充当 ' || string_agg(p.rolname, '、') from pg_roles p where p.oid < 16384 and p.rolname in
        ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program', 'pg_maintain') and pg_has_role(r.oid, p.oid, 'member')) end
    from pg_roles r cross join (select distinct relowner as oid, w.rolname from pg_class c join pg_roles w on w.oid = c.relowner
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')) o
    where r.oid <> o.oid and r.oid >= 16384 and exists (select from pg_class c left join lateral aclexplode(c.relacl) g on true
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and (g.grantee = r.oid
        or not r.rolsuper and has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')))"""
_OWNED = """select c.relname, r.rolname from pg_class c join pg_roles r on r.oid = c.relowner
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and c.relowner <> (
      select relowner from pg_class where oid = 'django_migrations'::regclass)"""


def privileges() -> dict[str, Any]:
    """Name every right on a table that nobody but its owner should have, and say when the product is the owner itself."""
    rights = {*all_rows(_GRANTS), *all_rows(_EFFECTIVE)}
    wrong = [f"{table}：{role} 有 {right} 权" for table, role, right in sorted(rights) if not _may(table, role, right)]
    wrong += [f"{role}：{why}" for role, why in all_rows(_ROLES) if why]
    wrong += [f"{table}：属于 {role}，不属于其他表的所有者" for table, role in all_rows(_OWNED)]
    owner = all_rows("""select current_user from pg_class c where c.oid = 'django_migrations'::regclass
                    and pg_has_role(current_user, c.relowner, 'member')""")
    return {
        "check": "database.privileges",
        "says": "除所有者外，任何人对履历只能增加和查看，对只增不改的表不能改、删，不能清空任何表，不能拨动计数器",
        "mismatches": wrong,
        "notes": [f"本次以表的所有者 {name} 连接：所有者不受权限限制" for (name,) in owner],
    }


def _may(table: str, role: str, right: str) -> bool:
    if role == "public" or right not in ("SELECT", "INSERT", "UPDATE", "DELETE"):
        return False
    return table not in _APPEND_ONLY or right in ("SELECT", "INSERT")
