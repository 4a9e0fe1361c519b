"""Whose hands an application is kept out of: who entered it, and who may be its applicant (双岗)."""

from __future__ import annotations

from xueji.accounts.models import User
from xueji.applications.models import Application, CounterEntry
from xueji.cases.models import Case


def barred_from(case: Case, user: User) -> str | None:
    """Return why somebody may not decide an application, or None.

    Nothing says that an officer is not its applicant: the accounts of staff hold no document. So a name or a phone number
    in common keeps an officer out, and somebody else of the office decides.
    """
    application = Application.objects.select_related("applicant").filter(case=case).first()
    if application is None:
        return None
    if CounterEntry.objects.filter(application=application, entered_by=user).exists():
        return "申请由您在窗口录入，须由他人审核（双岗）"
    applicant = application.applicant
    if applicant.name == user.full_name:
        return "申请人与您同名，不能排除是您本人，须由他人审核（双岗）"
    if applicant.phone and applicant.phone == "".join(user.phone.split()).removeprefix("+86"):
        return "申请人留的手机号是您的，须由他人审核（双岗）"
    return None
