"""The fields of a price as a form: for each price model what it asks for, from what is stored and back again.

A model whose fields lie within each other (capacity, by, timed) is written as JSON. Pure: texts in, data for
`rating.Terms.parse` out, which says what is wrong.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tollbook.kernel.errors import Refused
from tollbook.rating import PRESETS, Semantics, known_models

#: Empty rows below the tiers that are there.
SPARE_ROWS = 3
JSON_FIELD = "json"
OWN = "own"
#: What stands around every model.
AROUND = ("allowance", "limit", "minimum", "maximum", "discount_percent")


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a price: its name in the terms, its label, what can be chosen, and a word of help."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a model asks for: single fields, and rows of a list called `rows`; `raw` models are written as JSON."""

    title: str
    inputs: tuple[Input, ...] = ()
    rows: str = ""
    columns: tuple[Input, ...] = ()
    raw: bool = False


_UPTO = Input("upto", "Up to")
_FLAT = Input("flat", "Fee of the tier")
_TIERS = (_UPTO, Input("unit", "Price of one"), _FLAT)
_RATES = (_UPTO, Input("rate_percent", "Percent"), _FLAT)
SHAPES = {
    "flat": Shape("Flat fee", (Input("amount", "Amount for a period"),)),
    "unit": Shape("By the unit", (Input("unit_price", "Price of one"),)),
    "graduated": Shape("Graduated: each tier prices the units inside it", rows="tiers", columns=_TIERS),
    "volume": Shape("Volume: the tier reached prices every unit", rows="tiers", columns=_TIERS),
    "stairstep": Shape("Stair-step: the tier reached has one price", rows="tiers", columns=(_UPTO, _FLAT)),
    "per_reading": Shape("Each reading alone, at its tier", rows="tiers", columns=_TIERS),
    "graduated_events": Shape("Graduated with time", rows="tiers", columns=_TIERS),
    "graduated_percentage": Shape("Graduated percentage of money", rows="tiers", columns=_RATES),
    "package": Shape(
        "Packages",
        (
            Input("package_size", "Units in a package"),
            Input("package_price", "Price of a package"),
            Input("partial", "A package that is begun", (("up", "is due whole"), ("down", "is not due"))),
        ),
    ),
    "blocks": Shape(
        "Blocks of growing size",
        (
            Input(
                "policy",
                "Which tiers count",
                (("all_tiers", "each one for what it holds"), ("top_tier", "the one reached, for everything")),
            ),
        ),
        "tiers",
        (Input("block_size", "Units in a block"), Input("max_blocks", "Blocks at most"), Input("block_price", "Price")),
    ),
    "threshold": Shape(
        "By the unit, cheaper from a quantity on",
        (Input("unit_price", "Price of one"),),
        "thresholds",
        (Input("at_least", "From"), Input("percent_off", "Percent off")),
    ),
    "percentage": Shape(
        "Percentage of money",
        (
            Input("rate_percent", "Percent"),
            Input("basis", "Counted", (("aggregate", "on the sum"), ("transaction", "on each transaction"))),
            Input("fixed_per_event", "Fee for each transaction"),
            Input("free_events", "Free transactions"),
            Input("free_amount", "Free amount"),
            Input("min_per_transaction", "At least for a transaction"),
            Input("max_per_transaction", "At most for a transaction"),
        ),
    ),
    "capacity": Shape("Capacity: the first tier that holds every peak", raw=True),
    "by": Shape("By a dimension, such as a region or a dialled number", raw=True),
    "timed": Shape("Calls by weekday and time of day", raw=True),
}
PRESET_CHOICES = (
    (OWN, "as chosen below"),
    *((name, f"as {title}") for name, title in (
        ("lago", "Lago"), ("killbill", "Kill Bill"), ("openmeter", "OpenMeter"), ("flexprice", "Flexprice"),
        ("meteroid", "Meteroid"), ("hostbill", "HostBill"), ("whmcs", "WHMCS"),
    )),
)  # fmt: skip
#: Semantics that a form asks for; `flat_at_zero` is true or false.
CHOICES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "border": (
        "Quantity exactly on a border",
        (("inclusive_top", "belongs to the lower tier"), ("lower_bound", "belongs to the higher tier")),
    ),
    "flat_at_zero": ("Fee of the first tier without use", (("true", "is due"), ("false", "is not due"))),
    "rounding": (
        "Rounding of an invoice line",
        (
            ("half_up", "half up"),
            ("half_even", "half to even"),
            ("up", "away from zero"),
            ("down", "towards zero"),
            ("ceil", "upwards"),
            ("floor", "downwards"),
        ),
    ),
    "proration": (
        "A part of a period is counted",
        (
            ("days", "in days of that period"),
            ("days_30", "in days of a month of 30"),
            ("seconds", "in seconds"),
            ("none", "not at all: it is due whole"),
        ),
    ),
    "prorate": (
        "A part of a period scales",
        (("price", "the price"), ("limits", "allowance, minimum and maximum"), ("none", "nothing")),
    ),
    "unused": (
        "Time paid and not used",
        (("credit", "is credited"), ("on_change", "is credited on a change of plan only"), ("keep", "is kept")),
    ),
    "period_end": (
        "End of a period is shown",
        (("half_open", "as the next one's beginning"), ("inclusive_day", "as its last day")),
    ),
    "credit_order": (
        "Credit is used",
        (
            ("priority_expiry_age", "by priority, expiry, age"),
            ("priority_age", "by priority, age"),
            ("age", "the oldest first"),
        ),
    ),
}


