"""Everything a signed-in person can read: all GET addresses, pages, data and files; recorded looks are left out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator

from django.db.models import Max
from django.test import Client

from xueji.accounts.models import User
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag

RECORDED = {EventTag.PERSON_REVEALED, EventTag.LIST_DOWNLOADED, EventTag.PRINT_DOWNLOADED}
_LINK = re.compile(r'(?:href|hx-get|src)="(/[^"#]*)"')
_LEFT_OUT = ("/static/", "/accounts/", "/jobs/")


def read_by(user: User, addresses: Iterable[str], *, follow: bool = True, limit: int = 100_000) -> Iterator[str]:
    """Yield the text of everything a person is answered at the addresses, and at those the answers link to."""
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    waiting, seen = list(dict.fromkeys(addresses)), set()
    while waiting and len(seen) < limit:
        address = waiting.pop()
        if address in seen or address.startswith(_LEFT_OUT):
            continue
        seen.add(address)
        newest = Event.objects.aggregate(last=Max("pk"))["last"] or 0
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.status_code != 200 or Event.objects.filter(pk__gt=newest, tag__in=RECORDED).exists():
            continue
        text = text_of(body, answer.headers.get("Content-Type", ""))
        yield text
        if follow and "<html" in text:
            waiting += [one.replace("&amp;", "&") for one in _LINK.findall(text)]


def text_of(body: bytes, kind: str) -> str:
    """Return what can be read in an answer: of a PDF and a workbook the words in it, of a picture nothing."""
    if kind.startswith("image/"):
        return ""
    if kind == "application/pdf":
        return _words_of_pdf(body)
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return "\n".join(
                [*packed.namelist(), *(packed.read(one).decode(errors="replace") for one in packed.namelist())]
            )
    return body.decode(errors="replace")


def _words_of_pdf(body: bytes) -> str:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError:  # the worlds of tests keep papers that are none
        return body.decode(errors="replace")
    return "\n".join(page.get_textpage().get_text_range() for page in document)
