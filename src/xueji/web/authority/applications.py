"""The review of a graduate's application: every check with its pictures, and the one outcome its results come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.applications.blacklist_queries import standing_against
from xueji.applications.kinds import REPLACEMENT_CASE, VERIFICATION_CASE
from xueji.applications.review_actions import OBJECTION, DefectFound, ask_for_supplement, refuse_on_grounds
from xueji.applications.review_queries import Check, ReviewSection, application_of, refusals_of, sections_of
from xueji.cases.actions import decide_step
from xueji.cases.law import law_of
from xueji.cases.models import Step, Verdict
from xueji.cases.queries import label_after, may_decide, step_for
from xueji.core.errors import XuejiError
from xueji.core.service_specs import RefusalSpec
from xueji.web.access import requires
from xueji.web.asking import Question, ask, is_confirmed
from xueji.web.casepages import casepage_of
from xueji.web.forms import MOST, add_refusal, posted

SOUND, CURABLE = "sound", "curable"
_KINDS = {REPLACEMENT_CASE.kind, VERIFICATION_CASE.kind}


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check with the fields in which its result is entered."""

    check: Check
    result: forms.BoundField
    remark: forms.BoundField
    on_paper: forms.BoundField | None


class ReviewForm(forms.Form):
    """The result of every check; a problem is said in words, and what a paper says is no longer in order when it differs."""

    version = forms.IntegerField(widget=forms.HiddenInput, max_value=MOST)

    def __init__(
        self, *args: Any, sections: Sequence[ReviewSection], grounds: Sequence[RefusalSpec], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sections, self.labels = sections, {ground.key: ground.label for ground in grounds}
        refusals = [(ground.key, f"不予办理：{ground.label}") for ground in grounds]
        choices = [("", "请选择"), (SOUND, "无误"), (CURABLE, "须补正"), *refusals]
        for check in self._checks():
            self.fields[f"result-{check.key}"] = forms.ChoiceField(
                label=f"{check.label}：审验结果", choices=choices, initial=_first_guess(check), error_messages={"required": f"「{check.label}」还没有审验"},
            )  # fmt: skip
            self.fields[f"remark-{check.key}"] = forms.CharField(
                label=f"{check.label}：问题和要求", required=False, max_length=300, initial=check.usual if check.is_missing else "",
            )  # fmt: skip
            if check.is_fact:
                self.fields[f"paper-{check.key}"] = forms.CharField(
                    label=f"{check.label}：材料上的记载", required=False, max_length=100
                )

    def rows_of(self) -> Iterator[tuple[ReviewSection, list[CheckRow]]]:
        """Yield every section with its rows."""
        for section in self.sections:
            yield section, [self._row(check) for check in section.checks]

    def clean(self) -> dict[str, Any]:
        """A problem is said in words; where the paper says otherwise than is stated, it is one."""
        cleaned = super().clean() or {}
        for check in self._checks():
            result, on_paper = cleaned.get(f"result-{check.key}"), cleaned.get(f"paper-{check.key}", "")
            if result == SOUND and on_paper and check.says_otherwise(on_paper):
                self.add_error(f"result-{check.key}", f"「{check.label}」材料上的记载与填写的不一致，不能选无误")
            if result not in (SOUND, None, "") and not (cleaned.get(f"remark-{check.key}") or check.usual):
                self.add_error(f"remark-{check.key}", f"「{check.label}」请写明问题和怎样补正")
        return cleaned

    def defects(self) -> list[DefectFound]:
        """Return what is not in order, as entered."""
        chosen = self.cleaned_data
        return [
            DefectFound(
                check.key, chosen[f"remark-{check.key}"] or check.usual, chosen.get(f"paper-{check.key}", ""),
                "" if result == CURABLE else result,
            )
            for check in self._checks()
            if (result := chosen[f"result-{check.key}"]) != SOUND
        ]  # fmt: skip

    def _checks(self) -> Iterator[Check]:
        return (check for section in self.sections for check in section.checks)

    def _row(self, check: Check) -> CheckRow:
        on_paper = self[f"paper-{check.key}"] if check.is_fact else None
        return CheckRow(check, self[f"result-{check.key}"], self[f"remark-{check.key}"], on_paper)


def _first_guess(check: Check) -> str:
    if check.is_missing:
        return CURABLE
    return SOUND if not (check.is_fact or check.pictures) else ""


@require_http_methods(["GET", "POST"])
@requires(P.DECIDE_CASES)
def application_review(request: HttpRequest, step_id: int) -> HttpResponse:
    """Show every check of an application; take the results, say what they come to, and do that."""
    step = step_for(request.user, step_id)
    if step.case.kind not in _KINDS or not may_decide(request.user, step):
        return redirect("authority:step", step.pk)  # nothing to go through (any more): there it says why
    application, law = application_of(step.case), law_of(step.case)
    form = ReviewForm(
        posted(request), sections=sections_of(application), grounds=refusals_of(law, step.case.kind),
        initial={"version": step.case.version},
    )  # fmt: skip
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            return _outcome(request, step, form)
        except XuejiError as error:
            if error.http_status in {403, 404}:
                raise
            add_refusal(form, error)
            status = error.http_status
    context = {
        "step": step, "case": step.case, "application": application, "form": form,
        "standing": standing_against(application, timezone.localdate()),
    }  # fmt: skip
    return render(request, "authority/application_review.html", context, status=status)


def _outcome(request: HttpRequest, step: Step, form: ReviewForm) -> HttpResponse:
    """Ask first, then do what the results come to: refuse where one is final, supplement where one is curable, else approve."""
    defects, version, at = form.defects(), form.cleaned_data["version"], timezone.now()
    is_final = any(defect.ground for defect in defects)
    if not is_confirmed(request):
        return ask(request, _question(step, form, defects))
    if is_final:
        refuse_on_grounds(step=step, defects=defects, by=request.user, at=at, expected_version=version)
        messages.success(request, f"{step.case.title}：已作出不予办理的决定，申请人已收到通知")
    elif defects:
        ask_for_supplement(step=step, defects=defects, by=request.user, at=at, expected_version=version)
        messages.success(request, f"{step.case.title}：已一次性告知补正 {len(defects)} 项，原排队位置保留")
    else:
        decide_step(step=step, verdict=Verdict.APPROVE, by=request.user, at=at, expected_version=version)
        messages.success(request, f"{step.case.title}：已同意")
    return redirect("authority:queue")


def _question(step: Step, form: ReviewForm, defects: Sequence[DefectFound]) -> Question:
    labels = {check.key: check.label for section in form.sections for check in section.checks}
    lines = [("办件", step.case.title)]
    lines += [
        (labels[defect.aspect], f"{form.labels[defect.ground]}：{defect.remark}" if defect.ground else defect.remark)
        for defect in defects
    ]
    if any(defect.ground for defect in defects):
        return Question("不予办理：请先核对", [*lines, ("告知", OBJECTION)], "确认不予办理", is_danger=True)
    if defects:
        after = "申请人补正以后回到这里，排队位置保留；请确认问题已经一次列全"
        return Question(f"一次性告知补正 {len(defects)} 项：请先核对", [*lines, ("之后", after)], "发出补正通知")
    page = casepage_of(step.case.kind)
    lines += [("之后", page.brings), *page.concerned(step.case, label_after(step) is None)]
    return Question("各项无误，同意：请先核对", lines, "确认同意")
