"""A gateway for trials: it keeps books of its own and can be told to fail, to delay, to lie and to fall silent."""

from typing import ClassVar

from django.conf import settings

from tollbook.base import clock
from tollbook.gateways.test.actions import begin, behaviour_for, finish, give_back
from tollbook.gateways.test.models import Entry
from tollbook.kernel.errors import Refused, Retryable
from tollbook.payments.protocol import Facts, Intent, Message, Progress, RefundOrder, Saved, Seller, Started

_SAID = {
    Entry.Kind.INTENT: Progress.PENDING,
    Entry.Kind.CAPTURE: Progress.SUCCEEDED,
    Entry.Kind.FAILURE: Progress.FAILED,
    Entry.Kind.CANCEL: Progress.CANCELLED,
    Entry.Kind.REFUND: Progress.SUCCEEDED,
}
GOOD_TOKEN, EMPTY_TOKEN = "sandbox-card-good", "sandbox-card-empty"  # nobody's secret
_LIMIT = 200


class Sandbox:
    """Pays with pretended money. It does not exist for installations that are not in test mode."""

    code: ClassVar[str] = "test"
    title: ClassVar[str] = "Test payment"
    by_hand: ClassVar[bool] = False
    saves: ClassVar[bool] = True

    def offer(self, seller: Seller, currency: str) -> str | None:
        """The brand's own account here, in test mode; else nothing."""
        return f"sandbox-{seller.code}" if settings.TOLLBOOK_TEST_MODE else None

    def start(self, intent: Intent) -> Started:
        """A payment that waits on the hosted page."""
        how = behaviour_for(intent.key)
        if how.refuse:
            raise Refused("refused_by_gateway", "the test gateway was told to refuse")
        if how.swallows_before:
            raise Retryable("no_answer", "the test gateway was told to fall silent", after_s=30)
        entry = begin(intent)
        if how.pays_at_once:
            finish(intent.key, Entry.Kind.CAPTURE)
        elif how.fails_at_once:
            finish(intent.key, Entry.Kind.FAILURE)
        if how.swallows_start:
            raise Retryable("no_answer", "the test gateway was told to fall silent", after_s=30)
        return Started(entry.reference, f"/portal/gateway_test/{intent.key}/")

    def charge(self, intent: Intent, token: str) -> Started:
        """A saved card pays at once, or has nothing on it."""
        if token not in (GOOD_TOKEN, EMPTY_TOKEN):
            raise Refused("token_unknown", "the test gateway knows no such card", param="method")
        started = self.start(intent)
        if not Entry.objects.filter(key=intent.key).exclude(kind=Entry.Kind.INTENT).exists():
            finish(intent.key, Entry.Kind.CAPTURE if token == GOOD_TOKEN else Entry.Kind.FAILURE)
        return Started(started.reference)

    def read(self, key: str, reference: str) -> Facts | None:
        """What the book says, told as the script wants it told."""
        how = behaviour_for(key)
        if how.deaf:
            raise Retryable("no_answer", "the test gateway was told to answer nothing", after_s=30)
        last = Entry.objects.filter(key=key).order_by("-pk").first()
        if last is None:
            return None
        progress = _SAID[Entry.Kind(last.kind)]
        if progress is Progress.SUCCEEDED and clock.now() < last.at + how.delay:
            progress = Progress.PENDING
        facts = Facts(
            progress=progress,
            key=key,
            reference=last.reference,
            amount=last.amount,
            currency=last.currency,
            merchant=last.merchant,
            subject=last.subject,
            saved=Saved(GOOD_TOKEN, "Test card ending 4242") if last.kind == Entry.Kind.CAPTURE else None,
        )
        return how.tell(facts)

    def refund(self, order: RefundOrder) -> Started:
        """Given back at once, in the book."""
        how = behaviour_for(order.payment_key)
        if how.fails_refund:
            raise Refused("refused_by_gateway", "the test gateway was told to refuse refunds")
        entry = give_back(order)
        if how.swallows_refund:
            raise Retryable("no_answer", "the test gateway was told to fall silent", after_s=30)
        return Started(entry.reference)

    def hint(self, message: Message) -> str | None:
        """The body is the key, as text."""
        text = message.body[:_LIMIT].decode("ascii", "replace").strip()
        return text if text.replace("_", "").replace("-", "").isalnum() else None


GATEWAYS = [Sandbox]
