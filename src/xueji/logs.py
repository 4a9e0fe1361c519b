"""What is written to the log: one JSON object a line, with the request it belongs to, and nothing of anybody's data.

Exceptions are the leak of most logs: a database says which name or number broke a constraint. Of an exception the
class, the place and, from the database, the name of the constraint are written; its words only with everything
personal taken out (`without_data`).
"""

from __future__ import annotations

import contextvars
import json
import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

current_request: contextvars.ContextVar[str] = contextvars.ContextVar("current_request", default="")

_FIELDS = ("route", "method", "status", "ms", "code", "job", "kind")  # of `extra=`, where a call gives them
_DIGITS = re.compile(r"\d{5,}[0-9Xx*]*")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|=\([^)]*\)|「[^」]*」")
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){3,7}\b")
_FRAMES = 12


def without_data(text: str) -> str:
    """Return the words of an exception without what may be somebody's: quoted values, Chinese, long numbers, addresses."""
    first = text.split("DETAIL:", 1)[0]
    for pattern, sign in ((_QUOTED, "'…'"), (_HAN, "…"), (_ADDRESS, "#"), (_DIGITS, "#")):
        first = pattern.sub(sign, first)
    return " ".join(first.split())[:400]


class JsonLines(logging.Formatter):
    """One line a record, for whoever collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one JSON object."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "said": said_of(record),
            "process": record.process,
        }
        if request := current_request.get():
            line["request"] = request
        line |= {name: value for name in _FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info and record.exc_info[1] is not None:
            line |= fault_of(*record.exc_info[1:])
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainLines(logging.Formatter):
    """The same for eyes at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line, a fault indented below it."""
        text = f"{self.formatTime(record)} {record.levelname} {record.name} {said_of(record)}"
        if request := current_request.get():
            text += f" [{request}]"
        if record.exc_info and record.exc_info[1] is not None:
            fault = fault_of(*record.exc_info[1:])
            text += "".join(f"\n    {place}" for place in fault["frames"]) + f"\n    {fault['fault']}: {fault['words']}"
        return text


def said_of(record: logging.LogRecord) -> str:
    """Return the message; libraries put values of requests into theirs, so long numbers and addresses are taken out."""
    text = record.getMessage()
    for pattern in (_ADDRESS, _DIGITS):
        text = pattern.sub("#", text)
    return text[:2000]


def fault_of(error: BaseException, trace: TracebackType | None) -> dict[str, Any]:
    """Return what may be written of an exception: class, cleaned words, places, and the database's own name for it."""
    fault: dict[str, Any] = {
        "fault": type(error).__qualname__,
        "words": without_data(str(error)),
        "frames": [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)[-_FRAMES:]],
    }
    known = getattr(error.__cause__ or error, "diag", None)
    if known is not None and known.sqlstate:
        fault |= {"sqlstate": known.sqlstate, "constraint": known.constraint_name, "table": known.table_name}
    return fault


def logging_settings(style: str) -> dict[str, object]:
    """Return the logging of every process of ours: `style` is json or plain; all goes to stderr, never to a file of ours."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "xueji.logs.JsonLines"},
            "plain": {"()": "xueji.logs.PlainLines"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": style}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "xueji": {"level": "INFO"},
            "axes": {"level": "ERROR"},  # names and addresses of who signs in are the ledger's business
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            "_granian": {"handlers": [], "level": "WARNING", "propagate": True},
            "granian.access": {"handlers": [], "level": "ERROR", "propagate": True},
        },
    }
