"""Records about graduates beside the list: certificates, employment, marks, changes, colleges, e-files."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from xueji.graduation.models.batches import Batch, Candidate
from xueji.sealing.fields import SealedTextField
from xueji.uploads.models import Upload


class Record(models.Model):
    """What every record shares: the graduate it is about, and the upload it came with.

    It goes with the graduate: whom a new list takes out of a batch before anything is decided takes the records along.
    """

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="%(class)ss")
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class VocationalCertificate(Record):
    """A vocational certificate (职业资格证书) of a graduate (S3-10, S3-13)."""

    occupation = models.CharField("职业（工种）", max_length=60)
    level = models.CharField("等级", max_length=20)
    certificate_number = models.CharField("证书编号", max_length=40)
    issued_on = models.DateField("发证日期", null=True)

    class Meta:
        ordering = ["candidate", "issued_on", "id"]
        constraints = [
            models.UniqueConstraint(name="vocational_once", fields=["candidate", "certificate_number"]),
            models.CheckConstraint(name="vocational_numbered", condition=~Q(certificate_number="")),
        ]

    def __str__(self) -> str:
        return self.certificate_number


class EmploymentRecord(Record):
    """Where a graduate went (S3-13): a word of the pack, and the employer."""

    destination = models.CharField("就业去向", max_length=30)
    employer = models.CharField("就业单位", max_length=100, blank=True)
    position = models.CharField("岗位", max_length=60, blank=True)
    location = models.CharField("就业地点", max_length=100, blank=True)
    employed_on = models.DateField("就业日期", null=True)

    class Meta:
        ordering = ["candidate"]
        constraints = [models.UniqueConstraint(name="employment_once", fields=["candidate"])]

    def __str__(self) -> str:
        return self.destination


class SubjectResult(Record):
    """A final mark in one subject, with the teacher (S3-19)."""

    subject = models.CharField("课程", max_length=60)
    mark = models.CharField("成绩", max_length=10)
    teacher = models.CharField("任课教师", max_length=40)

    class Meta:
        ordering = ["candidate", "id"]
        constraints = [
            models.UniqueConstraint(name="subject_once", fields=["candidate", "subject"]),
            models.CheckConstraint(name="subject_result_with_teacher", condition=~Q(teacher="")),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.mark}"


class EFileState(Record):
    """What the national system says of a graduate (S4-01, S4-07, S2-37): 毕业 or 结业 was processed there, or not yet."""

    outcome = models.CharField("毕（结）业处理", max_length=10)
    processed_on = models.DateField("处理日期", null=True)

    class Meta:
        ordering = ["candidate"]
        constraints = [models.UniqueConstraint(name="efile_state_once", fields=["candidate"])]

    def __str__(self) -> str:
        return self.outcome


class StatusChangeLine(models.Model):
    """One line of the summary of status changes (附件4, S4-14): of a graduate, or of somebody who left (转出).

    Who is not on the list of graduates has the ID number sealed here, found by its blind index.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="status_change_lines")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, null=True, related_name="status_change_lines")
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("姓名", max_length=100)
    resident_id = SealedTextField("证件号", place="resident_id")
    resident_id_index = models.BinaryField(max_length=16)
    programme = models.CharField("专业名称", max_length=80)
    grade = models.CharField("年级", max_length=20)
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1, null=True)
    before = SealedTextField(
        "异动前", place="before", max_length=100, blank=True
    )  # a corrected number or birth date may stand here
    after = SealedTextField("异动后", place="after", max_length=100, blank=True)
    content_index = models.BinaryField(max_length=16)  # keyed, over `before` and `after`: tells two lines apart
    change_type = models.CharField("异动类型", max_length=20)

    class Meta:
        ordering = ["programme", "name", "change_type"]  # S4-14: sorted by programme
        constraints = [
            models.UniqueConstraint(
                name="status_change_line_once", fields=["batch", "resident_id_index", "change_type", "content_index"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.change_type}"


class CollegeEntry(Record):
    """A graduate who studies on at a college after its entrance examination (附件5, S4-15); one form a college."""

    college = models.CharField("高等职业院校", max_length=80)
    college_programme = models.CharField("高职就读年级专业", max_length=80)
    source_school = models.CharField("来源中职学校名称", max_length=80)
    contact = models.CharField("联系方式", max_length=60, blank=True)
    remark = models.CharField("备注", max_length=100, blank=True)

    class Meta:
        ordering = ["college", "candidate__ordinal"]
        constraints = [models.UniqueConstraint(name="college_entry_once", fields=["candidate"])]

    def __str__(self) -> str:
        return self.college
