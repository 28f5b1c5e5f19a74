"""Features of exchange."""

from decimal import Decimal

from tollbook.features.registry import Feature, Level, exact

MARKUP = "exchange.markup_percent"

FEATURES = [
    Feature(
        MARKUP,
        exact(),
        default=Decimal(0),
        title="Markup on exchange rates",
        help="Percentage added where an amount is converted to be sold; tax is always converted without.",
        levels=(Level.INSTALLATION, Level.BRAND),
    )
]
