"""Replacement certificates as printing and sealing know them: one certificate an issue, printed by the authority."""

from __future__ import annotations

from xueji.certificates.models import Issue
from xueji.core.rules.replacements import KIND
from xueji.production.kinds import PaperKind
from xueji.replacements.models import Replacement, ReplacementState

ISSUE_KIND = KIND  # of issues, of certificates, of the numbering, the stages and the form in the packs


def expected(_issue: Issue) -> int:
    """Return how many blanks are needed: one."""
    return 1


def is_delivered(issue: Issue) -> bool:
    """Whether the holder has it."""
    return Replacement.objects.filter(issue=issue, state=ReplacementState.DELIVERED).exists()


REPLACEMENT = PaperKind(
    kind=ISSUE_KIND, forms=frozenset({ISSUE_KIND}), expected=expected, prints_centrally=True, reprints_need_case=False
)
