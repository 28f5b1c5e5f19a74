"""What a DATABASE_URL means to Django, and what is said about one that means nothing."""

from typing import Any

import pytest

from tollbook.base.database import parse_url
from tollbook.kernel.errors import Refused

PLAIN = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "books",
    "USER": "",
    "PASSWORD": "",
    "HOST": "",
    "PORT": "",
    "OPTIONS": {},
}


@pytest.mark.parametrize(
    ("url", "differs"),
    [
        ("postgresql:///books", {}),
        (
            "postgresql://ann:s3cret@db.example:6432/books",
            {"USER": "ann", "PASSWORD": "s3cret", "HOST": "db.example", "PORT": "6432"},
        ),
        ("postgres://ann@db.example/books", {"USER": "ann", "HOST": "db.example"}),
        ("postgresql://ann:a%23b%2Fc%40@h/books", {"USER": "ann", "PASSWORD": "a#b/c@", "HOST": "h"}),
        ("postgresql://[::1]:5433/my%20books", {"HOST": "::1", "PORT": "5433", "NAME": "my books"}),
        ("postgresql://ann@/books?host=/run/postgresql", {"USER": "ann", "HOST": "/run/postgresql"}),
        (
            "postgresql://h/books?sslmode=verify-full&connect_timeout=5",
            {"HOST": "h", "OPTIONS": {"sslmode": "verify-full", "connect_timeout": 5}},
        ),
        ("postgresql:///books?pool=true", {"OPTIONS": {"pool": True}, "CONN_MAX_AGE": 0}),
        ("postgresql:///books?pool=false", {}),
    ],
)
def test_url_is_read(url: str, differs: dict[str, Any]) -> None:
    assert parse_url(url) == {**PLAIN, **differs}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "scheme is ''; only PostgreSQL is supported"),
        ("mysql://h/books", "scheme is 'mysql'; only PostgreSQL is supported"),
        ("postgresql://h:port/books", "host or port cannot be read; a port is a number from 1 to 65535"),
        ("postgresql://h:65536/books", "host or port cannot be read; a port is a number from 1 to 65535"),
        ("postgresql://[::1/books", "host or port cannot be read; a port is a number from 1 to 65535"),
        ("postgresql://h:0/books", "port is 0; it is a number from 1 to 65535"),
        ("postgresql://h", "database name is missing"),
        ("postgresql://h/a/b", "database name is 'a/b'; it has no slash"),
        ("postgresql://ann:hunter#2@h/books", "text holds a raw '#' (in the password?); write it as %23"),
        ("postgresql://h/books?sslmode", "query cannot be read; it is name=value&name=value"),
        ("postgresql://h/books?sslmode=", "sslmode is empty"),
        ("postgresql://h/books?sslmode=a&sslmode=b", "sslmode is given twice"),
        ("postgresql://h/books?connect_timeout=5s", "connect_timeout is '5s'; it is a whole number"),
        ("postgresql://h/books?pool=yes", "pool is 'yes'; it is true or false"),
        (
            "postgresql://h/books?host=/run",
            "host is '/run'; it is the folder of a Unix socket, with no host before it",
        ),
    ],
)
def test_refusal_names_the_part_and_the_form(url: str, says: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_url(url)
    assert caught.value.code == "database_url_invalid"
    assert caught.value.param == "DATABASE_URL"
    assert str(caught.value) == f"DATABASE_URL: {says}. Expected: postgresql://user:password@host:5432/name"


def test_unknown_option_lists_the_known_ones() -> None:
    with pytest.raises(Refused, match=r"unknown option 'sslmod'; known are application_name, .* sslmode, "):
        parse_url("postgresql://h/books?sslmod=require")


@pytest.mark.parametrize("url", ["postgresql://ann:hun#ter2@h/b", "postgresql://ann:hun:ter2@h:x/b", "x://a:hun@h"])
def test_no_refusal_shows_the_password(url: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_url(url)
    assert "hun" not in repr(caught.value)
    assert caught.value.__cause__ is None
