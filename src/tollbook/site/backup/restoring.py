"""The way back: into an empty database only, and not believed until it is compared."""

from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from tollbook.base import books, walls
from tollbook.kernel.errors import Permanent, Refused
from tollbook.site.backup import manifest, programs
from tollbook.site.backup.manifest import Manifest

SHOWN = 20
_OWN = """
    SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
"""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored and compared. `pending` are migrations that this program has and the backup has not had: the
    books are asked (`findings`) only when there are none.
    """

    manifest: Manifest
    pending: list[str]
    findings: list[books.Finding]

    @property
    def ok(self) -> bool:
        """Whether the books hold, as far as they were asked."""
        return all(finding.ok for finding in self.findings)


def restore(path: Path, *, other_key: bool = False) -> Restored:
    """Restore the backup in `path` into the empty database of this installation, all of it or nothing, and compare.

    `other_key` goes on where this installation has none of the keys that the backup was sealed with. Refused, before
    anything is written: "file_missing", "manifest_...", "backup_spoiled", "server_too_old", "backup_newer",
    "seal_key_other", "database_not_empty". Permanent "pg_program_...", "restore_differs".
    """
    found = read(path)
    _check_fits(found, other_key=other_key)
    with connection.cursor() as cursor:
        cursor.execute(_OWN)
        (own,) = cursor.fetchone()
    if own:
        name = connection.settings_dict["NAME"]
        message = f"database {name} holds {own} tables and sequences: restore into an empty one (createdb)"
        raise Refused("database_not_empty", message, param="DATABASE_URL")
    with transaction.atomic(), connection.cursor() as cursor:
        # Policies name it; a role belongs to a server, not to a database, so a dump does not hold it.
        walls.make_role(cursor)
    programs.run("pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", path)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    if differences := found.facts.differences(manifest.facts()):
        listed = "; ".join(differences[:SHOWN])
        raise Permanent("restore_differs", f"this database must not be used: {listed}")
    pending = _pending(found)
    if not pending:
        walls.build()  # what the role may read; after pending migrations they see to it themselves
    return Restored(found, pending, [] if pending else books.check(connection))


def read(path: Path) -> Manifest:
    """The manifest of a backup whose dump is what was written; Refused "file_missing", "manifest_...",
    "backup_spoiled".
    """
    if not path.is_file():
        raise Refused("file_missing", f"{path} is no file", param="file")
    found = manifest.read(path)
    size = path.stat().st_size
    if size != found.size:
        raise Refused("backup_spoiled", f"{path} has {size} bytes, {found.size} were written", param="file")
    if manifest.digest_of(path) != found.digest:
        raise Refused("backup_spoiled", f"{path} is not what was written: take another copy", param="file")
    return found


def _check_fits(found: Manifest, *, other_key: bool) -> None:
    server = programs.server_major()
    if server < found.server:
        message = f"the backup is of PostgreSQL {found.server}, this server is {server}: take one that is as new"
        raise Refused("server_too_old", message, param="DATABASE_URL")
    if newer := sorted(set(found.migrations) - _known()):
        message = f"the backup has had the migration {newer[0]}, which this program does not know: take a newer one"
        raise Refused("backup_newer", message, param="file")
    if not other_key and not set(found.keys) & set(manifest.key_names()):
        message = f"TOLLBOOK_SEAL_KEY: none of the keys here is {found.keys[0]}, with which the backup was sealed"
        raise Refused("seal_key_other", f"{message}; --other-key restores without its secrets", param="file")


def _known() -> set[str]:
    return {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}


def _pending(found: Manifest) -> list[str]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    replaced = {f"{app}.{name}" for (app, name) in loader.replacements}
    return sorted(_known() - set(found.migrations) - replaced)
