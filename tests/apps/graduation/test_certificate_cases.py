"""Correction, voiding, replacement: the paper is never edited, the number never used again, the public told at once."""

from __future__ import annotations

import pytest
from tests.factories.cases import EvidenceFactory
from tests.factories.graduation import AT, approved, decide, filled, setting
from tests.factories.packs import certificate_cases, granted_in_blocks, use
from tests.factories.production import approved_batch

from xueji.cases.actions import submit_case
from xueji.cases.models import CaseState
from xueji.certificates.models import Certificate, CertificateCase, NumberState
from xueji.certificates.queries import holder_id_of, is_as_issued
from xueji.cli.audit import audit
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.graduation.actions import open_certificate_case, reissue_certificate
from xueji.ledger.models import Event
from xueji.ledger.queries import timeline_of
from xueji.lookup.actions import check_certificate
from xueji.registry.queries import resident_id_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S3-22")]


@pytest.fixture
def here(monkeypatch):
    use(monkeypatch, *certificate_cases())
    found = filled(setting())
    approved(found)
    return found


def one_of(here) -> Certificate:
    """Return the second certificate of the batch."""
    return here.batch.candidates.get(ordinal=2).certificate


def asked(here, kind, certificate=None, *, proof=True, **changes) -> CertificateCase:
    opened = open_certificate_case(
        kind=f"certificate_{kind}", certificate=certificate or one_of(here), reason="与户口簿不符", changes=changes,
        by=here.clerk, at=AT,
    )  # fmt: skip
    if proof:
        EvidenceFactory(case=opened.case)
    return opened


def carried(here, opened: CertificateCase) -> CertificateCase:
    """Submit a request and approve every step."""
    submit_case(case=opened.case, by=here.clerk, at=AT)
    while decide(opened.case, here.city).state != CaseState.APPROVED:
        pass
    opened.refresh_from_db()
    return opened


def public(certificate: Certificate, name: str):
    found = check_certificate(number=certificate.number.number, name=name, address="198.51.100.7", at=AT)
    return found.certificate


def balanced() -> None:
    assert {r["check"]: r["mismatches"] for r in audit() if r["mismatches"] and r["check"] != "files.content"} == {}


def test_correction_voids_and_issues_a_successor_with_a_new_number(here) -> None:
    old = one_of(here)
    opened = carried(here, asked(here, "correction", name="李改名"))
    old.refresh_from_db()
    new = old.successor
    assert (old.state, old.number.state, old.void_reason) == ("void", "void", "与户口簿不符")
    assert (new.state, new.holder_name, new.number.number) == ("issued", "李改名", "20190600004")
    assert is_as_issued(new)
    assert is_as_issued(old)
    candidate = here.batch.candidates.get(ordinal=2)
    assert (candidate.certificate, candidate.name, candidate.person.name) == (new, "李改名", "李改名")
    assert opened.applied_at == AT
    assert here.batch.issue.issue_blocks.count() == 2
    balanced()


def test_public_page_follows_at_once_and_names_the_last_of_the_line(here) -> None:
    old, name = one_of(here), one_of(here).holder_name
    assert public(old, name).standing == "unsealed"
    carried(here, asked(here, "correction", graduation_month="2019-06"))
    second = Certificate.objects.get(predecessor=old)
    shown = public(old, name)
    assert (shown.standing, shown.standing_label, shown.replaced_by) == (
        "replaced", "已作废，由新证书代替", second.number.number,
    )  # fmt: skip
    assert public(second, name).standing == "unsealed"
    carried(here, asked(here, "correction", second, graduation_month="2019-07"))
    third = Certificate.objects.get(predecessor=second)
    assert public(old, name).replaced_by == public(second, name).replaced_by == third.number.number
    carried(here, asked(here, "voiding", third))
    assert {public(certificate, name).standing for certificate in (old, second, third)} == {"void"}
    balanced()


def test_corrected_identity_number_reaches_person_and_certificate(here) -> None:
    from tests.exchange.people import resident_id

    old = one_of(here)
    before = holder_id_of(old)
    right = resident_id(778, old.holder_birth_date)
    opened = asked(here, "correction", resident_id=right)
    item = opened.items.get()
    assert item.after == right
    assert right not in f"{list(opened.items.values())}{list(Event.objects.values())}"
    carried(here, opened)
    new = Certificate.objects.get(predecessor=old)
    assert (holder_id_of(new), holder_id_of(old)) == (right, before)
    assert resident_id_of(new.person) == right
    assert new.person_id == old.person_id
    balanced()


def test_wrong_content_is_refused_by_the_rules_before_anybody_decides(here) -> None:
    opened = asked(here, "correction", sex="男" if one_of(here).holder_sex == "女" else "女", entry_month="2019-08")
    with pytest.raises(RuleViolation) as refused:
        submit_case(case=opened.case, by=here.clerk, at=AT)
    rules = {finding.rule for finding in refused.value.findings}
    assert {"particulars.sex_matches_id", "graduate.sex_matches_id"} <= rules
    assert one_of(here).state == "issued"


