"""Package: units are sold in packages of a size.

Lago, OpenMeter and Meteroid bill a started package whole (`up`); Flexprice can also bill full packages only
(`down`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Self

from tollbook.kernel.money import EXACT, WIDE, plain
from tollbook.kernel.words import said
from tollbook.rating.fields import Fields
from tollbook.rating.lines import Line, Say, sentence
from tollbook.rating.price_models import Priced, PriceModel
from tollbook.rating.semantics import Semantics


class Partial(StrEnum):
    """What a started package counts: one, or nothing."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Package(PriceModel):
    """`package_price` for `package_size` units."""

    name: ClassVar[str] = "package"
    package_size: Decimal
    package_price: Decimal
    partial: Partial = Partial.UP

    @classmethod
    def parse(cls, source: Fields) -> Self:
        """Fields: package_size, package_price, partial (up or down)."""
        size = source.positive("package_size")
        return cls(size, source.decimal("package_price"), source.choice("partial", Partial, Partial.UP))

    def data(self) -> dict[str, Any]:
        """As stored."""
        return {
            "package_size": plain(self.package_size),
            "package_price": plain(self.package_price),
            "partial": str(self.partial),
        }

    def price(self, quantity: Decimal, semantics: Semantics) -> Priced:
        """One line: packages times price."""
        packages, rest = WIDE.divmod(quantity, self.package_size)
        if rest and self.partial is Partial.UP:
            packages = EXACT.add(packages, Decimal(1))
        amount = EXACT.multiply(packages, self.package_price)
        facts = (("packages", packages), ("package_size", self.package_size))
        return (Line("package", quantity, self.package_price, amount, facts),), amount

    def words(self, say: Say) -> list[str]:
        """The package, and what a started one costs."""
        started = said("is due whole") if self.partial is Partial.UP else said("is free")
        size, price = say.quantity(plain(self.package_size)), say.money(plain(self.package_price))
        return [
            said(
                "{price} for each package of {size}. A started package {started}.",
                price=price,
                size=size,
                started=started,
            )
        ]


@sentence("package")
def _package(line: Mapping[str, str], say: Say) -> str:
    size = say.number(line["package_size"])
    count = (
        said("1 package")
        if line["packages"] == "1"
        else said("{packages} packages", packages=say.number(line["packages"]))
    )
    price, amount = say.money(line["unit_price"]), say.money(line["amount"])
    return said(
        "{quantity} in {count} of {size}: {packages} × {price} = {amount}",
        quantity=say.quantity(line["quantity"]),
        count=count,
        size=size,
        packages=line["packages"],
        price=price,
        amount=amount,
    )


MODEL = Package
