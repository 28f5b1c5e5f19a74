"""Connections: configured connectors, with settings that only the connector reads."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from pydantic import SecretStr

from tollbook.base import clock
from tollbook.base.sealed import seal, unseal
from tollbook.base.tasks import action, outbound
from tollbook.brands.models import Brand
from tollbook.catalog.models import Plan
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import NotFound, Refused, TollbookError
from tollbook.kernel.ids import new_id
from tollbook.kernel.text import clean_text
from tollbook.provisioning import queries
from tollbook.provisioning.connectors.base import Connector, Ref, Spec
from tollbook.provisioning.connectors.written import stored
from tollbook.provisioning.forms import Input, form_fields, read_settings
from tollbook.provisioning.models import Connection, Delivery
from tollbook.provisioning.registry import connector

LOG = logging.getLogger(__name__)
NAME_LIMIT, NOTE_LIMIT, ASKED_LIMIT = 120, 500, 60


def _context(public_id: str) -> str:
    return f"connection:{public_id}:settings"


@action
def connect(
    brand: Brand, kind: str, name: str, settings: Mapping[str, Any], *, actor: str = SYSTEM, door: str = SYSTEM
) -> Connection:
    """Make a connection of the brand with a connector's settings, as a form or JSON spells them.

    NotFound "connector_not_found"; Invalid "settings_wrong"; Refused "connection_exists" for a name that the brand has.
    """
    name = clean_text(name, "name", NAME_LIMIT)
    public_id = new_id("con")
    sealed = _sealed(kind, settings, public_id)
    try:
        with transaction.atomic():
            made = Connection.objects.create(
                public_id=public_id, brand=brand, kind=kind, name=name, settings=sealed, created_at=clock.now()
            )
    except IntegrityError as error:
        if "provisioning_connection_once" not in str(error):
            raise
        message = f"name: the brand has a connection {name} already: give another name"
        raise Refused("connection_exists", message, param="name") from None
    record("connection.make", public_id, actor=actor, door=door, detail={"kind": kind, "name": name})
    return made


@action
def configure(public_id: str, settings: Mapping[str, Any], *, actor: str = SYSTEM, door: str = SYSTEM) -> Connection:
    """Give a connection other settings; a secret that is left empty stays what it was.

    NotFound "connection_not_found"; Invalid "settings_wrong".
    """
    found = _locked(public_id)
    kept = {name: value for name, value in _opened(found).items() if name in _secrets(found.kind)}
    given = {name: value for name, value in settings.items() if value != "" or name not in kept}
    found.settings = _sealed(found.kind, {**kept, **given}, public_id)
    found.tested_at, found.test_failed, found.test_note = None, False, ""
    found.save(update_fields=["settings", "tested_at", "test_failed", "test_note"])
    record("connection.configure", public_id, actor=actor, door=door, detail={"fields": sorted(given)})
    return found


@action
def retire(public_id: str, *, actor: str = SYSTEM, door: str = SYSTEM) -> Connection:
    """Provision nothing new through a connection from now on, once; what it has made goes on."""
    found = _locked(public_id)
    if found.retired_at is None:
        found.retired_at = clock.now()
        found.save(update_fields=["retired_at"])
        record("connection.retire", public_id, actor=actor, door=door)
    return found


@action
def deliver(
    plan: Plan,
    connection: Connection,
    spec: Spec,
    *,
    asks: Sequence[str] = (),
    customer_stops: bool = False,
    actor: str = SYSTEM,
    door: str = SYSTEM,
) -> Delivery:
    """Say what a plan delivers from now on to who orders it; services that exist stay what they are. `asks` names
    properties that whoever orders fills in.

    Refused "other_brand", "connection_retired", and as `clean_text` a name that is none.
    """
    if plan.product.brand_id != connection.brand_id:
        raise Refused("other_brand", "the plan belongs to another brand than the connection", param="plan")
    if connection.retired_at is not None:
        raise Refused("connection_retired", f"connection {connection} provisions nothing new", param="connection")
    values = {
        "connection": connection, "kind": spec.kind, "properties": stored(spec), "customer_stops": customer_stops,
        "asks": sorted({clean_text(name, "asks", ASKED_LIMIT) for name in asks}),
    }  # fmt: skip
    made, _ = Delivery.objects.update_or_create(plan=plan, defaults=values)
    detail = {"connection": connection.public_id, "kind": spec.kind, "customer_stops": customer_stops}
    record("plan.deliver", plan.public_id, actor=actor, door=door, detail=detail)
    return made


def made(connection: Connection) -> Connector:
    """The connector with its settings; Permanent "seal_broken", NotFound "connector_not_found", Invalid
    "settings_wrong".
    """
    kind = connector(connection.kind)
    return kind(read_settings(kind.Settings, _opened(connection)))


def shown_settings(connection: Connection) -> dict[str, Any]:
    """The settings of a connection for a form, without its secrets."""
    secret = _secrets(connection.kind)
    return {name: value for name, value in _opened(connection).items() if name not in secret}


@outbound
def test(public_id: str) -> Connection:
    """Ask the other system about a thing that cannot be: it is reached when it says that there is none.

    What it said is kept with the connection. NotFound "connection_not_found".
    """
    found = queries.connection(public_id)
    why = ""
    try:
        made(found).observe(Ref(f"test-{new_id('tst')}"))
    except NotFound:
        LOG.info("connection %s: reached", public_id)
    except TollbookError as error:
        why = error.message
    except Exception as error:
        LOG.exception("connection %s: the test gave no answer", public_id)
        why = f"No answer: {type(error).__name__}"
    else:
        why = "It knows a thing that it cannot know"
    return _note_test(public_id, why)


@action
def _note_test(public_id: str, why: str) -> Connection:
    found = _locked(public_id)
    found.tested_at, found.test_failed, found.test_note = clock.now(), bool(why), why[:NOTE_LIMIT]
    found.save(update_fields=["tested_at", "test_failed", "test_note"])
    return found


def _locked(public_id: str) -> Connection:
    found = Connection.objects.select_for_update().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("connection_not_found", f"there is no connection {public_id}", param="connection")
    return found


def _secrets(kind: str) -> set[str]:
    return {each.name for each in form_fields(connector(kind).Settings) if each.input is Input.SECRET}


def _opened(connection: Connection) -> dict[str, Any]:
    opened = unseal(bytes(connection.settings), _context(connection.public_id))
    return dict(json.loads(opened))


def _sealed(kind: str, settings: Mapping[str, Any], public_id: str) -> bytes:
    read = read_settings(connector(kind).Settings, settings)
    return seal(json.dumps(read.model_dump(), default=_plain).encode(), _context(public_id))


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
