"""Read a ZIP of photographs without trusting it: nothing is unpacked to disk, one entry is in memory at a time.

A photograph belongs to the graduate whose identity number its file name is; folders in the archive mean nothing.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from xueji.core.errors import BadInput
from xueji.core.findings import Severity
from xueji.core.identifiers import mask_numbers
from xueji.exchange.cells import CellFinding
from xueji.exchange.photonames import PICTURES, PhotoName, read_photo_name
from xueji.exchange.sources import Source, opened, size_of

ARCHIVE_SHEET = "照片压缩包"
MAX_ARCHIVE_BYTES = 300 * 1024 * 1024
MAX_ENTRIES = 5_000
MAX_ENTRY_BYTES = 12 * 1024 * 1024
MAX_TOTAL_BYTES = 600 * 1024 * 1024
_MAX_RATIO = 200
_RATIO_MATTERS_FROM = 1024 * 1024
_MAX_DIRECTORY_BYTES = 4 * 1024 * 1024
_END_RECORD = struct.Struct("<4s4H2LH")
_END_RECORD_64, _LOCATOR = struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
_IGNORED_NAMES = {"thumbs.db", "desktop.ini", ".ds_store"}
_ARCHIVES = {".zip", ".rar", ".7z", ".gz", ".tar"}
_REPACK = "请用“右键→发送到→压缩(zipped)文件夹”重新打包"
_FOREIGN = (
    (b"Rar!", f"这是 RAR 压缩包，系统只接收 ZIP；{_REPACK}"),
    (b"7z\xbc\xaf\x27\x1c", f"这是 7z 压缩包，系统只接收 ZIP；{_REPACK}"),
    (b"\x1f\x8b", f"这是 gz 压缩文件，系统只接收 ZIP；{_REPACK}"),
    (b"\xff\xd8\xff", f"这是单张图片，不是压缩包；请把全部照片放在一个文件夹里，{_REPACK}"),
    (b"%PDF", "这是 PDF 文件，不是照片压缩包"),
    (b"\xd0\xcf\x11\xe0", "这是 Office 文档，不是照片压缩包"),
)


@dataclass(frozen=True, slots=True)
class PhotoEntry:
    """A photograph in the archive: its place in it (1-based), its decoded path, and the number its name stands for.

    `checksum` is the archive's own, by which two copies of one file are known.
    """

    ordinal: int
    name: str
    number: str
    size: int
    is_alone: bool = True  # nothing but the number stands in the name
    checksum: int = 0

    @property
    def shown(self) -> str:
        """The file name fit to show: the identity number in it is masked."""
        return mask_numbers(PurePosixPath(self.name).name)


@dataclass(frozen=True, slots=True)
class PhotoArchive:
    """The list of an archive: photographs by number, and what was odd about the rest."""

    source: Source
    entries: tuple[PhotoEntry, ...]
    findings: tuple[CellFinding, ...]


def open_photos(source: Source) -> PhotoArchive:
    """Return what an archive holds, without reading the photographs; BadInput refuses the archive as a whole."""
    size = size_of(source)
    _check_container(source, size)
    with opened(source) as file, _open_zip(file) as archive:
        infos = archive.infolist()
        _check_limits(size, infos)
        entries: list[PhotoEntry] = []
        findings: list[CellFinding] = []
        for ordinal, info in enumerate(infos, start=1):
            name = _decoded_name(info)
            if info.is_dir() or _is_ignored(name):
                continue
            if problem := _problem_of(info, name):
                findings.append(_finding(ordinal, name, *problem))
            else:
                entry, warnings = _entry(ordinal, name, info)
                findings += warnings
                if entry:
                    entries.append(entry)
    unique, doubled = _without_doubles(entries)
    return PhotoArchive(source, unique, (*findings, *doubled, *_with_extra(unique)))


def iter_photos(archive: PhotoArchive) -> Iterator[tuple[PhotoEntry, bytes | None]]:
    """Yield each photograph with its bytes, one at a time; None when the entry is damaged or bigger than it says."""
    with opened(archive.source) as file, _open_zip(file) as package:
        infos = package.infolist()
        for entry in archive.entries:
            yield entry, _bytes_of(package, infos[entry.ordinal - 1])


def _bytes_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | None:
    try:
        with archive.open(info) as stream:
            body = stream.read(MAX_ENTRY_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        return None
    return body if len(body) <= MAX_ENTRY_BYTES else None


def _check_container(source: Source, size: int) -> None:
    """Look at the ends of the file before a ZIP reader builds its list: a directory of millions would fill memory."""
    if size == 0:
        raise BadInput("照片压缩包是空文件（0 字节）；可能上传中断，请重新选择文件上传")
    if size > MAX_ARCHIVE_BYTES:
        raise BadInput(
            f"照片压缩包有 {size // 1048576} MB，超过 {MAX_ARCHIVE_BYTES // 1048576} MB；请先把照片缩小到规定尺寸，或分批上传"
        )
    with opened(source) as file:
        head = file.read(8)
        file.seek(max(0, size - 65557))
        tail = file.read()
    for magic, message in _FOREIGN:
        if head.startswith(magic):
            raise BadInput(message)
    at = tail.rfind(b"PK\x05\x06")
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or at < 0 or at + _END_RECORD.size > len(tail):
        raise BadInput(f"文件不是 ZIP 压缩包，或已损坏（可能上传中断）；{_REPACK}")
    _, _, _, _, count, directory_bytes, _, _ = _END_RECORD.unpack_from(tail, at)
    if tail[max(0, at - _LOCATOR.size) : at].startswith(b"PK\x06\x07"):
        count, directory_bytes = _sizes_of_zip64(source, size, _LOCATOR.unpack_from(tail, at - _LOCATOR.size)[2])
    if count > MAX_ENTRIES or directory_bytes > _MAX_DIRECTORY_BYTES:
        raise BadInput(f"压缩包内有 {count:,} 个文件，一次最多 {MAX_ENTRIES:,} 个；请分批上传")


def _sizes_of_zip64(source: Source, size: int, place: int) -> tuple[int, int]:
    """Return how many entries a ZIP64 end record names, and the bytes of their list; some programs always write one."""
    with opened(source) as file:
        file.seek(min(place, size))
        record = file.read(_END_RECORD_64.size)
    if len(record) < _END_RECORD_64.size or not record.startswith(b"PK\x06\x06"):
        raise BadInput(f"照片压缩包已损坏（可能上传中断）；{_REPACK}")
    *_, count, directory_bytes, _ = _END_RECORD_64.unpack(record)
    return count, directory_bytes


def _open_zip(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise BadInput(f"照片压缩包已损坏（可能上传中断）；{_REPACK}") from error


def _check_limits(size: int, infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_ENTRIES:
        raise BadInput(f"压缩包内有 {len(infos):,} 个文件，一次最多 {MAX_ENTRIES:,} 个；请分批上传")
    if any(info.flag_bits & 1 for info in infos):
        raise BadInput(f"照片压缩包设有密码，系统无法读取；{_REPACK}（不要设密码）")
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL_BYTES:
        raise BadInput(
            f"照片解压后共 {total // 1048576:,} MB，超过 {MAX_TOTAL_BYTES // 1048576} MB（压缩炸弹，或是未缩小的相机原片）；请把照片缩小到规定尺寸"
        )
    _check_overlap(size, infos)


def _check_overlap(size: int, infos: list[zipfile.ZipInfo]) -> None:
    """Refuse entries that share bytes: a few kilobytes listed thousands of times unpack to gigabytes."""
    places = sorted((info.header_offset, info.compress_size) for info in infos)
    ends = [*(offset for offset, _ in places[1:]), size]
    for (offset, length), end in zip(places, ends, strict=False):
        if offset + 30 + length > end:
            raise BadInput(f"压缩包内的文件互相重叠（压缩炸弹的写法），已拒收；{_REPACK}")


def _decoded_name(info: zipfile.ZipInfo) -> str:
    """Return the name as its maker saw it: flag bit 11 says UTF-8; else UTF-8 if it is, else GB18030 (Windows)."""
    name = info.filename
    if info.flag_bits & 0x800:
        return name
    raw = name.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _is_ignored(name: str) -> bool:
    """Whether an entry is the litter of an operating system."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    last = parts[-1].lower() if parts else ""
    return "__MACOSX" in parts or last in _IGNORED_NAMES or last.startswith("._")


