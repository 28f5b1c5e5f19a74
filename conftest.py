"""For every test: one that needs a browser says so where there is none, and fails in CI; and the staff portal as three
people see it.
"""

import csv
import html
import io
import os
import re
import shutil
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# 1,000 examples of every property in a usual run, 100,000 at night (HYPOTHESIS_PROFILE=nightly). Properties that move
# rows of the database set numbers of their own. A seed that was found once is kept in its test with @example.
settings.register_profile("usual", max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", settings.get_profile("usual"), max_examples=100_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") is None or shutil.which("chromium"):
        return
    reason = "needs chromium; as root: apt install chromium"
    if os.environ.get("CI", "false") != "false":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


class StaffPortal:
    """The staff portal, read by three people: staff, a customer's owner, and somebody who has not logged in."""

    def __init__(self, customer: Any = None) -> None:
        from django.test import Client

        from tollbook.customers.models import Membership
        from tollbook.identity.models import User

        self.staff, self.owner, self.anybody = Client(), Client(), Client()
        self.staff.force_login(User.objects.create_user("ada@harbour.example", name="Ada Staff", staff_role="viewer"))
        reader = User.objects.create_user("olga@acme.example", name="Olga Owner")
        if customer is not None:
            Membership.objects.create(customer=customer, user=reader, role="owner")
        self.owner.force_login(reader)

    def read(self, address: str) -> str:
        """What staff read there: without tags, with single spaces, dashes as hyphens."""
        response = self.staff.get(address)
        assert response.status_code == HTTPStatus.OK, (address, response.status_code)
        text = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
        text = text[text.index("<main") :]
        text = html.unescape(re.sub(r"<[^>]+>", " ", text)).replace("\N{EN DASH}", "-")
        return " ".join(text.split())

    def csv(self, address: str) -> list[list[str]]:
        """The rows of a table as CSV, the heading first."""
        response = self.staff.get(address, {"export": "csv"})
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        return list(csv.reader(io.StringIO(response.getvalue().decode())))

    def seen_by(self, address: str) -> tuple[int, int, str]:
        """Status for staff, status for a customer's owner, and where anybody else is sent."""
        sent = self.anybody.get(address)
        return (
            self.staff.get(address).status_code,
            self.owner.get(address).status_code,
            sent.headers.get("Location", str(sent.status_code)).partition("?")[0],
        )

    def queries(self, address: str) -> int:
        """How many queries the page takes."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            assert self.staff.get(address).status_code == HTTPStatus.OK, address
        return len(captured)


@pytest.fixture
def portal(db: None) -> type[StaffPortal]:
    """`portal(customer)`: the staff portal; `customer` is whose owner looks over the wall."""
    return StaffPortal
