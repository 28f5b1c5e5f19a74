"""The worker process: runs what was queued with `later`, and the schedule's tick each minute.

SIGTERM finishes the jobs that run and ends. A job whose worker was killed is given back by the tick (`base.rescue`).
"""

import asyncio
import atexit
import os
from concurrent.futures import ThreadPoolExecutor

CONCURRENCY = 8


def main() -> None:
    """Work until told to stop (SIGTERM, SIGINT); a job that is running is finished first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollbook.site.settings")
    import django

    django.setup()
    from tollbook.base import watching

    watching.start()
    from procrastinate import App
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    connector = app.connector
    assert isinstance(connector, DjangoConnector)  # noqa: S101  - it is what Django apps get; this tells the type checker

    _mark_the_end()

    async def work(worker: App) -> None:
        # Jobs run in the loop's threads, of which there are otherwise four more than cores, whatever the concurrency.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(CONCURRENCY))
        async with worker.open_async():
            # What calls other systems may wait for them: enough run at once that the tick and the rest go on.
            await worker.run_worker_async(
                concurrency=CONCURRENCY, delete_jobs="successful", install_signal_handlers=True
            )

    with app.replace_connector(connector.get_worker_connector()) as worker:
        asyncio.run(work(worker))


def _mark_the_end() -> None:
    """What this process counted stays in the sums when it ends; what only it could know does not."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        atexit.register(mark_process_dead, os.getpid())


if __name__ == "__main__":
    main()
