"""Read attestations on behalf of a person: whose files a place keeps, what is known of a graduate, what was attested and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from django.db.models import Exists, OuterRef, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.attestations.models import Attestation, AttestationStanding, CounterSeal
from xueji.cases.models import Case
from xueji.cases.queries import cases_visible_to, main_party_of, subject_of
from xueji.certificates.models import Certificate, CertificateState
from xueji.core.attestations import AttestationFacts
from xueji.core.errors import NotFound
from xueji.core.identifiers import normalise_resident_id
from xueji.core.months import Month
from xueji.core.packs import Pack, PackView
from xueji.core.service_specs import PaperSpec
from xueji.core.services.required_papers import COUNTERSEAL, is_counterseal_asked, is_health_programme
from xueji.institutions.models import Authority, School
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import authorities_granting, holds_at, pack_of, pack_over, pick, posts_of
from xueji.institutions.queries.succession import custodian_of, serves_files_of
from xueji.registry.models import Enrolment
from xueji.sealing.texts import blind_index, fingerprint

Place = School | Authority
KIND, CUSTODIAN_KIND = "attestation", "custodian_attestation"
KINDS = (KIND, CUSTODIAN_KIND)
HEALTH = "health"  # the line of the authorities that are asked for their seal
_RELATED = ("case", "school__authority", "number", "photo", "voided_by")


def places_attesting(user: User) -> list[Place]:
    """Return the schools and authorities where a post lets somebody fill in attestations."""
    granting = [post for post in posts_of(user) if Permission.MAKE_ATTESTATIONS in PERMISSIONS_OF[post.post]]
    schools: list[Place] = [post.school for post in granting if post.school is not None]
    return [*schools, *authorities_granting(user, Permission.MAKE_ATTESTATIONS)]


def schools_attested_by(place: Place, on: date) -> list[School]:
    """Return the schools of whose graduates a place attests: itself while nobody else keeps its files, and those whose files it keeps."""
    kept = list(serves_files_of(place, on))
    if isinstance(place, School) and custodian_of(place, on) is None:
        return [place, *kept]
    return kept


def law_over(place: Place) -> Pack:
    """Return the pack over a place that attests."""
    return pack_of(place) if isinstance(place, School) else pack_over(place)


def maker_of(attestation: Attestation) -> Place:
    """Return the place that makes an attestation: the main party of its case."""
    party = main_party_of(attestation.case)
    return party.school or party.authority  # type: ignore[return-value]  # nobody else opens one


def attestations_visible_to(user: User) -> QuerySet[Attestation]:
    """Return the attestations of the cases a person may see."""
    cases = cases_visible_to(user).filter(kind__in=KINDS).order_by()
    sealed = CounterSeal.objects.filter(attestation=OuterRef("pk"), answer=CounterSeal.Answer.SEALED)
    found = Attestation.objects.filter(case__in=cases.values("pk")).select_related(*_RELATED)
    return found.annotate(is_sealed=Exists(sealed)).order_by("-case")


def attestation_shown(user: User, case_id: object) -> Attestation:
    """Return an attestation a person may see, else NotFound."""
    found: Attestation = pick(attestations_visible_to(user), case_id)
    return found


def attestation_of(case: Case) -> Attestation:
    """Return the attestation of a case."""
    found: Attestation = subject_of(case, Attestation.objects.select_related(*_RELATED))
    return found


def attestation_for(user: User, number: str) -> Attestation:
    """Return the attestation of a number for an office that decides on applications, wherever it was made; else NotFound.

    The number is on the paper the office holds: whole, and of an attestation that was issued (void ones too: it says so).
    """
    if not authorities_granting(user, Permission.DECIDE_CASES):
        raise NotFound
    found = Attestation.objects.filter(number__number=number.strip()).select_related(*_RELATED).first()
    if found is None:
        raise NotFound("没有开具过这个编号的毕业证明")
    return found


def may_void(user: User, attestation: Attestation) -> bool:
    """Whether somebody confirms attestations where this one was made: who may void it."""
    place = maker_of(attestation)
    if isinstance(place, School):
        at_school = [post.post for post in posts_of(user) if post.school_id == place.pk]
        return any(Permission.DECIDE_CASES in PERMISSIONS_OF[post] for post in at_school)
    return holds_at(user, Permission.DECIDE_CASES, place.pk)


def standing_of(attestation: Attestation) -> AttestationStanding:
    """Return how an attestation stands; one that wants the health authority's seal is worth nothing before it has it."""
    if attestation.voided_at is not None:
        return AttestationStanding.VOID
    if attestation.number_id is None:
        return AttestationStanding.DRAFT
    if not attestation.needs_counterseal:
        return AttestationStanding.VALID
    is_sealed = getattr(attestation, "is_sealed", None)  # counted beside a list
    return (
        AttestationStanding.VALID
        if is_sealed or (is_sealed is None and sealed_by(attestation))
        else AttestationStanding.AWAITING
    )


def sealed_by(attestation: Attestation) -> CounterSeal | None:
    """Return the seal of the health authority, None while there is none."""
    return attestation.counterseals.filter(answer=CounterSeal.Answer.SEALED).first()


