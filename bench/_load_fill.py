"""A database as after four years: 2,000 schools, 1,000,000 certificates with all that stands behind them, a season under way.

Filled set-based by the server itself, with triggers and foreign-key checks off for the filling session alone: what is
measured are pages over such a database, not its birth. What is sealed comes from `_load_seal.py`: pages open it.
"""

from __future__ import annotations

import psycopg

from bench._load_seal import COLUMNS, TABLE, closed_rows

CITIES, COUNTIES_EACH, SCHOOLS_EACH = 10, 10, 20
YEARS = (2019, 2020, 2021, 2022)
OPEN_YEAR = 2023
OPEN_SHARE = 40  # graduates of each school in the season under way
PACK = "fictional/province"

_NAME = (
    "(array['赵','钱','孙','李','周','吴','郑','王','冯','陈','褚','卫'])[1 + n % 12]"
    " || (array['伟','芳','娜','敏','静','丽','强','磊','军','洋','勇'])[1 + n / 12 % 11]"
    " || (array['艳','杰','娟','涛','明','超','秀','霞','平','刚','桂','英','华'])[1 + n / 132 % 13]"
)
_PROGRAMME = "(array['护理','计算机应用','学前教育','机电技术应用','汽车运用与维修'])[1 + {of} % 5]"


def uuid_of(kind: int, n: str) -> str:
    """Return SQL for the key of a row: the kind of row, then its index."""
    return f"('{kind:08d}-0000-4000-8000-' || lpad({n}::text, 12, '0'))::uuid"


