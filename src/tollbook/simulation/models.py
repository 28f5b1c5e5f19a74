"""Simulations: what was asked, what came out for each customer, and overrides of the limit. All of it appended."""

from django.db import models

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import append_only
from tollbook.catalog.models import Plan, PlanVersion
from tollbook.customers.models import Customer


class Simulation(models.Model):
    """A past period of a plan's customers, replayed under other prices: a published version, or a draft's prices."""

    public_id = PublicIdField("sim")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="simulations")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="simulations")
    # Without a version: the draft as it was given, {"currency": "EUR", "prices": [...]}.
    draft = models.JSONField(null=True)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    # How many customers there were to look at when it was asked for, to tell how far it is.
    customers = models.PositiveIntegerField()
    actor = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "simulation_simulation"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(period_end__gt=models.F("period_start")), name="simulation_simulation_period"
            ),
            models.CheckConstraint(
                condition=models.Q(version__isnull=True) ^ models.Q(draft__isnull=True),
                name="simulation_simulation_prices",
            ),
        ]
        triggers = [append_only("simulation_simulation_append_only")]

    def __str__(self) -> str:
        return f"{self.plan}, {self.version or 'draft'}"


class Outcome(models.Model):
    """What a simulation found for a customer in a currency: the invoice as charged and under the other prices."""

    wall = "false"  # what it costs us is nothing for customers

    simulation = models.ForeignKey(Simulation, on_delete=models.PROTECT, related_name="outcomes")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    currency = currency_field()
    old_net = amount_field()
    old_tax = amount_field()
    old_total = amount_field()
    new_net = amount_field()
    new_tax = amount_field()
    new_total = amount_field()
    difference = amount_field()
    plan_net = amount_field()
    # Upstream; unknown where no price and no purchase says it.
    old_cost = models.DecimalField(max_digits=44, decimal_places=20, null=True)
    new_cost = models.DecimalField(max_digits=44, decimal_places=20, null=True)
    open_periods = models.PositiveIntegerField()

    class Meta:
        db_table = "simulation_outcome"
        constraints = [
            models.UniqueConstraint(fields=["simulation", "customer", "currency"], name="simulation_outcome_once"),
            models.CheckConstraint(
                condition=models.Q(difference=models.F("new_net") - models.F("old_net")),
                name="simulation_outcome_difference",
            ),
        ]
        triggers = [append_only("simulation_outcome_append_only")]


class Summary(models.Model):
    """A simulation that is done: `rules.Totals.data()` for each currency."""

    simulation = models.OneToOneField(Simulation, on_delete=models.PROTECT, primary_key=True, related_name="summary")
    totals = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "simulation_summary"
        triggers = [append_only("simulation_summary_append_only")]


class Override(models.Model):
    """Somebody's word that a version may count for everybody although it differs by more than the limit."""

    version = models.OneToOneField(PlanVersion, on_delete=models.PROTECT, primary_key=True, related_name="override")
    reason = models.CharField(max_length=200)
    actor = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "simulation_override"
        triggers = [append_only("simulation_override_append_only")]
