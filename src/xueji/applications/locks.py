"""The locks of an application, always in one order."""

from __future__ import annotations

from xueji.applications.models import Application
from xueji.cases.checks import lock_case
from xueji.cases.models import Case
from xueji.core.errors import Conflict


def lock_application(application: Application) -> Application:
    """Return an application as it is now, locked, and before it its case, as a decision takes the two.

    Whoever took them the other way round could wait for an officer who waits for them. Conflict when the application
    got another case in between: it was handed in, or its office handed it over.
    """
    rows = Application.objects.select_related("applicant__user", "centre", "case")
    case_id = rows.values_list("case_id", flat=True).get(pk=application.pk)
    if case_id is not None:
        lock_case(Case(pk=case_id))
    locked = rows.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.case_id != case_id:
        raise Conflict("申请刚刚提交或转办，请刷新页面后再办")
    return locked
