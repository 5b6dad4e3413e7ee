"""Where ticks stand and how numbers read. Linear and logarithmic scales, without Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TINY = 1e-30
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(slots=True)
class Scale:
    """The shown range of one axis. Until the user pans or zooms it follows the data (`auto`)."""

    title: str
    unit: str = ""
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    whole: bool = False
    """True: only whole numbers have ticks (steps, epochs)."""
    auto: bool = True
    fresh: bool = True
    """True: nothing has been fitted yet."""

    @property
    def label(self) -> str:
        """Return the axis title with its unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def place(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return values as shares of the axis: 0 at its low end, 1 at its high end; NaN stays."""
        low, high = self.ends()
        data = np.asarray(values, np.float64)
        if self.log:
            with np.errstate(invalid="ignore"):
                data = np.log10(np.maximum(data, TINY))
        return (data - low) / (high - low)

    def value(self, share: float) -> float:
        """Return what stands at a share of the axis."""
        low, high = self.ends()
        here = low + share * (high - low)
        return 10.0**here if self.log else here

    def ends(self) -> tuple[float, float]:
        """Return the shown range, as exponents of ten on a logarithmic axis."""
        if not self.log:
            return self.low, self.high
        return math.log10(max(self.low, TINY)), math.log10(max(self.high, TINY))

    def set_ends(self, low: float, high: float) -> None:
        """Show a range given as `ends` gives it."""
        if self.log:
            low, high = 10.0 ** max(low, -30.0), 10.0 ** min(high, 30.0)
        if math.isfinite(low) and math.isfinite(high) and low < high:
            self.low, self.high = low, high

    def zoom(self, factor: float, share: float) -> None:
        """Shrink (factor < 1) or widen the range around a share of the axis."""
        low, high = self.ends()
        here = low + share * (high - low)
        span = (high - low) * factor
        if span > 1e-12 * max(abs(here), 1e-9) and span < 1e15:
            self.set_ends(here - share * span, here + (1 - share) * span)
            self.auto = False

    def pan(self, share: float) -> None:
        """Move the range by a share of its length."""
        low, high = self.ends()
        step = share * (high - low)
        self.set_ends(low + step, high + step)
        self.auto = False

    def release(self) -> None:
        """Follow the data again, whatever is shown now."""
        self.auto, self.fresh = True, True

    def fit(self, low: float, high: float, *, pinned: bool = False) -> bool:
        """Follow data that lie between `low` and `high`; return whether the shown range changed.

        The range changes only when data leave it or fill less than 40 % of it, so that labels rest
        while values stream. `pinned` leaves no margin at the low end.
        """
        if not self.auto or not (math.isfinite(low) and math.isfinite(high)):
            return False
        if self.log:
            low, high = math.log10(max(low, TINY)), math.log10(max(high, TINY))
        if high <= low:
            pad = 0.5 if self.log else abs(low) * 0.1 or 0.5
            low, high = (low, high + 2 * pad) if pinned else (low - pad, high + pad)
        shown_low, shown_high = self.ends()
        held = shown_low <= low and high <= shown_high
        if held and not self.fresh and high - low >= 0.4 * (shown_high - shown_low):
            return False
        self.fresh = False
        margin = (high - low) * 0.12
        floor = 0.0 if low >= 0 and not self.log else -math.inf
        below = low if pinned else max(low - margin, floor)
        self.set_ends(below, high + margin * (0.5 if pinned else 1.0))
        return True


def ticks(scale: Scale, most: int) -> tuple[list[float], list[str]]:
    """Return at most about `most` tick values within the shown range, and their words."""
    if scale.log:
        return _log_ticks(scale, max(most, 2))
    step = _nice_step((scale.high - scale.low) / max(most, 1))
    if scale.whole:
        step = max(1.0, step)
    first = math.ceil(scale.low / step - 1e-9)
    last = math.floor(scale.high / step + 1e-9)
    values = [n * step for n in range(first, last + 1)]
    return values, [_words(v, step) for v in values]


def _nice_step(rough: float) -> float:
    if rough <= 0 or not math.isfinite(rough):
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    nice = (1, 2, 2.5, 5) if power >= 10 else (1, 2, 5)
    return next((n * power for n in nice if n * power >= rough * 0.999), 10 * power)


def _log_ticks(scale: Scale, most: int) -> tuple[list[float], list[str]]:
    low, high = scale.ends()
    if high - low < 0.7:
        plain = Scale("", low=scale.low, high=scale.high)
        return ticks(plain, most)
    stride = max(1, math.ceil((high - low) / most))
    decades = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    factors = (1, 2, 5) if 2 * (high - low) < most and high - low < 3 else (1,)
    values = [
        factor * 10.0**n
        for n in range(math.floor(low), math.floor(high) + 1)
        for factor in factors
        if (n % stride == 0 and low - 1e-9 <= n + math.log10(factor) <= high + 1e-9)
    ]
    if not decades:
        values = [scale.value(0.5)]
    return values, [power(v) for v in values]


def power(value: float) -> str:
    """Return a value of a logarithmic axis: 0.01, 20, 10⁻⁵, 2·10⁶."""
    if 1e-3 <= value < 1e4:
        return f"{value:g}"
    exponent = math.floor(math.log10(value) + 1e-9)
    factor = round(value / 10.0**exponent)
    words = f"10{str(exponent).translate(_SUPERSCRIPT)}"
    return words if factor == 1 else f"{factor}·{words}"


def _words(value: float, step: float) -> str:
    """Return a tick's number with no more places than its neighbours need."""
    if value == 0:
        return "0"
    if step >= 1:
        for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
            if step >= unit / 10 and abs(value) >= unit:
                return f"{value / unit:.6g} {letter}"
        return f"{value:.0f}"
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    if places > 4:
        return f"{value:.3g}"
    return f"{value:.{places}f}"
