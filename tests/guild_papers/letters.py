"""The letter of a guild: one certificate for one holder, printed, sealed and handed out on its own."""

from __future__ import annotations

from datetime import datetime

from xueji.accounts.models import User
from xueji.certificates.models import Issue
from xueji.core.facts import RegisterFacts, RegisterLineFacts
from xueji.production.kinds import PaperKind

KIND = "guild_letter"
SEALED: list[int] = []  # what this kind has follow the seal


def register(issue: Issue) -> RegisterFacts:
    """Return a register of one line: the guild planned for the holder and took nobody else."""
    found = issue.certificates.exclude(state="void")
    lines = tuple(
        RegisterLineFacts(
            row.programme_name,
            duration_years=row.duration_years,
            level="行会",
            planned=1,
            admitted=1,
            graduated=1,
            sealed=1,
        )
        for row in found
    )
    return RegisterFacts(lines, roster_count=len(lines))


def on_sealed(issue: Issue, by: User, at: datetime) -> None:
    """Note that the letter was sealed."""
    SEALED.append(issue.pk)


LETTER = PaperKind(kind=KIND, forms=frozenset({KIND}), register=register, on_sealed=on_sealed)
