"""The accounts, connecting one, and lines of Stripe's book that belong to nothing of ours."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from tollbook.brands.models import Brand
from tollbook.gateways.stripe import actions, queries
from tollbook.gateways.stripe.reconciling import reconcile_all
from tollbook.identity.access import proven_again, staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.money import Money
from tollbook.payments.staff.forms import Field, Form, acted, by_of
from tollbook.web.parts import Page, Part, Rows, show
from tollbook.web.tables import Column

SHOWN = 200
#: Who may see to it that money goes to another account.
KEYS = (StaffRole.ADMINISTRATOR,)
ACCOUNTS = [
    Column("Brand", lambda a: a.brand.name, note=lambda a: a.site),
    Column("Account", lambda a: a.merchant, "mono", note=lambda a: a.public_id),
    Column("Money", lambda a: "real" if a.live else "pretended"),
    Column("Currencies", lambda a: a.currencies or "any"),
    Column("Connected", lambda a: a.created_at, "instant"),
    Column("Replaced", lambda a: a.retired_at, "instant"),
    Column("Book read up to", lambda a: a.read_at, "instant"),
]
STRANGE = [
    Column("Stripe's id", lambda line: line.reference, "mono", note=lambda line: line.account.merchant),
    Column("What", lambda line: line.kind, note=lambda line: line.state),
    Column("When", lambda line: line.at, "instant"),
    Column("Amount", lambda line: Money(line.amount, line.currency), "money"),
]


@staff_page()
def listed(request: HttpRequest) -> HttpResponseBase:
    """Accounts, a form to connect one, and what is strange in Stripe's book."""
    parts: list[Part] = [Rows("Accounts", ACCOUNTS, queries.accounts(), "None: payments through Stripe are off.")]
    if isinstance(request.user, User) and request.user.staff_role in KEYS:
        parts += [_connect_form(), Form("Read Stripe's book", _to("read"), [], "Read it now")]
    strange = queries.strange()[:SHOWN]
    parts.append(Rows("In Stripe's book, and nothing of ours", STRANGE, strange, "Nothing."))
    about = "Money that customers pay on Stripe's pages and with methods that are saved there."
    return show(request, Page("Stripe", about=about, parts=parts))


def _to(what: str) -> str:
    return reverse("staff-gateway_stripe:do", args=[what])


def _connect_form() -> Form:
    hook = reverse("hooks-payments:payments", args=["stripe"])
    fields = [
        Field("brand", "Brand", choices=[(b.public_id, b.name) for b in Brand.objects.order_by("name")]),
        Field("secret", "Secret key", "password"),
        Field("signing", "Signing secret of the event destination", "password"),
        Field("site", "Address of the portal, to which payers come back", "url"),
        Field("currencies", "Currencies, divided by spaces; none: any", required=False),
    ]
    note = f"At Stripe, let events go to {hook} of this installation. Keys are kept sealed and never shown."
    return Form("Connect an account", _to("connect"), fields, "Connect it", note)


@require_POST
@staff_page(*KEYS)
@proven_again
def do(request: HttpRequest, what: str) -> HttpResponse:
    """Connect an account, or read the books of all."""
    back = reverse("staff-gateway_stripe:list")
    if what == "read":
        return acted(request, reconcile_all, "Stripe's book was read.", back)
    if what != "connect":
        raise Http404
    told = request.POST
    brand = get_object_or_404(Brand, public_id=told.get("brand", ""))
    currencies = tuple(told.get("currencies", "").upper().split())
    given = actions.Given(
        told.get("secret", "").strip(), told.get("signing", "").strip(), told.get("site", "").strip(), currencies
    )
    return acted(request, lambda: actions.connect(brand, given, by=by_of(request)), "The account is connected.", back)
