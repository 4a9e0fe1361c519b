"""One writer at a time: what is on paper is held by the lock of its issue."""

from __future__ import annotations

from xueji.certificates.models import Issue


def lock_paper(issue: Issue) -> Issue:
    """Return the issue as it is now, its row locked: printing, sealing, sending and handing out wait for each other.

    Nobody who only adds a row that points to the issue waits: its key stays what it is.
    Nothing that is joined is locked with it: the authority of one issue is that of every other.
    """
    rows = Issue.objects.select_for_update(of=("self",), no_key=True).select_related(
        "case", "authority", "school__authority"
    )
    return rows.get(pk=issue.pk)
