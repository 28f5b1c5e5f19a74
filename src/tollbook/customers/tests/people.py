"""The cast of every test of the customer portal: an owner, a colleague, a stranger."""

from dataclasses import dataclass

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tollbook.customers.models import Customer, Membership
from tollbook.identity.models import User


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is logged in: two people of an account, one of another, and nobody."""

    owner: Client
    colleague: Client
    stranger: Client
    nobody: Client


def reader(customer: Customer, role: str = Membership.Role.OWNER, name: str = "Mara Okafor") -> Client:
    """A person of the account, logged in."""
    count = User.objects.count()
    user = User.objects.create_user(f"reader{count}@example.example", "a long enough password", name=name)
    Membership.objects.create(customer=customer, user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


def cast(customer: Customer, other: Customer) -> Cast:
    """The cast of an account; the stranger belongs to `other`."""
    return Cast(reader(customer), reader(customer, Membership.Role.READ_ONLY), reader(other), Client())


def same_as_missing(client: Client, address: str, missing: str) -> bool:
    """Whether an address answers this reader with 404, to the byte like one that leads nowhere."""
    found, nowhere = client.get(address), client.get(missing)
    return found.status_code == nowhere.status_code == 404 and found.content == nowhere.content


def queries(client: Client, address: str) -> int:
    """How many queries the page takes; it must be a page."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert isinstance(response, HttpResponse)
    assert response.status_code == 200, address
    return len(captured)


def text(client: Client, address: str) -> str:
    """The page, which must be there."""
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def csv(client: Client, address: str) -> list[str]:
    """The lines of a streamed file."""
    response = client.get(address)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return response.getvalue().decode().splitlines()
