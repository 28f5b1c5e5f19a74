"""Features of promotions."""

from tollbook.features.registry import Feature, Level, words

CODE_PREFIX = "promotions.code_prefix"

FEATURES = [
    Feature(
        CODE_PREFIX,
        words("[A-Z0-9-]{0,12}", "at most 12 letters, digits and hyphens", upper=True),
        default="",
        title="Promo code prefix",
        help="Stands in front of the code of every promotion that is made from then on; codes that exist stay.",
        levels=(Level.INSTALLATION, Level.BRAND),
        area="billing",
        order=20,
    )
]