def statements(schools: int, certificates: int, pack_hash: str) -> list[tuple[str, str]]:
    """Return what fills the tables, in order, each with the name of what it fills."""
    years, each = len(YEARS), certificates // len(YEARS) // schools
    batches, graduates = years * schools, years * schools * each
    people = f"select n, n / {each} as b, n % {each} as k from generate_series(0, {graduates - 1}) n"
    opened = (
        f"select {graduates} + n as n, {batches} + n / {OPEN_SHARE} as b, n % {OPEN_SHARE} as k"
        f" from generate_series(0, {schools * OPEN_SHARE - 1}) n"
    )
    rows = f"(({people}) union all ({opened})) r"
    year = f"(2019 + b / {schools})"
    at = f"make_timestamptz({year}::int, 7, 8, 10, 0, 0)"
    batch_rows = f"generate_series(0, {batches + schools - 1}) b"
    done = f"b < {batches}"
    stage = f"(b % {schools}) % 4"  # of the season under way: draft, at the school, at the county, at the city
    state = f"case when {done} then 'approved' when {stage} = 0 then 'draft' else 'in_progress' end"
    programme = _PROGRAMME.format(of="k")
    city_of = f"(2 + (b % {schools}) / {COUNTIES_EACH * SCHOOLS_EACH})"
    county_of = f"({2 + CITIES} + (b % {schools}) / {SCHOOLS_EACH})"
    return [
        ("authorities", f"""insert into institutions_authority (id, name, short_name, level, line, division_code, parent_id, path)
            values (1, '虚构省教育厅', '省厅', 'province', 'edu', '990000', null, '/1/');
            insert into institutions_authority (id, name, short_name, level, line, division_code, parent_id, path)
            select 2 + c, '第' || c + 1 || '市教育局', '第' || c + 1 || '市', 'city', 'edu', '99' || lpad((c + 1)::text, 2, '0') || '00', 1,
                   '/1/' || 2 + c || '/' from generate_series(0, {CITIES - 1}) c;
            insert into institutions_authority (id, name, short_name, level, line, division_code, parent_id, path)
            select {2 + CITIES} + t, '第' || t + 1 || '县教育局', '第' || t + 1 || '县', 'county', 'edu',
                   '99' || lpad((t / {COUNTIES_EACH} + 1)::text, 2, '0') || lpad((t % {COUNTIES_EACH} + 1)::text, 2, '0'),
                   2 + t / {COUNTIES_EACH}, '/1/' || 2 + t / {COUNTIES_EACH} || '/' || {2 + CITIES} + t || '/'
            from generate_series(0, {CITIES * COUNTIES_EACH - 1}) t"""),
        ("schools", f"""insert into institutions_school (id, name, code, authority_id, is_public, level, ordinal, principal, address, phone)
            select s + 1, '第' || s + 1 || '职业技术学校', '36' || lpad(s::text, 8, '0'), {2 + CITIES} + s / {SCHOOLS_EACH}, true, '', '', '李建国', '', ''
            from generate_series(0, {schools - 1}) s;
            insert into institutions_programme (school_id, code, name, duration_years, education_level)
            select s + 1, lpad(k::text, 6, '0'), {_PROGRAMME.format(of="k")}, 3.0, '中等职业教育'
            from generate_series(0, {schools - 1}) s, generate_series(0, 4) k"""),
        ("people of the offices", f"""insert into accounts_user (id, username, full_name, password, is_superuser, is_staff, is_active, email, phone, date_joined)
            select n, 'officer' || n, '第' || n || '号人员', '!', false, false, true, '', '', now() from generate_series(1, {3 * schools + 300}) n;
            insert into institutions_appointment (user_id, post, authority_id, days)
            select 1, 'province_reviewer', 1, daterange('2000-01-01', null) union all select 2, 'auditor', 1, daterange('2000-01-01', null)
            union all select 10 + c, 'city_reviewer', 2 + c, daterange('2000-01-01', null) from generate_series(0, {CITIES - 1}) c
            union all select 200 + c, 'sealer', 2 + c, daterange('2000-01-01', null) from generate_series(0, {CITIES - 1}) c
            union all select 100 + t, 'county_reviewer', {2 + CITIES} + t, daterange('2000-01-01', null) from generate_series(0, {CITIES * COUNTIES_EACH - 1}) t;
            insert into institutions_appointment (user_id, post, school_id, days)
            select 300 + s, 'school_clerk', s + 1, daterange('2000-01-01', null) from generate_series(0, {schools - 1}) s
            union all select {300 + schools} + s, 'school_leader', s + 1, daterange('2000-01-01', null) from generate_series(0, {schools - 1}) s"""),
        ("seasons", f"""insert into graduation_season (id, authority_id, pack, year, term, legal_date, opened_by_id, opened_at)
            select y * {CITIES} + c + 1, 2 + c, '{PACK}', 2019 + y, 'autumn', make_date(2019 + y, 7, 1), 10 + c, now()
            from generate_series(0, {years}) y, generate_series(0, {CITIES - 1}) c"""),
        ("cases", f"""insert into cases_case (id, kind, title, school_id, pack, pack_hash, legal_date, state, round, version, opened_by_id, opened_at, submitted_by_id, submitted_at, closed_at)
            select b + 1, 'graduation_batch', {year} || '届秋季 第' || b % {schools} + 1 || '职业技术学校', b % {schools} + 1, '{PACK}', '{pack_hash}',
                   make_date({year}::int, 7, 1), {state}, case when {state} = 'draft' then 0 else 1 end, 3, 300 + b % {schools}, {at},
                   case when {state} <> 'draft' then 300 + b % {schools} end, case when {state} <> 'draft' then {at} end, case when {done} then {at} end
            from {batch_rows};
            insert into cases_caseparty (case_id, role, is_main, school_id, digest) select id, 'school', true, school_id, '' from cases_case"""),
        ("steps", f"""insert into cases_step (case_id, round, ordinal, key, label, level, post, school_id, authority_id, settles, state, opened_at, due_on, due_is_provisional)
            select b + 1, 1, o, (array['school','county','release'])[o], (array['学校负责人审核','县（市、区）教育局审核','市教育局审核并发放编号及发证日期'])[o],
                   (array['school','county','city'])[o], (array['school_leader','county_reviewer','city_reviewer'])[o],
                   case o when 1 then b % {schools} + 1 end, case o when 1 then null when 2 then {county_of} else {city_of} end, '{{}}',
                   case when {done} or o < {stage} then 'approved' when o = {stage} then 'current' else 'waiting' end, {at},
                   case when {done} or o <= {stage} then current_date + (b % 21 - 7)::int end, false
            from {batch_rows}, generate_series(1, 3) o where {done} or {stage} > 0;
            insert into cases_decision (step_id, verdict, reasons, digest, by_id, at)
            select s.id, 'approve', '', '', case s.ordinal when 1 then {300 + schools} + (c.school_id - 1) when 2 then 100 + s.authority_id - {2 + CITIES} else 8 + s.authority_id end, s.opened_at
            from cases_step s join cases_case c on c.id = s.case_id where s.state = 'approved'"""),
        ("batches", f"""insert into certificates_issue (id, case_id, kind, title, school_id, authority_id, year, term, is_late, numbered_at, issue_date, sealed_at)
            select b + 1, b + 1, 'graduation', {year} || '届秋季 第' || b % {schools} + 1 || '职业技术学校', b % {schools} + 1, {city_of}, {year}, 'autumn', false,
                   case when {done} then {at} end, case when {done} then {at}::date end, case when {done} then {at} end from {batch_rows};
            insert into graduation_batch (id, season_id, school_id, is_late, case_id, issue_id, form_filler)
            select b + 1, b / {schools} * {CITIES} + (b % {schools}) / {COUNTIES_EACH * SCHOOLS_EACH} + 1, b % {schools} + 1, false, b + 1, b + 1, '赵敏' from {batch_rows};
            insert into graduation_registerline (batch_id, programme_name, duration_years, education_level, planned, admitted, remark)
            select b + 1, {_PROGRAMME.format(of="k")}, 3.0, '中专', 40, 35, '' from {batch_rows}, generate_series(0, 4) k"""),
        ("persons", f"""insert into registry_person (id, id_document_type, resident_id, resident_id_index, name, sex, birth_date, ethnicity, political_status, digest)
            select {uuid_of(1, "n")}, '居民身份证', person_id, decode(md5(n::text), 'hex'),
                   {_NAME}, case n % 2 when 0 then '女' else '男' end, person_birth, '汉族', '共青团员', '' from {rows} join closed using (n)"""),
        ("enrolments", f"""insert into registry_enrolment (id, person_id, school_id, programme_id, entry_month, duration_years, study_mode, status, confirmed_at)
            select {uuid_of(2, "n")}, {uuid_of(1, "n")}, b % {schools} + 1, (b % {schools}) * 5 + k % 5 + 1, {year} - 3 || '-09', 3.0, '全日制',
                   case when {done} then 'graduated' else 'studying' end, {at} from {rows}"""),
        ("numbers", f"""insert into certificates_numbercounter (id, kind, scope, last_serial, ceiling)
            select y + 1, 'graduation', '{PACK} ' || 2019 + y, {schools * each}, 9999999 from generate_series(0, {years - 1}) y;
            insert into certificates_numberblock (id, counter_id, serials, school_id, purpose, released_by_id, released_at)
            select b + 1, b / {schools} + 1, int8range((b % {schools}) * {each} + 1, (b % {schools} + 1) * {each} + 1), b % {schools} + 1,
                   {year} || '届秋季', 8 + {city_of}, {at} from generate_series(0, {batches - 1}) b;
            insert into certificates_issueblock (issue_id, block_id) select b + 1, b + 1 from generate_series(0, {batches - 1}) b;
            insert into certificates_certificatenumber (id, block_id, serial, number, state)
            select n + 1, b + 1, (b % {schools}) * {each} + k + 1, {year} || lpad(((b % {schools}) * {each} + k + 1)::text, 7, '0'), 'issued' from ({people}) r"""),
        ("certificates", f"""insert into certificates_certificate (id, kind, issue_id, number_id, person_id, enrolment_id, school_id, holder_name, holder_sex, holder_birth_date,
                   holder_id, school_name, principal, programme_name, specialisation, duration_years, study_mode, entry_month,
                   graduation_month, issue_date, details, content_digest, content_key_id, pack, pack_hash, state, issued_by_id, issued_at, sealed_at, void_reason)
            select {uuid_of(4, "n")}, 'graduation', b + 1, n + 1, {uuid_of(1, "n")}, {uuid_of(2, "n")}, b % {schools} + 1, {_NAME}, case n % 2 when 0 then '女' else '男' end, certificate_birth,
                   certificate_id, '第' || b % {schools} + 1 || '职业技术学校', '李建国', {programme}, '',
                   3.0, '全日制', {year} - 3 || '-09', {year} || '-07', {at}::date, '{{}}', digest, key_id, '{PACK}', '{pack_hash}', 'sealed',
                   8 + {city_of}, {at}, {at}, '' from ({people}) r join closed using (n)"""),
        ("candidates", f"""insert into graduation_candidate (id, batch_id, ordinal, person_id, enrolment_id, name, sex, birth_date, political_status, programme_name, specialisation,
                   duration_years, study_mode, entry_month, graduation_month, overall_mark, conduct_mark, internship_mark, details, outcome, remark, digest, state, mark_reason, certificate_id)
            select {uuid_of(3, "n")}, b + 1, k + 1, {uuid_of(1, "n")}, {uuid_of(2, "n")}, {_NAME}, case n % 2 when 0 then '女' else '男' end, candidate_birth, '共青团员', {programme}, '',
                   3.0, '全日制', {year} - 3 || '-09', {year} || '-07', '良好', '优秀', '85', '{{}}', 'graduation', '', '', case when {done} then 'approved' else 'listed' end, '',
                   case when {done} then {uuid_of(4, "n")} end from {rows} join closed using (n)"""),
        ("ledger", f"""insert into ledger_event (tag, at, actor_id, actor_label, subject_type, subject_id, subject_label, parent_type, parent_id, school_id, pack, pack_hash, rules, after, note)
            select 'certificate:issued', {at}, 8 + {city_of}, '第' || 8 + {city_of} || '号人员', 'certificates.Certificate', {uuid_of(4, "n")}::text, {_NAME}, 'certificates.NumberBlock',
                   (b + 1)::text, b % {schools} + 1, '{PACK}', '{pack_hash}', '[]', jsonb_build_object('number', n), '' from ({people}) r;
            insert into ledger_event (tag, at, actor_id, actor_label, subject_type, subject_id, subject_label, parent_type, parent_id, school_id, pack, pack_hash, rules, note)
            select (array['batch:opened','case:submitted','case:opened','step:approved','batch:approved'])[e], {at}, 300, '第300号人员', 'graduation.Batch', (b + 1)::text,
                   {year} || '届秋季', 'cases.Case', (b + 1)::text, b % {schools} + 1, '{PACK}', '{pack_hash}', '[]', '' from {batch_rows}, generate_series(1, 5) e"""),
    ]  # fmt: skip


