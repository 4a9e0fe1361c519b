"""Two records that may be one student's (S2 第八条): what was found, what the schools say of it, what was decided of it.

Nothing merges or ends by itself: a finding holds the filing, people decide. What a decision moved stays here, row by row.
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from xueji.cases.models import Case
from xueji.documents.models import StoredFile
from xueji.institutions.models import Authority, School
from xueji.ledger.models import append_only
from xueji.registry.models.enrolments import Enrolment
from xueji.registry.models.people import Person
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class Duplicate(models.Model):
    """Two records found to be of one student, definitely or possibly; the first is the one that was registered first.

    One row for two records, for good: what was cleared up does not come back. A definite one holds the filing of both
    while it is open.
    """

    class Certainty(models.TextChoices):
        """How sure it is."""

        DEFINITE = "definite", "确定重复"
        POSSIBLE = "possible", "疑似重复"

    class Ground(models.TextChoices):
        """By what it was found."""

        SAME_DOCUMENT = "same_document", "证件号相同（含15位、18位）"
        MISTYPED = "mistyped", "身份证号只差一位"
        SAME_PARTICULARS = "same_particulars", "姓名、出生日期、性别相同"

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", "待查清"
        ONE_STANDS = "one_stands", "已认定一条学籍"
        TWO_PERSONS = "two_persons", "已认定为两人"

    first = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="duplicates_as_first")
    second = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="duplicates_as_second")
    certainty = models.CharField("程度", max_length=8, choices=Certainty.choices)
    ground = models.CharField("依据", max_length=16, choices=Ground.choices)
    found_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField("查出时间")
    state = models.CharField("状态", max_length=11, choices=State.choices, default=State.OPEN)
    stands = models.ForeignKey(Enrolment, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField("查清时间", null=True)
    digest = RowDigestField(
        covers=[
            "first_id", "second_id", "certainty", "ground", "found_by_id", "found_at", "state", "stands_id", "closed_at",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["found_at", "id"]
        constraints = [
            models.CheckConstraint(name="duplicate_of_two_records", condition=~Q(first=F("second"))),
            models.UniqueConstraint(Least("first", "second"), Greatest("first", "second"), name="duplicate_once"),
            models.CheckConstraint(
                name="duplicate_closed_at", condition=Q(state="open", closed_at=None) | ~Q(state="open") & Q(closed_at__isnull=False)
            ),
            models.CheckConstraint(
                name="duplicate_one_of_both_stands",
                condition=Q(state="one_stands") & (Q(stands=F("first")) | Q(stands=F("second")))
                | ~Q(state="one_stands") & Q(stands=None),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["state", "found_at"], name="duplicate_open")]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="duplicate_stays", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="two_persons_never_come_back",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (
                      SELECT FROM registry_twopersons t, registry_enrolment a, registry_enrolment b
                      WHERE a.id = NEW.first_id AND b.id = NEW.second_id AND t.ended_at IS NULL
                        AND t.first_id = least(a.person_id, b.person_id) AND t.second_id = greatest(a.person_id, b.person_id))
                    THEN RAISE EXCEPTION 'records % and % are of two persons, as was decided', NEW.first_id, NEW.second_id
                      USING ERRCODE = 'integrity_constraint_violation'; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.get_certainty_display()

    @property
    def records(self) -> tuple[Enrolment, Enrolment]:
        """Return both records."""
        return self.first, self.second

    @property
    def is_open(self) -> bool:
        """Whether it is to be cleared up."""
        return self.state == self.State.OPEN


class DuplicateAnswer(models.Model):
    """What a school says of a student found twice, with its evidence; the latest counts, all stay."""

    class Answer(models.TextChoices):
        """What it says."""

        MINE = "mine", "是本校在读学生"
        NOT_MINE = "not_mine", "不在本校就读"
        TWO_PERSONS = "two_persons", "是两名学生"

    duplicate = models.ForeignKey(Duplicate, on_delete=models.PROTECT, related_name="answers")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField("答复", max_length=11, choices=Answer.choices)
    statement = models.TextField("情况说明")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    file_name = models.CharField("证明材料", max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("答复时间")

    class Meta:
        ordering = ["duplicate", "id"]
        constraints = [
            models.CheckConstraint(
                name="answer_with_evidence", condition=Q(answer="not_mine") | Q(file__isnull=False) & ~Q(file_name="")
            )
        ]
        triggers = [*append_only(), *vouched()]

    def __str__(self) -> str:
        return self.get_answer_display()


class DuplicateReminder(models.Model):
    """A school was reminded to answer: by whom, when, and when it took note (S2 负面清单 counts them)."""

    duplicate = models.ForeignKey(Duplicate, on_delete=models.PROTECT, related_name="reminders")
    from_school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    from_authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="+")
    to_school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="duplicate_reminders")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("催办时间")
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField("签收时间", null=True)

    class Meta:
        ordering = ["duplicate", "id"]
        constraints = [
            models.CheckConstraint(
                name="reminder_from_one_place",
                condition=Q(from_school__isnull=True, from_authority__isnull=False)
                | Q(from_school__isnull=False, from_authority__isnull=True),
            ),
            models.CheckConstraint(
                name="reminder_received_by_and_at",
                condition=Q(received_by__isnull=True, received_at__isnull=True)
                | Q(received_by__isnull=False, received_at__gte=F("at")),
            ),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="reminder_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="reminder_received_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__received_at__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return "催办"

    @property
    def sender(self) -> School | Authority:
        """Return who reminded."""
        sender = self.from_school or self.from_authority
        assert sender is not None  # the database holds it to one of both
        return sender


class DuplicateFiling(models.Model):
    """What a school asks its authority to decide of a duplicate: its own answer, or that a decision be taken back."""

    class Outcome(models.TextChoices):
        """What became of it."""

        OPEN = "open", "办理中"
        DONE = "done", "已办理"
        LEFT_OUT = "left_out", "未办理"

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="duplicate_filing")
    duplicate = models.ForeignKey(Duplicate, on_delete=models.PROTECT, related_name="filings")
    record = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, related_name="+"
    )  # the record of the school that asks
    asked = models.CharField("申请认定", max_length=11, choices=DuplicateAnswer.Answer.choices)
    statement = models.TextField("情况说明")
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="undoings")
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices, default=Outcome.OPEN)
    digest = RowDigestField(
        covers=["case_id", "duplicate_id", "record_id", "asked", "statement", "undoes_id", "outcome"]
    )

    class Meta:
        ordering = ["duplicate", "id"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_filing_per_duplicate", fields=["duplicate"], condition=Q(outcome="open")
            ),
            models.UniqueConstraint(name="undone_once", fields=["undoes"], condition=Q(outcome="done")),
        ]
        triggers = [*vouched(), pgtrigger.Protect(name="duplicate_filing_stays", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_asked_display()


class MovedRecord(models.Model):
    """A record that a decision moved from one person to another: kept, and moved back when the decision is undone."""

    filing = models.ForeignKey(DuplicateFiling, on_delete=models.PROTECT, related_name="moved_records")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="moved")
    from_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    to_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField("移动时间")
    moved_back_at = models.DateTimeField("移回时间", null=True)

    class Meta:
        ordering = ["filing", "id"]
        constraints = [
            models.UniqueConstraint(name="moved_once_by_a_filing", fields=["filing", "enrolment"]),
            models.CheckConstraint(name="moved_to_another_person", condition=~Q(from_person=F("to_person"))),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="moved_record_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="moved_back_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__moved_back_at__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return "移动的学籍"


class TwoPersons(models.Model):
    """Two persons whom people decided to be two (twins, namesakes): their records are never put together again.

    Decided by a case, or, where it was only possible, by the answers of both schools. `first` is the lesser key.
    """

    first = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    duplicate = models.ForeignKey(Duplicate, on_delete=models.PROTECT, related_name="decided_as_two")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("认定时间")
    ended_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = "认定为两人"
        constraints = [
            models.CheckConstraint(name="two_persons_in_order", condition=Q(first__lt=F("second"))),
            models.UniqueConstraint(
                name="two_persons_once", fields=["first", "second"], condition=Q(ended_at__isnull=True)
            ),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="two_persons_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="two_persons_end_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__ended_at__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return "认定为两人"
