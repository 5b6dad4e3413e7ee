"""Weight initializers that PyTorch does not have. Each function stands alone."""

from __future__ import annotations

import torch


def lecun_normal_(tensor: torch.Tensor) -> torch.Tensor:
    """Fill a weight (out, in, ...) in place from N(0, 1 / fan_in) and return it."""
    with torch.no_grad():
        return tensor.normal_(0.0, tensor[0].numel() ** -0.5)


def lecun_uniform_(tensor: torch.Tensor) -> torch.Tensor:
    """Fill a weight (out, in, ...) in place from ±√(3 / fan_in) and return it."""
    bound = (3.0 / tensor[0].numel()) ** 0.5
    with torch.no_grad():
        return tensor.uniform_(-bound, bound)


def identity_(tensor: torch.Tensor) -> torch.Tensor:
    """Fill a weight (out, in, ...) in place so that it passes on what comes in, and return it.

    Row i takes channel i of its group; a kernel is 1 at its middle. Rows beyond that are zero,
    except in a convolution, where groups show only in there being more rows than channels.
    """
    with torch.no_grad():
        tensor.zero_()
        rows, columns, *kernel = tensor.shape
        row = torch.arange(rows if kernel else min(rows, columns), device=tensor.device)
        tensor[(row, row % columns, *((size - 1) // 2 for size in kernel))] = 1.0
    return tensor
