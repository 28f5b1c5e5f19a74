"""Price models, one a file: a module here that defines MODEL is a model, and nothing else needs to know it.

A model is a frozen value with the methods of `PriceModel`. It knows nothing of allowance, discounts, limits
or proration: those stand around it, in `tollbook.rating.modifiers`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Any, ClassVar, Self

from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say
from tollbook.rating.semantics import Semantics
from tollbook.rating.usage import Usage

Priced = tuple[tuple[Line, ...], Decimal]


class PriceModel(ABC):
    """Quantity to lines.

    name     its word in the stored price
    choices  names of the Semantics fields that change its result, to be shown on plan pages
    """

    __slots__ = ()

    name: ClassVar[str]
    choices: ClassVar[tuple[str, ...]] = ()

    @classmethod
    @abstractmethod
    def parse(cls, source: Fields) -> Self:
        """Read its own fields; problems are noted in `source`."""

    @abstractmethod
    def data(self) -> dict[str, Any]:
        """Its own fields as stored: `parse(data())` is equal to self."""

    @abstractmethod
    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """Lines and their exact sum for `quantity` (zero or more) of one whole period.

        A line whose amount had to be rounded says so in a fact named `rounded`.
        """

    def price_usage(self, quantity: Decimal, usage: Usage, semantics: Semantics) -> Priced:
        """The same where particulars of the quantity are known; most models need none."""
        return self.price(quantity, semantics)

    def matters(self) -> tuple[str, ...]:
        """Those of `choices` that matter to this price."""
        return self.choices

    @abstractmethod
    def words(self, say: Say) -> list[str]:
        """The price in plain English."""
