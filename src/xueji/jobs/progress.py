"""Progress a person can watch: written to the job's row, at most twice a second."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from xueji.jobs.models import Job

_SECONDS_BETWEEN_WRITES = 0.5


@dataclass
class JobProgress:
    """Where a job stands. Call `phase` at each stage and `step` as things get done."""

    job_id: int
    done: int = 0
    total: int = 0
    _written: float = field(default=0.0, repr=False)

    def phase(self, label: str, *, total: int = 0) -> None:
        """Begin a stage of `total` things."""
        self.done, self.total = 0, total
        Job.objects.filter(pk=self.job_id).update(phase=label, done=0, total=total)
        self._written = time.monotonic()

    def step(self, count: int = 1) -> None:
        """Report `count` more things done."""
        self.done = min(self.done + count, self.total)
        if self.done == self.total or time.monotonic() - self._written >= _SECONDS_BETWEEN_WRITES:
            Job.objects.filter(pk=self.job_id).update(done=self.done, total=self.total)
            self._written = time.monotonic()
