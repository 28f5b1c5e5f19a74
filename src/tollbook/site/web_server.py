"""What gunicorn is told (`-c python:tollbook.site.web_server`); `serving` adds the socket and the number of processes.

The program is loaded by each worker, not by the master: so a reload (SIGHUP) takes up new code.
"""

import os
from typing import Any

from prometheus_client.multiprocess import mark_process_dead

from tollbook.base.watching import logs, metrics

wsgi_app = "tollbook.site.wsgi:application"
worker_class = "gthread"
threads = 4
# What runs when a worker is to stop may run on for so long; the supervisor waits a little longer.
graceful_timeout = int(os.environ.get("TOLLBOOK_STOP_S", "30"))
timeout = 120
control_socket_disable = True
loglevel = "warning"
logconfig_dict = logs.config(
    os.environ.get("TOLLBOOK_LOG") or "json", os.environ.get("TOLLBOOK_LOG_LEVEL") or "WARNING"
)


def child_exit(server: Any, worker: Any) -> None:
    """A worker has ended: what it counted stays in the sums, what only it could know does not."""
    if os.environ.get(metrics.FOLDER):
        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
