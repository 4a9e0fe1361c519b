"""The part of `xueji audit` that recomputes the keyed digests of signed rows, with code of its own (docs/adr/0008).

A digest is `key id:HMAC-SHA-256`, its key HMAC-SHA-256 of the data key over `derived:row <table>`, over the JSON object of
the columns named here (keys sorted, no spaces, UTF-8): what is sealed as its own text, numbers and ids as text, times in
UTC with six digits, ranges as `lower:upper`, lists and objects as JSON with sorted keys, nothing as an empty text.
An event stands under the key of the log, `log:HMAC-SHA-256`, whatever data key is in use.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from xueji.cli.audit_asking import columns_of, keyed
from xueji.cli.audit_texts import form_of, opened

# table -> (what a row is called, the columns that stand under its digest; `at` marks times, `range` ranges, `json` lists and objects, `sealed` what is closed)
_TABLES: dict[str, tuple[str, str]] = {
    "registry_person": (
        "学生",
        "id id_document_type resident_id:sealed name sex birth_date:sealed ethnicity political_status",
    ),
    "applications_application": (
        "毕业生申请",
        """id applicant_id centre_id kind state opened_at:at category school_id school_name place_code school_state entered
           graduated programme is_health duration_years study_mode diploma original_number:sealed sealed_by admission_form
           has_office_copy mismatch:json identity_changed holder_name birth_date:sealed delivery mail_address:sealed
           signature_id signed_at:at submitted_at:at place receipt office_id case_id ended_at:at forgotten_at:at""",
    ),
    "attestations_attestation": (
        "毕业证明",
        """case_id school_id enrolment_id certificate_id name sex resident_id:sealed native_province native_place
           birth_month:sealed study_from study_until programme plan_category duration_years study_form original_number
           contact_name contact_phone photo_id has_steel_seal is_health needs_counterseal number_id issued_on signed_as
           voided_by_id voided_at:at void_reason""",
    ),
    "applications_blacklistentry": (
        "黑名单",
        """id application_id authority_id pack cites:json evidence:json reasons employer school_name discipline_organ state
           proposed_by_id proposed_at:at answer_until would_list drafted_by_id drafted_on decided_by_id decided_at:at
           measures:json expires_on leaving_by_id removed_by_id removed_at:at""",
    ),
    "applications_counterentry": (
        "窗口受理",
        """application_id authority_id entered_by_id entered_at:at sex birth_date:sealed agent_name agent_number:sealed
           power_id""",
    ),
    "applications_defect": (
        "补正项",
        """application_id round ordinal aspect label ground remark on_paper:sealed cites:json found_by_id found_at:at
           answer:sealed answered_at:at""",
    ),
    "applications_referral": (
        "转办",
        "application_id case_id from_office_id to_office_id on_paper:json cites:json reasons referred_by_id referred_at:at",
    ),
    "accounts_applicant": (
        "申请人",
        """id user_id phone:sealed opened_at:at signed_in_at:at released_at:at name document_kind document_number:sealed proof
           proven_at:at proven_by_id""",
    ),
    "graduation_candidate": (
        "名册上的毕业生",
        """id batch_id person_id enrolment_id name sex birth_date:sealed political_status programme_name specialisation
           duration_years study_mode entry_month graduation_month overall_mark conduct_mark internship_mark details:json
           outcome remark photo_id state mark_reason""",
    ),
    "institutions_school": ("学校", "name code authority_id is_public level ordinal principal address phone closed_on"),
    "institutions_appointment": ("岗位", "user_id post authority_id school_id days:range"),
    "certificates_certificate": ("证书的状态", "id issue_id state issued_at:at sealed_at:at voided_at:at void_reason"),
    "institutions_registeroffice": (
        "学籍管理机构",
        "authority_id school_id name document_number named_by_id named_at:at",
    ),
    "institutions_sanction": (
        "处理",
        "school_id kind label withholds:json cites:json reason document_number imposed_by_id imposed_at:at lifted_by_id lifted_at:at lifted_reason",
    ),
    "supervision_listedfinding": (
        "负面清单事项",
        """id school_id item subject enrolment_id label message way_out cites:json pack facts:json evidence:json began_on
           found_at:at shown_on ended_at:at state proposed_by_id decided_by_id decided_at:at""",
    ),
    "supervision_rating": (
        "评级",
        """id school_id authority_id year edition replaces_id pack hits:json figures:json draft turn drafted_at:at objections_until
           violation grave_error rating state proposed_by_id decided_by_id decided_at:at published_at:at""",
    ),
    "supervision_restriction": (
        "新生学籍注册的限制",
        """school_id rating_id pack cites:json acts:json is_whole programme_id campus most from_on until_on reason document_number
           authority_id by_id at:at ended_at:at ended_reason""",
    ),
    "supervision_restrictionbypass": (
        "限制的放行",
        """restriction_id reason until_on place state proposed_by_id proposed_at:at decided_by_id decided_at:at decided_reason
           ended_at:at""",
    ),
    "supervision_stewardship": (
        "代管",
        """school_id rating_id pack cites:json steward_school_id steward_authority_id reason document_number authority_id state
           proposed_by_id proposed_at:at decided_by_id decided_at:at decided_reason recorded_by_id recorded_at:at record_number
           lifting_by_id lifting_reason ended_by_id ended_at:at ended_reason""",
    ),
    "supervision_stewardpost": (
        "代管的经办人",
        "stewardship_id user_id post named_by_id named_at:at ended_by_id ended_at:at",
    ),
    "obligations_obligation": (
        "应办事项",
        """case_id school_id key label effect needs_evidence clock counted_from due_on due_is_provisional done_by_id
           done_at:at evidence""",
    ),
    "cases_caseparty": ("办件的一方", "case_id role is_main school_id authority_id applicant_id"),
    "cases_clockpause": ("期限中止", "step_id reason note paused_by_id paused_at:at resumed_by_id resumed_at:at"),
    "cases_proposal": ("拟办意见", "step_id verdict reasons by_id at:at ending ended_by_id ended_at:at objection"),
    "cases_decision": ("审核意见", "step_id verdict reasons by_id at:at"),
    "production_sealingsession": (
        "验印记录",
        """issue_id round_id diplomas_counted register_total refused_count sealed_count first_number last_number sealed_by_id
           supervised_by_id sealed_at:at materials:json note""",
    ),
    "production_sealingrefusal": ("不予验印", "session_id certificate_id reason"),
    "blanks_blankmovement": (
        "空白证书流转",
        """act authority_id kind numbers:range from_state to_state from_holder_id to_holder_id from_school_id to_school_id
           from_request_id request_id given_by_id received_by_id by_id at:at reason""",
    ),
    "institutions_succession": (
        "学校沿革",
        """school_id kind successor_id ends effective_on document_number handed_over entered_by_id entered_at:at withdrawn_by_id
           withdrawn_at:at withdrawn_document""",
    ),
    "institutions_custody": (
        "档案保管",
        "school_id custodian_school_id custodian_authority_id from_on document_number succession_id entered_by_id entered_at:at",
    ),
    "registry_registration": (
        "注册备案",
        """intake_year intake_term entered_on registered_on registered_by_id national_on national_source filing filed_on filed_by_id
           origin grade class_name campus expected_graduation compulsory_until form:sealed""",
    ),
    "registry_statuschange": (
        "学籍变动",
        """id enrolment_id ordinal kind from_status to_status effective_on recorded_at:at by_id case_id reason before:json after:json
           counters_id moves_to_id""",
    ),
    "registry_statusapplicant": (
        "申请变动的学生",
        "application_id enrolment_id wanted:json undoes_id outcome note done_by_id",
    ),
    "registry_duplicate": (
        "学籍重复",
        "first_id second_id certainty ground found_by_id found_at:at state stands_id closed_at:at",
    ),
    "registry_duplicatefiling": ("学籍查重申请", "case_id duplicate_id record_id asked statement undoes_id outcome"),
    "registry_arrival": (
        "转入申请",
        """case_id source former_school programme_id grade class_name entered_on remaining_years is_province_managed junior_term
           teachers form:sealed enrolment_id""",
    ),
    "replacements_replacement": (
        "学历证明书",
        """case_id authority_id place submitted_at:at person_id school_id original_id follows_id original_number loss category name sex
           birth_date:sealed resident_id:sealed school_name programme_name duration_years study_mode entry_month graduation_month
           photo_id approved_by_id approved_at:at delivery_way recipient phone:sealed address:sealed state issue_id certificate_id
           started_by_id started_at:at original_found_on note""",
    ),
    "replacements_delivery": (
        "学历证明书交付",
        """replacement_id ordinal way code:sealed recipient phone:sealed address:sealed state carrier tracking_number document_shown
           taken_by authorisation note opened_at:at sent_at:at ended_at:at ended_by_id""",
    ),
    "registry_filingentry": ("申请备案的学生", "request_id enrolment_id outcome findings:json"),
    "ledger_event": (
        "履历",
        """tag at:at actor_id actor_label subject_type subject_id subject_label parent_type parent_id school_id authority_id
           pack pack_hash rules:json before:json after:json note wrote:json""",
    ),
}
_KEYS = {
    "registry_registration": "enrolment_id",
    "registry_arrival": "case_id",
    "attestations_attestation": "case_id",
}  # where the key of a table is not `id`

DIGESTED = tuple(_TABLES)


def digests(keys: Mapping[int, bytes], tables: Sequence[str] = DIGESTED) -> dict[str, Any]:
    """Name every signed row whose columns are not those its digest was made of."""
    wrong, looked_at = [], 0
    for table in tables:
        for run in checked(table, keys):
            looked_at += len(run.keys)
            wrong += run.faults
    return as_printed(wrong, looked_at)


def as_printed(wrong: list[str], looked_at: int) -> dict[str, Any]:
    """Return what was found as the audit prints it."""
    return {
        "check": "rows.digests",
        "says": f"{'、'.join(label for label, _ in _TABLES.values())}，每行的摘要（用密钥计算）可由现存各栏重算得出",
        "looked_at": looked_at,
        "mismatches": wrong,
    }


@dataclass(frozen=True, slots=True)
class Run:
    """Some thousand rows: their keys, what is wrong with any of them, what was asked for beside, what was opened of each column."""

    keys: Sequence[bytes]
    faults: list[str]
    beside: Sequence[Any]
    opened: Mapping[str, Sequence[bytes | None]]


def checked(table: str, keys: Mapping[int, bytes], beside: str = "null") -> Iterator[Run]:
    """Hold every row of a table against its digest, run by run."""
    label, digest_of = _TABLES[table][0], _digest_of(table, keys)
    for ids, stored, more, texts, found in written(table, keys, beside):
        shut = {key for column in found.values() for key, text in zip(ids, column, strict=True) if text is None}
        faults = [
            f"{label} {key.decode()}：{'密封的内容无法打开' if key in shut else '与写入时不一致'}"
            for key, digest, text in zip(ids, stored, texts, strict=True)
            if digest_of(digest[:-64], text) != digest[-64:] or key in shut
        ]
        yield Run(ids, faults, more, found)


def written(table: str, keys: Mapping[int, bytes], beside: str = "null") -> Iterator[tuple[Any, ...]]:
    """Yield of every run its keys, digests, what was asked for beside, the text under each digest, and what was opened of each column."""
    label, words = _TABLES[table]
    form, closed = form_of(table, [word.partition(":")[::2] for word in words.split()])
    asked = ", ".join([f"{_KEYS.get(table, 'id')}::text", "digest", beside, *form.wanted])
    answer = columns_of(f"select {asked} from {table}")  # noqa: S608  # the names above
    for ids, stored, more, *columns in tqdm(answer, desc=f"核对{label}", disable=None):
        found = {name: opened(columns[place], f"{table}.{name}", ids, keys) for place, name in closed}
        for place, name in closed:
            columns[place] = tuple(text or b"" for text in found[name])
        yield ids, stored, more, form.texts(columns), found


def _digest_of(table: str, keys: Mapping[int, bytes]) -> Callable[[bytes, bytes], bytes | None]:
    """Return what makes the digest of a text under the key a stored one names; nothing where there is no such key."""
    from django.conf import settings

    secrets = {b"log": settings.LOG_KEY} if table == "ledger_event" else {b"%d" % n: key for n, key in keys.items()}
    made = {b"%b:" % name: keyed(keyed(key)(f"derived:row {table}".encode())) for name, key in secrets.items()}

    def digest_of(name: bytes, text: bytes) -> bytes | None:
        return hexlify(make(text)) if (make := made.get(name)) else None

    return digest_of
