"""Money that customers pay: payments, what they settled, refunds, disputes, write-offs, and what gateways told us."""

from django.db import models
from django.db.models import F, Q

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.invoicing.models import Invoice
from tollbook.payments.models.deposits import Deposit
from tollbook.payments.models.methods import Method
from tollbook.payments.models.papers import Proforma
from tollbook.payments.rules import PAYMENT, REFUND, ZERO, State

_ASKED = Q(ask_at__isnull=False) | Q(queued_at__isnull=False)


class Payment(models.Model):
    """Money on its way from a customer, or arrived. `amount` is what we asked for, `captured` what came."""

    public_id = PublicIdField("pay")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payments")
    key = models.CharField(max_length=120)
    gateway = models.CharField(max_length=40)
    merchant = models.CharField(max_length=120, blank=True)
    amount = amount_field()
    currency = currency_field()
    # An invoice, a proforma, a wallet (by row id; wallets are private), a deposit, or none of them: credit.
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="payments")
    proforma = models.ForeignKey(Proforma, on_delete=models.PROTECT, null=True, related_name="payments")
    wallet_id = models.BigIntegerField(null=True)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, related_name="payments")
    subject = models.CharField(max_length=40, blank=True)
    # The top-up that the wallet asks for and this pays (public id), if it does.
    request = models.CharField(max_length=40, blank=True)
    method = models.ForeignKey(Method, on_delete=models.PROTECT, null=True, related_name="payments")
    keep_method = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State.choices(), default=State.STARTED)
    reference = models.CharField(max_length=200, blank=True)
    redirect = models.CharField(max_length=2000, blank=True)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    # When the gateway was called; set before the call, so that it is called once.
    sent_at = models.DateTimeField(null=True)
    # When it is asked next, or since when people have to look.
    ask_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    captured = amount_field(default=ZERO)
    captured_currency = currency_field(blank=True)
    # Where what was captured went; sums of rows below, changed only under this row's lock. The rest is credit.
    allocated = amount_field(default=ZERO)
    topped_up = amount_field(default=ZERO)
    refunded = amount_field(default=ZERO)
    disputed = amount_field(default=ZERO)
    lost = amount_field(default=ZERO)
    # What the deposit that it paid took of it, less what was given back or lost of that: nobody can spend it.
    deposited = amount_field(default=ZERO)

    class Meta:
        db_table = "payments_payment"
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="payments_payment_once"),
            models.UniqueConstraint(
                fields=["gateway", "reference"], condition=~Q(reference=""), name="payments_payment_reference_once"
            ),
            models.CheckConstraint(condition=Q(state__in=list(PAYMENT)), name="payments_payment_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_payment_amount"),
            models.CheckConstraint(
                condition=Q(state="succeeded", captured__gt=0) | (~Q(state="succeeded") & Q(captured=0)),
                name="payments_payment_captured",
            ),
            models.CheckConstraint(
                condition=Q(
                    allocated__gte=0,
                    topped_up__gte=0,
                    refunded__gte=0,
                    lost__gte=0,
                    deposited__gte=0,
                    captured__gte=F("allocated") + F("topped_up") + F("refunded") + F("lost") + F("deposited"),
                ),
                name="payments_payment_spent_once",
            ),
            models.CheckConstraint(
                condition=Q(disputed__gte=0, captured__gte=F("refunded") + F("disputed") + F("lost")),
                name="payments_payment_given_back_once",
            ),
            # Nobody forgets an outcome that is not known (M23).
            models.CheckConstraint(
                condition=~Q(state__in=["started", "unknown", "review"]) | _ASKED, name="payments_payment_watched"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-created_at"], name="payments_payment_customer"),
            models.Index(fields=["ask_at"], name="payments_payment_ask", condition=Q(ask_at__isnull=False)),
            models.Index(fields=["queued_at"], name="payments_payment_queue", condition=Q(queued_at__isnull=False)),
        ]
        triggers = [
            no_delete("payments_payment_no_delete"),
            frozen_columns(
                "payments_payment_intent_frozen", "true", "public_id", "brand_id", "customer_id", "key", "gateway",
                "merchant", "amount", "currency", "invoice_id", "proforma_id", "wallet_id", "deposit_id", "subject",
                "request", "method_id", "created_at",
            ),
            frozen_columns(
                "payments_payment_captured_frozen", "OLD.state = 'succeeded'", "state", "reference", "captured",
                "captured_currency",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.public_id)


class Reading(models.Model):
    """What a gateway, a statement or a person told of a payment, and in what it differs from what we wrote down."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="readings")
    at = models.DateTimeField()
    # Who or what asked: "start", "schedule", "hint", "person", "statement".
    source = models.CharField(max_length=12)
    # Empty: the gateway has never heard of it.
    progress = models.CharField(max_length=9, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    amount = amount_field(default=ZERO)
    currency = currency_field(blank=True)
    merchant = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=40, blank=True)
    differs = models.CharField(max_length=100, blank=True)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "payments_reading"
        triggers = [append_only("payments_reading_append_only")]


class Allocation(models.Model):
    """A part of a payment that settled (negative: no longer settles) an invoice."""

    public_id = PublicIdField("alc")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    amount = amount_field()
    reverses = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="reversals")
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_allocation"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, reverses__isnull=True) | Q(amount__lt=0, reverses__isnull=False),
                name="payments_allocation_sign",
            )
        ]
        triggers = [append_only("payments_allocation_append_only")]


class Refund(models.Model):
    """A part of a payment that is given back. From the order on it is no longer the customer's to spend."""

    public_id = PublicIdField("rfd")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=120)
    amount = amount_field()
    # What of it was unused in the wallet that the payment had topped up, and was taken out of it.
    from_wallet = amount_field(default=ZERO)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=9, choices=State.choices(), default=State.STARTED)
    reference = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    ask_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_refund"
        constraints = [
            models.UniqueConstraint(fields=["payment", "key"], name="payments_refund_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, from_wallet__gte=0, from_wallet__lte=F("amount")),
                name="payments_refund_amount",
            ),
            models.CheckConstraint(condition=Q(state__in=list(REFUND)), name="payments_refund_state"),
            models.CheckConstraint(
                condition=~Q(state__in=["started", "pending", "unknown"]) | _ASKED, name="payments_refund_watched"
            ),
        ]
        indexes = [
            models.Index(fields=["ask_at"], name="payments_refund_ask", condition=Q(ask_at__isnull=False)),
            models.Index(fields=["queued_at"], name="payments_refund_queue", condition=Q(queued_at__isnull=False)),
        ]
        triggers = [
            no_delete("payments_refund_no_delete"),
            frozen_columns(
                "payments_refund_frozen",
                "true",
                "public_id",
                "payment_id",
                "customer_id",
                "key",
                "amount",
                "from_wallet",
                "reason",
            ),
            frozen_columns("payments_refund_ended", "OLD.state IN ('succeeded', 'failed')", "state"),
        ]


