"""Mails on their way, texts of brands, and what people want to be told."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tollbook.base.fields import PublicIdField
from tollbook.base.triggers import frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.mails.rules import SUBJECT_LIMIT, State
from tollbook.notifications.models import Fact


class Mail(models.Model):
    """A mail to one address about one fact. The table is the queue; what was not sent stays and says why."""

    public_id = PublicIdField("eml")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="mails")
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="+")
    # Null: the billing address.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    address = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=12)
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in State], default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    # Why it is not sent, or what the server said last.
    note = models.CharField(max_length=300, blank=True)
    # What was sent.
    subject = models.CharField(max_length=SUBJECT_LIMIT, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "mails_mail"
        constraints = [
            models.UniqueConstraint(fields=["fact", "address"], name="mails_mail_once"),
            models.CheckConstraint(
                condition=Q(state="sending", leased_until__isnull=False)
                | (~Q(state="sending") & Q(leased_until__isnull=True)),
                name="mails_mail_leased",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["waiting", "sending"]), name="mails_mail_due"),
            models.Index(fields=["customer", "-id"], name="mails_mail_customer"),
        ]
        triggers = [
            no_delete("mails_mail_no_delete"),
            frozen_columns("mails_mail_frozen", "true", "public_id", "brand_id", "customer_id", "fact_id", "address"),
            frozen_columns("mails_mail_sent", "OLD.state = 'sent'", "state", "subject", "body", "ended_at", "attempts"),
        ]


class BrandText(models.Model):
    """A brand's own text for a kind of mail in a language."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="mail_texts")
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=SUBJECT_LIMIT)
    body = models.TextField()
    button = models.CharField(max_length=60, blank=True)

    class Meta:
        db_table = "mails_brand_text"
        constraints = [models.UniqueConstraint(fields=["brand", "kind", "language"], name="mails_brand_text_once")]


class Declined(models.Model):
    """That a person does not want mails of a kind."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="declined_mails")
    kind = models.CharField(max_length=40)

    class Meta:
        db_table = "mails_declined"
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="mails_declined_once")]
