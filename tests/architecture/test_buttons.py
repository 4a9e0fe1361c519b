"""What Enter presses is the first button of a form: it ends nothing unasked, in any form of the templates."""

from __future__ import annotations

import re

import pytest
from tests.architecture.test_templates import PAGES, templates

FORM = re.compile(r'<form\b[^>]*method="post"[\s\S]*?</form>')
BUTTON = re.compile(r'<button\b(?![^>]*type="button")((?:[^>"]|"[^"]*")*)>([\s\S]*?)</button>')
# Buttons that end something though they look like any other: each asks once, in a dialog or («…») on a page of its own.
ENDS: dict[str, tuple[str, ...]] = {
    "authority/account.html": ("免去", "重置密码", "重置二次验证", "停用账号"),
    "authority/dispatch_batch.html": ("寄发",),
    "authority/round.html": ("改期…", "取消这次安排…"),
    "authority/press.html": ("抽取", "验印"),
    "authority/rates.html": ("发布",),
    "authority/seasons.html": ("删除…",),
    "authority/sanctions.html": ("作出处理",),
    "authority/successors.html": ("验印",),
    "printing/run.html": ("登记作废", "放弃"),
    "school/blank_request.html": ("撤回",),
    "school/candidates.html": ("确认退出",),
    "school/case.html": ("撤回",),
    "school/duties.html": ("报备完成",),
    "school/emboss.html": ("确认已贴照片、已盖钢印",),
    "school/hand_out.html": ("发放所选…", "全部发放给本人…"),
    "school/number_application.html": ("撤回", "退回"),
    "school/parcels.html": ("确认接收",),
    "school/record_lines.html": ("删去",),
    "school/sealing.html": ("取消预约",),
    "uploads/upload.html": ("放弃",),
}


def buttons_of(form: str) -> list[tuple[str, str, bool]]:
    """Return attributes and words of each button that sends a form, and whether it asks before."""
    found = []
    for attributes, label in BUTTON.findall(re.sub(r"\{#[\s\S]*?#\}", "", form)):
        words = re.sub(r"\{%.*?%\}|\s+", "", label)
        found.append((attributes, words, "data-confirm=" in attributes or words.endswith("…")))
    return found


def faults_of(form: str) -> list[str]:
    """Return what is wrong with the buttons of one form."""
    buttons = buttons_of(form)
    found = []
    for place, (attributes, words, is_asked) in enumerate(buttons):
        is_danger = bool(re.search(r'class="[^"]*\bdanger\b', attributes))
        if is_danger and not is_asked:
            found.append(f"«{words}» ends something and is not asked about")
        if is_danger and place == 0 and len(buttons) > 1 and "data-confirm=" not in attributes:
            found.append(f"«{words}» is what Enter presses")
    return found


@pytest.mark.parametrize("name", [template for template in templates() if template.startswith("templates/")])
def test_enter_ends_nothing_unasked(name: str) -> None:
    if name == "templates/shared/question.html":
        return  # is the question
    text = (PAGES / name).read_text(encoding="utf-8")
    assert [fault for form in FORM.findall(text) for fault in faults_of(form)] == []


@pytest.mark.parametrize("name", ENDS)
def test_what_ends_something_asks_once(name: str) -> None:
    text = (PAGES / "templates" / name).read_text(encoding="utf-8")
    asked = {words: is_asked for form in FORM.findall(text) for _, words, is_asked in buttons_of(form)}
    assert {words: asked.get(words) for words in ENDS[name]} == dict.fromkeys(ENDS[name], True)


@pytest.mark.parametrize(("form", "fault"), [
    ('<form method="post"><button class="button danger">作废</button></form>', "not asked about"),
    ('<form method="post"><button class="danger">不予通过…</button><button class="primary">标注</button></form>', "Enter presses"),
])  # fmt: skip
def test_a_form_that_ends_something_is_found(form: str, fault: str) -> None:
    assert any(fault in named for named in faults_of(form))


def test_a_form_that_asks_is_fine() -> None:
    asked = '<form method="post"><button class="primary">标注</button><button class="danger" data-confirm="?">作废</button></form>'
    assert faults_of(asked) == []
