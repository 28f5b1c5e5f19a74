"""Every answer carries the headers, whatever answers; cookies keep to this host; no export runs in a spreadsheet."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tollbook.web.middleware import HEADERS, SOURCES

# What is left of a regular expression where a route is one.
_REST = re.compile(r"[(].*?[)]|[\\?*+]")
SOURCE = Path(__file__).resolve().parents[2]
WANTED = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    """An address for every route, with something in the place of what varies."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        text = re.sub(r"<[^>]+>", "x", str(pattern.pattern)).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, before + text)
        elif isinstance(pattern, URLPattern):
            yield f"/{before}" + _REST.sub("x", text)


def check(client: Client, address: str, **how: Any) -> None:
    answer = client.get(address, **how)
    found = {name: answer.headers.get(name) for name in WANTED}
    # A document that is shown in the browser may ask for less of its own, never for more.
    policy = found["Content-Security-Policy"] or ""
    assert {**found, "Content-Security-Policy": ""} == {**WANTED, "Content-Security-Policy": ""}, address
    assert policy == WANTED["Content-Security-Policy"] or policy.startswith("default-src 'none'"), address
    assert "unsafe" not in policy and "*" not in policy, address
    assert answer.headers["X-Request-Id"], address


@pytest.mark.django_db
def test_every_answer_has_them(portal: Any) -> None:
    client = Client(raise_request_exception=False)
    addresses = sorted(set(routes()))
    assert len(addresses) > 200
    for address in addresses:
        check(client, address)
    for address in ("/healthz", "/readyz", "/metrics", "/nowhere", "/static/nothing.css", "/api/v1/nowhere"):
        check(client, address)
    check(client, "/", headers={"Host": "elsewhere.example"})
    signed_in = portal()
    for address in addresses:
        if "x" not in address.split("/") and address.startswith(("/staff/", "/portal/")):
            check(signed_in.staff if address.startswith("/staff/") else signed_in.owner, address)


def test_each_source_is_in_the_policy() -> None:
    assert HEADERS["Content-Security-Policy"] == WANTED["Content-Security-Policy"]
    assert [name for name, value in SOURCES.items() if value != "'none'"] == [
        "script-src", "style-src", "img-src", "font-src", "connect-src", "form-action",
    ]  # fmt: skip


def settings_with(**environment: str) -> dict[str, Any]:
    """What the settings say in an installation with that environment."""
    names = "SESSION_COOKIE_NAME CSRF_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_HSTS_SECONDS "
    names += "SESSION_COOKIE_HTTPONLY CSRF_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE SECURE_SSL_REDIRECT"
    code = (
        "import json\nfrom django.conf import settings\n"
        f"print(json.dumps({{n: getattr(settings, n) for n in '{names}'.split()}}))"
    )
    given = {**os.environ, "TOLLBOOK_NO_DATABASE": "1", "DJANGO_SETTINGS_MODULE": "tollbook.site.settings"}
    for name in ("TOLLBOOK_HTTPS", "TOLLBOOK_DEBUG"):
        given.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**given, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_in_production_cookies_keep_to_this_host_and_tls_is_remembered() -> None:
    assert settings_with(TOLLBOOK_HTTPS="1") == {
        "SESSION_COOKIE_NAME": "__Host-session", "CSRF_COOKIE_NAME": "__Host-csrf", "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True, "SECURE_HSTS_SECONDS": 31_536_000, "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SAMESITE": "Lax", "SECURE_SSL_REDIRECT": True,
    }  # fmt: skip
    trial = settings_with()
    assert trial["SECURE_HSTS_SECONDS"] == 0 and not trial["SESSION_COOKIE_SECURE"]
    assert trial["SESSION_COOKIE_HTTPONLY"] and trial["CSRF_COOKIE_HTTPONLY"]


def test_whatever_writes_csv_neutralises_formulas() -> None:
    """One function does it; a module that writes CSV without it is a hole."""
    holes = []
    for path in sorted(SOURCE.rglob("*.py")):
        if "tests" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        writes = any(
            isinstance(node, ast.Attribute) and node.attr in {"writer", "DictWriter"} for node in ast.walk(tree)
        )
        uses = "plain_cell" in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if writes and "import csv" in path.read_text() and not uses:
            holes.append(str(path.relative_to(SOURCE)))
    assert holes == []
