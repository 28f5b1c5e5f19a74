"""Staff pages about dunning: who is overdue and what comes next, a customer's history, and policies."""

from django.urls import path

from tollbook.dunning.staff import customers, overview, policies
from tollbook.web.menu import MenuEntry
from tollbook.web.sockets import Adds

MENU = [
    MenuEntry("Dunning", "staff-dunning:list", "bell-alert", 24),
    MenuEntry("Dunning policies", "staff-dunning:policies", "scale", 24),
]
PARTS = [
    Adds("dashboard-stats", 22, overview.stopped),
    Adds("customer", 31, customers.of_customer),
    Adds("invoice", 25, customers.of_invoice),
    Adds("subscription", 40, policies.of_subscription),
]
urls = [
    path("dunning/", overview.page, name="list"),
    path("dunning/policies/", policies.index, name="policies"),
    path("dunning/policies/<str:public_id>/", policies.page, name="policy"),
    path("dunning/customers/<str:public_id>/", customers.page, name="customer"),
    *(
        path(f"dunning/customers/<str:public_id>/{name}/", customers.act, {"name": name}, name=name)
        for name in customers.ACTS
    ),
]
