"""docs/pricing.md is run: every example, the table of semantics and the table of presets."""

import json
import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tollbook.kernel.money import plain
from tollbook.rating import PRESETS, Semantics, Terms, Usage, known_models, price_words, rate, words
from tollbook.rating.lines import Say

PAGE = (Path(__file__).parents[4] / "docs" / "pricing.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```json\n(.*?)\n```\n\n```text\n(.*?)\n```$", PAGE, re.DOTALL | re.MULTILINE)
# Sentences about semantics that every plan page ends with: the page has them in its table instead.
IN_THE_TABLE = 6
_VALUES: dict[str, Any] = {
    "values": lambda found: tuple(map(Decimal, found)),
    "running": lambda found: tuple(map(Decimal, found)),
    "changes": lambda found: tuple((Decimal(change), Decimal(weight)) for change, weight in found),
    "whole": Decimal,
    "peaks": lambda found: {unit: Decimal(peak) for unit, peak in found.items()},
    "parts": lambda found: {value: Decimal(part) for value, part in found.items()},
    "start": datetime.fromisoformat,
    "end": datetime.fromisoformat,
}


def told(example: dict[str, Any]) -> str:
    """What an example says: the plan page, the arithmetic, the amount."""
    terms, unit = Terms.parse(example.pop("price")), example.pop("unit", "")
    usage = {name: _VALUES[name](value) for name, value in example.pop("usage", {}).items()}
    rated = rate(
        terms,
        Decimal(example.pop("quantity")),
        share=Fraction(example.pop("share", 1)),
        before=Decimal(example.pop("before", 0)),
        usage=Usage(**usage) if usage else None,
    )
    assert not example, f"the page knows fields that the test does not: {sorted(example)}"
    steps = [words(line.data(), "EUR", unit) for line in rated.lines]
    amount = f"Amount: {Say('EUR', unit).money(plain(rated.amount))}"
    return "\n".join([*price_words(terms, "EUR", unit)[:-IN_THE_TABLE], "", *steps, amount])


@pytest.mark.parametrize(("given", "text"), EXAMPLES, ids=lambda part: part[:60].replace("\n", " "))
def test_an_example_says_what_the_page_says(given: str, text: str) -> None:
    assert told(json.loads(given)) == text


def test_every_model_and_modifier_has_an_example() -> None:
    prices = [json.loads(given)["price"] for given, _ in EXAMPLES]
    assert {price["model"] for price in prices} == set(known_models())
    assert {"allowance", "minimum", "maximum", "discount_percent", "discounts"} <= {name for p in prices for name in p}


def test_every_choice_is_in_the_table_in_the_words_of_the_plan_page() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)`( \(default\))? \| (.*) \|$", PAGE, re.MULTILINE)
    default = Semantics().data()
    expected = []
    for name, kind in _CHOICES.items():
        for value in kind:
            given = {"true": True, "false": False}.get(value, value)
            sentence = Terms.parse({"model": "flat", "amount": "1", "semantics": {name: given}}).semantics.words(
                (name,)
            )[0]
            expected.append((name, value, " (default)" if default[name] == given else "", sentence))
    assert rows == expected


_CHOICES: dict[str, list[str]] = {
    name: [str(choice) for choice in type(value)] if not isinstance(value, bool) else ["true", "false"]
    for name, value in ((field, getattr(Semantics(), field)) for field in Semantics().data())
}


def test_the_presets_are_those_of_the_table() -> None:
    head, _, *rows = re.findall(r"^\|.*\|$", PAGE.split("## Presets")[1], re.MULTILINE)
    names = [cell.strip(" `") for cell in head.strip("|").split("|")][1:]
    assert names == list(PRESETS)
    for row in rows:
        field, *values = (cell.strip(" `") for cell in row.strip("|").split("|"))
        assert values == [str(PRESETS[name].data()[field]).lower() for name in names]
    assert len(rows) == len(Semantics().data())
