"""Pages of a list: a cursor names the last row seen, so that rows that come or go meanwhile shift nothing."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
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
    """How a list is sorted: by `field` and then by row; a cursor holds `name` (unique in the list) of the last row."""

    field: str = "pk"
    descending: bool = False
    name: str = "public_id"


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
    last = taken[limit - 1] if len(taken) > limit else None
    shown_rows = [show(row) for row in taken[:limit]]
    return Page(data=shown_rows, next=None if last is None else encode(getattr(last, order.name)))


def _after(rows: QuerySet[Row], order: Order, fields: tuple[str, ...], cursor: str) -> Q:
    last = rows.filter(**{order.name: decode(cursor)}).values(*fields).first()
    if last is None:
        raise bad_cursor(cursor)
    beyond = "lt" if order.descending else "gt"
    after = Q(**{f"pk__{beyond}": last["pk"]})
    if order.field != "pk":
        value: Any = last[order.field]
        after = Q(**{f"{order.field}__{beyond}": value}) | (Q(**{order.field: value}) & after)
    return after


def encode(value: object) -> str:
    """A cursor for the row that `value` names."""
    return urlsafe_b64encode(str(value).encode()).decode("ascii").rstrip("=")


def decode(cursor: str) -> str:
    """What a cursor names; Refused "bad_cursor" when it is not text of ours."""
    try:
        found = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise bad_cursor(cursor) from None
    if not found.isprintable():
        raise bad_cursor(cursor)
    return found


def bad_cursor(cursor: str) -> Refused:
    """The refusal of a cursor that does not belong to this list."""
    message = f"cursor {shown(cursor)}: give `next` of the page before, with the same filters"
    return Refused("bad_cursor", message, param="cursor")
