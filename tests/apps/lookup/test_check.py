"""The public check: what is told, to whom, how often; every «no» alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories.certificates import void
from tests.factories.institutions import staffed_city
from tests.factories.production import approved_batch, with_completion

from xueji.certificates.actions import seal_certificates
from xueji.certificates.content import PURPOSE
from xueji.certificates.models import Certificate
from xueji.certificates.queries import stored_values
from xueji.core.numbering import NumberPart, NumberShape, format_number
from xueji.ledger.models import Event
from xueji.lookup.actions import check_certificate
from xueji.lookup.models import LookupAttempt
from xueji.lookup.normalise import network_of, printed_forms, read_name, read_number, spellings_of
from xueji.policy import get_library
from xueji.production.form_data import certificates_of
from xueji.sealing.digests import active_key_id, keyed_digest
from xueji.sealing.fields import store_sealed

pytestmark = pytest.mark.django_db
AT = datetime(2019, 9, 1, 1, tzinfo=UTC)
HERE = "203.0.113.7"


@pytest.fixture
def certificates():
    staff = staffed_city()
    found = list(certificates_of(approved_batch(staff, count=3).issue))
    seal_certificates(certificates=Certificate.objects.filter(pk=found[0].pk), by=staff.sealer, at=AT)
    return found, staff


def ask(number, name, address=HERE, at=AT, **done):
    return check_certificate(number=number, name=name, address=address, at=at, **done)


def test_number_and_name_together_give_the_least(certificates):
    found, _ = certificates
    answer = ask(found[0].number.number, "张学生")
    assert answer.found
    assert answer.certificate.standing == "valid"
    assert answer.certificate.name == "张学生"
    assert answer.certificate.graduation_month == "2019-07"
    fields = set(answer.certificate.__slots__)
    assert fields == {
        "number", "name", "kind", "school", "programme", "graduation_month", "standing", "made_valid_by", "replaced_by",
        "in_place_of",
    }  # fmt: skip
    assert (answer.certificate.title, answer.certificate.made_valid_by) == ("毕业证书", "验印")


def test_the_name_told_is_the_recorded_one(certificates):
    found, _ = certificates
    assert ask(found[1].number.number, " 阿依古丽 . 买买提").certificate.name == "阿依古丽·买买提"


def test_a_certificate_of_completion_is_never_taken_for_a_diploma():
    staff = staffed_city()
    certificate = with_completion(approved_batch(staff, count=1), staff).certificate
    seal_certificates(certificates=Certificate.objects.filter(pk=certificate.pk), by=staff.sealer, at=AT)
    shown = ask(certificate.number.number, "刘子思").certificate
    assert (shown.standing, shown.title, shown.month_label) == ("valid", "结业证书", "结业年月")


@pytest.mark.forges
def test_a_seal_that_was_written_by_hand_is_told_to_nobody_though_the_ledger_speaks_of_it(certificates):
    """As the owner of the database: the state, its time, and the event of a sealed diploma copied for one that is not."""
    found, _ = certificates
    number = found[1].number.number
    assert ask(number, "阿依古丽·买买提").certificate.standing == "unsealed"
    Certificate.objects.filter(pk=found[1].pk).update(state="sealed", sealed_at=AT)
    event = Event.objects.get(tag="certificate:sealed", subject_id=str(found[0].pk))
    event.pk, event.subject_id, event.after = None, str(found[1].pk), {"number": number}
    event.save(force_insert=True)
    assert not ask(number, "阿依古丽·买买提").found
    assert ask(found[0].number.number, "张学生").certificate.standing == "valid"


@pytest.mark.requirement("S3-10")
def test_a_diploma_that_is_held_back_is_not_called_valid():
    from tests.factories.jurisdictions import FUJIAN, certify, jurisdiction

    from xueji.production.models import HandOut

    place = jurisdiction(FUJIAN, count=2)
    certificate, other = certificates_of(place.batch.issue).order_by("candidate__ordinal")
    seal_certificates(
        certificates=Certificate.objects.filter(pk__in=[certificate.pk, other.pk]), by=place.sealer, at=AT
    )
    assert ask(certificate.number.number, certificate.holder_name).certificate.standing_label == "暂不发放"
    certify(place.batch, 0)
    assert ask(certificate.number.number, certificate.holder_name).certificate.standing_label == "有效"
    HandOut.objects.create(
        certificate=other,
        received_by_name=other.holder_name,
        handed_on=AT.date(),
        handed_by=place.clerk,
        recorded_at=AT,
    )
    assert ask(other.number.number, other.holder_name).certificate.standing_label == "有效"  # the paper is out


@pytest.mark.requirement("S2-35")
def test_where_nobody_seals_the_words_are_those_of_the_steel_seal():
    from tests.factories.jurisdictions import HENAN, jurisdiction

    place = jurisdiction(HENAN, count=1)
    certificate = certificates_of(place.batch.issue).get()
    waiting = ask(certificate.number.number, certificate.holder_name).certificate
    seal_certificates(certificates=Certificate.objects.filter(pk=certificate.pk), by=place.clerk, at=AT)
    valid = ask(certificate.number.number, certificate.holder_name).certificate
    assert (waiting.standing, valid.standing) == ("unsealed", "valid")
    assert waiting.made_valid_by == valid.made_valid_by == "粘贴毕业照片、加盖学校钢印"
    assert "验印" not in waiting.standing_label + valid.standing_label


def test_not_yet_sealed_void_and_replaced_are_told(certificates):
    found, staff = certificates
    dotted = found[1]
    assert ask(dotted.number.number, "阿依古丽·买买提").certificate.standing == "unsealed"
    void(dotted, staff.city_reviewer, "姓名有误")
    answer = ask(dotted.number.number, "阿依古丽·买买提")
    assert answer.certificate.standing_label == "已作废"


def test_a_replaced_certificate_names_its_successor(certificates):
    from dataclasses import replace

    from tests.factories.certificates import AT as ISSUED_AT
    from tests.factories.certificates import content_for, view_of

    from xueji.certificates.actions import issue_certificates, prepare_certificates, release_numbers

    found, staff = certificates
    old = found[2]
    void(old, staff.city_reviewer, "打印有误")
    programme = old.enrolment.programme
    content = replace(
        content_for(programme, 77, name=old.holder_name),
        person_id=old.person_id, enrolment_id=old.enrolment_id, predecessor_id=old.pk,
    )  # fmt: skip
    block = release_numbers(
        view=view_of(), kind="graduation", parts={"year": 2019}, count=1, school=old.school, purpose="换发",
        by=staff.city_reviewer, at=ISSUED_AT,
    )  # fmt: skip
    new = issue_certificates(
        issue=old.issue, prepared=prepare_certificates([content], view_of()), block=block, issue_date=ISSUED_AT.date(),
        by=staff.city_reviewer, at=ISSUED_AT,
    )[0]  # fmt: skip
    answer = ask(old.number.number, old.holder_name)
    assert (answer.certificate.standing, answer.certificate.replaced_by) == ("replaced", new.number.number)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda n: "　" + "".join(chr(ord(c) + 0xFEE0) for c in n) + " ", id="全角"),
        pytest.param(lambda n: f" {n[:4]} {n[4:6]}-{n[6:]}", id="空格和横线"),
    ],
)
def test_numbers_as_people_type_them(certificates, write):
    found, _ = certificates
    assert ask(write(found[0].number.number), "张 学生").found


@pytest.mark.parametrize("dot", list("·•・‧．.⋅"))
def test_every_dot_of_a_name_is_the_same_dot(certificates, dot):
    found, _ = certificates
    assert ask(found[1].number.number, f"阿依古丽{dot}买买提").found


def test_every_no_is_the_same_answer_by_the_same_queries(certificates):
    found, _ = certificates
    cases = [
        (found[0].number.number, "李四"),  # somebody else's name
        ("20190699999", "张学生"),  # no such number
        ("", ""),
        ("not-a-number", "张学生"),
        (found[0].number.number, ""),
        ("1" * 500, "张" * 500),
    ]
    answers, statements = [], []
    for number, name in cases:
        with CaptureQueriesContext(connection) as queries:
            answers.append(ask(number, name))
        statements.append(
            [
                q["sql"].split(" WHERE ")[0].split(" VALUES ")[0]
                for q in queries.captured_queries
                if "SAVEPOINT" not in q["sql"]
            ]
        )
    assert len(set(answers)) == 1
    assert not answers[0].found
    shapes = {tuple(s.split("(")[0] for s in sent) for sent in statements}
    assert len(shapes) == 1


def test_an_identity_number_finds_nothing(certificates):
    found, _ = certificates
    from xueji.certificates.queries import holder_id_of

    assert not ask(holder_id_of(found[0]), found[0].holder_name).found


def test_the_log_holds_no_number_no_name_no_address(certificates):
    found, _ = certificates
    ask(found[0].number.number, "张学生")
    attempt = LookupAttempt.objects.get()
    stored = bytes(attempt.address_index) + bytes(attempt.target_index)
    assert len(stored) == 32
    assert HERE.encode() not in stored
    assert found[0].number.number.encode() not in stored


def test_a_home_of_ipv6_counts_as_one_address():
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:203.0.113.7") == "203.0.113.7"
    assert network_of("garbage") == "unreadable"


def test_reading_of_numbers_and_names():
    assert read_number(" 2019-0600 001\u3000") == "20190600001"
    assert read_name("阿依古丽．买买提\u200b") == read_name("阿依古丽·买买提")
    assert read_name("阿依古丽·买买提") != read_name("阿依古丽·买提")


@pytest.mark.parametrize(
    "typed",
    [
        "\ufeff20190600317", "2019\u200d0600\u200f317", "\u202e20190600317\u202c", "\u206820190600317\u2069", "2019\u00ad0600317",
        "2019\u31640600317", "２０１９−０６００−３１７", "2019–0600‒317", "2019\u00a00600\u2009317", "'20190600317", "“20190600317”",
        "证书编号：20190600317", "编号 20190600317", "No.20190600317", "№ 20190600317", "2019·0600·317", "20190600317。", "20190600\ufe0e317",
    ],
)  # fmt: skip
def test_a_number_is_read_whatever_stands_around_and_inside_it(typed):
    assert read_number(typed) == "20190600317"


@pytest.mark.parametrize(
    "dot",
    ["•", "・", "･", "‧", ".", "．", "。", "｡", "●", "∙", "⋅", "-", "－", "—", " ", "\u3000", "", "\u200b·", "ꞏ", "、"],
)
def test_no_keyboard_needs_the_printed_dot(dot):
    assert read_name(f"尼格买提{dot}热合曼") == read_name("尼格买提·热合曼")


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("⽯⽟\u200b", "石玉"), ("⻢⼩⾬", "马小雨"), ("葛\U000e0101明", "葛明"), ("李\uffa0芳", "李芳"), ("\u202d李芳\u202c", "李芳"),
        ("李\u2800芳", "李芳"), ("ＡＢＣ", "abc"), ("李\u2060芳", "李芳"),
    ],
)  # fmt: skip
def test_a_name_is_compared_as_it_is_seen(typed, printed):
    assert read_name(typed) == read_name(printed)


def test_signs_alone_are_no_name():
    assert read_name("·。● \u3164") == ""


DASHED = NumberShape(
    (NumberPart("serial", "顺序号", 5), NumberPart("school", "学校", 4)), "卢", "-{school}", serial="serial"
)
BRACKETED = replace(DASHED, prefix="卢（{school}）-", suffix="")


@pytest.mark.parametrize(
    "typed", ["卢00001-0012", "卢000010012", "卢 00001 — 0012", "编号：卢00001－0012", "卢\u301c00001‑0012"]
)
def test_a_number_with_a_dash_is_found_with_and_without_it(typed):
    assert "卢00001-0012" in printed_forms(read_number(typed), [DASHED])


def test_dashes_beside_brackets_and_where_no_shape_has_any():
    assert "卢（0012）-00001" in printed_forms(read_number("卢[0012]00001"), [BRACKETED])
    plain = replace(DASHED, suffix="")
    assert printed_forms("卢000010012", [plain]) == ("卢000010012",)
    assert printed_forms("20190600001", [DASHED, BRACKETED]) == ("20190600001",)


def test_a_number_of_the_pack_whose_numbers_bear_a_dash_is_found_in_both_forms(certificates):
    found, _ = certificates
    shape = get_library().pack("fictional/ruritania").on(date(2022, 4, 1)).numbering("graduation").shape
    parts = {"serial": "1", "grade": "8", "programme": "123456", "year": "22", "school": "12"}
    printed = format_number(shape, parts)
    assert printed.endswith("-0012")
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # past the trigger that keeps a number what it is
        cursor.execute(
            "update certificates_certificatenumber set number = %s where id = %s", [printed, found[0].number_id]
        )
        cursor.execute("set session_replication_role = default")
    certificate = Certificate.objects.select_related("number").get(pk=found[0].pk)
    certificate.content_digest = keyed_digest(stored_values(certificate), purpose=PURPOSE, key_id=active_key_id())
    store_sealed([certificate], "content_digest")
    for typed in (printed, printed.replace("-", ""), printed.replace("-", "—")):
        assert ask(typed, certificate.holder_name).certificate.number == printed


@pytest.mark.requirement("S4-17")
@pytest.mark.parametrize(
    "typed",
    [
        "桂教中专毕字（2022）000001",
        "桂教中专毕字(2022)000001",
        "桂教中专毕字〔2022〕 000001",
        "桂教中专毕字[2022]-000001",
    ],
)
def test_brackets_of_a_number_are_read_as_paper_has_them(typed):
    assert "桂教中专毕字（2022）000001" in spellings_of(read_number(typed))
    assert len(spellings_of(read_number("20190600001"))) == 1