def fill(url: str, schools: int, certificates: int, pack_hash: str, say) -> None:
    """Fill an empty migrated database, then let the server take its statistics."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("set synchronous_commit = off")
        years_of = len(YEARS)
        each = certificates // years_of // schools
        graduates = years_of * schools * each
        connection.execute(TABLE)
        with connection.cursor() as cursor, cursor.copy(f"copy closed ({COLUMNS}) from stdin") as copy:
            for row in closed_rows(schools, each, graduates, graduates + schools * OPEN_SHARE):
                copy.write_row(row)
        say("sealed values")
        for table, column, empty in _without_default(connection):
            connection.execute(f"alter table {table} alter {column} set default {empty}")
        for name, statement in statements(schools, certificates, pack_hash):
            connection.execute(statement)
            say(name)
        for table, column, _ in _without_default(connection):
            connection.execute(f"alter table {table} alter {column} drop default")
        connection.execute("drop table closed")
        for (table,) in connection.execute(
            "select distinct c.relname from pg_class c join pg_depend d on d.refobjid = c.oid"
            " join pg_class s on s.oid = d.objid where s.relkind = 'S' and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
        ).fetchall():
            connection.execute(
                f"select setval(pg_get_serial_sequence('{table}', 'id'), (select greatest(max(id), 1) from {table}))"
                f" where pg_get_serial_sequence('{table}', 'id') is not null"
            )
        connection.execute("vacuum analyze")
        say("statistics")


def _without_default(connection: psycopg.Connection) -> list[tuple[str, str, str]]:
    """Return the columns the program always fills and a page never shows: digests, and what an event vouches for."""
    return connection.execute(
        """select table_name, column_name, case column_name when 'wrote' then '''{}''' else '''''' end from information_schema.columns
           where table_schema = 'public' and (column_name = 'digest' or (table_name, column_name) = ('ledger_event', 'wrote'))"""
    ).fetchall()
