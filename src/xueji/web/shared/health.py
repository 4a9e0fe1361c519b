"""For whoever watches the processes: is it up, can it serve, is a worker at work. Nothing of the data."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from xueji.jobs.tasks import STALLED_AFTER_SECONDS
from xueji.web.access import open_to_all


@open_to_all("for the machine that watches the process")
@never_cache
@require_safe
def alive(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  # Django's signature
    """Answer: this process runs."""
    return JsonResponse({"alive": True})


@open_to_all("for the machine that watches the process")
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  # Django's signature
    """Answer whether pages can be served (database, migrations) and whether a worker is at work; 503 when they cannot."""
    try:
        executor = MigrationExecutor(connection)
        migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        worker = _worker_at_work()
    except DatabaseError:
        return JsonResponse({"database": False, "migrated": False, "worker": False}, status=503)
    return JsonResponse({"database": True, "migrated": migrated, "worker": worker}, status=200 if migrated else 503)


def _worker_at_work() -> bool:
    """Whether some worker of the queue gave a sign of life lately."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from procrastinate_workers where last_heartbeat > now() - %s)",
            [timedelta(seconds=STALLED_AFTER_SECONDS)],
        )
        return bool(cursor.fetchone()[0])
