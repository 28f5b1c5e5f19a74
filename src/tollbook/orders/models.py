"""What customers order: offers, orders with their lines, and what became of each line."""

from django.db import models
from django.db.models import F, Q

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import frozen_columns, no_delete
from tollbook.catalog.models import Plan, PlanVersion
from tollbook.customers.models import Customer
from tollbook.invoicing.models import Invoice
from tollbook.orders.rules import Payment, State
from tollbook.provisioning.models import Service
from tollbook.subscriptions.models import Subscription

_BEFORE = [State.DRAFT, State.CANCELLED]
_AGREED = [State.ACCEPTED, State.PROVISIONING, State.DONE]


class Offer(models.Model):
    """A plan that customers can order by themselves, and the words that they read about it."""

    open_to_customers = True  # for `base.walls`

    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="offer")
    text = models.CharField(max_length=500, blank=True)
    position = models.PositiveIntegerField(default=100)

    class Meta:
        db_table = "orders_offer"


class Order(models.Model):
    """A customer's request for plans. Net, tax and total are what it costs at once, as estimated for the customer."""

    public_id = PublicIdField("ord")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    key = models.CharField(max_length=120)
    # What the key asked for: the same key for something else is refused.
    asked = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State.choices(), default=State.DRAFT)
    payment = models.CharField(max_length=10, choices=Payment.choices(), blank=True)
    currency = currency_field()
    net = amount_field()
    tax = amount_field()
    total = amount_field()
    includes_tax = models.BooleanField(default=False)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, null=True, related_name="order")
    # What keeps it from going on, or why it was cancelled.
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    estimated_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True)
    placed_by = models.CharField(max_length=200, blank=True)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orders_order"
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="orders_order_once"),
            models.CheckConstraint(condition=Q(total=F("net") + F("tax")), name="orders_order_total"),
            models.CheckConstraint(
                condition=Q(state__in=_BEFORE) | (Q(placed_at__isnull=False) & ~Q(payment="")),
                name="orders_order_placed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_AGREED) | Q(accepted_at__isnull=False), name="orders_order_accepted"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.DONE, State.CANCELLED], ended_at__isnull=False)
                | (~Q(state__in=[State.DONE, State.CANCELLED]) & Q(ended_at__isnull=True)),
                name="orders_order_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state"],
                condition=Q(state__in=[State.ACCEPTED, State.PROVISIONING]),
                name="orders_order_under_way",
            )
        ]
        triggers = [
            no_delete("orders_order_no_delete"),
            frozen_columns("orders_order_frozen", "true", "customer_id", "key", "asked", "currency"),
            frozen_columns("orders_order_promised", "OLD.placed_at IS NOT NULL", "net", "tax", "total", "payment"),
            frozen_columns("orders_order_over", "OLD.ended_at IS NOT NULL", "state", "ended_at", "invoice_id"),
            frozen_columns("orders_order_invoiced", "OLD.invoice_id IS NOT NULL", "invoice_id"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Line(models.Model):
    """One plan of an order, once; what it costs at once, and what was made of it."""

    public_id = PublicIdField("orl")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    months = models.PositiveSmallIntegerField(default=1)
    alignment = models.CharField(max_length=10, choices=Subscription.Alignment.choices)
    code = models.CharField(max_length=60, blank=True)
    options = models.JSONField(default=dict)
    # What is due of it at once, as the estimate said it: [{"name", "net"}].
    due = models.JSONField(default=list)
    net = amount_field()
    subscription = models.OneToOneField(Subscription, on_delete=models.PROTECT, null=True, related_name="order_line")
    service = models.OneToOneField(Service, on_delete=models.PROTECT, null=True, related_name="order_line")

    class Meta:
        db_table = "orders_line"
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orders_line_position"),
            models.CheckConstraint(
                condition=Q(service__isnull=True) | Q(subscription__isnull=False), name="orders_line_made"
            ),
        ]
        triggers = [
            no_delete("orders_line_no_delete"),
            frozen_columns("orders_line_frozen", "true", "order_id", "position", "months", "options", "code"),
            frozen_columns(
                "orders_line_promised",
                "EXISTS (SELECT 1 FROM orders_order o WHERE o.id = OLD.order_id AND o.placed_at IS NOT NULL)",
                "version_id",
                "net",
                "due",
            ),
            frozen_columns("orders_line_subscribed", "OLD.subscription_id IS NOT NULL", "subscription_id"),
            frozen_columns("orders_line_served", "OLD.service_id IS NOT NULL", "service_id"),
        ]

    @property
    def key(self) -> str:
        """The key under which its subscription and its service are made, once."""
        return f"order:{self.public_id}"
