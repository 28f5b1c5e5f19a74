"""Staff pages about payments: what came, what people must look at, and what they can do."""

from django.urls import path

from tollbook.payments.staff import acts, around, deposits, papers, payments, statements
from tollbook.web.menu import MenuEntry
from tollbook.web.sockets import Adds, Finder

MENU = [
    MenuEntry("Payments", "staff-payments:list", "banknotes", 23),
    MenuEntry("Proformas", "staff-payments:proformas", "document-arrow-down", 23),
    MenuEntry("Deposits", "staff-payments:deposits", "shield-check", 23),
    MenuEntry("Payments for people", "staff-payments:queue", "hand-raised", 23),
]
PAGES = {"pay": "staff-payments:page", "pfm": "staff-payments:proforma", "dep": "staff-payments:deposit"}
PARTS = [
    Adds("dashboard-stats", 25, around.waiting),
    Adds("dashboard-stats", 26, deposits.waiting),
    Adds("customer-stats", 15, around.credit_of),
    Adds("customer", 31, deposits.of_customer),
    Adds("customer", 32, around.of_customer),
    Adds("customer", 33, papers.of_customer),
    Adds("customer", 34, statements.of_customer),
    Adds("invoice", 20, around.of_invoice),
]
NOTICES = [around.notices]
FINDERS = [Finder("Payments", 45, around.find)]
urls = [
    path("payments/", payments.payments, name="list"),
    path("payments/queue/", payments.queue, name="queue"),
    path("payments/<str:public_id>/", payments.payment, name="page"),
    path("payments/<str:public_id>/receipt.pdf", papers.receipt, name="receipt"),
    path("statements/<str:public_id>/", statements.page, name="statement"),
    path("deposits/", deposits.listed, name="deposits"),
    path("deposits/<str:public_id>/", deposits.page, name="deposit"),
    *(
        path(f"deposits/<str:public_id>/{name}/", deposits.act, {"name": name}, name=f"deposit-{name}")
        for name in deposits.ACTS
    ),
    path("proformas/", papers.listed, name="proformas"),
    path("proformas/<str:public_id>/", papers.page, name="proforma"),
    path("proformas/<str:public_id>/document.pdf", papers.download, name="proforma-file"),
    path("proformas/<str:public_id>/withdraw/", papers.withdraw, name="proforma-withdraw"),
    *(path(f"payments/<str:public_id>/{name}/", acts.act, {"name": name}, name=name) for name in acts.ACTS),
    path("invoices/<str:public_id>/write-off/", around.give_up, name="write-off"),
    path("invoices/<str:public_id>/expect/", around.expect_again, name="expect"),
]
