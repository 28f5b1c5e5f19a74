"""A receiver of webhooks: a real HTTP server that does as it is told and keeps what came."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook

Act = Callable[[Any], None]


@dataclass
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class Receiver:
    """`acts` are what the next requests meet, in order; then everything is answered with 200."""

    address: str = ""
    acts: list[Act] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://{self.address}/hooks"

    def verified(self, secret: str) -> list[Any]:
        """The messages that came, each checked with the published library."""
        return [Webhook(secret).verify(got.body, got.headers) for got in self.got]


def answering(status: int, **headers: str) -> Act:
    """Answer with a status and headers (Retry_After="7")."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"no")

    return act


def slow(seconds: float) -> Act:
    """Answer 200 after that time."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        try:
            answering(200)(handler)
        except OSError:
            return  # nobody waits any more

    return act


def trickling(handler: BaseHTTPRequestHandler) -> None:
    """Never end the head of the answer, a byte now and then."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _ in range(200):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        return  # nobody waits any more


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Promise a body and hang up in the middle of it."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.close_connection = True


def hanging_up(handler: BaseHTTPRequestHandler) -> None:
    """Say nothing at all."""
    handler.close_connection = True


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of loopback."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            named = {name.lower(): value for name, value in self.headers.items()}
            with found.lock:
                found.got.append(Got(self.path, named, body, time.monotonic()))
                act = found.acts.pop(0) if found.acts else answering(200)
            act(self)

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.address = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(20)
