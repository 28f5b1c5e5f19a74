"""Values of features that differ from the default declared in code."""

from django.db import models

from tollbook.base.triggers import append_only


class FeatureValue(models.Model):
    """`key` has `value` in `scope` from `valid_from` on. A change is a new row; the history stays."""

    open_to_customers = True  # for `base.walls`

    class Scope(models.TextChoices):
        INSTALLATION = "installation", "whole installation"
        BRAND = "brand", "brand"
        GROUP = "group", "customer group"
        CUSTOMER = "customer", "customer"

    key = models.CharField(max_length=100)
    scope = models.CharField(max_length=20, choices=Scope.choices)
    # The public id of the brand, group or customer; empty for the installation.
    scope_id = models.CharField(max_length=40, blank=True)
    value = models.JSONField(null=True)
    valid_from = models.DateTimeField()
    set_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "features_value"
        indexes = [models.Index(fields=["key", "scope", "scope_id", "-valid_from"], name="features_value_latest")]
        triggers = [append_only("features_value_append_only")]
