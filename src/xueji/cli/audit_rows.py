"""What `xueji audit` asks of rows that rest on one another: plain SQL of its own, none of the product's (docs/adr/0008)."""

from __future__ import annotations

from typing import Any

from xueji.cli.audit_asking import all_rows

# name -> (what it says, SQL that returns one text a mismatch)
ROW_BALANCES: dict[str, tuple[str, str]] = {
    "candidates.content": (
        "已发证毕业生名册上的姓名、专业、年月、照片等与本人证书一致，学籍属于本人",
        """select n.number || '：名册上的' || x.what || '与证书不一致' from graduation_candidate k
           join certificates_certificate c on c.id = k.certificate_id
           join certificates_certificatenumber n on n.id = c.number_id
           join registry_enrolment e on e.id = k.enrolment_id
             and (k.name, k.sex, k.programme_name, k.specialisation, k.duration_years, k.study_mode, k.entry_month,
               k.graduation_month, k.photo_id, k.person_id, k.person_id) is distinct from (c.holder_name, c.holder_sex,
               c.programme_name, c.specialisation, c.duration_years, c.study_mode, c.entry_month, c.graduation_month,
               c.photo_id, c.person_id, e.person_id)
           cross join lateral (values ('姓名', k.name <> c.holder_name), ('性别', k.sex <> c.holder_sex),
             ('专业', k.programme_name <> c.programme_name), ('专业技能方向', k.specialisation <> c.specialisation),
             ('学制', k.duration_years <> c.duration_years), ('学习形式', k.study_mode <> c.study_mode),
             ('入学年月', k.entry_month <> c.entry_month), ('毕业年月', k.graduation_month <> c.graduation_month),
             ('照片', k.photo_id is distinct from c.photo_id), ('人', k.person_id <> c.person_id or k.person_id <> e.person_id)
           ) x (what, differs) where x.differs""",
    ),
    # Who graduated before changes of status were recorded has none: the certificate is older than the event that took such rows in.
    "registry.status": (
        "每份学籍的状态就是没有撤销的异动依次办下来的结果，异动前后相接",
        """with counted as (
             select c.*, lag(c.to_status) over w as came_to, row_number() over (partition by c.enrolment_id
               order by c.effective_on desc, c.ordinal desc) as from_the_end
             from registry_statuschange c left join registry_statuschange u on u.counters_id = c.id
             where c.counters_id is null and u.id is null window w as (partition by c.enrolment_id order by c.effective_on, c.ordinal))
           select '学籍 ' || e.id || '：现为 ' || e.status || '，异动办下来应为 ' || coalesce(k.to_status, 'studying 或 claimed')
           from registry_enrolment e left join counted k on k.enrolment_id = e.id and k.from_the_end = 1
           where e.status <> k.to_status or k.id is null and e.status not in ('studying', 'claimed')
             and not (e.status = 'graduated' and exists (select from certificates_certificate c join ledger_event v
               on v.subject_type = 'certificates.Certificate' and v.subject_id = c.id::text and v.tag = 'certificate:issued'
               where c.enrolment_id = e.id and v.id < (select max(id) from ledger_event where tag = 'row:adopted')))
           union all
           select '学籍 ' || enrolment_id || '：第 ' || ordinal || ' 次异动从 ' || from_status || ' 起，前一次办到 ' || came_to
           from counted where came_to <> from_status
           union all
           select '学籍 ' || s.enrolment_id || '：转入 ' || s.moves_to_id || '，却不是同一人' from registry_statuschange s
           join registry_enrolment a on a.id = s.enrolment_id join registry_enrolment b on b.id = s.moves_to_id
           where a.person_id <> b.person_id""",
    ),
    "sealing.sessions": (
        "已验印的批次和验印记录一一对应，不予验印的逐份在册，没有验印记录的证书没有验印",
        """select '批次 ' || i.title || '：' || case when s.id is null then '已验印，没有验印记录' else '验印时间与验印记录不一致' end
           from certificates_issue i left join production_sealingsession s on s.issue_id = i.id
           where i.sealed_at is distinct from s.sealed_at
           union all
           select '验印 ' || s.id || '：记不予验印 ' || s.refused_count || '，在册 ' || count(r.id)
           from production_sealingsession s left join production_sealingrefusal r on r.session_id = s.id
           group by s.id having s.refused_count <> count(r.id)
           union all
           select n.number || '：证书已验印，批次没有验印记录' from certificates_certificate c
           join certificates_certificatenumber n on n.id = c.number_id
           where c.sealed_at is not null and c.predecessor_id is null
             and not exists (select from production_sealingsession s where s.issue_id = c.issue_id)
           union all
           select n.number || '：验印时间不是所在批次验印的时间' from certificates_certificate c
           join certificates_certificatenumber n on n.id = c.number_id
           join production_sealingsession s on s.issue_id = c.issue_id
           where c.predecessor_id is null and c.sealed_at <> s.sealed_at
           union all
           select n.number || '：登记为不予验印，却已验印' from production_sealingrefusal r
           join certificates_certificate c on c.id = r.certificate_id
           join certificates_certificatenumber n on n.id = c.number_id where c.sealed_at is not null""",
    ),
    "uploads.subject": (
        "每份上传所说的批次、学校或主管部门都在，且就是上传单位的",
        """select '上传 ' || u.id || '（' || u.kind || '）：所说的 ' || u.subject_type || ' ' || u.subject_id || ' 不在，或不是上传单位的'
           from uploads_upload u left join graduation_batch b on u.subject_type = 'graduation.Batch' and b.id = u.subject_id
           where case u.subject_type when 'graduation.Batch' then b.school_id is distinct from u.school_id
             when 'institutions.School' then u.subject_id is distinct from u.school_id
             when 'institutions.Authority' then u.subject_id is distinct from u.authority_id else false end""",
    ),
    "certificates.state": (
        "证书现在的状态就是履历中最后一次签发、验印或作废之后的状态",
        """select n.number || '：现为 ' || c.state || '，履历最后一次是 ' || coalesce(e.tag, '无')
           from certificates_certificate c join certificates_certificatenumber n on n.id = c.number_id
           left join lateral (select tag from ledger_event where subject_type = 'certificates.Certificate'
             and subject_id = c.id::text and tag in ('certificate:issued', 'certificate:sealed', 'certificate:voided')
             order by id desc limit 1) e on true
           where c.state <> coalesce(case e.tag when 'certificate:issued' then 'issued' when 'certificate:sealed' then 'sealed'
             when 'certificate:voided' then 'void' end, '')""",
    ),
    "cases.steps": (
        "每一轮的环节从第一个起逐个在册，没有被抽去的",
        """select '办件 ' || s.case_id || ' 第 ' || s.round || ' 轮：有 ' || count(*) || ' 个环节，序号 ' || min(s.ordinal) || ' 至 '
              || max(s.ordinal) from cases_step s group by s.case_id, s.round
           having min(s.ordinal) <> 1 or max(s.ordinal) <> count(*)
           union all
           select '办件 ' || e.subject_id || ' 第 ' || (e.after ->> 'round') || ' 轮：提交时定下 '
              || jsonb_array_length(e.after -> 'steps') || ' 个环节，现有 ' || count(s.id)
           from ledger_event e left join cases_step s on s.case_id::text = e.subject_id and s.round::text = e.after ->> 'round'
             and exists (select from jsonb_array_elements_text(e.after -> 'steps') with ordinality k (key, place)
               where k.key = s.key and k.place = s.ordinal)
           where e.tag = 'case:submitted' and e.after ? 'steps' group by e.id
           having count(s.id) <> jsonb_array_length(e.after -> 'steps')""",
    ),
    "cases.pauses": (
        "期限中止的环节有未结束的中止记录，办理中的环节没有；每次中止、恢复在履历中都有记录",
        """select '环节 ' || s.id || '（' || s.label || '）：' || case when p.id is null then '期限中止，没有记录' else '有未结束的期限中止' end
           from cases_step s left join cases_clockpause p on p.step_id = s.id and p.resumed_at is null
           where (s.state = 'paused') <> (p.id is not null) and s.state in ('waiting', 'current', 'deferred', 'paused', 'approved', 'skipped')
           union all
           select '环节 ' || p.step_id || '：中止 ' || count(*) || ' 次、恢复 ' || count(p.resumed_at) || ' 次，履历 ' || e.paused || ' 次、' || e.resumed || ' 次'
           from cases_clockpause p cross join lateral (select count(*) filter (where tag = 'clock:paused') as paused,
               count(*) filter (where tag = 'clock:resumed') as resumed from ledger_event
             where subject_type = 'cases.Step' and subject_id = p.step_id::text) e
           group by p.step_id, e.paused, e.resumed having count(*) <> e.paused or count(p.resumed_at) <> e.resumed""",
    ),
    "cases.parties": (
        "每个办件都有提出的一方，与办件的学校一致；建立时的各方都在册，由学校办理的环节都属于其中一方",
        """select '办件 ' || c.id || '：' || case when p.id is null then '没有提出的一方' else '提出的一方不是办件的学校' end
           from cases_case c left join cases_caseparty p on p.case_id = c.id and p.is_main
           where p.id is null or p.school_id is distinct from c.school_id
           union all
           select '办件 ' || e.subject_id || '：建立时有「' || k.role || '」一方，现不在册' from ledger_event e
           cross join lateral jsonb_object_keys(e.after -> 'parties') k (role)
           where e.tag = 'case:opened' and e.after ? 'parties' and not exists (select from cases_caseparty p
             where p.case_id::text = e.subject_id and p.role = k.role)
           union all
           select '环节 ' || s.id || '（' || s.label || '）：所属学校不是办件的一方' from cases_step s
           where s.school_id is not null and not exists (select from cases_caseparty p
             where p.case_id = s.case_id and p.school_id = s.school_id)""",
    ),
    "candidates.state": (
        "没有发证的毕业生现在的状态就是履历中最后一次列入、标注、不予通过或退出之后的状态",
        """select k.name || '（批次 ' || k.batch_id || '）：现为 ' || k.state || '，履历最后一次是 ' || coalesce(e.tag, '无')
           from graduation_candidate k left join lateral (select tag from ledger_event
             where subject_type = 'graduation.Candidate' and subject_id = k.id::text and tag like 'candidate:%'
             order by id desc limit 1) e on true
           where k.state <> 'approved' and k.state <> coalesce(case e.tag when 'candidate:marked' then 'marked'
             when 'candidate:refused' then 'refused' when 'candidate:withdrawn' then 'withdrawn' else
             case when e.tag is not null then 'listed' end end, '')""",
    ),
    "candidates.listed": (
        "履历中列入名单的毕业生都在册，或有退出的记录",
        """select e.subject_label || '（批次 ' || e.parent_id || '）：列入过名单，不在册' from ledger_event e
           where e.tag = 'candidate:listed' and not exists (select from graduation_candidate k where k.id::text = e.subject_id)
             and not exists (select from ledger_event w where w.subject_type = e.subject_type and w.subject_id = e.subject_id
               and w.tag = 'candidate:withdrawn')""",
    ),
    "cases.posts": (
        "每条审核意见、拟办意见的经办人当日在该环节的岗位上",
        """select d.what || d.id || '（' || u.full_name || '，' || s.label || '）：当日不在该环节的岗位上'
           from (select '意见 ' as what, id, step_id, by_id, at from cases_decision
             union all select '拟办意见 ', id, step_id, by_id, at from cases_proposal) d join cases_step s on s.id = d.step_id join accounts_user u on u.id = d.by_id
           where not exists (select from institutions_appointment a where a.user_id = d.by_id and a.post = s.post
               and a.days @> (d.at at time zone 'Asia/Shanghai')::date
               and a.school_id is not distinct from s.school_id and a.authority_id is not distinct from s.authority_id)
             and not exists (select from ledger_event e where e.tag = 'appointment:ended' and e.subject_id = d.by_id::text
               and e.at >= d.at and (e.at at time zone 'Asia/Shanghai')::date = (d.at at time zone 'Asia/Shanghai')::date)""",
    ),
    "cases.two_hands": (
        "须两人办理的环节，每条意见都是另一人拟办、同样意见的确认；确认了的拟办意见都有决定，没有确认的环节仍在办",
        """select '意见 ' || d.id || '（' || s.label || '）：没有另一人拟办' from cases_decision d join cases_step s on s.id = d.step_id
           where s.hands > 1 and not exists (select from cases_proposal p where p.step_id = s.id and p.verdict = d.verdict
             and p.ending = 'confirmed' and p.by_id <> d.by_id and p.ended_by_id = d.by_id and p.ended_at = d.at)
           union all
           select '拟办意见 ' || p.id || '（' || s.label || '）：' || case p.ending when '' then '环节已不在办' else '没有确认的决定' end
           from cases_proposal p join cases_step s on s.id = p.step_id where case p.ending
             when '' then s.state not in ('current', 'deferred', 'paused')
             when 'confirmed' then not exists (select from cases_decision d where d.step_id = s.id and d.verdict = p.verdict
               and d.by_id = p.ended_by_id and d.at = p.ended_at) else false end""",
    ),
    "ledger.proposals": (
        "每条拟办意见，和不同意、收回的，在履历中都有同一人、同一时刻的记录",
        """select '拟办意见 ' || p.id || '：履历中没有' || w.what from cases_proposal p cross join lateral (values
             ('拟办', 'proposal:made', p.by_id, p.at), ('不同意', 'proposal:objected', p.ended_by_id, p.ended_at),
             ('收回', 'proposal:withdrawn', p.ended_by_id, p.ended_at)) w (what, tag, who, at)
           where (w.tag = 'proposal:made' or w.tag = 'proposal:' || p.ending) and not exists (
             select from ledger_event e where e.subject_type = 'cases.Step' and e.subject_id = p.step_id::text and e.tag = w.tag
               and e.actor_id = w.who and e.at = w.at)""",
    ),
    "ledger.sanctions": (
        "履历中作出的每项处理都在册，解除的都有解除的记录",
        """select '处理 ' || e.subject_id || '：不在册' from ledger_event e where e.tag = 'sanction:imposed'
             and not exists (select from institutions_sanction s where s.id::text = e.subject_id)
           union all
           select '处理 ' || s.id || '：' || case when s.lifted_at is null then '在履历中没有作出的记录' else '在履历中没有解除的记录' end
           from institutions_sanction s where not exists (select from ledger_event e where e.subject_type = 'institutions.Sanction'
             and e.subject_id = s.id::text and e.tag = case when s.lifted_at is null then 'sanction:imposed' else 'sanction:lifted' end)""",
    ),
    "ledger.obligations": (
        "履历中列出的每项应办事项都在册，报备完成的都有同一人的记录",
        """select '办件 ' || e.subject_id || '：列出过「' || d.label || '」，不在册'
           from ledger_event e cross join jsonb_array_elements_text(e.after -> 'duties') d (label)
           where e.tag = 'obligation:opened' and not exists (
             select from obligations_obligation o where o.case_id::text = e.subject_id and o.label = d.label)
           union all
           select '应办事项 ' || o.id || '（' || o.label || '）：报备完成，履历中没有' from obligations_obligation o
           where o.done_at is not null and not exists (select from ledger_event e where e.tag = 'obligation:fulfilled'
             and e.subject_type = 'obligations.Obligation' and e.subject_id = o.id::text and e.actor_id = o.done_by_id)""",
    ),
    "ledger.copies": (
        "每份登记存档的登记册、名单在履历中有记录，履历中登记过的都在册",
        """select coalesce(a.title, l.title) || '（批次 ' || coalesce(a.issue_id::text, l.issue) || '）：'
              || case when a.id is null then '履历中登记存档，不在册' else '在册，履历中没有登记' end
           from production_archivecopy a full join (select e.parent_id as issue, k ->> 'keeper' as keeper, k ->> 'document' as title,
               k ->> 'shelf_mark' as mark from ledger_event e cross join jsonb_array_elements(e.after) k
             where e.tag = 'archive_copy:lodged') l
             on l.issue = a.issue_id::text and l.keeper = a.keeper and l.title = a.title and l.mark = a.shelf_mark
           where a.id is null or l.title is null""",
    ),
    "institutions.names": (
        "学校、主管部门现在的各项资料就是最后一次修改之后的内容，没有改过的就是登记时的名称",
        """select a.place || '：' || a.field || '最后改为 ' || a.after || '，现为 ' || a.held from (
             select distinct on (m.school_id, m.authority_id, m.field) coalesce(s.name, o.name) as place, m.field, m.after,
               coalesce(to_jsonb(s), to_jsonb(o)) ->> m.field as held
             from institutions_amendment m left join institutions_school s on s.id = m.school_id
             left join institutions_authority o on o.id = m.authority_id
             order by m.school_id, m.authority_id, m.field, m.id desc) a where a.after <> coalesce(a.held, '')
           union all
           select p.name || '：登记时是 ' || e.subject_label from (select 'institutions.School' as kind, id, name from institutions_school
             union all select 'institutions.Authority', id, name from institutions_authority) p
           join ledger_event e on e.subject_type = p.kind and e.subject_id = p.id::text and e.tag in ('school:registered', 'authority:registered')
           where e.subject_label <> p.name and not exists (select from institutions_amendment m
             where m.field = 'name' and case p.kind when 'institutions.School' then m.school_id else m.authority_id end = p.id)""",
    ),
    "accounts.powers": (
        "没有账号带本系统不使用的后台权限",
        """select '账号 ' || username || '：' || case when is_superuser then '超级用户' else '后台人员' end
           from accounts_user where is_superuser or is_staff""",
    ),
    "ledger.sealing": (
        "每次验印在履历中有记录，验印人相符",
        """select '验印 ' || s.id || '：履历中没有同一验印人的记录' from production_sealingsession s where not exists (
             select from ledger_event e where e.tag = 'sealing:done' and e.subject_type = 'production.SealingSession'
               and e.subject_id = s.id::text and e.actor_id = s.sealed_by_id)""",
    ),
    "ledger.actors": (
        "每条审核意见在履历中都有同一人、同一时刻的记录",
        """select '环节 ' || d.step_id || '：履历中没有同一人、同一时刻的意见' from cases_decision d where not exists (
             select from ledger_event e where e.subject_type = 'cases.Step' and e.subject_id = d.step_id::text
               and e.actor_id = d.by_id and e.at = d.at)""",
    ),
}  # fmt: skip

