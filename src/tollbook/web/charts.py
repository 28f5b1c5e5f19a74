"""Charts as inline SVG: no script and no inline style, readable by a screen reader, the same in every theme.

Each chart is drawn twice, for wide and for narrow places, so that its letters keep their size; the style sheet shows
one of them.
A chart never stands alone: `web/_figures.html` puts its figures below it as a table.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from tollbook.kernel.words import grouped
from tollbook.web.words import day_month_text

RIGHT, TOP, BOTTOM = 8, 12, 28
#: Room for a letter of a grid line's label, and around the label.
LETTER, AROUND = 6.6, 16
MIN_RADIUS_HEIGHT = 4
MOST_PLACES = 18
Rows = Sequence[tuple[str, Sequence[Decimal]]]


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing, and how many labels fit below it."""

    css: str
    width: int
    height: int
    left: int
    labels: int

    def y(self, value: float, low: float, high: float) -> float:
        """Where `value` of the range from `low` to `high` stands."""
        return TOP + (self.height - TOP - BOTTOM) * (1 - (value - low) / (high - low))

    @property
    def inner(self) -> float:
        return self.width - self.left - RIGHT


WIDE = Frame("chart-wide", 720, 240, 48, 12)
NARROW = Frame("chart-narrow", 340, 220, 40, 5)


@dataclass(frozen=True, slots=True)
class Scale:
    """Grid lines from `low` to `high`, `step` apart."""

    low: float
    high: float
    step: float

    def marks(self) -> Iterator[tuple[float, str]]:
        """Where the grid lines are, and what stands beside them."""
        for i in range(round((self.high - self.low) / self.step) + 1):
            mark = self.low + i * self.step
            yield mark, grouped(f"{mark:.{self.places}f}")

    @property
    def places(self) -> int:
        """Decimals that a label needs: those of the step."""
        return next(places for places in range(MOST_PLACES + 1) if round(self.step, places) == self.step)


def step_of(top: float) -> float:
    """A round distance between grid lines, so that about four of them reach `top`."""
    if top <= 0:
        return 1.0
    size: float = 10.0 ** math.floor(math.log10(top))
    return next(s * size for s in (0.25, 0.5, 1, 2, 2.5, 5, 10) if s * size * 4 >= top)


def scale_of(low: float, high: float) -> Scale:
    """A scale that holds zero, `low` and `high`, with at least one step."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = step_of(max(high, -low))
    bottom, top = math.floor(low / step) * step, math.ceil(high / step) * step
    return Scale(bottom, top if top > bottom else bottom + step, step)


def stacked_bars(title: str, names: Sequence[str], rows: Rows, unit: str) -> SafeString:
    """A bar for each `(label, values)` with one layer for each name. Values below zero are drawn as zero."""
    tops = [sum(max(0.0, float(v)) for v in values) for _, values in rows]
    scale = scale_of(0.0, max(tops, default=0.0))
    return _both(title, scale, lambda frame: _bars(frame, scale, names, rows, unit))


def stepped_line(title: str, points: Sequence[tuple[datetime, Decimal]], until: datetime) -> SafeString:
    """A value that holds until the next point, such as a balance: `(instant, value)` in time order, up to `until`."""
    values = [float(value) for _, value in points]
    scale = scale_of(min(values, default=0.0), max(values, default=0.0))
    return _both(title, scale, lambda frame: _line(frame, scale, points, until))


def _both(title: str, scale: Scale, draw: Callable[[Frame], SafeString]) -> SafeString:
    widest = max(len(text) for _, text in scale.marks())
    frames = [replace(frame, left=max(frame.left, int(widest * LETTER) + AROUND)) for frame in (WIDE, NARROW)]
    return format_html_join(
        "",
        '<svg class="chart {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        ((f.css, f.width, f.height, title, _grid(f, scale), draw(f)) for f in frames),
    )


def _grid(frame: Frame, scale: Scale) -> SafeString:
    return format_html_join(
        "",
        '<line class="grid-line" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (frame.left, frame.width - RIGHT, f"{y:.1f}", f"{y:.1f}", frame.left - 8, f"{y + 4:.1f}", text)
            for mark, text in scale.marks()
            for y in [frame.y(mark, scale.low, scale.high)]
        ),
    )


def _bars(frame: Frame, scale: Scale, names: Sequence[str], rows: Rows, unit: str) -> SafeString:
    width = frame.inner / max(1, len(rows))
    every = math.ceil(len(rows) / frame.labels)
    return format_html_join(
        "",
        '<g class="bar"><title>{}</title>{}{}</g>',
        (
            (
                f"{label}: "
                + (", ".join(f"{n} {v} {unit}" for n, v in zip(names, values, strict=True) if v) or gettext("nothing")),
                _layers(frame, scale, frame.left + width * (i + 0.19), width * 0.62, values),
                _label(frame, frame.left + width * (i + 0.5), label) if i % every == 0 else "",
            )
            for i, (label, values) in enumerate(rows)
        ),
    )


def _layers(frame: Frame, scale: Scale, left: float, width: float, values: Sequence[Decimal]) -> SafeString:
    base, drawn = 0.0, []
    for layer, value in enumerate(values):
        top = base + max(0.0, float(value))
        upper, lower = frame.y(top, scale.low, scale.high), frame.y(base, scale.low, scale.high)
        # A hair between two layers keeps them apart where colours cannot be told apart.
        tall = max(lower - upper - (1 if base else 0), 0)
        if tall:
            drawn.append(
                (
                    layer,
                    f"{left:.1f}",
                    f"{upper:.1f}",
                    f"{width:.1f}",
                    f"{tall:.1f}",
                    2 if tall >= MIN_RADIUS_HEIGHT else 0,
                )
            )
        base = top
    return format_html_join("", '<rect class="s{}" x="{}" y="{}" width="{}" height="{}" rx="{}"/>', drawn)


def _line(frame: Frame, scale: Scale, points: Sequence[tuple[datetime, Decimal]], until: datetime) -> SafeString:
    if not points:
        return SafeString("")
    first = points[0][0]
    span = max((until - first).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        return frame.left + frame.inner * min((at - first).total_seconds() / span, 1.0)

    path = [f"M{x(first):.1f} {frame.y(float(points[0][1]), scale.low, scale.high):.1f}"]
    path += [f"H{x(at):.1f}V{frame.y(float(value), scale.low, scale.high):.1f}" for at, value in points[1:]]
    path.append(f"H{x(until):.1f}")
    drawn, zero = "".join(path), frame.y(0.0, scale.low, scale.high)
    marks = [first + (until - first) * i / (frame.labels // 2 + 1) for i in range(frame.labels // 2 + 2)]
    texts = format_html_join(
        "", "{}", ((_label(frame, x(at), day_month_text(at), _anchor(i, len(marks))),) for i, at in enumerate(marks))
    )
    return format_html(
        '<path class="area" d="{}V{}H{}Z"/><path class="line" d="{}"/>{}',
        drawn,
        f"{zero:.1f}",
        f"{x(first):.1f}",
        drawn,
        texts,
    )


def _anchor(index: int, count: int) -> str:
    return {0: "start", count - 1: "end"}.get(index, "middle")


def _label(frame: Frame, x: float, text: str, anchor: str = "middle") -> SafeString:
    return format_html('<text x="{}" y="{}" text-anchor="{}">{}</text>', f"{x:.1f}", frame.height - 8, anchor, text)
