"""QR codes as pixels for the page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
import zxingcpp

QUIET_ZONE = 4  # modules of white around the code, as the standard asks


@dataclass(frozen=True, slots=True)
class QrImage:
    """A square of grey pixels, one byte and one module each, with its quiet zone; drawn with hard edges."""

    side: int
    pixels: bytes


def qr_image(text: str) -> QrImage:
    """Return the QR code of `text`, error correction M: readable with a stamp's edge over it."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False))
    side = modules.shape[0] + 2 * QUIET_ZONE
    framed = np.full((side, side), 255, np.uint8)
    framed[QUIET_ZONE:-QUIET_ZONE, QUIET_ZONE:-QUIET_ZONE] = modules
    return QrImage(side, framed.tobytes())


def host_in_words(text: str) -> str:
    """Return the host (and port) of a web address, to be printed beside the code; empty for other texts.

    The reader must be able to see where the code leads before following it: a forger's code leads elsewhere.
    """
    parts = urlsplit(text)
    return parts.netloc if parts.scheme in {"http", "https"} else ""
