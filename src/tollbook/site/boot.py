"""Bringing an installation up from the command line: Django, migrations, test mode."""

import gc
import os
import sys
from pathlib import Path

import django
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from tollbook.base.embedded import EmbeddedError
from tollbook.base.home import home, trial_marker
from tollbook.kernel.errors import Permanent, Refused


def setup(*, test_mode: bool = False, migrate: bool = True) -> None:
    """Start Django and bring the schema up to date.

    `test_mode` turns this installation into one with a virtual clock, for good: a demo or a trial. Refused
    "not_a_trial" when the database already belongs to a real installation; Permanent "database_unreachable".
    """
    marker = trial_marker(home())
    if test_mode:
        os.environ["TOLLBOOK_TEST_MODE"] = "1"
    try:
        django.setup()
        if migrate:
            _migrate()
        _collect_less()
    except EmbeddedError as error:
        raise Permanent("embedded_server", str(error)) from error
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise Permanent("database_unreachable", f"the database does not answer: {reason}") from error
    if test_mode:
        _mark(marker)


def _collect_less() -> None:
    """Look for cycles of garbage less often, and never in what is loaded by now: a bill run makes millions of values,
    hardly any cycles, and Python's own threshold cost a fifth of its time.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _migrate() -> None:
    from tollbook.metering.sync import sync_meters  # models can be imported only after django.setup()

    if _pending():
        call_command("migrate", verbosity=0, interactive=False)
    # A new vertical may bring meters and no tables.
    sync_meters()


def _pending() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _mark(marker: Path) -> None:
    from tollbook.base import clock
    from tollbook.customers.models import Customer

    if not marker.exists() and clock.virtual() is None and Customer.objects.exists():
        message = "this database holds customers of a real installation; give the demo another DATABASE_URL"
        raise Refused("not_a_trial", message)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()


def interactive() -> bool:
    """Whether a person watches standard error."""
    return sys.stderr.isatty()
