"""Rates of exchange over the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, Currency, Day, example, number
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.exchange.actions import enter
from tollbook.exchange.models import Rate
from tollbook.exchange.rules import Quote
from tollbook.identity.models import StaffRole
from tollbook.kernel.money import plain

routes = Routes("Exchange rates")
ROUTERS = [("", routes)]


class RateIn(Body):
    """A rate that is entered by hand."""

    model_config = example({"base": "EUR", "quote": "USD", "on": "2026-05-29", "rate": "1.0850"})
    base: Currency = Field(description="One of this currency")
    quote: Currency = Field(description="is so much of this one.")
    on: Day = Field(description="On which day; it counts until a later one is known, for ten days at most.")
    rate: Annotated[Decimal, number()] = Field(description="How much of `quote` one `base` is.")


class RateOut(BaseModel):
    """What one currency was in another on a day."""

    model_config = example(
        {
            "id": "rat_aaaaaaaaaaaaaaaaaaaaaaaa",
            "base": "EUR",
            "quote": "USD",
            "on": "2026-05-29",
            "rate": "1.085",
            "source": "ecb",
            "entered_by": "cli",
            "entered_at": "2026-05-29T15:00:00Z",
        }
    )
    id: str = Field(description="Its id.")
    base: str = Field(description="One of this currency")
    quote: str = Field(description="was so much of this one.")
    on: date = Field(description="On this day.")
    rate: str = Field(description="How much of `quote` one `base` was.")
    source: str = Field(description="ecb or manual.")
    entered_by: str = Field(description="Who entered or imported it.")
    entered_at: datetime = Field(description="When.")


def rate_out(found: Rate) -> RateOut:
    """A rate, as the API shows it."""
    return RateOut(
        id=found.public_id,
        base=found.base,
        quote=found.quote,
        on=found.on,
        rate=plain(found.rate),
        source=found.source,
        entered_by=found.entered_by,
        entered_at=found.entered_at,
    )


@routes.reads("/exchange-rates", "exchange:read", answer=Page[RateOut], roles=())
def list_exchange_rates(request: ApiRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT) -> Page[RateOut]:
    """Rates of exchange, in the order in which they were entered."""
    return page(Rate.objects.all(), Order(), cursor, limit, rate_out)


@routes.adds("/exchange-rates", "exchange:write", answer=RateOut, roles=(StaffRole.FINANCE,))
def add_exchange_rate(request: ApiRequest, rate: RateIn) -> RateOut:
    """Enter a rate by hand; of one day, the last that was entered counts.

    Refused with `bad_rate` where it is not above zero, or between a currency and itself.
    """
    quote = Quote(rate.base, rate.quote, rate.on, rate.rate, "")
    return rate_out(enter(quote, by=request.principal.actor, door="api"))
