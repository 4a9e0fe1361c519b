"""A walk over every form of the product: pages found from the URL table, forms told apart by where their template wrote them.

Each form is filled as a person would, every way of sending it is tried, and the ledger refuses all of it: an act that
cannot be recorded does not happen. What comes back is compared field by field with what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.web.reading import forms_of, values_of

from xueji.accounts.models import Applicant, CredentialGrant, User
from xueji.applications.models import Application, BlacklistEntry, Defect, PaperPicture
from xueji.attestations.models import Attestation, CounterSeal
from xueji.blanks.models import Blank, BlankRequest
from xueji.cases.models import Case, Evidence, Step
from xueji.core.errors import BadInput
from xueji.graduation.models import Batch, Candidate, NumberApplication, Receipt, Season
from xueji.institutions.models import (
    Authority,
    CalendarDay,
    PlannedPrincipal,
    Programme,
    PublishedYear,
    Sanction,
    School,
    Succession,
    TeachingSite,
)
from xueji.institutions.queries import permissions_of
from xueji.licences.models import LicencePublication
from xueji.obligations.models import Obligation
from xueji.production.models import HandOut, Parcel, Printer, PrintRun, SealingRound, SealingSession
from xueji.registry.models import CorrectionRequest, Duplicate, Enrolment, Guardian
from xueji.supervision.models import (
    ListedFinding,
    Rating,
    Restriction,
    RestrictionBypass,
    StewardPost,
    Stewardship,
    SystemComparison,
)
from xueji.uploads.models import Upload
from xueji.web.controls import MACHINERY, NOTES, PageForm, Tag

TEMPLATES = Path(__file__).resolve().parents[2] / "src" / "xueji" / "web" / "templates"
POST_FORM = re.compile(r'<form\b(?=[^>]*method="post")')
MOST_KEYS = 8  # of each kind of thing, the newest
REFUSAL = "演练：没有办成"
KINDS: dict[str, Any] = {
    "batch_id": Batch, "candidate_id": Candidate, "graduates_upload_id": Upload, "step_id": Step, "case_id": Case,
    "graduate_application_id": Application, "picture_id": PaperPicture, "defect_id": Defect, "counter_application_id": Application, "evidence_id": Evidence, "material_id": PaperPicture, "printer_id": Printer, "run_id": PrintRun, "duty_id": Obligation, "round_id": SealingRound,
    "application_id": NumberApplication, "parcel_id": Parcel, "entry_id": HandOut, "session_id": SealingSession,
    "sanction_id": Sanction, "account_id": User, "blank_id": Blank, "school_id": School, "blank_request_id": BlankRequest,
    "authority_id": Authority, "programme_id": Programme, "day_id": CalendarDay, "planned_id": PlannedPrincipal, "year_id": PublishedYear, "season_id": Season, "receipt_id": Receipt, "grant_id": CredentialGrant, "records_upload_id": Upload, "directory_upload_id": Upload, "new_students_upload_id": Upload, "typed_student_upload_id": Upload, "national_upload_id": Upload, "status_changes_upload_id": Upload, "transfers_upload_id": Upload, "particulars_upload_id": Upload, "attendance_upload_id": Upload, "comparison_upload_id": Upload, "comparison_by_authority_upload_id": Upload, "comparison_id": SystemComparison, "licences_upload_id": Upload, "enrolment_id": Enrolment, "duplicate_id": Duplicate,
    "forged_application_id": Application, "blacklist_entry_id": BlacklistEntry, "own_entry_id": BlacklistEntry,
    "own_enrolment_id": Enrolment, "own_request_id": CorrectionRequest, "correction_request_id": CorrectionRequest, "guardian_id": Guardian, "finding_id": ListedFinding, "rating_id": Rating, "restriction_id": Restriction, "bypass_id": RestrictionBypass, "stewardship_id": Stewardship, "steward_post_id": StewardPost,
    "licence_publication_id": LicencePublication, "attestation_id": Attestation, "counterseal_id": CounterSeal, "succession_id": Succession, "site_id": TeachingSite,
}  # fmt: skip


# Keys of files, progress and what the public sees: no page of theirs has a form; statements need a database restored.
_UNSEEN = (
    "act_id",
    "rating_act_id",
    "blacklist_act_id",
    "own_answer_id",
    "letter_key",
    "answer_id",
    "ordinal",
    "form_key",
    "row_id",
    "draw_id",
    "publication_id",
    "job_id",
    "statement_id",
    "sign_in_id",
    "manual_key",
    "open_manual_key",
)
NO_PAGES: dict[str, list[Any]] = {key: [] for key in _UNSEEN}


def marked(source: str, name: str) -> str:
    """Return the text of a template whose POST forms say where they were written: «file#n»."""
    count = iter(range(1, 1000))
    return POST_FORM.sub(lambda found: f'{found[0]} data-written="{name}#{next(count)}"', source)


