"""PostgreSQL's own programs, of the version that the server is."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from django.db import connection
from psycopg.conninfo import make_conninfo

from tollbook.base.database import NUMBER_OPTIONS, TEXT_OPTIONS
from tollbook.base.embedded.place import INSTALL, MODULE
from tollbook.kernel.errors import Permanent

VARIABLE = "TOLLBOOK_PG_BIN"
DEBIAN = Path("/usr/lib/postgresql")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
ASKING_S = 20


def server_major() -> int:
    """The major version of the server of this installation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        return int(cursor.fetchone()[0])


def find(program: str, major: int) -> Path:
    """`program` ("pg_dump") of that major version, looked for in TOLLBOOK_PG_BIN, Debian's folders, the path and the
    wheel of the embedded server. Permanent "pg_program_missing" that says what to install.
    """
    for folder in _folders(major):
        path = folder / program
        if path.is_file() and _major(path) == major:
            return path
    message = f"{program} {major} is not here: apt install postgresql-client-{major}, or set {VARIABLE} to its folder"
    raise Permanent("pg_program_missing", message)


def _folders(major: int) -> Iterator[Path]:
    if given := os.environ.get(VARIABLE):
        yield Path(given)
    yield DEBIAN / str(major) / "bin"
    if found := shutil.which("pg_dump"):
        yield Path(found).parent
    spec = find_spec(MODULE)
    if spec is not None and spec.submodule_search_locations:
        yield Path(spec.submodule_search_locations[0]).parent / INSTALL / "bin"


def _major(path: Path) -> int:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=ASKING_S, check=False)
    found = _VERSION.search(told.stdout)
    return int(found[1]) if found else 0


def run(program: str, *arguments: str | Path) -> None:
    """Run a program on the database of this installation; Permanent "pg_program_failed" with the last line it said.

    The password goes through the environment: a command line can be read by everybody on the machine.
    """
    path = find(program, server_major())
    settings = connection.settings_dict
    options = {name: value for name, value in settings["OPTIONS"].items() if name in TEXT_OPTIONS | NUMBER_OPTIONS}
    where = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": settings["NAME"]}
    address = make_conninfo(**{name: value for name, value in where.items() if value}, **options)
    environment = {**os.environ, **({"PGPASSWORD": settings["PASSWORD"]} if settings["PASSWORD"] else {})}
    done = subprocess.run(
        [path, f"--dbname={address}", "--no-password", *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise Permanent("pg_program_failed", f"{program}: {said[-1] if said else f'exit code {done.returncode}'}")
