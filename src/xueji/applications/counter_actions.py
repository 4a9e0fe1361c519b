"""An officer takes an application at the counter: who stands there, by which document, for whom; then enters it like its applicant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.applicant_actions import dialled, open_applicant_at_counter, record_identity_at_counter
from xueji.accounts.models import Applicant, User
from xueji.accounts.permissions import Permission
from xueji.accounts.queries import account_of_document
from xueji.applications.actions import open_application
from xueji.applications.models import Application, CounterEntry
from xueji.applications.queries import document_kinds
from xueji.core.errors import BadInput, NotPermitted
from xueji.core.identifiers import IdKind, normalise_resident_id, parse_resident_id
from xueji.core.new_students import ID_CARD
from xueji.documents.snapshots import take_snapshot
from xueji.documents.storage import store_once
from xueji.institutions.models import Authority
from xueji.institutions.queries import holds_at
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

_OTHER_NAME = (
    "这个证件号码已经以另一个姓名核验过：请核对证件和姓名。在公安机关改过姓名的，已核验的姓名在窗口改不了，"
    "请照公安机关证明上的原姓名录入，接着勾选「本人在公安机关改过姓名或出生日期」并上传公安机关的证明"
)


@dataclass(frozen=True, slots=True)
class PersonAtCounter:
    """Who stands at the counter, or is represented there, as the document says; sex and birth date of one that is no identity card."""

    name: str
    document_kind: str
    number: str
    phone: str = ""
    sex: str = ""
    birth_date: date | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """Who stands there for somebody else, with the picture of the power of attorney."""

    name: str
    number: str
    power: bytes


@transaction.atomic
def receive_at_counter(
    *, counter: Authority, person: PersonAtCounter, kind: str, centre: Authority, by: User, at: datetime, agent: Agent | None = None
) -> Application:  # fmt: skip
    """Identify somebody at a counter and open an application for them; the officer goes on with it as its applicant would.

    Who has an account already gets the application there, under the phone number it has.
    """
    if not holds_at(by, Permission.SERVE_AT_COUNTER, counter.pk):
        raise NotPermitted("窗口受理由本机构的受理人员办理")
    _require_known(person, centre, at)
    _require_readable(person, at)
    _require_another(person, agent, by)
    applicant = _account_of(person, by, at)
    if applicant.name != person.name.strip():
        raise BadInput(_OTHER_NAME)
    application = open_application(applicant=applicant, kind=kind, centre=centre, by=by, at=at, counter=counter)
    entry = CounterEntry.objects.create(
        application=application, authority=counter, entered_by=by, entered_at=at, sex=person.sex, birth_date=person.birth_date,
        **_represented(agent),
    )  # fmt: skip
    record_event(
        tag=EventTag.APPLICATION_ENTERED, subject=entry, parent=application, by=by, at=at, authority_id=counter.pk,
        after={"document": person.document_kind, "represented": agent is not None},
    )  # fmt: skip
    return application


def _require_another(person: PersonAtCounter, agent: Agent | None, by: User) -> None:
    """NotPermitted where nothing says that the officer is not who stands there: a name or a phone number in common."""
    if person.name.strip() == by.full_name:
        raise NotPermitted("申请人与您同名，不能排除是您本人：请由其他受理人员办理")
    if agent is not None and agent.name.strip() == by.full_name:
        raise NotPermitted("代办人与您同名，不能排除是您本人：请由其他受理人员办理")
    if person.phone.strip() and dialled(person.phone) == dialled(by.phone):
        raise NotPermitted("填的手机号是您自己的：请填申请人的号码，申请人没有手机的不填")


def _account_of(person: PersonAtCounter, by: User, at: datetime) -> Applicant:
    """Return the account of a document: the one that has a phone as it is; one without takes the number that is given."""
    account = account_of_document(person.document_kind, person.number)
    if account is not None and account.has_phone:
        return account
    account = open_applicant_at_counter(phone=person.phone, by=by, at=at)
    return record_identity_at_counter(
        applicant=account, name=person.name, document_kind=person.document_kind, number=person.number, by=by, at=at
    )


def _require_known(person: PersonAtCounter, centre: Authority, at: datetime) -> None:
    """BadInput for a kind of document nobody knows, and for another kind under the number of an identity card.

    One person has one account: the same number under two kinds would be two.
    """
    on, kind = timezone.localdate(at), person.document_kind.strip()
    kinds = document_kinds(centre, on)
    if kind not in kinds:
        raise BadInput(f"没有「{kind}」这个证件类型，请在 {'、'.join(kinds)} 里选")
    read = parse_resident_id(normalise_resident_id(person.number), on=on)
    is_card = read.problem is None and read.kind in {IdKind.RESIDENT, IdKind.OLD_RESIDENT}
    if is_card and kind != ID_CARD:
        raise BadInput(f"填的是居民身份证号码，证件类型却是「{kind}」：请选「{ID_CARD}」，或者核对号码")


def _require_readable(person: PersonAtCounter, at: datetime) -> None:
    """BadInput for the number of an identity card that is none, and for another document without what it does not tell."""
    if person.document_kind.strip() == ID_CARD:
        problem = parse_resident_id(normalise_resident_id(person.number), on=timezone.localdate(at)).problem
        if problem:
            raise BadInput(f"身份证号码有误：{problem}")
    elif not person.sex or person.birth_date is None:
        raise BadInput(f"「{person.document_kind.strip()}」的号码读不出性别和出生日期，请照证件填写")


def _represented(agent: Agent | None) -> dict[str, object]:
    if agent is None:
        return {"agent_name": "", "agent_number": "", "power": None}
    if not agent.name.strip() or not agent.number.strip() or not agent.power:
        raise BadInput("代办的，请填写代办人的姓名、证件号码，并上传委托书")
    snapshot = take_snapshot(agent.power, is_portrait=False)
    return {
        "agent_name": agent.name.strip()[:100], "agent_number": agent.number.strip()[:40],
        "power": store_once(snapshot.data, "image/jpeg"),
    }  # fmt: skip
