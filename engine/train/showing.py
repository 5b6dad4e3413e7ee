"""What the displays of a network show: pictures, points and text, always of the same samples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from engine.catalog.spec import load_target
from engine.train.evaluate import evaluating
from engine.train.events import Pictures, Points, Text
from engine.train.writing import LAST_SECONDS, SECONDS, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.data.dataset import Dataset
    from engine.plan import Display, Plan
    from engine.train.device import Precision
    from engine.train.events import Event
    from engine.train.phase import PhaseRun

    Forward = Callable[..., tuple[torch.Tensor, ...]]

RANGE = 256
"""Samples from which the range of a field's numbers is taken."""


class Showing:
    """Shows what arrives at the displays of one network, in evaluation and without gradients.

    Parameters
    ----------
    phase
        Whose network it is.
    plan
        What that network computes.
    data
        The first samples of its validation part are shown; of the training part if that is empty.
    precision
        How numbers are held.
    """

    def __init__(self, phase: PhaseRun, plan: Plan, data: Dataset, precision: Precision) -> None:
        self.due = 0.0
        self._phase = phase
        self._network = network = phase.network
        self._forward: Forward = precision.wrap(network.shown_forward)
        self._part = data.parts["validation" if data.sizes.get("validation") else "train"]
        self._data = data
        self._plan = plan
        self._texts = {
            place: Writer(network, data, self._part, display.values, self._scores(place))
            for place, display in enumerate(network.displays)
            if display.shows == "text" and Writer.suits(network, data)
        }
        others = [d for d in network.displays if d.shows != "text"]
        count = max((_count(d) for d in others), default=0)
        self._batch = [self._part[name][:count] for name in network.fields] if count else []
        self._ranges: dict[str, tuple[float, float]] = {}

    def draw(self, step: int, *, last: bool = False) -> list[Event]:
        """Return what each display shows. Training does not miss what is drawn at random."""
        index, found = self._phase.index, list[Pictures | Points | Text]()
        with evaluating(self._network):
            shown = self._forward(*self._batch) if self._batch else ()
            for place, display in enumerate(self._network.displays):
                if place in self._texts:
                    text = self._texts[place].write(LAST_SECONDS if last else SECONDS)
                    found.append(Text(step, display.node, text, index))
                elif shown and display.shows == "images":
                    images = self._pictures(display, shown[place][: _count(display)])
                    found.append(Pictures(step, display.node, images, index))
                elif shown and display.shows == "points":
                    values = shown[place][: _count(display)].flatten(1).float().cpu()
                    if bool(torch.isfinite(values).all()):
                        held = self._labels(display, len(values))
                        found.append(Points(step, display.node, plane(values), held, index))
        return [*found]

    def _scores(self, place: int) -> Callable[[Sequence[torch.Tensor]], torch.Tensor]:
        return lambda batch: self._forward(*batch)[place]

    # -- pictures

    def _pictures(self, display: Display, values: torch.Tensor) -> np.ndarray:
        values = values.detach().float().cpu()
        if display.target:
            return pixels(load_target(display.target)()(values), (), 0.0, 1.0)
        field = self._field(display, tuple(values.shape[1:]))
        if field:
            low, high = self._range(field)
            values = self._data.original(field, values)
        else:
            values = values.nan_to_num()
            low, high = float(values.min()), float(values.max())
            low, high = (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)
        shape = cast("tuple[int, ...]", display.values.get("shape") or ())
        return pixels(values, shape, low, high)

    def _field(self, display: Display, shape: tuple[int, ...]) -> str:
        """Return the data field whose numbers a display shows, or numbers like it; else nothing."""
        for name, variable in self._plan.variables.items():
            if variable == display.variable:
                return name
        fields = self._data.fields.values()
        alike = [f for f in fields if f.shape == shape and f.dtype.startswith("float")]
        return next((f.name for f in alike if len(shape) > 1 or f.name in self._data.scales), "")

    def _range(self, field: str) -> tuple[float, float]:
        if field not in self._ranges:
            seen = self._data.original(field, self._part[field][:RANGE].float())
            self._ranges[field] = float(seen.min()), float(seen.max())
        return self._ranges[field]

    # -- points

    def _labels(self, display: Display, count: int) -> np.ndarray:
        fields: Mapping[str, Any] = self._data.fields
        chosen = display.values.get("field") or next(
            (f.name for f in fields.values() if f.role == "target"), ""
        )
        held = self._part.get(str(chosen))
        if held is None or held.is_floating_point() or held.dim() != 1 or len(held) < count:
            return np.full(count, -1, np.int64)
        return held[:count].cpu().numpy().astype(np.int64)


def _count(display: Display) -> int:
    value = display.values.get("count", 16)
    return value if isinstance(value, int) else 16


def pixels(values: torch.Tensor, shape: Sequence[int], low: float, high: float) -> np.ndarray:
    """Return pictures as bytes, (count, rows, columns) or with 3 colours behind.

    Parameters
    ----------
    values
        (count, ...) of one channel, of three, or rows of pixels.
    shape
        Shape of one picture, where rows of pixels arrive; empty for a square.
    low, high
        What is black and what is white.
    """
    if shape:
        values = values.reshape(len(values), *shape)
    elif values.dim() == 2:
        side = math.isqrt(values.shape[1])
        values = values[:, : side * side].reshape(-1, side, side)
    if values.dim() == 4:
        values = values.movedim(1, -1) if values.shape[1] == 3 else values[:, 0]
    span = high - low if high > low else 1.0
    scaled = ((values.nan_to_num() - low) / span).clamp(0, 1) * 255
    return scaled.round().to(torch.uint8).contiguous().numpy()


def plane(values: torch.Tensor) -> np.ndarray:
    """Return points of the plane, (count, 2): where there are more figures, the principal two.

    An axis points where its largest part is positive, so that pictures do not flip.
    """
    points = values.double().numpy()
    if points.shape[1] > 2:
        centred = points - points.mean(0)
        axes = np.linalg.eigh(centred.T @ centred).eigenvectors[:, :-3:-1]
        largest = axes[np.abs(axes).argmax(0), [0, 1]]
        points = centred @ (axes * np.where(largest < 0, -1, 1))
    return points[:, :2].astype(np.float32)
