"""What can be printed of an issue: the forms of its pack, each with the ways it can be made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from xueji.certificates.models import Issue
from xueji.core.errors import BadInput
from xueji.core.packs import LETTER, BlankSpec, DocumentSpec, PackView
from xueji.institutions.models import School
from xueji.production.kinds import kind_of
from xueji.production.models import PrintRun

LATE = "late_"  # a late issue takes the form «late_x» where the pack has one for «x» (S1-13)
_KINDS = ("completion", "replacement")
_ELSEWHERE = ("receipt", "balance", "sheets", "dispatch")  # made on pages of their own
_SOURCES = {"register": "register", "roster": "roster", "calibration": "printer"}  # forms that do not say it themselves

Mode, Format = PrintRun.Mode, PrintRun.Format


@dataclass(frozen=True, slots=True)
class Printable:
    """One way of making one form: «diploma» as a sample, «roster» as a workbook."""

    document: str
    spec: DocumentSpec
    mode: str
    format: str

    @property
    def key(self) -> str:
        """The word for it in addresses and forms: «diploma.sample», «roster.xlsx», «register»."""
        return ".".join(filter(None, (self.document, self.mode or (self.format if self.format == Format.XLSX else ""))))

    @property
    def label(self) -> str:
        """What people call it."""
        extra = Mode(self.mode).label if self.mode else "Excel" if self.format == Format.XLSX else ""
        title = document_title(self.spec)
        return title if not extra or extra in title else f"{title}（{extra}）"

    @property
    def needs_printer(self) -> bool:
        """An overlay is moved by the printer's calibration."""
        return self.mode == Mode.OVERLAY

    @property
    def is_diploma(self) -> bool:
        """Whether one page is one certificate."""
        return bool(self.mode)


def source_of(spec: DocumentSpec) -> str:
    """Return which rows fill a form: the pack's own word, else what its key says."""
    if source := spec.settings.get("source"):
        return str(source)
    if "modes" in spec.settings:
        return "certificates"
    return _SOURCES.get(spec.key.removeprefix(LATE), spec.key)


def is_diploma(spec: DocumentSpec) -> bool:
    """Whether one page of the form is one certificate."""
    return "modes" in spec.settings


def modes_of(spec: DocumentSpec) -> list[str]:
    """Return the ways a diploma form may be printed; the proof is for the screen only."""
    offered = cast("list[str]", spec.settings.get("modes", []))
    return [mode for mode in (Mode.OVERLAY, Mode.FULL, Mode.SAMPLE) if mode in offered]


def document_title(spec: DocumentSpec) -> str:
    """Return a title without the blanks that a page fills in."""
    named = str(spec.settings.get("label") or "")
    if named:
        return named
    head, _, tail = spec.title.rpartition("}")
    return tail if head else spec.title


def form_key(view: PackView, issue: Issue, document: str) -> str:
    """Return the key of the form an issue takes for a document: a late one its own, where the pack has it (S1-13)."""
    late = f"{LATE}{document}"
    return late if issue.is_late and late in view.keys("document") else document


def form_of(view: PackView, issue: Issue, document: str) -> DocumentSpec:
    """Return the pack's form for a document of an issue."""
    return view.document(form_key(view, issue, document))


def printables_of(view: PackView, issue: Issue) -> tuple[Printable, ...]:
    """Return everything that can be printed of an issue, diplomas first, in the order of the pack."""
    kind = kind_of(issue)
    found: list[Printable] = []
    for key in view.keys("document"):
        spec = view.document(key)
        if (
            spec.template == LETTER
            or key.startswith(LATE)
            or str(spec.settings.get("of", _scope(key))) not in kind.forms
        ):
            continue
        source = source_of(spec)
        if source not in _ELSEWHERE and kind.offers(issue, source):
            found += _ways(key, form_of(view, issue, key))
    return tuple(sorted(found, key=lambda printable: not printable.is_diploma))


