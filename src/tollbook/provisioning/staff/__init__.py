"""Staff pages about services: what runs, what waits for people, and the connections that it runs through."""

from django.urls import path

from tollbook.provisioning.staff import acts, around, connections, services
from tollbook.web.menu import MenuEntry
from tollbook.web.sockets import Adds, Finder

MENU = [
    MenuEntry("Services", "staff-provisioning:list", "server", 25),
    MenuEntry("Provisioning queue", "staff-provisioning:queue", "wrench-screwdriver", 25),
    MenuEntry("Connections", "staff-provisioning:connections", "link", 26),
]
PAGES = {
    "svc": "staff-provisioning:page",
    "opn": "staff-provisioning:operation",
    "con": "staff-provisioning:connection",
}
PARTS = [
    Adds("dashboard-stats", 27, around.waiting),
    Adds("customer", 22, around.of_customer),
    Adds("subscription", 15, around.of_subscription),
]
NOTICES = [around.notices]
FINDERS = [Finder("Services", 35, around.find)]
urls = [
    path("services/", services.services, name="list"),
    path("services/queue/", services.queue, name="queue"),
    path("services/<str:public_id>/", services.service, name="page"),
    *(path(f"services/<str:public_id>/{name}/", acts.on_service, {"name": name}, name=name) for name in acts.SERVICE),
    path("operations/<str:public_id>/", services.operation, name="operation"),
    *(
        path(f"operations/<str:public_id>/{name}/", acts.on_operation, {"name": name}, name=f"operation-{name}")
        for name in acts.OPERATION
    ),
    path("connections/", connections.connections, name="connections"),
    path("connections/new/<str:brand>/<str:kind>/", connections.new, name="connection-new"),
    path("connections/<str:public_id>/", connections.connection, name="connection"),
    *(
        path(f"connections/<str:public_id>/{name}/", connections.act, {"name": name}, name=f"connection-{name}")
        for name in connections.ACTS
    ),
]
