"""Features of promotions."""

from tollbook.features.registry import Feature, Level, pattern

CODE_PREFIX = "promotions.code_prefix"

FEATURES = [
    Feature(
        CODE_PREFIX,
        pattern(r"[A-Z0-9-]{0,12}", "at most 12 capital letters, digits and -"),
        default="",
        title="Prefix of promotion codes",
        help="Stands in front of the code of every promotion that is made from then on; codes that exist stay.",
        levels=(Level.INSTALLATION, Level.BRAND),
    )
]