def _scope(key: str) -> str:
    return "printer" if key == "calibration" else "batch"


def _ways(key: str, spec: DocumentSpec) -> list[Printable]:
    if is_diploma(spec):
        return [Printable(key, spec, mode, Format.PDF) for mode in modes_of(spec)]
    ways = [Printable(key, spec, Mode.NONE, Format.PDF)]
    if spec.settings.get("electronic", "columns" in spec.settings):
        ways.append(Printable(key, spec, Mode.NONE, Format.XLSX))
    return ways


def printable_for(view: PackView, issue: Issue, key: str) -> Printable:
    """Return one of them by its key; BadInput names those there are."""
    all_of_them = {printable.key: printable for printable in printables_of(view, issue)}
    if key not in all_of_them:
        raise BadInput(f"这一批次没有「{key}」可打印；可用：{'、'.join(all_of_them)}")
    return all_of_them[key]


def on_blanks(view: PackView, issue: Issue) -> tuple[Printable, ...]:
    """Return the ways of printing real diplomas of an issue: samples are none."""
    return tuple(
        printable for printable in printables_of(view, issue) if printable.is_diploma and printable.mode != Mode.SAMPLE
    )


def sample_form(view: PackView, spec: DocumentSpec) -> DocumentSpec | None:
    """Return the form whose layout the sample of a diploma shares: that of its overlay; None where nothing is overlaid.

    What the sample alone bears (the code of the look-up, the remark that it is none) is taken from its own form.
    """
    key = f"{spec.key}_overlay"
    if key not in view.keys("document"):
        return None
    overlay = view.document(key)
    if "proof" not in cast("list[str]", overlay.settings.get("modes", [])):
        return None
    of_sample = {name: spec.settings[name] for name in ("qr", "look_up", "remarks") if name in spec.settings}
    return replace(overlay, settings={**overlay.settings, **of_sample})


def certificate_kind_of(spec: DocumentSpec) -> str:
    """Return which certificates a diploma form is for: its key begins with the word of the kind, else graduation."""
    word = spec.key.removeprefix(LATE).split("_")[0]
    return word if word in _KINDS else "graduation"


def keys_of_kind(kind: str) -> str:
    """Return the pattern that keys of forms for certificates of a kind fit, for a question to the database; as above.

    For any kind but graduation: its forms are those that fit none.
    """
    return rf"^({LATE})?{kind}(_|$)"


def is_central(view: PackView) -> bool:
    """Whether the authority prints for its schools (S2-35)."""
    return view.value_or("printing", "school") == "central"


def prints_centrally(issue: Issue, view: PackView) -> bool:
    """Whether the paper of an issue is printed by the authority: by the pack, or because its kind always is."""
    return kind_of(issue).prints_centrally or is_central(view)


def checks_files(view: PackView) -> bool:
    """Whether only those are sealed whose electronic file says «graduated» (S4-07)."""
    return bool(view.value_or("sealing_requires_e_file", default=False))


def blank_spec_for(view: PackView, school: School, certificate_kind: str) -> BlankSpec | None:
    """Return the kind of blank a school's certificates are printed on; None where the pack keeps no book of blanks."""
    specs = [view.blank(key) for key in view.keys("blank")]
    fitting = [spec for spec in specs if spec.certificate_kind == certificate_kind]
    if not fitting:
        return None
    for_level = next((spec for spec in fitting if school.level in spec.school_levels), None)
    general = next((spec for spec in fitting if not spec.school_levels), None)
    if (found := for_level or general) is None:
        raise BadInput(f"{school.name}的办学层次「{school.level or '未填'}」没有对应的空白证书，请先更正学校资料")
    return found


def is_on_counted_blanks(view: PackView, document: str) -> bool:
    """Whether the certificates of a form are printed on blanks of a book; a pack may count those of one kind alone."""
    kind = certificate_kind_of(view.document(document))
    return any(view.blank(key).certificate_kind == kind for key in view.keys("blank"))
