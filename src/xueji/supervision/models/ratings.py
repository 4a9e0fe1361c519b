"""How a year of a 学籍管理机构 is rated: computed as a draft, objected to, proposed, decided by another, published (S2 第二十二条)."""

from __future__ import annotations

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.documents.models import StoredFile
from xueji.institutions.models import Authority, School
from xueji.ledger.models import append_only
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched

LETTERS = [("A", "A级（优秀）"), ("B", "B级（正常）"), ("C", "C级（重点监管对象）"), ("D", "D级（不合格）")]


class Rating(models.Model):
    """The rating of one year of a school's 学籍管理机构, or of that of a city or county; a change later is another edition.

    `figures` is what the draft was computed from: by figure and item the keys of the findings behind it. `hits` are the items of
    the negative list found true by two people, each of which alone makes it D.
    """

    class State(models.TextChoices):
        """How far it is."""

        DRAFT = "draft", "草稿"
        PROPOSED = "proposed", "已拟定"
        DECIDED = "decided", "已评定"
        PUBLISHED = "published", "已公布"
        REPLACED = "replaced", "已由新的评定代替"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="ratings")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="ratings")
    year = models.PositiveSmallIntegerField("年度")
    edition = models.PositiveSmallIntegerField("版次", default=1)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    pack = models.CharField("政策包", max_length=60)
    hits = models.JSONField("已查实的负面清单事项", default=list)
    figures = models.JSONField("各项数据", default=dict)
    draft = models.CharField("草稿等级", max_length=1, blank=True, choices=LETTERS)
    turn = models.PositiveSmallIntegerField("第几次计算", default=1)  # an objection is to one of them
    drafted_at = models.DateTimeField("计算时间")
    objections_until = models.DateField("异议截止")
    violation = models.BooleanField("违规办学", default=False)
    grave_error = models.BooleanField("重大失误", default=False)
    rating = models.CharField("等级", max_length=1, blank=True, choices=LETTERS)
    state = models.CharField("进度", max_length=9, choices=State.choices, default=State.DRAFT)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("评定时间", null=True)
    published_at = models.DateTimeField("公布时间", null=True)
    digest = RowDigestField(
        covers=[
            "id", "school_id", "authority_id", "year", "edition", "replaces_id", "pack", "hits", "figures", "draft", "turn",
            "drafted_at", "objections_until", "violation", "grave_error", "rating", "state", "proposed_by_id", "decided_by_id",
            "decided_at", "published_at",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["-year", "school", "authority", "-edition"]
        constraints = [
            models.CheckConstraint(
                name="rating_of_one_place",
                condition=Q(school__isnull=False, authority__isnull=True) | Q(school__isnull=True, authority__isnull=False),
            ),
            *(
                models.UniqueConstraint(name=f"one_{word}_rating_of_{place}", fields=[place, "year", *more], condition=condition)
                for place in ("school", "authority")
                for word, more, condition in (
                    ("numbered", ["edition"], Q(**{f"{place}__isnull": False})),
                    ("open", [], Q(state__in=["draft", "proposed", "decided"])),
                    ("standing", [], Q(state="published")),
                )
            ),
            models.CheckConstraint(
                name="rating_decided_by_two",
                condition=Q(state="draft", rating="", proposed_by__isnull=True, decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="proposed", proposed_by__isnull=False, decided_by__isnull=True, decided_at__isnull=True) & ~Q(rating="")
                | Q(
                    state__in=["decided", "published", "replaced"], proposed_by__isnull=False, decided_by__isnull=False,
                    decided_at__isnull=False,
                ) & ~Q(rating="") & ~Q(proposed_by=F("decided_by")),
            ),
            models.CheckConstraint(
                name="one_hit_is_the_lowest", condition=Q(hits=[], violation=False, grave_error=False) | Q(rating__in=["", "D"])
            ),
            models.CheckConstraint(
                name="lowest_for_a_reason", condition=~Q(rating="D") | ~Q(hits=[], violation=False, grave_error=False)
            ),
            models.CheckConstraint(
                name="published_at_its_time",
                condition=Q(state__in=["published", "replaced"], published_at__isnull=False)
                | Q(state__in=["draft", "proposed", "decided"], published_at__isnull=True),
            ),
            models.CheckConstraint(
                name="edition_of_another", condition=Q(edition=1, replaces__isnull=True) | Q(edition__gt=1, replaces__isnull=False)
            ),
        ]  # fmt: skip
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable("id", "school_id", "authority_id", "year", "edition", "replaces_id"),
            pgtrigger.Trigger(
                name="published_rating_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__in=["published", "replaced"]),
                func="""
                    IF OLD.state = 'published' AND NEW.state = 'replaced' AND (to_jsonb(OLD) - 'state' - 'digest') = (to_jsonb(NEW) - 'state' - 'digest')
                       OR (to_jsonb(OLD) - 'digest') = (to_jsonb(NEW) - 'digest')
                    THEN RETURN NEW; END IF;
                    RAISE EXCEPTION 'a published rating stands: a change is another edition';
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度 {self.place}"

    @property
    def place(self) -> School | Authority:
        """The school or authority whose 学籍管理机构 is rated."""
        found = self.school or self.authority
        assert found is not None  # a constraint
        return found

    @property
    def line(self) -> str:
        """The path of the authorities over what is rated, its own included."""
        return self.school.authority.path if self.school else self.authority.path if self.authority else ""

    @property
    def is_vetoed(self) -> bool:
        """Whether one matter alone makes it D."""
        return bool(self.hits or self.violation or self.grave_error)


class RatingAct(models.Model):
    """What somebody did about a rating: objected, proposed, sent back, decided, published, opened anew. Never changed."""

    class Kind(models.TextChoices):
        """What it is."""

        OBJECTED = "objected", "提出异议"
        PROPOSED = "proposed", "拟定等级"
        SENT_BACK = "sent_back", "退回拟定的等级"
        DECIDED = "decided", "评定"
        PUBLISHED = "published", "公布"
        REVISED = "revised", "重新评定"

    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField("办理", max_length=9, choices=Kind.choices)
    letter = models.CharField("等级", max_length=1, blank=True, choices=LETTERS)
    turn = models.PositiveSmallIntegerField("第几次计算")
    statement = models.TextField("说明", blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    file_name = models.CharField("材料", max_length=120, blank=True)
    place = models.CharField("单位", max_length=100)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ["rating", "id"]
        constraints = [
            models.UniqueConstraint(name="one_objection_to_a_draft", fields=["rating", "turn"], condition=Q(kind="objected")),
            models.CheckConstraint(name="rating_act_with_words", condition=Q(kind="published") | ~Q(statement="")),
            models.CheckConstraint(
                name="rating_act_with_letter",
                condition=Q(kind__in=["proposed", "decided", "published"]) & ~Q(letter="")
                | Q(kind__in=["objected", "sent_back", "revised"], letter=""),
            ),
            models.CheckConstraint(
                name="rating_file_with_name",
                condition=Q(file__isnull=True, file_name="") | Q(file__isnull=False) & ~Q(file_name=""),
            ),
        ]  # fmt: skip
        triggers = [*append_only(), *vouched()]

    def __str__(self) -> str:
        return self.get_kind_display()
