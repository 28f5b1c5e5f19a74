"""How django-allauth behaves here: nobody signs up by himself yet, and log-in leads to one's own portal."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Staff land in the staff portal, customers in theirs."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Users have no names besides their e-mail addresses."""
