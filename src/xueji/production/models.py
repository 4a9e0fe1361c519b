"""Printers and calibration, print runs, sealing rounds with appointments and sessions, archive copies."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.certificates.models import Certificate
from xueji.documents.models import StoredFile
from xueji.graduation.models import Batch, Season
from xueji.institutions.models import School
from xueji.jobs.models import Job
from xueji.ledger.models import append_only


class Printer(models.Model):
    """A printer of a school; its newest calibration is used for overlay prints."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="printers")
    name = models.CharField("打印机", max_length=60)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="printer_once_per_school", fields=["school", "name"])]

    def __str__(self) -> str:
        return self.name


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


class PrintRun(models.Model):
    """One rendering of a document of a batch; the file's hash is evidence of what was printed."""

    class Document(models.TextChoices):
        """What can be printed of a batch."""

        DIPLOMA_SAMPLE = "diploma_sample", "毕业证书样张"
        DIPLOMA_OVERLAY = "diploma_overlay", "毕业证书套打"
        REGISTER = "register", "验印登记册"
        ROSTER = "roster", "验印名单"
        ROSTER_WORKBOOK = "roster_workbook", "验印名单（Excel）"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="print_runs")
    document = models.CharField(max_length=20, choices=Document.choices)
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
        return self.get_document_display()


class SealingRound(models.Model):
    """The days on which an authority seals for a season (S1-12), or for the late ones (S1-13)."""

    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="rounds")
    is_late = models.BooleanField("补验印", default=False)
    opens_on = models.DateField("开始")
    closes_on = models.DateField("截止")
    place = models.CharField("地点", max_length=100)
    schools_per_half_day = models.PositiveSmallIntegerField("每半天学校数", default=4)

    class Meta:
        ordering = ["-opens_on"]
        constraints = [
            models.UniqueConstraint(name="round_once", fields=["season", "is_late"]),
            models.CheckConstraint(name="round_days_in_order", condition=Q(opens_on__lte=F("closes_on"))),
        ]

    def __str__(self) -> str:
        return f"{self.opens_on:%Y-%m-%d} 至 {self.closes_on:%Y-%m-%d}{'补验印' if self.is_late else '验印'}"


class SealingAppointment(models.Model):
    """When a school comes with its diplomas."""

    class Half(models.TextChoices):
        """Half of a day."""

        MORNING = "am", "上午"
        AFTERNOON = "pm", "下午"

    round = models.ForeignKey(SealingRound, on_delete=models.PROTECT, related_name="appointments")
    batch = models.OneToOneField(Batch, on_delete=models.PROTECT, related_name="appointment")
    day = models.DateField("日期")
    half = models.CharField(max_length=2, choices=Half.choices)
    place_in_half = (
        models.PositiveSmallIntegerField()
    )  # 1..schools_per_half_day: the constraint that keeps a half-day from overflowing
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    booked_at = models.DateTimeField()

    class Meta:
        ordering = ["day", "half", "place_in_half"]
        constraints = [
            models.UniqueConstraint(name="appointment_place_once", fields=["round", "day", "half", "place_in_half"])
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.get_half_display()}"


class SealingSession(models.Model):
    """The act of sealing one batch: what was counted, that it balanced, who sealed, who supervised."""

    batch = models.OneToOneField(Batch, on_delete=models.PROTECT, related_name="sealing")
    round = models.ForeignKey(SealingRound, on_delete=models.PROTECT, related_name="sessions")
    diplomas_counted = models.PositiveIntegerField("清点证书数")
    register_total = models.PositiveIntegerField("登记册验印人数")
    refused_count = models.PositiveIntegerField("不予验印数", default=0)
    sealed_count = models.PositiveIntegerField("验印数")
    first_number = models.CharField(max_length=40)
    last_number = models.CharField(max_length=40)
    sealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    supervised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sealed_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-sealed_at"]
        constraints = [
            models.CheckConstraint(
                name="sealing_balances",
                condition=Q(
                    diplomas_counted=F("sealed_count") + F("refused_count"),
                    register_total=F("sealed_count") + F("refused_count"),
                ),
            ),
            models.CheckConstraint(name="sealing_two_persons", condition=~Q(sealed_by=F("supervised_by"))),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.first_number} 至 {self.last_number}"


class SealingRefusal(models.Model):
    """A diploma brought but not sealed, and why."""

    session = models.ForeignKey(SealingSession, on_delete=models.PROTECT, related_name="refusals")
    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="sealing_refusal")
    reason = models.CharField("原因", max_length=200)

    class Meta:
        triggers = append_only()


class ArchiveCopy(models.Model):
    """A paper copy of register or roster lodged after sealing with city, county or school (S1-15)."""

    class Keeper(models.TextChoices):
        """Who keeps it."""

        CITY = "city", "市"
        COUNTY = "county", "县"
        SCHOOL = "school", "校"

    session = models.ForeignKey(SealingSession, on_delete=models.PROTECT, related_name="archive_copies")
    keeper = models.CharField(max_length=10, choices=Keeper.choices)
    document = models.CharField(max_length=20, choices=[("register", "验印登记册"), ("roster", "验印名单")])
    shelf_mark = models.CharField("档号", max_length=60)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="archive_copy_once", fields=["session", "keeper", "document"])]
