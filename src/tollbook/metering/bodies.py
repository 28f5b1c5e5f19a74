"""The body of POST /usage: one event, or a batch of them, read fast where nothing is wrong with it; and that of
POST /usage/corrections.

The fast way accepts less than `parse_events` and never something else: whatever it does not take, for any reason, goes
the slow way, which tells every problem.
"""

import dataclasses
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Annotated

import msgspec

from tollbook.api.bodies import parse
from tollbook.kernel.errors import Invalid, Problem, TollbookError, problem, shown
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import parse_instant
from tollbook.metering.rules import Correction, Draft, parse_events

BATCH = 1_000
BODY_LIMIT = 4 * 1024 * 1024
SOURCE = "api"
# Plain ASCII without escapes holds none of the characters that text fields refuse, save blanks at their ends.
_PLAIN = re.compile(rb"[\x09\x0a\x0d\x20-\x5b\x5d-\x7e]*")
_NO_BLANKS = r"^(?! )(.*[^ ])?$"


def _text(most: int, least: int = 1) -> msgspec.Meta:
    return msgspec.Meta(min_length=least, max_length=most, pattern=_NO_BLANKS)


class _Event(msgspec.Struct, forbid_unknown_fields=True):
    id: Annotated[str, _text(120)]
    meter: Annotated[str, _text(120)]
    quantity: str | int
    at: str
    source: Annotated[str, _text(80)] = SOURCE
    customer: Annotated[str, _text(200)] = ""
    subscription: Annotated[str, _text(40)] = ""
    resource: Annotated[str, _text(500)] = ""
    dimensions: dict[Annotated[str, _text(60)], Annotated[str, _text(200)]] = {}


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    events: Annotated[list[_Event], msgspec.Meta(min_length=1, max_length=BATCH)]


_DECODER = msgspec.json.Decoder(_Batch)


def read_events(raw: bytes) -> list[Draft]:
    """The events of the body `{"events": [...]}` (1 to 1,000) or of one event alone.

    Raises Invalid with every problem of every event, or what `api.bodies.parse` raises of a body that is not JSON.
    """
    fast = _fast(raw)
    return _slow(parse(raw)) if fast is None else fast


def is_batch(raw: bytes) -> bool:
    """Whether a body that `read_events` has read is a batch, and not one event alone."""
    body = parse(raw)
    return isinstance(body, Mapping) and "events" in body


def _fast(raw: bytes) -> list[Draft] | None:
    if not _PLAIN.fullmatch(raw):
        return None
    try:
        batch = _DECODER.decode(raw)
        return [
            Draft(
                event.source,
                event.id,
                event.customer,
                event.meter,
                event.subscription,
                _quantity(event.quantity),
                parse_instant(event.at, "at"),
                event.dimensions,
                event.resource,
            )
            for event in batch.events
        ]
    except (msgspec.MsgspecError, RecursionError, TollbookError):
        return None


@lru_cache(maxsize=4096)
def _quantity(given: str | int) -> Decimal:
    # Most events count one of a few quantities; what is refused is not kept.
    return parse_decimal(given, "quantity", negative=True)


def _slow(body: object) -> list[Draft]:
    if not isinstance(body, Mapping):
        reason = 'send an event, or a batch: {"events": [...]}'
        raise Invalid([Problem(None, "body", shown(body), "not_an_object", reason)])
    given = _listed(body, "events") if "events" in body else [body]
    drafts, problems = parse_events(given, source=SOURCE)
    if problems:
        raise Invalid(problems)
    return drafts


def _listed(body: Mapping[str, object], name: str) -> list[object]:
    """The 1 to BATCH items of a body that has one field, a list; Invalid else."""
    problems = [
        Problem(None, shown(other), "", "unknown_field", f"a batch has no field {shown(other)}")
        for other in body
        if other != name
    ]
    given = body.get(name)
    if not isinstance(given, list):
        problems.append(Problem(None, name, shown(given), "not_a_list", f"{name} is a list of {name}"))
    elif not 1 <= len(given) <= BATCH:
        code = "batch_too_large" if given else "batch_empty"
        reason = f"a batch has 1 to {BATCH:,} {name}, this one has {len(given):,}"
        problems.append(Problem(None, name, str(len(given)), code, reason))
    if problems or not isinstance(given, list):
        raise Invalid(problems)
    return given


_CORRECTION = frozenset({"customer", "source", "id", "reason", "replacement"})
_INHERITED = ("customer", "source")


def read_corrections(raw: bytes) -> list[Correction]:
    """The corrections of the body `{"corrections": [...]}`, 1 to 1,000; a replacement is of the customer and the source
    of the event that it replaces. Raises Invalid with every problem, or what `api.bodies.parse` raises.
    """
    body = parse(raw)
    if not isinstance(body, Mapping):
        raise Invalid([Problem(None, "body", shown(body), "not_an_object", 'send {"corrections": [...]}')])
    found: list[Correction] = []
    problems: list[Problem] = []
    for row, item in enumerate(_listed(body, "corrections"), 1):
        try:
            found.append(_correction(item, row))
        except Invalid as invalid:
            problems += invalid.problems
    if problems:
        raise Invalid(problems)
    return found


def _correction(item: object, row: int) -> Correction:
    if not isinstance(item, Mapping):
        raise Invalid([Problem(row, "correction", shown(item), "not_an_object", "a correction is a JSON object")])
    problems = [
        Problem(row, shown(name), "", "unknown_field", f"a correction has no field {shown(name)}")
        for name in item
        if name not in _CORRECTION
    ]
    texts = {}
    for name, default, limit in (
        ("customer", None, 200),
        ("source", SOURCE, 80),
        ("id", None, 120),
        ("reason", None, 160),
    ):
        try:
            texts[name] = clean_text(item.get(name, default), name, limit)
        except TollbookError as error:
            problems.append(problem(error, row=row, value=item.get(name)))
    replacement = None
    if item.get("replacement") is not None and not problems:
        replacement, found = _replacement(item["replacement"], row, {name: texts[name] for name in _INHERITED})
        problems += found
    if problems:
        raise Invalid(problems)
    return Correction(texts["customer"], texts["source"], texts["id"], texts["reason"], replacement)


def _replacement(given: object, row: int, inherited: Mapping[str, str]) -> tuple[Draft | None, list[Problem]]:
    if not isinstance(given, Mapping):
        return None, [Problem(row, "replacement", shown(given), "not_an_object", "a replacement is an event")]
    reason = "a replacement has the customer and the source of the event that it replaces: leave this out"
    problems = [
        Problem(row, f"replacement.{name}", shown(given[name]), "unknown_field", reason)
        for name in _INHERITED
        if name in given
    ]
    drafts, found = parse_events([{**given, **inherited}])
    problems += [dataclasses.replace(p, row=row, field=f"replacement.{p.field}") for p in found]
    return (drafts[0] if drafts else None), problems