def written_forms() -> set[str]:
    """Return every POST form in the templates of the product."""
    found = set()
    for path in TEMPLATES.rglob("*.html"):
        name = path.relative_to(TEMPLATES).as_posix()
        found |= {f"{name}#{n}" for n in range(1, 1 + len(POST_FORM.findall(path.read_text(encoding="utf-8"))))}
    return found


INCLUDED = re.compile(r"""\{% (?:include|extends) "([^"]+)""")


def forms_under(names: frozenset[str]) -> frozenset[str]:
    """Return the forms that pages made of these templates may show, in whatever state."""
    found: set[str] = set()
    waiting, known = ["".join(part) for part in names], set()
    while waiting:
        name = waiting.pop()
        path = TEMPLATES / name
        if name in known or name == "base.html" or not path.is_file():
            continue
        known.add(name)
        text = path.read_text(encoding="utf-8")
        found |= {f"{name}#{n}" for n in range(1, 1 + len(POST_FORM.findall(text)))}
        waiting += INCLUDED.findall(text)
    return frozenset(found)


def of_panels(names: frozenset[str]) -> bool:
    """Whether another address of the same name may show other forms: a kind of case, or a state, puts them together, or asks first."""
    several = ("shared/step.html", "shared/student_purpose.html", "applicant/tasks.html", "applicant/status.html")
    return any(name.startswith("panels/") or name in several for name in names)


@dataclass
class Walk:
    """What was seen, and what came back wrong."""

    seen: dict[str, str] = field(default_factory=dict)  # form -> the page it stood on
    misses: list[str] = field(default_factory=list)
    buttons: dict[str, list[Tag]] = field(default_factory=dict)  # form -> its buttons, as first seen
    tried: set[tuple[str, str]] = field(default_factory=set)  # form, button

    done: set[str] = field(default_factory=set)  # names of addresses that have no more to show

    def page(self, client: Client, url: str, name: str) -> None:
        """Look at a page, and try every form on it that was not tried yet; an address with nothing more to show is done."""
        answer = client.get(url)
        if answer.status_code != 200:
            return
        if answer.streaming or "text/html" not in answer.get("Content-Type", ""):
            self.done.add(name)
            return
        html = answer.content.decode()
        for form in forms_of(html):
            if (source := form.tag.attributes.get("data-written")) is None:
                continue
            self.seen.setdefault(source, url)
            self.buttons.setdefault(source, form.submits())
            for button in form.submits():
                label = (button.attributes.get("formaction") and "formaction") or button.attributes.get("value", "")
                if (source, label) not in self.tried and "/accounts/logout/" not in form.addresses(url):
                    self.tried.add((source, label))
                    self.misses += [
                        f"{source} on {url} [{label}]: {miss}" for miss in tried(client, url, html, form, button)
                    ]
        used = frozenset(template.name for template in answer.templates if template.name)
        if not of_panels(used) and forms_under(used) <= set(self.seen):
            self.done.add(name)


def tried(client: Client, url: str, html: str, form: PageForm, button: Tag) -> Iterator[str]:
    """Send a form with this button, everything filled; yield what did not come back."""
    yield from (
        f"«{control.attributes['name']}» is secret, which its name does not say: it would be kept as a draft"
        for control in form.controls
        if control.kind == "password" and "password" not in control.attributes["name"]
    )
    sent, typed, files = filled_by_hand(form, html)
    if name := button.attributes.get("name"):
        sent[name] = [button.attributes.get("value", "")]
    target = urljoin(url, button.attributes.get("formaction") or form.tag.attributes.get("action", "") or url)
    answer = client.post(target, sent | files, HTTP_REFERER=f"http://testserver{url}")
    if answer.status_code == 200 and (question := _question(answer.content.decode())):
        sent = question
        answer = client.post(target, sent, HTTP_REFERER=f"http://testserver{target}")
    if answer.status_code < 400 or "text/html" not in answer.get("Content-Type", ""):
        yield f"answers {answer.status_code} {answer.get('Location', '')}: nothing refused it"
        return
    page = answer.content.decode()
    again = _same_form(page, form)
    if again is None:
        yield f"answers {answer.status_code} and the form is gone"
        return
    shown = values_of(again, page)
    for name, values in typed.items():
        back = [text.replace("\r\n", "\n") for text in shown.get(name, [])]
        if back != [value.replace("\r\n", "\n") for value in values]:
            yield f"«{name}» was {values}, came back as {back}"
    notes = {control.kind for control in again.controls if control.kind in NOTES}
    yield from (f"does not say that a {kind} is not kept" for kind in sorted(notes) if NOTES[kind] not in page)


def _question(html: str) -> dict[str, list[str]] | None:
    """Return what the button of a question page sends on, None when the page asks nothing."""
    for form in forms_of(html):
        if any(button.attributes.get("name") == "confirmed" for button in form.submits()):
            return values_of(form, html) | {"confirmed": ["1"]}
    return None


