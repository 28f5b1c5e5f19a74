"""Making a backup while everybody works on."""

import os
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection, transaction

from tollbook.kernel.errors import Refused
from tollbook.site.backup import manifest, programs
from tollbook.site.backup.manifest import Manifest


def make(path: Path) -> Manifest:
    """Write a dump of the whole database to `path` (pg_dump's custom format) and its manifest beside it.

    Both tell of one instant: the dump reads the snapshot in which rows and sums are counted. Neither file is there
    before it is whole. Refused "file_exists", "folder_missing"; Permanent "pg_program_missing", "pg_program_failed".
    """
    beside = manifest.path_of(path)
    for file in (path, beside):
        if file.exists():
            raise Refused("file_exists", f"{file} exists: give another name", param="file")
    if not path.parent.is_dir():
        raise Refused("folder_missing", f"{path.parent} is no folder", param="file")
    draft = path.with_name(f"{path.name}.partial-{os.getpid()}")
    # Only who runs this may read it, from the first byte on.
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        made = _dump(draft)
        _settle(draft)
        told = beside.with_name(f"{beside.name}.partial-{os.getpid()}")
        with open(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as beginning:
            beginning.write(manifest.written(made))
        _settle(told)
        draft.rename(path)
        # Last: a dump without a manifest is no backup.
        told.rename(beside)
    finally:
        draft.unlink(missing_ok=True)
    return made


def _dump(draft: Path) -> Manifest:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = str(cursor.fetchone()[0])
        at = datetime.now(UTC).isoformat(timespec="seconds")
        programs.run("pg_dump", "--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges",
                     f"--file={draft}")  # fmt: skip
        return manifest.about(draft, at, manifest.facts())


def _settle(path: Path) -> None:
    """Onto the disk, before its name says that it is whole."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
