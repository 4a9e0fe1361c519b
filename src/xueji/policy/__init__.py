"""Policy packs: TOML and CSV files read into the dataclasses of `core.packs`, checked as a whole before use."""

from __future__ import annotations

from xueji.policy.library import PackLibrary, find_directory, get_library, load_packs
from xueji.policy.lint import forbidden_additions

__all__ = ["PackLibrary", "find_directory", "forbidden_additions", "get_library", "load_packs"]
