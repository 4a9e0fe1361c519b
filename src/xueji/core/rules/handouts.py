"""Rules on handing a diploma to its graduate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from xueji.core.facts import HandOutFacts
from xueji.core.rules.registry import CheckResult, Given, Problem, rule


@rule("hand_out.vocational_certificate_held", topic="hand_out", params={"levels": dict})
def vocational_certificate_held(facts: HandOutFacts, given: Given) -> CheckResult:
    """The graduate holds a vocational certificate of the level that belongs to the graduate level (相应等级).

    `levels` says for each graduate level which words of a certificate's level will do; a graduate level the table
    does not name, or none at all, is satisfied by a certificate of any level.
    """
    if not facts.vocational_certificates:
        return Problem(
            f"{facts.name}尚未取得职业资格证书，毕业证书暂不发放",
            remedy="取得相应等级职业资格证书后登记，再发放毕业证书",
        )
    words = cast("Mapping[str, list[str]]", given.params["levels"]).get(facts.graduate_level)
    if words is None or any(certificate.level in words for certificate in facts.vocational_certificates):
        return None
    levels = "、".join(
        dict.fromkeys(certificate.level or "未登记等级" for certificate in facts.vocational_certificates)
    )
    return Problem(
        f"{facts.name}（{facts.graduate_level}）的职业资格证书等级为{levels}，不是相应等级，毕业证书暂不发放",
        remedy=f"相应等级为：{'、'.join(words)}",
    )
