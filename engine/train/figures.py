"""A tensor in figures: range, mean, zeros, histogram, and its first values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from engine.train.inspection import BINS, TensorView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.train.inspection import Role


def view(
    name: str, role: Role, tensor: torch.Tensor, rows: Sequence[int] | int, room: int
) -> TensorView:
    """Return the figures of a tensor.

    Parameters
    ----------
    rows
        Which places along the first axis to tell values of, or how many from the first on.
    room
        How many values of each to tell at most.
    """
    tensor = tensor.detach()
    shape, dtype = tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")
    if tensor.is_complex():
        tensor = tensor.abs()
    flat = tensor.reshape(-1)
    flat = flat if flat.dtype in (torch.float32, torch.float64) else flat.float()
    finite = torch.isfinite(flat)
    count = max(flat.numel(), 1)
    bad = 1 - float(finite.sum()) / count if flat.numel() else 0.0
    zeros = float((flat == 0).sum()) / count
    good = flat if bad == 0 else flat[finite]
    values, stride = _first(tensor, rows, room)
    return TensorView(
        name, role, shape, dtype, *_spread(good), zeros, bad, _histogram(good), values, stride
    )


def _spread(flat: torch.Tensor) -> tuple[float, float, float, float]:
    """Return least, greatest, mean and standard deviation; NaN where there is nothing."""
    if not flat.numel():
        return math.nan, math.nan, math.nan, math.nan
    low, high = (float(v) for v in torch.aminmax(flat))
    wide = flat.double() if max(abs(low), abs(high)) > 1e18 else flat
    std, mean = torch.std_mean(wide, correction=0)
    return low, high, float(mean), float(std)


def _histogram(flat: torch.Tensor) -> NDArray[np.float32]:
    """Return the counts over equal bins from the least to the greatest; all equal: in one bin."""
    counts = np.zeros(BINS, np.float32)
    if not flat.numel():
        return counts
    low, high = (float(v) for v in torch.aminmax(flat))
    if low == high:
        counts[BINS // 2] = flat.numel()
        return counts
    if high - low > torch.finfo(torch.float32).max:
        flat = flat.double()
    return torch.histc(flat, BINS, low, high).float().cpu().numpy()


def _first(
    tensor: torch.Tensor, rows: Sequence[int] | int, room: int
) -> tuple[NDArray[np.float32], int]:
    """Return the beginning of a tensor, and every how many pixels of a picture it tells."""
    if not tensor.dim():
        return tensor.float().cpu().numpy().reshape(1), 1
    if isinstance(rows, int):
        tensor = tensor[:rows]
    else:
        chosen = [row for row in rows if row < len(tensor)]
        tensor = tensor[torch.tensor(chosen, dtype=torch.long, device=tensor.device)]
    stride, sizes = 1, list(tensor.shape[1:])
    if len(sizes) >= 3 and min(sizes[-2:]) > 1 and math.prod(sizes[-2:]) > room:
        stride = math.ceil(math.sqrt(math.prod(sizes[-2:]) / room))
        tensor = tensor[..., ::stride, ::stride]
        sizes = list(tensor.shape[1:])
    # The last axes whole as far as they fit, those before them cut.
    for axis in range(len(sizes) - 1, -1, -1):
        sizes[axis] = min(sizes[axis], max(room, 1))
        room //= max(sizes[axis], 1)
    block = tensor[(slice(None), *(slice(size) for size in sizes))]
    return block.float().cpu().contiguous().numpy().copy(), stride
