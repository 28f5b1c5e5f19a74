"""What a backup says of itself: its digest, its versions, which keys it needs, and what the database held."""

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import connection

from tollbook.base import sealed
from tollbook.kernel.errors import Refused
from tollbook.site.backup import programs

FORMAT = 1
CHUNK = 1024 * 1024

_TABLES = """
    SELECT quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') ORDER BY c.relname
"""
_LEDGER = """
    SELECT a.kind || ' ' || p.currency, sum(p.amount)::text
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id GROUP BY 1 ORDER BY 1
"""
_SEAL = "SELECT number || ' ' || encode(digest, 'hex') FROM ledger_seal ORDER BY number DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a database holds: rows of each table, sums of the ledger by kind of account and currency, the last seal."""

    rows: dict[str, int]
    ledger: dict[str, str]
    seal: str

    def differences(self, other: "Facts") -> list[str]:
        """Where `other` holds something else, in words."""
        found = [
            f"table {name}: {self.rows.get(name)} rows, restored {other.rows.get(name)}"
            for name in sorted(self.rows.keys() | other.rows.keys())
            if self.rows.get(name) != other.rows.get(name)
        ]
        found += [
            f"ledger {name}: {self.ledger.get(name)}, restored {other.ledger.get(name)}"
            for name in sorted(self.ledger.keys() | other.ledger.keys())
            if self.ledger.get(name) != other.ledger.get(name)
        ]
        return found if self.seal == other.seal else [*found, f"last seal: {self.seal}, restored {other.seal}"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """`keys` are names of the keys that open what is sealed, never the keys. `migrations` are "app.name"."""

    format: int
    made_at: str
    program: str
    server: int
    size: int
    digest: str
    keys: list[str]
    migrations: list[str]
    facts: Facts


def facts() -> Facts:
    """What the database of this installation holds now, as the present transaction sees it."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        rows = {}
        for name in tables:
            cursor.execute(f"SELECT count(*) FROM {name}")  # noqa: S608  # a quoted name out of the catalogue
            rows[name] = int(cursor.fetchone()[0])
        cursor.execute(_LEDGER)
        ledger = dict(cursor.fetchall())
        cursor.execute(_SEAL)
        last = cursor.fetchone()
    return Facts(rows, ledger, last[0] if last else "")


def migrations() -> list[str]:
    """The migrations that the database has had."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def key_names() -> list[str]:
    """Names of the keys of this installation, the sealing one first: digests, of which no key can be computed."""
    return [hashlib.sha256(b"tollbook key name\0" + key).hexdigest()[:16] for key in sealed.known_keys()]


def about(dump: Path, made_at: str, held: Facts) -> Manifest:
    """The manifest of the dump in that file, of a database that held `held`."""
    return Manifest(
        format=FORMAT,
        made_at=made_at,
        program=version("tollbook"),
        server=programs.server_major(),
        size=dump.stat().st_size,
        digest=digest_of(dump),
        keys=key_names(),
        migrations=migrations(),
        facts=held,
    )


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def path_of(dump: Path) -> Path:
    """Where the manifest of a dump lies: beside it."""
    return dump.with_name(f"{dump.name}.manifest.json")


def written(manifest: Manifest) -> str:
    """The manifest as JSON, with a digest over itself."""
    body = asdict(manifest)
    return json.dumps({**body, "manifest_digest": _digest(body)}, indent=1) + "\n"


def read(dump: Path) -> Manifest:
    """The manifest beside a dump. Refused "manifest_missing", "manifest_spoiled", "manifest_unknown"."""
    path = path_of(dump)
    if not path.is_file():
        message = f"{path} is missing: without it nobody can say whether the dump is whole"
        raise Refused("manifest_missing", message, param="file")
    try:
        body = json.loads(path.read_bytes())
        known = body.pop("manifest_digest")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise _spoiled(path) from None
    if known != _digest(body):
        raise _spoiled(path)
    if body.get("format") != FORMAT:
        message = f"{path}: format {body.get('format')} was written by another version; this one reads {FORMAT}"
        raise Refused("manifest_unknown", message, param="file")
    return Manifest(**{**body, "facts": Facts(**body["facts"])})


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _spoiled(path: Path) -> Refused:
    return Refused("manifest_spoiled", f"{path} is not what was written: take another copy", param="file")
