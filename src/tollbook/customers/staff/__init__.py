"""Staff pages about customers, the dashboard, search, and features."""

from django.urls import path

from tollbook.customers.staff import changes, configuration, features, home, people, terms, visiting
from tollbook.web.menu import MenuEntry
from tollbook.web.sockets import Adds, Finder

MENU = [
    MenuEntry("Dashboard", "staff-customers:dashboard", "home", 10),
    MenuEntry("Customers", "staff-customers:list", "user-group", 20),
    MenuEntry("Feature configuration", "staff-customers:billing", "cog-6-tooth", 71, "Installation"),
    MenuEntry("Features", "staff-customers:features", "adjustments-horizontal", 72, "Installation"),
]
PAGES = {"cus": "staff-customers:page"}
FINDERS = [Finder("Customers", 10, people.find)]
PARTS = [
    Adds("brand", 30, people.of_brand),
    Adds("brand", 60, terms.of_brand),
    Adds("brand", 80, features.of_brand),
    Adds("customer", 10, people.about),
    Adds("customer", 70, features.of_customer),
    Adds("customer", 75, visiting.of_customer),
    Adds("customer", 80, people.trail),
]
urls = [
    path("", home.dashboard, name="dashboard"),
    path("search/", home.search, name="search"),
    path("customers/", people.customers, name="list"),
    path("customers/<str:public_id>/", people.customer, name="page"),
    path("customers/<str:public_id>/visit/", visiting.visit, name="visit"),
    path("brands/<str:public_id>/terms/", terms.publish_terms, name="publish-terms"),
    path("features/", features.features, name="features"),
    path("configuration/billing/", configuration.billing, name="billing"),
    path("features/<str:key>/change/", configuration.change, name="change-feature"),
    path("features/<str:key>/undo/", changes.undo_change, name="undo-feature"),
    path("features/<str:key>/", features.feature_page, name="feature"),
]
