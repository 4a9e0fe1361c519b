"""The parts of an .xlsx by the names they should have: some programs write others, and Excel opens those files.

Backslashes for slashes, «xl/workbook2.xml», capital letters: what is to be read is found by the relations of the
package, and put together anew where the native reader would look in vain.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from posixpath import basename, dirname, join, normpath
from xml.etree import ElementTree as ET

from xueji.core.errors import BadInput

MAIN, STRINGS, STYLES = "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"
_MAIN_RELATIONS = "xl/_rels/workbook.xml.rels"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LIKE_MAIN = re.compile(r"(?:xl/)?workbook[0-9]*\.xml$", re.IGNORECASE)
_FIXED = {"officedocument": MAIN, "sharedstrings": STRINGS, "styles": STYLES}

Read = Callable[[str], bytes]  # a small part by its name


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of a part: its identifier, the last word of its type in small letters, and the part it points to."""

    identifier: str
    kind: str
    target: str
    type: str


@dataclass(frozen=True, slots=True)
class Package:
    """The parts of a workbook that are read: the main one, what it points to, and whether all have their usual names."""

    main: str
    relations: tuple[Relation, ...]
    is_usual: bool

    def part(self, kind: str) -> str | None:
        """Return the part of a kind («styles»); None when there is none."""
        return next((relation.target for relation in self.relations if relation.kind == kind), None)


def plain_name(name: str) -> str:
    """Return the name of an entry as the format writes it."""
    return name.replace("\\", "/").removeprefix("./").lstrip("/")


def package_of(names: Mapping[str, zipfile.ZipInfo], read: Read) -> Package | None:
    """Return what is to be read of a package; None without a main part. ParseError when a relation cannot be parsed."""
    by_folded = {name.casefold(): name for name in names}
    root = _relations("_rels/.rels", "", by_folded, read)
    main = next((r.target for r in root if r.kind == "officedocument" and r.target in names), None)
    main = main or by_folded.get(MAIN.casefold()) or next((name for name in names if _LIKE_MAIN.match(name)), None)
    if main is None:
        return None
    folder = dirname(main)
    relations = tuple(_relations(join(folder, "_rels", f"{basename(main)}.rels"), folder, by_folded, read))
    usual = main == MAIN and all(
        r.target == _FIXED.get(r.kind, r.target) and r.target.startswith("xl/") for r in relations if r.target in names
    )
    return Package(main, relations, usual and all(info.filename == name for name, info in names.items()))


def _relations(part: str, folder: str, by_folded: Mapping[str, str], read: Read) -> list[Relation]:
    name = by_folded.get(part.casefold())
    if name is None:
        return []
    found = []
    for element in ET.fromstring(read(name)):  # noqa: S314  # entities refused before, and the child is limited
        target, kind = plain_name(element.get("Target", "")), element.get("Type", "")
        is_absolute = element.get("Target", "")[:1] in ("/", "\\")
        path = normpath(target if is_absolute else join(folder, target))
        path = by_folded.get(path.casefold(), path)
        found.append(Relation(element.get("Id", ""), kind.rpartition("/")[2].casefold(), path, kind))
    return found


def rebuilt(archive: zipfile.ZipFile, names: Mapping[str, zipfile.ZipInfo], package: Package) -> bytes:
    """Return a package with the parts that are read, each under its usual name."""
    out = io.BytesIO()
    listed = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        copy.writestr("_rels/.rels", _listing([("main", f"{_OFFICE}/officeDocument", MAIN)]))
        _copy(archive, names, package.main, copy, MAIN)
        for count, relation in enumerate(package.relations):
            if relation.kind not in ("worksheet", "sharedstrings", "styles") or relation.target not in names:
                continue
            target = _FIXED.get(relation.kind, f"xl/worksheets/sheet{count}.xml")
            _copy(archive, names, relation.target, copy, target)
            listed.append((relation.identifier, relation.type, target.removeprefix("xl/")))
        copy.writestr(_MAIN_RELATIONS, _listing(listed))
    return out.getvalue()


def _listing(relations: Iterable[tuple[str, str, str]]) -> bytes:
    """Write a list of relations: identifier, type, target."""
    root = ET.Element("Relationships", xmlns=_PACKAGE)
    for identifier, kind, target in relations:
        ET.SubElement(root, "Relationship", Id=identifier, Type=kind, Target=target)
    return ET.tostring(root)


def _copy(
    archive: zipfile.ZipFile, names: Mapping[str, zipfile.ZipInfo], part: str, copy: zipfile.ZipFile, name: str
) -> None:
    if name in copy.namelist():
        raise BadInput("工作簿内有两个部件指向同一内容，结构不正常，已拒收")
    with archive.open(names[part]) as source, copy.open(name, "w") as target:
        while piece := source.read(1024 * 1024):
            target.write(piece)
