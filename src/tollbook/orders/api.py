"""Orders over the API."""

from django.db.models.functions import Greatest
from django.http import HttpResponse

from tollbook.api.errors import HttpRefused
from tollbook.api.fields import Instant
from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, page
from tollbook.api.pages import Order as Sorting
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.catalog.models import Plan
from tollbook.customers.queries import by_public_id as customer_of
from tollbook.customers.reach import chosen, own
from tollbook.identity.models import StaffRole
from tollbook.invoicing.documents import pdf
from tollbook.kernel.errors import NotFound, Refused
from tollbook.orders import actions, drafting, queries
from tollbook.orders.drafting import By, Wish
from tollbook.orders.models import Order
from tollbook.orders.papers import paper_of
from tollbook.orders.shapes import GoIn, LineIn, OrderIn, OrderOut, ReasonIn, order_out
from tollbook.payments.paper_api import file_answer
from tollbook.payments.portal_papers import document_response

routes = Routes("Orders")
ROUTERS = [("", routes)]
SELLERS = (StaffRole.BILLING, StaffRole.SUPPORT)


def _by(request: ApiRequest) -> By:
    """Who acts. HttpRefused 403 "role_missing" for staff who do not sell."""
    user = request.principal.user
    if user is not None and user.staff_role not in (*SELLERS, StaffRole.ADMINISTRATOR):
        raise HttpRefused(403, "role_missing", f"the role {user.staff_role} may not do this")
    return By(request.principal.actor, "api", people=user is not None)


def _out(found: Order) -> OrderOut:
    return order_out(found, queries.lines_of(found))


def _mine(request: ApiRequest, public_id: str) -> Order:
    return queries.by_public_id(public_id, own(request))


@routes.reads("/orders", "orders:read", answer=Page[OrderOut])
def list_orders(
    request: ApiRequest,
    *,
    customer: str = "",
    state: str = "",
    changed_since: Instant | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[OrderOut]:
    """Orders, in the order in which they were made; of one customer, in one state, if named.

    An order changes when it is made, estimated, placed, accepted and ended: `changed_since` compares the last of these.
    """
    whose = chosen(request, customer)
    rows = Order.objects.select_related("customer", "invoice")
    rows = rows.filter(customer=whose) if whose else rows
    rows = rows.filter(state=state) if state else rows
    if changed_since is not None:
        last = Greatest("created_at", "estimated_at", "placed_at", "accepted_at", "ended_at")
        rows = rows.annotate(changed_at=last).filter(changed_at__gte=changed_since)
    return page(rows, Sorting(), cursor, limit, _out)


@routes.reads("/orders/{order_id}", "orders:read", answer=OrderOut)
def get_order(request: ApiRequest, order_id: str) -> OrderOut:
    """An order."""
    return _out(_mine(request, order_id))


@routes.reads("/orders/{order_id}/proforma", "orders:read", answer=None, openapi_extra=file_answer("application/pdf"))
def get_order_proforma(request: ApiRequest, order_id: str) -> HttpResponse:
    """What an order that is paid first costs at once, as a document to pay by (PDF). Refused with `no_proforma`."""
    found = paper_of(_mine(request, order_id))
    return document_response(f"proforma-{order_id}", pdf.render_pdf(found), "pdf")


def _wish(line: LineIn) -> Wish:
    plan = Plan.objects.select_related("product").filter(public_id=line.plan).first()
    if plan is None:
        raise NotFound("plan_not_found", f"there is no plan {line.plan}", param="plan")
    return Wish(plan, line.quantity, line.months, line.code, line.options)


@routes.adds("/orders", "orders:write", answer=OrderOut)
def add_order(request: ApiRequest, order: OrderIn) -> OrderOut:
    """Draft an order; the answer says what it costs at once, tax included. Nothing is agreed yet.

    Refused with `not_offered`, `months_by_people`, `order_too_long`, `bad_quantity`, `other_brand`, `no_prices`,
    `options_wrong`, and as a promotion's code is refused.
    """
    by, customer = _by(request), own(request)
    if customer is None:
        if order.customer is None:
            raise Refused("customer_missing", "customer: say for whom it is ordered", param="customer")
        customer = customer_of(order.customer)
    elif order.customer not in (None, customer.public_id):
        raise NotFound("customer_not_found", f"there is no customer {order.customer}", param="customer")
    made = drafting.draft(customer, [_wish(line) for line in order.lines], key=effect_key(request), by=by)
    return _out(_mine(request, made.public_id))


@routes.adds("/orders/{order_id}/estimate", "orders:write", answer=OrderOut, status=200)
def estimate_order(request: ApiRequest, order_id: str, go: GoIn) -> OrderOut:
    """Bring a draft up to date: the versions that are sold now, and what they cost.

    Refused with `order_not_draft`.
    """
    return _out(drafting.estimate_again(_mine(request, order_id).public_id, by=_by(request)))


@routes.adds("/orders/{order_id}/place", "orders:write", answer=OrderOut, status=200)
def place_order(request: ApiRequest, order_id: str, go: GoIn) -> OrderOut:
    """Agree to what a draft costs, and place it.

    Refused with `estimate_changed`, `order_cancelled`.
    """
    return _out(actions.place(_mine(request, order_id).public_id, by=_by(request)))


@routes.adds("/orders/{order_id}/accept", "orders:write", answer=OrderOut, status=200, roles=SELLERS)
def accept_order(request: ApiRequest, order_id: str, go: GoIn) -> OrderOut:
    """Accept an order that is placed: its subscriptions begin.

    Refused with `invalid_transition`.
    """
    return _out(actions.accept(order_id, by=_by(request)))


@routes.adds("/orders/{order_id}/cancel", "orders:write", answer=OrderOut, status=200)
def cancel_order(request: ApiRequest, order_id: str, wanted: ReasonIn) -> OrderOut:
    """Cancel an order for which nothing is provisioned yet.

    Refused with `order_paid`, `invalid_transition`.
    """
    return _out(actions.cancel(_mine(request, order_id).public_id, reason=wanted.reason, by=_by(request)))
