"""Features of the API."""

from tollbook.features.registry import Feature, Level, whole

REQUESTS_PER_MINUTE = "api.requests_per_minute"

FEATURES = [
    Feature(
        REQUESTS_PER_MINUTE,
        whole(1, 1_000_000),
        default=6_000,
        title="API requests a minute",
        help="How many requests a customer, or a member of staff, may send in a minute, over all of their keys.",
        levels=(Level.INSTALLATION,),
    )
]
