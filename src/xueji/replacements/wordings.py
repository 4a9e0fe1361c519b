"""What holders are told of their replacement certificate on its way."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from xueji.messaging.kinds import Wording

PRINTED, SEALED, READY, MAILED, CAME_BACK, WITHDRAWN, NEW_CODE, TO_BE_MAILED = (
    f"replacement_{what}"
    for what in ("printed", "sealed", "ready", "mailed", "came_back", "withdrawn", "new_code", "to_be_mailed")
)
# The code opens the counter's drawer: who reads the inbox of a lost phone is not to read it there.
WORDINGS: Mapping[str, Wording] = MappingProxyType({
    PRINTED: Wording("学历证明书已打印", "您的学历证明书（编号 {number}）已打印，等待盖章。"),
    SEALED: Wording("学历证明书已盖章", "您的学历证明书（编号 {number}）已盖章，将寄往您填写的地址。"),
    READY: Wording(
        "学历证明书可以领取", "您的学历证明书（编号 {number}）已盖章，请带身份证、凭取证码 {code} 到{office}领取。", is_secret=True
    ),
    WITHDRAWN: Wording("学历证明书不再打印", "您的学历证明书不再打印：{reason}。仍然需要的，请重新申请或联系{office}。"),
    MAILED: Wording("学历证明书已寄出", "您的学历证明书（编号 {number}）已由{carrier}寄出，运单号 {tracking_number}。"),
    CAME_BACK: Wording(
        "学历证明书邮件退回", "您的学历证明书（编号 {number}）被邮局退回，请带身份证、凭取证码 {code} 到{office}领取。", is_secret=True
    ),
    NEW_CODE: Wording(
        "学历证明书新的取证码", "您的学历证明书（编号 {number}）改凭新的取证码 {code} 到{office}领取，原来的作废。不是您要求的，请马上联系该单位。",
        is_secret=True,
    ),
    TO_BE_MAILED: Wording(
        "学历证明书改为邮寄", "您的学历证明书（编号 {number}）将由{office}寄往您新留的地址，原来的取证码作废。不是您要求的，请马上联系该单位。"
    ),
})  # fmt: skip
