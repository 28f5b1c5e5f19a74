"""The list of customers, and one page that shows everything about a customer."""

from collections.abc import Iterable

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.brands.models import Brand
from tollbook.customers.models import BillingProfile, Customer
from tollbook.customers.vat_checks import check_of
from tollbook.identity.access import staff_page
from tollbook.identity.models import AuditEntry
from tollbook.tax import place
from tollbook.web.parts import Fact, Facts, Page, Part, Rows, Stats, fact, listing, show
from tollbook.web.sockets import Found, page_of, parts_of, stats_of
from tollbook.web.staff import audit_columns
from tollbook.web.tables import Column, Filter, Table

SHOWN = 20


def href(customer: Customer) -> str:
    """The page about the customer."""
    return reverse("staff-customers:page", args=[customer.public_id])


CUSTOMERS = Table(
    "customers",
    [
        Column(
            "Customer",
            lambda c: c.name,
            sort="name",
            href=href,
            note=lambda c: c.reference if c.reference != c.name else "",
        ),
        Column("Brand", lambda c: c.brand.name, sort="brand__name"),
        Column("Billing plan", lambda c: c.get_billing_plan_display(), sort="billing_plan"),
        Column("Kind", lambda c: c.get_kind_display(), sort="kind"),
        Column("Country", lambda c: c.profile.country, sort="profile__country"),
        Column("Currency", lambda c: c.currency, sort="currency"),
        Column("Since", lambda c: c.created_at, "day", sort="created_at"),
        Column("Id", lambda c: c.public_id, "mono"),
    ],
    order="name",
    search=("name", "reference", "email", "public_id", "profile__legal_name", "profile__vat_id"),
    filters=(
        Filter(
            "plan",
            "Billing plan",
            tuple((p.value, str(p.label), Q(billing_plan=p.value)) for p in Customer.BillingPlan),
        ),
    ),
    empty_title="No customers yet",
    empty_text="They come through the API, an import, or a person who adds them.",
)


@staff_page()
def customers(request: HttpRequest) -> HttpResponseBase:
    """Every customer of every brand."""
    rows = Customer.objects.select_related("brand", "profile")
    return listing(request, CUSTOMERS, rows, Page("Customers", about="Who owes, and who has paid ahead."))


@staff_page()
def customer(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Everything about one customer, from every room."""
    rows = Customer.objects.select_related("brand", "group", "profile")
    found = get_object_or_404(rows, public_id=public_id)
    stats = Stats("Key figures", stats_of("customer-stats", found))
    page = Page(
        found.name,
        about=f"{found.get_billing_plan_display().capitalize()} customer of {found.brand.name}",
        crumbs=(("Customers", reverse("staff-customers:list")),),
        parts=[stats, *parts_of("customer", found)],
        code=public_id,
    )
    return show(request, page)


def about(found: Customer) -> Iterable[Part]:
    """Who the customer is, on documents and in the portal."""
    yield Facts(
        "Account",
        [
            fact("Brand", found.brand.name, href=page_of(found.brand.public_id)),
            fact("Group", found.group.name if found.group else ""),
            fact("Kind", found.get_kind_display()),
            fact("Billing plan", found.get_billing_plan_display()),
            fact("Contract", found.get_contract_type_display()),
            fact("Currency", found.currency),
            fact("Time zone", found.zone),
            fact("Reference", found.reference),
            fact("E-mail", found.email),
            fact("Since", found.created_at, "day"),
        ],
    )
    yield _profile(found.profile)
    projects = list(found.projects.order_by("name", "pk")[: SHOWN + 1])
    note = f"The first {SHOWN}." if len(projects) > SHOWN else ""
    yield Rows("Projects", _PROJECTS, projects[:SHOWN], "No projects.", wide=False, note=note)
    people = found.memberships.select_related("user").order_by("user__name", "pk")[:SHOWN]
    yield Rows("People", _PEOPLE, people, "Nobody can log in for this customer yet.", wide=False)


_PROJECTS = [
    Column("Name", lambda p: p.name),
    Column("Reference", lambda p: p.reference if p.reference != p.name else "", "mono"),
]
_PEOPLE = [
    Column(
        "Name", lambda m: m.user.get_full_name(), href=lambda m: page_of(m.user.public_id), note=lambda m: m.user.email
    ),
    Column("Role", lambda m: m.get_role_display()),
    Column("Last log-in", lambda m: m.user.last_login, "instant"),
]


def _checked(profile: BillingProfile) -> list[Fact]:
    found = check_of(profile)
    if found is None:
        return []
    proof = f"consultation {found.consultation}" if found.consultation else ""
    return [
        fact("By VIES", found.state, "state", note=found.note or proof),
        fact("Asked VIES", found.checked_at, "instant", note=found.told_name),
    ]


def _profile(profile: BillingProfile) -> Facts:
    return Facts(
        "On documents",
        [
            fact("Legal name", profile.legal_name),
            fact("Street", profile.street),
            fact("City", f"{profile.postcode} {profile.city}".strip()),
            fact("Country", place(profile.country, profile.region)),
            fact("VAT id", profile.vat_id, "mono", note="" if profile.vat_counts else "does not count for tax"),
            *_checked(profile),
            fact("Exempt because", profile.exempt_reason),
            fact("E-mail", profile.email),
        ],
    )


def trail(found: Customer) -> Iterable[Part]:
    """What was done to and by the customer."""
    entries = AuditEntry.objects.filter(customer_id=found.pk).order_by("-pk")[:SHOWN]
    yield Rows("Audit trail", audit_columns(), entries, "Nothing noted yet.")


def of_brand(brand: Brand) -> Iterable[Part]:
    """A brand's newest customers."""
    rows = Customer.objects.filter(brand=brand).order_by("-created_at", "-pk")[:SHOWN]
    columns = [
        Column("Customer", lambda c: c.name, href=href),
        Column("Billing plan", lambda c: c.get_billing_plan_display()),
        Column("Since", lambda c: c.created_at, "day"),
    ]
    more = ("All customers", reverse("staff-customers:list"))
    yield Rows("Newest customers", columns, rows, "No customers yet.", more)


def find(text: str, limit: int) -> list[Found]:
    """Customers with the text in their name, reference or e-mail address, or with that id."""
    match = Q(public_id=text) | Q(name__icontains=text) | Q(reference__icontains=text) | Q(email__icontains=text)
    rows = Customer.objects.filter(match).select_related("brand").order_by("name", "pk")[:limit]
    return [Found(c.name, f"{c.get_billing_plan_display()}, {c.brand.name}", href(c)) for c in rows]
