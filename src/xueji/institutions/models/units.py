"""Authorities (a tree), schools, programmes, posts and the people who hold them; the editable working-day table."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Case, F, Func, Q, When
from django.utils import timezone

from xueji.institutions.models.codes import code_triggers
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class Level(models.TextChoices):
    """Levels of administration."""

    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    COUNTY = "county", "县级"


class Authority(models.Model):
    """An education or labour authority. `path` is «/1/5/»: ids from the root to itself, so that scope is a prefix."""

    name = models.CharField("名称", max_length=100, unique=True)
    short_name = models.CharField("简称", max_length=40)
    level = models.CharField("层级", max_length=10, choices=Level.choices)
    line = models.CharField("系统", max_length=10, default="edu")  # edu | hrss
    division_code = models.CharField("行政区划代码", max_length=6)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=200, db_index=True, blank=True)

    class Meta:
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(name="authority_once_per_division", fields=["line", "division_code", "level"])
        ]
        triggers = vouched()

    def __str__(self) -> str:
        return self.name


class School(models.Model):
    """A secondary vocational school under its supervising authority (学籍主管部门)."""

    name = models.CharField("学校名称", max_length=100, unique=True)
    code = models.CharField("学校标识码", max_length=10, unique=True)
    authority = models.ForeignKey(
        Authority, on_delete=models.PROTECT, related_name="schools", verbose_name="学籍主管部门"
    )
    is_public = models.BooleanField("公办", default=True)
    level = models.CharField("办学层次", max_length=20, blank=True)  # a word of the pack, e.g. 技师学院
    ordinal = models.CharField("学校顺序号", max_length=4, blank=True)  # within its division, where numbers carry it
    principal = models.CharField("校长", max_length=40, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    phone = models.CharField("电话", max_length=40, blank=True)
    # From this day on the school opens no new batch; what it has under way is finished. History: `Amendment`.
    closed_on = models.DateField("停办日期", null=True, blank=True)
    digest = RowDigestField(
        covers=[
            "name", "code", "authority_id", "is_public", "level", "ordinal", "principal", "address", "phone", "closed_on",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["authority__path", "code"]
        triggers = [*vouched(), *code_triggers()]

    def __str__(self) -> str:
        return self.name


class Programme(models.Model):
    """A programme a school teaches: name as printed on the diploma, base duration, level (学历层次)."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="programmes")
    code = models.CharField("专业代码", max_length=6)
    name = models.CharField("专业名称", max_length=60)
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1)
    education_level = models.CharField("学历层次", max_length=20, default="中等职业教育")
    catalogue_year = models.PositiveSmallIntegerField("专业目录年份", null=True)  # of the catalogue its code stands in
    # From this day on nobody is enrolled in it any more; those who study it still graduate from it.
    closed_on = models.DateField("停止招生日期", null=True, blank=True)

    class Meta:
        ordering = ["code", "name", "duration_years"]
        constraints = [
            models.UniqueConstraint(name="programme_once_per_school", fields=["school", "name", "duration_years"]),
            models.CheckConstraint(name="programme_duration", condition=Q(duration_years__gt=0, duration_years__lte=6)),
            models.CheckConstraint(
                name="programme_catalogue_year",
                condition=Q(catalogue_year__isnull=True) | Q(catalogue_year__gte=1980, catalogue_year__lte=2999),
            ),
        ]
        triggers = vouched()

    def __str__(self) -> str:
        return self.name


class Amendment(models.Model):
    """What an authority or a school was called (or who headed it) until a day, and what from then on; never rewritten.

    The row of the institution holds what is true today; these rows are its history, by the day each change took effect.
    """

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, blank=True, related_name="amendments")
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, blank=True, related_name="amendments")
    field = models.CharField("项目", max_length=20)
    before = models.CharField("变更前", max_length=200, blank=True)
    after = models.CharField("变更后", max_length=200, blank=True)
    effective_on = models.DateField("生效日期")
    document_number = models.CharField("依据文号", max_length=100)
    amended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    amended_at = models.DateTimeField()

    class Meta:
        ordering = ["-effective_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="amendment_of_one_institution",
                condition=Q(authority__isnull=True, school__isnull=False)
                | Q(authority__isnull=False, school__isnull=True),
            ),
            models.CheckConstraint(name="amendment_changes_something", condition=~Q(before=F("after"))),
        ]
        triggers = [
            pgtrigger.Protect(name="amendment_is_for_good", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.field}：{self.before} → {self.after}"


class PlannedPrincipal(models.Model):
    """Who is to head a school from a day to come. Taken up on the day, or withdrawn before it; settled once."""

    class Settlement(models.TextChoices):
        """What came of it."""

        TAKEN_UP = "taken_up", "已生效"
        WITHDRAWN = "withdrawn", "已撤销"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="planned_principals")
    principal = models.CharField("校长", max_length=40)
    effective_on = models.DateField("生效日期")
    document_number = models.CharField("依据文号", max_length=100)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    outcome = models.CharField("结果", max_length=10, choices=Settlement.choices, blank=True)

    class Meta:
        ordering = ["effective_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="planned_principal_settled_with_outcome",
                condition=Q(settled_at__isnull=True, outcome="") | Q(settled_at__isnull=False) & ~Q(outcome=""),
            ),
            models.UniqueConstraint(
                name="planned_principal_once_a_day", fields=["school", "effective_on"],
                condition=Q(settled_at__isnull=True),
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="planned_principal_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="planned_principal_settled_once", operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__settled_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="planned_principal_says_the_same", operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "school", "principal", "effective_on", "document_number", "entered_by", "entered_at"
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.principal}（{self.effective_on:%Y-%m-%d} 起）"


