"""What the database says of itself, of its sessions, and of the queue in it."""

from datetime import UTC, datetime

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tollbook.base.checks import OLDEST
from tollbook.base.health import Check, Found, bad, doubtful, good
from tollbook.base.measures import HEARTBEAT_AGE, QUEUE_AGE

CLOCK_WARN_S, CLOCK_FAIL_S = 2, 30
SILENT_S = 60
QUEUE_WARN_S, QUEUE_FAIL_S = 120, 900
PREPARED_S = 300
OPEN_WARN_S, OPEN_FAIL_S = 300, 3600
CONNECTIONS_PERCENT = 80
START_WORKER = "start one: tollbook serve --only worker (systemctl start tollbook-worker)"


def _row(sql: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return tuple(cursor.fetchone() or ())


def _number(sql: str) -> float:
    row = _row(sql)
    return float(str(row[0])) if row and row[0] is not None else 0.0


def reached() -> Found:
    """The server answers and is new enough."""
    number, version, name = _row(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_database()"
    )
    if int(str(number)) < OLDEST:
        return bad(f"PostgreSQL {version}", "give DATABASE_URL of a server of version 15 or newer")
    return good(f"PostgreSQL {version}, database {name}")


def machine_now() -> datetime:
    """What this machine takes for now."""
    return datetime.now(UTC)


def clocks() -> Found:
    """This machine and the database agree on the time: instants of both stand in the same books."""
    began = machine_now()
    (told,) = _row("SELECT clock_timestamp()")
    ended = machine_now()
    assert isinstance(told, datetime)  # noqa: S101  # for the type checker
    apart = max((told - ended).total_seconds(), (began - told).total_seconds(), 0.0)
    if apart <= CLOCK_WARN_S:
        return good("this machine and the database agree")
    words = f"this machine and the database are {apart:.0f} s apart"
    do = "run a time service (chrony, systemd-timesyncd) on both machines"
    return bad(words, do) if apart > CLOCK_FAIL_S else doubtful(words, do)


def migrations() -> Found:
    """The schema is this program's."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return good("the schema is complete")
    named = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in plan[:5])
    return bad(f"{len(plan)} migrations are pending: {named}", "back up, then run: tollbook manage migrate")


def workers() -> Found:
    """A worker lives."""
    row = _row(HEARTBEAT_AGE)
    if not row:
        return bad("no worker runs", START_WORKER)
    age = float(str(row[0]))
    if age > SILENT_S:
        return bad(f"no worker has given a sign of life for {age:.0f} s", START_WORKER)
    return good(f"last sign of life {max(age, 0):.0f} s ago")


def queue() -> Found:
    """Jobs are run soon, and none has been given up."""
    age = _number(QUEUE_AGE)
    if age > QUEUE_WARN_S:
        words = f"the oldest job has waited for {age:.0f} s"
        do = "look at the worker's log; run more workers if they are busy"
        return bad(words, do) if age > QUEUE_FAIL_S else doubtful(words, do)
    failed = int(_number("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"))
    if failed:
        return doubtful(f"{failed} jobs failed for good", "look at Jobs in the staff portal and at the worker's log")
    return good("no job waits long, none has failed for good")


def prepared() -> Found:
    """No transaction was prepared and forgotten: it would keep its locks for ever."""
    count = int(
        _number(
            f"SELECT count(*) FROM pg_prepared_xacts WHERE prepared < now() - interval '{PREPARED_S} seconds' "  # noqa: S608
            "AND database = current_database()"
        )
    )
    if not count:
        return good("none is forgotten")
    return bad(f"{count} prepared transactions hold their locks", "end each of pg_prepared_xacts: ROLLBACK PREPARED")


def transactions() -> Found:
    """Nobody has kept a transaction open for long: dead rows stay and locks are held meanwhile."""
    row = _row(
        "SELECT pid, coalesce(nullif(application_name, ''), usename), extract(epoch FROM now() - xact_start) "
        "FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() "
        "AND datname = current_database() AND backend_type = 'client backend' ORDER BY xact_start LIMIT 1"
    )
    age = float(str(row[2])) if row else 0.0
    if not row or age <= OPEN_WARN_S:
        return good("none is open for long")
    words = f"one of {row[1]} (process {row[0]}) is open for {age:.0f} s"
    do = f"end it if it does nothing: SELECT pg_terminate_backend({row[0]})"
    return bad(words, do) if age > OPEN_FAIL_S else doubtful(words, do)


def connections() -> Found:
    """There are connections left for more processes."""
    used, most = _row("SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity")
    words = f"{used} of {most} are used"
    if int(str(used)) * 100 >= int(str(most)) * CONNECTIONS_PERCENT:
        return doubtful(words, "raise max_connections, put a pooler before the server, or run fewer processes")
    return good(words)


CHECKS = [
    Check("clock", clocks),
    Check("migrations", migrations),
    Check("workers", workers),
    Check("queue", queue),
    Check("prepared transactions", prepared),
    Check("open transactions", transactions),
    Check("database connections", connections),
]
