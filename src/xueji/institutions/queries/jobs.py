"""Whose long work a person may see and start again: their own, their school's, and that of the area they administer."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.institutions.queries import permissions_of, pick, posts_of, schools_visible_to
from xueji.jobs.models import Job


def jobs_visible_to(user: User) -> QuerySet[Job]:
    """Return the jobs a person may watch. Titles name schools and seasons, never a graduate."""
    seen = Q(started_by=user) | Q(school_id__in=[post.school_id for post in posts_of(user) if post.school_id])
    if Permission.WATCH_JOBS in permissions_of(user):
        below = schools_visible_to(user, permission=Permission.WATCH_JOBS).order_by().values("pk")
        seen |= Q(school_id__in=below)
    return Job.objects.filter(seen)


def job_for(user: User, job_id: object) -> Job:
    """Return a job the person may watch; anybody else's is «not found»."""
    return pick(jobs_visible_to(user), job_id)
