"""What the paper of graduates asks of their batch: registered below, where printing and sealing know only the issue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from xueji.certificates.models import Issue
from xueji.core.errors import NotFound
from xueji.graduation.models import Batch

T = TypeVar("T")


def of_batch(ask: Callable[[Batch], T]) -> Callable[[Issue], T]:
    """Return a question about a batch as one about its issue."""

    def asked(issue: Issue) -> T:
        return ask(batch_of(issue))

    return asked


def batch_of(issue: Issue) -> Batch:
    """Return the batch whose certificates these are: the one the issue was reached from, else as stored; NotFound for another kind of paper.

    The two know each other from then on: who asks again, or the batch for its issue, reads nothing twice.
    """
    if Issue._meta.get_field("batch").is_cached(issue):  # noqa: SLF001  # Django's documented interface
        return issue.batch
    related = Batch.objects.select_related("case", "season__authority", "school__authority")
    batch = related.filter(issue=issue).first()
    if batch is None:
        raise NotFound
    batch.issue = issue  # Django notes it on both sides
    return batch
