"""What is stated in an application, as the law's pure functions ask it; and which papers are still to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from xueji.applications.models import Application, PaperPicture, label_of
from xueji.core.decisions.services import IssuerDecision, PaperDecision, decide_issuer, decide_papers
from xueji.core.errors import BadInput
from xueji.core.intakes import Intake
from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.core.services.facts import HELD, IssuerFacts, PaperFacts
from xueji.core.services.required_papers import Paper
from xueji.core.status.territories import territory_of
from xueji.institutions.queries import pack_over

COMMITMENT = "truth_commitment"
PORTRAIT = "portrait_red"
# What stands on another paper: the picture of that one shows it.
SHOWN_ON_OTHERS = frozenset({"attestation_portrait", "health_counterseal"})


def law_for(application: Application, on: date | None = None) -> PackView:
    """Return the law an application stands under: of the day it was submitted, before that of a day (today)."""
    if application.submitted_at is not None:
        on = timezone.localdate(application.submitted_at)
    return pack_over(application.centre).on(on or timezone.localdate())


def decide_office(application: Application, view: PackView) -> IssuerDecision:
    """Return who decides an application; BadInput names what is still to be stated."""
    _require(application, "category")
    entered = application.entered
    return decide_issuer(
        IssuerFacts(
            category=application.category,
            entered=Intake.parse(entered) if entered else None,
            entered_month=Month.parse(entered) if entered else None,
            graduated=Month.parse(application.graduated) if application.graduated else None,
            place=territory_of(application.place_code, view) if application.place_code else None,
            sealed_by=application.sealed_by or None,
        ),
        view,
    )


def decide_materials(application: Application, view: PackView) -> PaperDecision:
    """Return which papers an application needs; BadInput names what is still to be stated."""
    _require(application, "category", "diploma")
    return decide_papers(
        PaperFacts(
            procedure=application.kind,
            category=application.category,
            diploma=application.diploma,
            admission_form=application.admission_form or HELD,
            admission_office_copy=application.has_office_copy,
            entered=Intake.parse(application.entered) if application.entered else None,
            graduated=Month.parse(application.graduated) if application.graduated else None,
            duration_years=application.duration_years,
            health_major=application.is_health,
            programme=application.programme,
            mismatch=tuple(application.mismatch),
            identity_changed=application.identity_changed,
            school_status=application.school_state,
        ),
        view,
    )


def _require(application: Application, *names: str) -> None:
    for name in names:
        if not getattr(application, name):
            raise BadInput(f"请填写「{label_of(name)}」")


@dataclass(frozen=True, slots=True)
class MaterialStatus:
    """A paper of an application: its pictures, and whether it is there, or another that may stand in its place."""

    paper: Paper
    pictures: tuple[PaperPicture, ...]
    is_covered: bool
    is_signed: bool = False  # the commitment, on the screen

    @property
    def is_portrait(self) -> bool:
        """Whether it is the photograph of the person."""
        return self.paper.spec.key == PORTRAIT


def material_statuses(
    application: Application, decision: PaperDecision, materials: list[PaperPicture]
) -> list[MaterialStatus]:
    """Return the papers an application asks to be uploaded, each with what came of it."""
    by_paper: dict[str, list[PaperPicture]] = {}
    for material in materials:
        by_paper.setdefault(material.paper, []).append(material)
    signed = application.signed_at is not None
    given = set(by_paper) | ({COMMITMENT} if signed else set())
    return [
        MaterialStatus(
            paper,
            tuple(by_paper.get(paper.spec.key, ())),
            bool(given & {paper.spec.key, *paper.any_of, *_instead_of(paper, decision)}),
            is_signed=signed and paper.spec.key == COMMITMENT,
        )
        for paper in decision.papers
        if paper.spec.key not in SHOWN_ON_OTHERS
    ]


def _instead_of(paper: Paper, decision: PaperDecision) -> set[str]:
    """Return the papers in whose group this one stands too: either of them will do."""
    return {key for other in decision.papers if paper.spec.key in other.any_of for key in other.any_of}


def instead_of(application: Application, key: str) -> set[str]:
    """Return the papers that answer for one that is asked for: itself, and those that may be brought in its place."""
    decision = decide_materials(application, law_for(application))
    groups = ({key, *paper.any_of, *_instead_of(paper, decision)} for paper in decision.papers if paper.spec.key == key)
    return next(groups, {key})


def stated_facts(application: Application) -> list[tuple[str, str]]:
    """Return what is stated, in words, in the order of the form; what was left empty is left out."""
    choices = {
        name: str(getattr(application, f"get_{name}_display")())
        for name in ("diploma", "school_state", "sealed_by", "admission_form", "delivery")
    }
    values: dict[str, object] = {
        "holder_name": application.holder_name, "category": application.category, "school_name": application.school_name,
        "school_state": choices["school_state"], "entered": application.entered, "graduated": application.graduated,
        "programme": application.programme, "study_mode": application.study_mode,
        "original_number": application.original_number, "diploma": choices["diploma"],
        "sealed_by": choices["sealed_by"], "admission_form": choices["admission_form"],
        "mismatch": "、".join(str(Application.Mismatch(word).label) for word in application.mismatch),
        "delivery": choices["delivery"], "mail_address": application.mail_address,
    }  # fmt: skip
    return [(label_of(name), str(value)) for name, value in values.items() if value]
