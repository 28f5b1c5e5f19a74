"""The processes that `serve` runs: gunicorn on a socket that outlives it, and workers."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from tollbook.base.watching.metrics import FOLDER
from tollbook.kernel.errors import Refused
from tollbook.site.probes import DRAINING

BACKLOG = 2048
FIRST_PASSED_ON = 3  # systemd's first socket
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)

Process = subprocess.Popen[bytes]


def _die_with_parent() -> None:
    # Runs in the child between fork and exec: the kernel ends it when this process dies, even by kill -9.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port(host: str = "127.0.0.1") -> int:
    """A port on which nobody listens, for a server that cannot be handed a socket."""
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: the one that systemd keeps for us, else one on `host` and `port` (0: any that is free).

    Refused "port_taken" when somebody listens there. Nothing that connects from now on is turned away, whichever
    process serves it later.
    """
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        return socket.socket(fileno=os.dup(FIRST_PASSED_ON))
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        message = f"port: {host}:{port} cannot be used ({error.strerror})"
        raise Refused("port_taken", message, param="port") from error
    return made


def environment(folder: Path, stop_s: int) -> dict[str, str]:
    """What the children are told: where metrics are counted and draining is marked, and how to log."""
    (folder / "metrics").mkdir(exist_ok=True)
    level = "WARNING" if settings.TOLLBOOK_TEST_MODE else "INFO"
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("LISTEN_")},
        "DJANGO_SETTINGS_MODULE": "tollbook.site.settings",
        FOLDER: str(folder / "metrics"),
        DRAINING: str(folder / "draining"),
        "TOLLBOOK_LOG": settings.TOLLBOOK_LOG,
        "TOLLBOOK_LOG_LEVEL": os.environ.get("TOLLBOOK_LOG_LEVEL") or level,
        "TOLLBOOK_STOP_S": str(stop_s),
    }


def web(listening: socket.socket, workers: int, given: dict[str, str]) -> Process:
    """gunicorn on that socket."""
    number = listening.fileno()
    command = ["gunicorn", "-c", "python:tollbook.site.web_server", "--bind", f"fd://{number}"]
    return _start([*command, "--workers", str(workers)], given, (number,))


def worker(given: dict[str, str]) -> Process:
    """One worker."""
    return _start(["tollbook.site.worker"], given)


def loads(given: dict[str, str]) -> bool:
    """Whether the program, as it lies on the disk now, starts; what it says about it goes to standard error."""
    command = [sys.executable, "-c", "import tollbook.site.wsgi"]
    return subprocess.run(command, env=given, timeout=120, check=False).returncode == 0


def _start(module: Sequence[str], given: dict[str, str], passed: tuple[int, ...] = ()) -> Process:
    return subprocess.Popen(
        [sys.executable, "-m", *module],
        env=given,
        pass_fds=passed,
        preexec_fn=_die_with_parent,  # this process has one thread
    )


def stop(children: Sequence[Process], patience_s: float) -> None:
    """Ask all to end after what they are doing, and end by force what has not within `patience_s`."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    end = time.monotonic() + patience_s
    for child in children:
        try:
            child.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
