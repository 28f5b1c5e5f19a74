"""What an API key looks like; pure but for the random bits of a new one.

`tbk_live_<id>_<secret>_<checksum>`: the id finds the row, the secret (256 bits) proves the holder, the checksum lets a
scanner and the door tell a mistyped key from a wrong one without asking the database.
"""

import hashlib
import hmac
import ipaddress
import re
import secrets
import zlib
from base64 import b32encode
from collections.abc import Iterable
from typing import NamedTuple

from tollbook.kernel.errors import Refused, shown
from tollbook.kernel.ids import new_id

HEAD = "tbk_live_"
SECRET_BYTES = 32
SHOWN = len(HEAD) + 8
SCOPE_LIMIT = 50
ADDRESS_LIMIT = 50
_TOKEN = re.compile(r"tbk_live_([a-z2-7]{24})_[a-z2-7]{52}_([0-9a-f]{8})")
_SCOPE = re.compile(r"([a-z][a-z0-9-]{1,39}|\*):(read|write)")


class Token(NamedTuple):
    """A new key: the row's public id, the text that is shown once, its digest, and what may be shown for ever."""

    public_id: str
    text: str
    digest: bytes
    prefix: str


def new_token() -> Token:
    """A key that nobody else has and nobody can guess."""
    public_id = new_id("key")
    secret = b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii").lower().rstrip("=")
    body = f"{HEAD}{public_id.removeprefix('key_')}_{secret}"
    text = f"{body}_{_checksum(body)}"
    return Token(public_id, text, digest_of(text), text[:SHOWN])


def digest_of(text: str) -> bytes:
    """What is stored of a key. One hash is enough: 256 random bits cannot be guessed, however fast the hash."""
    return hashlib.sha256(text.encode()).digest()


def named_by(text: str) -> str | None:
    """The public id of the row that a key names, or None when the text cannot be a key."""
    found = _TOKEN.fullmatch(text)
    if found is None or _checksum(text[: -len("_00000000")]) != found[2]:
        return None
    return f"key_{found[1]}"


def proves(text: str, digest: bytes) -> bool:
    """Whether the key is the one whose digest is stored, in a time that says nothing about where they differ."""
    return hmac.compare_digest(digest_of(text), digest)


def check_scopes(scopes: Iterable[object]) -> list[str]:
    """Scopes such as "usage:write" or "*:read", sorted, each once; Refused "bad_scope", "no_scope"."""
    found: set[str] = set()
    for scope in scopes:
        if not isinstance(scope, str) or not _SCOPE.fullmatch(scope) or len(found) >= SCOPE_LIMIT:
            right = "a scope is an area and read or write, such as usage:write or *:read"
            raise Refused("bad_scope", f"scopes {shown(scope)}: {right}", param="scopes", value=shown(scope))
        found.add(scope)
    if not found:
        raise Refused("no_scope", "scopes is empty: a key needs at least one scope", param="scopes")
    return sorted(found)


def covers(scopes: Iterable[str], wanted: str) -> bool:
    """Whether the scopes hold `wanted`, by name or by "*" for every area. Writing does not include reading."""
    return not {wanted, f"*:{wanted.partition(':')[2]}"}.isdisjoint(scopes)


def check_addresses(addresses: Iterable[object]) -> list[str]:
    """Addresses and networks such as "192.0.2.7" or "2001:db8::/32", as networks, sorted, each once.

    Refused "bad_address" for anything else, for a network that has bits beyond its mask, and for more than 50.
    """
    found: set[str] = set()
    for given in addresses:
        try:
            if not isinstance(given, str) or len(found) >= ADDRESS_LIMIT:
                raise ValueError
            found.add(str(ipaddress.ip_network(given)))
        except ValueError:
            right = f"give up to {ADDRESS_LIMIT} addresses or networks, such as 192.0.2.7 or 2001:db8::/32"
            message = f"addresses {shown(given)}: {right}"
            raise Refused("bad_address", message, param="addresses", value=shown(given)) from None
    return sorted(found)


def may_come_from(networks: Iterable[str], address: str) -> bool:
    """Whether one of the networks holds the address, or there are none. An address that is none is in no network."""
    allowed = [ipaddress.ip_network(network) for network in networks]
    if not allowed:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found.version == network.version and found in network for network in allowed)


def is_covered(scopes: Iterable[str], by: Iterable[str]) -> bool:
    """Whether a holder of the scopes `by` may do all that `scopes` let do: nobody gives away more than it has."""
    held = list(by)
    return all(covers(held, scope) for scope in scopes)


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
