"""What applicants are told of their applications."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from xueji.messaging.kinds import Wording

RECEIVED, RETURNED, APPROVED, REFUSED, WITHDRAWN, REFERRED, REMINDED = (
    f"application_{what}"
    for what in ("received", "returned", "approved", "refused", "withdrawn", "referred", "reminded")
)
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
    WITHDRAWN: Wording("申请已撤回", "您的{kind}申请（受理号 {receipt}）已撤回。"),
})  # fmt: skip
