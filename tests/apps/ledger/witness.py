"""A witness of a log, small: C2SP tlog-witness for one log, in memory; it keeps what it refused."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.core.consistency import is_consistent

from xueji.core.merkle import EMPTY_ROOT
from xueji.ledger.notes import NoteRefused, Verifier, checked

NAME, NOW = "witness.example/w1", 1_767_000_000


@dataclass
class Witness:
    """What it knows of the log, and what it would not sign."""

    log: Verifier
    address: str = ""
    size: int = 0
    root: bytes = EMPTY_ROOT
    evidence: list[str] = field(default_factory=list)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def verifier(self) -> Verifier:
        return Verifier(NAME, 4, self.key.public_key().public_bytes_raw())

    def answer(self, body: str) -> tuple[int, str]:
        above, _, note = body.partition("\n\n")
        first, *lines = above.split("\n")
        old = int(first.removeprefix("old "))
        try:
            checkpoint = checked(note, self.log)
        except NoteRefused as error:
            return 403, error.message
        if old != self.size:
            return 409, f"{self.size}\n"
        path = [base64.b64decode(line) for line in lines]
        if not is_consistent(old, checkpoint.size, self.root, checkpoint.root, path):
            self.evidence.append(body)
            return 422, "consistency proof does not verify"
        self.size, self.root = checkpoint.size, checkpoint.root
        message = f"cosignature/v1\ntime {NOW}\n{checkpoint}".encode()
        raw = self.verifier.key_id + NOW.to_bytes(8, "big") + self.key.sign(message)
        return 200, f"— {NAME} {base64.b64encode(raw).decode()}\n"


@contextmanager
def serving(log: Verifier) -> Iterator[Witness]:
    """Serve a witness of this log on a port of its own."""
    witness = Witness(log)

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, text = witness.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    witness.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield witness
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
