"""The drill: back up a busy database, restore it elsewhere, compare, check the books; and what is refused on the way."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from tollbook.base import sealed
from tollbook.identity.actions import create_user
from tollbook.kernel.errors import Permanent, Refused
from tollbook.site.backup import making, manifest, programs, restoring

pytestmark = pytest.mark.django_db(transaction=True)


def url_of(name: str) -> str:
    given = connection.settings_dict
    return f"postgresql://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{name}"


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of an empty database of its own."""
    name = f"elsewhere_{os.getpid()}"
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield url_of(name)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def tollbook(database: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tollbook", *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, "DATABASE_URL": database, **environment},
        check=False,
    )


def test_the_drill(busy: Any, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "night.dump"
    dump = programs.run
    meanwhile: list[str] = []

    def run(program: str, *arguments: Any) -> None:
        # Somebody works on: committed after the backup's instant, before the dump reads.
        writer = threading.Thread(target=work)
        writer.start()
        writer.join(20)
        dump(program, *arguments)

    def work() -> None:
        try:
            meanwhile.append(create_user("late@harbour.example", "Late").email)
        finally:
            connection.close()

    monkeypatch.setattr(programs, "run", run)
    before = manifest.facts()
    made = making.make(file)
    assert meanwhile == ["late@harbour.example"]
    assert made.facts == before != manifest.facts()
    assert before.rows["ledger_posting"] > 0 and before.rows["invoicing_invoice"] > 0 and before.seal
    assert len(before.ledger) > 3
    assert [path.stat().st_mode & 0o777 for path in (file, manifest.path_of(file))] == [0o600, 0o600]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["night.dump", "night.dump.manifest.json"]

    done = tollbook(elsewhere, "restore", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{sum(before.rows.values())} rows in {len(before.rows)} tables" in done.stdout
    assert before.seal in done.stdout and "statements hold." in done.stdout
    with psycopg.connect(elsewhere) as found:
        users = [email for (email,) in found.execute("SELECT email FROM identity_user")]
    assert "late@harbour.example" not in users

    again = tollbook(elsewhere, "restore", str(file))
    assert (again.returncode, again.stdout) == (2, "")
    assert "restore into an empty one" in again.stderr and again.stderr.count("\n") == 1


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of the nearly empty database of the tests."""
    file = tmp_path / "kept.dump"
    making.make(file)
    return file


def spoil(path: Path, at: int) -> None:
    """Turn one bit."""
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)


def test_what_is_refused_before_anything_is_written(backup: Path, tmp_path: Path) -> None:
    held = manifest.facts()

    def refused(change: Callable[[Path], object], **how: Any) -> str:
        folder = tmp_path / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path in (backup, manifest.path_of(backup)):
            shutil.copy(path, folder / path.name)
        change(folder / backup.name)
        with pytest.raises(Refused) as error:
            restoring.restore(folder / backup.name, **how)
        return error.value.code

    beside = manifest.path_of
    assert refused(lambda path: spoil(path, 5_000)) == "backup_spoiled"
    assert refused(lambda path: path.write_bytes(path.read_bytes()[:-1])) == "backup_spoiled"
    assert refused(lambda path: spoil(beside(path), 40)) == "manifest_spoiled"
    assert refused(lambda path: beside(path).write_text("[]")) == "manifest_spoiled"
    assert refused(lambda path: beside(path).unlink()) == "manifest_missing"
    assert refused(lambda path: path.unlink()) == "file_missing"
    assert refused(lambda path: change_manifest(path, format=2)) == "manifest_unknown"
    assert refused(lambda path: change_manifest(path, server=99)) == "server_too_old"
    assert refused(lambda path: change_manifest(path, migrations=["wallets.9999_later"])) == "backup_newer"
    assert refused(lambda path: change_manifest(path, keys=["0" * 16])) == "seal_key_other"
    assert refused(lambda path: change_manifest(path, keys=["0" * 16]), other_key=True) == "database_not_empty"
    assert refused(lambda path: None) == "database_not_empty"
    assert manifest.facts() == held


def change_manifest(path: Path, **values: Any) -> None:
    """As another installation would have written it."""
    beside = manifest.path_of(path)
    body = {**json.loads(beside.read_text()), **values}
    body.pop("manifest_digest")
    beside.write_text(json.dumps({**body, "manifest_digest": manifest._digest(body)}))


def test_a_backup_is_never_half_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kept.dump"

    def fail(program: str, *arguments: Any) -> None:
        raise Permanent("pg_program_failed", "the disk is full")

    with monkeypatch.context() as patched, pytest.raises(Permanent, match="disk is full"):
        patched.setattr(programs, "run", fail)
        making.make(file)
    assert list(tmp_path.iterdir()) == []
    making.make(file)
    held = file.read_bytes()
    with pytest.raises(Refused) as error:
        making.make(file)
    assert error.value.code == "file_exists" and file.read_bytes() == held


def test_it_names_keys_and_tells_none(backup: Path) -> None:
    told = manifest.path_of(backup).read_text()
    assert json.loads(told)["keys"] == manifest.key_names() and len(manifest.key_names()[0]) == 16
    for key in sealed.known_keys():
        assert key.hex() not in told
    password = connection.settings_dict["PASSWORD"]
    assert password and password not in told


@contextmanager
def changed(sql: str) -> Iterator[None]:
    """The database after that statement, which is undone afterwards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql)
        yield
        transaction.set_rollback(True)


@pytest.mark.broken_books
def test_differences_are_found_and_told(busy: Any) -> None:
    create_user("ada@harbour.example", "Ada")
    before = manifest.facts()
    assert before.differences(manifest.facts()) == []
    with changed("DELETE FROM identity_audit_entry WHERE id = (SELECT max(id) FROM identity_audit_entry)"):
        rows = before.rows["identity_audit_entry"]
        assert before.differences(manifest.facts()) == [f"table identity_audit_entry: {rows} rows, restored {rows - 1}"]
    with changed("UPDATE ledger_posting SET amount = amount + 1 WHERE id = (SELECT max(id) FROM ledger_posting)"):
        (told,) = before.differences(manifest.facts())
        assert told.startswith("ledger ")
    with changed("UPDATE ledger_seal SET digest = '\\x00' WHERE number = (SELECT max(number) FROM ledger_seal)"):
        (told,) = before.differences(manifest.facts())
        assert told.startswith("last seal: ")


def test_programs_are_those_of_the_servers_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    major = programs.server_major()
    assert programs._major(programs.find("pg_dump", major)) == major
    with pytest.raises(Permanent, match=r"pg_dump 99 is not here: apt install postgresql-client-99"):
        programs.find("pg_dump", 99)
    other = tmp_path / "pg_dump"
    other.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 99.1'\n")
    other.chmod(0o755)
    monkeypatch.setenv(programs.VARIABLE, str(tmp_path))
    assert programs.find("pg_dump", 99) == other
    assert programs.find("pg_dump", major) != other
