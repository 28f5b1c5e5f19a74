"""Double entry, kept by the database: accounts, transactions, postings and seals."""

import pgtrigger
from django.db import models

from tollbook.base.fields import PublicIdField, amount_field, currency_field
from tollbook.base.triggers import WRITTEN, append_only, frozen_columns, no_delete
from tollbook.brands.models import Brand
from tollbook.ledger.rules import AccountKind

# The rows of the statement, as its trigger sees them.


class Account(models.Model):
    """A place where money is: per brand and currency, and per customer, wallet, product, rate or supplier."""

    public_id = PublicIdField("acc")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    kind = models.CharField(max_length=20, choices=AccountKind.choices())
    currency = currency_field()
    # Whose account: the public id of a customer, wallet or product, the percent of a rate, a supplier's code,
    # or empty.
    owner = models.CharField(max_length=80, blank=True)
    customer_id = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        db_table = "ledger_account"
        constraints = [
            models.UniqueConstraint(fields=["brand", "kind", "currency", "owner"], name="ledger_account_once"),
        ]
        triggers = [append_only("ledger_account_append_only")]


class Seal(models.Model):
    """A link of the hash chain: the transactions sealed together, and the digest over them and the link
    before.
    """

    number = models.BigIntegerField(primary_key=True)
    transactions = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_seal"
        triggers = [append_only("ledger_seal_append_only")]


class Transaction(models.Model):
    """A balanced movement of money with one cause; `(source_type, source_id, kind)` names the cause and is
    unique.
    """

    public_id = PublicIdField("txn")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, db_index=False)
    source_type = models.CharField(max_length=40)
    source_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    booked_on = models.DateField()
    created_at = models.DateTimeField()
    reverses = models.ForeignKey("self", on_delete=models.PROTECT, null=True, db_index=False)
    memo = models.CharField(max_length=300, blank=True)
    # Whom it concerns: margin by customer is a sum over this column.
    customer_id = models.BigIntegerField(null=True, db_index=True)
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, null=True, db_index=False)

    class Meta:
        db_table = "ledger_transaction"
        constraints = [
            models.UniqueConstraint(fields=["source_type", "source_id", "kind"], name="ledger_transaction_cause_once"),
        ]
        indexes = [
            models.Index(fields=["id"], name="ledger_transaction_unsealed", condition=models.Q(seal__isnull=True)),
            models.Index(fields=["seal"], name="ledger_transaction_seal", condition=models.Q(seal__isnull=False)),
            models.Index(
                fields=["reverses"], name="ledger_transaction_reverses", condition=models.Q(reverses__isnull=False)
            ),
        ]
        triggers = [
            no_delete("ledger_transaction_no_delete"),
            frozen_columns(
                "ledger_transaction_frozen",
                "true",
                "id",
                "public_id",
                "brand_id",
                "source_type",
                "source_id",
                "kind",
                "booked_on",
                "created_at",
                "reverses_id",
                "memo",
                "customer_id",
            ),
            frozen_columns("ledger_transaction_sealed", "OLD.seal_id IS NOT NULL", "seal_id"),
            # Deferred: a transaction may be written before its postings, but it cannot commit without at
            # least two, nor unbalanced.
            pgtrigger.Trigger(
                name="ledger_transaction_complete",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func="""
                    IF (SELECT count(*) FROM ledger_posting WHERE transaction_id = NEW.id) < 2 THEN
                        RAISE EXCEPTION 'ledger_incomplete: transaction % has fewer than two postings', NEW.id
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]


class Posting(models.Model):
    """One signed amount on one account: positive is debit, negative is credit."""

    # A trigger below, which looks at both anyway, refuses a posting without them: once for a statement, not for a row.
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="postings", db_constraint=False)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="postings", db_index=False, db_constraint=False
    )
    amount = amount_field()
    currency = currency_field()

    class Meta:
        db_table = "ledger_posting"
        constraints = [models.CheckConstraint(condition=~models.Q(amount=0), name="ledger_posting_not_zero")]
        indexes = [models.Index(fields=["account", "id"], name="ledger_posting_account")]
        triggers = [
            append_only("ledger_posting_append_only"),
            # The set-based half of the zero-sum rule: the rows of one statement balance for each transaction,
            # so a later statement can never tip a balanced one.
            pgtrigger.Trigger(
                name="ledger_posting_balanced",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=WRITTEN,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM written p GROUP BY p.transaction_id, p.currency HAVING sum(p.amount) <> 0
                    ) THEN
                        RAISE EXCEPTION 'ledger_unbalanced: postings of a transaction must sum to zero per currency'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    IF EXISTS (
                        SELECT 1 FROM written p WHERE p.currency IS DISTINCT FROM
                            (SELECT a.currency FROM ledger_account a WHERE a.id = p.account_id)
                    ) THEN
                        RAISE EXCEPTION 'ledger_currency: a posting has an account, and its currency'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    IF EXISTS (
                        SELECT 1 FROM written p WHERE
                            (SELECT t.seal_id IS NULL FROM ledger_transaction t WHERE t.id = p.transaction_id)
                            IS NOT TRUE
                    ) THEN
                        RAISE EXCEPTION 'ledger_sealed: a posting has a transaction, which is not sealed'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]


class Checkpoint(models.Model):
    """The balance of an account over all sealed transactions up to a seal; can be rebuilt from postings at
    any time.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT)
    balance = amount_field()

    class Meta:
        db_table = "ledger_checkpoint"
        constraints = [models.UniqueConstraint(fields=["account", "seal"], name="ledger_checkpoint_once")]
