"""Archives and photographs that must be refused or answered with a finding."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

from PIL import Image
from tests.exchange.corpus import archive, photo, tolerated_photo
from tests.exchange.people import people, photograph, photos_of, write_photos
from tests.exchange.raw import deflate, write_zip

FIRST = people(1)[0]["身份证号"]
RIGHT = photos_of(people())


def _file(name: str, says: str, body: bytes) -> None:
    def make(path: Path) -> Path:
        path.write_bytes(body)
        return path

    archive(name, says)(make)


_file("empty archive file", "空文件", b"")
_file("rar archive", "RAR", b"Rar!\x1a\x07\x01\x00")
_file("7z archive", "7z", b"7z\xbc\xaf\x27\x1c\x00\x04")
_file("gzip archive", "gz", b"\x1f\x8b\x08\x00")
_file("single photograph", "单张图片", photograph())
_file("pdf as archive", "PDF", b"%PDF-1.7")
_file("office document as archive", "Office", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_file("text as archive", "不是 ZIP", b"hello")
_file("archive without its end", "不是 ZIP", b"PK\x03\x04" + b"\x00" * 200)
_file(
    "archive that claims sixty thousand files",
    "60,000 个文件",
    b"PK\x03\x04PK\x05\x06" + b"\x00" * 4 + (60000).to_bytes(2, "little") * 2 + b"\x00" * 10,
)


@archive("cut archive", "不是 ZIP")
def _(path: Path) -> Path:
    write_photos(path, RIGHT)
    path.write_bytes(path.read_bytes()[:-400])
    return path


@archive("encrypted archive", "设有密码")
def _(path: Path) -> Path:
    return write_zip(path, [(f"{FIRST}.jpg".encode(), photograph())], flags=1)


@archive("overlapping entries", "互相重叠")
def _(path: Path) -> Path:
    return write_zip(path, [(f"{number}.jpg".encode(), b"\0" * 1_000_000) for number in range(50)], overlap=True)


@archive("six thousand entries", "6,000 个文件")
def _(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as opened:
        for number in range(6000):
            opened.writestr(f"{number}.jpg", b"x")
    return path


@archive("total too large", "解压后共")
def _(path: Path) -> Path:
    block = b"\0" * (11 * 1024 * 1024)
    packed = [(f"{number}.jpg".encode(), block) for number in range(60)]
    return write_zip(path, packed)


@archive("path traversal", "压缩包之外", rule="photo_archive.unsafe_path")
def _(path: Path) -> Path:
    return write_photos(path, {**RIGHT, "../../etc/passwd.jpg": b"x"})


@archive("absolute path", "压缩包之外", rule="photo_archive.unsafe_path")
def _(path: Path) -> Path:
    return write_photos(path, {**RIGHT, "/etc/cron.d/x.jpg": b"x"})


@archive("windows drive path", "压缩包之外", rule="photo_archive.unsafe_path")
def _(path: Path) -> Path:
    return write_photos(path, {**RIGHT, "C:\\temp\\x.jpg": b"x"})


@archive("symbolic link", "链接", rule="photo_archive.symlink")
def _(path: Path) -> Path:
    link = zipfile.ZipInfo(f"{FIRST}.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(link, "/etc/passwd")
    return path


@archive("archive in the archive", "还有压缩包", rule="photo_archive.nested_archive")
def _(path: Path) -> Path:
    return write_photos(path, {**RIGHT, "一班.zip": b"PK\x05\x06" + b"\x00" * 18})


@archive("one entry of forty megabytes", "没有读取", rule="photo_archive.entry_too_large")
def _(path: Path) -> Path:
    return write_photos(path, {f"{FIRST}.jpg": b"\0" * (40 * 1024 * 1024)})


@archive("entry that unpacks two hundredfold", "压缩比异常", rule="photo_archive.entry_ratio")
def _(path: Path) -> Path:
    return write_photos(path, {f"{FIRST}.jpg": b"\0" * (8 * 1024 * 1024)})


@archive("empty photograph", "空的（0 字节）", rule="photo_archive.empty_entry")
def _(path: Path) -> Path:
    return write_photos(path, {f"{FIRST}.jpg": b""})


@archive("name with the person's name", "除身份证号", rule="photo_archive.name_with_extra")
def _(path: Path) -> Path:
    return write_photos(path, {f"{FIRST} 赵伟伟.jpg": photograph()})


@archive("name that is no number", "不是身份证号", rule="photo_archive.name_not_number")
def _(path: Path) -> Path:
    return write_photos(path, {"赵伟伟.jpg": photograph()})


@archive("name in GBK without a flag", "不是身份证号", rule="photo_archive.name_not_number", column="照片/赵伟伟.jpg")
def _(path: Path) -> Path:
    return write_zip(path, [("照片/赵伟伟.jpg".encode("gbk"), photograph())])


@archive("same number in two folders", "同一身份证号", rule="photo_archive.duplicate")
def _(path: Path) -> Path:
    return write_photos(path, {f"一班/{FIRST}.jpg": photograph(), f"二班/{FIRST}.JPG": photograph(1)})


@archive("lower-case x", "应为大写 X", rule="photo_archive.name_form")
def _(path: Path) -> Path:
    return write_photos(path, {**RIGHT, "61050220000901999x.jpg": photograph()})


@archive("photograph of nobody in the list", "没有对应的毕业生", rule="photo.without_graduate")
def _(path: Path) -> Path:
    return write_photos(path, {**RIGHT, "610502200009019991.jpg": photograph()})


@archive("graduate without photograph", "没有照片", rule="photo.missing", row=3)
def _(path: Path) -> Path:
    return write_photos(path, {name: body for index, (name, body) in enumerate(RIGHT.items()) if index != 1})


@archive("entry whose bytes are damaged", "已损坏", rule="photo.damaged", row=2)
def _(path: Path) -> Path:
    write_zip(path, [(f"{FIRST}.jpg".encode(), photograph())])
    body = bytearray(path.read_bytes())
    body[200:260] = b"\xff" * 60
    path.write_bytes(bytes(body))
    return path


def _picture(name: str, says: str, rule: str, body: bytes) -> None:
    photo(name, says, rule=rule, row=2, column="照片")(lambda path: write_photos(path, {**RIGHT, f"{FIRST}.jpg": body}))


def _saved(image: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _huge_png() -> bytes:
    """Return a PNG of 9400² pixels in some ten kilobytes: decoded it takes hundreds of megabytes."""
    return _saved(Image.new("1", (9400, 9400)), "PNG", optimize=True)


_picture("truncated jpeg", "不完整", "photo.damaged", photograph()[:4000] + b"")
_picture("jpeg cut to its head", "损坏", "photo.damaged", photograph()[:300])
_picture("noise after a jpeg head", "损坏", "photo.damaged", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20)
_picture("png of 9400 squared", "PNG", "photo.not_jpeg", _huge_png())
_picture(
    "jpeg of 9400 squared", "超过 400 万像素", "photo.too_many_pixels", _saved(Image.new("L", (9400, 9400)), quality=5)
)
_picture("png named jpg", "PNG", "photo.not_jpeg", photograph(form="PNG"))
_picture("bmp named jpg", "BMP", "photo.not_jpeg", _saved(Image.new("RGB", (150, 200)), "BMP"))
_picture("webp named jpg", "WebP", "photo.not_jpeg", _saved(Image.new("RGB", (150, 200)), "WEBP"))
_picture("html named jpg", "不是 JPG", "photo.not_jpeg", b"<html><script>alert(1)</script></html>" * 200)
_picture("cmyk jpeg", "CMYK", "photo.cmyk", _saved(Image.effect_noise((150, 200), 30).convert("CMYK"), quality=90))
_picture("lying on its side", "横竖颠倒", "photo.landscape", photograph(width=200, height=150))
_picture("too many pixels", "应为宽 150×高 200", "photo.wrong_size", photograph(width=300, height=400))
_picture(
    "too heavy",
    "应不超过 20K",
    "photo.too_heavy",
    _saved(Image.effect_noise((150, 200), 90).convert("RGB"), quality=98),
)
_picture("too light", "应不小于 5K", "photo.too_light", photograph(quality=5))
_picture(
    "white background",
    "不是蓝色",
    "photo.background",
    _saved(Image.effect_noise((150, 200), 20).point(lambda v: min(255, v + 110)).convert("RGB"), quality=80),
)
_picture(
    "zip behind a jpeg", "多余数据", "photo.extra_data", photograph() + deflate(b"x") + b"PK\x05\x06" + b"\x00" * 18
)


@tolerated_photo("folders, litter of systems, upper-case suffix", "")
def _(path: Path) -> Path:
    files = {f"照片/护理班/{name.replace('.jpg', '.JPG')}": body for name, body in RIGHT.items()}
    return write_photos(path, {**files, "__MACOSX/._a.jpg": b"x", "照片/Thumbs.db": b"x", "照片/.DS_Store": b"x"})


@tolerated_photo("folder names in GBK", "")
def _(path: Path) -> Path:
    return write_zip(path, [(f"照片/{name}".encode("gbk"), body) for name, body in RIGHT.items()])
