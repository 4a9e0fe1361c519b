"""RegisterOffice: what the institution is called that keeps the register of students at an authority or a school."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.ledger.models import append_only
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class RegisterOffice(models.Model):
    """The name of a 学籍管理机构, entered by an administrator; never rewritten, the newest row of a place counts."""

    authority = models.ForeignKey(
        "institutions.Authority", on_delete=models.PROTECT, null=True, related_name="register_offices"
    )
    school = models.ForeignKey(
        "institutions.School", on_delete=models.PROTECT, null=True, related_name="register_offices"
    )
    name = models.CharField("机构名称", max_length=100)
    document_number = models.CharField("设立文号", max_length=100, blank=True)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    digest = RowDigestField(covers=["authority_id", "school_id", "name", "document_number", "named_by_id", "named_at"])

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="register_office_of_one_place",
                condition=Q(authority__isnull=True, school__isnull=False)
                | Q(authority__isnull=False, school__isnull=True),
            ),
            models.CheckConstraint(name="register_office_is_named", condition=~Q(name="")),
        ]
        triggers = [*append_only(), *vouched()]

    def __str__(self) -> str:
        return self.name
