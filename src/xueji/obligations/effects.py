"""What is done once something owed is reported done: an app above registers how, under the name a pack calls it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from xueji.accounts.models import User
from xueji.core.obligations import EFFECTS
from xueji.obligations.models import Obligation

Effect = Callable[[Obligation, User, datetime], Mapping[str, object]]

_effects: dict[str, Effect] = {}


def register_effect(name: str, effect: Effect) -> None:
    """Tell how an effect is brought about: within the report, whose event says what it returns and who reported."""
    if name not in EFFECTS:
        raise ValueError(f"no effect of this name is known to the packs: {name!r}")
    if _effects.setdefault(name, effect) is not effect:
        raise ValueError(f"the effect {name!r} is registered twice")


def effect_of(obligation: Obligation) -> Effect | None:
    """Return what follows from an obligation once it is done; None where nothing does."""
    return _effects[obligation.effect] if obligation.effect else None
