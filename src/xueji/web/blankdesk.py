"""Acts on blanks as both portals offer them: one page, one field of serials, what is expected, what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.accounts.models import User
from xueji.blanks import actions
from xueji.blanks.models import Blank, BlankMovement, BlankRequest, BlankState
from xueji.blanks.queries import GONE_BACK, blanks_at, trail_of
from xueji.blanks.queries.balance import TERMS
from xueji.blanks.queries.books import Place, blank_book_of, blank_specs
from xueji.core.errors import XuejiError
from xueji.core.packs import BlankSpec
from xueji.core.serials import SerialRange, compress, count_of, format_range, format_ranges, parse_serials
from xueji.institutions.models import Authority, School
from xueji.institutions.queries import authorities_from, pick
from xueji.web.forms import add_refusal

_RANGES_SHOWN = 60


@dataclass(frozen=True, slots=True)
class DeskAct:
    """One act on the desk: which sheets it expects, and what a person must say."""

    key: str
    label: str
    expects: tuple[str, ...]  # states at the place; empty: new serials
    says: str = ""  # label of the reason; empty: none is asked for
    must_say: bool = False
    has_missing: bool = False
    has_target: bool = False
    danger: bool = False


RECEIVE = DeskAct("receive", "入库", (), "来源（承印单位、送货单号）", must_say=True)
CONFIRM = DeskAct("confirm", "签收", (BlankState.DRAWN,), "缺少的说明", has_missing=True)
TRANSFER = DeskAct("transfer", "发给下级", (BlankState.STOCK,), "说明", has_target=True)
SPOIL = DeskAct(
    "spoil", "登记损坏", (BlankState.STOCK, BlankState.LOADED, BlankState.USED), "损坏原因", must_say=True, danger=True
)
RETURN = DeskAct("return", "缴回损坏证书", (BlankState.SPOILED,), "说明")
STAMP = DeskAct("stamp", "盖作废章保存", (BlankState.RETURNED,), "存放处")
LOSE = DeskAct(
    "lose",
    "报失",
    tuple(state for state in BlankState.values if state != BlankState.LOST),
    "经过",
    must_say=True,
    danger=True,
)
FIND = DeskAct("find", "寻回", (BlankState.LOST,), "经过", must_say=True)
GIVE_BACK = DeskAct("give_back", "退还未用", (BlankState.STOCK,), "原因", must_say=True)


class DeskForm(forms.Form):
    """Serials, one by one or as ranges, and what the act asks for besides."""

    serials = forms.CharField(
        label="流水码", required=False, widget=forms.Textarea(attrs={"rows": 5, "data-scan-list": "", "spellcheck": "false"}),
        help_text="一行一个，或写起止号；手持扫描枪扫入上面一栏",
    )  # fmt: skip
    missing = forms.CharField(
        label="缺少的流水码", required=False, widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})
    )
    to = forms.ChoiceField(label="发给", required=True)
    reason = forms.CharField(label="说明", required=False, max_length=200)

    def __init__(self, *args: Any, act: DeskAct, targets: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not act.has_missing:
            del self.fields["missing"]
            self.fields["serials"].required = True
        if act.has_target:
            self.fields["to"].choices = targets
        else:
            del self.fields["to"]
        if act.says:
            self.fields["reason"].label, self.fields["reason"].required = act.says, act.must_say
        else:
            del self.fields["reason"]


@dataclass(frozen=True, slots=True)
class Desk:
    """The page: where, which act on which kind, and what is there for it."""

    place: Place
    acts: tuple[DeskAct, ...]
    act: DeskAct
    specs: dict[str, BlankSpec]
    spec: BlankSpec | None
    expected: tuple[str, ...]  # ranges as text, the first so many
    expected_count: int
    more_ranges: int

    @property
    def as_data(self) -> str:
        """The expected ranges as the page's script reads them; empty when they are too many to hold on a page."""
        return "" if self.more_ranges else " ".join(self.expected)


def desk_for(request: HttpRequest, place: Place, acts: tuple[DeskAct, ...]) -> Desk:
    """Return the desk as the request asks for it: the first act and the first kind unless it names others."""
    asked = request.POST or request.GET
    act = next((act for act in acts if act.key == asked.get("act")), acts[0])
    specs = blank_specs(place)
    spec = specs.get(asked.get("kind", "")) or _fullest(place, act, specs)
    numbers = list(_expected(place, act, spec).values_list("number", flat=True)) if spec and act.expects else []
    ranges = compress(numbers)
    shown = tuple(format_range(span, spec) for span in ranges[:_RANGES_SHOWN]) if spec else ()
    return Desk(place, acts, act, specs, spec, shown, len(numbers), max(len(ranges) - _RANGES_SHOWN, 0))


def _fullest(place: Place, act: DeskAct, specs: dict[str, BlankSpec]) -> BlankSpec | None:
    """Return the kind the act most likely means: the first that has sheets for it, else the first."""
    with_sheets = set(
        blanks_at(place).filter(state__in=act.expects).order_by().values_list("kind", flat=True).distinct()
    )
    return next((spec for key, spec in specs.items() if key in with_sheets), next(iter(specs.values()), None))


