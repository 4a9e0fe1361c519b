"""What `xueji audit` asks of the book of blanks: plain SQL of its own, none of the product's (docs/adr/0008)."""

from __future__ import annotations

# name -> (what it says, SQL that returns one text a mismatch)
BLANK_BALANCES: dict[str, tuple[str, str]] = {
    "blanks.received": (
        "每批入库的空白证书逐本在册，没有入库记录的不在册",
        """select a.name || ' ' || coalesce(r.kind, b.kind) || '：入库 ' || coalesce(r.n, 0) || ' 本，在册 ' || coalesce(b.n, 0) || ' 本'
           from (select authority_id, kind, sum(upper(numbers) - lower(numbers)) as n from blanks_blankmovement
                 where act = 'receive' group by 1, 2) r
           full join (select authority_id, kind, count(*) as n from blanks_blank group by 1, 2) b
             on b.authority_id = r.authority_id and b.kind = r.kind
           join institutions_authority a on a.id = coalesce(r.authority_id, b.authority_id)
           where coalesce(r.n, 0) <> coalesce(b.n, 0)""",
    ),
    "blanks.trail": (
        "每本空白证书的流转首尾相接，最后一次流转就是现在的状态和所在",
        """select coalesce(b.serial, s.kind || ' ' || s.number) || '：' || case when b.id is null then '不在册'
                when s.broken > 0 then '流转有断处' else '最后流转为 ' || s.state || '，现为 ' || b.state end
           from (select t.authority_id, t.kind, t.number, max(t.id) as last, sum(t.gap::int) as broken,
                   (array_agg(t.to_state order by t.id desc))[1] as state,
                   (array_agg(t.to_holder_id order by t.id desc))[1] as holder,
                   (array_agg(coalesce(t.to_school_id, 0) order by t.id desc))[1] as school,
                   (array_agg(coalesce(t.request_id, 0) order by t.id desc))[1] as request
                 from (select m.*, g.number, m.from_state <> coalesce(lag(m.to_state) over w, '')
                         or m.from_holder_id is distinct from lag(m.to_holder_id) over w
                         or m.from_school_id is distinct from lag(m.to_school_id) over w as gap
                       from blanks_blankmovement m
                       cross join generate_series(lower(m.numbers), upper(m.numbers) - 1) g (number)
                       window w as (partition by m.authority_id, m.kind, g.number order by m.id)) t
                 group by 1, 2, 3) s
           left join blanks_blank b on b.authority_id = s.authority_id and b.kind = s.kind and b.number = s.number
           where b.id is null or s.broken > 0 or b.last_movement_id <> s.last or b.state <> s.state or b.holder_id <> s.holder
              or coalesce(b.school_id, 0) <> s.school or coalesce(b.request_id, 0) <> s.request""",
    ),
    "blanks.used": (
        "已使用的空白证书各印一份证书，证书属于领用的学校，没有一份证书印在两本上",
        """select b.serial || '：' || coalesce(n.number, '没有证书') from blanks_blank b
           left join certificates_certificate c on c.id = b.certificate_id
           left join certificates_certificatenumber n on n.id = c.number_id
           where b.state = 'used' and (c.id is null or (b.school_id is not null and c.school_id <> b.school_id)
             or exists (select from blanks_blank o where o.certificate_id = c.id and o.state = 'used' and o.id <> b.id))""",
    ),
    "blanks.sealed": (
        "领用空白证书的学校，已验印的证书各登记了所用的空白证书（某种证书不用空白证书的除外）",
        """select n.number from certificates_certificate c
           join certificates_certificatenumber n on n.id = c.number_id
           where c.state = 'sealed' and exists (select from graduation_candidate k where k.certificate_id = c.id)
             and exists (select from blanks_blank b where b.school_id = c.school_id)
             and not exists (select from blanks_blank b where b.certificate_id = c.id and b.state = 'used')
             and (c.kind = 'graduation' or exists (
               select from blanks_blank u join certificates_certificate o on o.id = u.certificate_id
               where o.kind = c.kind and u.authority_id in (
                 select b.authority_id from blanks_blank b where b.school_id = c.school_id)))""",
    ),
    "blanks.hands": (
        "保管、发放、签收、盖章各由不同的人经手",
        """select '流转 ' || t.id || '（' || t.act || '）：流水码 ' || t.number from (
             select m.id, m.act, m.by_id, g.number, lag(m.by_id) over (
               partition by m.authority_id, m.kind, g.number order by m.id) as before
             from blanks_blankmovement m cross join generate_series(lower(m.numbers), upper(m.numbers) - 1) g (number)) t
           where t.act in ('draw', 'confirm', 'stamp') and t.by_id = t.before""",
    ),
    "blanks.requests": (
        "每份申领：批准以后才有发放，发放不超过批准数",
        """select '申领 ' || r.id || '：批准 ' || r.count || ' 本（' || c.state || '），已发 ' || count(b.id) || ' 本'
           from blanks_blankrequest r join cases_case c on c.id = r.case_id join blanks_blank b on b.request_id = r.id
           group by r.id, c.state having count(b.id) > r.count or c.state <> 'approved'""",
    ),
    "ledger.blanks": (
        "空白证书的每次流转在履历中都有记录，本数相符",
        """select coalesce(m.act, e.act) || '：流转 ' || coalesce(m.n, 0) || ' 本，履历 ' || coalesce(e.n, 0) || ' 本'
           from (select act, sum(upper(numbers) - lower(numbers)) as n from blanks_blankmovement group by 1) m
           full join (select k.act, sum((v.after ->> 'count')::bigint) as n from ledger_event v join (values
               ('blank:received', 'receive'), ('blank:dispensed', 'draw'), ('blank:sent_back', 'move'), ('blank:confirmed', 'confirm'),
               ('blank:loaded', 'load'), ('blank:unloaded', 'unload'), ('blank:used', 'use'), ('blank:spoiled', 'spoil'),
               ('blank:returned', 'return'), ('blank:stamped', 'stamp'), ('blank:lost', 'lose'), ('blank:recovered', 'find')
             ) k (tag, act) on k.tag = v.tag group by 1) e on e.act = m.act
           where coalesce(m.n, 0) <> coalesce(e.n, 0)""",
    ),
}  # fmt: skip
