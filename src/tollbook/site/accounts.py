"""How django-allauth behaves here: where log-in leads, what is noted of it, and how its mail is sent."""

from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sites.requests import RequestSite
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.functional import cached_property

from tollbook.brands.models import Brand
from tollbook.customers.signing_up import activate, open_brands
from tollbook.identity.access import recently_proven
from tollbook.identity.mail import tell
from tollbook.identity.models import User
from tollbook.identity.signing_in import Caller, changed, log_in_failed, logged_in
from tollbook.web.words import later

# Mail that only tells of something and opens nothing: it may wait in the queue, where staff can read it. What answers a
# stranger goes at once, whoever it is about: a mail server that does not answer must not tell which accounts exist.
_TELLS = {
    "account/email/password_changed",
    "account/email/password_reset",
    "account/email/password_set",
    "account/email/email_changed",
    "account/email/email_confirm",
    "account/email/email_deleted",
    "mfa/email/recovery_codes_generated",
    "mfa/email/totp_activated",
    "mfa/email/totp_deactivated",
    "mfa/email/webauthn_added",
    "mfa/email/webauthn_removed",
}


def caller(request: HttpRequest) -> Caller:
    """Who asks: the address, behind as many proxies as the settings say, and the browser."""
    return Caller(Adapter(request).get_client_ip(request), request.META.get("HTTP_USER_AGENT", ""))


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Staff land in the staff portal, customers in theirs; log-ins and changes of a log-in are noted."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": later("Too many failed attempts. Wait for 15 minutes, then try again."),
        "rate_limited": later("Too many attempts. Wait for 15 minutes, then try again."),
    }

    @cached_property
    def sign_up_brand(self) -> Brand | None:
        """The brand that the page signs up with: the one that is named, or the only one that is open."""
        found = open_brands()
        named = self.request.POST.get("brand") or self.request.GET.get("brand")
        if named:
            return next((brand for brand in found if brand.code == named), None)
        return found[0] if len(found) == 1 else None

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return self.sign_up_brand is not None

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Users have no names besides their e-mail addresses."""

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        records = get_authentication_records(request, user)
        super().login(request, user)
        assert isinstance(user, User)  # noqa: S101  - there are no other users
        how = ", ".join(_how(each) for each in records) or "password"
        # Who gets here has proven the address.
        activate(user)
        logged_in(user, caller(request), how)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = User.objects.filter(email__iexact=credentials.get("email") or "").first()
        if user is not None:
            log_in_failed(user, caller(request), "password")

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        super().set_password(user, password)
        assert isinstance(user, User)  # noqa: S101  - there are no other users
        changed(user, "password", caller(self.request))

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        done = bool(super().confirm_email(request, email_address))
        if done:
            changed(email_address.user, "email", caller(request))
        return done

    def is_reauthentication_required(self, *, app: str = "") -> bool:
        """Who proved who they are within 15 minutes, also by logging in, is not asked again."""
        return not recently_proven(self.request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_security")

    def send_mail(self, template_prefix: str, email: str, context_: dict[str, Any]) -> None:
        """Mail that only tells waits for the worker; a code or a link is sent now, so that it lies nowhere."""
        site = RequestSite(context.request)
        known = {"request": context.request, "email": email, "current_site": site, **context_}
        message: EmailMessage = self.render_mail(template_prefix, email, known)
        if template_prefix in _TELLS:
            tell(email, str(message.subject), str(message.body))
            return
        try:
            message.send()
        except (OSError, SMTPException) as error:
            raise ImmediateHttpResponse(_no_mail(context.request)) from error


def _how(record: dict[str, Any]) -> str:
    return "passkey" if record.get("passwordless") else str(record.get("type") or record["method"])


def _no_mail(request: HttpRequest) -> HttpResponse:
    response = render(request, "account/no_mail.html", status=503)
    response.headers["Retry-After"] = "60"
    patch_cache_control(response, no_store=True)
    return response