def _expected(place: Place, act: DeskAct, spec: BlankSpec) -> Any:
    return blanks_at(place).filter(kind=spec.key, state__in=act.expects).order_by("number")


def carry_out(desk: Desk, form: DeskForm, *, by: User, at: datetime) -> str:
    """Do what the form says; return what was done, in a sentence."""
    assert desk.spec is not None, "a desk without a kind shows no form"
    entered, spec, act = form.cleaned_data, desk.spec, desk.act
    serials = parse_serials(entered["serials"], spec) if entered["serials"].strip() else ()
    common: dict[str, Any] = {"kind": spec.key, "serials": serials, "by": by, "at": at}
    reason = entered.get("reason", "")
    match act.key:
        case "receive":
            actions.receive_blanks(authority=desk.place, source=reason, **common)
        case "confirm":
            absent = parse_serials(entered["missing"], spec) if entered["missing"].strip() else ()
            actions.confirm_receipt(holder=desk.place, missing=absent, reason=reason, **common)
        case "transfer":
            to = pick(authorities_from(desk.place), entered["to"])
            actions.transfer_blanks(authority=desk.place, to=to, reason=reason, **common)
        case "stamp":
            actions.stamp_void(authority=desk.place, kept_in=reason, **common)
        case "give_back":
            actions.move_blanks(holder=desk.place, to=blank_book_of(desk.place), reason=reason, **common)
        case key:
            _OTHERS[key](holder=desk.place, reason=reason, **common)
    return f"{act.label}：{spec.title} {count_of(serials)} 本，{format_ranges(serials[:3], spec)}{' 等' if len(serials) > 3 else ''}"


_OTHERS = {
    "spoil": actions.spoil_blanks, "return": actions.return_blanks, "lose": actions.report_lost, "find": actions.recover_blanks,
}  # fmt: skip


def act_on_desk(request: HttpRequest, desk: Desk, form: DeskForm, at: datetime) -> bool:
    """Carry a sent form out; a refusal goes beside its fields, and False comes back."""
    if not form.is_valid():
        return False
    try:
        messages.success(request, carry_out(desk, form, by=request.user, at=at))
    except XuejiError as error:
        if error.http_status in {403, 404}:
            raise
        add_refusal(form, error)
        form.problems = getattr(error, "problems", ())
        return False
    return True


def below(authority: Authority) -> list[tuple[str, str]]:
    """Return the authorities below one, as choices."""
    found = authorities_from(authority).exclude(pk=authority.pk)
    return [(str(place.pk), place.name) for place in found]


def request_facts(request: BlankRequest) -> dict[str, Any]:
    """Return what pages show of a request: kind, season, how much was handed out, which serials, when last."""
    spec = blank_specs(request.school, request.case.legal_date).get(request.kind)
    numbers = list(request.blanks.order_by("number").values_list("number", flat=True))
    ranges = compress(numbers)
    return {
        "blank_request": request, "blank_spec": spec, "season_label": f"{request.year}届{TERMS.get(request.term, '')}",
        "drawn": len(numbers), "still_due": request.count - len(numbers),
        "drawn_serials": format_ranges(ranges, spec) if spec else "",
        "on_the_way": request.blanks.filter(state=BlankState.DRAWN).count(),
        "last_drawn_at": request.movements.filter(act="draw").aggregate(at=Max("at"))["at"],
    }  # fmt: skip


def trail_rows(trail: Sequence[BlankMovement]) -> list[dict[str, Any]]:
    """Return movements as pages show them, newest first: who gave, who received, where they went."""
    specs: dict[int, dict[str, BlankSpec]] = {}
    rows = []
    for moved in reversed(trail):
        if moved.authority_id not in specs:
            specs[moved.authority_id] = blank_specs(moved.authority)
        spec = specs[moved.authority_id].get(moved.kind)
        span = SerialRange(moved.numbers.lower, moved.numbers.upper - 1)
        rows.append(
            {
                "moved": moved, "to": _place(moved.to_state, moved.to_school, moved.to_holder),
                "from": _place(moved.from_state, moved.from_school, moved.from_holder),
                "signed": moved.received_by or moved.by, "count": len(span),
                "serials": format_range(span, spec) if spec else f"{span.first}—{span.last}",
            }
        )  # fmt: skip
    return rows


def _place(state: str, school: School | None, holder: Authority | None) -> Place | None:
    """Return who had the sheets: what was returned or is void lies with the authority, whoever's it was."""
    return holder if school is None or state in GONE_BACK else school


def sheet_page(request: HttpRequest, blank: Blank, blanks_url: str) -> HttpResponse:
    """Answer for one sheet: where is it, who signed last, how did it come there; `blanks_url` names the portal's own page."""
    spec = blank_specs(blank.authority).get(blank.kind)
    trail = trail_rows(list(trail_of(blank)))
    context = {"blank": blank, "title": spec.title if spec else blank.kind, "trail": trail, "blanks_url": blanks_url}
    return render(request, "shared/blank.html", context)