def _problem_of(  # noqa: PLR0911  # one way out for each kind of entry
    info: zipfile.ZipInfo, name: str
) -> tuple[Severity, str, str, str] | None:
    """Return severity, rule, message and remedy for an entry that is not read at all."""
    parts = name.replace("\\", "/").split("/")
    suffix = PurePosixPath(parts[-1]).suffix.lower()
    if ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or "\x00" in info.orig_filename:
        return Severity.ERROR, "unsafe_path", "文件路径指向压缩包之外，没有读取", _REPACK
    if stat.S_ISLNK(info.external_attr >> 16):
        return Severity.ERROR, "symlink", "这是链接，不是照片，没有读取", "请放入照片文件本身"
    if suffix in _ARCHIVES:
        return Severity.WARNING, "nested_archive", "压缩包里还有压缩包，没有读取", "请把里层的照片解压出来再打包"
    if info.file_size > MAX_ENTRY_BYTES:
        size = f"{info.file_size / 1048576:.0f} MB"
        return Severity.ERROR, "entry_too_large", f"文件解压后有 {size}，没有读取", "请把照片缩小到规定尺寸"
    if info.file_size > _RATIO_MATTERS_FROM and info.file_size > _MAX_RATIO * max(1, info.compress_size):
        return Severity.ERROR, "entry_ratio", "文件压缩比异常（压缩炸弹），没有读取", "请放入真实的照片"
    if info.file_size == 0:
        return Severity.ERROR, "empty_entry", "文件是空的（0 字节）", "请重新放入照片"
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return Severity.ERROR, "entry_method", "文件的压缩方式不受支持，没有读取", _REPACK
    return None


