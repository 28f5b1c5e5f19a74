"""What amounts without a stated currency are taken to be in."""

from decimal import Decimal

from tollbook.kernel.money import Rounding
from tollbook.tax import Code, Treatment

# "One unspecified currency" of two places.
SOME_CURRENCY = "EUR"
# Amounts that count minor units are whole numbers, as in a currency without decimals.
MINOR_UNITS = "JPY"
CENTS = 2
WHOLE = 0
# The rounding of Lago's metrics, by its names.
METRIC_ROUNDING = {"round": Rounding.HALF_UP, "ceil": Rounding.CEIL, "floor": Rounding.FLOOR}
# The rounding of CGRateS, by its names.
CALL_ROUNDING = {"up": Rounding.CEIL, "middle": Rounding.HALF_UP, "down": Rounding.FLOOR}


def taxed(percent: Decimal) -> Treatment:
    """The treatment of a line that bears a tax of `percent`."""
    return Treatment(Code.STANDARD, percent, "")
