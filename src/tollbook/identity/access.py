"""Who may see a staff page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase

from tollbook.identity.models import StaffRole, User

View = Callable[..., HttpResponseBase]
#: Every staff role; reading is open to all of them.
ANY_STAFF = frozenset(StaffRole) - {StaffRole.NONE}


def staff_page(*roles: StaffRole) -> Callable[[View], View]:
    """A page for staff with one of `roles` (any, if none is named). To everybody else it does not exist (404)."""
    allowed = frozenset(roles) or ANY_STAFF

    def wrap(view: View) -> View:
        @wraps(view)
        @login_required
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User) or not user.is_active or user.staff_role not in allowed:
                raise Http404
            return view(request, *args, **kwargs)

        page.policy = ("staff", allowed)  # type: ignore[attr-defined]  # read by the route registry
        return page

    return wrap
