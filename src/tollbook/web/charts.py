"""Charts as SVG made on the server: no script, readable by a screen reader, the same in every theme."""

import math
from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 12, 28
MAX_LABELS = 12


def step_of(top: float) -> float:
    """A round distance between grid lines, so that about four of them reach `top`."""
    if top <= 0:
        return 1.0
    size = 10 ** math.floor(math.log10(top))
    return next(s * size for s in (0.25, 0.5, 1, 2, 2.5, 5, 10) if s * size * 4 >= top)


def stacked_bars(
    title: str, names: Sequence[str], rows: Sequence[tuple[str, Sequence[Decimal]]], unit: str
) -> SafeString:
    """A bar for each `(label, values)` with one layer for each name. Values below zero are drawn as zero."""
    layers = [[max(0.0, float(v)) for v in values] for _, values in rows]
    step = step_of(max((sum(values) for values in layers), default=0))
    lines = max(1, math.ceil(max((sum(values) for values in layers), default=0) / step))
    top = lines * step
    width = (WIDTH - LEFT - RIGHT) / max(1, len(rows))
    bars = format_html_join(
        "", "{}", ((_bar(i, width, label, layers[i], values, names, unit, top, len(rows)),) for i, (label, values) in enumerate(rows))
    )
    return format_html(
        '<svg class="chart w-full h-auto" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        WIDTH,
        HEIGHT,
        title,
        _grid(lines, step, top),
        bars,
    )


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)


def _grid(lines: int, step: float, top: float) -> SafeString:
    return format_html_join(
        "",
        '<line class="grid-line" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (LEFT, WIDTH - RIGHT, f"{_y(i * step, top):.1f}", f"{_y(i * step, top):.1f}", LEFT - 8,
             f"{_y(i * step, top) + 4:.1f}", f"{i * step:,g}")
            for i in range(lines + 1)
        ),
    )  # fmt: skip


def _bar(
    index: int,
    width: float,
    label: str,
    heights: Sequence[float],
    values: Sequence[Decimal],
    names: Sequence[str],
    unit: str,
    top: float,
    count: int,
) -> SafeString:
    left = LEFT + width * (index + 0.2)
    base = 0.0
    layers = []
    for layer, height in enumerate(heights):
        tall = max(_y(base, top) - _y(base + height, top) - (1 if base else 0), 0)
        if height:
            layers.append((layer, f"{left:.1f}", f"{_y(base + height, top):.1f}", f"{width * 0.6:.1f}", f"{tall:.1f}"))
        base += height
    every = math.ceil(count / MAX_LABELS)
    told = f"{label}: " + ", ".join(f"{n} {v} {unit}" for n, v in zip(names, values, strict=True) if v)
    text = format_html('<text x="{}" y="{}" text-anchor="middle">{}</text>', f"{left + width * 0.3:.1f}", HEIGHT - 8, label)
    return format_html(
        '<g class="bar"><title>{}</title>{}{}</g>',
        told,
        format_html_join("", '<rect class="s{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>', layers),
        text if index % every == 0 else "",
    )
