"""What the worker imports: the one Procrastinate task through which every action runs."""

from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tollbook.base import rescue, tasks
from tollbook.base.schedule import run_due
from tollbook.base.watching import causes

RETRY = RetryStrategy(max_attempts=8, exponential_wait=4)


@app.task(name="tollbook.run", retry=RETRY, pass_context=False)
def run(name: str, arguments: dict[str, Any], cause: dict[str, str] | None = None) -> None:
    """Run a queued function; `cause` says for which request, and in which trace, it was queued."""
    with causes.resumed(cause or {}), causes.watched(name):
        tasks.run(name, arguments)


@app.periodic(cron="* * * * *")
@app.task(name="tollbook.tick", queueing_lock="tollbook.tick")
def tick(timestamp: int) -> None:
    """Each minute: what dead workers left, and everything that `schedule.py` files declare and that has fallen due;
    what calls out, by itself.
    """
    with causes.watched("tollbook.tick"):
        rescue.give_back()
        run_due(put_off=True)
