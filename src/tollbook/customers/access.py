"""Who may see a page of the customer portal, and for which customer."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase

from tollbook.base import clock, walls
from tollbook.customers.features import scope_of as scope_of  # also asked for here, by pages
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer, Membership
from tollbook.customers.queries import of_user
from tollbook.customers.visits import visited
from tollbook.identity.models import User

View = Callable[..., HttpResponseBase]
SESSION_KEY = "customer"
READS = ("GET", "HEAD")


class CustomerRequest(HttpRequest):
    """A request to the customer portal: `customer` is whose pages these are, `membership` the reader's part
    in it.
    """

    customer: Customer
    membership: Membership


def portal_page(*roles: str, feature: str = "") -> Callable[[View], View]:
    """A page of the customer portal for people of the account with one of `roles` (any, if none is named).

    The view finds `request.customer` and shows nothing of anybody else. Without a membership the page does
    not exist.
    """
    allowed = frozenset(roles) or frozenset(Membership.Role.values)

    def wrap(view: View) -> View:
        @wraps(view)
        @login_required
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = current(request)
            if membership is None or membership.role not in allowed:
                raise Http404
            if feature and not feature_on(membership.customer, feature):
                raise Http404
            mine = cast(CustomerRequest, request)
            mine.customer, mine.membership = membership.customer, membership
            with clock.held() if request.method in READS else nullcontext():
                return walls.answered(mine.customer.pk, lambda: view(mine, *args, **kwargs))

        page.policy = ("customer", allowed)  # type: ignore[attr-defined]  # read by the route registry
        return page

    return wrap


def feature_on(customer: Customer, key: str) -> bool:
    """Whether a yes-or-no feature is on for the customer now."""
    return bool(value_for(customer, key))


def memberships(request: HttpRequest) -> list[Membership]:
    """What the reader, who is logged in, is a member of; read once for a request."""
    found: list[Membership] | None = getattr(request, "_memberships", None)
    if found is None:
        assert isinstance(request.user, User)  # noqa: S101  - the callers looked
        found = list(of_user(request.user))
        request._memberships = found  # type: ignore[attr-defined]  # ours, for this request
    return found


def current(request: HttpRequest) -> Membership | None:
    """The membership that the reader has chosen, else the first one; None for who belongs to no customer. Staff on a
    visit have a part that only reads.
    """
    if not isinstance(request.user, User) or not request.user.is_active:
        return None
    if (visit := visited(request)) is not None:
        return visit
    mine = memberships(request)
    chosen = request.session.get(SESSION_KEY)
    return next((m for m in mine if m.customer.public_id == chosen), mine[0] if mine else None)