def _same_form(page: str, form: PageForm) -> PageForm | None:
    hidden = {
        control.attributes.get("name"): control.attributes.get("value") for control in form.controls
        if control.kind == "hidden" and control.attributes.get("name") not in MACHINERY
    }  # fmt: skip
    for repeated in forms_of(page):
        fields = {c.attributes.get("name"): c.attributes.get("value") for c in repeated.controls if c.kind == "hidden"}
        if (
            repeated.tag.attributes.get("data-written") == form.tag.attributes["data-written"]
            and hidden.items() <= fields.items()
        ):
            return repeated
    return None


def filled_by_hand(form: PageForm, html: str) -> tuple[dict[str, list[str]], dict[str, list[str]], dict[str, Any]]:
    """Return what a form sends when every field of it was touched, what of that a person typed or chose, and the files."""
    sent = {name: list(values) for name, values in values_of(form, html).items()}
    typed: dict[str, list[str]] = {}
    files: dict[str, Any] = {}
    for place, control in enumerate(form.controls):
        name = control.attributes.get("name", "")
        if (
            not name
            or "disabled" in control.attributes
            or control.name == "button"
            or control.kind in ("hidden", "submit")
        ):
            continue
        if control.kind == "file":
            files[name] = SimpleUploadedFile("一份.bin", b"of no kind at all")
        elif control.kind == "password":
            sent[name] = ["a-word-of-nobody"]
        elif control.kind in ("checkbox", "radio"):
            _tick(control, typed.setdefault(name, []), place)
        else:
            typed.setdefault(name, []).append(_value(control, place))
    return sent | typed, typed, files


def _tick(tag: Tag, values: list[str], place: int) -> None:
    """The first of each name and every third: some boxes are ticked and some are not; of radio buttons the last."""
    value = tag.attributes.get("value", "on")
    if tag.kind == "radio":
        values[:] = [value]
    elif not values or place % 3 == 0:
        values.append(value)


def _value(tag: Tag, place: int) -> str:
    """Something a person might put there, different for every field."""
    if tag.name == "select":
        return tag.options[-1].attributes.get("value", "") if tag.options else ""
    known = {"number": str(place % 7 + 1), "date": f"2019-07-{place % 20 + 1:02d}"}
    if (kind := tag.kind) in known:
        return known[kind]
    text = f"“第{place}项”" if tag.name == "input" else f"第{place}项 <b>&amp;\r\n第二行"
    return text[: int(tag.attributes.get("maxlength", 60))]


def pages(keys: tuple[str, ...], name: str) -> Iterator[str]:
    """Return the addresses of a name for the things there are."""
    choices = [_keys_of(key) for key in keys]
    queries = QUERIES[name]() if name in QUERIES else [""]
    for *values, query in islice(product(*choices, queries), MOST_KEYS * 2):
        yield reverse(name, kwargs=dict(zip(keys, values, strict=True))) + query


# Pages whose form stands for what was chosen: the choice is in the query.
QUERIES: dict[str, Callable[[], list[str]]] = {
    "school:new_status_change": lambda: [f"?record={key}" for key in _keys_of("enrolment_id")],
    "school:new_transfer": lambda: [f"?school={key}" for key in _keys_of("school_id")],
    "counterseal_link": lambda: ["?k=a-link-of-the-scene"],
    "school:intake_filing": lambda: [f"?school={key}" for key in _keys_of("school_id")],
}


def _keys_of(key: str) -> list[Any]:
    if key in KINDS:
        return list(KINDS[key].objects.order_by("-pk").values_list("pk", flat=True)[:MOST_KEYS])
    return {
        "kind": ["vocational", "employment", "changes"],
        "case_kind": ["special_case"],
        "section_key": ["diploma", "school", "study", "archive", "delivery"],
        "paper_key": ["id_card", "truth_commitment"],
        "intake": [f"{timezone.localdate().year}-autumn"],
        "arrival_kind": ["transfer_in", "junior_in"],
        "change": ["休学"],
        "blacklist_step": ["draft"],
        **NO_PAGES,
    }[key]  # a new key: say here what it names


def refuse_everything(monkeypatch: Any) -> None:
    """Let the ledger refuse every event: no act goes through, and each has come as far as it can."""

    def refuse(*_: object, **__: object) -> None:
        raise BadInput(REFUSAL)

    monkeypatch.setattr("xueji.ledger.models.Event.save", refuse)
    monkeypatch.setattr("xueji.ledger.actions.copy_rows", refuse)


def people() -> list[tuple[User, frozenset[Any]]]:
    """Return everybody who holds a post, with what they may do."""
    staff = User.objects.filter(appointments__isnull=False).distinct().order_by("pk")
    return [(user, frozenset(permissions_of(user))) for user in staff]


def applicants() -> list[Applicant]:
    """Return everybody who signs in by phone."""
    return list(Applicant.objects.select_related("user").order_by("opened_at"))
