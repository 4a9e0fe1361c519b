"""Rules on replacement certificates and verification (学历证明书、学历认证): what cannot be issued or verified."""

from __future__ import annotations

from typing import cast

from xueji.core.rules.registry import CheckResult, Given, Problem, rule
from xueji.core.service_specs import REPLACEMENT, VERIFICATION, IssuerSpec
from xueji.core.services.facts import DAMAGED, LOST, IssuerFacts, PaperFacts


def _is_of(facts: PaperFacts, given: Given, name: str) -> bool:
    """Whether the diploma is of one of the kinds a parameter lists."""
    return facts.category in cast("list[str]", given.params[name])


@rule("authority.category_in_scope", topic="authority", field="category")
def authority_in_scope(facts: IssuerFacts, given: Given) -> CheckResult:
    """The diploma is of a kind for which a replacement is issued."""
    if given.view.entry("issuer", facts.category, IssuerSpec).basis != "out_of_scope":
        return None
    return Problem(f"{facts.category}的毕业证书不在办理学历证明书的范围", remedy="请向原发证的主管部门咨询")


@rule("replacement.category_in_scope", topic="papers", field="category")
def replacement_in_scope(facts: PaperFacts, given: Given) -> CheckResult:
    """A replacement is asked for a kind of diploma for which one is issued."""
    if facts.procedure != REPLACEMENT or given.view.entry("issuer", facts.category, IssuerSpec).basis != "out_of_scope":
        return None
    return Problem(f"{facts.category}的毕业证书无法出具学历证明书", remedy="请向原发证的主管部门咨询")


@rule("replacement.diploma_lost_or_damaged", topic="papers", field="diploma")
def diploma_lost_or_damaged(facts: PaperFacts, given: Given) -> CheckResult:
    """A replacement is asked for a diploma that was lost or damaged."""
    if facts.procedure != REPLACEMENT or facts.diploma in (LOST, DAMAGED):
        return None
    return Problem("毕业证书没有丢失或损毁，不能申请学历证明书", remedy="持毕业证书原件直接办理学历认证")


@rule("verification.diploma_or_replacement_held", topic="papers", field="diploma", params={"unless": list})
def diploma_or_replacement_held(facts: PaperFacts, given: Given) -> CheckResult:
    """Who has something verified has the diploma or its replacement."""
    is_gone = facts.diploma in (LOST, DAMAGED)
    if facts.procedure != VERIFICATION or not is_gone or _is_of(facts, given, "unless"):
        return None
    return Problem("毕业证原件不能提供，先办理学历证明书", remedy="取得学历证明书以后再申请学历认证")


@rule("verification.military_diploma_held", topic="papers", field="diploma", params={"categories": list})
def military_diploma_held(facts: PaperFacts, given: Given) -> CheckResult:
    """The diploma of a military school that is to be verified was not lost."""
    if facts.procedure != VERIFICATION or facts.has_diploma or not _is_of(facts, given, "categories"):
        return None
    return Problem(f"{facts.category}的毕业证丢失的，无法认证", remedy="请向原毕业院校或其主管部门咨询")


@rule("verification.military_admission_form", topic="papers", field="admission_form", params={"categories": list})
def military_admission_form(facts: PaperFacts, given: Given) -> CheckResult:
    """The admission form of a military school's graduate can be shown."""
    if facts.procedure != VERIFICATION or facts.has_form or facts.admission_office_copy:
        return None
    if not _is_of(facts, given, "categories"):
        return None
    return Problem("不能提供当年本省录取审批表的，无法认证", remedy="可先到省招生办公室查询录取审批表")