_KEYS = """select conrelid::regclass::text, a.attname, confrelid::regclass::text, f.attname
    from pg_constraint r join pg_attribute a on a.attrelid = r.conrelid and a.attnum = r.conkey[1]
    join pg_attribute f on f.attrelid = r.confrelid and f.attnum = r.confkey[1]
    where r.contype = 'f' and cardinality(r.conkey) = 1 and r.connamespace = current_schema()::regnamespace order by 1, 2"""
_SEQUENCES = """select s.seqrelid::regclass::text, d.refobjid::regclass::text, a.attname from pg_sequence s
    join pg_depend d on d.objid = s.seqrelid and d.classid = 'pg_class'::regclass and d.refobjsubid > 0
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    join pg_class c on c.oid = s.seqrelid where c.relnamespace = current_schema()::regnamespace order by 1"""


def references() -> dict[str, Any]:
    """Name every row that points to a row which is not there: what foreign keys refuse unless they are switched off."""
    wrong, keys = [], all_rows(_KEYS)
    for table, column, target, key in keys:
        for (value,) in all_rows(
            f"""select t.{column}::text from {table} t where t.{column} is not null
                and not exists (select from {target} o where o.{key} = t.{column}) limit 20"""  # noqa: S608  # names from the catalogue
        ):
            wrong.append(f"{table}.{column}：{target} 中没有 {value[:12]}")
    return {
        "check": "database.references",
        "says": "每个引用（含存档文件）所指的行都在",
        "looked_at": len(keys),
        "mismatches": wrong,
    }


