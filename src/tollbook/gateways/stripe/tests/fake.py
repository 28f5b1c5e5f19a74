"""A stricter Stripe on loopback: it holds us to idempotency keys, parameters, refunds and signatures, keeps a book of its
own that nothing changes, and can be told to decline, to fall silent and to answer nonsense.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from stripe import WebhookSignature

SECRET, SIGNING, ACCOUNT = "sk_test_ours", "whsec_ours", "acct_ours"
#: What each call may carry; anything else is refused, as Stripe does.
PARAMETERS = {
    "customers": {"metadata"},
    "checkout/sessions": {
        "success_url", "cancel_url", "metadata", "customer", "mode", "currency", "setup_intent_data",
        "client_reference_id", "line_items", "payment_intent_data",
    },
    "payment_intents": {"amount", "currency", "customer", "payment_method", "metadata", "confirm", "off_session"},
    "refunds": {"payment_intent", "amount", "metadata"},
}  # fmt: skip
LISTED = {"created", "limit", "starting_after", "customer", "payment_intent", "expand"}


class Wrong(Exception):
    """An error answer."""

    def __init__(self, status: int, type_: str, code: str = "", **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"type": type_, "code": code, "message": f"{type_} {code}", **more}}


@dataclass(frozen=True)
class Entry:
    """A line of the fake's own book."""

    kind: str
    reference: str
    amount: int
    currency: str


