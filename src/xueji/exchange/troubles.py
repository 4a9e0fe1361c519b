"""What reading one cell gives: a value, and the troubles met on the way."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xueji.core.findings import Severity
from xueji.core.months import Month
from xueji.core.texts import drop_unseen, fold_lookalikes

Value = str | date | Month | Decimal | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong or doubtful about one cell, before its row and column are known."""

    rule: str
    severity: Severity
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A value and the troubles met on the way; an error means that the value is not to be used."""

    value: Value
    troubles: tuple[Trouble, ...] = ()


def error_of(rule: str, message: str, remedy: str) -> Normalised:
    """Return no value and the error that says why."""
    return Normalised(None, (Trouble(f"reading.{rule}", Severity.ERROR, message, remedy),))


def fold(text: str) -> str:
    """Return text with full-width digits, letters and punctuation made half-width, invisible characters taken out."""
    if text.isascii():
        return text.strip()
    return drop_unseen(unicodedata.normalize("NFKC", fold_lookalikes(text))).strip()
