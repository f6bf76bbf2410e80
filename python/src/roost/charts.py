"""Draws charts as SVG, which need no plotting library, as the console does: gray is what is, blue is what is new."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from . import words
from .html import cell

# The colors of the console, each with the one that replaces it where dark is preferred.
COLORS = {
    "bg": ("#ffffff", "#131416"),
    "sunk": ("#f4f4f1", "#1d1f22"),
    "ink": ("#1b1b19", "#ececea"),
    "ink-2": ("#5a5954", "#acaca7"),
    "ink-3": ("#6c6b65", "#94948f"),
    "accent": ("#1f55c4", "#8db1ff"),
    "ok": ("#0b6b4d", "#62c9a1"),
    "warn": ("#8a5600", "#e3b152"),
    "bad": ("#b3261e", "#ff9184"),
    "warn-fill": ("#c27d00", "#d99a2b"),
    "bad-fill": ("#c8402f", "#e8604f"),
    "on-warn": ("#3d2600", "#3d2600"),
    "base": ("#8b8a84", "#8a8b8d"),
    "edge": ("#8f8e88", "#6f7278"),
    "line": ("#e6e5e0", "#2a2c30"),
    "grid": ("#eeede9", "#212327"),
    "base-fill": ("#dcdbd6", "#3a3c41"),
}
PAPER, INK, MUTED, FAINT, EDGE, GRID, NOISE = (
    COLORS[name][0] for name in ("bg", "ink", "ink-2", "ink-3", "edge", "grid", "base-fill")
)
BASE, NEW = COLORS["base"][0], COLORS["accent"][0]

# An attribute yields to any style, and stays where a notebook or a program ignores styles.
_RULES = (
    f'.roost-picture [{name}="{light}"]{{{name}:{dark}}}'
    for light, dark in COLORS.values()
    for name in ("fill", "stroke")
)
_STYLE = f"@media (prefers-color-scheme:dark){{{''.join(_RULES)}}}"
# The spaces between thousands and before units.
_SPACES = "\u00a0\u202f"
_SHAPES = {
    "ok": '<circle cx="5" cy="5" r="4.2" fill="{ok}"/>',
    "busy": '<circle cx="5" cy="5" r="4.2" fill="none" stroke="{accent}" stroke-width="1.4"/>'
    '<path d="M5 .8a4.2 4.2 0 0 1 0 8.4z" fill="{accent}"/>',
    "warn": '<path d="M5 .4 10 9.4H0z" fill="{warn_fill}"/>',
    "bad": '<path d="M5 0l5 5-5 5-5-5z" fill="{bad_fill}"/>',
    "off": '<circle cx="5" cy="5" r="4" fill="none" stroke="{ink_2}" stroke-width="1.3"/>',
    "unknown": '<circle cx="5" cy="5" r="4" fill="none" stroke="{ink_2}" stroke-width="1.3" '
    'stroke-dasharray="1.7 1.45"/>',
}

WIDTH, HEIGHT = 720.0, 300.0
# The area of the axes: left, top, right, bottom.
_LEFT, _TOP, _RIGHT, _BOTTOM = 64.0, 60.0, WIDTH - 40.0, HEIGHT - 64.0
_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
# Numbers beyond these are not drawn.
_SMALLEST, _LARGEST = 1e-290, 1.7e308
# The usual width of a character, as a part of the font's size.
_CHARACTER = 0.56


class Chart:
    """A chart. A notebook shows it.

    Attributes:
        title: What it shows.
        svg: The picture, in SVG.
    """

    def __init__(self, title: str, svg: str) -> None:
        self.title = title
        self.svg = svg

    def save(self, path: str | Path) -> Path:
        """Writes the picture to an SVG file.

        Returns:
            The path of the file.
        """
        file = Path(path).expanduser()
        file.write_text(self.svg, encoding="utf-8")
        return file

    def __repr__(self) -> str:
        return f"<Chart: {self.title}>"

    def _repr_html_(self) -> str:
        return self.svg


@dataclass(frozen=True)
class Scale:
    """Maps numbers to places between 0 and 1."""

    low: float
    high: float
    is_log: bool = False

    @classmethod
    def over(cls, values: Iterable[float], *, is_log: bool = False) -> Scale:
        """Returns a scale from the smallest to the largest of finite numbers, which are positive for a log scale."""
        found = list(values) or [1.0]
        low, high = min(found), max(found)
        largest = max(abs(low), abs(high), _SMALLEST)
        # Numbers that are equal but for rounding.
        if high - low <= 1e-12 * largest:
            margin = largest / 2 if largest > _SMALLEST else 0.5
            low, high = low - margin, min(high + margin, _LARGEST)
        return cls(low, high, is_log)

    def place(self, value: float) -> float:
        """Returns where a number is: 0 at the low end, 1 at the high end, and nothing beyond."""
        low, high, value = (
            (math.log10(x) for x in (self.low, self.high, value))
            if self.is_log
            # Halves, because the difference of two numbers may be too large.
            else (x / 2 for x in (self.low, self.high, value))
        )
        return min(max((value - low) / (high - low), 0.0), 1.0)

    def value(self, place: float) -> float:
        """Returns the number at a place."""
        if self.is_log:
            low, high = math.log10(self.low), math.log10(self.high)
            return float(10 ** (low + place * (high - low)))
        return self.low * (1 - place) + self.high * place

    def ticks(self) -> list[float]:
        """Returns about five round numbers on the scale."""
        if self.is_log:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            powers = [10.0**power for power in range(first, last + 1, max(1, (last - first) // 5))]
            return powers if len(powers) > 1 else [self.low, self.high]
        rough = self.high / 5 - self.low / 5
        unit = 10.0 ** math.floor(math.log10(rough))
        step = unit * next(factor for factor in (1, 2, 5, 10) if factor * unit >= rough * (1 - 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        return [step * (first + index) for index in range(math.floor(self.high / step + 1e-9) - first + 1)]


class Plot:
    """One plot: a title, axes, and marks in the area between them. The methods return the plot itself."""

    def __init__(self, title: str, subtitle: str = "") -> None:
        self.title = title
        self._body: list[str] = []
        self._text(title, 16, 22, size=14, weight=600, width=WIDTH - 32)
        self._text(subtitle, 16, 42, color=MUTED, width=WIDTH - 32)

    # Axes

    def y_axis(self, scale: Scale, percent: bool = False) -> Plot:
        """Draws the ticks and the grid of the vertical axis."""
        for tick in scale.ticks():
            y = self._y(scale, tick)
            self._line(_LEFT, y, _RIGHT, y, GRID)
            shown = words.share(tick) if percent else _tick(tick)
            self._text(shown, _LEFT - 8, y + 4, size=11, color=FAINT, anchor="end")
        return self

    def x_axis(self, scale: Scale) -> Plot:
        """Draws the ticks of a horizontal axis of numbers."""
        return self._x_labels([(scale.place(tick), _tick(tick)) for tick in scale.ticks()])

    def time_axis(self, start: datetime, end: datetime) -> Plot:
        """Draws the ticks of a horizontal axis of time, in UTC."""
        length = end - start
        form = (
            "%H:%M:%S" if length < timedelta(hours=2) else "%m-%d %H:%M" if length < timedelta(days=5) else "%Y-%m-%d"
        )
        self._x_labels([(index / 5, (start + length * index / 5).strftime(form)) for index in range(6)])
        self._text(f"from {words.second(start)} UTC", _RIGHT, HEIGHT - 12, size=11, color=FAINT, anchor="end")
        return self

    def name_axis(self, names: Sequence[str]) -> Plot:
        """Draws the names of slots of equal width on the horizontal axis."""
        every = math.ceil(len(names) / 25)
        return self._x_labels(
            [((index + 0.5) / len(names), name) for index, name in enumerate(names) if index % every == 0]
        )

    def _x_labels(self, labels: Sequence[tuple[float, str]]) -> Plot:
        self._line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM, EDGE)
        room = (_RIGHT - _LEFT) / max(len(labels), 1)
        is_tilted = any(len(label) * 11 * _CHARACTER > room for _, label in labels)
        for place, label in labels:
            x = _LEFT + place * (_RIGHT - _LEFT)
            self._line(x, _BOTTOM, x, _BOTTOM + 4, EDGE)
            if is_tilted:
                self._text(label, x + 4, _BOTTOM + 14, size=10, color=FAINT, anchor="end", width=80, turn=-30)
            else:
                self._text(label, x, _BOTTOM + 18, size=11, color=FAINT, anchor="middle")
        return self

    def edge_axis(self, edges: Sequence[float]) -> Plot:
        """Draws the edges between slots of equal width on the horizontal axis. The open ends have no number."""
        every = math.ceil(len(edges) / 20) or 1
        labels = [((index + 1) / (len(edges) + 1), words.measure(edge)) for index, edge in enumerate(edges)]
        return self._x_labels(labels[::every])

    # Marks

    def bars(
        self, heights: Sequence[float], scale: Scale, color: str, notes: Sequence[str], *, part: int, of: int
    ) -> Plot:
        """Draws a bar in each slot of equal width. Several series share a slot: this is part ``part`` of ``of``."""
        slot = (_RIGHT - _LEFT) / max(len(heights), 1)
        width = slot * (0.8 if of > 1 else 0.96) / of
        for index, (height, note) in enumerate(zip(heights, notes, strict=True)):
            x = _LEFT + slot * index + (slot - width * of) / 2 + width * part
            y = self._y(scale, height)
            size = f'x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{_BOTTOM - y:.2f}"'
            self._body.append(f'<rect {size} fill="{color}">{_title(note)}</rect>')
        return self

    def curve(self, points: Iterable[tuple[float, float]], x: Scale, y: Scale, color: str = NEW) -> Plot:
        """Draws a line through points."""
        places = " ".join(f"{self._x(x, at):.2f},{self._y(y, value):.2f}" for at, value in points)
        self._body.append(
            f'<polyline points="{places}" fill="none" stroke="{color}" stroke-width="1.5" stroke-linejoin="round"/>'
        )
        return self

    def dot(
        self,
        place: float,
        value: float | None,
        scale: Scale,
        color: str,
        note: str,
        *,
        radius: float = 2.5,
        is_hollow: bool = False,
    ) -> Plot:
        """Draws a dot at a place between 0 and 1; without a value, a hollow one on the axis."""
        x, y = _LEFT + place * (_RIGHT - _LEFT), _BOTTOM if value is None else self._y(scale, value)
        paint = (
            f'fill="{color}"'
            if value is not None and not is_hollow
            else f'fill="{PAPER}" stroke="{color}" stroke-width="1.5"'
        )
        self._body.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" {paint}>{_title(note)}</circle>')
        return self

    def ring(self, place: float, value: float, scale: Scale, color: str, note: str) -> Plot:
        """Draws a ring around a point."""
        return self.dot(place, value, scale, color, note, radius=4, is_hollow=True)

    def mark(self, kind: str, place: float, value: float | None, scale: Scale, note: str) -> Plot:
        """Draws the shape of a state at a place between 0 and 1; without a value on the axis."""
        x, y = _LEFT + place * (_RIGHT - _LEFT), _BOTTOM if value is None else self._y(scale, value)
        self._body.append(f'<g transform="translate({x - 5:.2f} {y - 5:.2f})">{_title(note)}{shape(kind)}</g>')
        return self

    def band(self, points: Iterable[tuple[float, float]], scale: Scale) -> Plot:
        """Draws the area below points, whose places are between 0 and 1."""
        places = [(_LEFT + place * (_RIGHT - _LEFT), self._y(scale, value)) for place, value in points]
        if places:
            area = [(places[0][0], _BOTTOM), *places, (places[-1][0], _BOTTOM)]
            shown = " ".join(f"{x:.2f},{y:.2f}" for x, y in area)
            self._body.append(f'<polygon points="{shown}" fill="{NOISE}" opacity="0.6"/>')
        return self

    def threshold(self, value: float, scale: Scale, color: str, name: str, *, is_left: bool = False) -> Plot:
        """Draws a dashed line across the plot, with its name."""
        y = self._y(scale, value)
        self._line(_LEFT, y, _RIGHT, y, INK, dash="4 3")
        x, anchor = (_LEFT + 4, "start") if is_left else (_RIGHT, "end")
        return self._text(name, x, y - 5, size=11, color=color, anchor=anchor, is_above=True)

    def label(self, text: str, place: float, value: float, scale: Scale, color: str = MUTED, up: float = 8) -> Plot:
        """Writes a text that ends at a place between 0 and 1, above a value."""
        x, y = _LEFT + place * (_RIGHT - _LEFT), self._y(scale, value)
        anchor = "end" if place > 0.5 else "start"
        return self._text(text, x, max(y - up, _TOP), size=11, color=color, anchor=anchor, is_above=True)

    def legend(self, entries: Sequence[tuple[str, str]]) -> Plot:
        """Draws the names of colors below the plot."""
        x = _LEFT + 14
        for name, color in entries:
            self._text(name, x, HEIGHT - 8, size=11, color=NEW if color == NEW else MUTED)
            self._body.append(f'<rect x="{x - 14:.2f}" y="{HEIGHT - 17:.2f}" width="9" height="9" fill="{color}"/>')
            x += len(name) * 11 * _CHARACTER + 28
        return self

    # The picture

    def chart(self) -> Chart:
        """Returns the chart of this plot."""
        return stacked(self.title, [self])

    def group(self, top: float) -> str:
        """Returns the plot as a part of a picture."""
        return f'<g transform="translate(0 {top:g})">{"".join(self._body)}</g>'

    def _x(self, scale: Scale, value: float) -> float:
        return _LEFT + scale.place(value) * (_RIGHT - _LEFT)

    def _y(self, scale: Scale, value: float) -> float:
        return _BOTTOM - scale.place(value) * (_BOTTOM - _TOP)

    def _line(self, x1: float, y1: float, x2: float, y2: float, color: str, dash: str = "") -> None:
        pattern = f' stroke-dasharray="{dash}"' if dash else ""
        ends = f'x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"'
        self._body.append(f'<line {ends} stroke="{color}"{pattern}/>')

    def _text(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: int = 12,
        color: str = INK,
        anchor: str = "start",
        weight: int = 400,
        width: float = WIDTH,
        turn: int = 0,
        is_above: bool = False,
    ) -> Plot:
        most = int(width / (size * _CHARACTER))
        shown = text if len(text) <= most else f"{text[: most - 1]}…"
        turned = f' transform="rotate({turn} {x:.2f} {y:.2f})"' if turn else ""
        # A text above lines has an edge in the color of the ground.
        edge = f' paint-order="stroke" stroke="{PAPER}" stroke-width="3"' if is_above else ""
        style = f'font-size="{size}" fill="{color}" text-anchor="{anchor}" font-weight="{weight}"{turned}{edge}'
        self._body.append(f'<text x="{x:.2f}" y="{y:.2f}" {style}>{_escaped(shown)}</text>')
        return self


def stacked(title: str, plots: Sequence[Plot]) -> Chart:
    """Returns one chart with plots below each other."""
    height = HEIGHT * len(plots)
    parts = "".join(plot.group(HEIGHT * index) for index, plot in enumerate(plots))
    return Chart(
        title,
        f'<svg xmlns="http://www.w3.org/2000/svg" class="roost-picture" width="{WIDTH:g}" height="{height:g}" '
        f'viewBox="0 0 {WIDTH:g} {height:g}" role="img" font-family="{_FONT}">{_title(title)}<style>{_STYLE}</style>'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{parts}</svg>',
    )


def shape(kind: str) -> str:
    """Returns the shape of a state, 10 pixels wide and high, as a part of a picture."""
    return _SHAPES[kind].format(**{name.replace("-", "_"): light for name, (light, _) in COLORS.items()})


def _tick(value: float) -> str:
    exponent = round(math.log10(value)) if value > 0 else 0
    if abs(exponent) > 4 and math.isclose(value, 10.0**exponent):
        return words.power(exponent)
    return words.count(round(value)) if value == round(value) and abs(value) < 1e9 else words.chosen(value)


def _title(text: str) -> str:
    """Returns what a browser shows beside the pointer."""
    return f"<title>{_escaped(text)}</title>"


def _escaped(text: str) -> str:
    # XML does not allow control characters, and text whose direction changes could pretend to be other text.
    return cell(
        "".join(character if character.isprintable() or character in _SPACES else "\ufffd" for character in text)
    )
