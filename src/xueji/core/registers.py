"""The sealing register: building its lines from graduates, its totals, and checking it as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from xueji.core.facts import GraduateFacts, RegisterFacts, RegisterLine
from xueji.core.rules import check_register
from xueji.core.rules.registers import register_totals

__all__ = ["RegisterFacts", "RegisterLine", "check_register", "register_lines", "register_totals"]


def register_lines(
    graduates: Iterable[GraduateFacts],
    *,
    planned: Mapping[str, int],
    admitted: Mapping[str, int],
    level: str,
) -> tuple[RegisterLine, ...]:
    """Return one line for each programme and duration, in the order of their names.

    Plan and admissions are counted per programme by those who know them; a programme with two durations prints
    them on its first line only, so that the totals add up.
    """
    counts: Counter[tuple[str, Decimal]] = Counter(
        (facts.programme or "", facts.duration_years or Decimal(0)) for facts in graduates
    )
    lines: list[RegisterLine] = []
    for (programme, duration), count in sorted(counts.items()):
        is_first = not any(line.programme == programme for line in lines)
        lines.append(
            RegisterLine(
                programme,
                duration_years=duration or None,
                level=level,
                planned=planned.get(programme) if is_first else None,
                admitted=admitted.get(programme) if is_first else None,
                graduated=count,
                sealed=count,
            )
        )
    return tuple(lines)
