"""Whether connections reach the systems they stand for."""

from tollbook.base.health import Check, Found, bad, doubtful, good
from tollbook.kernel.errors import TollbookError
from tollbook.provisioning import connections, queries
from tollbook.provisioning.models import Connection

SHOWN = 3


def reached() -> Found:
    """Every connection in use opens with our key and reaches its system; what each test said is kept with it."""
    rows = Connection.objects.filter(retired_at__isnull=True).order_by("pk")
    failed = [told for row in rows if (told := _test(row))]
    if failed:
        words = "; ".join(failed[:SHOWN]) + (f"; and {len(failed) - SHOWN} more" if len(failed) > SHOWN else "")
        return bad(words, "look at Connections in the staff portal: settings, the other system, TOLLBOOK_SEAL_KEY")
    return good(f"{len(rows)} reached")


def _test(row: Connection) -> str:
    """Why a connection does not reach its system; empty when it does."""
    try:
        tested = connections.test(row.public_id)
    except TollbookError as error:
        return f"{row.name}: {error.message}"
    return f"{row.name}: {tested.test_note}" if tested.test_failed else ""


def waiting() -> Found:
    """No operation waits for people."""
    count = queries.for_people().count()
    if count:
        return doubtful(
            f"{count} operations of services wait for people", "see the provisioning queue of the staff portal"
        )
    return good("none waits for people")


CHECKS = [Check("connections", reached), Check("operations", waiting)]
