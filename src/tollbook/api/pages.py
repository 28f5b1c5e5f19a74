"""Pages of a list: a cursor names the last row seen, so that rows that come or go meanwhile shift nothing."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from pydantic import BaseModel, Field

from tollbook.kernel.errors import Refused, shown

Out = TypeVar("Out")
Row = TypeVar("Row", bound=Model)
LIMIT = 100
DEFAULT_LIMIT = 50
_LONGEST = 1_000

Cursor = Annotated[str, Field(max_length=_LONGEST, description="`next` of the page before; leave out for the first.")]
Limit = Annotated[int, Field(ge=1, le=LIMIT, description="Rows on a page.")]


class Page(BaseModel, Generic[Out]):
    """One page of a list."""

    data: list[Out] = Field(description="The rows of this page, in the order of the list.")
    next: str | None = Field(description="Cursor of the page that follows; null on the last one.")


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by `field` and then by row. A cursor holds `names` of the last row: text columns that
    together are unique in the list. Row numbers would tell how much business there is."""

    field: str = "pk"
    descending: bool = False
    names: tuple[str, ...] = ("public_id",)


def page(rows: QuerySet[Row], order: Order, cursor: str, limit: int, show: Callable[[Row], Out]) -> Page[Out]:
    """The `limit` rows after the cursor. Refused "bad_cursor" for one that this list did not give out.

    The cursor is looked up within `rows`, so one of another customer's list is as good as none.
    """
    sign = "-" if order.descending else ""
    # The order is total: rows that share the field are told apart by the primary key.
    fields = (order.field,) if order.field == "pk" else (order.field, "pk")
    found = rows.order_by(*(f"{sign}{field}" for field in fields))
    if cursor:
        found = found.filter(_after(rows, order, fields, cursor))
    taken = list(found[: limit + 1])
    following = None
    if len(taken) > limit:
        following = encode([str(getattr(taken[limit - 1], name)) for name in order.names])
    return Page(data=[show(row) for row in taken[:limit]], next=following)


def _after(rows: QuerySet[Row], order: Order, fields: tuple[str, ...], cursor: str) -> Q:
    named = dict(zip(order.names, decode(cursor, len(order.names)), strict=True))
    last = rows.filter(**named).values(*fields).first()
    if last is None:
        raise bad_cursor(cursor)
    beyond = "lt" if order.descending else "gt"
    after = Q(**{f"pk__{beyond}": last["pk"]})
    if order.field != "pk":
        value: Any = last[order.field]
        after = Q(**{f"{order.field}__{beyond}": value}) | (Q(**{order.field: value}) & after)
    return after


def encode(parts: Sequence[str]) -> str:
    """A cursor for the row that these texts name."""
    return urlsafe_b64encode(json.dumps(parts).encode()).decode("ascii").rstrip("=")


def decode(cursor: str, count: int) -> list[str]:
    """The `count` texts that a cursor holds; Refused "bad_cursor" when it is none of ours."""
    try:
        found = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise bad_cursor(cursor) from None
    if not isinstance(found, list) or len(found) != count:
        raise bad_cursor(cursor)
    if not all(isinstance(part, str) and part.isprintable() for part in found):
        raise bad_cursor(cursor)
    return found


def bad_cursor(cursor: str) -> Refused:
    """The refusal of a cursor that does not belong to this list."""
    message = f"cursor {shown(cursor)}: give `next` of the page before, with the same filters"
    return Refused("bad_cursor", message, param="cursor")
