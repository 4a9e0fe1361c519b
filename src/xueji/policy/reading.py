"""Reading one table of a pack file key by key: every key is typed, and a key nobody asked for is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from xueji.core.errors import PolicyError
from xueji.core.findings import Citation

T = TypeVar("T")
_MISSING = object()


def read_toml(path: Path, file: str) -> dict[str, object]:
    """Read a TOML file; fractions become Decimal, so that 3.5 years are 3.5 years."""
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(file, "-", f"not readable as TOML: {error}") from error


class Section:
    """One table of a file. Take what is known, then `close()`: whatever is left is a key that does not exist."""

    def __init__(self, file: str, path: str, data: Mapping[str, object]) -> None:
        self.file, self.path, self._data = file, path, dict(data)

    def error(self, key: str, reason: str) -> PolicyError:
        """Return the error that names this place."""
        return PolicyError(self.file, f"{self.path}.{key}".strip("."), reason)

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def take(self, key: str, shape: type[T], default: object = _MISSING) -> T:
        """Return and use up a key of a type; the default (of any type) when it is absent."""
        if key not in self._data:
            if default is _MISSING:
                raise self.error(key, "is missing")
            return default  # type: ignore[return-value]  # the caller's default is the caller's word
        value = self._data.pop(key)
        is_bool_for_int = shape is int and isinstance(value, bool)
        if not isinstance(value, shape) or is_bool_for_int:
            raise self.error(key, f"should be {shape.__name__}, is {type(value).__name__}")
        return value

    def text(self, key: str, default: object = _MISSING) -> str:
        """Return a text that is not empty (unless the default is)."""
        value = self.take(key, str, default)
        if value == "" and default != "":
            raise self.error(key, "is empty")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: object = _MISSING) -> str:
        """Return a text that is one of the choices."""
        value = self.text(key, default)
        if value not in choices:
            raise self.error(key, f"is {value!r}; choices: {', '.join(choices)}")
        return value

    def texts(self, key: str, default: object = _MISSING) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self.take(key, list, default)
        if not all(isinstance(value, str) for value in values):
            raise self.error(key, "should be a list of texts")
        return tuple(values)

    def count(self, key: str, default: object = _MISSING) -> int:
        """Return a whole number from 1 up."""
        value = self.take(key, int, default)
        if value < 1:
            raise self.error(key, f"should be 1 or more, is {value}")
        return value

    def decimal(self, key: str) -> Decimal:
        """Return a number above zero as Decimal."""
        value = self.take(key, object)
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or value <= 0:
            raise self.error(key, "should be a number above zero")
        return Decimal(value)

    def day(self, key: str, default: object = _MISSING) -> date:
        """Return a date without a time."""
        value = self.take(key, date, default)
        if hasattr(value, "hour"):
            raise self.error(key, "should be a date without a time")
        return value

    def cites(self, key: str = "cites") -> tuple[Citation, ...]:
        """Return the citations written «source:clause»; whether they resolve is checked when the pack is whole."""
        cites = []
        for text in self.texts(key, []):
            source, colon, clause = text.partition(":")
            if not (source and colon and clause):
                raise self.error(key, f"{text!r} is not source:clause")
            cites.append(Citation(source, clause))
        return tuple(cites)

    def peek_cites(self) -> tuple[Citation, ...]:
        """Return the citations, which stay to be read."""
        return Section(self.file, self.path, {"cites": self._data.get("cites", [])}).cites()

    def section(self, key: str, default: object = _MISSING) -> Section:
        """Return a table below this one."""
        return Section(self.file, f"{self.path}.{key}".strip("."), self.take(key, dict, default))

    def names_in(self, key: str) -> frozenset[str]:
        """Return the names in a table below this one, which stays to be read; none where there is no such table."""
        table = self._data.get(key)
        return frozenset(table) if isinstance(table, dict) else frozenset()

    def sections(self, key: str) -> Iterator[Section]:
        """Yield the tables of an array below this one."""
        for index, value in enumerate(self.take(key, list, []), start=1):
            if not isinstance(value, dict):
                raise self.error(f"{key}[{index}]", "should be a table")
            yield Section(self.file, f"{self.path}.{key}[{index}]".strip("."), value)

    def named(self) -> Iterator[tuple[str, Section]]:
        """Yield every table below this one by name; an array of tables gives the versions of one name."""
        for key in list(self._data):
            value = self._data.pop(key)
            versions = value if isinstance(value, list) else [value]
            for index, version in enumerate(versions, start=1):
                if not isinstance(version, dict):
                    raise self.error(key, "should be a table")
                suffix = f"[{index}]" if isinstance(value, list) else ""
                yield key, Section(self.file, f"{self.path}.{key}{suffix}".strip("."), version)

    def rest(self) -> dict[str, object]:
        """Return and use up everything left: a free table."""
        rest, self._data = self._data, {}
        return rest

    def close(self) -> None:
        """Refuse what nobody asked for."""
        if self._data:
            raise self.error(min(self._data), "is not a key of this table")
