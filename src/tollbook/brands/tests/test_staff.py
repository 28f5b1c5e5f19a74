"""What staff read about brands."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tollbook.brands.models import TaxRate


@pytest.mark.parametrize(
    ("rounding", "words"),
    [("carried", "carried to the next line of its tax group"), ("each_line", "half up, by itself")],
)
def test_rounding_in_words(world: Any, portal: Any, rounding: Any, words: Any) -> None:
    world.rounds(rounding)
    assert words in portal().read(f"/staff/brands/{world.brand.public_id}/")


def test_identity_and_the_rate_of_today(world: Any, portal: Any) -> None:
    TaxRate.objects.create(country="IE", category="standard", valid_from=date(2027, 1, 1), percent=Decimal("24.5"))
    text = portal().read(f"/staff/brands/{world.brand.public_id}/")
    assert "Legal name Harbour Cloud Ltd" in text and "VAT id IE1234567FA" in text
    assert "The standard rate at home (IE) is 23 % now." in text
    assert "IE standard 24.5 1 Jan 2027" in text
