"""VAT numbers are asked about at a stand-in of VIES that speaks its HTTP."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tollbook.base.tasks import action
from tollbook.customers import vies
from tollbook.customers.models import BillingProfile, Customer, VatCheck
from tollbook.customers.rules import VatRule, VatState, vat_counts
from tollbook.customers.vat_checks import check_due, settle
from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.identity.models import AuditEntry
from tollbook.kernel.errors import Retryable
from tollbook.site.tests.world import Party, World

NUMBER = "DE136695976"
VALID = {"valid": True, "requestIdentifier": "WAPIAAAAY1", "name": "Brightwater GmbH", "address": "---"}
AWAY = {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}


class Vies:
    """What it answers next, and what it was asked."""

    def __init__(self) -> None:
        self.answer: object = VALID
        self.status = 200
        self.asked: list[dict[str, str]] = []


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vies]:
    told = Vies()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = told.answer if isinstance(told.answer, bytes) else json.dumps(told.answer).encode()
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    monkeypatch.setenv("TOLLBOOK_VIES_ADDRESS", f"http://127.0.0.1:{server.server_port}/check")
    yield told
    server.shutdown()
    thread.join(20)
    server.server_close()


def rule(value: VatRule) -> None:
    set_value("customers.vat_check", value.value, level=Level.INSTALLATION, scope_id="")


def abroad(world: World, reference: str = "acme", vat_id: str = NUMBER, **more: Any) -> Party:
    """A German organization that buys for 100 EUR a month."""
    if "host" not in world.plans:
        world.plan("host", world.monthly("100"))
    profile = {"country": "DE", "vat_id": vat_id}
    return world.customer(reference, profile=profile, **more).buys("host", "2026-05-01")


def test_by_form_alone_nobody_is_asked(world: World, service: Vies) -> None:
    acme = abroad(world)
    assert [check_due(), service.asked] == [0, []]
    world.on("2026-06-01").close()
    assert acme.totals == ["100"]


def test_a_confirmed_number_reverses_the_charge_and_is_kept_with_its_proof(world: World, service: Vies) -> None:
    rule(VatRule.VALID)
    acme = abroad(world)
    settle()
    assert [check_due(), check_due()] == [1, 0]
    assert service.asked == [
        {
            "countryCode": "DE",
            "vatNumber": "136695976",
            "requesterMemberStateCode": "IE",
            "requesterNumber": "1234567FA",
        }
    ]
    found = VatCheck.objects.get()
    assert [found.state, found.consultation, found.checked_at, found.told_name, found.told_address] == [
        "valid", "WAPIAAAAY1", world.now, "Brightwater GmbH", "",
    ]  # fmt: skip
    entry = AuditEntry.objects.get(verb="vat.check")
    assert [entry.subject, entry.detail["consultation"]] == [acme.row.public_id, "WAPIAAAAY1"]
    world.on("2026-06-01").close()
    assert acme.totals == ["100"]


@pytest.mark.parametrize(("value", "totals"), [(VatRule.VALID, ["123"]), (VatRule.UNLESS_INVALID, ["123"])])
def test_a_denied_number_is_taxed_as_a_private_customer(
    world: World, service: Vies, value: VatRule, totals: list[str]
) -> None:
    rule(value)
    service.answer = {"valid": False, "requestIdentifier": "WAPIAAAAY2"}
    acme = abroad(world)
    check_due()
    world.on("2026-06-01").close()
    assert acme.totals == totals


@pytest.mark.parametrize(("value", "totals"), [(VatRule.VALID, ["123"]), (VatRule.UNLESS_INVALID, ["100"])])
@pytest.mark.parametrize(
    ("status", "answer"), [(200, AWAY), (500, {}), (302, {}), (200, b"<html>"), (200, {"valid": "yes"}), (200, [1])]
)
def test_no_answer_is_no_verdict_and_is_asked_again(
    world: World, service: Vies, value: VatRule, totals: list[str], status: int, answer: object
) -> None:
    rule(value)
    service.status, service.answer = status, answer
    acme = abroad(world)
    assert [check_due(), check_due(), len(service.asked)] == [0, 0, 1]
    found = VatCheck.objects.get()
    assert [found.state, found.checked_at, found.note.startswith("VIES gave no answer")] == ["unknown", None, True]
    world.on("2026-06-01").close()
    assert acme.totals == totals
    service.status, service.answer = 200, VALID
    assert [check_due(), VatCheck.objects.get().state] == [1, "valid"]


def test_an_old_answer_is_asked_for_again_and_survives_an_outage(world: World, service: Vies) -> None:
    rule(VatRule.VALID)
    acme = abroad(world)
    check_due()
    world.on(world.now + timedelta(days=89))
    assert check_due() == 0
    world.on(world.now + timedelta(days=2))
    service.answer = AWAY
    check_due()
    profile = Customer.objects.get(pk=acme.row.pk).profile
    assert [len(service.asked), VatCheck.objects.get().state, profile.vat_counts] == [2, "valid", True]
    world.on(world.now + timedelta(hours=1))
    service.answer = {"valid": False}
    check_due()
    assert [VatCheck.objects.get().state, Customer.objects.get(pk=acme.row.pk).profile.vat_counts] == ["invalid", False]


def test_who_is_not_asked_about(world: World, service: Vies) -> None:
    rule(VatRule.VALID)
    abroad(world, "person", kind=Customer.Kind.INDIVIDUAL)
    abroad(world, "none", vat_id="")
    other = abroad(world, "other")
    set_value("customers.vat_check", "form", level=Level.CUSTOMER, scope_id=other.row.public_id)
    assert [check_due(), service.asked, VatCheck.objects.count()] == [0, [], 0]


def test_when_the_setting_goes_back_every_number_counts_again(world: World, service: Vies) -> None:
    rule(VatRule.VALID)
    service.answer = {"valid": False}
    acme = abroad(world)
    check_due()
    assert not Customer.objects.get(pk=acme.row.pk).profile.vat_counts
    rule(VatRule.FORM)
    check_due()
    assert Customer.objects.get(pk=acme.row.pk).profile.vat_counts


def test_another_number_does_not_inherit_the_answer(world: World, service: Vies) -> None:
    rule(VatRule.VALID)
    acme = abroad(world)
    check_due()
    BillingProfile.objects.update(vat_id="DE999999999")
    assert [settle(), Customer.objects.get(pk=acme.row.pk).profile.vat_counts] == [1, False]
    assert check_due() == 1
    assert VatCheck.objects.count() == 2


def test_staff_see_the_answer(world: World, service: Vies, portal: Any) -> None:
    rule(VatRule.VALID)
    acme = abroad(world)
    check_due()
    page = portal(acme.row).read(f"/staff/customers/{acme.row.public_id}/")
    assert [word in page for word in ("By VIES", "WAPIAAAAY1", "Brightwater GmbH")] == [True] * 3


@pytest.mark.django_db(transaction=True)
def test_it_is_never_asked_within_a_transaction(service: Vies) -> None:
    with pytest.raises(RuntimeError, match="network inside a transaction"):
        action(lambda: vies.ask(NUMBER))()
    assert service.asked == []


def test_nobody_there(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setenv("TOLLBOOK_VIES_ADDRESS", "http://127.0.0.1:1/")
    with pytest.raises(Retryable) as away:
        vies.ask(NUMBER)
    assert [away.value.code, away.value.after_s] == ["vies_unavailable", 3600]


@pytest.mark.parametrize(
    ("value", "counting"),
    [
        (VatRule.FORM, {VatState.UNKNOWN, VatState.VALID, VatState.INVALID}),
        (VatRule.UNLESS_INVALID, {VatState.UNKNOWN, VatState.VALID}),
        (VatRule.VALID, {VatState.VALID}),
    ],
)
def test_which_numbers_count(value: VatRule, counting: set[VatState]) -> None:
    assert {state for state in VatState if vat_counts(value, state)} == counting
