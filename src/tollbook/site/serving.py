"""Web server and worker as child processes that end with this one, however it ends.

SIGTERM drains and stops: /readyz says no for `drain_s`, then what runs is finished. SIGHUP reloads: new processes take
over, the old ones finish what they run. No request and no job is lost by either.
"""

import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.error import URLError

from tollbook.kernel.errors import Permanent
from tollbook.site import children
from tollbook.site.children import Process

WEB_WORKERS = 2
START_TIMEOUT_S = 60
STOP_S = 30
# What the children may take on top of what they give their own requests and jobs.
LEEWAY_S = 5
PARTS = ("web", "worker")
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Wish:
    """What to serve: where, which parts, with how many web processes, and how long draining and stopping may take."""

    host: str = "127.0.0.1"
    port: int = 0
    parts: tuple[str, ...] = PARTS
    web_workers: int = WEB_WORKERS
    drain_s: float = 0
    stop_s: int = STOP_S


@dataclass
class _Signals:
    """What was asked of this process while it ran."""

    stop: bool = False
    reload: bool = False

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGHUP, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            self.stop = True
        else:
            self.reload = True


@dataclass
class _Running:
    """The processes, and the folder that they share."""

    wish: Wish
    folder: Path
    given: dict[str, str]
    listening: socket.socket | None = None
    web: Process | None = None
    worker: Process | None = None
    # Workers that were told to end and still finish a job.
    leaving: list[Process] = field(default_factory=list)

    def parts(self) -> list[Process]:
        """Those that have to run."""
        return [child for child in (self.web, self.worker) if child is not None]

    def reload(self) -> None:
        """Let new processes take over, unless the program on the disk does not start: then the old ones go on."""
        if not children.loads(self.given):
            sys.stderr.write("tollbook: not reloaded: the program does not start; its message is above\n")
            return
        if self.web is not None:
            self.web.send_signal(signal.SIGHUP)
        if self.worker is not None:
            self.worker.terminate()
            self.leaving.append(self.worker)
            self.worker = children.worker(self.given)

    def stop(self, *, drain: bool) -> None:
        """End everything; before that, say for `drain_s` that no requests should come."""
        if drain and self.web is not None and self.wish.drain_s:
            (self.folder / "draining").touch()
            time.sleep(self.wish.drain_s)
        if self.listening is not None:
            # Ours is the last copy that would take connections which nobody serves any more.
            self.listening.close()
        children.stop([*self.parts(), *self.leaving], self.wish.stop_s + LEEWAY_S)


def serve(wish: Wish, greeting: Sequence[str]) -> int:
    """Serve until interrupted; prints the addresses once the web server answers. Returns the exit code.

    Refused "port_taken"; Permanent "serve_failed" when a process ends by itself.
    """
    signals = _Signals()
    folder = Path(tempfile.mkdtemp(prefix="tollbook-serve-"))
    running = _Running(wish, folder, children.environment(folder, wish.stop_s))
    drain = False
    try:
        signals.listen()
        if "web" in wish.parts:
            running.listening = children.listen(wish.host, wish.port)
        if "worker" in wish.parts:
            running.worker = children.worker(running.given)
        if running.listening is not None:
            running.web = children.web(running.listening, wish.web_workers, running.given)
            address = f"http://{_written(running.listening.getsockname())}"
            _wait_until_up(f"{address}/healthz", running.parts(), signals)
            sys.stdout.write("\n".join(_welcome(address, greeting)) + "\n")
            sys.stdout.flush()
        _watch(running, signals)
        drain = True
        return 0
    except KeyboardInterrupt:
        return 0
    finally:
        running.stop(drain=drain)
        shutil.rmtree(folder, ignore_errors=True)


def _written(name: tuple[str, int]) -> str:
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _wait_until_up(url: str, needed: Sequence[Process], signals: _Signals) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end and not signals.stop:
        if any(child.poll() is not None for child in needed):
            raise Permanent("serve_failed", "the web server or the worker ended while starting; its message is above")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own address
                if answer.status == 200:  # noqa: PLR2004
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    if not signals.stop:
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


def _watch(running: _Running, signals: _Signals) -> None:
    """Until a stop is asked for; Permanent "serve_failed" when a part ends by itself."""
    while not signals.stop:
        if signals.reload:
            signals.reload = False
            running.reload()
        running.leaving = [child for child in running.leaving if child.poll() is None]
        if any(child.poll() is not None for child in running.parts()):
            raise Permanent("serve_failed", "the web server or the worker ended; its message is above")
        time.sleep(_LOOK_S)