class Dispute(models.Model):
    """A payment (or a part of it) that the payer calls back through their bank."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        WON = "won", "won"
        LOST = "lost", "lost"

    public_id = PublicIdField("dsp")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=120)
    amount = amount_field()
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    # Of a lost one: what a wallet had taken and is used, or what a deposit became: the write-off account bears it.
    borne = amount_field(default=ZERO)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_dispute"
        constraints = [
            models.UniqueConstraint(fields=["payment", "reference"], name="payments_dispute_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, borne__gte=0, borne__lte=F("amount")), name="payments_dispute_amount"
            ),
        ]
        triggers = [
            no_delete("payments_dispute_no_delete"),
            frozen_columns("payments_dispute_ended", "OLD.state <> 'open'", "state", "amount", "borne"),
        ]


class WriteOff(models.Model):
    """What we no longer expect of an invoice (negative: expect again)."""

    public_id = PublicIdField("wof")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="write_offs")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=120)
    amount = amount_field()
    reason = models.CharField(max_length=300)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversal")
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_write_off"
        constraints = [
            models.UniqueConstraint(fields=["invoice", "key"], name="payments_write_off_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, reverses__isnull=True) | Q(amount__lt=0, reverses__isnull=False),
                name="payments_write_off_sign",
            ),
        ]
        triggers = [append_only("payments_write_off_append_only")]


class CallbackSeen(models.Model):
    """A message to a gateway's callback address, as it came: a hint, never a proof. The same bytes are kept once."""

    gateway = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    body = models.BinaryField()
    # The key or reference that the gateway's folder found in it.
    about = models.CharField(max_length=200, blank=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="callbacks")
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_callback"
        constraints = [models.UniqueConstraint(fields=["gateway", "digest"], name="payments_callback_once")]
        triggers = [append_only("payments_callback_append_only")]
