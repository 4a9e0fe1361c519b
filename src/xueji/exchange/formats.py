"""Which kind of file this is, told from its first bytes: a wrong kind gets a message with its own remedy.

Extensions lie (portals hand out HTML tables as «.xls»), so content decides; the name only settles plain text.
"""

from __future__ import annotations

from pathlib import Path

from xueji.core.errors import BadInput

MAX_WORKBOOK_BYTES = 10 * 1024 * 1024
_HEAD = 4096
_ZIP, _ZIP_EMPTY, _OLE = b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = "请用 Excel 或 WPS 打开后另存为“Excel 工作簿（*.xlsx）”再上传"

_ENCRYPTED = "文件被单位的文档加密软件加密，系统无法读取；请在加密软件中解密（外发）后再上传"
_DBF_KINDS = frozenset(b"\x02\x03\x30\x31\x32\x43\x63\x83\x8b\xcb\xe5\xf5\xfb")

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", f"这是 PDF 文件，不是表格；请上传填写好的 Excel 模板；{_SAVE_AS}"),
    (b"\xff\xd8\xff", "这是 JPG 图片，不是表格；请上传填写好的 Excel 模板，照片请打成 ZIP 压缩包另行上传"),
    (b"\x89PNG", "这是 PNG 图片，不是表格；请上传填写好的 Excel 模板"),
    (b"GIF8", "这是 GIF 图片，不是表格；请上传填写好的 Excel 模板"),
    (b"Rar!", "这是 RAR 压缩包，不是表格；请先解压，再上传其中的 Excel 文件"),
    (b"7z\xbc\xaf\x27\x1c", "这是 7z 压缩包，不是表格；请先解压，再上传其中的 Excel 文件"),
    (b"\x1f\x8b", "这是 gz 压缩文件，不是表格；请先解压，再上传其中的 Excel 文件"),
    (b"MZ", "这是可执行程序，不是表格，已拒收"),
    (b"\x7fELF", "这是可执行程序，不是表格，已拒收"),
    (b"{\\rtf", f"这是 RTF 文档，不是表格；{_SAVE_AS}"),
    (b"BZh", "这是 bz2 压缩文件，不是表格；请先解压，再上传其中的 Excel 文件"),
    (b"\xfd7zXZ", "这是 xz 压缩文件，不是表格；请先解压，再上传其中的 Excel 文件"),
    (b"MSCF", "这是 CAB 压缩包，不是表格；请先解压，再上传其中的 Excel 文件"),
    (b"II*\x00", "这是 TIFF 图片，不是表格；请上传填写好的 Excel 模板"),
    (b"MM\x00*", "这是 TIFF 图片，不是表格；请上传填写好的 Excel 模板"),
    (b"RIFF", "这是图片或影音文件，不是表格；请上传填写好的 Excel 模板"),
    (
        b"\x00\x01\x00\x00Standard ",
        "这是 Access 数据库，不是表格；请在 Access 中把该表“导出→Excel”，再上传导出的工作簿",
    ),
    (b"SQLite format 3", "这是 SQLite 数据库，不是表格；请从原软件导出 Excel 文件再上传"),
    (b"ID;P", f"这是 SYLK 文件（.slk），不是 Excel 工作簿；{_SAVE_AS}"),
    (b"TABLE\r\n0,1", f"这是 DIF 文件（.dif），不是 Excel 工作簿；{_SAVE_AS}"),
    (b"\x00\x00\x02\x00", f"这是 Lotus 1-2-3 表格；{_SAVE_AS}"),
    (b"\x00\x00\x1a\x00", f"这是 Lotus 1-2-3 表格；{_SAVE_AS}"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "这是快捷方式（.lnk），不是文件本身；请找到原文件再上传"),
    (b"[InternetShortcut]", "这是网址快捷方式，不是文件本身；请下载原文件再上传"),
    (b"%TSD-Header-###%", _ENCRYPTED),
    (b"b\x14#e", _ENCRYPTED),
)


