"""Prepaid money of a customer: the wallet, its grants, what was drawn, and holds."""

from django.db import models
from django.db.models import F, Q

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import append_only, no_delete
from tollbook.customers.models import Customer


class Wallet(models.Model):
    """A customer's prepaid balance in a currency, for everything or (with `scope`) for one subscription."""

    public_id = PublicIdField("wal")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="wallets")
    currency = currency_field()
    # The public id of the only subscription that may draw; empty: any of the customer's.
    scope = models.CharField(max_length=40, blank=True)
    credit_limit = amount_field(default=0)
    # Cached sums, changed only under this row's lock: of the wallet's postings (M4) and of its open holds
    # (M10).
    balance = amount_field(default=0)
    held = amount_field(default=0)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "wallets_wallet"
        constraints = [
            models.UniqueConstraint(fields=["customer", "currency", "scope"], name="wallets_wallet_once"),
            models.CheckConstraint(condition=Q(credit_limit__gte=0), name="wallets_wallet_limit"),
            models.CheckConstraint(condition=Q(held__gte=0), name="wallets_wallet_held"),
            models.CheckConstraint(
                condition=Q(balance__gte=F("held") - F("credit_limit")), name="wallets_wallet_never_below"
            ),
        ]
        triggers = [no_delete("wallets_wallet_no_delete")]


class Grant(models.Model):
    """Credit in a wallet with its own priority and expiry: paid for, or given."""

    class Kind(models.TextChoices):
        PAID = "paid", "paid"
        GIVEN = "given", "given"

    public_id = PublicIdField("gra")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="grants")
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    name = models.CharField(max_length=200, blank=True)
    amount = amount_field()
    remaining = amount_field()
    priority = models.PositiveSmallIntegerField(default=50)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "wallets_grant"
        constraints = [
            models.UniqueConstraint(fields=["wallet", "key"], name="wallets_grant_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, remaining__gte=0, remaining__lte=F("amount")),
                name="wallets_grant_left",
            ),
        ]
        triggers = [no_delete("wallets_grant_no_delete")]


class Movement(models.Model):
    """A change of a wallet's balance with its cause; the ledger transaction of the same cause carries the
    money.
    """

    class Kind(models.TextChoices):
        TOP_UP = "top_up", "top-up"
        GRANT = "grant", "grant"
        DRAW = "draw", "use"
        RETURN = "return", "return"
        EXPIRY = "expiry", "expiry"

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=120)
    amount = amount_field()
    balance_after = amount_field()
    memo = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    # Of a return: the draw that it returns (part of); in all no more than that.
    returns = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="returned")

    class Meta:
        db_table = "wallets_movement"
        constraints = [
            models.UniqueConstraint(fields=["wallet", "kind", "key"], name="wallets_movement_once"),
            models.CheckConstraint(
                condition=Q(kind="return", returns__isnull=False) | (~Q(kind="return") & Q(returns__isnull=True)),
                name="wallets_movement_returns",
            ),
        ]
        triggers = [append_only("wallets_movement_append_only")]


class Burn(models.Model):
    """Which grant a movement took from, or gave back to."""

    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="burns")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="burns")
    amount = amount_field()

    class Meta:
        db_table = "wallets_burn"
        constraints = [models.UniqueConstraint(fields=["movement", "grant"], name="wallets_burn_once")]
        triggers = [append_only("wallets_burn_append_only")]


class Hold(models.Model):
    """Money reserved and not yet charged: captured or released once, or expired."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        CAPTURED = "captured", "captured"
        RELEASED = "released", "released"
        EXPIRED = "expired", "expired"

    public_id = PublicIdField("hld")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="holds")
    key = models.CharField(max_length=120)
    amount = amount_field()
    captured = amount_field(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "wallets_hold"
        constraints = [
            models.UniqueConstraint(fields=["wallet", "key"], name="wallets_hold_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, captured__gte=0, captured__lte=F("amount")),
                name="wallets_hold_captured",
            ),
        ]
        indexes = [
            models.Index(fields=["wallet"], name="wallets_hold_open", condition=Q(state="open")),
        ]
        triggers = [no_delete("wallets_hold_no_delete")]
