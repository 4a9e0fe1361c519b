"""A certificate that somebody with the database, but no key, has rewritten: nobody is told it is genuine, nobody prints it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest
from django.db import connection
from tests.factories.accounts import UserFactory
from tests.factories.certificates import issued
from tests.factories.institutions import ProgrammeFactory

from xueji.certificates.models import Certificate
from xueji.certificates.queries import is_as_issued, require_as_issued, stored_values
from xueji.cli import audit
from xueji.core.errors import Conflict
from xueji.lookup.actions import check_certificate

pytestmark = pytest.mark.django_db
AT = datetime(2019, 7, 20, 1, tzinfo=UTC)


@pytest.fixture
def forged() -> Certificate:
    """The name is another, and the digest is the plain hash of what stands there now: all one can do without a key."""
    certificate = issued(ProgrammeFactory(name="护理"), UserFactory(), (1, 2))[0]
    certificate.holder_name = "张伪造"
    plain = json.dumps(stored_values(certificate), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute(
            "update certificates_certificate set holder_name = %s, content_digest = %s where id = %s",
            ["张伪造", hashlib.sha256(plain.encode()).hexdigest(), certificate.pk],
        )
        cursor.execute("set session_replication_role = default")
    return Certificate.objects.select_related("number").get(pk=certificate.pk)


def test_a_forged_certificate_is_told_to_nobody(forged, caplog) -> None:
    answer = check_certificate(number=forged.number.number, name="张伪造", address="127.0.0.1", at=AT)
    assert (answer.found, answer.certificate) == (False, None)
    assert str(forged.pk) in caplog.text


def test_a_forged_certificate_is_not_printed_or_listed(forged) -> None:
    with pytest.raises(Conflict, match=forged.number.number):
        require_as_issued(Certificate.objects.select_related("number"))
    assert [
        is_as_issued(certificate) for certificate in Certificate.objects.select_related("number").exclude(pk=forged.pk)
    ] == [True]


def test_the_audit_names_a_forged_certificate(forged) -> None:
    found = {check["check"]: check["mismatches"] for check in audit.audit() if check["mismatches"]}
    assert found["certificates.content"] == [f"{forged.number.number}：内容与签发时不一致"]
