"""What a policy says, in which words its values are read and told, and what contradicts itself; no database.

A policy is a set of fields. Each is inherited by itself: what is said nearest to the subject counts, and the default in
code where nothing is said.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, LiteralString

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter
from pydantic_core import PydanticCustomError

from tollbook.features.types import FeatureType, amounts_by_currency, exact, whole, words, yes_no
from tollbook.kernel.errors import Problem, Refused, shown
from tollbook.kernel.money import plain

MOST_DAYS = 730
MOST_STEPS = 20
OFF = "off"
_REMINDER = re.compile(r"(-?\d{1,3}) ([a-z+]+)")


class Level(StrEnum):
    """Where a field can be said; a later one in this list wins over an earlier one."""

    BRAND = "brand"
    GROUP = "group"
    PRODUCT = "product"
    CUSTOMER = "customer"
    SERVICE = "service"


class Channel(StrEnum):
    """How a customer is told."""

    PORTAL = "portal"
    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True, order=True)
class Reminder:
    """That a customer is told so many days after the due day (negative: before it), and how."""

    days: int
    channels: tuple[Channel, ...]

    def __str__(self) -> str:
        return f"{self.days} {'+'.join(self.channels)}"


@dataclass(frozen=True, slots=True)
class Policy:
    """What follows when an invoice is not paid. Days count from its due day; None: never.

    Amounts are by currency, without tax; `retries` are days, each counted from the attempt before, the first from the
    due day.
    """

    reminders: tuple[Reminder, ...]
    least_open: Mapping[str, Decimal]
    fee_after: int | None
    fee_percent: Decimal
    fee_fixed: Mapping[str, Decimal]
    fee_minimum: Mapping[str, Decimal]
    fee_every: int | None
    fee_most: int
    fee_on_fees: bool
    fee_product: str
    retries: tuple[int, ...]
    suspend_after: int | None
    terminate_after: int | None


@dataclass(frozen=True, slots=True)
class PolicyField:
    """A field: how its values are read and written, what counts where nothing is said, and what people read of it."""

    key: str
    type: FeatureType
    default: Any
    title: str
    help: str


def _type(name: str, read: Any, write: Any) -> FeatureType:
    """A type whose JSON is what `write` makes of a value and `read` (Refused otherwise) understands."""

    def check(given: Any) -> Any:
        try:
            return read(given)
        except Refused as error:
            code: LiteralString = "tollbook:policy_value_wrong"
            raise PydanticCustomError(code, "{message}", {"message": error.message}) from None

    return FeatureType(name, TypeAdapter(Annotated[Any, BeforeValidator(check), PlainSerializer(write)]))


def wrong(given: object, right: str) -> Refused:
    """That a value is none, with what would be right."""
    return Refused("policy_value_wrong", f"value {shown(given)}: {right}", param="value")


def _days(given: object) -> int | None:
    if given is None or given == OFF:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= MOST_DAYS:
        raise wrong(given, f"give days from 0 to {MOST_DAYS}, or off")
    return given


def _gaps(given: object) -> tuple[int, ...]:
    parts = _parts(given, "3, 5, 7")
    found = tuple(int(part) for part in parts if re.fullmatch(r"\d{1,3}", part))
    # Of gaps of no days all but the first would try again at once.
    if len(found) != len(parts) or any(gap > MOST_DAYS for gap in found) or any(gap == 0 for gap in found[1:]):
        raise wrong(given, f"give days from 1 to {MOST_DAYS} (the first may be 0), such as 3, 5, 7")
    return found


def _reminders(given: object) -> tuple[Reminder, ...]:
    found: dict[int, Reminder] = {}
    for part in _parts(given, "-3 email, 1 email+portal"):
        match = _REMINDER.fullmatch(part)
        names = match[2].split("+") if match else []
        if match is None or not set(names) <= set(Channel) or abs(int(match[1])) > MOST_DAYS:
            right = f"give days and channels ({', '.join(Channel)}), such as -3 email, 1 email+portal"
            raise wrong(given, right)
        days = int(match[1])
        if days in found:
            raise wrong(given, f"day {days} is given twice: name its channels together, such as 1 email+portal")
        found[days] = Reminder(days, tuple(channel for channel in Channel if channel in names))
    return tuple(found[days] for days in sorted(found))


def _parts(given: object, example: str) -> list[str]:
    """The parts of a list that was typed with commas; a value that was read already says itself again."""
    if isinstance(given, tuple):
        return [str(part) for part in given]
    if not isinstance(given, str):
        raise wrong(given, f"give text such as {example}")
    parts = [" ".join(part.split()) for part in given.split(",")] if given.strip() else []
    if len(parts) > MOST_STEPS:
        raise wrong(given, f"give at most {MOST_STEPS}")
    return parts


def _listed(value: Iterable[object]) -> str:
    return ", ".join(str(part) for part in value)


def _percent(given: object) -> Decimal:
    found: Decimal = exact().read(given, "fee_percent")
    if found > 100:  # noqa: PLR2004  # all of it
        raise wrong(given, "give a percentage from 0 to 100")
    return found


def days_or_off() -> FeatureType:
    """Days as a whole number, or "off"."""
    return _type("days", _days, lambda value: OFF if value is None else value)


_LISTED = [
    PolicyField(
        "reminders", _type("reminders", _reminders, _listed), (Reminder(1, (Channel.PORTAL, Channel.EMAIL)),
        Reminder(7, (Channel.PORTAL, Channel.EMAIL)), Reminder(14, (Channel.PORTAL, Channel.EMAIL))),
        "Reminders", "Days after the due day (with a minus: before it) and channels: -3 email, 1 email+portal.",
    ),
    PolicyField(
        "least_open", amounts_by_currency(), {}, "Smallest amount",
        "While less than this is overdue in a currency, nothing happens: EUR 5.00, USD 5.00.",
    ),
    PolicyField("fee_after", days_or_off(), None, "Late fee after", "Days after the due day, or off."),
    PolicyField(
        "fee_percent", _type("percentage", _percent, plain), Decimal(0), "Late fee, percent",
        "Of what is open on that day; it is added to the fixed amount.",
    ),
    PolicyField("fee_fixed", amounts_by_currency(), {}, "Late fee, fixed", "By currency, without tax: EUR 10.00."),
    PolicyField("fee_minimum", amounts_by_currency(), {}, "Late fee, at least", "By currency, without tax: EUR 2.00."),
    PolicyField("fee_every", days_or_off(), None, "Late fee again every", "Days between fees; off: once."),
    PolicyField("fee_most", whole(1, 60), 12, "Late fees, at most", "How many fees one invoice can lead to."),
    PolicyField("fee_on_fees", yes_no(), False, "Late fees on late fees", "Whether an unpaid late fee bears one, too."),
    PolicyField(
        "fee_product", words("[a-z0-9_-]{0,60}", "the code of a product of the brand"), "", "Product of late fees",
        "The code of the product that fees are sold as: its tax category says how they are taxed.",
    ),
    PolicyField(
        "retries", _type("gaps", _gaps, _listed), (), "Payment retries",
        "Days between attempts to charge the saved method, the first counted from the due day: 0, 3, 5.",
    ),
    PolicyField("suspend_after", days_or_off(), None, "Suspend after", "Days after the due day, or off."),
    PolicyField("terminate_after", days_or_off(), None, "Terminate after", "Days after the due day, or off."),
]  # fmt: skip
FIELDS: dict[str, PolicyField] = {each.key: each for each in _LISTED}
assert set(FIELDS) == {each.name for each in fields(Policy)}  # noqa: S101  # a field nobody can set would be a fault

#: A place where something is said: its level and public id there.
Place = tuple[Level, str]
#: What is said, as JSON data, by place and field.
Said = Mapping[tuple[Level, str, str], Any]


@dataclass(frozen=True, slots=True)
class From:
    """The value of a field that counts for a subject, and the place where it is said; None: the default in code."""

    field: PolicyField
    value: Any
    place: Place | None


def read(key: str, given: object) -> Any:
    """The typed value of JSON data. Refused "policy_field_unknown", and with the field's name what its type refuses."""
    if key not in FIELDS:
        right = f"give one of {', '.join(FIELDS)}"
        raise Refused("policy_field_unknown", f"field {shown(key)}: {right}", param="field")
    try:
        return FIELDS[key].type.read(given, key)
    except Refused as error:
        message = error.message.removeprefix(f"{key} ").removeprefix("value ")
        raise Refused(error.code, f"{key} {message}", param=key) from None


