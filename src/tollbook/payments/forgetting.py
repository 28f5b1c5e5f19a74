"""Telling gateways to let go of methods that were removed here: outside every transaction, again until it is done."""

import logging
from datetime import datetime

from tollbook.base import clock
from tollbook.base.sealed import unseal
from tollbook.base.tasks import action, outbound
from tollbook.kernel.errors import Refused
from tollbook.payments import registry, rules
from tollbook.payments.applying import locked_customer
from tollbook.payments.models import Method
from tollbook.payments.protocol import Forgets

LOG = logging.getLogger(__name__)
NOTE, BATCH = 300, 200


@outbound
def forget(public_id: str) -> None:
    """Have the gateway let go of a removed method (public id), unless it has, or the method stands again.

    What it refuses it does not keep: that is as good. Anything else is tried again as payments are asked about, for 30
    days.
    """
    method = _claim(public_id)
    if method is None:
        return
    token = unseal(bytes(method.token), f"method:{public_id}:token").decode()
    try:
        _gateway(method).forget(token)
    except Refused as refused:
        _note(public_id, refused.message, done=True)
    except Exception as error:
        LOG.exception("method %s: the gateway %s did not let go of it", public_id, method.gateway)
        _note(public_id, f"No answer: {type(error).__name__}", done=False)
    else:
        _note(public_id, "", done=True)


def _gateway(method: Method) -> Forgets:
    found = registry.gateway(method.gateway)
    if not isinstance(found, Forgets):
        raise Refused(
            "nothing_kept", f"gateway {method.gateway} keeps no methods that it could let go", param="gateway"
        )
    return found


@action
def _claim(public_id: str) -> Method | None:
    """The method, if its gateway is to be told now; the next try is set before the call, so that none is forgotten."""
    method = _locked(public_id)
    if method.forget_at is None or method.retired_at is None:
        return None
    method.forget_at = rules.next_ask(method.retired_at, clock.now())
    method.save(update_fields=["forget_at"])
    return method


@action
def _note(public_id: str, said: str, *, done: bool) -> None:
    method = _locked(public_id)
    method.note = said[:NOTE]
    if done and method.retired_at is not None:
        method.forget_at, method.forgotten_at = None, clock.now()
    method.save(update_fields=["note", "forget_at", "forgotten_at"])


def _locked(public_id: str) -> Method:
    whose = Method.objects.values_list("customer_id", flat=True).get(public_id=public_id)
    locked_customer(whose)
    return Method.objects.select_for_update().get(public_id=public_id)


def due(at: datetime) -> list[str]:
    """Public ids of removed methods whose gateways are to be told at `at`, those that wait longest first."""
    rows = Method.objects.filter(forget_at__lte=at).order_by("forget_at", "pk")
    return list(rows.values_list("public_id", flat=True)[:BATCH])


def next_due() -> datetime | None:
    """When a gateway is to be told next; None: never."""
    rows = Method.objects.filter(forget_at__isnull=False).order_by("forget_at")
    return rows.values_list("forget_at", flat=True).first()
