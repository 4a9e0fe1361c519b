"""Which authorities stand over a place, from its code (GB/T 2260) alone: county, city, province."""

from __future__ import annotations

from dataclasses import dataclass

from xueji.core.errors import BadInput
from xueji.core.packs import PackView
from xueji.core.routing import Office

COUNTY, CITY, PROVINCE = "county", "city", "province"
_DIRECT = "90"  # third and fourth digit of counties without a prefecture above them


@dataclass(frozen=True, slots=True)
class Territory:
    """A place with the level at which its authority acts."""

    code: str
    level: str

    @property
    def office(self) -> Office:
        """The authority, as routing sees it."""
        return Office(int(self.code), self.level)


def territory_of(code: str, view: PackView) -> Territory:
    """Return a place by its code, one that was withdrawn by its successor; BadInput for a code nobody had.

    A county directly under the province acts as a city (S2 第四条 «省辖市（含省直管县、市，下同）»).
    """
    current = view.table("withdrawn_divisions").get(code, code)
    if "、" in current:
        raise BadInput(f"行政区划代码「{code}」已撤销，分属 {current}：请给出现在的代码")
    if current not in view.table("divisions"):
        raise BadInput(f"没有行政区划代码「{code[:20]}」；应为六位 GB/T 2260 代码，如 410100")
    if current.endswith("0000"):
        return Territory(current, PROVINCE)
    is_direct = current[2:4] == _DIRECT or current in view.table("direct_counties")
    return Territory(current, CITY if is_direct or current.endswith("00") else COUNTY)


def line_of(place: Territory) -> tuple[Office, ...]:
    """Return the authority of a place and those above it, the nearest first."""
    province = Territory(f"{place.code[:2]}0000", PROVINCE)
    city = Territory(f"{place.code[:4]}00", CITY)
    above = {COUNTY: (city, province), CITY: (province,), PROVINCE: ()}[place.level]
    return tuple(territory.office for territory in (place, *above))


def code_of(office: Office) -> str:
    """Return the code an authority was made from."""
    return f"{office.id:06d}"
