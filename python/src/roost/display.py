"""What notebooks show of reports, drift and releases: HTML in the manner of the console, without scripts.

All text is escaped here and in `html`, and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from .charts import COLORS, shape
from .html import cell
from .words import Status

_SVG = 'xmlns="http://www.w3.org/2000/svg"'


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def _variables(theme: int) -> str:
    return "".join(f"--{name}:{colors[theme]};" for name, colors in COLORS.items())


# The rules name the class twice, so that they come before those of notebooks.
_STYLE = (
    """
.roost{LIGHT color:var(--ink);background:var(--bg);font:13px/20px system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;
padding:12px 16px;max-width:1016px;overflow-wrap:break-word}
@media (prefers-color-scheme:dark){.roost{DARK}}
.roost.roost p{margin:0 0 8px}
.roost.roost .verdict{font-size:17px;line-height:26px;max-width:56em;margin:0 0 4px;text-wrap:pretty}
.roost.roost h4{font-size:14px;line-height:20px;font-weight:600;color:inherit;margin:16px 0 4px}
.roost.roost small{font-size:12px;font-weight:400;color:var(--ink-2)}
.roost.roost svg{display:inline-block;vertical-align:baseline;overflow:visible;max-width:100%}
.roost.roost .roost-picture{display:block;height:auto;margin:8px 0}
.roost.roost .b{white-space:nowrap}
.roost.roost .warn{color:var(--warn)}.roost.roost .bad{color:var(--bad)}
.roost.roost .off,.roost.roost .unknown,.roost.roost .q{color:var(--ink-2)}
.roost.roost .wide{overflow-x:auto}
.roost.roost table{border-collapse:collapse;border:0;margin:0 0 8px;font-size:13px;line-height:20px;color:inherit}
.roost.roost tr:nth-child(n),.roost.roost tr:nth-child(n):hover{background:none}
.roost.roost th,.roost.roost td{padding:5px 16px 5px 0;border:0;border-bottom:1px solid var(--line);font-weight:400;
text-align:left;vertical-align:baseline;max-width:none;white-space:normal}
.roost.roost thead th{font-size:12px;line-height:18px;color:var(--ink-3)}
.roost.roost .r{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.roost.roost .heat{border-collapse:separate;border-spacing:2px;font-size:12px;line-height:18px}
.roost.roost .heat th,.roost.roost .heat td{padding:0;border:0;white-space:nowrap}
.roost.roost .heat th,.roost.roost .heat .b{padding:0 8px}
.roost.roost .heat .c{min-width:15px;height:18px;text-align:center}
.roost.roost .heat .none{outline:1px dashed var(--edge);outline-offset:-1px}
.roost.roost .sw{display:inline-block;width:9px;height:9px;margin-right:5px;background:var(--accent)}
.roost.roost .sw.base{background:var(--base)}
""".replace("LIGHT", _variables(0))
    .replace("DARK", _variables(1))
    .replace("\n", "")
)


def page(*parts: str) -> str:
    """Returns parts as what a notebook shows."""
    return f'<div class="roost"><style>{_STYLE}</style>{"".join(parts)}</div>'


def badge(status: Status) -> Markup:
    """Returns a state: its shape and its word."""
    return Markup(f'<span class="b {status.kind}">{_shape(status.kind)}{cell(status.word)}</span>')


def verdict(status: Status, sentence: str, name: str | None = None) -> str:
    """Returns what has been decided: the shape, of whom, the word, and why."""
    whom = "" if name is None else f"{cell(name)}: "
    return f'<p class="verdict">{_shape(status.kind, 12)}<b>{whom}{cell(status.word)}.</b> {cell(sentence)}</p>'


def heading(text: str, note: str = "") -> str:
    """Returns the heading of a part."""
    small = f" <small>{cell(note)}</small>" if note else ""
    return f"<h4>{cell(text)}{small}</h4>"


def paragraph(text: str) -> str:
    """Returns a sentence in gray."""
    return f'<p class="q">{cell(text)}</p>'


def listed(texts: Iterable[str]) -> str:
    """Returns sentences below each other."""
    return "".join(paragraph(text) for text in texts)


def grid(head: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Iterable[int] = ()) -> str:
    """Returns a table. States become badges, and what is no `Markup` is escaped. Numbers are aligned at their ends."""
    right = set(numbers)

    def one(tag: str, place: int, value: Any) -> str:
        content = badge(value) if isinstance(value, Status) else value
        shown = content if isinstance(content, Markup) else cell(content)
        align = ' class="r"' if place in right else ""
        return f"<{tag}{align}>{shown}</{tag}>"

    def line(values: Sequence[Any], tag: str) -> str:
        return "".join(one("th" if place == 0 else tag, place, value) for place, value in enumerate(values))

    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    top = f"<thead><tr>{line(head, 'th')}</tr></thead>" if any(head) else ""
    return f'<div class="wide"><table>{top}<tbody>{body}</tbody></table></div>'


def swatches(base: str, new: str) -> str:
    """Returns what gray and blue stand for."""
    return f'<p class="q"><span class="sw base"></span>{cell(base)} &nbsp; <span class="sw"></span>{cell(new)}</p>'


# Small pictures in cells


def whisker(low: float, middle: float, high: float, ends: tuple[float, float], *, is_new: bool) -> Markup:
    """Returns an interval as a line with its value as a dot, on a scale between two ends."""
    values = (low, middle, high, *ends)
    if not all(map(math.isfinite, values)) or ends[1] <= ends[0]:
        return Markup("")
    left, center, right = (2 + 128 * min(max((value - ends[0]) / (ends[1] - ends[0]), 0), 1) for value in values[:3])
    color = "var(--accent)" if is_new else "var(--base)"
    return _small(
        f'<line x1="{left:.1f}" y1="8" x2="{right:.1f}" y2="8" stroke="{color}" stroke-width="1.5"/>'
        f'<circle cx="{center:.1f}" cy="8" r="3" fill="{color}"/>'
    )


def evidence_bar(value: float, bound: float, most: float, kind: str) -> Markup:
    """Returns evidence as a bar on a log scale from 0.01, with an upright line at its bound."""

    def place(number: float) -> float:
        size = math.log10(min(max(number, 0.01), most)) + 2
        return 132 * size / (math.log10(most) + 2)

    color = {"new": "accent", "warn": "warn-fill", "bad": "bad-fill"}.get(kind, "base")
    return _small(
        f'<rect x="0" y="4" width="{place(value):.1f}" height="8" fill="var(--{color})"/>'
        f'<line x1="{place(bound):.1f}" y1="0" x2="{place(bound):.1f}" y2="16" stroke="var(--ink)" stroke-width="2"/>'
    )


def _small(content: str) -> Markup:
    return Markup(
        f'<svg {_SVG} width="132" height="16" viewBox="0 0 132 16" aria-hidden="true" style="vertical-align:middle">'
        f"{content}</svg>"
    )


def heat_cell(status: Status, share: float | None, note: str) -> Markup:
    """Returns a window of a heat strip.

    Args:
        status: What was said of it.
        share: Its score, as a part of the score of a warning. None without one.
        note: What a browser shows beside the pointer.
    """
    fill = {"warn": "var(--warn-fill)", "bad": "var(--bad-fill)"}.get(status.kind)
    if fill is None and status.kind != "unknown":
        depth = 11 * next((step for step, most in ((1, 0.3), (2, 0.6), (4, 0.9)) if (share or 0) < most), 6)
        fill = f"color-mix(in srgb,var(--base) {depth}%,var(--bg))"
    style = "" if fill is None else f' style="background:{fill}"'
    mark = ""
    if status.kind in ("warn", "bad"):
        color = "var(--on-warn)" if status.kind == "warn" else "#ffffff"
        path = "M5 .4 10 9.4H0z" if status.kind == "warn" else "M5 0l5 5-5 5-5-5z"
        drawn = f'<path d="{path}" fill="{color}"/>'
        mark = f'<svg {_SVG} width="8" height="8" viewBox="0 0 10 10" aria-hidden="true">{drawn}</svg>'
    kind = "c none" if status.kind == "unknown" else "c"
    return Markup(f'<td class="{kind}"{style} title="{cell(note).replace(chr(34), "&quot;")}">{mark}</td>')


def _shape(kind: str, size: int = 10) -> str:
    drawn = shape(kind)
    for name, (light, _) in COLORS.items():
        drawn = drawn.replace(f'"{light}"', f'"var(--{name})"')
    box = f'width="{size}" height="{size}" viewBox="0 0 10 10"'
    return f'<svg {_SVG} {box} style="margin-right:6px" aria-hidden="true">{drawn}</svg>'
