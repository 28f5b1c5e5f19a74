"""Answers kept under their Idempotency-Key, and the counts of the rate limits."""

import pgtrigger
from django.db import models


class KeptAnswer(models.Model):
    """What a principal's request with this Idempotency-Key was answered; written in the transaction of its effect."""

    principal = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    # SHA-256 over method, address and body: the same key with another request is a conflict.
    request_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=100)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "api_kept_answer"
        constraints = [models.UniqueConstraint(fields=["principal", "key"], name="api_kept_answer_once")]
        # Old ones are dropped, none is ever changed.
        triggers = [pgtrigger.Protect(name="api_kept_answer_frozen", operation=pgtrigger.Update)]


class RateWindow(models.Model):
    """Requests of one source in the current minute. An unlogged table: a crash may forget it, and it costs no log."""

    source = models.CharField(max_length=80, primary_key=True)
    minute = models.DateTimeField()
    hits = models.PositiveIntegerField()

    class Meta:
        db_table = "api_rate_window"
