"""What the worker imports: the one Procrastinate task through which every action runs."""

from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tollbook.base import tasks
from tollbook.base.schedule import run_due

RETRY = RetryStrategy(max_attempts=8, exponential_wait=4)


@app.task(name="tollbook.run", retry=RETRY, pass_context=False)
def run(name: str, arguments: dict[str, Any]) -> None:
    tasks.run(name, arguments)


@app.periodic(cron="* * * * *")
@app.task(name="tollbook.tick", queueing_lock="tollbook.tick")
def tick(timestamp: int) -> None:
    """Each minute: everything that `schedule.py` files declare and that has fallen due; what calls out, by itself."""
    run_due(put_off=True)