def test_request_without_proof_is_not_submitted(here) -> None:
    with pytest.raises(RuleViolation, match="证明材料"):
        submit_case(case=asked(here, "voiding", proof=False).case, by=here.clerk, at=AT)


def test_voiding_ends_the_certificate_and_replacement_follows_later(here) -> None:
    old = one_of(here)
    with pytest.raises(Conflict, match="前提"):
        asked(here, "replacement", old)
    carried(here, asked(here, "voiding", old))
    old.refresh_from_db()
    assert (old.state, old.number.state, public(old, old.holder_name).standing) == ("void", "void", "void")
    assert here.batch.candidates.get(ordinal=2).certificate == old
    balanced()
    carried(here, asked(here, "replacement", old))
    new = Certificate.objects.get(predecessor=old)
    assert new.holder_name == old.holder_name
    assert public(old, old.holder_name).replaced_by == new.number.number
    balanced()
    with pytest.raises(Conflict, match="已经换发过"):
        asked(here, "replacement", old)


def test_numbers_are_never_used_again(here) -> None:
    for ordinal in (1, 2, 3):
        carried(here, asked(here, "correction", here.batch.candidates.get(ordinal=ordinal).certificate, name="改甲"))
    numbers = list(Certificate.objects.values_list("number__number", flat=True))
    assert len(set(numbers)) == len(numbers) == 6
    assert Certificate.objects.filter(number__state=NumberState.VOID).count() == 3
    balanced()


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        pytest.param("correction", {}, "相同", id="什么都不改"),
        pytest.param("correction", {"name": " "}, "没有填写", id="空"),
        pytest.param("correction", {"graduation_month": "七月"}, "读不懂", id="年月"),
        pytest.param("correction", {"principal": "某"}, "不能更正", id="不是学生的"),
        pytest.param("voiding", {"name": "某"}, "不更改内容", id="作废带更正"),
        pytest.param("burning", {}, "没有「certificate_burning」", id="种类"),
    ],
)
def test_request_that_cannot_be_is_refused(here, kind, changes, message) -> None:
    with pytest.raises(BadInput, match=message):
        asked(here, kind, **changes)


def test_one_request_a_certificate_at_a_time(here) -> None:
    asked(here, "correction", name="李改名")
    with pytest.raises(Conflict, match="证书信息更正"):
        asked(here, "voiding")


def test_only_the_own_school_files_and_two_persons_decide(here) -> None:
    with pytest.raises(NotPermitted):
        open_certificate_case(
            kind="certificate_voiding", certificate=one_of(here), reason="x", by=here.city.city_clerk, at=AT
        )
    with pytest.raises(NotPermitted):
        open_certificate_case(
            kind="certificate_voiding", certificate=one_of(here), reason="x", by=here.city.city_reviewer, at=AT
        )
    opened = asked(here, "voiding")
    submit_case(case=opened.case, by=here.clerk, at=AT)
    with pytest.raises(Conflict, match="没有通过"):
        reissue_certificate(certificate=one_of(here), case=opened.case, changes={}, reason="x", by=here.clerk, at=AT)


def test_refused_request_leaves_everything_as_it_was(here) -> None:
    opened = asked(here, "correction", name="李改名")
    submit_case(case=opened.case, by=here.clerk, at=AT)
    decide(opened.case, here.city, "refuse", reasons="证据不足")
    opened.refresh_from_db()
    assert (one_of(here).state, opened.applied_at) == ("issued", None)
    asked(here, "voiding")


def test_everything_is_told_in_the_ledger(here) -> None:
    old = one_of(here)
    carried(here, asked(here, "correction", name="李改名"))
    tags = [event.tag for event in timeline_of(old)]
    assert tags.count("certificate:voided") == tags.count("certificate:replaced") == 1
    replaced = Event.objects.get(tag="certificate:replaced")
    assert replaced.before == {"number": old.number.number}
    assert replaced.after == {"number": "20190600004", "fields": ["name"]}
    assert Event.objects.filter(tag="enrolment:corrected", parent_type="cases.Case").count() == 1


def test_successor_of_a_block_numbering_comes_from_the_running_counter(monkeypatch) -> None:
    use(monkeypatch, granted_in_blocks(), *certificate_cases())
    here = setting()
    batch = approved_batch(here.city, school=here.city.city_school)
    old = batch.candidates.get(ordinal=1).certificate
    opened = open_certificate_case(
        kind="certificate_correction", certificate=old, reason="错", changes={"graduation_month": "2019-06"},
        by=here.city.city_clerk, at=AT,
    )  # fmt: skip
    EvidenceFactory(case=opened.case)
    submit_case(case=opened.case, by=here.city.city_clerk, at=AT)
    while decide(opened.case, here.city).state != CaseState.APPROVED:
        pass
    assert Certificate.objects.get(predecessor=old).number.number == "字（2019）000001"
