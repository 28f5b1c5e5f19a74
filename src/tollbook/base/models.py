"""Tables of the installation itself."""

from django.db import models


class VirtualClock(models.Model):
    """One row at most: the instant that `base.clock.now()` answers in test mode."""

    open_to_customers = True  # for `base.walls`

    at = models.DateTimeField()

    class Meta:
        db_table = "base_virtual_clock"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="base_virtual_clock_one_row")]


class ScheduledRun(models.Model):
    """When an entry of some `schedule.py` last fell due and was run."""

    name = models.CharField(max_length=120, primary_key=True)
    last_due = models.DateTimeField(null=True)

    class Meta:
        db_table = "base_scheduled_run"
