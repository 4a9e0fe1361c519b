"""An office that has no power over an application hands it to the one that has (转办); the applicant keeps date and place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.applications.models import Application, Referral
from xueji.applications.outcome_actions import say_to_applicant
from xueji.applications.referral_queries import READ, competent_for
from xueji.applications.review_queries import application_of
from xueji.applications.wordings import REFERRED
from xueji.cases.checks import lock_open_step
from xueji.cases.law import law_of
from xueji.cases.models import Step, Verdict
from xueji.cases.referral_actions import refer_case
from xueji.core.errors import BadInput
from xueji.ledger.actions import Basis, mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag

_MAX = 300


@transaction.atomic
def refer_application(
    *, step: Step, on_paper: Mapping[str, str], reasons: str, by: User, at: datetime, expected_version: int | None = None
) -> Application:  # fmt: skip
    """Hand an application to the office that the law names by what its papers show (`READ`), with the reason.

    What the applicant stated stays as it is; the new office asks for what is to be put right. Refused like a decision,
    and where the office stays the same or has sent it back already.
    """
    if not (masked_reasons := mask_identity_numbers(reasons.strip())[:_MAX]):
        raise BadInput("转办须写明理由，申请人和接办机构都会看到")
    case, _ = lock_open_step(step, by, expected_version, Verdict.REFER)
    application = Application.objects.select_related("office", "centre").filter(case=case).first()
    if application is None or application.office is None:
        raise BadInput("这个办件不是毕业生的申请，不能转办")
    competent, before = competent_for(application, on_paper), application.office
    following = refer_case(
        step=step, parties={"office": competent.office}, reasons=masked_reasons, by=by, at=at, expected_version=expected_version
    )  # fmt: skip
    cites = competent.decision.cites
    Referral.objects.create(
        application=application, case=case, from_office=before, to_office=competent.office,
        on_paper={name: str(on_paper[name]) for name in READ if on_paper.get(name)},
        cites=[f"{cite.source} {cite.clause}" for cite in cites], reasons=masked_reasons, referred_by=by, referred_at=at,
    )  # fmt: skip
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    application.case, application.office = following, competent.office
    application.save()
    moved = application_of(following)
    say_to_applicant(moved, REFERRED, by, at, {"before": before.name, "office": competent.office.name})
    record_event(
        tag=EventTag.APPLICATION_REFERRED, subject=moved, parent=case, by=by, at=at, authority_id=before.pk,
        view=law_of(following), rules=[Basis("authority", cites)], before={"office": before.name, "case": case.pk},
        after={"office": competent.office.name, "case": following.pk, "place": moved.place}, note=masked_reasons,
    )  # fmt: skip
    return moved
