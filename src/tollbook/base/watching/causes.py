"""Jobs know what caused them: the request and the trace in which they were queued are taken up again."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tollbook.base.watching import metrics, tracing
from tollbook.base.watching.requests import request_id, within

log = logging.getLogger("tollbook.jobs")
_REQUEST = "request_id"


def present() -> dict[str, str]:
    """What a job that is queued now should know of its cause; empty outside requests and traces."""
    found = tracing.carried()
    if known := request_id():
        found[_REQUEST] = known
    return found


@contextmanager
def resumed(cause: Mapping[str, str]) -> Iterator[None]:
    """Whatever happens inside happens for that cause."""
    with within(str(cause.get(_REQUEST, ""))), tracing.continued(cause):
        yield


@contextmanager
def watched(task: str) -> Iterator[None]:
    """Count, time and tell a job, and trace it where traces are kept. What it raises goes on to the queue."""
    began = time.perf_counter()
    outcome = "failed"
    try:
        with tracing.span(task):
            yield
        outcome = "succeeded"
    except Exception:
        # The queue tries again and tells only the last time; here each failure is told, with its trace.
        log.warning("a job failed", exc_info=True, extra={"task": task})
        raise
    finally:
        seconds = time.perf_counter() - began
        metrics.JOBS.labels(task, outcome).inc()
        metrics.JOB_SECONDS.labels(task).observe(seconds)
        log.info("job", extra={"task": task, "outcome": outcome, "ms": round(seconds * 1000, 1)})