def counters() -> dict[str, Any]:
    """Name every counter of rows that stands below a row it gave, and say where the ledger's numbers have holes.

    A hole alone proves nothing: an act that was taken back leaves one too. It is said, not held for a mismatch.
    """
    wrong, found = [], all_rows(_SEQUENCES)
    for sequence, table, column in found:
        ((last, used, highest),) = all_rows(
            f"select last_value, is_called, (select max({column}) from {table}) from {sequence}"  # noqa: S608  # as above
        )
        if highest is not None and (not used or highest > last):
            wrong.append(f"{table}：计数器为 {last}，表中已有 {highest}（被拨回，或有手工写入的行）")
    ((count, missing),) = all_rows(
        """select count(*), coalesce(sum(gap), 0) from (select id - lag(id, 1, 0::bigint) over (order by id) - 1 as gap
           from ledger_event) g where gap > 0"""
    )
    ((tail,),) = all_rows(
        "select last_value - coalesce((select max(id) from ledger_event), 0) from ledger_event_id_seq where is_called"
    ) or [(0,)]
    notes = [f"履历编号有 {count} 处空缺，共 {missing} 号（没有办成的操作也会留下空缺）"] if count else []
    notes += [f"履历最后一条以后已用 {tail} 号（没有办成的操作，或最新的记录被删）"] if tail else []
    return {
        "check": "database.counters",
        "says": "各表的自动编号没有被拨回",
        "looked_at": len(found),
        "mismatches": wrong,
        "notes": notes,
    }
