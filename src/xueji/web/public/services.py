"""What a graduate brings, and where to: the law of replacement certificates and verification, asked before one sets out.

Nothing of any person is asked or kept: the questions are those on which the notice's answer hangs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.core.decisions.guide import OFFICE, ORIGINS, PAPERS, Advice, Circumstances, guide
from xueji.core.decisions.services import IssuerDecision, NextHours, PaperDecision, decide_papers, next_hours
from xueji.core.errors import BadInput, NotFound
from xueji.core.packs import PackView
from xueji.core.service_specs import PROCEDURES, REPLACEMENT, VERIFICATION, OfficeSpec, PaperSpec, ServiceSpec
from xueji.core.services.facts import (
    DAMAGED,
    HELD,
    LOST,
    MISMATCHES,
    REPLACEMENT_HELD,
)
from xueji.core.services.required_papers import Paper
from xueji.core.status.territories import territory_of
from xueji.documents.render import letters_of
from xueji.policy import get_library
from xueji.web.access import open_to_all
from xueji.web.clauses import yielding_texts
from xueji.web.context import joined
from xueji.web.forms import MonthField, add_refusal

# what a refusal of the engine calls a fact -> the field in which it is asked here
_ASKED_AS = {
    "entered": "入学年月", "graduated": "毕业年月", "place": "学校所在地", "duration_years": "学制", "sealed_by": "验印单位",
}  # fmt: skip
_FROM = {
    "applicant": "本人", "admission_office": "省招生办公室", "health_authority": "卫生主管部门", "police": "公安机关",
}  # fmt: skip
_SCHOOLS = {"operating": "原毕业学校", "merged": "合并后的学校", "closed": "举办者或档案保管单位"}
_CHANGES = {OFFICE: "办理机构", PAPERS: "材料", ORIGINS: "向谁要"}
_NEAR_DAYS = ("今天", "明天")
_NOON = 12
_YEARS = ("1", "2", "3", "4", "5")


class ServiceForm(forms.Form):
    """What the answer hangs on: the first five are asked of everybody, the others where the answer hangs on them."""

    FIRST = ("procedure", "diploma", "category", "entered", "place")

    procedure = forms.ChoiceField(
        label="要办什么",
        choices=[(REPLACEMENT, "学历证明书（毕业证丢失、损毁）"), (VERIFICATION, "学历认证")],
    )  # fmt: skip
    diploma = forms.ChoiceField(
        label="毕业证书",
        choices=[(LOST, "丢失"), (DAMAGED, "损毁"), (HELD, "在手里"), (REPLACEMENT_HELD, "没有，有学历证明书")],
    )
    category = forms.ChoiceField(label="毕业证类型", help_text="印在毕业证上；不分类别的选「中等职业学校」")
    entered = MonthField(label="入学年月", help_text="只记得年份的，月份写 9 月")
    place = forms.ChoiceField(label="学校所在地", help_text="按毕业时学校在的市、县选")
    graduated = MonthField(label="毕业年月", required=False)
    sealed_by = forms.ChoiceField(
        label="毕业证盖的是谁的印",
        required=False,
        choices=[("", "不清楚"), ("province", "省教育厅（省教委）"), ("city", "市、县教育局")],
    )
    health_major = forms.ChoiceField(
        label="是医药卫生类专业吗",
        required=False,
        choices=[("", "不是"), ("on", "是")],
        help_text="护理、临床、农村医学等",
    )
    duration_years = forms.ChoiceField(
        label="学制（年）", required=False, choices=[("", "请选择"), *((years, years) for years in _YEARS)]
    )
    admission_form = forms.ChoiceField(
        label="学校档案里的录取审批表", required=False,
        choices=[("", "还没有问"), (HELD, "有"), (LOST, "丢失、查不到"), (DAMAGED, "损毁"), ("unclear", "看不清")],
    )  # fmt: skip
    admission_office_copy = forms.ChoiceField(
        label="省招办有没有存档", required=False, choices=[("", "还没有问"), ("yes", "有"), ("no", "没有")]
    )
    school_status = forms.ChoiceField(
        label="学校现在", required=False, choices=[("operating", "还在"), ("merged", "已合并"), ("closed", "已撤销")]
    )
    mismatch = forms.MultipleChoiceField(
        label="身份证与学校档案不一致的（没有就不选）", required=False, widget=forms.CheckboxSelectMultiple,
        choices=list(zip(MISMATCHES, ("出生年月", "姓名", "专业"), strict=True)),
    )  # fmt: skip
    identity_changed = forms.ChoiceField(
        label="本人在公安机关改过姓名或出生日期吗", required=False, choices=[("", "没有"), ("on", "改过")]
    )
    programme = forms.CharField(label="专业", required=False, max_length=60)

    def __init__(self, *args: Any, view: PackView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", "请选择"), *((key, key) for key in view.keys("issuer"))]
        offices = view.every("office", OfficeSpec)
        self.fields["place"].choices = [
            ("", "请选择"),
            *((office.key, office.name) for office in offices if not office.key.endswith("0000")),
        ]


@dataclass(frozen=True, slots=True)
class ShownPaper:
    """A paper as the page lists it."""

    paper: Paper
    origin: str
    instead_of: tuple[str, ...]
    cites: tuple[Any, ...]
    form: str  # of the pack, to print; empty where the law gives none


@require_GET
@open_to_all("what a graduate must bring is nobody's secret, and nothing of the asker is kept")
def services(request: HttpRequest) -> HttpResponse:
    """Ask five questions; answer who issues, which papers, whether the office is open, and ask on what the answer still hangs.

    For the first pack that speaks of it, or the one chosen.
    """
    views = _views()
    view = chosen_view(request)
    form = ServiceForm(request.GET if "procedure" in request.GET else None, view=view)
    context: dict[str, Any] = {
        "form": form, "view": view, "packs": [offered.pack for offered in views],
        "letters": [view.document(key) for key in letters_of(view)],
        "offered": [view.entry("service", key, ServiceSpec) for key in view.keys("service") if key in PROCEDURES],
        "yielding": yielding_texts(view),
    }  # fmt: skip
    status = 200
    if form.is_bound and form.is_valid():
        try:
            context |= _answered(form, view)
        except BadInput as refused:
            add_refusal(form, BadInput(_in_words(refused.message)))
    if form.is_bound and form.errors:
        status = 422
    return render(request, "public/services.html", context, status=status)


def chosen_view(request: HttpRequest) -> PackView:
    """Return the law that is asked for, else the first that speaks of these services; NotFound where none does."""
    views = _views()
    if not views:
        raise NotFound
    return next((offered for offered in views if offered.pack.id == request.GET.get("pack")), views[0])


def law_of_pack(pack: str, day: date) -> PackView:
    """Return a law by the name of its pack, as of a day."""
    return get_library().pack(pack).on(day)


def _views() -> list[PackView]:
    today = timezone.localdate()
    return [view for pack in get_library().packs() if (view := pack.on(today)).keys("issuer")]


def _in_words(message: str) -> str:
    for fact, label in _ASKED_AS.items():
        message = message.replace(f"「{fact}」", f"「{label}」")
    return message


def papers_asked(form: ServiceForm, view: PackView) -> PaperDecision:
    """Return which papers the law asks for; BadInput names what the answer hangs on and nobody said."""
    return decide_papers(_circumstances(form, view).paper_facts(), view)


def _circumstances(form: ServiceForm, view: PackView) -> Circumstances:
    chosen = form.cleaned_data
    return Circumstances(
        procedure=chosen["procedure"],
        category=chosen["category"],
        diploma=chosen["diploma"],
        entered=chosen["entered"],
        place=territory_of(chosen["place"], view) if chosen["place"] else None,
        graduated=chosen["graduated"],
        duration_years=Decimal(chosen["duration_years"]) if chosen["duration_years"] else None,
        programme=chosen["programme"].strip(),
        sealed_by=chosen["sealed_by"] or None,
        health_major=bool(chosen["health_major"]),
        admission_form=chosen["admission_form"] or None,
        admission_office_copy={"yes": True, "no": False}.get(chosen["admission_office_copy"]),
        school_status=chosen["school_status"] or None,
        mismatch=tuple(chosen["mismatch"]),
        identity_changed=bool(chosen["identity_changed"]),
    )


def _answered(form: ServiceForm, view: PackView) -> dict[str, Any]:
    answer = guide(_circumstances(form, view), view)
    return joined(_questions(form, answer), _reply(form, answer, view))


def _questions(form: ServiceForm, answer: Advice) -> dict[str, Any]:
    """Return what is asked besides, and what was answered, to be sent on with it."""
    asked = [*answer.needed, *(question.fact for question in answer.further)]
    sent = [(name, value) for name, values in form.data.lists() if name not in asked for value in values if value]
    return {
        "further": [(form[fact], _changed(fact, answer)) for fact in asked], "kept": sent,
        "is_needed": bool(answer.needed),
    }  # fmt: skip


def _reply(form: ServiceForm, answer: Advice, view: PackView) -> dict[str, Any]:
    """Return what the law answers; nothing while something it needs is still to be said."""
    if answer.papers is None or answer.needed:
        return {}
    issuer = answer.issuer if not answer.papers.refused and answer.issuer and answer.issuer.office else None
    coming = _next_hours(issuer, view)
    school = form.cleaned_data["school_status"] or "operating"
    return {
        "answer": answer.papers,
        "issuer": issuer,
        "hours": _hours_in_words(coming),
        "is_begun": coming is not None and coming.is_begun,
        "papers": list(_shown(answer.papers, school, view)),
        "spared": [(spec, spec.clauses.get(answer.papers.service.key, ())) for spec in answer.spared],
        "readings": tuple(dict.fromkeys([*answer.readings, *(coming.readings if coming else ())])),
    }


def _changed(fact: str, answer: Advice) -> str:
    """Say what hangs on the answer to a question."""
    changes = next((question.changes for question in answer.further if question.fact == fact), ())
    return "、".join(_CHANGES[change] for change in changes)


def _next_hours(issuer: IssuerDecision | None, view: PackView) -> NextHours | None:
    if issuer is None or issuer.office is None:
        return None
    at = timezone.localtime().time().replace(second=0, microsecond=0, tzinfo=None)
    return next_hours(issuer.office, timezone.localdate(), at, view)


def _hours_in_words(coming: NextHours | None) -> str:
    """Say when to come: «现在受理咨询，到 12:00», «今天下午 14:30 开门», «12月2日（周三）上午 8:00 开门»."""
    if coming is None:
        return "近期没有受理时间，请先打电话问清"
    hours = coming.hours
    if coming.is_begun:
        return f"现在受理咨询，到 {hours.closes:%H:%M}"
    days = (coming.day - timezone.localdate()).days
    near = _NEAR_DAYS[days] if days < len(_NEAR_DAYS) else f"{coming.day.month}月{coming.day.day}日"
    weekday = "" if not days else f"（周{'一二三四五六日'[coming.day.weekday()]}）"
    half = "上午" if hours.opens.hour < _NOON else "下午"
    return f"{near}{weekday}{half} {hours.opens.hour}:{hours.opens:%M} 开门"


def _shown(decision: PaperDecision, school: str, view: PackView) -> Iterable[ShownPaper]:
    for paper in decision.papers:
        spec = paper.spec
        origin = _SCHOOLS[school] if spec.origin == "school" else _FROM[spec.origin]
        others = tuple(view.entry("paper", key, PaperSpec).label for key in paper.any_of if key != spec.key)
        form = spec.key if spec.key in letters_of(view) else ""
        yield ShownPaper(paper, origin, others, spec.clauses[decision.service.key], form)
