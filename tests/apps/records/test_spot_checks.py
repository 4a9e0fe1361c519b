"""The draw of handbooks: committed before the list, repeatable by anybody, its outcome told by two people."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from tests.factories.institutions import appointed
from tests.journeys.world import AT, LATER, found

from xueji.cases.actions import decide_step
from xueji.cases.queries import open_step_of
from xueji.certificates.stages import require_stage
from xueji.core.draw import draw, list_hash_of, seed_of
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.demo.provinces import FUJIAN, GUANGXI
from xueji.graduation.actions import submit_batch, withdraw_candidates
from xueji.graduation.models import SpotCheck, SpotCheckCommitment
from xueji.graduation.records.actions import confirm_outcomes, draw_spot_check, record_outcomes
from xueji.graduation.records.actions.spot_checks import checking_authority
from xueji.graduation.records.eligibility import is_spot_checked
from xueji.graduation.records.form_data import spot_check_groups
from xueji.institutions.models import Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def guangxi():
    world = found(GUANGXI)
    return world, world.listed(count=25)


def submitted(world, batch, at=LATER):
    submit_batch(batch=batch, by=world.user(f"{world.key_of(batch)}_clerk"), at=at)
    return SpotCheck.objects.filter(batch=batch).first()


@pytest.mark.requirement("S4-02")
def test_anybody_can_repeat_the_draw_from_what_is_published(guangxi) -> None:
    world, batch = guangxi
    promised = SpotCheckCommitment.objects.get(batch=batch)
    assert SpotCheck.objects.count() == 0
    past_draw = submitted(world, batch)
    check = past_draw.draw
    codes = check.codes.split("\n")
    assert (check.population, check.size, len(codes)) == (25, 2, 25)  # 5 % of 25 is 1.25: rounded up
    assert (past_draw.promised, check.commitment) == (promised, promised.commitment)
    assert hashlib.sha256(check.commitment.secret.encode()).hexdigest() == promised.commitment.sha256
    assert list_hash_of(codes) == check.list_hash
    assert seed_of(check.commitment.secret, check.list_hash, check.context) == check.seed
    assert draw(codes, check.size, check.seed) == tuple(check.items.values_list("code", flat=True))
    by_hand = sorted(codes, key=lambda code: hashlib.sha256(f"{check.seed}\n{code}".encode()).hexdigest())[:2]
    assert by_hand == [item.code for item in check.items.all()]
    assert {item.spot_check_item.candidate.pk.hex for item in check.items.all()} == set(by_hand)


@pytest.mark.requirement("S4-02")
def test_list_filed_again_is_drawn_again_with_another_secret_and_whoever_was_drawn_stays_drawn(guangxi) -> None:
    world, batch = guangxi
    first = submitted(world, batch)
    _returned(world, batch)
    submit_batch(batch=batch, by=world.user("school_clerk"), at=LATER + timedelta(hours=1))
    assert SpotCheck.objects.filter(batch=batch).count() == 1  # the same list is not drawn from twice
    batch.case.refresh_from_db()
    _returned(world, batch)
    drawn = set(first.draw.items.values_list("spot_check_item__candidate", flat=True))
    other = batch.candidates.exclude(pk__in=drawn).first()
    withdraw_candidates(batch=batch, ids=[other.pk], reason="退学", by=world.user("school_clerk"), at=LATER)
    batch.refresh_from_db()
    second = submitted(world, batch, LATER + timedelta(hours=2))
    assert second.draw.commitment.secret != first.draw.commitment.secret
    assert second.draw.population == 24
    assert SpotCheckCommitment.objects.filter(batch=batch, spot_check=None).count() == 1
    _pass_all(world, batch, second.draw.items.all())
    assert is_spot_checked(batch) is (
        drawn <= set(second.draw.items.values_list("spot_check_item__candidate", flat=True))
    )
    _pass_all(world, batch, first.draw.items.all())
    assert is_spot_checked(batch)


def _returned(world, batch) -> None:
    step = open_step_of(batch.case)
    decide_step(step=step, verdict="return", reasons="请核对", by=world.user("school_leader"), at=LATER)
    batch.refresh_from_db()


def _pass_all(world, batch, items) -> None:
    place = checking_authority(batch)
    another = appointed(Post.CITY_REVIEWER, place)
    record_outcomes(batch=batch, outcomes={i.pk: ("passed", "") for i in items}, by=world.user("city"), at=LATER)
    confirm_outcomes(batch=batch, ids=[i.pk for i in items], by=another, at=LATER)


@pytest.mark.requirement("S4-02")
def test_outcome_is_recorded_by_one_and_confirmed_by_another_of_the_checking_authority(guangxi) -> None:
    world, batch = guangxi
    items = list(submitted(world, batch).draw.items.all())
    city, province = world.user("city"), world.user("province")
    with pytest.raises(NotPermitted, match="南宁市教育局"):
        record_outcomes(batch=batch, outcomes={items[0].pk: ("passed", "")}, by=province, at=LATER)
    with pytest.raises(Conflict, match="还没有登记"):
        confirm_outcomes(batch=batch, ids=[items[0].pk], by=city, at=LATER)
    with pytest.raises(BadInput, match="写明情况"):
        record_outcomes(batch=batch, outcomes={items[0].pk: ("failed", " ")}, by=city, at=LATER)
    record_outcomes(batch=batch, outcomes={items[0].pk: ("passed", "")}, by=city, at=LATER)
    with pytest.raises(NotPermitted, match="两人"):
        confirm_outcomes(batch=batch, ids=[items[0].pk], by=city, at=LATER)
    with pytest.raises(DatabaseError, match="draw_item_confirmed_by_another"), transaction.atomic():
        type(items[0]).objects.filter(pk=items[0].pk).update(confirmed_by=city, confirmed_at=LATER)
    another = appointed(Post.CITY_REVIEWER, checking_authority(batch))
    confirm_outcomes(batch=batch, ids=[items[0].pk], by=another, at=LATER)
    with pytest.raises(Conflict, match="不能再改"):
        record_outcomes(batch=batch, outcomes={items[0].pk: ("failed", "成绩不符")}, by=city, at=LATER)


@pytest.mark.requirement("S4-02")
def test_failed_handbook_keeps_the_batch_from_its_seal_until_the_graduate_leaves(guangxi) -> None:
    world, batch = guangxi
    first, second = submitted(world, batch).draw.items.all()
    another = appointed(Post.CITY_REVIEWER, checking_authority(batch))
    outcomes = {first.pk: ("passed", ""), second.pk: ("failed", "手册成绩与登记表不符")}
    record_outcomes(batch=batch, outcomes=outcomes, by=world.user("city"), at=LATER)
    confirm_outcomes(batch=batch, ids=[first.pk, second.pk], by=another, at=LATER)
    assert not is_spot_checked(batch)
    with pytest.raises(RuleViolation) as refused:
        require_stage(batch.issue, "seal")
    assert "process.seal.after.spot_check" in [finding.rule for finding in refused.value.findings]
    leaver = second.spot_check_item.candidate
    leaver.state, leaver.mark_reason = "withdrawn", "核验不通过"
    leaver.save()
    assert is_spot_checked(batch)


@pytest.mark.requirement("S4-02")
def test_school_directly_under_the_province_is_checked_by_the_province() -> None:
    world = found(GUANGXI)
    batch = world.listed("direct", 3)
    assert submitted(world, batch).draw.size == 1
    assert checking_authority(batch).level == "province"


@pytest.mark.requirement("S4-02")
def test_draw_and_commitment_cannot_be_changed_or_taken_away(guangxi) -> None:
    world, batch = guangxi
    check = submitted(world, batch).draw
    for statement in (
        "UPDATE draws_draw SET seed = repeat('0', 64)",
        "DELETE FROM graduation_spotcheck",
        "UPDATE graduation_spotcheck SET batch_id = batch_id",
        "UPDATE draws_commitment SET sha256 = repeat('0', 64)",
        "DELETE FROM graduation_spotcheckcommitment",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    check.refresh_from_db()
    assert seed_of(check.commitment.secret, check.list_hash, check.context) == check.seed


@pytest.mark.requirement("S4-02")
def test_record_form_has_method_seed_list_and_names(guangxi) -> None:
    world, batch = guangxi
    check = submitted(world, batch).draw
    (form,) = spot_check_groups(batch)
    assert form.fields["seed"] == check.seed
    assert "sha256sum" in form.fields["method"]
    assert [row["name"] for row in form.rows] == [item.spot_check_item.candidate.name for item in check.items.all()]


def test_pack_without_a_spot_check_commits_and_draws_nothing() -> None:
    world = found(FUJIAN)
    batch = world.listed(count=2)
    submitted(world, batch)
    assert not SpotCheckCommitment.objects.exists()
    assert draw_spot_check(batch=batch, by=world.user("school_clerk"), at=AT) is None
