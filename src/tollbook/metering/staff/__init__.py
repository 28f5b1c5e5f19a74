"""Staff pages about use: meters with their roll-ups, events, deliveries, conflicts."""

from django.urls import path

from tollbook.metering.staff import events, limits, meters
from tollbook.web.menu import MenuEntry
from tollbook.web.sockets import Adds, Finder

MENU = [
    MenuEntry("Meters", "staff-metering:meters", "chart-bar", 40, "Usage"),
    MenuEntry("Events", "staff-metering:events", "bolt", 42, "Usage"),
    MenuEntry("Deliveries", "staff-metering:batches", "inbox-arrow-down", 44, "Usage"),
    MenuEntry("Conflicts", "staff-metering:conflicts", "exclamation-triangle", 46, "Usage"),
]
PAGES = {"mtr": "staff-metering:meter"}


PARTS = [
    Adds("dashboard-stats", 50, meters.month),
    Adds("dashboard", 20, meters.by_day),
    Adds("customer", 40, meters.of_customer),
    Adds("subscription", 5, limits.of_subscription),
]
NOTICES = [events.conflict_notice]
FINDERS = [Finder("Meters", 60, meters.find)]
urls = [
    path("meters/", meters.meters, name="meters"),
    path("meters/<str:public_id>/", meters.meter, name="meter"),
    path("events/", events.events, name="events"),
    path("events/<str:customer_id>/", events.event, name="event"),
    path("events/<str:customer_id>/cancel/", events.cancel_event, name="cancel-event"),
    path("deliveries/", events.batches, name="batches"),
    path("conflicts/", events.conflicts, name="conflicts"),
    path("conflicts/<int:number>/", events.conflict, name="conflict"),
]
