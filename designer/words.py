"""Figures and text as a person reads them."""

from __future__ import annotations

import math
from html import escape

__all__ = ["amount", "count", "duration", "escape", "size"]


def count(number: int, word: str) -> str:
    """Return `1 layer`, `2 layers`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def amount(number: float) -> str:
    """Return a count in thousands, millions, billions: `1.2 k`, `3.4 M`."""
    for limit, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= limit:
            return f"{_three(number / (1e3 if unit == 'k' else limit))} {unit}"
    return f"{number:,.0f}"


def size(number: float) -> str:
    """Return bytes as `12 KB`, `3.4 MB`."""
    for limit, unit in ((2**30, "GB"), (2**20, "MB"), (2**10, "KB")):
        if number >= limit:
            return f"{_three(number / limit)} {unit}"
    return f"{number:,.0f} B"


def _three(number: float) -> str:
    """Return a number above zero in three figures, or as many as stand before its point."""
    return f"{number:,.0f}" if number >= 99.95 else f"{number:.3g}"


def duration(seconds: float) -> str:
    """Return a time as `8 s`, `2:05`, `1:02:05`."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def figure(value: float) -> str:
    """Return a number in about four figures, as a readout shows it."""
    if not math.isfinite(value):
        return "not finite"
    size = abs(value)
    if value == 0:
        return "0"
    if size >= 1e5 or size < 1e-3:
        return f"{value:.2e}"
    return f"{value:.4g}" if size < 1e3 else f"{value:,.0f}"
