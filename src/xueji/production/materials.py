"""What a school brings when it comes to have its diplomas sealed (S4-05): the pack's list, ticked off one by one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from xueji.certificates.models import Issue
from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.production.refusals import refusal, stage_cites


@dataclass(frozen=True, slots=True)
class Material:
    """One thing to bring: as the pack names it, and in how many copies (0: as it is)."""

    label: str
    copies: int = 0

    @property
    def words(self) -> str:
        """As the page shows it."""
        return f"{self.label}（{self.copies} 份）" if self.copies else self.label


def materials_of(issue: Issue, view: PackView) -> tuple[Material, ...]:
    """Return what the pack wants brought, copies by who is directly above the school; none where it lists nothing."""
    listed = cast("list[str]", view.value_or("materials", []))
    specs = [view.document(key) for key in view.keys("document")]
    printed = {str(spec.settings.get("annex", "")).replace(" ", ""): spec for spec in specs}
    number = copies_for(issue.school, view)
    found = []
    for label in listed:
        spec = printed.get(label.replace(" ", ""))
        copies = number if spec is not None and number and "copy_sets" in spec.settings else spec.copies if spec else 0
        found.append(Material(label, copies))
    return tuple(found)


def copies_for(school: School, view: PackView) -> int | None:
    """Return the copies of a form by who is directly above the school; None where the pack makes no difference."""
    by_level = cast("dict[str, int]", view.value_or("copies_by_authority", {}))
    return by_level.get(school.authority.level)


def check_materials(issue: Issue, view: PackView, ticked: Collection[str]) -> None:
    """Raise RuleViolation unless everything on the pack's list is ticked off."""
    missing = [material.words for material in materials_of(issue, view) if material.label not in ticked]
    if missing:
        raise refusal(
            "sealing.materials_complete", f"材料不全：{'、'.join(missing)}", cites=stage_cites(issue, "seal"),
            remedy="补齐材料后再验印",
        )  # fmt: skip
