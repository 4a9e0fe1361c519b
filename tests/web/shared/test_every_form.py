"""Every form of the product gives back what was put into it, and Enter ends nothing in any of them.

A form written into a template tomorrow is looked for here; one that no page of this world shows fails.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.template import engines
from django.template.loaders.filesystem import Loader
from django.test import Client
from django.utils import timezone
from tests.web import scenes, scenes_of_applicants, scenes_of_offices, scenes_of_register
from tests.web.applicants import signed_in_applicant
from tests.web.test_matrix import OURS
from tests.web.walking import Walk, applicants, marked, pages, people, refuse_everything, written_forms

from xueji.registry.models import Enrolment

# Forms that need not come back as they were sent, each with its reason.
NOT_GIVEN_BACK: dict[str, str] = {
    "base.html#2": "signing out",
    "shared/inbox.html#1": "nothing to fill in: what is read is read (`test_inbox.py`)",
    "shared/notices.html#1": "nothing to fill in: a notice is withdrawn (`test_inbox.py`)",
    "account/logout.html#1": "signing out",
    "account/login.html#1": "shown to strangers alone: walked with the library's other pages (`test_library_forms.py`)",
    "public/_form.html#1": "the page of a «no» repeats nothing that was typed, so that its bytes are always the same",
    "public/limited.html#1": "nothing to fill in: it carries what was asked to the check above (`test_lookup_pages.py`)",
    "applicant/sign_in.html#1": "shown to strangers alone; what they typed stands on it again (`applicant/test_entrance.py`)",
    "shared/question.html#1": "a question has nothing to fill in; what it carries comes back in the form it came from",
    "shared/student_purpose.html#1": "what it is for goes into the session, which nothing refuses (`test_students.py`)",
    "shared/findings.html#1": "nothing to fill in: it starts a job (`test_finding_pages.py`)",
    "shared/step.html#1": "a term goes on again: nothing to fill in (`tests/guild/test_pages.py`)",
    "shared/step.html#3": "a term stands still: no pack of ours lets it, so no scene shows it (`tests/guild/test_pages.py`)",
    "authority/undelivered.html#1": "nothing to fill in: a message goes out again (`apps/applications/test_reminders.py`)",
    "authority/institutions/previewed.html#1": "nothing to fill in: what it carries comes back in the form it came from",
    "authority/institutions/history.html#1": "nothing to fill in: what stayed goes along (`authority/test_succession_pages.py`)",
    "authority/bulk_preview.html#1": "nothing to fill in: each row says what became of it",
}


@pytest.fixture
def told_apart(monkeypatch):
    """Templates say of each form where it was written."""
    read = Loader.get_contents
    monkeypatch.setattr(Loader, "get_contents", lambda self, origin: marked(read(self, origin), origin.template_name))
    for engine in engines.all():
        for loader in getattr(getattr(engine, "engine", None), "template_loaders", []):
            loader.reset()
    yield
    for engine in engines.all():
        for loader in getattr(getattr(engine, "engine", None), "template_loaders", []):
            loader.reset()


@pytest.fixture
def walk(db, told_apart, settings, tmp_path) -> Walk:
    """Every page of the URL table, for everybody who may open it, scene after scene; nothing of a scene is kept."""
    found = Walk()
    every = (*scenes.SCENES, *scenes_of_offices.SCENES, *scenes_of_register.SCENES, *scenes_of_applicants.SCENES)
    for number, scene in enumerate(every):  # what a scene leaves outside of the database ends with it as well
        settings.HOME = tmp_path / f"home-{number}"  # the code of a founding lies there
        settings.MARKS = tmp_path / f"marks-{number}"  # and there which numbers were given
        settings.HOME.mkdir()
        settings.MARKS.mkdir()
        with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
            scene()
            signed_in = _sign_in()  # an event as well, so before the ledger refuses
            refuse_everything(patch)
            _walk(found, signed_in)
            transaction.set_rollback(True)
    return found


def _sign_in() -> list[tuple[Client, frozenset[Any] | None]]:
    """Everybody who holds a post, with what they may, and every applicant; where nobody does, a stranger: the page is the founding."""
    found: list[tuple[Client, frozenset[Any] | None]] = [
        (signed_in_applicant(applicant), None) for applicant in applicants()
    ]
    everybody = people()
    if not everybody and not found:
        return [(Client(), frozenset())]
    known = [str(pk) for pk in Enrolment.objects.values_list("pk", flat=True)]
    for user, may in everybody:
        client = Client()
        client.force_login(user, backend="xueji.accounts.backends.Accounts")
        session = client.session  # what the files of minors are opened for was said, and each look recorded
        session["students_purpose"] = {"day": timezone.localdate().isoformat(), "text": "核对", "seen": known}
        session.save()
        found.append((client, may))
    return found


def _walk(found: Walk, signed_in: list[tuple[Client, frozenset[Any] | None]]) -> None:
    for address in OURS:
        for url in pages(address.keys, address.name):
            for client, may in signed_in:
                permission = address.access.permission
                is_theirs = (
                    may is None
                    if address.access.of_applicants
                    else may is not None and (not permission or permission in may)
                )
                if is_theirs and address.name not in found.done:
                    found.page(client, url, address.name)


@pytest.mark.long
def test_every_form_gives_back_what_was_put_into_it(walk) -> None:
    unseen = sorted(written_forms() - set(walk.seen) - set(NOT_GIVEN_BACK))
    gone = sorted(set(NOT_GIVEN_BACK) - written_forms())
    misses = [miss for miss in walk.misses if miss.split(" on ")[0] not in NOT_GIVEN_BACK]
    assert {"not walked": unseen, "came back otherwise": misses, "no such form": gone} == {
        "not walked": [], "came back otherwise": [], "no such form": [],
    }  # fmt: skip
