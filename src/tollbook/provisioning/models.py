"""Things that run for customers in other systems: connections, services, why they are stopped, and every operation."""

from collections.abc import Mapping

from django.db import models
from django.db.models import Q

from tollbook.base.fields import PublicIdField
from tollbook.base.triggers import append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.catalog.models import Plan
from tollbook.customers.models import Customer
from tollbook.kernel.errors import Refused, shown
from tollbook.kernel.text import clean_text
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.connectors.written import spec_from
from tollbook.provisioning.rules import CALLED, OPEN, Progress, Reason, State, Verb
from tollbook.subscriptions.models import Subscription

OPTION_LIMIT = 500
_ENDED = [Progress.DONE, Progress.FAILED, Progress.CANCELLED]


class Connection(models.Model):
    """A connector of a brand with its settings, sealed: "the cluster in Galway"."""

    open_to_customers = True  # for `base.walls`; its settings are sealed

    public_id = PublicIdField("con")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="connections")
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    settings = models.BinaryField()  # sealed JSON
    created_at = models.DateTimeField()
    # Retired: nothing new is provisioned through it; what it has made goes on.
    retired_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    test_failed = models.BooleanField(default=False)
    test_note = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "provisioning_connection"
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="provisioning_connection_once")]
        triggers = [
            no_delete("provisioning_connection_no_delete"),
            frozen_columns("provisioning_connection_frozen", "true", "brand_id", "kind"),
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """What a plan delivers: which thing, through which connection. A plan without one is an agreement only."""

    open_to_customers = True  # for `base.walls`

    public_id = PublicIdField("dlv")
    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="delivery")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=60)
    properties = models.JSONField(default=dict)
    # Properties that are text and that whoever orders it fills in ("hostname"); all of them.
    asks = models.JSONField(default=list)
    # Whether customers may stop and resume it by themselves.
    customer_stops = models.BooleanField(default=False)

    class Meta:
        db_table = "provisioning_delivery"

    @property
    def spec(self) -> Spec:
        """What is made, without what is asked for."""
        return spec_from(self.kind, self.properties)

    def spec_with(self, options: Mapping[str, str]) -> Spec:
        """What is made for who fills in `options`. Refused "options_wrong" unless they are those it asks for, each at
        most 500 characters.
        """
        if sorted(options) != sorted(self.asks):
            wanted = ", ".join(self.asks) or "none"
            given = ", ".join(sorted(options)) or "none"
            raise Refused("options_wrong", f"options: give {wanted}, not {given}", param="options", value=shown(given))
        told = {name: clean_text(value, f"options.{name}", OPTION_LIMIT) for name, value in options.items()}
        return spec_from(self.kind, {**self.properties, **told})


