"""The one tree of errors of the engine.

XuejiError                      code, http_status, a Chinese message; becomes a page in one middleware, nowhere else
├─ RuleViolation(findings)      422  carries every Finding, each with its clause; raised only by actions
├─ NotPermitted                 403  the actor may not do this to something they can see
├─ NotFound                     404  also for «exists, but not yours»
├─ Conflict                     409  AlreadyDecided, StaleVersion, NumbersExhausted, NumbersHeld, StockMismatch, …
├─ BadInput                     400  a file or field that cannot be read at all
├─ PolicyError                  500  a pack is wrong: the process refuses to start, naming file, key and reason
└─ ServiceError                 503  RenderFailed, …

`core` returns findings and does not raise for a «no». Bugs are AssertionError or ValueError and are never caught.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xueji.core.findings import Finding


class XuejiError(Exception):
    """Anything the engine says no with; `message` is Chinese and fit to show to the person refused."""

    code = "error"
    http_status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RuleViolation(XuejiError):
    """Rules of a pack refuse the act; every finding is carried, none is summarised away."""

    code = "rule_violation"
    http_status = 422

    def __init__(self, findings: Sequence[Finding], message: str = "") -> None:
        self.findings = tuple(findings)
        super().__init__(message or "；".join(f.message for f in self.findings) or "不符合规定")


class NotPermitted(XuejiError):
    """The actor may see the subject but not do this to it."""

    code = "not_permitted"
    http_status = 403


class NotFound(XuejiError):
    """No such thing, or none that this actor may know of: the two are told alike."""

    code = "not_found"
    http_status = 404

    def __init__(self, message: str = "没有找到，或不在您的管辖范围内") -> None:
        super().__init__(message)


class Conflict(XuejiError):
    """The act does not fit the present state; nothing was changed."""

    code = "conflict"
    http_status = 409


class AlreadyDecided(Conflict):
    """Somebody decided this step first."""

    code = "already_decided"


class StaleVersion(Conflict):
    """The page was made from an older version of the record."""

    code = "stale_version"


class NumbersExhausted(Conflict):
    """The serial space of this unit and year is used up: numbering stops, it never wraps (number width of the pack)."""

    code = "numbers_exhausted"


class NumbersHeld(Conflict):
    """Database and marks do not agree on how far numbers went: two people must state it before any is given (ADR 0012)."""

    code = "numbers_held"


class StockMismatch(Conflict):
    """Blanks are not where the act needs them; `problems` names the serials, a range at a time, each with the reason."""

    code = "stock_mismatch"

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        shown = [f"{serials}：{why}" for serials, why in self.problems[:20]]
        more = f"；另有 {len(self.problems) - 20} 处" if len(self.problems) > 20 else ""
        super().__init__("；".join(shown) + more)


class BadInput(XuejiError):
    """A file or field that cannot be read; the message says where, what and what to do."""

    code = "bad_input"
    http_status = 400


class FactMissing(BadInput):
    """A clause hangs on a fact that nobody gave: `fact` is its name."""

    def __init__(self, fact: str) -> None:
        super().__init__(f"请给出「{fact}」：适用的条款以它为准")
        self.fact = fact


class PolicyError(XuejiError):
    """A pack cannot be used; names file, key and reason."""

    code = "policy_error"

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}")
        self.file, self.key, self.reason = file, key, reason


class ServiceError(XuejiError):
    """A part the act needs is out of service; trying again later may help."""

    code = "service_error"
    http_status = 503


class RenderFailed(ServiceError):
    """A document could not be made; the message names the record and the reason."""

    code = "render_failed"
