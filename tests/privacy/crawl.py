"""Everything a signed-in person can read: all GET addresses, pages, data and files; recorded looks are left out."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

from django.db.models import Max
from django.test import Client
from django.urls import Resolver404, resolve

from xueji.accounts.models import User
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag

RECORDED = {
    EventTag.RESIDENT_ID_REVEALED, EventTag.LIST_DOWNLOADED, EventTag.PRINT_DOWNLOADED, EventTag.EVIDENCE_VIEWED,
}  # fmt: skip
_LINK = re.compile(r'(?:href|hx-get|src)="([/?][^"#]*)"')
_LEFT_OUT = ("/static/", "/accounts/", "/jobs/")
_PICTURES = {"candidate_photo", "school:row_photo"}  # nothing to be read in them


@dataclass
class Tally:
    """What a crawl did: answers by kind of page, and looks that were left out because the ledger has them."""

    read: Counter[str] = field(default_factory=Counter)
    recorded: Counter[str] = field(default_factory=Counter)


class _Waiting:
    """Addresses to be read, the kinds of page in turn: a thousand pages of one kind do not crowd out the others."""

    def __init__(self) -> None:
        self._by_kind: dict[str, deque[str]] = defaultdict(deque)
        self._known: set[str] = set()

    def add(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            if (
                address not in self._known
                and not address.startswith(_LEFT_OUT)
                and (kind := kind_of(address)) not in {"", *_PICTURES}
            ):
                self._known.add(address)
                self._by_kind[kind].append(address)

    def take(self, read: Counter[str]) -> tuple[str, str] | None:
        """Return the next address, of the kind read least so far."""
        kinds = [kind for kind, waiting in self._by_kind.items() if waiting]
        if not kinds:
            return None
        kind = min(kinds, key=lambda address: (read[address], address))
        return kind, self._by_kind[kind].popleft()


def kind_of(address: str) -> str:
    """Return the name of the page at an address; empty for none."""
    try:
        return resolve(address.split("?", maxsplit=1)[0]).view_name
    except Resolver404:
        return ""


def read_by(
    user: User, addresses: Iterable[str], *, follow: bool = True, limit: int = 100_000, tally: Tally | None = None
) -> Iterator[str]:
    """Yield the text of everything a person is answered at the addresses, and at those the answers link to."""
    tally = tally or Tally()
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    waiting, asked = _Waiting(), Counter[str]()
    waiting.add(addresses)
    while tally.read.total() + tally.recorded.total() < limit and (taken := waiting.take(asked)):
        kind, address = taken
        asked[kind] += 1
        newest = Event.objects.aggregate(last=Max("pk"))["last"] or 0
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.status_code != 200:
            continue
        if Event.objects.filter(pk__gt=newest, tag__in=RECORDED).exists():
            tally.recorded[kind] += 1
            continue
        tally.read[kind] += 1
        text = text_of(body, answer.headers.get("Content-Type", ""))
        yield text
        if follow and "<html" in text:
            waiting.add(urljoin(address, link.replace("&amp;", "&")) for link in _LINK.findall(text))


def text_of(body: bytes, kind: str) -> str:
    """Return what can be read in an answer: of a PDF and a workbook the words in it, of a picture nothing."""
    if kind.startswith("image/"):
        return ""
    if kind == "application/pdf":
        return _words_of_pdf(body)
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return "\n".join(
                [*packed.namelist(), *(packed.read(member).decode(errors="replace") for member in packed.namelist())]
            )
    return body.decode(errors="replace")


def _words_of_pdf(body: bytes) -> str:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError:  # the worlds of tests keep papers that are none
        return body.decode(errors="replace")
    return "\n".join(page.get_textpage().get_text_range() for page in document)
