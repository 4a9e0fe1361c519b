"""Jobs as rows; real ones are started with `jobs.actions.start_job`."""

from __future__ import annotations

from datetime import UTC, datetime

import factory

from xueji.jobs.models import Job


class JobFactory(factory.django.DjangoModelFactory):
    """A queued job of no app's kind."""

    class Meta:
        model = Job

    kind = "test"
    title = "任务"
    created_at = datetime(2019, 7, 1, tzinfo=UTC)
