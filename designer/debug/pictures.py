"""Tensors as words and as pictures. No Qt here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from designer.words import figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.train.inspection import Inspection, NodeView, TensorView

MOST = 64
"""Pictures side by side at most."""
LEAST = 3
"""Rows and columns that a picture has at least; a kernel may have as few."""
BAD = (255, 0, 200)
"""The colour of a pixel that is not finite."""
ROLES = {
    "output": "Output",
    "gradient": "Gradient",
    "weight": "Weights",
    "weight_gradient": "Weights' gradient",
}


def shape_words(shape: tuple[int, ...]) -> str:
    """Return a shape as it is written: `32 × 10`; one number has none."""
    return " × ".join(map(str, shape)) or "one number"


def share_words(share: float) -> str:
    """Return a share in per cent, so that a small one is not told as none."""
    if 0 < share < 0.001:
        return "<0.1%"
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def flags(node: NodeView) -> str:
    """Return what is odd about a node's tensors."""
    words: list[str] = []
    for view in node.tensors:
        what = "" if view.role == "output" else f" in {ROLES[view.role].lower()}"
        if view.bad:
            words.append(f"not finite {share_words(view.bad)}{what}")
    output = next(iter(node.of("output")), None)
    if output is not None and output.zeros >= 0.5:
        words.append(f"zero {share_words(output.zeros)}")
    if any(view.low == view.high == 0 for view in node.of("gradient")):
        words.append("no gradient")
    if node.frozen:
        words.append("frozen")
    return ", ".join(words)


def told(view: TensorView) -> str:
    """Return the figures of a tensor as a line."""
    words = [shape_words(view.shape), view.dtype]
    if math.isfinite(view.low):
        words.append(f"{figure(view.low)} to {figure(view.high)}")
        words.append(f"mean {figure(view.mean)}, std {figure(view.std)}")
    words.append(f"zero {share_words(view.zeros)}")
    if view.bad:
        words.append(f"not finite {share_words(view.bad)}")
    return " · ".join(words)


def is_picture(view: TensorView) -> bool:
    """Return whether a tensor can be shown as pictures: (rows, channels, height, width)."""
    return len(view.shape) == 4 and min(view.values.shape[2:], default=0) >= LEAST


def pictures(view: TensorView, row: int) -> NDArray[np.uint8]:
    """Return pictures (count, height, width, 3), grey from the least value to the greatest.

    Three channels of an output make one colour picture; of other numbers each channel of the row
    is one. Of weights each kernel is one.
    """
    values = view.values
    if view.role in ("weight", "weight_gradient"):
        return _coloured(values.reshape(-1, *values.shape[2:])[:MOST], view)
    if view.shape[1] == 3 and view.role == "output" and values.shape[1] == 3:
        return _colours(values[:MOST], view)
    if view.shape[1] == 1:
        return _coloured(values[:MOST, 0], view)
    return _coloured(values[min(row, len(values) - 1)][:MOST], view)


def sample_picture(view: TensorView, row: int) -> NDArray[np.uint8] | None:
    """Return one row of an image-like tensor as a picture (height, width, 3), else None."""
    if not is_picture(view) or row >= len(view.values):
        return None
    values = view.values[row]
    made = _colours(values[None], view) if len(values) == 3 else _coloured(values[:1], view)
    return made[0]


def _scaled(values: NDArray[np.float32], view: TensorView) -> NDArray[np.uint8]:
    told = math.isfinite(view.low) and math.isfinite(view.high)
    low, high = (view.low, view.high) if told else (0.0, 1.0)
    width = high - low if high > low else 1.0
    known = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
    grey = (known - low) / width
    return (np.clip(grey, 0, 1) * 255).astype(np.uint8)


def _coloured(values: NDArray[np.float32], view: TensorView) -> NDArray[np.uint8]:
    made = np.repeat(_scaled(values, view)[..., None], 3, -1)
    made[~np.isfinite(values)] = BAD
    return made


def _colours(values: NDArray[np.float32], view: TensorView) -> NDArray[np.uint8]:
    made = np.ascontiguousarray(np.moveaxis(_scaled(values, view), 1, -1))
    made[~np.isfinite(values).all(1)] = BAD
    return made


def flat(view: TensorView) -> NDArray[np.float32]:
    """Return the told values as a table: a row for each along the first axis."""
    values = view.values
    return values.reshape(len(values), -1) if values.ndim > 1 else values.reshape(-1, 1)


def place(view: TensorView, column: int) -> str:
    """Return where a column of that table lies in the tensor: `2, 0, 13`."""
    inner = view.values.shape[1:]
    if not inner:
        return "value"
    where = list(np.unravel_index(column, inner))
    if view.stride > 1:
        where = [*where[:-2], *(k * view.stride for k in where[-2:])]
    return ", ".join(str(int(k)) for k in where)


def row_words(inspection: Inspection, row: int, brief: bool = False) -> str:
    """Return what stands for one told row of the batch: its place, its sample, its class."""
    words = [f"{inspection.rows[row] + 1}"]
    if not brief:
        words = [f"Row {words[0]}", f"sample {inspection.samples[row] + 1:,}"]
    for node in inspection.nodes:
        for view in node.of("output"):
            names = inspection.names.get(view.name)
            if names and view.values.shape == (len(inspection.rows),):
                number = view.values[row]
                if np.isfinite(number) and 0 <= number < len(names):
                    words.append(names[int(number)])
    bad = inspection.fault is not None and inspection.rows[row] in inspection.fault.rows
    return " · ".join([*words, "!" if brief else "not finite"] if bad else words)
