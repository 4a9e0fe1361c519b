"""Who forged papers is proposed for the blacklist, told and heard; two people decide, two take off (S0 三（四）3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import cast

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.applications import wordings
from xueji.applications.blacklist_queries import (
    FORGED,
    forged_in,
    last_day_to_answer,
    latest_act,
    law_of_entry,
    may_answer,
    refused_for_forgery,
)
from xueji.applications.hands import barred_from
from xueji.applications.locks import lock_application
from xueji.applications.models import Application, BlacklistAct, BlacklistEntry
from xueji.applications.outcome_actions import say_to_applicant
from xueji.core.decisions.services import measures_against_forgery
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.service_specs import ServiceSpec
from xueji.documents.models import StoredFile
from xueji.documents.render import printed_date
from xueji.documents.snapshots import take_snapshot
from xueji.documents.storage import read_stored, store_once
from xueji.institutions.queries import holds_at, pack_over
from xueji.institutions.queries.staff import require_another_person
from xueji.ledger.actions import Basis, mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import require_unaltered

MOST_ANSWERS = 8
_LONGEST, _LONGEST_REASONS, _NAME = 2000, 500, 100
Kind, State = BlacklistAct.Kind, BlacklistEntry.State
_TAGS = {
    Kind.PROPOSED: EventTag.BLACKLIST_PROPOSED,
    Kind.SERVED: EventTag.BLACKLIST_SERVED,
    Kind.ANSWERED: EventTag.BLACKLIST_ANSWERED,
    Kind.DRAFTED: EventTag.BLACKLIST_DRAFTED,
    Kind.SENT_BACK: EventTag.BLACKLIST_SENT_BACK,
    Kind.DROPPED: EventTag.BLACKLIST_DROPPED,
    Kind.LISTED: EventTag.BLACKLIST_LISTED,
    Kind.LEAVING: EventTag.BLACKLIST_LEAVING,
    Kind.KEPT: EventTag.BLACKLIST_KEPT,
    Kind.REMOVED: EventTag.BLACKLIST_REMOVED,
}


@dataclass(frozen=True, slots=True)
class Forgery:
    """Which checks of the refusal were forged papers, how, whose employer is known, and which school helped."""

    evidence: Collection[str]  # aspects of the refusal's items
    reasons: str
    employer: str = ""
    school_name: str = ""
    discipline_organ: str = ""

    def stated(self) -> dict[str, str]:
        """Return what is kept; BadInput without words, and for a school that helped without whom to tell."""
        reasons = mask_identity_numbers(self.reasons.strip())[:_LONGEST_REASONS]
        if not reasons:
            raise BadInput("请写明伪造的情况，本人会看到")
        school, organ = self.school_name.strip()[:_NAME], self.discipline_organ.strip()[:_NAME]
        if bool(school) != bool(organ):
            raise BadInput("学校协助伪造的，请写明学校和它上级主管部门的纪检监察机构；没有协助的，两项都不填")
        return {
            "reasons": reasons, "employer": self.employer.strip()[:_NAME], "school_name": school, "discipline_organ": organ,
        }  # fmt: skip


def expiry_after(day: date, years: int) -> date:
    """Return the last day of a listing that begins on a day: the same day so many years later."""
    leap = (day.month, day.day) == (2, 29)
    return date(day.year + years, day.month, 28 if leap else day.day)


@transaction.atomic
def propose_listing(*, application: Application, forgery: Forgery, by: User, at: datetime) -> BlacklistEntry:
    """Propose the applicant of a refused application for the list, and tell them until when they may answer."""
    locked = lock_application(refused_for_forgery(by, application.pk))
    _require_free_hands(locked, by)
    if BlacklistEntry.objects.filter(application=locked).exists():
        raise Conflict("这份申请已经提出过列入黑名单")
    found = forged_in(locked)
    for row in (locked, *found):
        require_unaltered(row, f"{locked}的申请和不予办理的理由")
    view = pack_over(locked.centre).on(timezone.localdate(at))
    if "blacklist_years" not in view.keys("value"):
        raise Conflict("本地的规定没有黑名单")
    known = {defect.aspect: defect for defect in found}
    named = [known[aspect] for aspect in forgery.evidence if aspect in known]
    if not named:
        raise BadInput("请至少勾选一项伪造的材料")
    cites = view.entry("service", "sanction", ServiceSpec).cites
    assert locked.office is not None
    entry = BlacklistEntry(
        application=locked, authority=locked.office, pack=view.pack.id, cites=[f"{cite.source} {cite.clause}" for cite in cites],
        evidence=[f"{defect.label}：{defect.remark}" for defect in named], **forgery.stated(), proposed_by=by, proposed_at=at,
        answer_until=timezone.localdate(at) + timedelta(days=cast("int", view.value("blacklist_answer_days"))),
    )  # fmt: skip
    entry.save(force_insert=True)
    _tell(entry, wordings.BLACKLISTING, by, at)
    _act(entry, Kind.PROPOSED, entry.reasons, by=by, at=at)
    return entry


@transaction.atomic
def record_service(*, entry: BlacklistEntry, served_on: date, statement: str, by: User, at: datetime) -> BlacklistAct:
    """Record on which day the notice was served and how, on whom no message reached; the days to answer run from it."""
    locked = _lock_for_officer(entry, by)
    if locked.state != State.PROPOSED:
        raise Conflict(f"{locked.get_state_display()}，不能再记录送达")
    if locked.acts.filter(kind=Kind.SERVED).exists():
        raise Conflict("已经记录过送达")
    if last_day_to_answer(locked) is not None:
        raise Conflict("通知已发到本人手机，不用另记送达")
    if not timezone.localdate(locked.proposed_at) <= served_on <= timezone.localdate(at):
        raise BadInput("送达日应在提出列入的当日以后、今天以前")
    day = timezone.make_aware(datetime.combine(served_on, time.min))
    return _act(locked, Kind.SERVED, statement, by=by, at=at, happened=day)


@transaction.atomic
def answer_listing(
    *, entry: BlacklistEntry, statement: str, by: User, at: datetime, picture: bytes = b""
) -> BlacklistAct:
    """Say for the person what is wrong, with a picture: on their phone, or at the counter of the office; the same again is once.

    At the counter the picture is the statement the person signed, and the person is told that it was taken down. What the
    counter enters takes nothing from how often the person may answer.
    """
    locked = _lock(entry)
    is_person = by.pk == locked.application.applicant.user_id
    if not is_person and not holds_at(by, Permission.SERVE_AT_COUNTER, locked.authority_id):
        raise NotPermitted("由本人陈述申辩，或者由受理机构的窗口代为录入")
    if not is_person:
        require_another_person(by, locked.proposed_by, "列入黑名单由您提出，本人的陈述申辩须由窗口的其他人员录入")
    last = last_day_to_answer(locked)
    if not may_answer(locked, last, timezone.localdate(at)):
        raise Conflict(f"陈述申辩到 {last or locked.answer_until:%Y-%m-%d} 为止")
    if not is_person and not picture:
        raise BadInput("窗口录入的，须附本人签字的陈述申辩书：扫描或拍照以后一并提交")
    data = take_snapshot(picture).data if picture else b""
    words = mask_identity_numbers(statement.strip())[:_LONGEST]
    answers = locked.acts.filter(kind=Kind.ANSWERED)
    for earlier in answers.filter(statement=words, by=by).select_related("file"):
        if data == (read_stored(earlier.file.address) if earlier.file else b""):
            return earlier  # pressed twice
    of_person = Q(by=locked.application.applicant.user_id)
    if answers.filter(of_person if is_person else ~of_person).count() >= MOST_ANSWERS:
        raise Conflict(f"最多提交 {MOST_ANSWERS} 次；其余材料请交到受理机构窗口")
    file = store_once(data, "image/jpeg") if data else None
    act = _act(locked, Kind.ANSWERED, words, by=by, at=at, file=file)
    if not is_person:
        _tell(locked, wordings.ANSWER_TAKEN, by, at)
    return act


@transaction.atomic
def draft_listing(*, entry: BlacklistEntry, would_list: bool, statement: str, by: User, at: datetime) -> BlacklistAct:
    """Draft, once the days to answer are over, whether the person is listed; another person decides.

    Neither who proposed drafts nor who entered the person's answer at the counter.
    """
    locked = _lock_for_officer(entry, by)
    if locked.state != State.PROPOSED:
        raise Conflict(f"{locked.get_state_display()}，不能再拟定")
    last = last_day_to_answer(locked)
    if last is None:
        raise Conflict("本人没有留手机，或者通知没有送到：先送达告知书、记录送达日，陈述申辩的期限自送达日起算")
    if timezone.localdate(at) <= last:
        raise Conflict(f"本人到 {last:%Y-%m-%d} 可以陈述申辩，以后才能拟定")
    _require_fresh_hands(locked, by, "拟定")
    locked.state, locked.would_list = State.DRAFTED, would_list
    locked.drafted_by, locked.drafted_on = by, timezone.localdate(at)
    locked.save()
    return _act(locked, Kind.DRAFTED, statement, by=by, at=at)


@transaction.atomic
def settle_listing(
    *, entry: BlacklistEntry, seen: int, agrees: bool, statement: str, by: User, at: datetime
) -> BlacklistAct:
    """Decide as another person drafted, or send the draft back; `seen` is what was done last when it was read.

    Who is listed is published at once, until the day the pack says. Neither who proposed nor who drafted decides, nor who
    entered the person's answer at the counter.
    """
    locked = _lock_for_officer(entry, by, seen)
    if locked.state != State.DRAFTED:
        raise Conflict("还没有拟定，或者已经决定")
    if not agrees:
        locked.state, locked.would_list, locked.drafted_by, locked.drafted_on = State.PROPOSED, None, None, None
        locked.save()
        return _act(locked, Kind.SENT_BACK, statement, by=by, at=at)
    require_another_person(by, locked.drafted_by, "拟定的决定须由另一人作出")
    _require_fresh_hands(locked, by, "决定")
    locked.decided_by, locked.decided_at = by, at
    locked.state = State.LISTED if locked.would_list else State.DROPPED
    if locked.would_list:
        years = cast("int", law_of_entry(locked).value("blacklist_years"))
        locked.expires_on = expiry_after(timezone.localdate(at), years)
        locked.measures = list(
            measures_against_forgery(employer_known=bool(locked.employer), school_helped=bool(locked.school_name))
        )
    locked.save()
    _tell(locked, wordings.BLACKLISTED if locked.would_list else wordings.NOT_BLACKLISTED, by, at)
    return _act(locked, Kind.LISTED if locked.would_list else Kind.DROPPED, statement, by=by, at=at)


@transaction.atomic
def propose_removal(*, entry: BlacklistEntry, statement: str, by: User, at: datetime) -> BlacklistAct:
    """Propose with a reason that somebody is taken off the list before the day; another person decides."""
    locked = _lock_for_officer(entry, by)
    if locked.state != State.LISTED:
        raise Conflict(f"{locked.get_state_display()}，不能提出移出")
    locked.state, locked.leaving_by = State.LEAVING, by
    locked.save()
    return _act(locked, Kind.LEAVING, statement, by=by, at=at)


@transaction.atomic
def settle_removal(
    *, entry: BlacklistEntry, seen: int, agrees: bool, statement: str, by: User, at: datetime
) -> BlacklistAct:
    """Take somebody off the list as another person proposed, or let them stand; until then they stand."""
    locked = _lock_for_officer(entry, by, seen)
    if locked.state != State.LEAVING:
        raise Conflict("还没有提出移出，或者已经决定")
    if not agrees:
        locked.state, locked.leaving_by = State.LISTED, None
        locked.save()
        return _act(locked, Kind.KEPT, statement, by=by, at=at)
    require_another_person(by, locked.leaving_by, "移出须由另一人决定")
    locked.state, locked.removed_by, locked.removed_at = State.REMOVED, by, at
    locked.save()
    _tell(locked, wordings.OFF_BLACKLIST, by, at)
    return _act(locked, Kind.REMOVED, statement, by=by, at=at)


@transaction.atomic
def record_letter_fetch(*, entry: BlacklistEntry, title: str, by: User, at: datetime) -> None:
    """Record that a letter of an entry was taken, before it goes."""
    record_event(
        tag=EventTag.BLACKLIST_LETTER_FETCHED, subject=entry, parent=entry.application, by=by, at=at,
        authority_id=entry.authority_id, after={"letter": title},
    )  # fmt: skip


def _lock(entry: BlacklistEntry) -> BlacklistEntry:
    """Return an entry as it is now, held, and as it was written."""
    rows = BlacklistEntry.objects.select_for_update(of=("self",)).select_related(
        "application__applicant__user", "application__centre", "application__office", "application__case", "authority",
        "proposed_by", "drafted_by", "leaving_by",
    )  # fmt: skip
    locked = rows.get(pk=entry.pk)
    require_unaltered(locked, f"{locked}的黑名单记录")
    return locked


def _lock_for_officer(entry: BlacklistEntry, by: User, seen: int | None = None) -> BlacklistEntry:
    """Return an entry held for somebody who decides at its office; Conflict where something was done since it was read."""
    locked = _lock(entry)
    if not holds_at(by, Permission.DECIDE_CASES, locked.authority_id):
        raise NotPermitted(f"由{locked.authority.name}办理")
    _require_free_hands(locked.application, by)
    if seen is not None and latest_act(locked) != seen:
        raise Conflict("在您打开页面以后已经有变动，请看过现在的再办理")
    return locked


def _require_fresh_hands(entry: BlacklistEntry, by: User, doing: str) -> None:
    """Refuse who proposed an entry and who entered an answer at the counter, by whichever account."""
    require_another_person(by, entry.proposed_by, f"列入黑名单由您提出，须由另一人{doing}")
    taken = entry.acts.filter(kind=Kind.ANSWERED).exclude(by=entry.application.applicant.user_id).select_related("by")
    for who in {act.by_id: act.by for act in taken}.values():
        require_another_person(by, who, f"本人的陈述申辩由您在窗口录入，须由另一人{doing}")


def _require_free_hands(application: Application, by: User) -> None:
    assert application.case is not None
    if reason := barred_from(application.case, by):
        raise NotPermitted(reason)


def _tell(entry: BlacklistEntry, template: str, by: User, at: datetime) -> None:
    until = entry.expires_on or entry.answer_until
    more = {"office": entry.authority.name, "until": printed_date(until)}
    say_to_applicant(entry.application, template, by, at, more)


def _act(
    entry: BlacklistEntry,
    kind: BlacklistAct.Kind,
    statement: str,
    *,
    by: User,
    at: datetime,
    file: StoredFile | None = None,
    happened: datetime | None = None,
) -> BlacklistAct:
    words = mask_identity_numbers(statement.strip())[:_LONGEST]
    if not words:
        raise BadInput("请填写说明")
    act = BlacklistAct(entry=entry, kind=kind, statement=words, file=file, by=by, at=happened or at)
    act.save(force_insert=True)
    view = law_of_entry(entry)
    record_event(
        tag=_TAGS[kind], subject=entry, parent=entry.application, by=by, at=at, authority_id=entry.authority_id, view=view,
        rules=[Basis(f"refusal.{FORGED}", view.entry("service", "sanction", ServiceSpec).cites)], note=words,
        after={
            "state": entry.get_state_display(), "would_list": entry.would_list, "measures": entry.measures,
            "expires_on": entry.expires_on, "file": file.pk if file else None,
            "served_on": timezone.localdate(happened) if happened else None,
        },
    )  # fmt: skip
    return act
