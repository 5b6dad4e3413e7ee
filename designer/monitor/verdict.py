"""Whether the network is learning, in one line: what the losses did over the latest epochs. No Qt.

A trend counts when its slope is more than twice as large as its own error; else none is told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from designer.monitor.history import History

EPOCHS = 8
"""Epochs that a trend is taken from, at most."""
LEAST_EPOCHS = 3
BUCKETS = 24
"""Stretches of steps that a trend is taken from while there are too few epochs."""
LEAST_STEPS = 48
FLAT = 0.002
"""A change per epoch below this is none."""
SURE = 2.0


@dataclass(frozen=True, slots=True)
class Trend:
    """What a loss does: the factor by which it changes per epoch, and over how many."""

    rate: float
    """−0.03 falls by 3 % each."""
    clear: bool
    count: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line, and whether it is good news."""

    text: str
    mood: str = "muted"
    """success, warning, error or muted."""


def trend(values: NDArray[np.floating]) -> Trend | None:
    """Return the trend of losses in a row: a line through their logarithms where all are positive.

    Losses of both signs get a line through themselves, its slope over their mean size. None for
    fewer than three values.
    """
    values = np.asarray(values, np.float64)
    count = len(values)
    if count < LEAST_EPOCHS or not np.isfinite(values).all():
        return None
    logs = bool((values > 0).all())
    y = np.log(values) if logs else values / max(float(np.abs(values).mean()), 1e-30)
    x = np.arange(count) - (count - 1) / 2
    slope = float((x * y).sum() / (x * x).sum())
    rest = y - y.mean() - slope * x
    error = math.sqrt(float((rest * rest).sum()) / max(count - 2, 1) / float((x * x).sum()))
    rate = math.expm1(slope) if logs else slope
    return Trend(rate, abs(slope) > SURE * error and abs(rate) >= FLAT, count)


def verdict(history: History) -> Verdict:
    """Return what the losses of the first phase say."""
    if history.started is None or not len(history.loss) or len(history.phases) > 1:
        return Verdict("")  # Phases that play against each other need not lower their losses.
    if not math.isfinite(float(history.loss.last[0])):
        return Verdict("Diverged: the loss is no longer a finite number", "error")
    losses = history.metrics.get("loss")
    if losses is None or len(losses) < LEAST_EPOCHS:
        return _by_steps(history)
    window = losses.view(*losses.span, 1 << 20)
    train, held = window.mean[0], window.mean[1]
    own = trend(train[-EPOCHS:])
    other = trend(held[-EPOCHS:]) if np.isfinite(held[-EPOCHS:]).all() else None
    if own is None:
        return Verdict("")
    return _alone(own) if other is None else _both(own, other, held, window.x)


def _by_steps(history: History) -> Verdict:
    loss = history.loss
    if len(loss) < LEAST_STEPS:
        return Verdict("Too early to tell")
    window = loss.view(loss.span[1] / 2, loss.span[1], BUCKETS)
    parts = np.array_split(window.mean[0], min(BUCKETS, len(window.x)))
    found = trend(np.array([part.mean() for part in parts]))
    if found is None or not found.clear:
        return _since_the_start(history)
    total = found.rate if found.count < 2 else (1 + found.rate) ** (found.count - 1) - 1
    if total < 0:
        words = f"Learning: the training loss fell {-total:.0%} over the latest half of the steps"
        return Verdict(words, "success")
    words = f"Not learning: the training loss rose {total:.0%} over the latest half of the steps"
    return Verdict(words, "warning")


def _since_the_start(history: History) -> Verdict:
    """Return what the loss did over all steps, where its latest half shows no trend."""
    loss = history.loss
    parts = loss.view(*loss.span, BUCKETS).mean[0]
    begun = float(parts[: max(1, len(parts) // 8)].mean())
    latest = parts[len(parts) // 2 :]
    fall = begun - float(latest.mean())
    if len(parts) >= LEAST_EPOCHS and begun > 0 and fall > SURE * float(latest.std()):
        share = fall / begun
        words = f"Learned: the training loss fell {share:.0%} since the start, and now has no trend"
        return Verdict(words, "success")
    return Verdict("Too early to tell: the training loss shows no clear trend yet")


def _alone(own: Trend) -> Verdict:
    if own.clear and own.rate < 0:
        return Verdict(f"Learning: the training loss falls {_percent(own)} per epoch", "success")
    if own.clear:
        words = f"Not learning: the training loss rises {_percent(own)} per epoch"
        return Verdict(words, "warning")
    return Verdict(f"Resting: the training loss shows no trend over {own.count} epochs")


def _both(
    own: Trend, other: Trend, held: NDArray[np.floating], epochs: NDArray[np.floating]
) -> Verdict:
    best = round(float(epochs[int(np.nanargmin(held))]))
    if other.clear and other.rate < 0:
        words = f"Learning: validation loss falls {_percent(other)} per epoch"
        return Verdict(words, "success")
    if other.clear and own.clear and own.rate < 0:
        return Verdict(
            f"Overfitting: validation loss rises {_percent(other)} per epoch while the training "
            f"loss falls; best after epoch {best}",
            "warning",
        )
    if other.clear:
        words = f"Not learning: validation loss rises {_percent(other)} per epoch"
        return Verdict(words, "warning")
    if own.clear and own.rate < 0:
        return Verdict(
            f"No gain: the training loss falls {_percent(own)} per epoch, validation loss shows "
            f"no trend; best after epoch {best}"
        )
    return Verdict(f"Resting: no trend over {other.count} epochs; best after epoch {best}")


def _percent(found: Trend) -> str:
    share = abs(found.rate)
    return f"{share:.1%}" if share < 0.0995 else f"{share:.0%}"
