"""Read applications: an applicant's own, what a picture shows, which centres serve applicants, where one stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from xueji.accounts.models import Applicant, User
from xueji.accounts.permissions import Permission
from xueji.applications.blacklist_queries import not_over
from xueji.applications.facts import (
    PORTRAIT,
    MaterialStatus,
    decide_materials,
    law_for,
    material_statuses,
    stated_facts,
)
from xueji.applications.models import Application, CounterEntry, Defect, PaperPicture
from xueji.applications.wordings import KEPT, NOT_KEPT
from xueji.cases.models import Case, CaseState, Step, StepState
from xueji.cases.queries import case_for
from xueji.core.errors import BadInput, NotFound
from xueji.core.service_specs import REPLACEMENT
from xueji.institutions.models import Authority, Level
from xueji.institutions.queries import authorities_granting, holds_at, pack_over

_OPEN = [StepState.CURRENT, StepState.DEFERRED, StepState.PAUSED]


def serves_applicants(authority: Authority, on: date) -> bool:
    """Whether the law over an authority knows services for graduates on a day."""
    try:
        return bool(pack_over(authority).on(on).keys("service"))
    except BadInput:  # no pack covers its territory
        return False


def centres(on: date) -> list[Authority]:
    """Return the provinces of this installation that serve applicants."""
    provinces = Authority.objects.filter(level=Level.PROVINCE).order_by("path")
    return [authority for authority in provinces if serves_applicants(authority, on)]


def document_kinds(centre: Authority, on: date) -> list[str]:
    """Return the kinds of document for which the law over an authority has a code, then those it knows by their numbers alone."""
    view = pack_over(centre).on(on)
    codes, shapes = view.table("id_document_types"), view.table("id_document_shapes")
    return list(dict.fromkeys([*codes.values(), *(name for name in shapes if name not in codes)]))


def office_of(centre: Authority, code: str) -> Authority | None:
    """Return the authority that is the office of a territory, or None when it is not in this installation."""
    return Authority.objects.filter(line=centre.line, division_code=code, path__startswith=centre.path).first()


def applications_of(applicant: Applicant) -> QuerySet[Application]:
    """Return what a person applied for, the newest first."""
    return Application.objects.filter(applicant=applicant).select_related("office", "case", "school")


def application_for(applicant: Applicant, application_id: UUID) -> Application:
    """Return an application of a person; NotFound for anybody else's."""
    rows = applications_of(applicant).select_related("applicant__user", "centre", "office", "case", "school")
    application = rows.filter(pk=application_id).first()
    if application is None:
        raise NotFound("没有找到这份申请")
    return application


def material_for(applicant: Applicant, material_id: UUID) -> PaperPicture:
    """Return a picture of a person's own application; NotFound for anybody else's."""
    rows = PaperPicture.objects.filter(application__applicant=applicant).select_related(
        "application__applicant", "file"
    )
    material = rows.filter(pk=material_id).first()
    if material is None:
        raise NotFound("没有找到这张图片")
    return material


@dataclass(frozen=True, slots=True)
class ApplicationStanding:
    """Where a submitted application stands: who acts now, since when, and how many were submitted before it and wait still."""

    actor: str
    since: datetime | None
    ahead: int
    step: int  # of the four an applicant is shown: submitted, under review, decided, handed over
    reasons: str = ""


def standing_of(application: Application) -> ApplicationStanding:
    """Return where an application stands; two statements for a submitted one."""
    if application.case is None or application.place is None:
        return ApplicationStanding("您", application.opened_at, 0, 0)
    if application.state != Application.State.SUBMITTED:
        return ApplicationStanding("已办结", application.ended_at, 0, 3, _last_reasons(application))
    if application.case.state == CaseState.RETURNED:
        return ApplicationStanding("您（请补正材料）", None, 0, 1, _last_reasons(application))
    step = Step.objects.filter(case=application.case, state__in=_OPEN).select_related("authority", "school").first()
    ahead = Application.objects.filter(
        office=application.office, kind=application.kind, state=Application.State.SUBMITTED, place__lt=application.place
    ).count()
    return ApplicationStanding(step.place.name if step else "受理机构", step.opened_at if step else None, ahead, 2)


