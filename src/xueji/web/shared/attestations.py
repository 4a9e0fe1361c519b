"""毕业证明 as schools and who keeps the files of one make it: filled in, put right, printed, voided; found by its number."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.attestations.actions import (
    correct_attestation,
    open_attestation,
    record_attestation_fetch,
    void_attestation,
)
from xueji.attestations.models import Attestation, AttestationStanding
from xueji.attestations.paper_queries import letter_of
from xueji.attestations.queries import (
    Place,
    attestation_for,
    attestation_shown,
    attestations_visible_to,
    facts_of,
    known_graduate,
    law_over,
    maker_of,
    places_attesting,
    schools_attested_by,
    standing_of,
)
from xueji.cases.law import law_of
from xueji.cases.queries import files_for
from xueji.core.attestations import DOCUMENT
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted, RuleViolation
from xueji.core.packs import PackView
from xueji.documents.render import render_letter
from xueji.institutions.models import School
from xueji.institutions.queries import authorities_granting
from xueji.ledger.tags import EventTag
from xueji.web.access import requires, takes_upload
from xueji.web.attestation_forms import AttestationForm, CorrectedAttestationForm, NumberForm, key_of
from xueji.web.clauses import shown_clauses
from xueji.web.forms import ReasonForm, add_refusal, posted, require_valid
from xueji.web.listing import made_answer, page_of, stored_answer
from xueji.web.looks import note_look
from xueji.web.needs import is_met

_REFUSALS = (RuleViolation, BadInput, Conflict, NotPermitted)
_NEED = f"document:{DOCUMENT}"
Choices = dict[str, tuple[Place, School]]


@require_GET
@requires(P.VIEW_REGISTER)
def attestations(request: HttpRequest) -> HttpResponse:
    """List what the person's places attested, the newest first."""
    user = cast("User", request.user)
    page = page_of(request, attestations_visible_to(user))
    rows = [(row, standing_of(row)) for row in page.object_list]
    context = {
        "page": page, "rows": rows, "may_make": bool(_choices(user)[0]),
        "may_check": bool(authorities_granting(user, P.DECIDE_CASES)),
    }  # fmt: skip
    return render(request, "shared/attestations.html", context)


@require_http_methods(["GET", "POST"])
@requires(P.MAKE_ATTESTATIONS)
@takes_upload("MAX_EVIDENCE_BYTES")
def new_attestation(request: HttpRequest) -> HttpResponse:
    """Fill in an attestation; of somebody the register knows, the form is filled by the number on the card."""
    user = cast("User", request.user)
    choices, view = _choices(user)
    if view is None:
        return render(request, "shared/attestation_form.html", {"form": None})
    offered = _offered(choices)
    form = AttestationForm(
        posted(request), request.FILES or None, view=view, choices=offered,
        initial={"contact_name": user.full_name, "contact_phone": user.phone},
    )  # fmt: skip
    if request.POST.get("act") == "find":
        form = _filled(request, form, view, choices)
    elif form.is_bound and form.is_valid():
        place, school = choices[form.cleaned_data["school"]]
        try:
            made = open_attestation(
                place=place, school=school, facts=form.facts(), photo=form.photo_bytes(),
                has_steel_seal=form.cleaned_data["has_steel_seal"], by=user, at=timezone.now(),
            )  # fmt: skip
        except _REFUSALS as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已填写毕业证明：请核对，再提交本单位另一人确认")
            return redirect("school:case", made.case_id)
    return _form_page(request, form, view)


