"""Staff pages about the books: trial balance, accounts, transactions, seals."""

from django.urls import path

from tollbook.ledger.staff import accounts, books, transactions
from tollbook.ledger.staff.sides import credit, debit
from tollbook.ledger.staff.transactions import caused_by
from tollbook.web.menu import MenuEntry
from tollbook.web.sockets import Adds, Finder

__all__ = ["FINDERS", "MENU", "PAGES", "PARTS", "caused_by", "credit", "debit", "urls"]

MENU = [
    MenuEntry("Trial balance", "staff-ledger:books", "scale", 50, "Books"),
    MenuEntry("Accounts", "staff-ledger:accounts", "book-open", 52, "Books"),
    MenuEntry("Transactions", "staff-ledger:transactions", "arrows-right-left", 54, "Books"),
    MenuEntry("Seals", "staff-ledger:seals", "lock-closed", 56, "Books"),
]
PAGES = {"acc": "staff-ledger:account", "txn": "staff-ledger:transaction"}
PARTS = [
    Adds("dashboard-stats", 10, accounts.revenue),
    Adds("dashboard-stats", 80, books.sealed),
    Adds("customer", 60, accounts.of_customer),
]
FINDERS = [Finder("Transactions", 70, transactions.find)]
urls = [
    path("books/", books.books, name="books"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/<str:public_id>/", accounts.account, name="account"),
    path("transactions/", transactions.transactions, name="transactions"),
    path("transactions/<str:public_id>/", transactions.transaction, name="transaction"),
    path("seals/", books.seals, name="seals"),
]
