"""The counter: an officer identifies who stands there, enters the whole application with scanned papers, prints the receipt."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.applicant_actions import phone_of
from xueji.accounts.permissions import Permission as P
from xueji.applications.actions import FOLLOWS, MAX_MATERIAL_BYTES, add_material, state_facts, withdraw_application
from xueji.applications.counter_actions import receive_at_counter
from xueji.applications.draft_queries import draft_shown
from xueji.applications.facts import law_for, stated_facts
from xueji.applications.models import Application
from xueji.applications.queries import (
    asked_defects,
    centres,
    counter_application_for,
    counter_of,
    entered_at_counter,
    is_returned,
    item_in,
    letter_of,
    standing_of,
)
from xueji.applications.submission_actions import submit_application
from xueji.applications.supplement_actions import answer_defect, resubmit_application
from xueji.core.errors import BadInput, Conflict, NotFound
from xueji.core.findings import errors_of
from xueji.institutions.models import Authority
from xueji.web.access import requires, takes_upload
from xueji.web.application_sections import SECTIONS, StatedForm, open_only
from xueji.web.asking import Question, ask, is_confirmed
from xueji.web.authority.counter_forms import PersonForm
from xueji.web.forms import posted

_LISTED = 30


def _counter(request: HttpRequest) -> Authority:
    counter = counter_of(request.user)
    if counter is None:
        raise NotFound("您的机构没有为毕业生办理学历证明书、学历认证的窗口")
    return counter


@takes_upload("MAX_PICTURES_BYTES")
@require_http_methods(["GET", "POST"])
@requires(P.SERVE_AT_COUNTER)
def counter(request: HttpRequest) -> HttpResponse:
    """Show what came to the counter; identify the next person and open an application for them."""
    place, files = _counter(request), request.FILES if request.method == "POST" else None
    form = PersonForm(posted(request), files, offered=centres(timezone.localdate()))
    if form.is_bound and form.is_valid():
        application = receive_at_counter(
            counter=place, person=form.person(), agent=form.agent(), kind=form.cleaned_data["procedure"],
            centre=form.centre(), by=request.user, at=timezone.now(),
        )  # fmt: skip
        messages.success(request, f"{application.applicant.name}的身份已经核验，请接着录入")
        if (typed := form.cleaned_data["phone"]) and phone_of(typed) != application.applicant.phone:
            messages.warning(
                request, "申请人已有账号，账号的手机号没有改：要换手机号的，请本人用新号码登录后自己核验身份"
            )
        return redirect("authority:counter_application", application.pk)
    search = request.GET.get("q", "")[:60]
    entered = entered_at_counter(request.user, search)[:_LISTED]
    context = {"form": form, "place": place, "q": search, "entered": entered, "listed": _LISTED}
    return render(request, "authority/counter.html", context, status=422 if form.errors else 200)


def _forms_of(request: HttpRequest, application: Application) -> list[StatedForm]:
    """Return every section of the application; of one given back only what may be stated anew."""
    view, forms = law_for(application), []
    for kind in SECTIONS.values():
        form = kind(posted(request), application=application, view=view, initial=kind.kept(application))
        if is_returned(application):
            open_only(form, FOLLOWS | {defect.aspect for defect in asked_defects(application)})
        forms.append(form)
    return forms


@require_http_methods(["GET", "POST"])
@requires(P.SERVE_AT_COUNTER)
def counter_application(request: HttpRequest, counter_application_id: UUID) -> HttpResponse:
    """Show the whole application on one page: what is stated, the papers, what is missing; keep what is stated."""
    entered = counter_application_for(request.user, counter_application_id)
    forms = _forms_of(request, entered)
    misses = [form for form in forms if not form.is_valid()]  # each is asked, so that each says what it misses
    if request.method == "POST" and not misses:
        facts = {name: value for form in forms for name, value in form.facts().items()}
        state_facts(application=entered, facts=facts, by=request.user, at=timezone.now())
        messages.success(request, "填写的内容已保存")
        return redirect("authority:counter_application", entered.pk)
    draft, waits = draft_shown(entered), is_returned(entered)
    letter = letter_of(entered) if waits else []
    context = {
        "application": entered, "forms": forms, "draft": draft, "missing": errors_of(draft.findings), "letter": letter,
        "number": letter[0].defect.round if letter else 0, "is_open": waits or entered.state == Application.State.DRAFT,
        "facts": stated_facts(entered), "standing": standing_of(entered),
    }  # fmt: skip
    return render(request, "authority/counter_application.html", context, status=422 if request.method == "POST" else 200)  # fmt: skip


@takes_upload("MAX_PICTURES_BYTES")
@require_POST
@requires(P.SERVE_AT_COUNTER)
def counter_paper(request: HttpRequest, counter_application_id: UUID, paper_key: str) -> HttpResponse:
    """Keep the scans of a paper."""
    entered = counter_application_for(request.user, counter_application_id)
    if paper_key not in {status.paper.spec.key for status in draft_shown(entered).papers}:
        raise NotFound("这份申请不需要这项材料，或者前面的内容还没有填完")
    files = request.FILES.getlist("pictures")
    if not files:
        raise BadInput("请选择扫描的图片")
    for file in files:
        if file.size > MAX_MATERIAL_BYTES:
            raise BadInput(f"「{file.name}」超过 {MAX_MATERIAL_BYTES // 1048576} MB，请降低扫描的分辨率")
        add_material(application=entered, paper=paper_key, data=file.read(), by=request.user, at=timezone.now())
    messages.success(request, f"已保存 {len(files)} 张")
    return redirect("authority:counter_application", entered.pk)


@require_POST
@requires(P.SERVE_AT_COUNTER)
def counter_answer(request: HttpRequest, counter_application_id: UUID, defect_id: UUID) -> HttpResponse:
    """Take the words of who stands there as the answer to an item of the letter."""
    entered = counter_application_for(request.user, counter_application_id)
    words = request.POST.get("words", "")
    answer_defect(defect=item_in(entered, defect_id).defect, words=words, by=request.user, at=timezone.now())
    return redirect("authority:counter_application", entered.pk)


@require_POST
@requires(P.SERVE_AT_COUNTER)
def counter_submission(request: HttpRequest, counter_application_id: UUID) -> HttpResponse:
    """Submit what was entered, once; one that was given back goes back with its answers."""
    entered, at = counter_application_for(request.user, counter_application_id), timezone.now()
    number = request.POST.get("letter", "0")
    if not number.isdecimal() or len(number) > 4:
        raise BadInput("页面已过期，请刷新后再提交")
    if int(number):
        resubmit_application(application=entered, letter=int(number), by=request.user, at=at)
    elif is_returned(entered) or entered.ended_at is not None:
        raise Conflict("页面打开以后，这份申请已经退回补正或者办结，没有提交；请刷新页面，看现在要办什么")
    else:
        key = salted_hmac("xueji.web.authority.counter", str(entered.pk), algorithm="sha256").hexdigest()
        submit_application(application=entered, key=key, by=request.user, at=at)
    messages.success(request, "申请已经提交，请打印受理回执交给申请人")
    return redirect("authority:counter_receipt", entered.pk)


@require_POST
@requires(P.SERVE_AT_COUNTER)
def counter_withdrawal(request: HttpRequest, counter_application_id: UUID) -> HttpResponse:
    """Give up or withdraw what was entered, once asked."""
    entered = counter_application_for(request.user, counter_application_id)
    if not is_confirmed(request):
        lines = [("申请人", entered.applicant.name), ("事项", entered.get_kind_display())]
        return ask(request, Question("撤回这份申请？", lines, "撤回", is_danger=True, warning="排队位置不保留，没有提交的图片删去。"))  # fmt: skip
    withdraw_application(application=entered, by=request.user, at=timezone.now())
    messages.success(request, "申请已经撤回")
    return redirect("authority:counter")


@require_GET
@requires(P.SERVE_AT_COUNTER)
def counter_receipt(request: HttpRequest, counter_application_id: UUID) -> HttpResponse:
    """Show the receipt, to be printed for who stands there."""
    entered = counter_application_for(request.user, counter_application_id)
    if entered.receipt is None:
        raise NotFound("这份申请还没有提交，没有受理回执")
    draft = draft_shown(entered)
    context = {
        "application": entered, "office": draft.office, "papers": draft.papers, "facts": stated_facts(entered),
        "standing": standing_of(entered),
    }  # fmt: skip
    return render(request, "authority/counter_receipt.html", context)
