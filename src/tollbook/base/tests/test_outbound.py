"""Outbound calls reach the public internet and nothing behind our walls (D9)."""

import socket
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from tollbook.base.outbound import is_public, post, target_of
from tollbook.kernel.errors import Permanent, Refused, Retryable

PUBLIC = "93.184.216.34"


class Listener:
    """A socket of loopback that counts who connects."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.came = 0
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            self.came += 1
            client.close()

    def close(self) -> None:
        # Closing alone does not wake who waits in accept.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(20)


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.close()


PRIVATE = [
    "0.0.0.0",  # noqa: S104  # nothing is bound: it is called
    "127.0.0.1", "127.8.9.1", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1",
    "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.254", "192.0.0.1", "192.0.2.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::1", "::",
    "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::",
    "2002:a00:1::1", "2001:0:7f00:1::", "2001:db8::1", "100::1", "fec0::1", "::ffff:0.0.0.0",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address: str, monkeypatch: pytest.MonkeyPatch, listener: Listener) -> None:
    """Neither as a literal nor as what a name resolves to."""
    assert not is_public(ip_address(address))
    if "%" not in address:
        with pytest.raises(Refused) as refused:
            target_of(f"https://[{address}]/" if ":" in address else f"https://{address}/")
        assert refused.value.code == "bad_url"
    # The port is that of a listener: where the check is left out, a loopback address is reached.
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answer = [(family, socket.SOCK_STREAM, 6, "", (address, listener.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answer)
    with pytest.raises(Permanent) as kept:
        post(f"https://rebound.example:{listener.port}/", b"{}", {}, 2)
    assert (kept.value.code, address in kept.value.message) == ("address_refused", False)
    assert listener.came == 0


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "1.1.1.1", "::ffff:8.8.8.8"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "", "shop.example", "//shop.example/", "http://shop.example/", "ftp://shop.example/", "file:///etc/passwd",
        "gopher://127.0.0.1/", "javascript:alert(1)", "https://", "https:///hooks", "https://user@shop.example/",
        "https://user:secret@shop.example/", "https://shop.example@127.0.0.1/", "https://shop.example#@127.0.0.1/",
        "https://shop.example/#part", "https://shop.example/a b", "https://shop.example/\r\nHost: x", "https://shop.example\\@evil.example/",
        "https://shop.example:0/", "https://shop.example:65536/", "https://shop.example:port/", "https://[::1/",
        "https://caf\N{LATIN SMALL LETTER E WITH ACUTE}.example/", "https://127\N{IDEOGRAPHIC FULL STOP}0.0.1/",
        "https://shop.example/\N{NULL}", f"https://shop.example/{'a' * 500}", "https://@shop.example/",
    ],
)  # fmt: skip
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(Refused) as refused:
        target_of(url)
    assert (refused.value.code, refused.value.param) == ("bad_url", "url")


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "localhost.", "0", "127.0.0.1."]
)
def test_other_spellings_of_loopback(host: str, listener: Listener) -> None:
    """Whatever the resolver makes of them, nothing is reached."""
    with pytest.raises((Refused, Permanent, Retryable)):
        post(f"https://{host}:{listener.port}/", b"{}", {}, 2)
    assert listener.came == 0


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in (PUBLIC, "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(Permanent):
        post("https://shop.example/", b"{}", {}, 2)


def test_the_address_that_was_checked_is_the_one_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere when asked again is not asked again."""
    asked: list[str] = []
    called: list[Any] = []

    def resolve(host: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        address = PUBLIC if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    def connect(address: Any, timeout: float) -> Any:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Retryable) as silent:
        post("https://rebound.example/", b"{}", {}, 2)
    assert (asked, called, silent.value.message) == (
        ["rebound.example"], [(PUBLIC, 443)], "the connection was refused",
    )  # fmt: skip


def test_what_the_installation_allows_by_name(settings: Any, listener: Listener) -> None:
    settings.OUTBOUND_ALLOW = frozenset({f"127.0.0.1:{listener.port}"})
    with pytest.raises(Retryable):
        post(f"http://127.0.0.1:{listener.port}/", b"{}", {}, 2)
    assert listener.came == 1
    with pytest.raises(Refused):
        target_of(f"http://127.0.0.1:{listener.port + 1}/")
    with pytest.raises(Refused):
        target_of(f"http://127.0.0.2:{listener.port}/")


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(Retryable) as silent:
        post("https://nobody.invalid/", b"{}", {}, 2)
    assert (silent.value.code, silent.value.message) == ("no_answer", "the name is not known")


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://shop.example", "shop.example", "/"),
        ("https://shop.example:8443/a?b=c", "shop.example:8443", "/a?b=c"),
        ("https://[2606:2800:220:1::1]/x", "[2606:2800:220:1::1]", "/x"),
        ("https://SHOP.example./x", "shop.example", "/x"),
    ],
)
def test_where_a_call_goes(url: str, authority: str, path: str) -> None:
    found = target_of(url)
    assert (found.authority, found.path, found.tls) == (authority, path, True)
