"""Applicants in every state in which a page of their portal shows a form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import FACTS, drafted, province, submitted
from tests.factories.institutions import appointed
from tests.web.applicants import signed_in_applicant

from xueji.applications.actions import open_application, state_facts
from xueji.applications.blacklist_actions import Forgery, propose_listing
from xueji.applications.models import Defect
from xueji.applications.review_actions import DefectFound, ask_for_supplement, refuse_on_grounds
from xueji.applications.supplement_actions import answer_defect
from xueji.cases.queries import open_step_of
from xueji.institutions.models import Post


def unproven() -> None:
    """Somebody who has just come in, on two devices: nobody knows who it is."""
    province()
    signed_in_applicant(ApplicantFactory())


def drafting() -> None:
    """A replacement with pictures and everything stated, a verification whose commitment is to be signed."""
    person, centre = ApplicantFactory(proven=True), province()
    drafted(person, centre)
    second = open_application(applicant=person, kind="verification", centre=centre, by=person.user, at=timezone.now())
    facts = FACTS | {"diploma": "held", "original_number": "豫教职专证字 20020001"}
    state_facts(application=second, facts=facts, by=person.user, at=timezone.now())


def waiting() -> None:
    """One submitted, on which nobody has decided."""
    submitted(drafted(ApplicantFactory(proven=True), province()))


def asked() -> None:
    """One given back with a letter: a picture to take again, a fact to put right, a question; and one with an answer already."""
    centre = province()
    sent = submitted(drafted(ApplicantFactory(proven=True), centre))
    found = [
        DefectFound("id_card", "反光，请重拍"), DefectFound("programme", "与毕业证明不一致"), DefectFound(Defect.OTHER, "请说明校名"),
    ]  # fmt: skip
    officer, at = appointed(Post.PROVINCE_REVIEWER, centre), timezone.now()
    ask_for_supplement(step=open_step_of(sent.case), defects=found, by=officer, at=at)
    other = sent.defects.get(aspect=Defect.OTHER)
    second = submitted(drafted(sent.applicant, centre, graduated="2001-07"))
    ask_for_supplement(step=open_step_of(second.case), defects=found[2:], by=officer, at=at)
    for words in (second.defects.get(), other):
        answer_defect(defect=words, words="一职中", by=sent.applicant.user, at=at)


def blacklisting() -> None:
    """Refused as forged: one nobody proposed yet, one who may answer, one whose days are over."""
    centre = province()
    officer, at = appointed(Post.PROVINCE_REVIEWER, centre), timezone.now()
    appointed(Post.PROVINCE_REVIEWER, centre)  # who proposes neither takes down the answer nor drafts
    forged = [DefectFound("attestation", "公章是伪造的", ground="forged")]
    applications = []
    for graduated in ("1999-07", "2000-07", "2001-07"):
        sent = submitted(drafted(ApplicantFactory(proven=True), centre, graduated=graduated))
        refuse_on_grounds(step=open_step_of(sent.case), defects=forged, by=officer, at=at)
        sent.refresh_from_db()
        applications.append(sent)
    for sent, day in zip(applications, (at, at - timedelta(days=21)), strict=False):
        propose_listing(application=sent, forgery=Forgery(["attestation"], "校方否认"), by=officer, at=day)


SCENES: tuple[Callable[[], None], ...] = (unproven, drafting, waiting, asked, blacklisting)
