"""Staff pages about upstream: suppliers, what was imported, what it cost, and the margin."""

from django.urls import path

from tollbook.sourcing.staff import margin, upstream
from tollbook.web.menu import MenuEntry
from tollbook.web.sockets import Adds, Finder

MENU = [
    MenuEntry("Margin", "staff-sourcing:margin", "presentation-chart-line", 60, "Upstream"),
    MenuEntry("Suppliers", "staff-sourcing:suppliers", "truck", 62, "Upstream"),
    MenuEntry("Purchases", "staff-sourcing:purchases", "shopping-cart", 64, "Upstream"),
    MenuEntry("Imported rows", "staff-sourcing:imports", "document-arrow-down", 66, "Upstream"),
]
PAGES = {"sup": "staff-sourcing:supplier"}
PARTS = [
    Adds("dashboard-stats", 40, margin.on_dashboard),
    Adds("customer-stats", 40, margin.of_customer),
    Adds("customer", 62, upstream.of_customer),
]
FINDERS = [Finder("Suppliers", 85, upstream.find)]
urls = [
    path("margin/", margin.margin, name="margin"),
    path("suppliers/", upstream.suppliers, name="suppliers"),
    path("suppliers/<str:public_id>/", upstream.supplier, name="supplier"),
    path("purchases/", upstream.purchases, name="purchases"),
    path("imports/", upstream.imports, name="imports"),
]