def _last_reasons(application: Application) -> str:
    steps = Step.objects.filter(case=application.case, decisions__isnull=False).order_by("-decisions__id")
    step = steps.prefetch_related("decisions").first()
    return "" if step is None else str(step.decisions.order_by("-id")[0].reasons)


@dataclass(frozen=True, slots=True)
class ApplicationShown:
    """An application as an officer reads it: what is stated, each paper with its pictures, how its identity was proven."""

    application: Application
    facts: list[tuple[str, str]]
    papers: list[MaterialStatus]
    counter: CounterEntry | None  # who entered it at a counter, and who came for the applicant


def application_shown(case: Case) -> ApplicationShown:
    """Return the application of a case the caller may see; three statements."""
    rows = Application.objects.select_related(
        "applicant", "centre", "office", "school", "counter__authority", "counter__entered_by"
    )
    application = rows.get(case=case)
    decision = decide_materials(application, law_for(application))
    papers = material_statuses(application, decision, list(application.materials.all()))
    return ApplicationShown(application, stated_facts(application), papers, getattr(application, "counter", None))


def material_of_case(user: User, case_id: int, material_id: UUID) -> PaperPicture:
    """Return a picture of the application of a case that somebody may see; NotFound for any other."""
    case = case_for(user, case_id)
    material = PaperPicture.objects.filter(application__case=case, pk=material_id).select_related("file").first()
    if material is None:
        raise NotFound("没有找到这张图片")
    return material


def power_of_case(user: User, case_id: int) -> CounterEntry:
    """Return the entry with its power of attorney of a case that somebody may see; NotFound where nobody was represented."""
    rows = CounterEntry.objects.filter(application__case=case_for(user, case_id), power__isnull=False)
    entry = rows.select_related("power", "application").first()
    if entry is None:
        raise NotFound("这份申请没有委托书")
    return entry


def portrait_of(application: Application) -> PaperPicture:
    """Return the photograph of the person, the last one sent."""
    return application.materials.filter(paper=PORTRAIT).order_by("-ordinal")[0]


@dataclass(frozen=True, slots=True)
class LetterItem:
    """One item of an office's letter, as its applicant is shown it.

    `answered_by` says how it is answered: "paper" by `add_material` of the paper `aspect`, "fact" by `state_facts` of the
    fact `aspect`, each also by words (`answer_defect`); "words" by words alone.
    """

    defect: Defect
    answered_by: str  # paper | fact | words

    @property
    def is_answered(self) -> bool:
        """Whether the applicant answered it."""
        return self.defect.answered_at is not None


def letter_of(application: Application) -> list[LetterItem]:
    """Return what the office's last letter asks an applicant to supplement, all at once; empty where there was none.

    The letter is open while the case of the application is returned; `resubmit_application` sends the answers.
    """
    last = application.defects.filter(ground="").order_by("-round").first()
    rows = application.defects.filter(round=last.round, ground="") if last else []
    return [LetterItem(row, _answered_by(row)) for row in rows]


def may_act_for(application: Application, user: User) -> bool:
    """Whether somebody fills in, submits and supplements an application: its applicant, and who serves at the counter it came to."""
    if user.pk == application.applicant.user_id:
        return True
    entry = CounterEntry.objects.filter(application=application).first()
    return entry is not None and holds_at(user, Permission.SERVE_AT_COUNTER, entry.authority_id)


def counter_of(user: User) -> Authority | None:
    """Return the authority at whose counter somebody serves, where applicants are served there at all."""
    places = authorities_granting(user, Permission.SERVE_AT_COUNTER)
    return next((place for place in places if serves_applicants(place, timezone.localdate())), None)


