"""How values look: amounts, quantities, times, states, addresses."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from tollbook.kernel.money import Money
from tollbook.web.templatetags import web

NBSP = "\N{NO-BREAK SPACE}"


def show(source: str, **context: Any) -> str:
    return Template("{% load web %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("amount", "currency", "rounded", "every_digit"),
    [
        ("1234.5", "EUR", "€1,234.50", f"1234.50{NBSP}EUR"),
        ("-49", "USD", "-$49.00", f"-49.00{NBSP}USD"),
        ("0.0003", "USD", "$0.00", f"0.0003{NBSP}USD"),
        ("0.005", "EUR", "€0.01", f"0.005{NBSP}EUR"),
        ("5000", "JPY", "¥5,000", f"5000{NBSP}JPY"),
        ("1.5", "KWD", f"KWD{NBSP}1.500", f"1.500{NBSP}KWD"),
        ("1E+3", "EUR", "€1,000.00", f"1000.00{NBSP}EUR"),
    ],
)
def test_amounts(amount: str, currency: str, rounded: str, every_digit: str) -> None:
    value = Money(Decimal(amount), currency)
    assert show("{{ value|money }}", value=value) == rounded
    assert show("{{ value|exact }}", value=value) == every_digit


def test_no_amount_is_no_text() -> None:
    assert (
        show("{{ value|money }}{{ value|exact }}{{ value|quantity }}{% day value %}{% instant value %}", value=None)
        == ""
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"), ("-0", "0"), ("1E+3", "1,000"), ("1E-7", "0.0000001"), ("1500.5000", "1,500.5"),
        ("-1234567.25", "-1,234,567.25"), ("-0.5", "-0.5"),
    ],
)  # fmt: skip
def test_quantities_have_plain_digits(value: str, text: str) -> None:
    assert show("{{ value|quantity }}", value=Decimal(value)) == text


def test_times_are_told_in_the_readers_zone() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    context = {"value": late, "zone": "Europe/Dublin"}
    assert (
        show("{% day value %}", **context) == '<time datetime="2026-06-30T23:30:00+00:00" class="num">1 Jul 2026</time>'
    )
    told = show("{% instant value %}", **context)
    assert told == '<time datetime="2026-06-30T23:30:00+00:00" class="num" title="IST">1 Jul 2026, 00:30</time>'
    assert (
        show("{% day value %}", value=date(2026, 1, 31)) == '<time datetime="2026-01-31" class="num">31 Jan 2026</time>'
    )


@pytest.mark.parametrize(
    ("state", "colour", "word"),
    [
        ("paid", "ok", "paid"),
        ("issued", "info", "to pay"),
        ("overdue", "bad", "overdue"),
        ("never_seen", "idle", "never seen"),
    ],
)
def test_states_are_words_with_a_colour(state: str, colour: str, word: str) -> None:
    assert show("{{ value|chip }}", value=state) == f'<span class="chip chip-{colour}">{word}</span>'


def test_a_state_is_escaped() -> None:
    assert show("{{ value|chip }}", value="<b>") == '<span class="chip chip-idle">&lt;b&gt;</span>'


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Atlas Orion", "AO"), ("atlas de la orion", "AO"), ("Atlas", "A"), ("", "?"), ("  (x) ", "?")],
)
def test_initials(name: str, letters: str) -> None:
    assert web.initials(name) == letters


@pytest.mark.parametrize(
    ("address", "tag", "expected"),
    [
        ("/?q=a+b&page=3", '{% query sort="-due" %}', "?q=a+b&amp;sort=-due"),
        ("/?sort=due&page=3", "{% query page=4 %}", "?sort=due&amp;page=4"),
        ("/?state=paid", '{% query state="" %}', "?"),
        ("/?q=%3Cb%3E&export=csv", "{% query %}", "?q=%3Cb%3E"),
    ],
)
def test_addresses_keep_what_was_chosen(address: str, tag: str, expected: str) -> None:
    assert show(tag, request=RequestFactory().get(address)) == expected


def test_icons_are_drawn_inline_and_hidden_from_screen_readers() -> None:
    drawn = show('{% icon "clock" 16 %}')
    assert drawn.startswith("<svg ")
    assert 'aria-hidden="true"' in drawn
    assert 'width="16"' in drawn
