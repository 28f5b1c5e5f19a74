"""Staff pages about invoices, their lines, and why an amount is what it is."""

from django.urls import path

from tollbook.invoicing.staff import corrections, credit, debit, figures, invoices, lines
from tollbook.web.menu import MenuEntry
from tollbook.web.sockets import Adds, Finder

MENU = [
    MenuEntry("Invoices", "staff-invoicing:list", "document-text", 22),
    MenuEntry("Corrections", "staff-invoicing:corrections", "arrow-uturn-left", 33, "Selling"),
]
PAGES = {"inv": "staff-invoicing:page", "lin": "staff-invoicing:line"}
PARTS = [
    Adds("dashboard-stats", 20, figures.receivables),
    Adds("dashboard", 10, figures.by_product),
    Adds("dashboard", 60, figures.latest),
    Adds("customer-stats", 10, figures.owed_by),
    Adds("customer", 30, figures.of_customer),
    Adds("charge", 20, lines.of_charge),
]
NOTICES = [figures.overdue_notice]
FINDERS = [Finder("Invoices", 20, invoices.find)]
urls = [
    path("invoices/", invoices.invoices, name="list"),
    path("invoices/<str:public_id>/", invoices.invoice, name="page"),
    path("invoices/<str:public_id>/credit/", credit.page, name="credit"),
    path("invoices/<str:public_id>/debit/", debit.page, name="debit"),
    path("invoices/<str:public_id>/document.<str:format>", invoices.download, name="document"),
    path("corrections/", corrections.page, name="corrections"),
    path("invoices/lines/<str:public_id>/", lines.line, name="line"),
]
