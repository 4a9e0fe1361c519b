"""Whose hands an application is kept out of: who entered it or went on with it, and who may be its applicant or their agent (双岗)."""

from __future__ import annotations

from xueji.accounts.applicant_actions import dialled
from xueji.accounts.models import User
from xueji.applications.models import Application, CounterEntry
from xueji.cases.models import Case
from xueji.ledger.queries import has_acted_on
from xueji.ledger.tags import EventTag

# what is done for an applicant
_FOR_APPLICANT = (
    EventTag.APPLICATION_STATED, EventTag.MATERIAL_ADDED, EventTag.MATERIAL_REMOVED, EventTag.COMMITMENT_SIGNED,
    EventTag.DEFECT_ANSWERED, EventTag.APPLICATION_SUBMITTED, EventTag.APPLICATION_SUPPLEMENTED,
)  # fmt: skip


def barred_from(case: Case, user: User) -> str | None:
    """Return why somebody may not decide an application, or None.

    Nothing says that an officer is not its applicant: the accounts of staff hold no document. So a name or a phone number
    in common, or the name of the agent, keeps an officer out, and somebody else of the office decides.
    """
    application = Application.objects.select_related("applicant").filter(case=case).first()
    if application is None:
        return None
    entry = CounterEntry.objects.filter(application=application).first()
    if entry is not None and (reason := _barred_by_entry(entry, application, user)):
        return reason
    applicant = application.applicant
    if applicant.name == user.full_name:
        return "申请人与您同名，不能排除是您本人，须由他人审核（双岗）"
    if applicant.phone and applicant.phone == dialled(user.phone):
        return "申请人留的手机号是您的，须由他人审核（双岗）"
    return None


def _barred_by_entry(entry: CounterEntry, application: Application, user: User) -> str | None:
    if entry.entered_by_id == user.pk:
        return "申请由您在窗口录入，须由他人审核（双岗）"
    if entry.agent_name == user.full_name:
        return "代办人与您同名，不能排除是您本人，须由他人审核（双岗）"
    if has_acted_on(application, user, _FOR_APPLICANT):
        return "您在窗口填写、补正或提交过这份申请，须由他人审核（双岗）"
    return None