class Post(models.TextChoices):
    """A post in a school or an authority; what each may do is the table in `posts.py`."""

    SCHOOL_CLERK = "school_clerk", "学校经办人"
    SCHOOL_LEADER = "school_leader", "学校负责人"
    COUNTY_REVIEWER = "county_reviewer", "县级审核人"
    CITY_REVIEWER = "city_reviewer", "市级审核人"
    CITY_LEADER = "city_leader", "市级主管领导"
    PROVINCE_REVIEWER = "province_reviewer", "省级审核人"
    PROVINCE_LEADER = "province_leader", "省级主管领导"
    BLANK_KEEPER = "blank_keeper", "空白证书保管人"
    BLANK_ISSUER = "blank_issuer", "空白证书发放人"
    VOID_KEEPER = "void_keeper", "作废证书保管人"
    PRINTER = "printer", "证书印制人"
    SEALER = "sealer", "验印人"
    SEAL_SUPERVISOR = "seal_supervisor", "监印人"
    AUDITOR = "auditor", "审计员"
    ADMINISTRATOR = "administrator", "系统管理员"


class Installation(models.Model):
    """What this database is for, said once and for good: practice (S3-12), or real work. No row: real work.

    A process that practises refuses a database without the mark; one that does not refuses a database with it.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    is_practice = models.BooleanField("练习", default=True)
    marked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(name="one_installation_for_practice", condition=Q(id=1, is_practice=True))
        ]
        triggers = [
            pgtrigger.Protect(name="mark_is_for_good", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return "练习"


class Appointment(models.Model):
    """Who holds which post where, for which days. One person may not hold a post twice over the same days."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appointments")
    post = models.CharField("岗位", max_length=30, choices=Post.choices)
    authority = models.ForeignKey(
        Authority, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments")
    days = DateRangeField("任期")
    digest = RowDigestField(
        covers=["user_id", "post", "authority_id", "school_id", "days"]
    )  # one that does not fit gives no power

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="appointment_at_one_place",
                condition=Q(authority__isnull=True, school__isnull=False)
                | Q(authority__isnull=False, school__isnull=True),
            ),
            ExclusionConstraint(
                name="appointment_once_at_a_time",
                expressions=[
                    (F("user"), RangeOperators.EQUAL),
                    (F("post"), RangeOperators.EQUAL),
                    (Func(F("authority"), 0, function="COALESCE"), RangeOperators.EQUAL),
                    (Func(F("school"), 0, function="COALESCE"), RangeOperators.EQUAL),
                    (F("days"), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="keeper_of_blanks_is_not_issuer",  # 保管与发放分开
                expressions=[
                    (F("user"), RangeOperators.EQUAL),
                    (F("authority"), RangeOperators.EQUAL),
                    (F("days"), RangeOperators.OVERLAPS),
                ],
                condition=Q(post__in=["blank_keeper", "blank_issuer"]),
            ),
            ExclusionConstraint(
                name="three_kinds_of_officer",  # 三员分立：系统管理、办理和决定、审计
                expressions=[
                    (F("user"), RangeOperators.EQUAL),
                    (
                        Case(When(post="administrator", then=1), When(post="auditor", then=2), default=0),
                        RangeOperators.NOT_EQUAL,
                    ),
                    (F("days"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = vouched()


class CalendarDay(models.Model):
    """A day an authority declared: holiday or make-up working day; it overrides the pack's table, there and below."""

    class Kind(models.TextChoices):
        """What the day is."""

        HOLIDAY = "holiday", "放假"
        MAKEUP = "makeup_workday", "调休上班"

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="calendar_days")
    day = models.DateField("日期")
    kind = models.CharField("性质", max_length=20, choices=Kind.choices)
    note = models.CharField("依据", max_length=200)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(name="calendar_day_once_per_authority", fields=["authority", "day"])]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.get_kind_display()}"


class PublishedYear(models.Model):
    """A year whose holiday notice an authority has entered: deadlines there and below are no longer provisional."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="published_years")
    year = models.PositiveSmallIntegerField("年份")
    notice = models.CharField("通知文号", max_length=200)

    class Meta:
        ordering = ["year"]
        constraints = [models.UniqueConstraint(name="year_published_once_per_authority", fields=["authority", "year"])]

    def __str__(self) -> str:
        return f"{self.year} 年"


class Sanction(models.Model):
    """A measure imposed on a school (S1-17), as the pack in force on that day had it: its name, its clause, what it withholds.

    What it withholds stands in the row: it was decided under that law, whatever a later version of the pack says.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="sanctions")
    kind = models.CharField("处理", max_length=40)  # of the pack's measures
    label = models.CharField("处理名称", max_length=60)
    withholds = models.JSONField("暂不办理", default=list)  # of core.obligations.WITHHELD
    cites = models.JSONField("依据", default=list)  # «source:clause» each
    reason = models.TextField("事由")
    document_number = models.CharField("文号", max_length=60, blank=True)
    imposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    imposed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_reason = models.TextField("解除事由", blank=True)
    digest = RowDigestField(
        covers=[
            "school_id", "kind", "label", "withholds", "cites", "reason", "document_number", "imposed_by_id", "imposed_at",
            "lifted_by_id", "lifted_at", "lifted_reason",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["-imposed_at"]
        constraints = [
            models.CheckConstraint(
                name="sanction_lifted_by_and_at",
                condition=Q(lifted_by__isnull=True, lifted_at__isnull=True)
                | Q(lifted_by__isnull=False, lifted_at__isnull=False),
            )
        ]
        triggers = vouched()

    def __str__(self) -> str:
        return f"{self.school}：{self.label}"