def model_choices(*, metered: bool) -> list[tuple[str, str]]:
    """The price models that a form offers: a fee has a flat amount, use any."""
    names = [name for name in SHAPES if name in known_models()]
    return [(name, SHAPES[name].title) for name in names if metered or name == "flat"]


def read_terms(post: Mapping[str, str], columns: Mapping[str, list[str]]) -> dict[str, Any]:
    """What was posted as terms, for `rating.Terms.parse`: empty fields are left out, rows that are empty as well.

    `columns` has the values of each column of the rows. Refused "unknown_choice" for a model that no form has,
    "not_json" for what a nested model says.
    """
    model = post.get("model", "").strip()
    shape = SHAPES.get(model)
    if shape is None:
        raise Refused("unknown_choice", f"model {model[:40]!r}: give one of {', '.join(SHAPES)}", param="model")
    terms: dict[str, Any] = {"model": model}
    if shape.raw:
        terms.update(_read_json(post.get(JSON_FIELD, "")))
    names = (*(each.name for each in shape.inputs), *AROUND)
    terms.update({name: value for name in names if (value := post.get(name, "").strip())})
    if shape.rows:
        terms[shape.rows] = _read_rows(shape, columns)
    return {**terms, "semantics": _read_semantics(post)}


def _read_json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_float=str)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.keys() & {"model", "semantics", *AROUND}:
        message = 'fields: give a JSON object with the fields of the model, such as {"tiers": [{"price": "5"}]}'
        raise Refused("not_json", message, param=JSON_FIELD)
    return found


def _read_rows(shape: Shape, columns: Mapping[str, list[str]]) -> list[dict[str, str]]:
    lists = [columns.get(f"{shape.rows}-{each.name}", []) for each in shape.columns]
    rows = []
    for number in range(max((len(each) for each in lists), default=0)):
        values = [each[number].strip() if number < len(each) else "" for each in lists]
        if any(values):
            rows.append({each.name: value for each, value in zip(shape.columns, values, strict=True) if value})
    return rows


def _read_semantics(post: Mapping[str, str]) -> dict[str, Any]:
    preset = post.get("preset", OWN)
    if preset != OWN:
        return {"preset": preset}
    found: dict[str, Any] = {name: value for name in CHOICES if (value := post.get(name, "").strip())}
    if "flat_at_zero" in found:
        found["flat_at_zero"] = {"true": True, "false": False}.get(found["flat_at_zero"], found["flat_at_zero"])
    return found


def shown(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Stored terms as the values of a form: {"model", "values", "rows", "json", "preset", "choices"}."""
    shape = SHAPES[terms["model"]]
    semantics = terms.get("semantics", {})
    apart = {"model", "semantics", *AROUND, "discounts"}
    raw = {name: value for name, value in terms.items() if name not in apart} if shape.raw else {}
    return {
        "values": {name: "" if terms.get(name) is None else str(terms[name]) for name in (
            *AROUND, *(each.name for each in shape.inputs))},
        "rows": [[_text(row.get(each.name)) for each in shape.columns] for row in terms.get(shape.rows, ())],
        "json": json.dumps(raw, indent=2, ensure_ascii=False) if raw else "",
        "preset": preset_of(semantics),
        "choices": {name: str(semantics.get(name, default)).lower() for name, default in Semantics().data().items()},
    }  # fmt: skip


def preset_of(semantics: Mapping[str, Any]) -> str:
    """The name of the preset that says the same, else OWN; of two alike the first."""
    return next((name for name, each in PRESETS.items() if each.data() == dict(semantics)), OWN)


def _text(value: object) -> str:
    return "" if value is None else str(value)
