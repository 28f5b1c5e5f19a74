"""The audit trail: written in the transaction of the act, or not at all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from tollbook.base import clock
from tollbook.base.watching.requests import request_id
from tollbook.identity.models import AuditEntry

SYSTEM = "system"


def record(
    verb: str,
    subject: str,
    *,
    actor: str = SYSTEM,
    door: str = SYSTEM,
    customer_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """Note that `actor` did `verb` ("key.create") to `subject` (a public id) through `door` ("api", "staff", "cli").

    `customer_id` is the row id of the customer concerned; `detail` is JSON-able, without secrets, amounts as strings.
    The request that it is done for is noted by itself.
    RuntimeError outside a transaction: an entry stands and falls with the act that it tells of.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"audit of {verb}: must be written in the transaction of the act")
    return AuditEntry.objects.create(
        at=at or clock.now(),
        actor=actor[:200],
        door=door,
        verb=verb,
        subject=subject,
        customer_id=customer_id,
        detail=dict(detail or {}),
        request_id=request_id(),
    )
