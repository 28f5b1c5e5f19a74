"""Prepaid money of a customer: the wallet, its grants and their plans, what was drawn, holds, and top-ups asked for."""

from django.db import models
from django.db.models import F, Q

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import append_only, no_delete
from tollbook.customers.models import Customer
from tollbook.wallets.rules import AtZero


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
    # When what is available falls to `threshold` or below, a top-up of `top_up_amount` is asked for; null: never.
    threshold = amount_field(null=True)
    top_up_amount = amount_field(null=True)
    # What becomes of the services when nothing is left (`rules.at_zero`).
    at_zero = models.CharField(max_length=8, choices=[(p.value, p.value) for p in AtZero], default=AtZero.OVERAGE.value)
    grace_hours = models.PositiveSmallIntegerField(default=0)
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
            models.CheckConstraint(
                condition=Q(threshold__isnull=True, top_up_amount__isnull=True)
                | Q(threshold__isnull=False, top_up_amount__gt=0),
                name="wallets_wallet_threshold",
            ),
            models.CheckConstraint(
                condition=Q(at_zero=AtZero.GRACE.value, grace_hours__gt=0)
                | (~Q(at_zero=AtZero.GRACE.value) & Q(grace_hours=0)),
                name="wallets_wallet_grace",
            ),
        ]
        triggers = [no_delete("wallets_wallet_no_delete")]


class GrantPlan(models.Model):
    """Credit that is given again in each cycle; the cycles are counted from the anchor, so that they never drift."""

    class Unit(models.TextChoices):
        DAYS = "days", "days"
        MONTHS = "months", "months"

    public_id = PublicIdField("gpl")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="grant_plans")
    key = models.CharField(max_length=90)
    name = models.CharField(max_length=200)
    amount = amount_field()
    priority = models.PositiveSmallIntegerField(default=50)
    every = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=6, choices=Unit.choices)
    # Cycle n begins at local midnight of the anchor moved by n times `every`. The zone is the customer's when the plan
    # was made: borders that are announced do not move.
    anchor = models.DateField()
    zone = models.CharField(max_length=64)
    # Of what is left of earlier cycles at most so much stays (null: all, 0: a reset), and at least so much is there.
    at_most = amount_field(null=True)
    at_least = amount_field(default=0)
    # How long the credit of a cycle lives; null: until it is used or a later cycle takes it.
    life_days = models.PositiveSmallIntegerField(null=True)
    # No cycle begins at or after this instant.
    ends_at = models.DateTimeField(null=True)
    # The cycle that comes next and its instant; null when there is none any more.
    next_number = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "wallets_grant_plan"
        constraints = [
            models.UniqueConstraint(fields=["wallet", "key"], name="wallets_grant_plan_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, every__gt=0, at_least__gte=0, at_least__lte=F("amount"))
                & (Q(at_most__isnull=True, at_least=0) | Q(at_most__gte=F("at_least")))
                & (Q(life_days__isnull=True) | Q(life_days__gt=0)),
                name="wallets_grant_plan_terms",
            ),
            models.CheckConstraint(
                condition=Q(next_at__isnull=True) | Q(ends_at__isnull=True) | Q(next_at__lt=F("ends_at")),
                name="wallets_grant_plan_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], name="wallets_grant_plan_due", condition=Q(next_at__isnull=False)),
        ]
        triggers = [no_delete("wallets_grant_plan_no_delete")]


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
    # Of which plan it is a cycle, the first one being 0, and how much of `amount` the cycles before left to it.
    plan = models.ForeignKey(GrantPlan, on_delete=models.PROTECT, null=True, related_name="grants")
    cycle = models.PositiveIntegerField(null=True)
    carried = amount_field(default=0)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "wallets_grant"
        constraints = [
            models.UniqueConstraint(fields=["wallet", "key"], name="wallets_grant_once"),
            models.UniqueConstraint(fields=["plan", "cycle"], name="wallets_grant_cycle_once"),
            models.CheckConstraint(
                condition=Q(plan__isnull=True, cycle__isnull=True, carried=0)
                | Q(plan__isnull=False, cycle__isnull=False, kind="given", carried__gte=0),
                name="wallets_grant_cycle",
            ),
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
        # Paid out of the wallet again (positive: that failed).
        REFUND = "refund", "refund"

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
    # The unique key begins with the wallet; one more index would only make holds slower.
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="holds", db_index=False)
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
            # With the expiry: a hot wallet has very many open holds, and each act on it asks which are over.
            models.Index(fields=["wallet", "expires_at"], name="wallets_hold_open", condition=Q(state="open")),
        ]
        triggers = [no_delete("wallets_hold_no_delete")]


class TopUpRequest(models.Model):
    """That a wallet has become low and should be topped up: one at a time, until it is paid."""

    public_id = PublicIdField("tur")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="top_up_requests")
    amount = amount_field()
    # What made it low: the key of a movement or of a hold, or "set" for a threshold that was put above what there is.
    cause = models.CharField(max_length=140)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    paid_by = models.OneToOneField(Movement, on_delete=models.PROTECT, null=True, related_name="top_up_request")

    class Meta:
        db_table = "wallets_top_up_request"
        constraints = [
            models.UniqueConstraint(
                fields=["wallet"], name="wallets_top_up_request_one_open", condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="wallets_top_up_request_amount"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, paid_by__isnull=True)
                | Q(closed_at__isnull=False, paid_by__isnull=False),
                name="wallets_top_up_request_closed",
            ),
        ]
        triggers = [no_delete("wallets_top_up_request_no_delete")]
