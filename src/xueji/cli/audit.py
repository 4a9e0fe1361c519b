"""`xueji audit`: look over everything stored with code of its own — plain SQL and arithmetic, none of the product's.

It shares with the product only the keys and the written-down formats (docs/adr/0008), so that one mistake cannot hide
in both. Status 0: everything balances; 1: mismatches, each named.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from xueji.cli.audit_asking import all_rows, streamed
from xueji.cli.audit_blanks import BLANK_BALANCES
from xueji.cli.audit_content import certificates, persons
from xueji.cli.audit_digests import DIGESTED, digests
from xueji.cli.audit_draws import draws
from xueji.cli.audit_files import ROWS as FILE_ROWS
from xueji.cli.audit_files import problem_of, unknown_files
from xueji.cli.audit_log import log
from xueji.cli.audit_marks import MARK_BALANCES, marks
from xueji.cli.audit_parts import results_of
from xueji.cli.audit_privileges import privileges
from xueji.cli.audit_rows import ROW_BALANCES, counters, references
from xueji.cli.audit_schema import schema, shadows
from xueji.cli.audit_vouched import VOUCHED, vouched
from xueji.cli.bootstrap import set_up

_PROCESSES = max(1, min(4, len(os.sched_getaffinity(0))))  # the database works beside each
_SAID = {"accounts.confirmed"}  # no mismatch of what is stored: told to whoever reads the audit, as to the next step
# name -> (what it says, SQL that returns one text a mismatch)
_BALANCES: dict[str, tuple[str, str]] = {
    "numbers.counter": (
        "每个编号计数器的末号等于已放各段与核定跳过的编号之和，段与段之间没有空缺",
        """select c.scope || '：末号 ' || c.last_serial || '，各段共 ' || coalesce(sum(upper(b.serials) - lower(b.serials)), 0)
           from certificates_numbercounter c left join (select counter_id, serials from certificates_numberblock
             union all select counter_id, serials from certificates_skippedserials) b on b.counter_id = c.id
           group by c.id having c.last_serial <> coalesce(sum(upper(b.serials) - lower(b.serials)), 0)
              or c.last_serial <> coalesce(max(upper(b.serials)) - 1, 0)""",
    ),
    "numbers.block": (
        "每段的编号逐个在册，不多不少",
        """select '编号段 ' || b.id || '：应有 ' || (upper(b.serials) - lower(b.serials)) || ' 个，实有 ' || count(n.id)
           from certificates_numberblock b left join certificates_certificatenumber n
             on n.block_id = b.id and n.serial >= lower(b.serials) and n.serial < upper(b.serials)
           group by b.id having count(n.id) <> upper(b.serials) - lower(b.serials)""",
    ),
    "numbers.certificate": (
        "已发编号恰有一份未作废证书，作废证书的编号也已作废",
        """select n.number || '：编号 ' || n.state || '，证书 ' || coalesce(c.state, '无')
           from certificates_certificatenumber n left join certificates_certificate c on c.number_id = n.id
           where (n.state = 'issued') <> (c.id is not null and c.state <> 'void')
              or (c.state = 'void' and n.state <> 'void')""",
    ),
    "numbers.granted": (
        "每行编号申请：核发的号段长度等于申请人数，只由本校本届的批次使用",
        """select '编号申请 ' || a.id || '（' || l.programme_name || '）：申请 ' || l.head_count || '，号段 '
              || coalesce((upper(b.serials) - lower(b.serials))::text, '无')
           from graduation_numberline l join graduation_numberapplication a on a.id = l.application_id
           join cases_case c on c.id = a.case_id left join certificates_numberblock b on b.id = l.block_id
           left join certificates_issueblock g on g.block_id = b.id left join graduation_batch t on t.issue_id = g.issue_id
           where (c.state = 'approved') <> (b.id is not null) or upper(b.serials) - lower(b.serials) <> l.head_count
              or b.school_id <> a.school_id or t.school_id <> a.school_id or t.season_id <> a.season_id""",
    ),
    "certificates.successors": (
        "接替的证书与原证书同一人、同一种类，原证书已作废，每份至多一份接替",
        """select n.number || '：接替关系不符' from certificates_certificate s
           join certificates_certificate o on o.id = s.predecessor_id join certificates_certificatenumber n on n.id = s.number_id
           where o.person_id <> s.person_id or o.kind <> s.kind or o.state <> 'void' or o.id = s.id""",
    ),
    "certificates.candidates": (
        "通过的毕业生记着的证书是本人的，且没有被别的证书接替",
        """select k.name || '：' || n.number from graduation_candidate k join certificates_certificate c on c.id = k.certificate_id
           join certificates_certificatenumber n on n.id = c.number_id
           where c.enrolment_id <> k.enrolment_id or c.kind <> k.outcome
              or exists (select from certificates_certificate s where s.predecessor_id = c.id)""",
    ),
    "certificates.cases": (
        "办结通过的证书办件都已办理，没有通过的都没有办理",
        """select '办件 ' || c.id || '：' || c.title from certificates_certificatecase f join cases_case c on c.id = f.case_id
           where (c.state = 'approved') <> (f.applied_at is not null)""",
    ),
    "batches.numbers": (
        "已发号批次：通过人数 = 证书数 = 编号段中未退回、证书未被接替的编号数",
        """select '批次 ' || b.id || '：通过 ' || count(k.id) || '，证书 ' || count(k.certificate_id) || '，编号 ' || x.size
           from graduation_batch b join certificates_issue i on i.id = b.issue_id
           join lateral (select count(*) as size from certificates_issueblock g join certificates_certificatenumber n
                         on n.block_id = g.block_id where g.issue_id = b.issue_id and n.state <> 'returned' and not exists (
                           select from certificates_certificate o join certificates_certificate s on s.predecessor_id = o.id
                           where o.number_id = n.id)) x on true
           left join graduation_candidate k on k.batch_id = b.id and k.state = 'approved'
           where i.numbered_at is not null group by b.id, x.size
           having count(k.id) <> x.size or count(k.certificate_id) <> count(k.id)""",
    ),
    "sealing.balance": (
        "验印记录：验印数与不予验印数之和等于清点数，已验印证书恰为这些",
        """select '验印 ' || s.id || '：记 ' || s.sealed_count || '，已验印证书 ' || count(c.id)
           from production_sealingsession s left join certificates_issueblock g on g.issue_id = s.issue_id
           left join certificates_certificatenumber n on n.block_id = g.block_id
           left join certificates_certificate c on c.number_id = n.id and c.sealed_at = s.sealed_at
           group by s.id having s.sealed_count <> count(c.id)
              or s.diplomas_counted <> s.sealed_count + s.refused_count""",
    ),
    "cases.fold": (
        "办件状态与最后一轮各环节的意见一致",
        """select '办件 ' || c.id || '：状态 ' || c.state
           from cases_case c cross join lateral (
             select count(*) filter (where s.state in ('current', 'deferred', 'paused')) as open, count(*) as steps,
               count(*) filter (where s.state = 'approved' or exists (select from cases_step o where o.case_id = s.case_id
                 and o.round = s.round and o.ordinal > s.ordinal and s.key = any (o.settles)
                 and s.state = 'refused' and o.state = 'approved')) as approved,
               count(*) filter (where s.state = 'skipped' and (select count(distinct o.state) < 2 from cases_step o
                 where o.case_id = s.case_id and o.round = s.round and o.key = any (s.settles)
                   and o.state in ('approved', 'refused'))) as skipped, count(*) filter (where s.state = 'returned') as returned,
               count(*) filter (where s.state = 'refused') as refused
             from cases_step s where s.case_id = c.id and s.round = c.round) l
           where case c.state when 'in_progress' then l.open <> 1 when 'approved' then l.approved = 0 or l.approved + l.skipped <> l.steps
             when 'returned' then l.open > 0 or l.returned = 0 when 'refused' then l.open > 0 or l.refused = 0
             when 'draft' then l.steps > 0 else l.open > 0 end""",
    ),
    "cases.decisions": (
        "每个办结环节的状态就是最后一条意见，没有意见的环节不会办结",
        """select '环节 ' || s.id || '（' || s.label || '）：' || s.state || '，最后意见 ' || coalesce(d.verdict, '无')
           from cases_step s left join lateral (
             select verdict from cases_decision where step_id = s.id order by id desc limit 1) d on true
           where (s.state in ('approved', 'returned', 'refused', 'deferred'))
              <> (coalesce(d.verdict, '') in ('approve', 'return', 'refuse', 'defer'))
              or s.state <> case d.verdict when 'approve' then 'approved' when 'return' then 'returned'
                 when 'refuse' then 'refused' when 'defer' then 'deferred' else s.state end""",
    ),
    "cases.two_persons": (
        "同一轮内，提交人没有拟办、审核，拟办人、审核人各不相同",
        """with hands as not materialized (select step_id, verdict, by_id from cases_decision union all
             select step_id, verdict, by_id from cases_proposal where ending = 'confirmed')
           select '办件 ' || c.id || '：' || s.label
           from cases_step s join cases_case c on c.id = s.case_id join hands d on d.step_id = s.id
           where s.round = c.round and d.verdict = 'approve' and (d.by_id = c.submitted_by_id or exists (
             select 1 from cases_step o join hands e on e.step_id = o.id
             where o.case_id = c.id and o.round = s.round and o.ordinal < s.ordinal and e.verdict = 'approve' and e.by_id = d.by_id))""",
    ),
    "accounts.confirmed": (
        "账号由他人发放或重置后 30 天内所作的决定和拟办，都已由其上级确认",
        """select distinct d.what || d.id || '（' || u.full_name || '，' || s.label || '）：账号' || case g.kind
              when 'issue' then '发放' when 'password' then '重置密码' else '重置二次验证' end || '后未经上级确认'
           from (select '意见 ' as what, id, step_id, by_id, at from cases_decision
             union all select '拟办意见 ', id, step_id, by_id, at from cases_proposal) d
           join accounts_credentialgrant g on g.user_id = d.by_id join accounts_user u on u.id = d.by_id
           join cases_step s on s.id = d.step_id
           where g.confirmed_at is null and d.at >= g.at and d.at < g.at + interval '30 days'""",
    ),
    "ledger.certificates": (
        "每份证书的签发、验印、作废在履历中都有记录",
        """select n.number || '：履历只有 ' || count(e.id) || ' 条'
           from certificates_certificate c join certificates_certificatenumber n on n.id = c.number_id
           left join ledger_event e on e.subject_type = 'certificates.Certificate' and e.subject_id = c.id::text
           group by c.id, n.number
           having count(e.id) < 1 + (c.sealed_at is not null)::int + (c.voided_at is not null)::int""",
    ),
    "ledger.decisions": (
        "每条审核意见在履历中都有记录",
        """select '环节 ' || s.id || '（' || s.label || '）：意见 ' || count(*) || ' 条，履历 ' || e.told || ' 条'
           from cases_decision d join cases_step s on s.id = d.step_id cross join lateral (
             select count(*) as told from ledger_event where subject_type = 'cases.Step' and subject_id = s.id::text
               and tag not in ('deadline:recounted', 'clock:paused', 'clock:resumed') and tag not like 'proposal:%') e
           group by s.id, s.label, e.told having count(*) > e.told""",
    ),
    "ledger.numbers": (
        "每段编号的发放在履历中有记录",
        """select '编号段 ' || b.id || '：' || b.purpose from certificates_numberblock b where not exists (
             select from ledger_event e where e.subject_type = 'certificates.NumberBlock' and e.subject_id = b.id::text)""",
    ),
}  # fmt: skip


def audit(heads: Sequence[Path] = (), *, processes: int = 1) -> list[dict[str, Any]]:
    """Run every check; return per check what it says, how much it looked at and every mismatch.

    `heads` are files kept where nobody here can write: the log is held against them.
    """
    from django.conf import settings

    balances = _BALANCES | ROW_BALANCES | BLANK_BALANCES | MARK_BALANCES
    return results_of(
        [
            *(partial(_balance, name, says, sql) for name, (says, sql) in balances.items()),
            shadows, schema, privileges, references, counters, marks, partial(draws, settings.DATA_KEYS), _files,
            partial(log, heads), *(partial(vouched, [table]) for table in VOUCHED), certificates,
            *(persons if table == "registry_person" else partial(digests, settings.DATA_KEYS, [table]) for table in DIGESTED),
        ],
        processes,
    )  # fmt: skip


def _balance(name: str, says: str, sql: str) -> dict[str, Any]:
    found = [text for (text,) in all_rows(sql)]
    return {"check": name, "says": says} | (
        {"mismatches": [], "notes": found} if name in _SAID else {"mismatches": found}
    )


def _files() -> dict[str, Any]:
    """Open every stored file and compare it with its row; name the files that have none."""
    from django.conf import settings

    root, known, wrong = Path(settings.MEDIA_ROOT), set(), []
    for row in tqdm(streamed(FILE_ROWS), desc="核对文件", disable=None):
        known.add(row[0])
        if problem := problem_of(row, root, settings.DATA_KEYS):
            wrong.append(f"{row[0][:12]}…：{problem}")
    return {
        "check": "files.content",
        "says": "每个存档文件都在（按期删除的除外），能用密钥打开，内容与登记相符；没有来历不明的文件",
        "looked_at": len(known),
        "mismatches": [*wrong, *unknown_files(root, known)],
    }


def main(argv: Sequence[str], run: Callable[[Sequence[Path]], list[dict[str, Any]]] | None = None) -> int:
    """Print what was checked and every mismatch; status 1 when there is one."""
    parser = argparse.ArgumentParser(prog="xueji audit", description="用另写的代码核对库中的编号、证书、履历与文件")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument(
        "--head", action="append", default=[], type=Path, metavar="FILE", help="另存在别处的日志头（可以多次）"
    )
    chosen = parser.parse_args(argv)
    set_up(migrate=False, quiet=True)
    from xueji.web.upkeep import Work, note_work, noting_end

    with noting_end(Work.AUDIT):
        results = run(chosen.head) if run else audit(chosen.head, processes=_PROCESSES)
    bad = sum(len(r["mismatches"]) for r in results)
    note_work(Work.AUDIT, is_fine=not bad, words=f"{bad} 处不符" if bad else "全部相符")
    if chosen.json:
        print(json.dumps({"mismatches": bad, "checks": results}, ensure_ascii=False))
        return 1 if bad else 0
    for result in results:
        print(f"{'✗' if result['mismatches'] else '✓'} {result['check']:<22} {result['says']}")
        for text in [*result["mismatches"], *result.get("notes", ())]:
            print(f"    {text}")
    print("全部相符" if not bad else f"共 {bad} 处不符")
    return 1 if bad else 0
