"""What did not reach the applicants of an office: seen by who decides there, and by nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.applications.models import Application
from xueji.core.errors import NotFound
from xueji.institutions.queries import authorities_granting
from xueji.messaging.models import Message
from xueji.messaging.queries import undelivered_messages

# what is told of an application and of its paper; a code to sign in is the affair of who asked for it
_OF_APPLICATIONS = Q(template__startswith="application_") | Q(template__startswith="replacement_")


@dataclass(frozen=True, slots=True)
class UndeliveredMessage:
    """A message that did not arrive, and the last application of its addressee at the office."""

    message: Message
    application: Application


def undelivered_at(user: User) -> QuerySet[Message]:
    """Return what did not reach the applicants of the offices for which somebody decides, the newest first."""
    offices = authorities_granting(user, Permission.DECIDE_CASES)
    theirs = Application.objects.filter(office__in=offices).order_by().values("applicant__user")
    return undelivered_messages().filter(_OF_APPLICATIONS, recipient__in=theirs)


def undelivered_for(user: User, message_id: UUID) -> Message:
    """Return a message that did not reach an applicant of the own office; NotFound for any other."""
    message = undelivered_at(user).filter(pk=message_id).first()
    if message is None:
        raise NotFound("没有找到这条未送达的消息；可能已经重新发送，请刷新")
    return message


def with_applications(user: User, listed: list[Message]) -> list[UndeliveredMessage]:
    """Return messages with the last application of each addressee at the own offices; one statement."""
    offices = authorities_granting(user, Permission.DECIDE_CASES)
    rows = Application.objects.filter(
        office__in=offices, applicant__user__in={message.recipient_id for message in listed}
    ).select_related("applicant")
    last = {row.applicant.user_id: row for row in rows.order_by("place")}
    return [
        UndeliveredMessage(message, last[message.recipient_id]) for message in listed if message.recipient_id in last
    ]
