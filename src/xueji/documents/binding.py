"""Page surgery: batches into one PDF, background art under each page; same input, same bytes."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence

import pikepdf

from xueji.documents.pictures import Picture

_ART = pikepdf.Name("/PageArt")


def bind_pages(
    parts: Sequence[bytes],
    underlays: Sequence[bytes] = (),
    chosen: Sequence[int] = (),
    pictures: Sequence[Sequence[Picture]] = (),
) -> tuple[bytes, int]:
    """Return the parts as one PDF with its page count; an underlay (a one-page PDF) lies under each page, stored once.

    `chosen` gives the index of each page's underlay; the first one for all when it is empty. The underlay goes in
    here, because a PDF picture inside Typst is refused in PDF/A and a pixel picture is coarser and larger than the
    lines it shows. `pictures` are each page's own, drawn between the underlay and the page's texts.
    """
    if len(parts) == 1 and not underlays and not pictures:
        with pikepdf.open(io.BytesIO(parts[0])) as pdf:
            return parts[0], len(pdf.pages)
    with pikepdf.open(io.BytesIO(parts[0])) as book:
        for part in parts[1:]:
            with pikepdf.open(io.BytesIO(part)) as more:
                book.pages.extend(more.pages)
        if pictures:
            _lay_pictures(book, pictures)
        if underlays:
            _underlay(book, underlays, chosen or [0] * len(book.pages))
        for key in ("/StructTreeRoot", "/MarkInfo"):  # the pages are artifacts: an empty tree of the first part only
            if key in book.Root:
                del book.Root[key]
        out = io.BytesIO()
        book.save(
            out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate, fix_metadata_version=False
        )
        return out.getvalue(), len(book.pages)


def some_pages(pdf: bytes, indexes: Collection[int]) -> bytes:
    """Return some pages of a PDF as a file of its own, drawn and in the order they stand there; `indexes` count from 0."""
    with pikepdf.open(io.BytesIO(pdf)) as book:
        for index in reversed(range(len(book.pages))):
            if index not in indexes:
                del book.pages[index]
        for key in ("/StructTreeRoot", "/MarkInfo"):  # they describe the pages that are gone
            if key in book.Root:
                del book.Root[key]
        book.remove_unreferenced_resources()
        out = io.BytesIO()
        book.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


def _underlay(book: pikepdf.Pdf, underlays: Sequence[bytes], chosen: Sequence[int]) -> None:
    """Lay the chosen art under each page: drawn by one stream that all pages share, before their own."""
    forms = {}
    for index in sorted(set(chosen)):
        with pikepdf.open(io.BytesIO(underlays[index])) as art:
            forms[index] = book.copy_foreign(art.pages[0].as_form_xobject())
    draw = book.make_stream(f"q {_ART} Do Q\n".encode())
    for page, index in zip(book.pages, chosen, strict=True):
        _overlay_before(page.obj, draw, {_ART: forms[index]})  # a made-up name would differ each time


def _lay_pictures(book: pikepdf.Pdf, pictures: Sequence[Sequence[Picture]]) -> None:
    for page, page_pictures in zip(book.pages, pictures, strict=True):
        height = float(page.obj.MediaBox[3])
        names = [pikepdf.Name(f"/Picture{i}") for i in range(len(page_pictures))]
        drawing = "".join(
            picture.drawing(str(name), height) for name, picture in zip(names, page_pictures, strict=True)
        )
        streams = {name: picture.stream(book) for name, picture in zip(names, page_pictures, strict=True)}
        _overlay_before(page.obj, book.make_stream(drawing.encode()), streams)


def _overlay_before(
    page: pikepdf.Object, drawing: pikepdf.Object, objects: Mapping[pikepdf.Name, pikepdf.Object]
) -> None:
    """Put a stream before those of a page, with the objects it draws."""
    before = page.Contents
    page.Contents = pikepdf.Array([drawing, *(before if isinstance(before, pikepdf.Array) else (before,))])
    known = page.Resources.get("/XObject", pikepdf.Dictionary())
    for name, resource in objects.items():
        known[name] = resource
    page.Resources["/XObject"] = known