def entered_at_counter(user: User, search: str = "") -> QuerySet[Application]:
    """Return what came to the counters at which somebody serves, the newest first; by part of a receipt number or a name."""
    rows = Application.objects.filter(counter__authority__in=authorities_granting(user, Permission.SERVE_AT_COUNTER))
    if search := search.strip():
        rows = rows.filter(Q(receipt__contains=search) | Q(applicant__name__icontains=search))
    return rows.select_related(
        "applicant__user", "centre", "office", "case", "school", "counter__authority", "counter__entered_by"
    )


def counter_application_for(user: User, application_id: UUID) -> Application:
    """Return an application that came to the counter at which somebody serves; NotFound for any other."""
    application = entered_at_counter(user).filter(pk=application_id).first()
    if application is None:
        raise NotFound("没有找到这份窗口受理的申请")
    return application


def is_returned(application: Application) -> bool:
    """Whether an application lies with its applicant to be supplemented."""
    return application.case is not None and application.case.state == CaseState.RETURNED


def item_in(application: Application, defect_id: UUID) -> LetterItem:
    """Return an item of the letter of an application; NotFound for any other."""
    row = application.defects.filter(pk=defect_id, ground="").select_related("application__applicant").first()
    if row is None:
        raise NotFound("没有找到补正通知的这一项")
    return LetterItem(row, _answered_by(row))


def due_of(application: Application, letter: list[LetterItem]) -> date | None:
    """Return by when a letter is to be answered; None where the law over an application sets no term."""
    days = law_for(application).value_or("supplement_days", None)
    if not letter or days is None:
        return None
    return timezone.localdate(letter[0].defect.found_at) + timedelta(days=cast("int", days))


def waiting_for_answers() -> list[UUID]:
    """Return the applications that lie with their applicants to be supplemented, the longest first."""
    rows = Application.objects.filter(state=Application.State.SUBMITTED, case__state=CaseState.RETURNED)
    return list(rows.order_by("place").values_list("pk", flat=True))


def centres_with_applications() -> list[Authority]:
    """Return the authorities that have applications."""
    return list(Authority.objects.filter(pk__in=Application.objects.order_by().values("centre")).order_by("pk"))


def ended_before(centre: Authority, day: date, on: date) -> list[Application]:
    """Return the applications of a centre that ended before a day and whose pictures are still here, the longest ago first.

    Not those on whose papers an entry of the blacklist rests `on` the day that is asked: undecided, or published and not
    run out.
    """
    ended = Application.objects.filter(centre=centre, ended_at__date__lt=day, forgotten_at__isnull=True)
    ended = ended.exclude(pk__in=not_over(on).values("application"))
    return list(ended.select_related("centre", "case").order_by("ended_at", "id"))


def queue_words(application: Application) -> str:
    """Return what becomes of the place in the queue when an application is supplemented, in a sentence: the word of the pack."""
    by_first = law_for(application).value_or("replacement_queue", "complete") == "complete"
    return KEPT if application.kind != REPLACEMENT or by_first else NOT_KEPT


def grounds_of(application: Application) -> list[Defect]:
    """Return on which grounds an application was refused, each with its clause; empty where it was not."""
    return list(application.defects.exclude(ground=""))


def open_defects(application: Application) -> list[Defect]:
    """Return what of the last letter is not answered yet."""
    if application.case is None:
        return []
    return list(application.defects.filter(round=application.case.round, ground="", answered_at=None))


def asked_defects(application: Application) -> list[Defect]:
    """Return what the letter of this round asks, answered or not: until it is sent back each may be answered anew."""
    if application.case is None:
        return []
    return list(application.defects.filter(round=application.case.round, ground=""))


def _answered_by(defect: Defect) -> str:
    if defect.aspect == Defect.OTHER:
        return "words"
    return "fact" if defect.aspect in {field.name for field in Application._meta.fields} else "paper"  # noqa: SLF001  # Django's documented interface
