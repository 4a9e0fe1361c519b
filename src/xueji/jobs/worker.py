"""Run the queue's worker in this process until told to stop (SIGTERM ends after the job in hand)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from procrastinate.contrib.django import app

from xueji.jobs.tasks import HEARTBEAT_SECONDS, STALLED_AFTER_SECONDS

_BEAT_SECONDS = 2.0


async def _work(name: str, queues: list[str] | None, concurrency: int, sign_of_life: Callable[[], None]) -> None:
    beating = asyncio.create_task(_beat(sign_of_life))
    with app.replace_connector(app.connector.get_worker_connector()) as with_pool:  # type: ignore[attr-defined]  # Django's connector has it
        async with with_pool.open_async():
            await with_pool.run_worker_async(
                name=name,
                queues=queues,  # type: ignore[arg-type]  # None: all of them, as the library says
                concurrency=concurrency,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_AFTER_SECONDS,
                fetch_job_polling_interval=2.0,
                delete_jobs="successful",
            )
    beating.cancel()


async def _beat(sign_of_life: Callable[[], None]) -> None:
    """Say now and then that the loop goes round: a worker that only looks alive is replaced by who started it."""
    while True:
        sign_of_life()
        await asyncio.sleep(_BEAT_SECONDS)


def run_worker(
    *,
    name: str = "worker",
    queues: list[str] | None = None,
    concurrency: int = 2,
    sign_of_life: Callable[[], None] = lambda: None,
) -> None:
    """Work until SIGTERM or SIGINT. A lost database ends the process: whoever started it starts it again."""
    asyncio.run(_work(name, queues, concurrency, sign_of_life))
