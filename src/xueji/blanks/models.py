"""The book of blanks: one row a sheet with where it is now, and the movements that brought it there."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q

from xueji.blanks.triggers import moves_as_signed, received_as_signed, whole_range_moved
from xueji.cases.models import Case
from xueji.certificates.models import Certificate
from xueji.institutions.models import Authority, School
from xueji.ledger.models import append_only
from xueji.ledger.triggers import kept_for_good
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class BlankState(models.TextChoices):
    """Every sheet is in exactly one of these; together they are what came from the printer."""

    STOCK = "stock", "在库"  # in hand: of the authority, or of the school when the row names one
    DRAWN = "drawn", "在途"  # signed out to its receiver, who has not confirmed it
    LOADED = "loaded", "已装机"
    USED = "used", "已使用"
    SPOILED = "spoiled", "损坏待缴回"
    RETURNED = "returned", "已缴回待盖章"
    VOID = "void", "作废保存"
    LOST = "lost", "已报失"


class BlankAct(models.TextChoices):
    """What may be done to a sheet."""

    RECEIVE = "receive", "入库"
    DRAW = "draw", "发放"
    MOVE = "move", "退还未用"
    CONFIRM = "confirm", "签收"
    LOAD = "load", "装机"
    UNLOAD = "unload", "退出装机"
    USE = "use", "使用"
    SPOIL = "spoil", "损坏"
    RETURN = "return", "缴回"
    STAMP = "stamp", "盖作废章保存"
    LOSE = "lose", "报失"
    FIND = "find", "寻回"


# The edges a sheet may move along, by act; the database knows no others.
EDGES: dict[str, tuple[tuple[str, str], ...]] = {
    "receive": (("", "stock"),),
    "draw": (("stock", "drawn"),),
    "move": (("stock", "drawn"),),
    "confirm": (("drawn", "stock"),),
    "load": (("stock", "loaded"),),
    "unload": (("loaded", "stock"),),
    "use": (("loaded", "used"),),
    "spoil": (("stock", "spoiled"), ("loaded", "spoiled"), ("used", "spoiled")),
    "return": (("spoiled", "returned"),),
    "stamp": (("returned", "void"),),
    "lose": tuple((state, "lost") for state in ("stock", "drawn", "loaded", "used", "spoiled", "returned", "void")),
    "find": (("lost", "stock"), ("lost", "spoiled")),
}


def _along_edges() -> Q:
    """Return the condition that act, state before and state after are one of the edges."""
    edges = [(act, before, after) for act, pairs in EDGES.items() for before, after in pairs]
    return reduce(or_, (Q(act=act, from_state=before, to_state=after) for act, before, after in edges))


class BlankRequest(models.Model):
    """A school asks for blanks of one kind for the graduates of a season (S3-05, S3-15); the case carries the approval."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="blank_request")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="blank_requests")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")  # keeps the book
    kind = models.CharField("证书种类", max_length=40)  # key of the pack's blank
    year = models.PositiveSmallIntegerField("届")
    term = models.CharField("季", max_length=6)  # spring | autumn
    count = models.PositiveIntegerField("申领数量")
    reason = models.CharField("说明", max_length=200, blank=True)
    graduates = models.PositiveIntegerField("本届毕业生", default=0)  # counted when the request was submitted

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="blank_request_of_some", condition=Q(count__gte=1)),
            models.CheckConstraint(name="blank_request_term", condition=Q(term__in=["spring", "autumn"])),
        ]

    def __str__(self) -> str:
        return f"{self.school.name}申领空白证书 {self.count} 本"


