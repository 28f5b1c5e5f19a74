"""The files of a vertical that exists only in the discovery test: street lamps, billed by the hour.

Text, not modules: they are laid down in a copy of the package, where `tollbook.verticals.lamps` is their name.
"""

FILES = {
    "__init__.py": "",
    "apps.py": """
from django.apps import AppConfig


class LampsConfig(AppConfig):
    name = "tollbook.verticals.lamps"
    label = "lamps"
    default_auto_field = "django.db.models.BigAutoField"
""",
    "models.py": """
from django.db import models


class Check(models.Model):
    at = models.DateTimeField()
""",
    "migrations/__init__.py": "",
    "migrations/0001_initial.py": """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Check", [("id", models.BigAutoField(primary_key=True)), ("at", models.DateTimeField())])
    ]
""",
    "meters.py": """
from tollbook.metering.sync import DeclaredMeter

METERS = [DeclaredMeter("lamps.hour", "Lamp hours", "hour", dimensions=("street",))]
""",
    "settings.py": """
from tollbook.features.registry import Feature, whole

FEATURES = [
    Feature("lamps.brightness", whole(0, 100), default=80, title="Brightness", help="How bright the lamps are, in %.")
]
""",
    "portal.py": """
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.customers.features import value_for
from tollbook.web.menu import MenuEntry

MENU = [MenuEntry("Lamps", "portal-lamps:page", "light-bulb", order=60)]


@portal_page()
def page(request: CustomerRequest) -> HttpResponse:
    brightness = value_for(request.customer, "lamps.brightness")
    return render(request, "lamps/page.html", {"whose": request.customer.name, "brightness": brightness})


urls = [path("", page, name="page")]
""",
    "templates/lamps/page.html": """{% extends "web/portal_base.html" %}
{% block main %}<h1>Lamps of {{ whose }} at {{ brightness }} %</h1>{% endblock %}
""",
    "staff.py": """
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tollbook.identity.access import staff_page
from tollbook.web.menu import MenuEntry

MENU = [MenuEntry("Lamps", "staff-lamps:page", "light-bulb", order=60)]


@staff_page()
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "lamps/staff.html")


urls = [path("", page, name="page")]
""",
    "templates/lamps/staff.html": """{% extends "web/staff_base.html" %}
{% block main %}<h1>All lamps</h1>{% endblock %}
""",
    "api.py": '''
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.customers.reach import own

routes = Routes("Lamps")
ROUTERS = [("", routes)]


@routes.reads("/lamps", "lamps:read", answer=dict[str, str])
def list_lamps(request: ApiRequest) -> dict[str, str]:
    """Lamps."""
    mine = own(request)
    return {"whose": mine.public_id if mine else "all"}
''',
    "schedule.py": """
from datetime import datetime, timedelta

from tollbook.base.schedule import Every
from tollbook.verticals.lamps.models import Check


def check(at: datetime) -> None:
    Check.objects.create(at=at)


SCHEDULE = [Every("lamps.check", timedelta(hours=1), check)]
""",
    "connectors/__init__.py": """
from tollbook.verticals.lamps.connectors.dimmer import Dimmer

CONNECTORS = [Dimmer]
""",
    "connectors/dimmer.py": """
from typing import ClassVar

from tollbook.provisioning.connectors.console import Console


class Dimmer(Console):
    kind: ClassVar[str] = "lamps.dimmer"
    title: ClassVar[str] = "Dimmer"
""",
}

# What is tried in a process of its own, in which the package is the copy with the new folder; prints what it saw.
TRIAL = """
import json
import django

django.setup()

from datetime import UTC, datetime

from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment

setup_test_environment()
call_command("migrate", verbosity=0, interactive=False)

from tollbook.base import clock
from tollbook.base.schedule import run_due
from tollbook.brands.models import Brand
from tollbook.customers.actions import NewCustomer, add
from tollbook.customers.models import Membership
from tollbook.features.actions import set_value
from tollbook.features.queries import value
from tollbook.features.registry import Level
from tollbook.identity.actions import create_key, create_user
from tollbook.identity.models import StaffRole
from tollbook.metering.models import Meter
from tollbook.provisioning.conformance import Case, check_all
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.forms import read_settings
from tollbook.provisioning.registry import connector, registry
from tollbook.verticals.lamps.models import Check

clock.set_virtual(datetime(2026, 5, 1, 12, tzinfo=UTC))
brand = Brand.objects.create(code="b", name="Brand", legal_name="Brand Ltd", country="IE", currency="EUR")
acme = add(brand, NewCustomer("Acme", "acme", {"country": "IE"}))
owner = create_user("owner@acme.example", "Olga Owner")
Membership.objects.create(customer=acme, user=owner, role="owner")
stranger = create_user("stranger@bolt.example", "Stan Stranger")
staff = create_user("staff@brand.example", "Sam Staff", staff_role=StaffRole.VIEWER)
key = create_key("k", scopes=["*:read", "*:write"], customer_id=acme.pk).text
nothing = create_key("k", scopes=["usage:read"], customer_id=acme.pk).text
set_value("lamps.brightness", 55, level=Level.CUSTOMER, scope_id=acme.public_id)
seen = {}


def page(name, path, user):
    client = Client()
    if user:
        client.force_login(user)
    response = client.get(path)
    seen[name] = [response.status_code, "Lamps of Acme at 55 %" in response.content.decode()
                  or "All lamps" in response.content.decode()]
    return response.content.decode()


def call(name, method, path, token, body=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = Client().generic(method, path, json.dumps(body) if body else "", "application/json", headers=headers)
    seen[name] = [response.status_code, response.json()]


own = page("portal", "/portal/lamps/", owner)
seen["menu"] = 'href="/portal/lamps/"' in own
page("portal stranger", "/portal/lamps/", stranger)
page("portal nobody", "/portal/lamps/", None)
all_ = page("staff", "/staff/lamps/", staff)
seen["staff menu"] = 'href="/staff/lamps/"' in all_
page("staff customer", "/staff/lamps/", owner)
call("api", "GET", "/api/v1/lamps", key)
call("api nobody", "GET", "/api/v1/lamps", "")
call("api scope", "GET", "/api/v1/lamps", nothing)
seen["document"] = "/api/v1/lamps" in Client().get("/api/v1/openapi.json").json()["paths"]
event = {"id": "1", "meter": "lamps.hour", "quantity": "2", "at": "2026-05-01T10:00:00Z", "dimensions": {"street": "x"}}
call("usage", "POST", "/api/v1/usage", key, event)
meter = Meter.objects.get(code="lamps.hour")
seen["meter"] = [meter.name, meter.unit, meter.dimensions]
seen["default"] = value("lamps.brightness")
seen["kinds"] = list(registry())
dimmer = connector("lamps.dimmer")
settings = read_settings(dimmer.Settings, {})
seen["connector"] = len(check_all(Case(lambda: dimmer(settings), Spec("lamp"), Spec("lamp", {"watt": 5}))))
at = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
seen["ran"] = ["lamps.check" in run_due(at), "lamps.check" in run_due(at)]
seen["checks"] = [str(check.at) for check in Check.objects.all()]
print("SEEN " + json.dumps(seen))
"""
