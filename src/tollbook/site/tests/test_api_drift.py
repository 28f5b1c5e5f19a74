"""The API against its own document: whatever the document allows, and what it does not, is answered as it says.

Schemathesis makes up the requests. A usual run asks every operation a few things with a customer's key and with
staff's; SCHEMATHESIS_EXAMPLES=500 asks more (at night).
"""

import os
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from django.apps import apps
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from tollbook.api.tests.conftest import EVERYTHING
from tollbook.base.fields import PublicIdField
from tollbook.features.actions import set_value
from tollbook.identity.actions import create_key, create_user
from tollbook.identity.models import StaffRole
from tollbook.site.tests.world import World

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "4"))
SEED = int(os.environ.get("SCHEMATHESIS_SEED", "20261122"))
HELD_TO = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.missing_required_header,
    checks.unsupported_method,
]
ID = re.compile(r"\^([a-z]{2,8})_\[a-z2-7\]\{24\}\$")
_NUMBER = count()


def known_ids() -> dict[str, list[str]]:
    """Some ids of everything that there is, by prefix."""
    found: dict[str, list[str]] = {}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, PublicIdField):
                rows = model._default_manager.order_by("pk").values_list("public_id", flat=True)
                found.setdefault(field.prefix, []).extend(rows[:2])
    return found


def with_ids(node: Any, ids: dict[str, list[str]]) -> None:
    """Let the document's ids be ids that there are, and one that nobody has: made-up ones are all alike."""
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        with_ids(value, ids)
    if isinstance(node, dict) and isinstance(node.get("pattern"), str) and (match := ID.fullmatch(node["pattern"])):
        node["enum"] = [*ids.get(match[1], []), f"{match[1]}_{'a' * 24}"]


@pytest.fixture
def keys(busy: World) -> dict[str, str]:
    with connection.cursor() as cursor:
        # The busy world ends with checking at once; requests check when they commit.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    set_value("api.requests_per_minute", 1_000_000)
    user = create_user("root@harbour.example", "Root", staff_role=StaffRole.ADMINISTRATOR)
    return {
        "customer": create_key("drift", scopes=EVERYTHING, customer_id=busy.customer("acme").row.pk).text,
        "staff": create_key("drift", scopes=EVERYTHING, user=user).text,
    }


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The test's connection stays, as with Django's own client: what is asked is asked within its transaction."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def operations() -> Iterator[Any]:
    """Every operation of the document, as asked about the world that there is."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    with_ids(schema.raw_schema, known_ids())
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


@pytest.mark.timeout(3_600)  # at night it asks for longer
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
@pytest.mark.parametrize("who", ["customer", "staff"])
def test_nothing_is_answered_that_the_document_does_not_say(
    one_connection: None, keys: dict[str, str], who: str, mode: GenerationMode
) -> None:
    asked, faults = 0, []
    for operation in operations():

        @seed(SEED)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            headers = {"Authorization": f"Bearer {keys[who]}"}
            if mode is GenerationMode.POSITIVE and "Idempotency-Key" in (case.headers or {}):
                # The same key would answer the same.
                headers["Idempotency-Key"] = f"drift-{next(_NUMBER)}"
            response = case.call(headers=headers)
            case.validate_response(response, checks=HELD_TO, headers=headers)

        try:
            ask()
        except (Exception, BaseExceptionGroup) as error:
            faults += [f"{operation.label}: {found}" for found in getattr(error, "exceptions", [error])]
    assert not faults, "\n\n".join(faults)
    assert asked >= EXAMPLES * 80
