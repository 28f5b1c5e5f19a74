"""The few pages that belong to no room."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import get_template
from django.urls import reverse

from tollbook.customers.access import current
from tollbook.identity.models import User


@login_required
def home(request: HttpRequest) -> HttpResponseBase:
    """To the reader's own portal."""
    if isinstance(request.user, User) and request.user.is_staff:
        return redirect(reverse("staff-customers:dashboard"))
    if current(request) is not None:
        return redirect(reverse("portal-customers:overview"))
    return render(request, "404.html", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def too_many(request: HttpRequest) -> HttpResponse:
    """Too many attempts; called by allauth, whose limits are counted over at most an hour."""
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = "900"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    # Without the request no context is asked for: this page must appear when the database does not answer.
    return HttpResponse(get_template("500.html").render(), status=500)
