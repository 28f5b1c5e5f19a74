"""Charts: what is drawn, and that nothing is drawn out of bounds."""

from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from tollbook.web import charts

SVG = "{http://www.w3.org/2000/svg}"


def drawings(markup: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(f'<p xmlns="http://www.w3.org/2000/svg">{markup}</p>'))  # noqa: S314  # our own


def texts(drawing: ElementTree.Element, anchor: str) -> list[str | None]:
    return [text.text for text in drawing.iter(f"{SVG}text") if text.get("text-anchor") == anchor]


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        ("0", "0", ["0", "1"]),
        ("0", "635", ["0", "200", "400", "600", "800"]),
        ("0", "0.003", ["0.000", "0.001", "0.002", "0.003"]),
        ("-8", "100", ["-25", "0", "25", "50", "75", "100"]),
        ("-10", "-10", ["-10.0", "-7.5", "-5.0", "-2.5", "0.0"]),
    ],
)
def test_grid_lines_hold_all_values_and_zero(low: str, high: str, marks: list[str]) -> None:
    points = [(datetime(2026, 5, 1, tzinfo=UTC), Decimal(low)), (datetime(2026, 5, 2, tzinfo=UTC), Decimal(high))]
    wide, _ = drawings(charts.stepped_line("Balance", points, datetime(2026, 5, 3, tzinfo=UTC)))
    assert texts(wide, "end")[: len(marks)] == marks


def test_bars_stand_on_each_other_and_tell_their_figures() -> None:
    rows = [("May", (Decimal(10), Decimal(5))), ("<Jun>", (Decimal(0), Decimal(0)))]
    wide, narrow = drawings(charts.stacked_bars("Spend & more", ("Cloud", "SMS"), rows, "EUR"))
    assert (wide.get("aria-label"), wide.get("role")) == ("Spend & more", "img")
    assert narrow.get("viewBox") == "0 0 340 220"
    told = [title.text for title in wide.iter(f"{SVG}title")]
    assert told == ["May: Cloud 10 EUR, SMS 5 EUR", "<Jun>: nothing"]
    lower, upper = wide.iter(f"{SVG}rect")
    assert [r.get("class") for r in (lower, upper)] == ["s0", "s1"]
    assert float(upper.get("y", 0)) + float(upper.get("height", 0)) <= float(lower.get("y", 0))
    assert float(lower.get("y", 0)) + float(lower.get("height", 0)) == pytest.approx(
        charts.WIDE.height - charts.BOTTOM, abs=0.2
    )


def test_many_bars_have_few_labels() -> None:
    rows = [(str(day), (Decimal(1),)) for day in range(31)]
    wide, narrow = drawings(charts.stacked_bars("Days", ("Use",), rows, ""))
    assert [len(texts(drawing, "middle")) for drawing in (wide, narrow)] == [11, 5]


def test_a_line_holds_its_value_until_the_next() -> None:
    points = [(datetime(2026, 5, 1, tzinfo=UTC), Decimal(100)), (datetime(2026, 5, 16, tzinfo=UTC), Decimal(0))]
    wide, _ = drawings(charts.stepped_line("Balance", points, datetime(2026, 5, 31, tzinfo=UTC)))
    line = next(path for path in wide.iter(f"{SVG}path") if path.get("class") == "line")
    left, right = charts.WIDE.left, charts.WIDE.width - charts.RIGHT
    low = charts.WIDE.height - charts.BOTTOM
    assert line.get("d") == f"M{left:.1f} {charts.TOP:.1f}H{(left + right) / 2:.1f}V{low:.1f}H{right:.1f}"


def test_no_points_and_no_rows_draw_only_the_grid() -> None:
    for markup in (
        charts.stacked_bars("A", ("x",), [], ""),
        charts.stepped_line("B", [], datetime(2026, 5, 1, tzinfo=UTC)),
    ):
        for drawing in drawings(markup):
            assert {child.tag for child in drawing} == {f"{SVG}line", f"{SVG}text"}
