"""Callers of the API: two customers and staff, each with a key, in the world of the stories."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from tollbook.identity.actions import create_key, create_user
from tollbook.identity.models import StaffRole
from tollbook.site.tests.world import World

EVERYTHING = ("*:read", "*:write")


@dataclass
class Caller:
    """Somebody with a key. Each POST gets a new Idempotency-Key unless one is given; `data` is the JSON answered."""

    token: str
    client: Client = field(default_factory=Client)
    sent: int = 0

    def get(self, path: str, **query: Any) -> Any:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: object, key: str | None = None, **headers: str) -> Any:
        self.sent += 1
        given = {"Idempotency-Key": f"{self.token[-8:]}-{self.sent}" if key is None else key}
        return self.send("POST", path, body, headers={**{k: v for k, v in given.items() if v}, **headers})

    def put(self, path: str, body: object) -> Any:
        return self.send("PUT", path, body)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Any:
        """Any request; a body that is bytes or text is sent as it is."""
        data = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else ""
        extra: dict[str, Any] = {"query_params": query} if query else {}
        authorization = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.generic(
            method,
            f"/api/v1{path}",
            data,
            content_type=content_type,
            headers={**authorization, **(headers or {})},
            **extra,
        )


def customer_key(customer_id: int, scopes: Iterable[str] = EVERYTHING) -> Caller:
    """A caller with a new key of that customer."""
    return Caller(create_key("test", scopes=scopes, customer_id=customer_id).text)


def staff_key(role: StaffRole, scopes: Iterable[str] = EVERYTHING) -> Caller:
    """A caller with a new key of a new user with that role."""
    user = create_user(f"{role}@harbour.example", role.title(), staff_role=role)
    return Caller(create_key("test", scopes=scopes, user=user).text)


@pytest.fixture
def admin(world: World) -> Caller:
    """An administrator."""
    return staff_key(StaffRole.ADMINISTRATOR)


@pytest.fixture
def nobody(world: World) -> Caller:
    """Somebody without a key."""
    return Caller("")
