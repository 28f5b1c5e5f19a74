"""The second wall between customers: row-level security with a database role that owns nothing.

While a customer's page or request is answered, the connection reads as the role `tollbook_customer`, which sees the
rows of that one customer, of no other, and none where nobody was named; a query that forgot its filter finds no more.
Acts (`@action`, `@outbound`) run as the program's own role again: what they may touch is checked by their scope, by
composite references and by the books. The role may only read.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Model
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from psycopg.pq import TransactionStatus

from tollbook.kernel.errors import Refused

ROLE = "tollbook_customer"
SETTING = "tollbook.customer"
#: The row id of the customer for whom the connection reads; NULL, which equals nothing, where there is none. As a
#: subquery it is worked out once for a statement.
READER = f"(SELECT nullif(current_setting('{SETTING}', true), '')::bigint)"
_ROOT = "customers_customer"


@dataclass(frozen=True, slots=True)
class Rule:
    """What the role sees of a table: the rows for which `rows` (SQL) holds; all, if `rows` is empty; nothing of a table
    that is `closed`.
    """

    table: str
    rows: str = ""
    closed: bool = False


# --- reading for a customer -------------------------------------------------------------------------------------------


@contextmanager
def customer(row_id: int) -> Iterator[None]:
    """Read for this customer only, until the block ends."""
    with _reading(row_id):
        yield


@contextmanager
def lifted() -> Iterator[None]:
    """Act as the program within the block, where a customer's wall stands; the wall stands again after it."""
    if _reader(connections[DEFAULT_DB_ALIAS]) is None:
        yield
        return
    with _reading(None):
        yield


def answered(row_id: int, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer, made behind the customer's wall; what it streams is read behind it, too."""
    with customer(row_id):
        response = answer()
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = streamed(row_id, cast(Iterable[bytes], response.streaming_content))
    return response


def streamed(row_id: int, content: Iterable[Any]) -> Iterator[Any]:
    """`content`, which is read when the view has long returned, behind the customer's wall."""
    with customer(row_id):
        yield from content


@contextmanager
def _reading(row_id: int | None) -> Iterator[None]:
    connection = connections[DEFAULT_DB_ALIAS]
    before = _reader(connection)
    _switch(connection, row_id)
    try:
        yield
    finally:
        _switch(connection, before)


def _reader(connection: BaseDatabaseWrapper) -> int | None:
    return getattr(connection, "reads_for", None)


def _switch(connection: BaseDatabaseWrapper, row_id: int | None) -> None:
    # Kept on the connection, so that one that was lost and made again gets its wall back (`_rebuild`).
    connection.reads_for = row_id  # type: ignore[attr-defined]  # ours
    connection.ensure_connection()
    _tell(connection)


def _tell(connection: BaseDatabaseWrapper) -> None:
    raw: Any = connection.connection
    if raw.info.transaction_status == TransactionStatus.INERROR:
        # Nothing can be said now, and nothing needs to be: the rollback that must come takes back what was said.
        return
    reader = _reader(connection)
    role, whose = ("none", "") if reader is None else (ROLE, str(reader))
    # Past Django's cursor, which would prepare, time and count it. Within a transaction it ends with the transaction.
    raw.execute(
        "SELECT set_config('role', %s, %s), set_config(%s, %s, %s)",
        [role, connection.in_atomic_block, SETTING, whose, connection.in_atomic_block],
    )


def _rebuild(connection: BaseDatabaseWrapper, **_: object) -> None:
    if _reader(connection) is not None:
        _tell(connection)


connection_created.connect(_rebuild, dispatch_uid="tollbook.walls")


# --- building the wall ------------------------------------------------------------------------------------------------


def rules() -> list[Rule]:
    """What the role sees of each table of the installation.

    A row belongs to a customer by its `customer_id`, else by the first row it hangs on that does; a model may say
    it in SQL as `wall`. Of the other tables it sees those whose models say `open_to_customers = True`.
    """
    owned: dict[str, str] = {}
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    waiting = [model for model in models if model.__module__.startswith("tollbook.")]
    while waiting:
        found = {model._meta.db_table: rows for model in waiting if (rows := _rows_of(model, owned))}
        if not found:
            break
        owned |= found
        waiting = [model for model in waiting if model._meta.db_table not in owned]
    return [
        Rule(
            model._meta.db_table,
            owned.get(model._meta.db_table, ""),
            model._meta.db_table not in owned and not getattr(model, "open_to_customers", False),
        )
        for model in models
    ]


def _rows_of(model: type[Model], owned: dict[str, str]) -> str:
    table = model._meta.db_table
    if said := getattr(model, "wall", ""):
        return str(said).format(reader=READER)
    if table == _ROOT:
        return f"id = {READER}"
    fields = model._meta.concrete_fields
    if any(field.column == "customer_id" for field in fields):
        return f"customer_id = {READER}"
    for field in fields:
        parent = field.related_model
        if isinstance(parent, type) and not field.null and parent is not model and parent._meta.db_table in owned:
            key = parent._meta.pk.column
            return (
                f"EXISTS (SELECT 1 FROM {parent._meta.db_table} p "  # noqa: S608  # names of our tables
                f"WHERE p.{key} = {table}.{field.column})"
            )
    return ""


def build() -> None:
    """Make the role, its rights and the policies of every table, as the models are now. Refused "wall_role_missing"
    where the database user may not make the role.
    """
    with transaction.atomic(), connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [ROLE])
        cursor.execute(
            "SELECT (SELECT count(*) FROM pg_roles WHERE rolname = %s), "
            "rolcreaterole OR rolsuper, current_user FROM pg_roles WHERE rolname = current_user",
            [ROLE],
        )
        exists, may_make, user = cursor.fetchone()
        if not exists and not may_make:
            raise _role_missing(user)
        if not exists:
            cursor.execute(f"CREATE ROLE {ROLE} NOLOGIN")
        cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [ROLE])
        if not cursor.fetchone()[0]:
            if not may_make:
                raise _role_missing(user)
            cursor.execute(f'GRANT {ROLE} TO "{user}"')
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
        for rule in rules():
            for statement in _statements(rule):
                cursor.execute(statement)


def _statements(rule: Rule) -> list[str]:
    table = f'"{rule.table}"'
    drop = f"DROP POLICY IF EXISTS {ROLE} ON {table}"
    if rule.closed or not rule.rows:
        right = f"REVOKE ALL ON {table} FROM {ROLE}" if rule.closed else f"GRANT SELECT ON {table} TO {ROLE}"
        return [drop, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", right]
    return [
        drop,
        f"CREATE POLICY {ROLE} ON {table} FOR SELECT TO {ROLE} USING ({rule.rows})",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"GRANT SELECT ON {table} TO {ROLE}",
    ]


def _role_missing(user: str) -> Refused:
    return Refused(
        "wall_role_missing",
        f"the database user {user} may not make the role that customers' pages read with; once, as a user who may: "
        f'CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO "{user}"',
    )


def build_after_migrations(app_config: Any, plan: Any = (), **_: object) -> None:
    """After migrations changed something, when the last app of the installation is done."""
    last = [config for config in apps.get_app_configs() if config.models_module is not None][-1]
    if plan and app_config is last:
        build()