def counterseals_of(attestation: Attestation) -> list[CounterSeal]:
    """Return every time the health authority was asked, the newest first."""
    return list(attestation.counterseals.select_related("asked_by", "answered_by"))


def open_counterseal_of(attestation: Attestation) -> CounterSeal | None:
    """Return what the health authority was asked and did not answer yet; the database allows one."""
    return attestation.counterseals.filter(answer="", withdrawn_at=None).first()


def counterseal_to_withdraw(user: User, counterseal_id: object) -> CounterSeal:
    """Return what was asked for an attestation a person may see, else NotFound."""
    rows = CounterSeal.objects.filter(attestation__in=attestations_visible_to(user).order_by().values("pk"))
    found: CounterSeal = pick(rows.select_related("attestation__case"), counterseal_id)
    return found


def counterseal_offices(view: PackView) -> list[str]:
    """Return the offices a pack lets be asked for their seal."""
    return cast("list[str]", view.value("counterseal_offices"))


def is_counterseal_needed(facts: AttestationFacts, view: PackView) -> bool:
    """Whether the pack asks for the health authority's seal on an attestation of these facts."""
    if COUNTERSEAL not in view.keys("paper"):
        return False
    spec = view.entry("paper", COUNTERSEAL, PaperSpec)
    is_health = is_health_programme(spec, facts.plan_category, facts.programme, is_health=facts.is_health)
    return is_health and is_counterseal_asked(spec, facts.study_until, facts.duration_years)


def facts_of(attestation: Attestation) -> AttestationFacts:
    """Return the facts of an attestation, opened."""
    return AttestationFacts(
        name=attestation.name, sex=attestation.sex, resident_id=attestation.resident_id,
        native_province=attestation.native_province, native_place=attestation.native_place,
        birth_month=Month.parse(attestation.birth_month), study_from=Month.parse(attestation.study_from),
        study_until=Month.parse(attestation.study_until), programme=attestation.programme,
        plan_category=attestation.plan_category, duration_years=attestation.duration_years,
        study_form=attestation.study_form, original_number=attestation.original_number,
        contact_name=attestation.contact_name, contact_phone=attestation.contact_phone, is_health=attestation.is_health,
    )  # fmt: skip


# -- what is known of a graduate


def known_graduate(
    place: Place, resident_id: str, on: date
) -> tuple[Mapping[str, object], Enrolment, Certificate | None] | None:
    """Return what the system knows of a graduate of the schools a place attests for: form fields, record, certificate; None for nobody.

    Asked by the whole ID number alone, as it stands on the card the graduate shows.
    """
    schools = [school.pk for school in schools_attested_by(place, on)]
    records = Enrolment.objects.filter(
        person__resident_id_index=blind_index(normalise_resident_id(resident_id)), school__in=schools
    ).select_related("person", "programme", "school")
    record = records.order_by("-entry_month").first()
    if record is None:
        return None
    certificate = (
        Certificate.objects.filter(enrolment=record)
        .exclude(state=CertificateState.VOID)
        .select_related("number")
        .first()
    )
    fields: dict[str, object] = {
        "school": record.school_id, "name": record.person.name, "sex": record.person.sex,
        "birth_month": str(Month.of(record.person.birth_date)), "study_from": record.entry_month,
        "programme": record.programme.name, "duration_years": _plain(record.duration_years), "study_form": record.study_mode,
    }  # fmt: skip
    if certificate is not None:
        fields |= {
            "name": certificate.holder_name, "programme": certificate.programme_name,
            "study_from": certificate.entry_month, "study_until": certificate.graduation_month,
            "original_number": certificate.number.number, "duration_years": _plain(certificate.duration_years),
        }  # fmt: skip
    return fields, record, certificate


def _plain(years: Decimal) -> str:
    return f"{years.normalize():f}"


# -- the health authority


def counterseals_asked_of(user: User) -> QuerySet[CounterSeal]:
    """Return what the authorities were asked where a post lets somebody answer for them, the open ones first."""
    offices = [place.pk for place in authorities_granting(user, Permission.SEAL_ATTESTATIONS)]
    rows = CounterSeal.objects.filter(authority__in=offices)
    return rows.select_related("attestation__school", "attestation__number", "attestation__case", "asked_by").order_by(
        "answer", "asked_at"
    )


def counterseal_asked_of(user: User, counterseal_id: object) -> CounterSeal:
    """Return what an authority of the person's was asked, else NotFound."""
    found: CounterSeal = pick(counterseals_asked_of(user), counterseal_id)
    return found


def counterseal_by_link(handle: str, at: datetime) -> CounterSeal:
    """Return what a link asks; NotFound alike for one that was never made, was answered, withdrawn or ran out, or is void."""
    found = (
        CounterSeal.objects.filter(
            handle_index=handle_index(handle), answer="", withdrawn_at=None, expires_at__gt=at,
            attestation__voided_at=None,
        )
        .select_related("attestation__school", "attestation__number", "attestation__case", "asked_by")
        .first()
    )  # fmt: skip
    if found is None:
        raise NotFound("链接已经失效：已经答复、已经收回或者过了有效期。需要答复的，请与发来链接的学校联系")
    return found


def handle_index(handle: str) -> bytes:
    """Return the keyed index under which a link is found; the link itself is kept nowhere."""
    return fingerprint(f"counterseal link:{handle}")
