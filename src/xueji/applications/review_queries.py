"""What an office goes through in an application: sections of checks, each fact as stated, as registered, with the papers that show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from xueji.applications.facts import PORTRAIT, MaterialStatus, decide_materials, law_for, material_statuses
from xueji.applications.models import NUMBER_LOST, Application, CounterEntry, Defect, PaperPicture, label_of
from xueji.cases.models import Case
from xueji.certificates.models import Certificate, CertificateState
from xueji.core.findings import Citation
from xueji.core.identifiers import parse_resident_id
from xueji.core.packs import PackView
from xueji.core.service_specs import PaperSpec, RefusalSpec, ServiceSpec
from xueji.institutions.models import School
from xueji.institutions.queries.succession import school_of_any_name
from xueji.registry.models import Person
from xueji.registry.queries.documents import other_documents
from xueji.sealing.texts import blind_index

# The papers on which the facts of a diploma can be read, the surest first.
_SHOW_FACTS = (
    "diploma_or_replacement", "attestation", "admission_form", "admission_form_office", "list_confirmed", "admission_form_lost_proof",
)  # fmt: skip
_FACTS = (
    "holder_name", "birth_date", "category", "school_name", "entered", "graduated", "programme", "duration_years", "study_mode",
    "original_number",
)  # fmt: skip
# the papers whose clause says what becomes of a fact that differs
_MISMATCH = {
    "birth_date": "school_mismatch_birth",
    "holder_name": "school_mismatch_name",
    "programme": "transfer_form_or_school_proof",
}
State = Application.State
_WHO = ("id_card", PORTRAIT, "police_change")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at: a fact as stated and as registered, or a paper; with its pictures and the clause that asks for it."""

    key: str
    label: str
    cites: tuple[Citation, ...]
    stated: str = ""
    registered: str = ""
    pictures: tuple[PaperPicture, ...] = ()  # of a paper
    is_fact: bool = False
    is_missing: bool = False
    usual: str = ""  # what is usually said when it is not in order

    @property
    def differs(self) -> bool:
        """Whether what is stated is not what is registered."""
        return bool(self.registered) and self.says_otherwise(self.registered)

    def says_otherwise(self, text: str) -> bool:
        """Whether a text says something else than is stated."""
        return bool(self.stated) and _plain(self.stated) != _plain(text)


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """Checks that belong together, and the pictures that show what they are about, each under the name of its paper."""

    title: str
    checks: tuple[Check, ...]
    pictures: tuple[tuple[str, PaperPicture], ...] = ()


def sections_of(application: Application) -> list[ReviewSection]:
    """Return what there is to check in an application, section by section; four statements."""
    view = law_for(application)
    decision = decide_materials(application, view)
    papers = material_statuses(application, decision, list(application.materials.select_related("file")))
    service = view.entry("service", application.kind, ServiceSpec)
    return [
        ReviewSection("身份", tuple(_paper(row, application) for row in papers if row.paper.spec.key in _WHO)),
        ReviewSection("毕业信息", tuple(_facts(application, view, service.cites)), _showing_facts(papers)),
        ReviewSection("材料", tuple(_paper(row, application) for row in papers if row.paper.spec.key not in _WHO)),
        ReviewSection("其他", (Check(Defect.OTHER, "其他事项", service.cites),)),
    ]


def refusals_of(view: PackView, kind: str) -> list[RefusalSpec]:
    """Return the grounds on which an application of a kind may be refused."""
    specs = (view.entry("refusal", key, RefusalSpec) for key in view.keys("refusal"))
    return [spec for spec in specs if kind in spec.services]


def diploma_of(application: Application) -> Certificate | None:
    """Return the diploma of an application as the system issued it: by its number, else the one of its month and school.

    The school counts under any name it ever had.
    """
    diplomas = Certificate.objects.filter(
        person__in=persons_of(application), kind="graduation", state=CertificateState.SEALED
    ).select_related("number")
    number = application.original_number.strip()
    if number and number != NUMBER_LOST and (named := diplomas.filter(number__number=number).first()):
        return named
    at_school = Q(school_name=application.school_name)
    if (school := school_of(application)) is not None:
        at_school |= Q(school=school)
    same = list(diplomas.filter(at_school, graduation_month=application.graduated)[:2])
    return same[0] if len(same) == 1 else None


