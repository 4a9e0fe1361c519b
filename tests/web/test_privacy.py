"""Nobody puts an ID number together from what they are shown, and nothing readable lies in a table."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from tests.factories.graduation import CandidateFactory
from tests.factories.institutions import appointed
from tests.factories.registry import EnrolmentFactory, ParticularsChangeItemFactory, PersonFactory, resident_id
from tests.factories.uploads import UploadFactory, UploadRowFactory
from tests.privacy.crawl import read_by
from tests.privacy.rebuild import Truth, figures, left_of, scraps_of
from tests.privacy.scan import forms_of, readable_in_files, readable_in_tables
from tests.web.test_matrix import OURS
from tests.web.world import World, build

from xueji.accounts.permissions import Permission, Sight
from xueji.graduation.models import Batch, Candidate
from xueji.institutions.models import Post
from xueji.institutions.posts import PERMISSIONS_OF, SIGHT_OF
from xueji.institutions.queries import sight_of
from xueji.ledger.models import Event
from xueji.registry.models import Person

REGIONS = ("610502", "610521", "610522", "610581")
PEOPLE = 12
DOCS = Path(__file__).parents[2] / "docs" / "privacy.md"


def born(n: int) -> date:
    return date(2001, 3, 1) + timedelta(days=37 * n)


def peopled() -> tuple[World, list[Truth]]:
    """The world of the access matrix, its own school with a dozen graduates on every kind of page."""
    world = build()
    batch = Batch.objects.get(pk=world.keys["own"]["batch_id"])
    programme = Candidate.objects.filter(batch=batch)[0].enrolment.programme
    truths = []
    intake = UploadFactory(about=batch)
    for n in range(PEOPLE):
        number = _number(n)
        person = PersonFactory(name=f"秦{'甲乙丙丁戊己庚辛壬癸子丑'[n]}生", number=number)
        enrolment = EnrolmentFactory(person=person, programme=programme)
        candidate = CandidateFactory(batch=batch, enrolment=enrolment, person=person, ordinal=10 + n)
        facts = {"resident_id": number, "birth_date": born(n).isoformat()}
        UploadRowFactory(upload=intake, name=person.name, payload=json.dumps(facts))
        world.keys[f"person {n}"] = world.keys["own"] | {"candidate_id": candidate.pk, "graduates_upload_id": intake.pk}
        truths.append(Truth(person.name, person.sex, number))
    _correction(world, batch)
    return world, truths


def _number(n: int) -> str:
    from xueji.core.identifiers import check_character

    first = f"610502{born(n):%Y%m%d}{100 + n:03d}"
    return first + check_character(first)


def _correction(world: World, batch: Batch) -> None:
    """A change of number and birth date of the first graduate, waiting at the county."""
    from xueji.cases.models import Case
    from xueji.registry.models import ParticularsChange

    change = ParticularsChange.objects.get(case_id=world.keys["own"]["case_id"])
    first = batch.candidates.get(name="秦甲生")
    ParticularsChange.objects.filter(pk=change.pk).update(enrolment=first.enrolment)
    change.refresh_from_db()
    ParticularsChangeItemFactory(
        change=change, field="birth_date", before="2001-03-02", after=first.birth_date.isoformat()
    )
    ParticularsChangeItemFactory(
        change=change, field="resident_id", before=resident_id(4), after=first.person.resident_id
    )
    Case.objects.filter(pk=change.case_id).update(title="信息更正 秦甲生")
    step = change.case.steps.get()
    world.keys["change"] = world.keys["own"] | {"step_id": step.pk, "case_id": change.case_id}


def addresses_of(world: World) -> list[str]:
    scopes = [keys for scope, keys in world.keys.items() if scope in ("own", "change") or scope.startswith("person")]
    return sorted({url.url(keys) for url in OURS for keys in scopes if set(url.keys) <= set(keys)})


@pytest.fixture
def world(db) -> tuple[World, list[Truth]]:
    return peopled()


def test_no_post_can_put_a_number_together_from_all_it_reads(world) -> None:
    here, truths = world
    guess, addresses = {truth.name: REGIONS for truth in truths}, addresses_of(here)
    left_by_post = {}
    for post in map(str, SIGHT_OF):
        person = here.people.get(post) or appointed(Post(post), here.city.city)
        pages = list(read_by(person, addresses, follow=False))
        left = left_of(pages, truths, guess)
        left_by_post[post] = figures(left)
        assert 0 not in left.values(), f"{post}: a page tells something untrue"
        if Permission.VIEW_BATCHES in PERMISSIONS_OF[post]:  # the crawl saw what it was meant to see
            assert any("秦甲生" in page for page in pages)
    print({post: median for post, (_, median) in left_by_post.items()})
    assert {post: rebuilt for post, (rebuilt, _) in left_by_post.items() if rebuilt} == {}
    assert min(median for _, median in left_by_post.values()) >= 50
    seen = {post for post, (_, median) in left_by_post.items() if median < 1_000_000}
    assert seen == {post for post, sight in SIGHT_OF.items() if sight != Sight.NEITHER}


def test_the_same_crawl_rebuilds_every_number_from_what_pages_showed_before(world) -> None:
    _, truths = world
    pages = [
        f"<html><title>{truth.name}</title><dd>{truth.number[:6]}********{truth.number[-4:]}</dd>"
        f"<dd>{born(n).isoformat()}</dd></html>"
        for n, truth in enumerate(truths)
    ]
    assert figures(left_of(pages, truths, {truth.name: {truth.number[:6]} for truth in truths})) == (PEOPLE, 1)


def test_a_tail_or_a_birth_date_alone_leaves_enough(world) -> None:
    _, truths = world
    guess = {truth.name: {truth.number[:6]} for truth in truths}
    tails = [f"<tr><td>{truth.name}</td><td>尾号 {truth.number[-4:]}</td></tr>" for truth in truths]
    births = [f"<tr><td>{truth.name}</td><td>{born(n)}</td></tr>" for n, truth in enumerate(truths)]
    assert min(left_of(tails, truths, guess).values()) >= 50
    assert min(left_of(births, truths, guess).values()) >= 50
    assert max(left_of([*tails, *births], truths, guess).values()) == 1


def test_nothing_readable_lies_in_any_table(world) -> None:
    here, _ = world
    clerk = Client()
    clerk.force_login(here.people[Post.SCHOOL_CLERK], backend="xueji.accounts.backends.Accounts")
    candidate = here.keys["person 0"]["candidate_id"]
    clerk.post(reverse("school:identity", args=[candidate]), {"reason": "核对身份证原件"})
    assert Event.objects.filter(tag="resident_id:revealed").exists()
    everybody = list(Person.objects.all())
    numbers, births = {p.resident_id for p in everybody}, {p.birth_date for p in everybody}
    assert readable_in_tables(numbers, births) == []


def test_the_scan_sees_a_number_a_mask_and_a_birth_date(world) -> None:
    _, truths = world
    planted = f"{truths[0].number} {truths[1].number[:6]}********{truths[1].number[-4:]} {born(2)}"
    with connection.cursor() as cursor:
        cursor.execute("update graduation_season set pack = %s", [planted[:80]])
    found = readable_in_tables({truth.number for truth in truths}, {born(n) for n in range(PEOPLE)})
    assert found == [
        "graduation_season.pack: a birth date", "graduation_season.pack: a tail behind a mask",
        "graduation_season.pack: an ID number",
    ]  # fmt: skip


def test_a_name_within_a_longer_one_is_not_taken_for_it() -> None:
    scraps = scraps_of(["<tr><td>王芳华</td><td>尾号 0025</td></tr>"], {"王芳", "王芳华"})
    assert scraps["王芳华"].tails == {"0025"}
    assert not scraps["王芳"].was_seen


def test_the_scan_of_files_opens_what_is_clear_and_counts_what_is_sealed(tmp_path) -> None:
    number, day = "11010519491231002X", date(1949, 12, 31)
    (tmp_path / "sealed").write_bytes(b"XJF1" + number.encode())
    (tmp_path / "log").write_text(f"born {day}", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "photos", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{number}.jpg", b"")
    (tmp_path / "note").write_text("20190600001 2026-11-29", encoding="utf-8")
    kinds, found = readable_in_files(tmp_path, {number}, forms_of([day]))
    assert kinds == {"sealed": 1, "plain": 2, "archive": 1}
    assert found == ["log: a birth date", "photos: an ID number"]


@pytest.mark.django_db
def test_who_holds_several_posts_sees_one_of_the_two() -> None:
    here = build()
    both = here.people[Post.SCHOOL_CLERK]
    assert sight_of(both) == Sight.TAIL
    appointed(Post.COUNTY_REVIEWER, here.city.county, user=both)
    fresh = type(both).objects.get(pk=both.pk)
    assert sight_of(fresh) == Sight.BIRTH_DATE
    client = Client()
    client.force_login(fresh, backend="xueji.accounts.backends.Accounts")
    page = client.get(reverse("school:candidate", args=[here.keys["own"]["candidate_id"]])).content.decode()
    candidate = Candidate.objects.get(pk=here.keys["own"]["candidate_id"])
    assert candidate.birth_date.isoformat() in page
    assert f"尾号 {candidate.person.resident_id[-4:]}" not in page


def test_what_each_post_sees_is_the_table_of_the_documentation() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \| `([a-z_]+)` \| (尾号|出生日期|都不显示) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE
    )
    words = {Sight.TAIL: "尾号", Sight.BIRTH_DATE: "出生日期", Sight.NEITHER: "都不显示"}
    seen_by_post = {post: (label.strip(), seen.strip()) for label, post, seen in rows}
    assert seen_by_post == {str(post): (Post(post).label, words[sight]) for post, sight in SIGHT_OF.items()}
    assert set(SIGHT_OF) == set(PERMISSIONS_OF) == set(Post)


def test_a_correction_of_a_number_is_read_in_full_once_on_a_reason(world) -> None:
    here, truths = world
    reviewer, case = Client(), here.keys["change"]["case_id"]
    reviewer.force_login(here.people[Post.COUNTY_REVIEWER], backend="xueji.accounts.backends.Accounts")
    url = reverse("case_identity", args=[case])
    assert reviewer.post(url, {"reason": " "}).status_code == 400
    assert not Event.objects.filter(tag="resident_id:revealed").exists()
    shown = reviewer.post(url, {"reason": "与户口簿核对"})
    assert truths[0].number in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert Event.objects.filter(tag="resident_id:revealed", note="与户口簿核对").count() == 1


def test_a_paper_with_numbers_is_taken_by_who_may_and_recorded(world) -> None:
    here, _ = world
    url = reverse("school:print_file", args=[here.keys["own"]["run_id"]])
    clerk = Client()
    clerk.force_login(here.people[Post.SCHOOL_CLERK], backend="xueji.accounts.backends.Accounts")
    assert clerk.get(url).status_code == 200
    taken = Event.objects.get(tag="print:downloaded")
    assert taken.after["title"] == "毕业证书"
    assert taken.after["persons"] == 1
    errors = reverse("uploads:graduates_errors", args=[here.keys["own"]["graduates_upload_id"]])
    assert clerk.get(errors).status_code == 200
    assert Event.objects.get(tag="list:downloaded").after["title"].endswith("检查结果.xlsx")
