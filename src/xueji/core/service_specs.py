"""What a pack says of services for graduates: who issues a replacement, where its offices are, which papers they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from types import MappingProxyType

from xueji.core.findings import Citation
from xueji.core.intakes import Intake
from xueji.core.months import Month

REPLACEMENT, VERIFICATION = "replacement", "verification"
PROCEDURES = (REPLACEMENT, VERIFICATION)
BASES = ("entered", "graduated", "always", "out_of_scope")
CHANNELS = ("online", "on_site")
SEASONS = ("winter", "summer")
# what of a paper's conditions a pack sets, by the paper
PAPER_LIMITS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "admission_form": ("exempt_from", "exempt_until"),
    "admission_form_office": ("categories",),
    "list_confirmed": ("gap_from", "gap_until"),
    "health_counterseal": ("categories", "graduated_after", "durations", "programmes"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A service: how one may come to it, and through which portal (empty: none)."""

    key: str
    label: str
    channels: tuple[str, ...]
    portal: str = ""
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class IssuerSpec:
    """Who issues the replacement of a kind of diploma: by when its holder entered or graduated, or always the same level.

    `province_until` is the last intake («2015-spring») or year («2002») for which the province does. `seal_decides`: the
    seal on the diploma goes before the year. `turn`: the months between the last intake of one and the first of the other,
    which a reading tells apart.
    """

    key: str
    basis: str
    level: str = ""
    province_until: str = ""
    seal_decides: bool = False
    turn: tuple[Month, ...] = ()
    first_intake: Intake | None = None
    last_intake: Intake | None = None

    def is_of_time(self, entered: Intake) -> bool:
        """Whether there was the kind of diploma when somebody entered."""
        is_begun = self.first_intake is None or self.first_intake <= entered
        return is_begun and (self.last_intake is None or entered <= self.last_intake)

    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """When an office is open on some weekdays (1 is Monday), all the year or in a season."""

    days: tuple[int, ...]
    opens: time
    closes: time
    season: str = ""


@dataclass(frozen=True, slots=True)
class OfficeSpec:
    """An office that takes applications: its key is the code of its territory; `covers` are places one would look for by name."""

    key: str
    name: str
    addresses: tuple[str, ...]
    phones: tuple[str, ...]
    hours: str
    openings: tuple[Opening, ...]
    cites: tuple[Citation, ...] = ()
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperSpec:
    """A paper somebody must bring: from whom, at which stage, by which clause of each service; its fixed sentence, if any."""

    key: str
    label: str
    origin: str
    stage: str
    clauses: Mapping[str, tuple[Citation, ...]]
    sentence: str = ""
    limits: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusalSpec:
    """A ground on which an application for one of the services is refused."""

    key: str
    label: str
    services: tuple[str, ...]
    cites: tuple[Citation, ...] = ()