def recognise(path: Path, name: str, most_bytes: int = MAX_WORKBOOK_BYTES) -> str:
    """Return «xlsx», «xls» or «csv»; BadInput says what else it is and what to do. `name` is the clerk's file name."""
    refuse_size(path.stat().st_size, most_bytes)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_ZIP):
        return "xlsx"
    if head.startswith(_ZIP_EMPTY):
        raise BadInput(f"这是空的压缩包，不是 Excel 工作簿；{_SAVE_AS}")
    if head.startswith(_OLE):
        return _recognise_ole(path)
    for magic, message in _FOREIGN:
        if head.startswith(magic):
            raise BadInput(message)
    if head[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08") and head[3:4] == b"\x00":
        raise BadInput(f"这是 Excel 95 或更早版本的表格；{_SAVE_AS}")
    _refuse_by_content(head, name)
    return _recognise_text(head, name)


def refuse_size(size: int, most_bytes: int = MAX_WORKBOOK_BYTES) -> None:
    """Raise BadInput for an empty file and for one above the limit: known before a byte of it is copied."""
    if size == 0:
        raise BadInput("文件是空的（0 字节）；可能上传中断，请重新选择文件上传")
    if size > most_bytes:
        raise BadInput(
            f"文件有 {size / 1048576:.1f} MB，超过 {most_bytes // 1048576} MB 上限；请删去表中的图片等无关内容，或按专业、班级分成几份"
        )


def _recognise_ole(path: Path) -> str:
    """Tell an old Excel file from the other things that live in OLE containers."""
    body = path.read_bytes()

    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") in body

    if has("EncryptedPackage") or has("EncryptionInfo"):
        raise BadInput("工作簿设有打开密码，系统无法读取；请在 Excel 中取消密码（文件→信息→保护工作簿）后再上传")
    if has("WordDocument"):
        raise BadInput(f"这是 Word 文档，不是表格；请把表格粘贴到 Excel 模板中；{_SAVE_AS}")
    if has("PowerPoint Document"):
        raise BadInput("这是演示文稿，不是表格；请上传填写好的 Excel 模板")
    if has("Workbook") or has("Book"):
        return "xls"
    raise BadInput(f"文件不是 Excel 工作簿，或已损坏；{_SAVE_AS}")


def _recognise_text(head: bytes, name: str) -> str:
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\x00", b"")[:1024].lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<head", b"<body", b"<div", b"<meta", b"<style")):
        raise BadInput(f"这是网页（HTML）改名成的表格文件，不是真正的 Excel 工作簿；{_SAVE_AS}")
    if start.startswith((b"<?xml", b"<workbook", b"<!doctype")):
        if b"<html" in start:
            raise BadInput(f"这是网页（HTML）改名成的表格文件，不是真正的 Excel 工作簿；{_SAVE_AS}")
        raise BadInput(f"这是 XML 文件（可能是“XML 表格 2003”），不是 Excel 工作簿；{_SAVE_AS}")
    if start.startswith(b"mime-version"):
        raise BadInput(f"这是“单个文件网页（MHTML）”，不是 Excel 工作簿；{_SAVE_AS}")
    suffix = Path(name).suffix.lower()
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not utf16 and _is_binary(head):
        if suffix in {".csv", ".txt"} and head.count(b"\x00") < len(head) // 8:
            raise BadInput(f"文本中有空字符（NUL），文件可能已损坏；{_SAVE_AS}")
        raise BadInput(f"文件不是 Excel 工作簿，或已损坏；{_SAVE_AS}")
    if suffix in {".xlsx", ".xls", ".xlsm"}:
        raise BadInput(f"文件内容是纯文本，扩展名却是 {suffix}；若是 CSV 请把扩展名改为 .csv，否则{_SAVE_AS}")
    return "csv"


def _refuse_by_content(head: bytes, name: str) -> None:
    """Raise BadInput for what no fixed first bytes tell."""
    if _is_dbf(head):
        raise BadInput(f"这是 DBF 数据表（dBASE、FoxPro），不是 Excel 工作簿；{_SAVE_AS}")
    if b"E-SafeNet" in head[:512]:
        raise BadInput(_ENCRYPTED)
    if head[4:8] == b"ftyp":
        raise BadInput("这是手机照片（HEIC）或影音文件，不是表格；请上传填写好的 Excel 模板")
    if Path(name).name.startswith("~$"):
        raise BadInput("这是 Excel 打开文件时的临时文件（~$ 开头），不是工作簿；请关闭 Excel 后上传不带 ~$ 的那个文件")


def _is_dbf(head: bytes) -> bool:
    """Whether the head is that of a table of dBASE or FoxPro: a kind, a day, and a header of fields of 32 bytes."""
    if len(head) < 65 or head[0] not in _DBF_KINDS or not (1 <= head[2] <= 12 and 1 <= head[3] <= 31):
        return False
    header, record = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
    return header >= 65 and header % 32 in (0, 1, 8) and record > 1


def _is_binary(head: bytes) -> bool:
    """Whether bytes hold control characters that no text file has."""
    return any(byte in head for byte in (*range(9), *range(14, 27), *range(28, 32)))
