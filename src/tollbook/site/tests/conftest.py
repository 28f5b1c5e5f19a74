"""A browser, and a mail server that keeps what it is sent, for the tests in this folder."""

import shutil
from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.cache import cache
from playwright.sync_api import Browser, sync_playwright

from tollbook.site.children import free_port

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Mailbox:
    """Takes what is sent to it, over SMTP."""

    def __init__(self) -> None:
        self.got: Queue[str] = Queue()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.put(envelope.content.decode())
        return "250 taken"


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    # Attempts are counted in the database, for all tests together.
    cache.clear()
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield box
    server.stop()


@pytest.fixture
def browser(live_server: Any) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()
