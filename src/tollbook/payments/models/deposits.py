"""What a new account deposits at sign-up: the promise as it was shown, and what became of the money."""

from django.db import models
from django.db.models import F, Q

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.payments.deposit_rules import DEPOSIT, DepositState, Mode, Rejected, Rest
from tollbook.payments.rules import ZERO

_PARTS = F("left") + F("given_back") + F("to_wallet") + F("kept") + F("lost")


class Deposit(models.Model):
    """The deposit of an account, one for each. The terms are those of its sign-up, whatever the settings say later."""

    public_id = PublicIdField("dep")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="deposit")
    amount = amount_field()
    currency = currency_field()
    # The promise: whether anything comes back once the account is verified, how much and how, what happens to the rest,
    # what a rejection means, and within how many days of its payment it is decided.
    promised = models.BooleanField()
    gives_back = amount_field(default=ZERO)
    mode = models.CharField(max_length=7, choices=Mode.choices())
    rest = models.CharField(max_length=6, choices=Rest.choices())
    on_reject = models.CharField(max_length=7, choices=Rejected.choices())
    verify_days = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, choices=DepositState.choices(), default=DepositState.AWAITING_PAYMENT)
    created_at = models.DateTimeField()
    # Unpaid after this, the sign-up is abandoned.
    pay_by = models.DateTimeField()
    held_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)
    # What paid it, and what gives it back.
    payment = models.OneToOneField("payments.Payment", on_delete=models.PROTECT, null=True, related_name="holds")
    refund = models.OneToOneField("payments.Refund", on_delete=models.PROTECT, null=True, related_name="returns")
    # Where the money is: on the account of deposits held (`left`), or gone. Changed under the customer's lock.
    left = amount_field(default=ZERO)
    given_back = amount_field(default=ZERO)
    to_wallet = amount_field(default=ZERO)
    kept = amount_field(default=ZERO)
    lost = amount_field(default=ZERO)

    class Meta:
        db_table = "payments_deposit"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(DEPOSIT)), name="payments_deposit_state"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, gives_back__gte=0, gives_back__lte=F("amount"))
                & (Q(promised=True) | Q(gives_back=0)),
                name="payments_deposit_promise",
            ),
            models.CheckConstraint(
                condition=Q(left__gte=0, given_back__gte=0, to_wallet__gte=0, kept__gte=0, lost__gte=0)
                & (
                    Q(payment__isnull=False, amount=_PARTS)
                    | Q(payment__isnull=True, left=0, given_back=0, to_wallet=0, kept=0, lost=0)
                ),
                name="payments_deposit_parts",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["awaiting_payment", "expired"], payment__isnull=True)
                | (~Q(state__in=["awaiting_payment", "expired"]) & Q(payment__isnull=False, held_at__isnull=False)),
                name="payments_deposit_paid",
            ),
            # What has ended holds nothing, and what has not ended is not forgotten with nothing in it.
            models.CheckConstraint(
                condition=Q(state__in=["held", "verified", "rejected", "refund_failed"], left__gt=0)
                | (~Q(state__in=["held", "verified", "rejected", "refund_failed"]) & Q(left=0)),
                name="payments_deposit_left",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["refund_pending", "refund_failed"]) | Q(refund__isnull=False),
                name="payments_deposit_refund",
            ),
        ]
        indexes = [models.Index(fields=["state", "pay_by"], name="payments_deposit_queue")]
        triggers = [
            no_delete("payments_deposit_no_delete"),
            frozen_columns(
                "payments_deposit_promise_frozen", "true", "public_id", "brand_id", "customer_id", "amount", "currency",
                "promised", "gives_back", "mode", "rest", "on_reject", "verify_days", "created_at",
            ),
            frozen_columns("payments_deposit_paid_once", "OLD.payment_id IS NOT NULL", "payment_id", "held_at"),
            frozen_columns(
                "payments_deposit_ended", "OLD.state IN ('refunded', 'kept', 'forfeited', 'called_back')", "state",
                "left", "given_back", "to_wallet", "kept", "lost", "refund_id",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.public_id)
