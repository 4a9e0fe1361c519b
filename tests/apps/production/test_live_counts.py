"""What pages and lists count: the certificates that live, each once, without asking once more for every line."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories.accounts import UserFactory
from tests.factories.certificates import void
from tests.factories.institutions import appointed
from tests.factories.production import PrintRunFactory, approved_batch

from xueji.certificates.locks import lock_paper
from xueji.certificates.models import Issue
from xueji.graduation.issues import batch_of
from xueji.institutions.actions_particulars import amend_school
from xueji.institutions.models import Post
from xueji.ledger.queries import printed_head
from xueji.ledger.sequencing import sequence_events
from xueji.production import form_data, queries
from xueji.production.form_data import certificates_of
from xueji.production.lists import issue_fields
from xueji.production.models import Embossing, HandOut, PrintSheet

pytestmark = pytest.mark.django_db
AT = datetime(2019, 7, 20, 1, tzinfo=UTC)


@pytest.fixture
def issue() -> Issue:
    """Three diplomas printed, embossed and handed out, the first of them voided afterwards."""
    found = approved_batch(count=3).issue
    run, somebody = PrintRunFactory(issue=found), UserFactory()
    for ordinal, certificate in enumerate(certificates_of(found), 1):
        PrintSheet.objects.create(
            run=run, ordinal=ordinal, certificate=certificate, outcome="good", confirmed_by=somebody, confirmed_at=AT
        )
        Embossing.objects.create(certificate=certificate, done_by=somebody, done_at=AT)
        HandOut.objects.create(
            certificate=certificate, received_by_name=certificate.holder_name, handed_on=date(2019, 7, 20), handed_by=somebody, recorded_at=AT
        )  # fmt: skip
    void(certificates_of(found)[0], somebody)
    return found


def test_a_voided_diploma_is_counted_nowhere_beside_the_living(issue) -> None:
    """«Printed 3 of 2» is what the pages said."""
    assert certificates_of(issue).count() == 2
    assert queries.sheets_loaded(issue, "graduation") == {"pending": 0, "good": 2}
    assert (queries.embossed_count(issue), queries.handed_out_count(issue)) == (2, 2)
    row = queries.central_issues(appointed(Post.PRINTER, issue.authority)).get()
    assert (row.certificates_n, row.good_n, row.pending_n) == (2, 2, 0)


def test_what_waits_for_a_parcel_is_counted_with_the_list(issue, django_assert_num_queries) -> None:
    found = queries.with_waiting(queries.issues_to_dispatch(appointed(Post.PRINTER, issue.authority)))
    with CaptureQueriesContext(connection) as asked:
        (row,) = found
    assert row.to_send_n == 2
    assert len([query for query in asked if "certificates_certificate" in query["sql"]]) == 1


def test_the_totals_of_a_list_are_counted_by_the_database(issue) -> None:
    numbers = list(certificates_of(issue).values_list("number__number", flat=True))
    with CaptureQueriesContext(connection) as asked:
        fields = issue_fields(issue)
    assert [fields[key] for key in ("graduates", "total", "first_number", "last_number")] == ["2", "2", *numbers]
    assert not [query for query in asked if "holder_name" in query["sql"]]  # no certificate was fetched for it
    for certificate in certificates_of(issue):
        void(certificate, UserFactory())
    assert [issue_fields(issue)[key] for key in ("total", "first_number", "last_number")] == ["0", "", ""]


def test_the_balance_asks_the_register_once(issue, monkeypatch) -> None:
    asked, counted = [], form_data.register_of
    monkeypatch.setattr(form_data, "register_of", lambda issue: (asked.append(issue), counted(issue))[1])
    assert queries.sealing_balance(issue).live == 2
    assert asked == [issue]


def test_an_issue_and_its_batch_know_each_other(issue, django_assert_num_queries) -> None:
    stored = Issue.objects.get(pk=issue.pk)
    with django_assert_num_queries(1):
        batch = batch_of(stored)
        assert batch_of(stored) is batch
        assert batch.issue is stored


def test_who_only_points_to_a_locked_paper_does_not_wait(issue) -> None:
    """FOR UPDATE holds up every row that is added under the issue; FOR NO KEY UPDATE holds up those who lock it too."""
    with CaptureQueriesContext(connection) as asked:
        lock_paper(issue)
    assert "FOR NO KEY UPDATE" in asked[0]["sql"]


def test_the_register_takes_the_head_of_the_log_with_it(issue) -> None:
    assert form_data.register_data(issue).log_head == ""
    sequence_events()
    assert form_data.register_data(issue).log_head == printed_head()
    assert printed_head().startswith("履历日志")


def printed_of(issue: Issue) -> tuple[object, ...]:
    roster = form_data.roster_data(issue, issue.law.document("roster"))
    return form_data.register_data(issue).school_name, roster, issue_fields(issue)["school_name"]


@pytest.mark.requirement("S2-33")
@pytest.mark.parametrize("effective_on", [date(2019, 7, 20), date(2019, 6, 1)])
def test_a_later_renaming_changes_no_reprint(issue, effective_on) -> None:
    """Neither one from a day after the issue, nor one entered afterwards for a day before it."""
    before, name = printed_of(issue), issue.school.name
    amend_school(
        school=issue.school, values={"name": "更名后的职业学校"}, effective_on=effective_on, document_number="虚构〔2019〕1号",
        by=appointed(Post.ADMINISTRATOR, issue.authority), at=AT,
    )  # fmt: skip
    renamed = Issue.objects.get(pk=issue.pk)
    assert renamed.school.name == "更名后的职业学校"
    assert printed_of(renamed) == before
    assert before[0] == before[2] == name
    assert {record.school_name for record in diplomas_of(renamed)} == {name}


def diplomas_of(issue: Issue):
    return form_data.diploma_records(list(certificates_of(issue)), issue.law.document("diploma"))
