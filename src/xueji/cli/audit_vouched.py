"""The part of `xueji audit` that holds rows against the ledger: each is as the last event that wrote it says (docs/adr/0028).

After every statement the database notes the rows it left (`ledger_writtenrows`: table, keys, a SHA-256 each, and one of the row
as it was met); the next event of the transaction holds the SHA-256 of each note in `wrote`, under its own keyed digest, which
`rows.digests` recomputes. Here the note is compared with its event, every row with the newest note of it, and what each note
met with what the note before it left: a row changed by hand stays named when an act has written it since. A list of its own
(docs/adr/0008); a SHA-256 of a row is over `ROW(columns in the order named here)` as PostgreSQL writes it, times and days in
seconds, bytes in hexadecimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

from xueji.cli.audit_asking import all_rows
from xueji.cli.audit_chains import fits

_SHOWN = 200  # mismatches of one kind and table that are named one by one
# table -> (what a row is called, the columns)
_TABLES: dict[str, tuple[str, str]] = {
    "accounts_user": (
        "账号",
        """date_joined:at email full_name is_active is_staff is_superuser looked_after_by_id password
           password_expires_at:at password_used_at:at phone username""",
    ),
    "accounts_credentialgrant": ("代为发放", "at:at by_id confirmed_at:at confirmed_by_id kind seen_at:at user_id"),
    "applications_application": ("毕业生申请", "digest diploma_index:bytes submit_key"),
    "applications_blacklistact": ("黑名单的办理", "at:at by_id entry_id file_id kind statement"),
    "applications_blacklistentry": ("黑名单", "digest"),
    "applications_counterentry": ("窗口受理", "digest"),
    "applications_defect": ("补正项", "digest"),
    "applications_paperpicture": (
        "申请材料",
        "added_at:at added_by_id application_id file_id height ordinal paper remarks size width",
    ),
    "applications_referral": ("转办", "digest"),
    "attestations_attestation": ("毕业证明", "digest"),
    "attestations_counterseal": (
        "加盖公章的申请",
        """answer answered_at:at answered_by_id answerer asked_at:at asked_by_id attestation_id authority_id expires_at:at
           handle_index:bytes office phone reason withdrawn_at:at""",
    ),
    "accounts_applicant": ("申请人", "digest document_index:bytes phone_index:bytes"),
    "mfa_authenticator": ("二次验证", "created_at:at data:unviewed type user_id"),
    "institutions_authority": ("主管部门", "division_code level line name parent_id path short_name"),
    "institutions_school": ("学校", "digest"),
    "institutions_programme": (
        "专业",
        "catalogue_year closed_on:at code duration_years education_level name school_id",
    ),
    "institutions_appointment": ("岗位", "digest"),
    "institutions_registeroffice": ("学籍管理机构", "digest"),
    "institutions_sanction": ("处理", "digest"),
    "supervision_listedfinding": ("负面清单事项", "digest"),
    "supervision_findingact": (
        "负面清单事项的办理",
        "at:at by_id file_id file_name finding_id kind place statement verdict",
    ),
    "supervision_rating": ("评级", "digest"),
    "supervision_ratingact": (
        "评级的办理",
        "at:at by_id file_id file_name kind letter place rating_id statement turn",
    ),
    "supervision_restriction": ("新生学籍注册的限制", "digest"),
    "supervision_restrictionbypass": ("限制的放行", "digest"),
    "supervision_stewardpost": ("代管的经办人", "digest"),
    "supervision_stewardship": ("代管", "digest"),
    "supervision_systemcomparison": (
        "两个系统的核对",
        """at:at by_id compared compared_on:at counts differing place rows school_id shown_on:at total
           upload_id""",
    ),
    "institutions_succession": ("学校沿革", "digest"),
    "institutions_custody": ("档案保管", "digest"),
    "institutions_teachingsite": (
        "教学点",
        """address entered_at:at entered_by_id filed_on:at filing_number from_on:at kind name partner school_id
           until_on:at""",
    ),
    "licences_licencepublication": (
        "办学资质公布",
        "authority_id published_at:at published_by_id season upload_id version year",
    ),
    "licences_publishedlicence": (
        "公布的办学资质",
        "campus duration_years programme_name publication_id quota school_code school_name",
    ),
    "cases_case": (
        "办件",
        """closed_at:at follows_id kind legal_date:at opened_at:at opened_by_id pack pack_hash round school_id state submitted_at:at
           submitted_by_id title version""",
    ),
    "cases_caseparty": ("办件的一方", "digest"),
    "cases_step": (
        "环节",
        """authority_id case_id due_is_provisional due_on:at hands key label level opened_at:at ordinal post round school_id settles
           state""",
    ),
    "cases_clockpause": ("期限中止", "digest"),
    "cases_proposal": ("拟办意见", "digest"),
    "cases_decision": ("审核意见", "digest"),
    "cases_evidence": ("佐证材料", "added_at:at added_by_id case_id file_id file_name kind"),
    "obligations_obligation": ("应办事项", "digest"),
    "registry_person": ("学生", "digest resident_id_index:bytes"),
    "registry_enrolment": (
        "学籍",
        "confirmed_at:at duration_years entry_month person_id programme_id school_id status study_mode",
    ),
    "registry_registration": ("注册备案", "digest"),
    "registry_statuschange": ("学籍变动", "digest"),
    "registry_statusapplication": ("学籍变动申请", "case_id change effective_on:at is_undoing reason statement"),
    "registry_statusapplicant": ("申请变动的学生", "digest"),
    "registry_admissionday": (
        "办理入学手续日期",
        "entered_on:at intake_term intake_year opened_at:at opened_by_id school_id",
    ),
    "registry_arrival": ("转入申请", "digest"),
    "registry_attendancenote": (
        "考勤核查",
        """absent_since:at back_on:at checked_on:at contacts enrolment_id entered_at:at entered_by_id leave_until:at reason""",
    ),
    "replacements_replacement": ("学历证明书", "digest"),
    "replacements_delivery": ("学历证明书交付", "digest"),
    "registry_filingrequest": ("备案申请", "case_id intake_term intake_year"),
    "registry_filingentry": ("申请备案的学生", "digest"),
    "registry_handoveritem": (
        "转学交接",
        "applicant_id given_at:at given_by_id given_school_id taken_at:at taken_by_id taken_school_id what",
    ),
    "registry_duplicate": ("学籍重复", "digest"),
    "registry_duplicateanswer": (
        "学籍重复的答复",
        "answer at:at by_id duplicate_id file_id file_name school_id statement",
    ),
    "registry_duplicatereminder": (
        "催办",
        "at:at by_id duplicate_id from_authority_id from_school_id received_at:at received_by_id to_school_id",
    ),
    "registry_duplicatefiling": ("学籍查重申请", "digest"),
    "registry_movedrecord": (
        "归入另一人名下的学籍",
        "enrolment_id filing_id from_person_id moved_at:at moved_back_at:at to_person_id",
    ),
    "registry_twopersons": (
        "认定为两人",
        "case_id decided_at:at decided_by_id duplicate_id ended_at:at first_id second_id",
    ),
    "registry_studentnumber": ("学籍号", "given_on:at is_carried_on number:bytes number_index:bytes"),
    "registry_personname": ("姓名", "kind name person_id until:at"),
    "registry_identitydocument": (
        "身份证件",
        "kind number:bytes number_index:bytes person_id since:at until:at",
    ),
    "registry_correctionrequest": (
        "学生或监护人的更正请求",
        (
            "answer answered_at:at answered_by_id applicant_id asked_at:at change_id enrolment_id field guardian_id state "
            "statement:bytes wanted:bytes"
        ),
    ),
    "registry_guardian": (
        "监护人",
        "barred_because document_kind document_number:bytes ended_on:at name ordinal person_id phone:bytes relation",
    ),
    "certificates_numbercounter": ("编号计数器", "ceiling key_id kind last_serial order_key:bytes scope"),
    "certificates_numberblock": (
        "编号段",
        "counter_id purpose released_at:at released_by_id school_id serials",
    ),
    "certificates_certificatenumber": ("编号", "block_id number serial state"),
    "certificates_issue": (
        "证书批次",
        "authority_id case_id is_late issue_date:at kind numbered_at:at school_id sealed_at:at term title year",
    ),
    "certificates_issueblock": ("批次所用的编号段", "block_id issue_id"),
    "certificates_certificate": (
        "证书",
        """content_digest content_key_id digest enrolment_id issued_by_id number_id pack pack_hash person_id predecessor_id
           school_id""",
    ),
    "blanks_blankmovement": ("空白证书流转", "digest"),
    "blanks_blank": (
        "空白证书",
        "authority_id certificate_id holder_id kind last_movement_id number request_id school_id serial state",
    ),
    "production_sealingsession": ("验印记录", "digest"),
    "production_sealingrefusal": ("不予验印", "digest"),
    "production_printsheet": (
        "打印的证书",
        "blank_id certificate_id confirmed_at:at confirmed_by_id ordinal outcome reason run_id",
    ),
    "graduation_season": (
        "届",
        "authority_id closed_at:at closed_by_id legal_date:at opened_at:at opened_by_id pack term year",
    ),
    "graduation_batch": ("批次", "case_id form_filler is_late issue_id issue_on:at school_id season_id"),
    "graduation_registerline": (
        "招生计划与录取",
        "admitted batch_id duration_years education_level planned programme_name remark",
    ),
    "graduation_candidate": ("名册上的毕业生", "certificate_id digest ordinal"),
}
_KEYS = {
    "registry_registration": "enrolment_id",
    "registry_studentnumber": "person_id",
    "registry_arrival": "case_id",
    "attestations_attestation": "case_id",
}  # where it is not `id`
_NAMES = {"certificates_certificatenumber": "t.number", "certificates_certificate": "t.holder_name"}
_FORMS = {
    "": "t.{}",
    "at": "extract(epoch from t.{})",
    "bytes": "encode(t.{}, 'hex')",
    "unviewed": "(t.{} - 'viewed_at')",
}
_NOBODY = "decode(repeat('00', 32), 'hex')"  # the digest of a row that is not there
# Of every note of a row what it left, and what the next one met: in the order of notes, which is that of the row's locks. A note
# of many rows is read as a whole once, and cut before it is sorted: each `offset 0` keeps the planner from putting that off.
_CHAINS = f"""
    with noted as (
      select u.key, substr(w.digests, 32 * u.place::int - 31, 32) as digest, w.id,
        case when w.before = '' then {_NOBODY} else substr(w.before, 32 * u.place::int - 31, 32) end as met
      from (select id, keys, digests || ''::bytea as digests, before || ''::bytea as before from ledger_writtenrows
            where source = '{{table}}' offset 0) w cross join lateral unnest(w.keys) with ordinality u (key, place) offset 0),
    said as (
      select key, digest, id, met, lead(id) over later as next, lead(met) over later as next_met, lag(id) over later as previous
      from noted window later as (partition by key collate "C" order by id)),
    held as ({{held}})
    select coalesce(held.key, said.key) || coalesce('（' || held.name || '）', ''),
      case when held.key is null then 'gone' when said.key is null then 'unknown' else 'differs' end, said.id::text, null
    from (select * from said where next is null) said full join held on held.key = said.key collate "C"
    where said.digest is distinct from held.digest and not (held.key is null and said.digest = {_NOBODY})
    union all
    select key, 'between', next::text, id::text from said where next_met <> digest
    union all
    select key, 'before', id::text, null from said where previous is null and met <> {_NOBODY} order by 1, 3"""  # noqa: S608  # the names above
_HELD = "select t.{key}::text as key, sha256(convert_to(row({columns})::text, 'UTF8')) as digest{name} from {table} t"
_NOTES = """
    with told as (select e.id as event, j.key::bigint as note, j.value as digest
                  from ledger_event e cross join lateral jsonb_each_text(e.wrote) j where e.wrote <> '{}')
    select coalesce(w.id, told.note), w.source, told.event, case when told.note is null then 'alone' when w.id is null then 'missing' else 'differs' end
    from told full join ledger_writtenrows w on w.id = told.note
    where told.digest is distinct from encode(sha256(case when w.before is null
      then convert_to(row(w.id, w.source, w.keys)::text, 'UTF8') || w.digests
      else convert_to(row(w.id, w.source, w.keys, length(w.before))::text, 'UTF8') || w.digests || w.before end), 'hex')
    union all
    select w.id, w.source, null, 'silent' from ledger_writtenrows w
    where w.before is null and w.id > (select min(id) from ledger_writtenrows where before is not null) order by 1, 4"""
_EVENTS = """
    select j.key, '第 ' || max(e.id) || ' 条，' || (array_agg(e.tag order by e.id desc))[1] from ledger_event e
    cross join lateral jsonb_object_keys(e.wrote) j (key) where e.wrote <> '{}' and j.key = any (%s) group by j.key"""
_WRONG = {
    "gone": "{what}：最后写入它的履历（{event}）记有，现不在册",
    "unknown": "{what}：在册，履历中没有写入它的记录",
    "differs": "{what}：与最后写入它的履历（{event}）不一致",
    "between": "{what}：在履历（{earlier}）与（{event}）之间被改动，没有履历记过",
    "before": "{what}：履历（{event}）写入它时已在册，没有写入它的记录",
}

VOUCHED = tuple(_TABLES)


def vouched(tables: Sequence[str] = VOUCHED) -> dict[str, Any]:
    """Name every row that is not as the last event that wrote it says, and every note that no event vouches for."""
    wrong, looked_at = _notes() if VOUCHED[0] in tables else [], 0
    for table in tqdm(tables, desc="核对各行与履历", disable=None):
        label, words = _TABLES[table]
        ((count,),) = all_rows(f"select count(*) from {table}")  # noqa: S608  # the names above
        looked_at += count
        found = [] if fits(table, count, _held(table, words)) else all_rows(_sql(table, words))
        notes = [note for *_, note, earlier in found[:_SHOWN] for note in (note, earlier) if note]
        events = dict(all_rows(_EVENTS, notes)) if found else {}
        for what, how, note, earlier in found[:_SHOWN]:
            acts = {"event": events.get(note, "已不在册"), "earlier": events.get(earlier, "已不在册")}
            wrong.append(_WRONG[how].format(what=f"{label} {what}", **acts))
        if len(found) > _SHOWN:
            wrong.append(f"{label}：另有 {len(found) - _SHOWN} 行与履历不一致")
    return {
        "check": "rows.vouched",
        "says": f"{'、'.join(label for label, _ in _TABLES.values())}，每行都与最后写入它的履历一致，没有履历没有记过的改动",
        "looked_at": looked_at,
        "mismatches": wrong,
    }


def _sql(table: str, words: str) -> str:
    return _CHAINS.format(table=table, held=_held(table, words, f", {_NAMES.get(table, 'null::text')} as name"))


def _held(table: str, words: str, name: str = "") -> str:
    """Return what asks for key and digest of every row as it is."""
    return _HELD.format(table=table, key=_KEYS.get(table, "id"), columns=entering(words), name=name)


def entering(words: str) -> str:
    """Return the columns of a row `t` as they enter its digest."""
    return ", ".join(_FORMS[how].format(name) for name, _, how in (word.partition(":") for word in words.split()))


def _notes() -> list[str]:
    """Return what is wrong between the notes of the database and the events that vouch for them."""
    how_said = {
        "alone": "{label}：写入记录 {note} 没有履历作证",
        "missing": "履历 {event}：所记的写入记录 {note} 不在册",
        "differs": "{label}：写入记录 {note} 与履历 {event} 所记不一致",
        "silent": "{label}：写入记录 {note} 没有记下写入前的内容",
    }
    return [
        how_said[how].format(label=_TABLES[source][0] if source in _TABLES else source, note=note, event=event)
        for note, source, event, how in all_rows(_NOTES)
    ]