@require_http_methods(["GET", "POST"])
@requires(P.MAKE_ATTESTATIONS)
@takes_upload("MAX_EVIDENCE_BYTES")
def correction(request: HttpRequest, attestation_id: int) -> HttpResponse:
    """Put right what is drafted or was sent back."""
    found = attestation_shown(cast("User", request.user), attestation_id)
    if not files_for(request.user, found.case):
        raise NotPermitted("毕业证明由开具单位的经办人更正")
    view, known = law_of(found.case), facts_of(found)
    offered = [(str(found.school_id), found.school.name)]
    initial = asdict(known) | {
        "resident_id": "",
        "has_steel_seal": found.has_steel_seal,
        "duration_years": f"{known.duration_years.normalize():f}",
    }
    form = CorrectedAttestationForm(
        posted(request), request.FILES or None, view=view, choices=offered, initial=initial
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        facts = form.facts()
        try:
            correct_attestation(
                attestation=found, facts=facts if facts.resident_id else replace(facts, resident_id=known.resident_id),
                photo=form.photo_bytes(), has_steel_seal=form.cleaned_data["has_steel_seal"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except _REFUSALS as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已更正毕业证明")
            return redirect("school:case", found.case_id)
    return _form_page(request, form, view, found)


@require_GET
@requires(P.FETCH_DOCUMENTS)
def paper(request: HttpRequest, attestation_id: int) -> HttpResponse:
    """Print an attestation that was issued; that it was taken is in the ledger first."""
    found = attestation_shown(cast("User", request.user), attestation_id)
    if found.number is None or standing_of(found) == AttestationStanding.VOID:
        raise Conflict("毕业证明还没有开具，或者已经作废，不能打印")
    spec = law_of(found.case).document(DOCUMENT)
    assert found.issued_on is not None
    pdf = render_letter(spec, letter_of(found), issued_on=found.issued_on).pdf
    record_attestation_fetch(attestation=found, purpose="打印", by=request.user, at=timezone.now())
    return made_answer(pdf, f"毕业证明 {found.number.number}.pdf", "application/pdf", inline=True)


@require_GET
@requires(P.VIEW_REGISTER)
def photo(request: HttpRequest, attestation_id: int) -> HttpResponse:
    """Send the photograph of an attestation."""
    found = attestation_shown(cast("User", request.user), attestation_id)
    if found.photo is None:
        raise NotFound
    note_look(request, EventTag.PHOTOS_VIEWED, found, school_id=found.case.school_id, parent=found.case)
    return stored_answer(found.photo, "photo.jpg", inline=True)


@require_POST
@requires(P.REVEAL_IDENTITY)
def whole_number(request: HttpRequest, attestation_id: int) -> HttpResponse:
    """Show number and birth month whole, once, to hold them against the card; who, when and why is in the ledger first."""
    found = attestation_shown(cast("User", request.user), attestation_id)
    record_attestation_fetch(
        attestation=found, purpose=request.POST.get("reason", ""), by=request.user, at=timezone.now()
    )
    answer = render(request, "shared/attestation_number.html", {"attestation": found, "facts": facts_of(found)})
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@requires(P.DECIDE_CASES)
def voiding(request: HttpRequest, attestation_id: int) -> HttpResponse:
    """Void an attestation, with the reason."""
    found = attestation_shown(cast("User", request.user), attestation_id)
    form = ReasonForm(request.POST)
    require_valid(form)
    void_attestation(attestation=found, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    messages.success(request, "毕业证明已作废，编号不再使用")
    return redirect("school:case", found.case_id)


@require_GET
@requires(P.DECIDE_CASES)
def check(request: HttpRequest) -> HttpResponse:
    """Tell an office that holds a paper what was issued under its number, wherever that was."""
    form = NumberForm(request.GET)
    number = form.cleaned_data["number"].strip() if form.is_valid() else ""
    context: dict[str, object] = {"form": form, "number": number}
    if number:
        try:
            found = attestation_for(cast("User", request.user), number)
        except NotFound:
            context["is_missing"] = True
        else:
            note_look(request, EventTag.ATTESTATION_FETCHED, found, school_id=found.case.school_id, parent=found.case)
            context |= {"attestation": found, "standing": standing_of(found), "maker": maker_of(found)}
    return render(request, "shared/attestation_check.html", context)


def _choices(user: User) -> tuple[Choices, PackView | None]:
    """Return for whose graduates somebody may fill in attestations under a law that has the form, and that law."""
    today, found, law = timezone.localdate(), Choices(), None
    for place in places_attesting(user):
        schools = schools_attested_by(place, today)
        if not schools or not is_met(view := law_over(place).on(today), _NEED):
            continue
        law = law or view
        found |= {key_of(place, school): (place, school) for school in schools}
    return found, law


def _offered(choices: Choices) -> list[tuple[str, str]]:
    return [
        (key, school.name if school == place else f"{school.name}（档案由{place}保管）")
        for key, (place, school) in choices.items()
    ]


def _filled(request: HttpRequest, form: AttestationForm, view: PackView, choices: Choices) -> AttestationForm:
    """Return the form filled with what the register knows of a number; with the refusal where it knows nothing."""
    chosen = choices.get(request.POST.get("school", ""))
    typed = request.POST.get("resident_id", "").strip()
    found = known_graduate(chosen[0], typed, timezone.localdate()) if chosen and typed else None
    if found is None:
        form.errors.clear()
        form.add_error("resident_id", "学籍库里没有这个号码的毕业生：请按存档材料填写")
        return form
    known, record, _ = found
    place = chosen[0] if chosen else record.school
    initial = {name: value for name, value in request.POST.items() if value} | known
    initial["school"] = key_of(place, record.school)
    return AttestationForm(view=view, choices=_offered(choices), initial=initial)


def _form_page(
    request: HttpRequest, form: AttestationForm, view: PackView, found: Attestation | None = None
) -> HttpResponse:
    spec = view.document(DOCUMENT)
    context = {"form": form, "attestation": found, "clauses": shown_clauses(spec.cites)}
    return render(request, "shared/attestation_form.html", context, status=422 if form.errors else 200)
