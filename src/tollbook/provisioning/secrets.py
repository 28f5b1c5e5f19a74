"""What a connector gave for the customer, such as a first password: sealed, and shown on request."""

import json
from collections.abc import Mapping

from tollbook.base.sealed import seal, unseal
from tollbook.base.tasks import action
from tollbook.identity.audit import record
from tollbook.provisioning import queries
from tollbook.provisioning.models import Service


def sealed(service: Service, secrets: Mapping[str, str]) -> bytes:
    """The service's secrets and those that came, sealed for its row."""
    return seal(json.dumps({**secrets_of(service), **secrets}).encode(), _context(service))


def secrets_of(service: Service) -> dict[str, str]:
    """What a connector gave for the customer, by name; Permanent "seal_broken"."""
    if service.secrets is None:
        return {}
    return dict(json.loads(unseal(bytes(service.secrets), _context(service))))


@action
def reveal(public_id: str, *, actor: str, door: str) -> dict[str, str]:
    """The secrets of a service (public id), by name; that they were shown stands in the audit trail."""
    service = queries.by_public_id(public_id)
    found = secrets_of(service)
    detail = {"names": sorted(found)}
    record("service.reveal", public_id, actor=actor, door=door, customer_id=service.customer_id, detail=detail)
    return found


def _context(service: Service) -> str:
    return f"service:{service.public_id}:secrets"
