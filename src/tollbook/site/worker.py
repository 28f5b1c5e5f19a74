"""The worker process: runs what was queued with `later`, and the schedule's tick each minute."""

import logging
import os


def main() -> None:
    """Work until told to stop (SIGTERM, SIGINT); a job that is running is finished first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollbook.site.settings")
    import django

    django.setup()
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    connector = app.connector
    assert isinstance(connector, DjangoConnector)  # noqa: S101  - it is what Django apps get; this tells the type checker

    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    with app.replace_connector(connector.get_worker_connector()) as worker:
        # Two for what waits for others (webhooks, mail), two for the rest.
        worker.run_worker(concurrency=4, delete_jobs="successful", install_signal_handlers=True)


if __name__ == "__main__":
    main()
