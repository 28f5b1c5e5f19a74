"""Second factors as django-allauth keeps them: sealed secrets, codes that work once, staff never without."""

import io
from typing import Any

import segno
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.http import HttpRequest

from tollbook.base.sealed import seal, unseal
from tollbook.identity.access import prove_factor
from tollbook.identity.models import User
from tollbook.identity.queries import FACTORS
from tollbook.identity.signing_in import changed, log_in_failed
from tollbook.site.accounts import caller
from tollbook.web.words import later

_SEALED = "identity:authenticator"
# A code counts for three half minutes (its own, one before, one after); so long it is remembered as used.
_CODE_LIFE_S = 120


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Keeps secrets sealed, and a person from removing the factor that staff, or a short password, needs."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": later(
            "This is your last second factor. Staff cannot be without one; everybody else first chooses a password of "
            "15 characters or more."
        ),
    }

    def encrypt(self, text: str) -> str:
        return seal(text.encode(), _SEALED).hex()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(bytes.fromhex(encrypted_text), _SEALED).decode()

    def build_totp_svg(self, url: str) -> str:
        drawing = io.BytesIO()
        segno.make(url, error="m").save(drawing, kind="svg", scale=4, border=2, light="#fff")
        return drawing.getvalue().decode()

    def get_totp_issuer(self) -> str:
        return "Tollbook"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        user = authenticator.user
        others = Authenticator.objects.filter(user=user, type__in=FACTORS).exclude(pk=authenticator.pk)
        return others.exists() or not (user.is_staff or not user.password_is_long)


def _once(user: User, code: str) -> str:
    """The code, unless it was used before: then it is wrong, also in the half minutes in which it would count."""
    if not cache.add(f"identity:code:{user.pk}:{''.join(code.split()).lower()}", "used", _CODE_LIFE_S):
        raise get_account_adapter().validation_error("incorrect_code")
    return code


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for a code at log-in."""

    def clean_code(self) -> str:
        return _once(self.user, super().clean_code())


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for a code before an act that matters."""

    def clean_code(self) -> str:
        return _once(self.user, super().clean_code())


def _added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type in FACTORS:
        prove_factor(request)
        changed(user, "factor_added", caller(request))


def _removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type in FACTORS:
        changed(user, "factor_removed", caller(request))


def _reset(request: HttpRequest, user: User, **_: Any) -> None:
    changed(user, "recovery_codes", caller(request))


def _used(request: HttpRequest, **_: Any) -> None:
    prove_factor(request)


def _failed(request: HttpRequest, user: User, **_: Any) -> None:
    log_in_failed(user, caller(request), "code")


def listen() -> None:
    """Follow what allauth does with factors; it tells by signals alone."""
    for signal, follow in (
        (signals.authenticator_added, _added),
        (signals.authenticator_removed, _removed),
        (signals.authenticator_reset, _reset),
        (signals.authenticator_used, _used),
        (signals.authentication_failed, _failed),
    ):
        signal.connect(follow, dispatch_uid=f"tollbook.{follow.__name__}")
