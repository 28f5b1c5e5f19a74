"""Columns that mean the same thing in every table."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tollbook.kernel.ids import new_id
from tollbook.kernel.money import POSTING_PLACES


class PublicIdField(models.CharField):  # type: ignore[type-arg]  # Django's classes take no arguments at run time
    """The random, prefixed id by which the outside knows a row (`inv_...`); made when the row is first saved."""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(**{"max_length": 40, "unique": True, "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, [self.prefix, *args], kwargs

    def get_default(self) -> str:
        return new_id(self.prefix)

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """`varchar`, spelled so that Django makes no second index for LIKE, which nobody asks of a random id."""
        return f"character varying({self.max_length})"


def amount_field(**kwargs: Any) -> "models.DecimalField[Decimal, Decimal]":
    """An amount as the ledger stores it: NUMERIC(28,10)."""
    return models.DecimalField(max_digits=28, decimal_places=POSTING_PLACES, **kwargs)


def exact_field(**kwargs: Any) -> "models.DecimalField[Decimal, Decimal]":
    """An amount before the one rounding of an invoice line: NUMERIC(44,20)."""
    return models.DecimalField(max_digits=44, decimal_places=20, **kwargs)


def quantity_field(**kwargs: Any) -> "models.DecimalField[Decimal, Decimal]":
    """A quantity or a unit price: NUMERIC(28,12)."""
    return models.DecimalField(max_digits=28, decimal_places=12, **kwargs)


def currency_field(**kwargs: Any) -> "models.CharField[str, str]":
    """An ISO 4217 code."""
    return models.CharField(max_length=3, **kwargs)