class Service(models.Model):
    """The provisioned thing of a subscription. `state` is what is confirmed; what it is to be follows from its stops
    and from `ending_at`.
    """

    public_id = PublicIdField("svc")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="services")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="services")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="services")
    key = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=60)
    properties = models.JSONField(default=dict)
    ref = models.CharField(max_length=200, blank=True)
    secrets = models.BinaryField(null=True)  # sealed JSON, for the customer
    customer_stops = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices(), default=State.PENDING)
    # False once an operation was given up that may have acted: then the state is confirmed anew.
    sure = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    # From when on it is to be no more, and why.
    ending_at = models.DateTimeField(null=True)
    ending_reason = models.CharField(max_length=8, choices=Reason.choices(), blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "provisioning_service"
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="provisioning_service_once"),
            models.UniqueConstraint(
                fields=["connection", "ref"], condition=~Q(ref=""), name="provisioning_service_one_ref"
            ),
            models.CheckConstraint(
                condition=Q(state=State.TERMINATED, ended_at__isnull=False, ending_at__isnull=False)
                | (~Q(state=State.TERMINATED) & Q(ended_at__isnull=True)),
                name="provisioning_service_end",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.ACTIVE, State.SUSPENDED]) | ~Q(ref=""), name="provisioning_service_ref"
            ),
        ]
        indexes = [models.Index(fields=["state"], name="provisioning_service_state")]
        triggers = [
            no_delete("provisioning_service_no_delete"),
            frozen_columns(
                "provisioning_service_frozen", "true", "customer_id", "subscription_id", "connection_id", "key"
            ),
            frozen_columns("provisioning_service_over", "OLD.state = 'terminated'", "state", "ended_at", "ref"),
            frozen_columns("provisioning_service_named", "OLD.ref <> ''", "ref"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def spec(self) -> Spec:
        """What it is."""
        return spec_from(self.kind, self.properties)


class Stop(models.Model):
    """A reason for which a service is stopped, until it is lifted: each reason once at a time."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="stops")
    reason = models.CharField(max_length=8, choices=Reason.choices())
    note = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "provisioning_stop"
        constraints = [
            models.UniqueConstraint(
                fields=["service", "reason"], condition=Q(lifted_at__isnull=True), name="provisioning_stop_once"
            )
        ]
        triggers = [
            no_delete("provisioning_stop_no_delete"),
            frozen_columns(
                "provisioning_stop_frozen", "OLD.lifted_at IS NOT NULL", "service_id", "reason", "since", "lifted_at"
            ),
        ]


class Operation(models.Model):
    """Something that a connector is to do to a service: written down before it is called, and what became of it.

    Operations of a service are done in the order of their numbers. `public_id` is the key by which the connector knows
    the intent.
    """

    public_id = PublicIdField("opn")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="operations")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=160)
    verb = models.CharField(max_length=9, choices=Verb.choices())
    # What a provision or change is to make of it.
    kind = models.CharField(max_length=60, blank=True)
    properties = models.JSONField(default=dict)
    progress = models.CharField(max_length=9, choices=Progress.choices(), default=Progress.WAITING)
    # Calls in all (the latest one's number), and fruitless ones since people last told it to try.
    calls = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    # When it is tried or asked about next, and since when people have to look.
    next_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "provisioning_operation"
        constraints = [
            models.UniqueConstraint(fields=["service", "number"], name="provisioning_operation_number"),
            models.UniqueConstraint(fields=["service", "key"], name="provisioning_operation_once"),
            # A service is made once: another try needs that the first has failed for good.
            models.UniqueConstraint(
                fields=["service"],
                condition=Q(verb=Verb.PROVISION) & ~Q(progress__in=[Progress.FAILED, Progress.CANCELLED]),
                name="provisioning_operation_made_once",
            ),
            models.UniqueConstraint(
                fields=["service"], condition=Q(progress=Progress.SENT), name="provisioning_operation_one_call"
            ),
            # None is forgotten: what is open is tried again by itself or waits for people.
            models.CheckConstraint(
                condition=Q(progress__in=OPEN, ended_at__isnull=True)
                & (Q(next_at__isnull=False) | Q(queued_at__isnull=False))
                | Q(progress__in=_ENDED, ended_at__isnull=False, next_at__isnull=True, queued_at__isnull=True),
                name="provisioning_operation_open",
            ),
            models.CheckConstraint(
                condition=~Q(progress__in=CALLED) | Q(calls__gte=1, sent_at__isnull=False),
                name="provisioning_operation_called",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="provisioning_operation_next"),
            models.Index(
                fields=["queued_at"], condition=Q(queued_at__isnull=False), name="provisioning_operation_queue"
            ),
        ]
        triggers = [
            no_delete("provisioning_operation_no_delete"),
            frozen_columns(
                "provisioning_operation_frozen", "true", "service_id", "number", "key", "verb", "kind", "properties"
            ),
            frozen_columns(
                "provisioning_operation_ended", "OLD.ended_at IS NOT NULL", "progress", "ended_at", "calls", "next_at"
            ),
        ]

    @property
    def spec(self) -> Spec | None:
        """What it is to make; None where it makes nothing."""
        return spec_from(self.kind, self.properties) if self.kind else None


class Call(models.Model):
    """One call of a connector about an operation, and what came of it."""

    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="told")
    number = models.PositiveIntegerField()
    asked = models.BooleanField()  # only asked about, not sent
    at = models.DateTimeField()
    event = models.CharField(max_length=8)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "provisioning_call"
        constraints = [models.UniqueConstraint(fields=["operation", "number"], name="provisioning_call_once")]
        triggers = [append_only("provisioning_call_append_only")]
