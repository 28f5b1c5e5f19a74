"""Web server and worker as two child processes that end with this one, however it ends."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from urllib.error import URLError

from tollbook.kernel.errors import Permanent, Refused

WEB_WORKERS = 2
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 15
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def _die_with_parent() -> None:
    # Runs in the child between fork and exec: the kernel ends it when this process dies, even by kill -9.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port(host: str, port: int) -> int:
    """`port`, or a free one for 0; Refused "port_taken" when somebody listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(
                "port_taken", f"port: {host}:{port} cannot be used ({error.strerror})", param="port"
            ) from error
        return int(probe.getsockname()[1])


def serve(host: str, port: int, greeting: Sequence[str]) -> int:
    """Serve until interrupted; prints the addresses once the web server answers. Returns the exit code."""
    port = free_port(host, port)
    address = f"http://{host}:{port}"
    children = [_child(*command) for command in _commands(host, port)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _wait_until_up(f"{address}/healthz", children)
        sys.stdout.write("\n".join(_welcome(address, greeting)) + "\n")
        sys.stdout.flush()
        return _watch(children)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(children)


def _commands(host: str, port: int) -> list[list[str]]:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    web = ["gunicorn", "tollbook.site.wsgi:application", "--bind", bind, "--workers", str(WEB_WORKERS)]
    web += ["--threads", "4", "--worker-class", "gthread", "--log-level", "warning", "--preload"]
    worker = ["tollbook.site.worker"]
    return [web, worker]


def _child(*command: str) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tollbook.site.settings"}
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        env=environment,
        preexec_fn=_die_with_parent,  # this process has one thread at this point
    )


def _wait_until_up(url: str, children: Sequence["subprocess.Popen[bytes]"]) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        if any(child.poll() is not None for child in children):
            raise Permanent("serve_failed", "the web server or the worker ended while starting; its message is above")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own address
                if answer.status == 200:  # noqa: PLR2004
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise Permanent("serve_failed", f"the web server did not answer within {START_TIMEOUT_S} s")


def _welcome(address: str, greeting: Sequence[str]) -> list[str]:
    return [
        "",
        "Tollbook is running; stop it with Ctrl-C.",
        f"  staff portal     {address}/staff/",
        f"  customer portal  {address}/portal/",
        f"  API              {address}/api/v1/openapi.json",
        *(["", "Log in with", *(f"  {line}" for line in greeting)] if greeting else []),
    ]


def _watch(children: Sequence["subprocess.Popen[bytes]"]) -> int:
    while all(child.poll() is None for child in children):
        time.sleep(0.5)
    raise Permanent("serve_failed", "the web server or the worker ended; its message is above")


def _stop(children: Sequence["subprocess.Popen[bytes]"]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