def _entry(ordinal: int, name: str, info: zipfile.ZipInfo) -> tuple[PhotoEntry | None, list[CellFinding]]:
    read = read_photo_name(name)
    if not read.number:
        return None, [_without_number(ordinal, name, read)]
    findings = []
    if read.is_alone and read.stem != read.number:
        is_small_x = read.stem == read.number.replace("X", "x")
        what = "文件名中的 x 应为大写 X" if is_small_x else "文件名中有全角字符、空格或小写字母"
        message = f"{what}，已按规范的身份证号处理"
        findings.append(
            _finding(ordinal, name, Severity.WARNING, "name_form", message, "建议改名：身份证号中的 X 要大写")
        )
    if read.suffix not in PICTURES:
        message = f"扩展名是 {read.suffix or '（无）'}，应为 .jpg"
        findings.append(_finding(ordinal, name, Severity.WARNING, "name_suffix", message, "请另存为 JPG 格式"))
    return PhotoEntry(ordinal, name, read.number, info.file_size, read.is_alone, info.CRC), findings


def _without_number(ordinal: int, name: str, read: PhotoName) -> CellFinding:
    """Tell of a file that no graduate can be found for."""
    if mask_numbers(read.stem) != read.stem:
        message = "文件名中除身份证号外还有其他数字，分不清是谁，没有对应到毕业生"
        remedy = "请只用身份证号命名，如 身份证号.jpg"
        return _finding(ordinal, name, Severity.ERROR, "name_unclear", message, remedy)
    message, remedy = "文件名不是身份证号，没有对应到毕业生", "请以身份证号命名照片（X 大写）"
    severity = Severity.WARNING if read.suffix not in PICTURES else Severity.ERROR
    return _finding(ordinal, name, severity, "name_not_number", message, remedy)


def _with_extra(entries: Iterable[PhotoEntry]) -> list[CellFinding]:
    """Tell once of all photographs whose names hold more than the number; a whole class is named in one way."""
    more = [entry for entry in entries if not entry.is_alone]
    if not more:
        return []
    which = f"有 {len(more)} 个文件（如本文件）的" if len(more) > 1 else ""
    message = f"{which}文件名中除身份证号外还有其他内容，已按其中的身份证号对应"
    remedy = "请抽查是否对应正确；建议只用身份证号命名"
    return [_finding(more[0].ordinal, more[0].name, Severity.WARNING, "name_with_extra", message, remedy)]


def _without_doubles(entries: list[PhotoEntry]) -> tuple[tuple[PhotoEntry, ...], list[CellFinding]]:
    """Keep one photograph of each number, the first whose name is the number alone; which of two is right only the clerk
    knows, but a copy of the same file does no harm.
    """
    kept: dict[str, PhotoEntry] = {}
    for entry in sorted(entries, key=lambda entry: not entry.is_alone):
        kept.setdefault(entry.number, entry)
    findings = []
    for entry in entries:
        other = kept[entry.number]
        if other is entry:
            continue
        is_copy = (entry.size, entry.checksum) == (other.size, other.checksum)
        message = f"与第 {other.ordinal} 个文件是同一身份证号的照片，{'内容相同，' if is_copy else ''}没有读取"
        severity = Severity.ADVICE if is_copy else Severity.ERROR
        findings.append(_finding(entry.ordinal, entry.name, severity, "duplicate", message, "每人只留一张照片"))
    return tuple(entry for entry in entries if kept[entry.number] is entry), findings


def _finding(ordinal: int, name: str, severity: Severity, rule: str, message: str, remedy: str) -> CellFinding:  # noqa: PLR0917  # the order of the words in a finding
    column = mask_numbers(name)[-80:].encode("utf-8", "replace").decode()
    column = "".join(c if c.isprintable() else "�" for c in column)
    return CellFinding(ARCHIVE_SHEET, ordinal, column, severity, f"photo_archive.{rule}", message, "photo", remedy)
