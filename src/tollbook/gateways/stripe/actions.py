"""What is written down of Stripe: accounts, what is asked for before it is asked, what it named it, its book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

from django.db.models.functions import Now

from tollbook.base import clock
from tollbook.base.sealed import seal
from tollbook.base.tasks import action, outbound
from tollbook.brands.models import Brand
from tollbook.gateways.stripe.models import Account, Line, Payer, Sent
from tollbook.gateways.stripe.rules import Kind, is_live
from tollbook.gateways.stripe.wire import Wire
from tollbook.identity.audit import record
from tollbook.kernel.errors import Refused
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import check_currency
from tollbook.kernel.text import clean_text
from tollbook.payments.applying import NOBODY, By


@dataclass(frozen=True, slots=True)
class Given:
    """What a person gives for an account: its secret key, the secret that signs its events, where payers come back to
    (scheme and host), and the currencies that it takes (none: any).
    """

    secret: str
    signing: str
    site: str
    currencies: tuple[str, ...] = ()


@outbound
def connect(brand: Brand, given: Given, *, by: By = NOBODY) -> Account:
    """Take payments of the brand through the account that the key belongs to, as Stripe tells.

    Refused "key_wrong", "signing_wrong", "site_wrong"; Permanent "gateway_key" for a key that Stripe does not take.
    """
    _check(given)
    return note_account(brand, given, Wire(given.secret).account(), by=by)


def _check(given: Given) -> None:
    is_live(given.secret)
    if not given.signing.startswith("whsec_"):
        raise Refused("signing_wrong", "signing secret: give the one that begins with whsec_", param="signing")
    site = urlsplit(given.site)
    if site.scheme not in ("https", "http") or not site.netloc or site.path not in ("", "/") or site.query:
        message = f"site {given.site}: give scheme and host of the portal, such as https://billing.example.com"
        raise Refused("site_wrong", message, param="site")
    for currency in given.currencies:
        check_currency(currency, "currencies")


@action
def note_account(brand: Brand, given: Given, merchant: str, *, by: By = NOBODY) -> Account:
    """Keep an account with its secrets sealed. The brand's earlier one begins nothing any more; the same account with a
    new key stays the same.
    """
    _check(given)
    at, live = clock.now(), is_live(given.secret)
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    stands = Account.objects.filter(brand=brand, retired_at__isnull=True).first()
    same = stands if stands is not None and (stands.merchant, stands.live) == (merchant, live) else None
    if stands is not None and same is None:
        stands.retired_at = at
        stands.save(update_fields=["retired_at"])
    public_id = same.public_id if same else new_id("sta")
    held = {
        "secret": seal(given.secret.encode(), f"stripe:{public_id}:secret"),
        "signing": seal(given.signing.encode(), f"stripe:{public_id}:signing"),
        "site": given.site.rstrip("/"),
        "currencies": " ".join(sorted(given.currencies)),
    }
    fixed = {"brand": brand, "merchant": clean_text(merchant, "merchant", 60), "live": live, "created_at": at}
    found, _ = Account.objects.update_or_create(public_id=public_id, defaults=held, create_defaults={**held, **fixed})
    detail = {"brand": brand.code, "merchant": merchant, "live": str(live)}
    record("stripe.connect", public_id, actor=by.actor, door=by.door, detail=detail, at=at)
    return found


@action
def write_down(
    account: Account, kind: Kind, key: str, amount: Decimal, currency: str, *, subject: str = "", of: str = ""
) -> Sent:
    """What is about to be asked under `key`, once for ever; Refused "key_conflict" for something else of that key."""
    found, _ = Sent.objects.select_related("account").get_or_create(
        key=key,
        defaults={
            "account": account,
            "kind": kind,
            "amount": amount,
            "currency": currency,
            "subject": subject,
            "of": of,
        },
    )
    told = (found.account_id, found.kind, found.amount, found.currency, found.subject, found.of)
    if told != (account.pk, kind, amount, currency, subject, of):
        raise Refused("key_conflict", f"key {key} was used for another {found.kind}", param="key")
    return found


@action
def name(sent: Sent, reference: str, redirect: str = "", intent: str = "") -> Sent:
    """What Stripe called it; what it is called already stays."""
    found = Sent.objects.select_for_update(of=("self",)).select_related("account").get(pk=sent.pk)
    found.reference = found.reference or reference
    found.redirect = found.redirect or redirect[:2000]
    found.intent = found.intent or intent
    found.save(update_fields=["reference", "redirect", "intent"])
    return found


@action
def took(sent: Sent, intent: str) -> None:
    """Stripe told that it succeeded, and which PaymentIntent it became."""
    Sent.objects.filter(pk=sent.pk, intent="").exclude(kind=Kind.REFUND).update(intent=intent)
    Sent.objects.filter(pk=sent.pk, taken_at__isnull=True).update(taken_at=Now())


@action
def note_payer(account: Account, payer: str, reference: str) -> str:
    """Stripe's customer of a payer of ours; the one that was noted first stands."""
    found, _ = Payer.objects.get_or_create(account=account, payer=payer, defaults={"reference": reference})
    return found.reference


@action
def note_book(account: Account, lines: Sequence[Line], since: datetime) -> int:
    """Keep lines of Stripe's book, each once; how many were new. The book is read up to `since`."""
    before = Line.objects.filter(account=account).count()
    Line.objects.bulk_create(lines, ignore_conflicts=True)
    Account.objects.filter(pk=account.pk).update(read_at=since)
    return Line.objects.filter(account=account).count() - before
