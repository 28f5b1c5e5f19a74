"""The forms of signing up and of a forgotten password, as django-allauth shows them."""

from functools import cache
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmEmailVerificationCodeForm, ResetPasswordForm, SignupForm
from babel import Locale
from django import forms
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tollbook.brands.models import Brand
from tollbook.customers.models import SignUp, Terms
from tollbook.customers.rules import BillingPlan, plan_for
from tollbook.customers.settings import GENERAL_PLAN, INDIVIDUAL_PLAN, ORGANIZATION_PLAN, SIGNUP_PAYMENT
from tollbook.customers.signing_up import Given, current_terms, give_up, is_pending, start
from tollbook.features.queries import Scope, value, values_of
from tollbook.identity.models import User
from tollbook.kernel.errors import Refused
from tollbook.kernel.text import clean_text
from tollbook.web.refusals import in_words
from tollbook.web.words import language, later

# Not countries: unions, and codes for what is not known.
_NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}


@cache
def countries(language: str) -> list[tuple[str, str]]:
    """Codes and names of all countries in a language, by name."""
    names = Locale.parse(language, sep="-").territories.items()
    return sorted(
        ((code, name) for code, name in names if len(code) == 2 and code not in _NO_COUNTRY),  # noqa: PLR2004
        key=lambda pair: pair[1],
    )


COUNTRIES = countries("en")


_PLANS = (INDIVIDUAL_PLAN, ORGANIZATION_PLAN, GENERAL_PLAN)
_PLAN_WORDS = {
    BillingPlan.POSTPAID: later("use is invoiced when its period ends (postpaid)"),
    BillingPlan.PREPAID: later("use is drawn on funds that are added before (prepaid)"),
    BillingPlan.FLEXIBLE: later("as each price says: before use or with an invoice (flexible)"),
}


def _cleaned(text: str, what: str) -> str:
    try:
        return clean_text(text, what, 200)
    except Refused as refused:
        raise forms.ValidationError(in_words(refused)) from refused


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth ships no types
    """Who one is, where, how one logs in, and the terms. `brand` is whose customer one becomes."""

    kind = forms.ChoiceField(
        label=later("You are"), choices=[("organization", later("An organization")), ("individual", later("A person"))]
    )
    organization = forms.CharField(
        label=later("Name of the organization"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )  # fmt: skip
    name = forms.CharField(
        label=later("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    country = forms.ChoiceField(label=later("Country"), choices=COUNTRIES)
    vat_id = forms.CharField(
        label=later("VAT number, if you have one"), required=False, max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    terms = forms.BooleanField(label=later("I accept the terms"))
    # Which terms were on the page: if others were published meanwhile, those are shown.
    version = forms.CharField(widget=forms.HiddenInput)
    brand = forms.CharField(widget=forms.HiddenInput)
    account_already_exists: bool
    data: Any
    field_order = ["kind", "organization", "name", "country", "vat_id", "email", "password1", "terms"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The page is closed where there is no such brand, or no terms.
        self.seller: Brand = get_adapter().sign_up_brand
        self.accepted: Terms = current_terms(self.seller)
        self.initial["brand"] = self.seller.code
        self.initial["version"] = self.accepted.version
        self.initial["country"] = self.seller.country
        self.fields["country"].choices = countries(language())
        self.fields["email"].label = _("E-mail address")

    def plans(self) -> list[tuple[str, str]]:
        """How each kind of customer pays, in words."""
        own, organization, general = values_of(_PLANS, self._scope())
        return [
            (_("Organizations"), _PLAN_WORDS[plan_for("", "organization", own, organization, general)]),
            (_("Persons"), _PLAN_WORDS[plan_for("", "individual", own, organization, general)]),
        ]

    def pays_first(self) -> bool:
        """Whether a first payment opens the account."""
        return bool(value(SIGNUP_PAYMENT, self._scope()))

    def _scope(self) -> Scope:
        return Scope(brand=self.seller.public_id)

    def clean_name(self) -> str:
        return _cleaned(self.cleaned_data["name"], "name")

    def clean_organization(self) -> str:
        if self.cleaned_data.get("kind") != SignUp.Kind.ORGANIZATION:
            return ""
        return _cleaned(self.cleaned_data["organization"], "organization")

    def clean_vat_id(self) -> str:
        text = "".join(self.cleaned_data["vat_id"].split()).upper()
        return text if self.cleaned_data.get("kind") == SignUp.Kind.ORGANIZATION else ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if cleaned.get("version") != self.accepted.version:
            self.add_error("terms", _("The terms have changed. Read the new ones and accept them."))
            # The page that comes back shows the new ones.
            self.data = {**self.data.dict(), "version": self.accepted.version, "terms": ""}
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """As the library does, which answers an address that is taken like a free one; an address that was given and
        never proven is free. Either way a password is hashed, so that the time tells nothing.
        """
        if self.account_already_exists and give_up(self.cleaned_data["email"]):
            self.account_already_exists = False
        if not self.account_already_exists:
            try:
                with transaction.atomic():
                    return self.save(request), None
            except IntegrityError:
                # Somebody else took the address in this instant.
                self.account_already_exists = True
        make_password(self.cleaned_data["password1"])
        answer: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return answer

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by the library once the user is made, in the same transaction."""
        data = self.cleaned_data
        user.name = data["name"]
        user.save(update_fields=["name"])
        given = Given(data["kind"], data["organization"] or data["name"], data["country"], data["vat_id"])
        start(user, self.accepted, given, get_adapter().get_client_ip(request))


class ProofForm(ConfirmEmailVerificationCodeForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for the code that was mailed; none is right for a sign-up that was dropped meanwhile."""

    def clean_code(self) -> str:
        code = str(super().clean_code())
        if self.user is None:
            raise get_adapter().validation_error("incorrect_code")
        return code


class ForgottenPasswordForm(ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """A link for a new password; not for who signed up and never proved the address: that is not an account yet."""

    users: list[User]

    def clean_email(self) -> str:
        email = str(super().clean_email())
        self.users = [user for user in self.users if not is_pending(user)]
        return email
