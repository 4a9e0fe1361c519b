"""The rates a province publishes of each school (S3-11): counted from the records, kept as they were published."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import Conflict, NotPermitted
from xueji.graduation.models import RateLine, RatePublication, Season
from xueji.graduation.records.rates import count_rates, definition_of, publishes_rates, smallest_group
from xueji.institutions.queries import authorities_granting
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag


def may_publish_rates(season: Season, user: User) -> bool:
    """Whether the person manages seasons at the season's authority or at one above it."""
    authority_ids = authorities_granting(user, Permission.MANAGE_SEASONS)
    return any(season.authority.path.startswith(place.path) for place in authority_ids)


def publish_rates(*, season: Season, by: User, at: datetime) -> RatePublication:
    """Publish the rates of a season as the records stand now; an earlier publication stays on record."""
    if not may_publish_rates(season, by):
        raise NotPermitted("由该届的主管部门或其上级发布")
    view = season.law
    if not publishes_rates(view):
        raise Conflict(f"{season.label}适用的规定没有要求发布取得证书率和就业率")
    counted = count_rates(season, view)
    if not counted:
        raise Conflict("还没有审核通过的毕业生，无可发布")
    with transaction.atomic():
        made = RatePublication.objects.create(
            season=season, definition=definition_of(view), smallest_group=smallest_group(view), published_by=by,
            published_at=at,
        )  # fmt: skip
        RateLine.objects.bulk_create(RateLine(publication=made, **line) for line in counted)
        record_event(
            tag=EventTag.RATES_PUBLISHED, subject=made, parent=season, by=by, at=at, view=view,
            rules=[Basis("value.published_rates", ())],
            after={"schools": len(counted), "graduates": sum(line["graduates"] for line in counted)},
        )  # fmt: skip
    return made
