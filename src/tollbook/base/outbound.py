"""The client for addresses that customers give: it talks to the public internet and to nothing behind our walls.

A name is resolved once, every address of it is checked, and the connection is made to an address that was checked, so
that a name which changes its mind between the check and the call gains nothing. Redirects are not followed. The setting
`OUTBOUND_ALLOW` (TOLLBOOK_OUTBOUND_ALLOW: `host:port`, divided by commas) names exceptions, for trials and for systems
of the operator's own.
"""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from tollbook.base.tasks import outbound
from tollbook.kernel.errors import Permanent, Refused, Retryable, shown

MOST_BYTES = 65_536
LONGEST_URL = 500
HTTPS = 443
HTTP = 80
# Networks that lead elsewhere than they look: through them a public address reaches a private one.
_TUNNELS = tuple(ip_network(net) for net in ("2002::/16", "2001::/32"))
# All that IPv6 has given to the public internet; NAT64 (64:ff9b::/96) and what else leads inward is outside of it.
_GLOBAL_UNICAST = ip_network("2000::/3")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: `body` is its beginning (MOST_BYTES); headers by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: where to connect and what to ask there."""

    host: str
    port: int
    path: str
    tls: bool
    is_allowed: bool

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (HTTPS if self.tls else HTTP) else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """The parts of an address that we may call, as far as it can be told without asking for the name.

    Refused "bad_url" (param "url") for anything but plain https, or http to what the installation allows by name.
    """
    parts = _parts(url)
    host = (parts.hostname or "").rstrip(".")
    tls = parts.scheme == "https"
    port = parts.port or (HTTPS if tls else HTTP)
    is_allowed = f"{host}:{port}" in settings.OUTBOUND_ALLOW
    if not tls and not is_allowed:
        raise _bad(url, "give an https address")
    literal = _literal(host)
    if literal is not None and not is_allowed and not is_public(literal):
        raise _bad(url, "give an address on the public internet")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port, path, tls, is_allowed)


def _parts(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url or len(url) > LONGEST_URL:
        raise _bad(url, f"write it in at most {LONGEST_URL} plain ASCII characters, without blanks")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad(url, "its host or port cannot be read") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise _bad(url, "give an https address")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc or "#" in url:
        raise _bad(url, "give an address without user, password and fragment")
    return parts


def _bad(url: str, right: str) -> Refused:
    return Refused("bad_url", f"url {shown(url)}: {right}", param="url")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet and nothing else in disguise."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        inside = address in _GLOBAL_UNICAST and not any(address in net for net in _TUNNELS)
        if address.scope_id is not None or not inside:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _resolve(target: Target) -> str:
    """An address of the target's host. Permanent "address_refused" if any of them is not public; Retryable "no_answer"
    if there is none.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _silent("the name is not known") from error
    addresses = [str(info[4][0]) for info in found]
    if not target.is_allowed and not all(is_public(ip_address(each)) for each in addresses):
        # What it resolved to is not told: that would map our network for whoever asks.
        raise Permanent("address_refused", "the name leads to an address that is not on the public internet")
    return addresses[0]


class _Pinned(HTTPConnection):
    """A connection to an address that was checked, whatever the name says by now."""

    def __init__(self, target: Target, address: str, timeout_s: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout_s)
        self.target, self.address, self.timeout_s = target, address, timeout_s
        self.is_cut = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout_s)
        if self.target.tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.target.host)

    def cut(self) -> None:
        """End whatever waits on the socket, now."""
        self.is_cut = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it is closed already


@outbound
def post(url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
    """POST `body` and return the answer, whatever its status; all of it within `timeout_s` from the connection on.

    Refused "bad_url" and Permanent "address_refused" where we do not call; Retryable "no_answer" where nothing came.
    """
    target = target_of(url)
    connection = _Pinned(target, _resolve(target), timeout_s)
    # A socket's own time-out begins anew with each byte; this one does not.
    deadline = Timer(timeout_s, connection.cut)
    deadline.daemon = True
    deadline.start()
    try:
        connection.request("POST", target.path, body, {"Host": target.authority, **headers})
        response = connection.getresponse()
        if connection.is_cut:
            raise TimeoutError  # what looks like the end of the head is where we hung up
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, _beginning(response))
    except (OSError, HTTPException) as error:
        late = connection.is_cut or isinstance(error, TimeoutError)
        raise _silent(f"no answer within {timeout_s:g} s" if late else _why(error)) from error
    finally:
        deadline.cancel()
        connection.close()


def _beginning(response: HTTPResponse) -> bytes:
    """What can be had of the body: the status was the answer, a body that is cut changes nothing."""
    found = b""
    try:
        while len(found) < MOST_BYTES and (more := response.read1(MOST_BYTES - len(found))):
            found += more
    except (OSError, HTTPException):
        return found
    return found


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {error.verify_message}"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    return f"no answer: {type(error).__name__}"


def _silent(why: str) -> Retryable:
    return Retryable("no_answer", why, after_s=0)
