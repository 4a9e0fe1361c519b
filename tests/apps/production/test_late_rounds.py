"""A round for late batches and the one for ordinary ones are two: asked of every act that is given a round."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime

import pytest
from tests import acting
from tests.factories.draws import CommitmentFactory
from tests.factories.institutions import staffed_city
from tests.factories.jurisdictions import GUANGXI, jurisdiction
from tests.factories.production import SEALING_DAY, approved_batch, class_of, round_of

from xueji.core.errors import BadInput
from xueji.production.actions import book_appointment, draw_files, seal_issue
from xueji.production.form_data import certificates_of
from xueji.production.models import FileCheck, SealingAppointment, SealingRound, SealingSession

pytestmark = pytest.mark.django_db
BEFORE = datetime(2019, 7, 5, 2, tzinfo=UTC)
# Acts on a round itself, whose batches are those it has.
OF_THE_ROUND = {"cancel_round", "extend_round", "move_round"}


def _other(sealing_round: SealingRound) -> SealingRound:
    """Return a round of the same season and days for the batches the given one is not for."""
    return SealingRound.objects.create(
        **class_of(sealing_round), is_late=not sealing_round.is_late, opens_on=sealing_round.opens_on, closes_on=sealing_round.closes_on,
        place="职成科", schools_per_half_day=2, commitment=CommitmentFactory() if sealing_round.commitment else None,
    )  # fmt: skip


@pytest.mark.parametrize("is_late", [False, True])
def test_a_batch_is_sealed_in_the_round_of_its_sort_alone(is_late: bool) -> None:
    staff = staffed_city()
    batch = approved_batch(staff, is_late=is_late)
    values = {
        "issue": batch.issue, "diplomas_counted": certificates_of(batch.issue).count(), "refused": {}, "sealed_by": staff.sealer,
        "supervised_by": staff.seal_supervisor, "at": SEALING_DAY,
    }  # fmt: skip
    own_round = round_of(batch)
    with pytest.raises(BadInput, match="不属于该次验印"):
        seal_issue(round=_other(own_round), **values)
    assert not SealingSession.objects.exists()
    assert seal_issue(round=own_round, **values).sealed_count == 3


@pytest.mark.parametrize("is_late", [False, True])
def test_a_place_is_booked_in_the_round_of_its_sort_alone(is_late: bool) -> None:
    staff = staffed_city()
    batch = approved_batch(staff, count=1, is_late=is_late)
    values = {"issue": batch.issue, "day": date(2019, 7, 8), "half": "am", "by": staff.clerk, "at": BEFORE}
    own_round = round_of(batch)
    with pytest.raises(BadInput):
        book_appointment(round=_other(own_round), **values)
    assert not SealingAppointment.objects.exists()
    assert book_appointment(round=own_round, **values).place_in_half == 1


@pytest.mark.parametrize("is_late", [False, True])
def test_files_are_drawn_by_the_secret_of_the_round_of_its_sort_alone(is_late: bool) -> None:
    place = jurisdiction(GUANGXI, is_late=is_late)
    days = {"opens_on": date(2022, 6, 20), "closes_on": date(2022, 7, 8)}
    own_round = SealingRound.objects.create(
        **class_of(place.batch.season), is_late=is_late, place="x", commitment=CommitmentFactory(), **days
    )
    values = {"issue": place.batch.issue, "by": place.sealer, "at": datetime(2022, 6, 21, 2, tzinfo=UTC)}
    with pytest.raises(BadInput, match="不属于该次验印"):
        draw_files(round=_other(own_round), **values)
    assert not FileCheck.objects.exists()
    assert draw_files(round=own_round, **values).draw.size == 1


def test_every_act_that_is_given_a_round_stands_here() -> None:
    given = {act.__name__ for act in acting.actions() if "round" in inspect.signature(act).parameters}
    assert given - OF_THE_ROUND == {"seal_issue", "book_appointment", "draw_files"}
