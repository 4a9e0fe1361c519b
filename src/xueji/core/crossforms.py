"""Forms that must agree with one another before anyone travels to have diplomas sealed (S4-13).

Three forms speak of the same graduates: the receipt (how many the school will bring), the lists (one for each
programme, admission category, study mode, duration and entry; one line a graduate) and the audit form (one line for
each programme, entry, duration and study mode, with head-count and ranges of numbers). What the forms are called is
the pack's word, and so is which of these rules it switches on.
"""

from __future__ import annotations

from xueji.core.facts import AuditLine, FormFacts, GraduateList, Surroundings
from xueji.core.findings import Finding
from xueji.core.packs import PackView
from xueji.core.rules import run_rules

__all__ = ["AuditLine", "FormFacts", "GraduateList", "check_forms"]


def check_forms(forms: FormFacts, view: PackView, surroundings: Surroundings | None = None) -> list[Finding]:
    """Run the pack's rules on the forms together; each message names the form and the row it speaks of."""
    return [finding for _, finding in run_rules(view, "forms", forms, surroundings or Surroundings())]
