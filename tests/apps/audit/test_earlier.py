"""What the audit asks of rows from before something was recorded: no more than was recorded then."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.apps.audit.test_drawn import past

from xueji.cli.audit_asking import all_rows
from xueji.cli.audit_rows import ROW_BALANCES
from xueji.cli.audit_vouched import _TABLES, entering
from xueji.ledger.models import Event
from xueji.ledger.rewriting import adopt_rows


@pytest.mark.django_db
@pytest.mark.forges
def test_who_graduated_before_changes_of_status_were_recorded_needs_none(city) -> None:
    def named() -> list[tuple[str]]:
        return all_rows(ROW_BALANCES["registry.status"][1])

    assert not named()
    with_certificate = "id in (select enrolment_id from certificates_certificate)"
    past("registry_enrolment", f"update registry_enrolment set status = 'graduated' where {with_certificate}")
    assert len(named()) >= 5
    forms = {"registry_enrolment": entering(_TABLES["registry_enrolment"][1])}
    adopt_rows(forms, event=Event, at=datetime(2026, 11, 30, tzinfo=UTC), former=forms)
    assert not named()
    past(
        "registry_enrolment",
        f"update registry_enrolment set status = 'graduated' where id = (select min(id::text)::uuid from registry_enrolment where not {with_certificate})",
    )
    assert len(named()) == 1
