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
