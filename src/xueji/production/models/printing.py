"""Printers with their calibration, print runs with their sheets and files, and requests to print again."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.blanks.models import Blank
from xueji.cases.models import Case
from xueji.certificates.models import Certificate, Issue
from xueji.documents.models import StoredFile
from xueji.institutions.models import Authority, School
from xueji.jobs.models import Job
from xueji.ledger.models import append_only
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.sealing.vouching import vouched


class Printer(models.Model):
    """A printer of a school, or of an authority that prints for schools; its newest calibration is used."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="printers")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="printers")
    name = models.CharField("打印机", max_length=60)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(name="printer_once_per_school", fields=["school", "name"]),
            models.UniqueConstraint(name="printer_once_per_authority", fields=["authority", "name"]),
            models.CheckConstraint(
                name="printer_at_one_place",
                condition=Q(school__isnull=True, authority__isnull=False)
                | Q(school__isnull=False, authority__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> School | Authority:
        """Where it stands."""
        place = self.school or self.authority
        assert place is not None, "the database knows a place for every printer"
        return place


class Calibration(models.Model):
    """Offsets in millimetres and scales of one printer and form, measured on a printed sheet; the newest counts."""

    printer = models.ForeignKey(Printer, on_delete=models.PROTECT, related_name="calibrations")
    dx_mm = models.DecimalField("横向偏移（毫米）", max_digits=5, decimal_places=2, default=0)
    dy_mm = models.DecimalField("纵向偏移（毫米）", max_digits=5, decimal_places=2, default=0)
    scale_x = models.DecimalField("横向比例", max_digits=7, decimal_places=5, default=1)
    scale_y = models.DecimalField("纵向比例", max_digits=7, decimal_places=5, default=1)
    measured_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    measured_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="calibration_plausible",
                condition=Q(
                    dx_mm__range=(-20, 20),
                    dy_mm__range=(-20, 20),
                    scale_x__range=("0.95", "1.05"),
                    scale_y__range=("0.95", "1.05"),
                ),
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"横 {self.dx_mm} 毫米，纵 {self.dy_mm} 毫米"


class BlankPicture(models.Model):
    """A scan of a real blank, uploaded at one place for one form: previews lie over it. The newest counts."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="+")
    document = models.CharField(max_length=40)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="blank_picture_at_one_place",
                condition=Q(school__isnull=True, authority__isnull=False)
                | Q(school__isnull=False, authority__isnull=True),
            )
        ]


class PrintRun(models.Model):
    """One rendering of a form of an issue; the files' hashes are evidence of what was printed.

    `document` is the key of the pack's form and `title` what the form was called then. A run that is loaded prints on
    blanks, sheet by sheet; any other makes a single file.
    """

    class Mode(models.TextChoices):
        """How a diploma is printed; lists have none."""

        NONE = "", "清单"
        OVERLAY = "overlay", "套打"
        FULL = "full", "整版"
        SAMPLE = "sample", "样张"

    class Format(models.TextChoices):
        """Kind of file."""

        PDF = "pdf", "PDF"
        XLSX = "xlsx", "Excel"

    class TrayOrder(models.TextChoices):
        """Which blank the printer draws first."""

        FIRST_ON_TOP = "first_on_top", "小号先进纸"
        LAST_ON_TOP = "last_on_top", "大号先进纸"

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="print_runs")
    document = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.NONE, blank=True)
    format = models.CharField(max_length=4, choices=Format.choices, default=Format.PDF)
    is_loaded = models.BooleanField("装纸打印", default=False)
    tray_order = models.CharField(max_length=12, choices=TrayOrder.choices, default=TrayOrder.FIRST_ON_TOP)
    printer = models.ForeignKey(Printer, on_delete=models.PROTECT, null=True, related_name="+")
    calibration = models.ForeignKey(Calibration, on_delete=models.PROTECT, null=True, related_name="+")
    first_number = models.CharField(max_length=40, blank=True)
    last_number = models.CharField(max_length=40, blank=True)
    sheet_count = models.PositiveIntegerField(default=0)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    notes = models.JSONField(default=list)  # names shrunk or printed with a substitute font
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title


class PrintFile(models.Model):
    """A part of a loaded run, in the order in which the printer draws the blanks: about fifty sheets a file."""

    run = models.ForeignKey(PrintRun, on_delete=models.PROTECT, related_name="files")
    ordinal = models.PositiveSmallIntegerField("份")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    first_sheet = models.PositiveIntegerField("首张")  # as printed: larger than `last_sheet` when the last comes first
    last_sheet = models.PositiveIntegerField("末张")
    notes = models.JSONField(default=list)

    class Meta:
        ordering = ["run", "ordinal"]
        constraints = [models.UniqueConstraint(name="print_file_once", fields=["run", "ordinal"])]
        triggers = append_only()


class SheetOutcome(models.TextChoices):
    """What became of a sheet."""

    PENDING = "pending", "待确认"
    GOOD = "good", "完好"
    SPOILED = "spoiled", "作废"
    UNUSED = "unused", "未打印"


class PrintSheet(models.Model):
    """One sheet of a loaded run: whose certificate on which blank, and what became of it.

    A certificate is on one pending or good sheet at a time, and a blank on one sheet that was not given up unused:
    two clerks cannot print the same diploma twice, nor two diplomas on one blank.
    """

    run = models.ForeignKey(PrintRun, on_delete=models.PROTECT, related_name="sheets")
    ordinal = models.PositiveIntegerField("序号")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="print_sheets")
    blank = models.ForeignKey(Blank, on_delete=models.PROTECT, null=True, related_name="print_sheets")
    outcome = models.CharField(max_length=8, choices=SheetOutcome.choices, default=SheetOutcome.PENDING)
    reason = models.CharField("作废原因", max_length=200, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["run", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="sheet_place_in_run", fields=["run", "ordinal"]),
            models.UniqueConstraint(
                name="one_live_sheet_per_certificate",
                fields=["certificate"],
                condition=Q(outcome__in=["pending", "good"]),
            ),
            models.UniqueConstraint(name="one_sheet_per_blank", fields=["blank"], condition=~Q(outcome="unused")),
            models.CheckConstraint(
                name="sheet_confirmed_by_and_at",
                condition=Q(outcome="pending", confirmed_by__isnull=True, confirmed_at__isnull=True)
                | ~Q(outcome="pending") & Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(name="sheet_spoiled_with_reason", condition=~Q(outcome="spoiled") | ~Q(reason="")),
        ]
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable("run_id", "ordinal", "certificate_id", "blank_id"),
            pgtrigger.Trigger(
                name="outcome_never_back",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("outcome"),
                func="""
                    IF OLD.outcome <> NEW.outcome AND OLD.outcome <> 'pending'
                       AND NOT (OLD.outcome = 'good' AND NEW.outcome = 'spoiled')
                    THEN RAISE EXCEPTION 'a sheet is not taken back: % to %', OLD.outcome, NEW.outcome; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.ordinal} 张"


class Reprint(models.Model):
    """A request to print certificates again whose sheets were spoiled (重打); the case carries the approval."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="reprint")
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="reprints")
    reason = models.CharField("重打原因", max_length=200)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.reason


class ReprintItem(models.Model):
    """One spoiled sheet for which a new one is asked."""

    reprint = models.ForeignKey(Reprint, on_delete=models.CASCADE, related_name="items")
    sheet = models.ForeignKey(PrintSheet, on_delete=models.PROTECT, related_name="reprint_items")

    class Meta:
        constraints = [models.UniqueConstraint(name="sheet_once_per_reprint", fields=["reprint", "sheet"])]
