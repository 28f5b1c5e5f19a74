"""A customer with people, and a mail server on a socket."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail as django_mail

from tollbook.customers.models import Membership
from tollbook.identity.models import User
from tollbook.mails.models import Mail
from tollbook.mails.sending import send_due
from tollbook.notifications.actions import hand_on
from tollbook.site.tests.world import Party, World


@dataclass
class Server:
    """A mail server: keeps what it gets; `refuses` are addresses with what they are answered."""

    got: list[EmailMessage] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    to: list[list[str]] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.got.append(found)
        self.to.append(envelope.rcpt_tos)
        return "250 OK"


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    """A server that the installation sends its mail through."""
    found = Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=port, ready_timeout=20)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_IS_SET_UP, settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = True, False, ""
    settings.ADDRESS = "https://billing.example"
    assert django_mail.get_connection().port == settings.EMAIL_PORT  # type: ignore[attr-defined]
    yield found
    controller.stop()


@dataclass
class House:
    """A customer whose people get mail."""

    party: Party

    def person(self, name: str, role: str = "owner", language: str = "en") -> User:
        """Somebody of the account."""
        user = User.objects.create_user(f"{name}@acme.example", name=name.title())
        user.language = language
        user.save(update_fields=["language"])
        Membership.objects.create(customer=self.party.row, user=user, role=role)
        return user

    def billed(self) -> None:
        """A month is over: one invoice of 60.27 EUR."""
        world: World = self.party.world
        world.plan("cloud", world.monthly("49"))
        self.party.buys("cloud")
        world.on("2026-06-01").close()

    def sends(self) -> int:
        """What was told becomes mails, and they are sent; how many were tried."""
        hand_on()
        return send_due()

    def states(self) -> list[tuple[str, str]]:
        """(address, state) of every mail."""
        return list(Mail.objects.order_by("pk").values_list("address", "state"))


@pytest.fixture
def house(world: World) -> House:
    return House(world.customer("acme"))
