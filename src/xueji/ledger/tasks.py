"""The queue's side of the log: once a minute the sequencer, once an hour the heads."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import close_old_connections
from procrastinate.contrib.django import app

from xueji.core.errors import ServiceError
from xueji.ledger.heads import publish_head
from xueji.ledger.sequencing import sequence_events

log = logging.getLogger("xueji.log")


@app.periodic(cron="* * * * *")
@app.task(name="log.sequence", queue="log", queueing_lock="log.sequence")
def sequence(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Put what was committed since into the log: an event is in it a minute later, two at the most."""
    _said_aloud(sequence_events)


@app.periodic(cron="7 * * * *")
@app.task(name="log.publish", queue="log", queueing_lock="log.publish")
def publish(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Take the head to where nobody here can change it."""
    _said_aloud(publish_head)


def _said_aloud(act: Callable[[], object]) -> None:
    """Do it, and put into the log of the process what stopped it: the next tick tries again, and `xueji doctor` says so."""
    close_old_connections()
    try:
        act()
    except ServiceError as error:
        log.error("%s: %s", error.code, error.message)  # noqa: TRY400  # a sentence for the operator, no fault of ours
    finally:
        close_old_connections()