@dataclass
class Fake:
    """The state; every change of it happens under `lock`."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, tuple[str, int, Any]] = field(default_factory=dict)
    book: tuple[Entry, ...] = ()
    events: list[bytes] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    # What the next POSTs and GETs come to: "drop" before anything is done, "swallow" the answer, "500", "429", "html".
    faults: list[str] = field(default_factory=list)
    read_faults: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    count: int = 0
    url: str = ""

    def new(self, prefix: str, object_: str, **facts: Any) -> dict[str, Any]:
        self.count += 1
        reference = f"{prefix}_{self.count:06}"
        made: dict[str, Any] = {"id": reference, "object": object_, "created": int(time.time()), "livemode": False}
        self.objects[reference] = made | facts
        return self.objects[reference]

    def get(self, reference: Any, object_: str) -> dict[str, Any]:
        found = self.objects.get(str(reference))
        if found is None or found["object"] != object_:
            raise Wrong(404, "invalid_request_error", "resource_missing")
        return found

    def write(self, kind: str, reference: str, amount: int, currency: str) -> None:
        self.book += (Entry(kind, reference, amount, currency),)

    def balance(self, currency: str) -> int:
        """What Stripe holds for the account: taken, less given back and lost."""
        return sum(entry.amount for entry in self.book if entry.currency == currency)

    def tell(self, type_: str, about: dict[str, Any]) -> None:
        """An event, as it would be sent; the test delivers it, or not."""
        event = self.new("evt", "event", type=type_, data={"object": dict(about)})
        self.events.append(json.dumps(event).encode())

    # --- what the payer and the bank do ------------------------------------------------------------------------------

    def pays(self, session_id: str, card: str = "ok") -> dict[str, Any]:
        """The payer fills in Stripe's page: "ok", "declined", "processing" (a bank debit that takes days)."""
        with self.lock:
            session = self.get(session_id, "checkout.session")
            assert session["status"] == "open", session
            method = self.new("pm", "payment_method", type="card", customer=session["customer"], behaves="ok",
                              card={"brand": "visa", "last4": "4242"})  # fmt: skip
            if session["mode"] == "setup":
                setup = self.get(session["setup_intent"], "setup_intent")
                setup |= {"status": "succeeded", "payment_method": method["id"], "customer": session["customer"]}
                session["status"] = "complete"
                self.tell("checkout.session.completed", session)
                return method
            intent = self.new("pi", "payment_intent", **session["intent_data"], amount=session["amount_total"],
                              amount_received=0, currency=session["currency"], customer=session["customer"],
                              payment_method=method["id"], latest_charge=None, status="requires_payment_method",
                              last_payment_error=None) if not session["payment_intent"] else self.objects[
                                  session["payment_intent"]]  # fmt: skip
            session["payment_intent"] = intent["id"]
            if card == "declined":
                intent["last_payment_error"] = {"code": "card_declined", "message": "Your card was declined."}
                self.tell("payment_intent.payment_failed", intent)
                return method
            session["status"] = "complete"
            if card == "processing":
                intent["status"] = "processing"
            else:
                self._take(intent)
                session["payment_status"] = "paid"
            self.tell("checkout.session.completed", session)
            return method

    def expires(self, session_id: str) -> None:
        with self.lock:
            session = self.get(session_id, "checkout.session")
            session["status"] = "expired"
            self.tell("checkout.session.expired", session)

    def clears(self, session_id: str, *, fails: bool = False) -> None:
        """A bank debit ends."""
        with self.lock:
            session = self.get(session_id, "checkout.session")
            intent = self.get(session["payment_intent"], "payment_intent")
            if fails:
                intent |= {
                    "status": "requires_payment_method",
                    "last_payment_error": {"code": "debit_failed", "message": "The debit was returned."},
                }
            else:
                self._take(intent)
                session["payment_status"] = "paid"
            self.tell(f"checkout.session.async_payment_{'failed' if fails else 'succeeded'}", session)

    def _take(self, intent: dict[str, Any]) -> None:
        charge = self.new("ch", "charge", amount=intent["amount"], amount_captured=intent["amount"], captured=True,
                          amount_refunded=0, currency=intent["currency"], customer=intent["customer"],
                          payment_intent=intent["id"], metadata=intent["metadata"], status="succeeded",
                          disputed=False)  # fmt: skip
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"]}
        self.write("charge", charge["id"], charge["amount"], charge["currency"])
        self.tell("payment_intent.succeeded", intent)

    def disputes(self, intent_id: str, amount: int, status: str = "needs_response") -> str:
        """The payer's bank calls money back."""
        with self.lock:
            intent = self.get(intent_id, "payment_intent")
            self.objects[intent["latest_charge"]]["disputed"] = True
            made = self.new("dp", "dispute", amount=amount, currency=intent["currency"], reason="fraudulent",
                            status=status, charge=intent["latest_charge"], payment_intent=intent_id,
                            metadata={})  # fmt: skip
            self.tell("charge.dispute.created", made)
            return str(made["id"])

    def decides(self, dispute_id: str, status: str) -> None:
        """The bank decides: "won" or "lost"."""
        with self.lock:
            made = self.get(dispute_id, "dispute")
            made["status"] = status
            if status == "lost":
                self.write("dispute", dispute_id, -made["amount"], made["currency"])
            self.tell("charge.dispute.closed", made)

    def card(self, behaves: str = "ok") -> str:
        """A saved card in Stripe's hands: "ok", "declined", "authentication", "requires_action", "processing"."""
        with self.lock:
            customer = self.new("cus", "customer", metadata={})
            method = self.new("pm", "payment_method", type="card", customer=customer["id"], behaves=behaves,
                              card={"brand": "visa", "last4": "4242"})  # fmt: skip
            return f"{ACCOUNT} {customer['id']} {method['id']}"

    def intent_of(self, key: str) -> str:
        """The PaymentIntent that took a payment of ours."""
        (found,) = [o["id"] for o in self.objects.values()
                    if o["object"] == "payment_intent" and o["metadata"].get("tollbook_key") == key]  # fmt: skip
        return str(found)

    # --- what is asked of it -----------------------------------------------------------------------------------------

    def make_customers(self, told: dict[str, Any]) -> dict[str, Any]:
        return self.new("cus", "customer", metadata=told.get("metadata", {}))

    def make_detached(self, told: dict[str, Any]) -> dict[str, Any]:
        method = self.get(told["method"], "payment_method")
        if method["customer"] is None:
            raise Wrong(400, "invalid_request_error", "payment_method_unattached")
        method["customer"] = None
        return method

    def make_checkout_sessions(self, told: dict[str, Any]) -> dict[str, Any]:
        for name in ("success_url", "cancel_url"):
            if not told[name].startswith(("https://", "http://")):
                raise Wrong(400, "invalid_request_error", "url_invalid")
        customer = told.get("customer")
        if customer:
            self.get(customer, "customer")
        facts: dict[str, Any] = {"mode": told["mode"], "success_url": told["success_url"], "status": "open", "customer": customer, "metadata": told["metadata"],
                                 "payment_intent": None, "setup_intent": None, "payment_status": "unpaid",
                                 "amount_total": None}  # fmt: skip
        if told["mode"] == "setup":
            setup = self.new("seti", "setup_intent", status="requires_payment_method", payment_method=None,
                             customer=customer, metadata=told["setup_intent_data"]["metadata"])  # fmt: skip
            facts |= {
                "setup_intent": setup["id"],
                "currency": told["currency"],
                "payment_status": "no_payment_required",
            }
        else:
            (item,) = told["line_items"].values()
            price = item["price_data"]
            if not price["product_data"]["name"] or int(price["unit_amount"]) <= 0:
                raise Wrong(400, "invalid_request_error", "parameter_invalid_integer")
            data = told["payment_intent_data"]
            if data.get("setup_future_usage") and not customer:
                raise Wrong(400, "invalid_request_error", "parameter_missing")
            facts |= {"amount_total": int(price["unit_amount"]), "currency": price["currency"], "intent_data": data}
        made = self.new("cs", "checkout.session", **facts)
        made["url"] = f"https://checkout.stripe.example/{made['id']}"
        return made

    def make_payment_intents(self, told: dict[str, Any]) -> dict[str, Any]:
        method = self.get(told["payment_method"], "payment_method")
        if method["customer"] != told["customer"]:
            raise Wrong(400, "invalid_request_error", "payment_method_unexpected")
        if told.get("confirm") != "true" or told.get("off_session") != "true" or int(told["amount"]) <= 0:
            raise Wrong(400, "invalid_request_error", "parameter_invalid")
        made = self.new("pi", "payment_intent", amount=int(told["amount"]), amount_received=0, latest_charge=None,
                        currency=told["currency"], customer=told["customer"], payment_method=method["id"],
                        metadata=told["metadata"], status="requires_payment_method", last_payment_error=None)  # fmt: skip
        behaves = method["behaves"]
        if behaves in ("declined", "authentication"):
            code = "card_declined" if behaves == "declined" else "authentication_required"
            made["last_payment_error"] = {"code": code, "message": "Your card was declined."}
            self.tell("payment_intent.payment_failed", made)
            raise Wrong(402, "card_error", code, payment_intent=dict(made))
        if behaves == "ok":
            self._take(made)
        else:
            made["status"] = behaves
        return made

    def make_refunds(self, told: dict[str, Any]) -> dict[str, Any]:
        intent, amount = self.get(told["payment_intent"], "payment_intent"), int(told["amount"])
        if intent["latest_charge"] is None:
            raise Wrong(400, "invalid_request_error", "charge_not_succeeded")
        charge = self.objects[intent["latest_charge"]]
        if amount <= 0 or charge["amount_refunded"] + amount > charge["amount"]:
            raise Wrong(400, "invalid_request_error", "charge_already_refunded")
        charge["amount_refunded"] += amount
        made = self.new("re", "refund", amount=amount, currency=charge["currency"], charge=charge["id"],
                        payment_intent=intent["id"], metadata=told["metadata"], status="succeeded",
                        failure_reason=None)  # fmt: skip
        self.write("refund", made["id"], -amount, charge["currency"])
        self.tell("charge.refunded", charge)
        self.tell("refund.created", made)
        return made

    def listed(self, object_: str, told: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(told) - LISTED:
            raise Wrong(400, "invalid_request_error", "parameter_unknown", param=min(unknown))
        limit = int(told.get("limit", 10))
        if not 1 <= limit <= 100:
            raise Wrong(400, "invalid_request_error", "parameter_invalid_integer")
        rows = [row for row in reversed(self.objects.values()) if row["object"] == object_]
        rows = [row for row in rows if row["created"] >= int(told.get("created", {}).get("gte", 0))]
        for name in ("customer", "payment_intent"):
            if name in told:
                rows = [row for row in rows if row.get(name) == told[name]]
        if "starting_after" in told:
            ids = [row["id"] for row in rows]
            rows = rows[ids.index(told["starting_after"]) + 1 :]
        return {"object": "list", "data": rows[:limit], "has_more": len(rows) > limit, "url": "/"}

    def expanded(self, found: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
        made = json.loads(json.dumps(found))
        for path in told.get("expand", {}).values():
            here = made
            for name in path.split("."):
                if not isinstance(here, dict) or here.get(name) is None:
                    break
                if isinstance(here[name], str):
                    here[name] = json.loads(json.dumps(self.objects[here[name]]))
                here = here[name]
        return dict(made)


NAMES = {"customers": "customer", "checkout/sessions": "checkout.session", "payment_intents": "payment_intent",
         "refunds": "refund", "charges": "charge", "disputes": "dispute"}  # fmt: skip


def tree(text: str) -> dict[str, Any]:
    """Stripe's form encoding as nested dictionaries; lists have their numbers as keys."""
    made: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        here, *rest = name.replace("]", "").split("[")
        at = made
        for each in rest:
            at = at.setdefault(here, {})
            here = each
        at[here] = value
    return made


class Handler(BaseHTTPRequestHandler):
    """HTTP over the state."""

    fake: ClassVar[Fake]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        told = tree(split.query)
        with self.fake.lock:
            self.fake.calls.append(("GET", split.path))
            fault = self.fake.read_faults.pop(0) if self.fake.read_faults else ""
            if fault:
                return self._fail(fault)
            self._answer(lambda: self._read(split.path, told))
        return None

    def _read(self, path: str, told: dict[str, Any]) -> dict[str, Any]:
        name = path.removeprefix("/v1/")
        if name == "account":
            return {"id": ACCOUNT, "object": "account"}
        if name in NAMES:
            return self.fake.listed(NAMES[name], told)
        folder, _, reference = name.rpartition("/")
        return self.fake.expanded(self.fake.get(reference, NAMES.get(folder, "")), told)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        name, key = urlsplit(self.path).path.removeprefix("/v1/"), self.headers.get("Idempotency-Key", "")
        with self.fake.lock:
            self.fake.calls.append(("POST", f"/v1/{name}"))
            fault = self.fake.faults.pop(0) if self.fake.faults else ""
            if fault not in ("", "swallow"):
                return self._fail(fault)
            self._answer(lambda: self._once(name, key, body), silent=fault == "swallow")
        return None

    def _once(self, name: str, key: str, body: str) -> dict[str, Any]:
        told = self._checked(name, key, body)
        earlier = self.fake.keys.get(key)
        if earlier is not None:
            if earlier[0] != f"{name} {body}":
                raise Wrong(400, "idempotency_error", "")
            if isinstance(earlier[2], Wrong):
                raise earlier[2]
            return dict(earlier[2])
        made: Any
        try:
            make = "make_detached" if "method" in told and not body else f"make_{name.replace('/', '_')}"
            made = dict(getattr(self.fake, make)(told))
        except Wrong as wrong:
            # What was refused before anything was done may be asked again; a decline is kept.
            if wrong.status == 402:
                self.fake.keys[key] = (f"{name} {body}", wrong.status, wrong)
            raise
        self.fake.keys[key] = (f"{name} {body}", 200, made)
        return dict(made)

    @staticmethod
    def _checked(name: str, key: str, body: str) -> dict[str, Any]:
        if name.startswith("payment_methods/") and name.endswith("/detach"):
            return {"method": name.split("/")[1]}
        if name not in PARAMETERS:
            raise Wrong(404, "invalid_request_error", "url_unknown")
        if not key:
            raise Wrong(400, "invalid_request_error", "key_missing")
        told = tree(body)
        if unknown := set(told) - PARAMETERS[name]:
            raise Wrong(400, "invalid_request_error", "parameter_unknown", param=min(unknown))
        return told

    def _answer(self, make: Callable[[], dict[str, Any]], *, silent: bool = False) -> None:
        status, body = 200, {}
        if self.headers.get("Authorization") != f"Bearer {SECRET}":
            status, body = 401, Wrong(401, "invalid_request_error").body
        else:
            try:
                body = make()
            except Wrong as wrong:
                status, body = wrong.status, wrong.body
        if silent:
            self.close_connection = True
            return
        self._say(status, json.dumps(body).encode())

    def _fail(self, fault: str) -> None:
        if fault == "drop":
            self.close_connection = True
        elif fault == "html":
            self._say(200, b"<html>maintenance</html>")
        elif fault == "empty":
            self._say(200, b"{}")
        else:
            self._say(int(fault), json.dumps(Wrong(int(fault), "api_error").body).encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def serve(fake: Fake) -> ThreadingHTTPServer:
    """The fake on a free loopback port; its address is in `fake.url`."""
    handler = type("Bound", (Handler,), {"fake": fake, "timeout": 10})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    return server


def signed(body: bytes, secret: str = SIGNING, at: int | None = None) -> str:
    """The header with which Stripe sends an event."""
    return str(
        WebhookSignature.generate_signature_header(body.decode(), secret, at if at is not None else int(time.time()))
    )