def number_trouble(application: Application) -> str:
    """Return why the stated number of a diploma allows no replacement, in words; empty where the system knows nothing against it."""
    number = application.original_number.strip()
    if number in ("", NUMBER_LOST):
        return ""
    named = Certificate.objects.filter(number__number=number, kind="graduation").first()
    if named is None:
        return ""
    if named.person_id not in {person.pk for person in persons_of(application)}:
        return f"编号 {number} 的毕业证书登记在另一人名下：请核对编号和本人身份，查明以前不能同意"
    if named.state != CertificateState.SEALED:
        return f"编号 {number} 的毕业证书{named.get_state_display()}，不能据以办理；已换发的，应填写新证书的编号"
    return ""


def school_of(application: Application) -> School | None:
    """Return the school of an application where the system knows it, under any name it ever had."""
    return application.school or school_of_any_name(application.centre, application.school_name)


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """What the document says by which an applicant's identity was proven; empty where it does not tell."""

    kind: str
    resident_id: str  # the number, of whatever document
    sex: str
    birth_date: date | None


def document_of(application: Application) -> DocumentRead:
    """Return the proven document; sex and birth date of another than an identity card as an officer read them.

    For this application, else last before it was submitted: what is read at a counter afterwards is of another, and what
    was withdrawn says nothing.
    """
    applicant = application.applicant
    number, on = applicant.document_number, timezone.localdate(application.submitted_at)
    read = parse_resident_id(number, on=on)
    if read.problem is None:
        return DocumentRead(applicant.document_kind, number, read.sex or "", read.birth_date)
    entries = CounterEntry.objects.filter(application__applicant=applicant, birth_date__isnull=False)
    before = entries.filter(entered_at__lte=application.submitted_at).exclude(application__state=State.WITHDRAWN)
    entry = entries.filter(application=application).first() or before.order_by("entered_at", "pk").last()
    sex, born = (entry.sex, entry.birth_date) if entry else ("", None)
    return DocumentRead(applicant.document_kind, number, sex, born)


def persons_of(application: Application) -> list[Person]:
    """Return the persons of the register whose document, of today or earlier, is the applicant's."""
    index = blind_index(application.applicant.document_number)  # the stored one is not covered by the row's digest
    others = other_documents([index]).values("person")
    return list(Person.objects.filter(Q(resident_id_index=index) | Q(pk__in=others)))


def application_of(case: Case) -> Application:
    """Return the application a case decides."""
    return Application.objects.select_related("applicant__user", "centre", "office", "case", "school").get(case=case)


def _paper(row: MaterialStatus, application: Application) -> Check:
    spec = row.paper.spec
    usual = "照片模糊、反光或不完整，请重新拍摄" if row.pictures else f"请补传「{spec.label}」"
    return Check(
        spec.key, spec.label, spec.clauses[application.kind], pictures=row.pictures, is_missing=not row.is_covered, usual=usual
    )  # fmt: skip


def _showing_facts(papers: Iterable[MaterialStatus]) -> tuple[tuple[str, PaperPicture], ...]:
    rows = {row.paper.spec.key: row for row in papers}
    shown = (rows[key] for key in _SHOW_FACTS if key in rows)
    return tuple((row.paper.spec.label, picture) for row in shown for picture in row.pictures)


def _facts(application: Application, view: PackView, usual: tuple[Citation, ...]) -> Iterable[Check]:
    registered = _registered(diploma_of(application))
    known = set(view.keys("paper"))
    for name in _FACTS:
        value = getattr(application, name)
        paper = _MISMATCH.get(name, "")
        cites = view.entry("paper", paper, PaperSpec).clauses[application.kind] if paper in known else usual
        yield Check(
            name, label_of(name), cites, str(value) if value else "", registered.get(name, ""), is_fact=True,
            usual="与材料上的记载不一致，请核对后更正或提供证明",
        )  # fmt: skip


def _registered(diploma: Certificate | None) -> Mapping[str, str]:
    if diploma is None:
        return {}
    return {
        "holder_name": diploma.holder_name, "birth_date": str(diploma.holder_birth_date), "school_name": diploma.school_name,
        "entered": diploma.entry_month, "graduated": diploma.graduation_month, "programme": diploma.programme_name,
        "duration_years": str(diploma.duration_years), "study_mode": diploma.study_mode,
        "original_number": diploma.number.number,
    }  # fmt: skip


def _plain(text: str) -> str:
    """Return a value without what writing differs in: spaces, dots in names, a decimal that says nothing."""
    return "".join(text.split()).replace("·", "").removesuffix(".0")