class BlankMovement(models.Model):
    """Sheets that moved together: from where to where, signed by whom. Append-only; a sheet's rows are its trail.

    `authority` keeps the book (the head of the line). `from_holder`/`to_holder` are the authority in charge,
    `from_school`/`to_school` the school, when one has the sheets.
    """

    act = models.CharField("事项", max_length=10, choices=BlankAct.choices)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("证书种类", max_length=40)
    numbers = BigIntegerRangeField("流水码")  # [first, last + 1)
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10, choices=BlankState.choices)
    from_holder = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="+")
    to_holder = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    from_school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    to_school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    from_request = models.ForeignKey(BlankRequest, on_delete=models.PROTECT, null=True, related_name="+")
    request = models.ForeignKey(BlankRequest, on_delete=models.PROTECT, null=True, related_name="movements")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    reason = models.CharField("事由", max_length=200, blank=True)
    digest = RowDigestField(
        covers=[
            "act", "authority_id", "kind", "numbers", "from_state", "to_state", "from_holder_id", "to_holder_id",
            "from_school_id", "to_school_id", "from_request_id", "request_id", "given_by_id", "received_by_id", "by_id",
            "at", "reason",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["id"]
        indexes = [GistIndex(fields=["kind", "numbers"], name="blank_movement_numbers")]
        constraints = [
            ExclusionConstraint(
                name="blanks_received_once",  # a serial comes from the printer once
                expressions=[
                    ("authority", RangeOperators.EQUAL), ("kind", RangeOperators.EQUAL), ("numbers", RangeOperators.OVERLAPS),
                ],
                condition=Q(act="receive"),
            ),
            models.CheckConstraint(name="blank_moves_along_edges", condition=_along_edges()),
            models.CheckConstraint(
                name="blank_giver_is_not_receiver",  # S3-03
                condition=Q(given_by__isnull=True) | Q(received_by__isnull=True) | ~Q(given_by=F("received_by")),
            ),
            models.CheckConstraint(
                name="blank_hand_over_is_signed",
                condition=~Q(act__in=["confirm", "stamp"]) | Q(given_by__isnull=False, received_by__isnull=False),
            ),
            models.CheckConstraint(
                name="blank_mishap_has_reason", condition=~Q(act__in=["spoil", "lose", "find", "move"]) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="blank_numbers_not_empty", condition=Q(numbers__isempty=False, numbers__startswith__gte=1)
            ),
        ]  # fmt: skip
        triggers = [*vouched(), *append_only(), whole_range_moved()]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.numbers.upper - self.numbers.lower} 本"


class Blank(models.Model):
    """One sheet. Its state changes only together with the movement that names it; where it is follows from the row.

    With `school` set, the school has it (or is to have it: 在途) until it is returned or void; else `holder` has it.
    """

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")  # keeps the book
    kind = models.CharField("证书种类", max_length=40)
    number = models.BigIntegerField()
    serial = models.CharField("流水码", max_length=40)  # as printed
    state = models.CharField("状态", max_length=10, choices=BlankState.choices, default=BlankState.STOCK)
    holder = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="blanks")
    request = models.ForeignKey(BlankRequest, on_delete=models.PROTECT, null=True, related_name="blanks")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, null=True, related_name="blanks")
    last_movement = models.ForeignKey(BlankMovement, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["authority", "kind", "number"]
        constraints = [
            models.UniqueConstraint(name="blank_number_once", fields=["authority", "kind", "number"]),
            models.UniqueConstraint(name="blank_serial_once", fields=["authority", "serial"]),
            models.UniqueConstraint(
                name="one_used_blank_per_certificate", fields=["certificate"], condition=Q(state="used")
            ),
            models.CheckConstraint(
                name="blank_used_for_somebody",
                condition=~Q(state="used") | Q(certificate__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["serial"]),
            models.Index(fields=["holder", "kind", "state", "number"]),
            models.Index(fields=["school", "kind", "state", "number"]),
            models.Index(fields=["certificate"]),
        ]
        triggers = [*vouched(), *kept_for_good(), received_as_signed(), moves_as_signed()]

    def __str__(self) -> str:
        return self.serial

    @property
    def place(self) -> School | Authority:
        """Who has the sheet, or is to have it."""
        if self.school is not None and self.state not in (BlankState.RETURNED, BlankState.VOID):
            return self.school
        return self.holder