def inherited(said: Said, chain: Iterable[Place]) -> dict[str, From]:
    """Every field as it counts at the end of `chain`, the nearest place first."""
    places = list(chain)
    found = {}
    for key, field in FIELDS.items():
        place = next((each for each in places if said.get((*each, key)) is not None), None)
        value = field.default if place is None else field.type.read(said[(*place, key)], key)
        found[key] = From(field, value, place)
    return found


def policy_of(found: Mapping[str, From]) -> Policy:
    """The policy that these fields make."""
    return Policy(**{key: each.value for key, each in found.items()})


def contradictions(policy: Policy) -> Iterator[Problem]:
    """What cannot hold together, each with what would be right."""
    stop, end = policy.suspend_after, policy.terminate_after
    if stop is not None and end is not None and end <= stop:
        yield _clash("terminate_after", end, "terminate_before_suspend", f"terminate later than day {stop}, the stop")
    late = [each.days for each in policy.reminders if end is not None and each.days > end]
    if late:
        yield _clash("reminders", late[0], "reminder_after_end", f"remind by day {end}, when services are terminated")
    if policy.fee_after is None:
        if policy.fee_every is not None:
            yield _clash("fee_every", policy.fee_every, "fee_repeats_nothing", "say when the first fee falls due, too")
        return
    if not policy.fee_percent and not any(policy.fee_fixed.values()) and not any(policy.fee_minimum.values()):
        yield _clash("fee_after", policy.fee_after, "fee_of_nothing", "give a percentage, a fixed amount or a minimum")
    if not policy.fee_product:
        yield _clash("fee_product", "", "fee_without_product", "name the product that fees are sold as")
    if policy.fee_every == 0:
        yield _clash("fee_every", 0, "fee_every_moment", "give at least one day between fees, or off")


def _clash(field: str, value: object, code: str, right: str) -> Problem:
    return Problem(None, field, str(value), code, f"{field} {value}: {right}")
