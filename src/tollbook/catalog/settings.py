"""Features of the catalogue: how far a version for everybody may differ from what was charged."""

from decimal import Decimal

from tollbook.features.registry import Feature, Level, exact

MAX_VARIANCE = "catalog.max_variance_percent"
MAX_RAISE = "catalog.max_raise_percent"
#: The value that sets no limit.
NO_LIMIT = Decimal(-1)

FEATURES = [
    Feature(
        MAX_VARIANCE,
        exact(negative=True),
        default=NO_LIMIT,
        title="Limit of a new version: revenue",
        help="By how many percent a plan's revenue of the last full month may differ under a version for everybody, "
        "either way. Above that, or before it was simulated, the version counts for nobody who has an older one, until "
        "somebody overrides it with a reason. -1: no limit.",
        levels=(Level.INSTALLATION, Level.BRAND),
    ),
    Feature(
        MAX_RAISE,
        exact(negative=True),
        default=NO_LIMIT,
        title="Limit of a new version: one customer",
        help="By how many percent the invoice of a single customer may rise under a version for everybody, as "
        "simulated over the last full month. -1: no limit.",
        levels=(Level.INSTALLATION, Level.BRAND),
    ),
]
