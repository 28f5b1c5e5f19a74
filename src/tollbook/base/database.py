"""Reads `DATABASE_URL` into what Django's settings want. Pure text work: no Django, no connection."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from tollbook.kernel.errors import Refused

EXAMPLE = "postgresql://user:password@host:5432/name"
SCHEMES = ("postgresql", "postgres")
# What libpq understands and an installation has reason to set; anything else is more likely a typing error.
TEXT_OPTIONS = frozenset(
    "application_name channel_binding options passfile service sslcert sslcrl sslkey sslmode sslrootcert "
    "target_session_attrs".split()
)
NUMBER_OPTIONS = frozenset(
    "connect_timeout keepalives keepalives_count keepalives_idle keepalives_interval tcp_user_timeout".split()
)
LAST_PORT = 65535


def parse_url(url: str) -> dict[str, Any]:
    """One entry of Django's DATABASES from a `postgresql://` URL.

    The query may hold libpq options (`?sslmode=verify-full`), `host` for a Unix socket folder, and
    `pool=true` for psycopg's pool, which is off by default. Raises Refused `database_url_invalid` that
    names the part and what would be right, and never shows the password.
    """
    if "#" in url:
        raise _refused("text", "holds a raw '#' (in the password?); write it as %23")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("host or port", f"cannot be read; a port is a number from 1 to {LAST_PORT}") from None
    if parts.scheme not in SCHEMES:
        raise _refused("scheme", f"is {parts.scheme!r}; only PostgreSQL is supported")
    if port == 0:
        raise _refused("port", f"is 0; it is a number from 1 to {LAST_PORT}")
    name = unquote(parts.path.removeprefix("/"))
    if not name or "/" in name:
        raise _refused("database name", "is missing" if not name else f"is {name!r}; it has no slash")
    options = _options(parts)
    config: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(port or ""),
        "OPTIONS": options,
    }
    if "pool" in options:
        config["CONN_MAX_AGE"] = 0  # the pool keeps the connections; Django refuses to do so as well
    return config


def _options(parts: SplitResult) -> dict[str, Any]:
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _refused("query", "cannot be read; it is name=value&name=value") from None
    options: dict[str, Any] = {}
    for name, value in pairs:
        if name in options:
            raise _refused(name, "is given twice")
        options[name] = _option(name, value, socket_allowed=not parts.hostname)
    if options.get("pool") is False:
        del options["pool"]
    return options


def _option(name: str, value: str, *, socket_allowed: bool) -> str | int | bool:
    if name in TEXT_OPTIONS and value:
        return value
    if name in NUMBER_OPTIONS and value.isascii() and value.isdigit():
        return int(value)
    if name == "pool" and value in ("true", "false"):
        return value == "true"
    if name == "host" and value.startswith("/") and socket_allowed:
        return value
    known = {
        "pool": "it is true or false",
        "host": "it is the folder of a Unix socket, with no host before it",
    }
    if name in NUMBER_OPTIONS:
        raise _refused(name, f"is {value!r}; it is a whole number")
    if name in TEXT_OPTIONS:
        raise _refused(name, "is empty")
    if name in known:
        raise _refused(name, f"is {value!r}; {known[name]}")
    raise _refused("query", f"has the unknown option {name!r}; known are {', '.join(sorted(_known()))}")


def _known() -> frozenset[str]:
    return TEXT_OPTIONS | NUMBER_OPTIONS | {"host", "pool"}


def _refused(part: str, reason: str) -> Refused:
    message = f"DATABASE_URL: {part} {reason}. Expected: {EXAMPLE}"
    return Refused("database_url_invalid", message, param="DATABASE_URL")
