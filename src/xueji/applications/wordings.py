"""What applicants are told of their applications."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from xueji.messaging.kinds import Wording

RECEIVED, RETURNED, APPROVED, REFUSED, WITHDRAWN, REFERRED, REMINDED = (
    f"application_{what}"
    for what in ("received", "returned", "approved", "refused", "withdrawn", "referred", "reminded")
)
BLACKLISTING, BLACKLISTED, NOT_BLACKLISTED, OFF_BLACKLIST = (
    f"application_{what}" for what in ("blacklisting", "blacklisted", "not_blacklisted", "off_blacklist")
)
ANSWER_TAKEN = "application_answer_taken"
KEPT, NOT_KEPT = "原来的排队位置保留。", "补齐以后，按补齐的时间排队打印。"
WORDINGS: Mapping[str, Wording] = MappingProxyType({
    RECEIVED: Wording("申请已提交", "您的{kind}申请已提交，受理号 {receipt}，由{office}办理。可随时登录查看进度。"),
    RETURNED: Wording("申请退回补正", "您的{kind}申请（受理号 {receipt}）需要补正 {count} 项，请登录一次补齐。{queue}"),
    APPROVED: Wording("申请已同意", "您的{kind}申请（受理号 {receipt}）已经同意，请登录查看后续安排。"),
    REFUSED: Wording("申请不予办理", "您的{kind}申请（受理号 {receipt}）不予办理，理由和提出异议的途径请登录查看。"),
    REMINDED: Wording("补正快到期", "您的{kind}申请（受理号 {receipt}）还有 {count} 项要补正，{due}以前补齐，还剩 {left} 天。请登录办理。"),
    REFERRED: Wording(
        "申请已转办",
        "您的{kind}申请（受理号 {receipt}）已由{before}转给有权限的{office}办理。提交时间和排队位置不变，不用重新申请；理由请登录查看。",
    ),
    BLACKLISTING: Wording(
        "拟列入黑名单，请陈述申辩",
        "您的{kind}申请（受理号 {receipt}）因伪造材料不予办理，{office}拟将您列入黑名单并公示。"
        "{until}以前（含当日）可以登录陈述申辩、提交证据，也可以到{office}窗口提出。",
    ),
    ANSWER_TAKEN: Wording(
        "窗口录入了您的陈述申辩",
        "{office}窗口录入了您对拟列入黑名单的陈述申辩（受理号 {receipt}）。不是您提出的，请在{until}以前（含当日）登录说明，或者到窗口更正。",
    ),
    BLACKLISTED: Wording(
        "已列入黑名单", "{office}决定将您列入黑名单，公示到 {until}（受理号 {receipt}）。理由和提出异议的途径请登录查看。"
    ),
    NOT_BLACKLISTED: Wording("不列入黑名单", "{office}决定不将您列入黑名单（受理号 {receipt}）。"),
    OFF_BLACKLIST: Wording("已移出黑名单", "{office}已将您移出黑名单，公示撤下（受理号 {receipt}）。"),
    WITHDRAWN: Wording("申请已撤回", "您的{kind}申请（受理号 {receipt}）已撤回。"),
})  # fmt: skip
