"""A vertical is one folder: laid down in a copy of the package, all of it works, and no other file has changed."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

import tollbook
from tollbook.site.tests.vertical_lamps import FILES, TRIAL

PACKAGE = Path(tollbook.__file__).parent


def checksums(root: Path) -> dict[str, str]:
    """SHA-256 of each file below `root`, by its path."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def database_url(db: None) -> Iterator[str]:
    """An empty database of its own on the server of the tests."""
    server = connection.settings_dict
    name = f"{server['NAME']}_lamps"
    parts = {"host": server["HOST"], "port": server["PORT"], "user": server["USER"], "password": server["PASSWORD"]}
    given = {key: str(value) for key, value in parts.items() if value}
    with psycopg.connect(make_conninfo(dbname="postgres", **given), autocommit=True) as admin:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        admin.execute(drop)
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield _url(server, name)
        finally:
            admin.execute(drop)


def _url(server: Any, name: str) -> str:
    who = quote(str(server["USER"]), safe="") + (f":{quote(server['PASSWORD'], safe='')}" if server["PASSWORD"] else "")
    socket = str(server["HOST"]).startswith("/")
    where = "" if socket else str(server["HOST"])
    port = f":{server['PORT']}" if server["PORT"] else ""
    query = f"?{urlencode({'host': server['HOST']})}" if socket else ""
    return f"postgresql://{who}@{where}{port}/{name}{query}"


def trial(root: Path, database_url: str) -> dict[str, Any]:
    """What TRIAL saw in a process whose package is the one below `root`."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(root),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "tollbook.site.settings",
        "DATABASE_URL": database_url,
        "TOLLBOOK_HOME": str(root.parent / "home"),
        "TOLLBOOK_TEST_MODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", TRIAL],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("SEEN ")]
    found: dict[str, Any] = json.loads(line.removeprefix("SEEN "))
    return found


def test_a_folder_is_a_vertical(tmp_path: Path, database_url: str) -> None:
    root = tmp_path / "src"
    shutil.copytree(PACKAGE, root / "tollbook", ignore=shutil.ignore_patterns("__pycache__", "tests", "conftest.py"))
    before = checksums(root)
    folder = root / "tollbook" / "verticals" / "lamps"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    seen = trial(root, database_url)

    assert (seen["portal"], seen["portal stranger"], seen["portal nobody"]) == ([200, True], [404, False], [302, False])
    assert (seen["staff"], seen["staff customer"]) == ([200, True], [404, False])
    assert (seen["menu"], seen["staff menu"]) == (True, True)
    status, body = seen["api"]
    assert status == 200 and body["whose"].startswith("cus_")
    assert (seen["api nobody"][0], seen["api scope"][0]) == (401, 403)
    assert seen["document"] is True
    assert seen["usage"][0] == 200 and seen["usage"][1]["accepted"] == 1
    assert seen["meter"] == ["Lamp hours", "hour", ["street"]]
    assert seen["default"] == 80
    assert seen["kinds"] == ["console", "lamps.dimmer"]
    assert seen["connector"] == 7
    assert seen["ran"] == [True, False]
    assert seen["checks"] == ["2026-05-01 12:00:00+00:00"]

    after = checksums(root)
    added = after.keys() - before.keys()
    assert added == {f"tollbook/verticals/lamps/{name}" for name in FILES}
    assert {name: after[name] for name in before} == before
