"""The terms of a brand: what is published, and publishing more."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.brands.models import Brand
from tollbook.customers.models import Terms
from tollbook.customers.signing_up import publish
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole
from tollbook.web.forms import Field, Form, acted
from tollbook.web.parts import Page, Part, Rows, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column

PUBLISHERS = (StaffRole.ADMINISTRATOR,)
_COLUMNS = [
    Column("Version", lambda t: t.version),
    Column("Published", lambda t: t.published_at, "instant"),
    Column("By", lambda t: t.published_by),
]


def of_brand(brand: Brand) -> Iterable[Part]:
    """The brand's terms, on its page."""
    rows = Terms.objects.filter(brand=brand).order_by("-published_at", "-pk")
    note = "The version published last is what people accept when they sign up. Administrators publish."
    more = ("Publish terms", reverse("staff-customers:publish-terms", args=[brand.public_id]))
    yield Rows("Terms", _COLUMNS, rows, "None yet: nobody can sign up with this brand.", more, note=note)


@staff_page(*PUBLISHERS)
def publish_terms(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Publish a version of a brand's terms."""
    brand = get_object_or_404(Brand, public_id=public_id)
    if request.method == "POST":
        version, text = request.POST.get("version", ""), request.POST.get("text", "")
        return acted(
            request,
            lambda: publish(brand, version, text, actor=str(request.user), door="staff"),
            f"Version {version} is published.",
            page_of(public_id),
        )
    fields = [Field("version", "Version"), Field("text", "Terms", "lines")]
    note = "They count for sign-ups from now on, and are never changed afterwards."
    parts = [Form("New version", request.path, fields, "Publish", note, wide=True)]
    crumbs = ((brand.name, page_of(public_id)),)
    return show(request, Page("Publish terms", crumbs=crumbs, parts=parts))
