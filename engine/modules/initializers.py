"""Weight initializers that PyTorch does not have. Each function stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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


def truncated_normal_(tensor: torch.Tensor, std: float = 0.05, bound: float = 2.0) -> torch.Tensor:
    """Fill a tensor in place from N(0, std²) without what lies beyond `bound` deviations."""
    return nn.init.trunc_normal_(tensor, 0.0, std, -bound * std, bound * std)


def sparse_(tensor: torch.Tensor, sparsity: float = 0.9, std: float = 0.1) -> torch.Tensor:
    """Fill a weight (out, in, ...) in place: each unit has few inputs, the rest are zero.

    The others are from N(0, std²).
    """
    with torch.no_grad():
        rows = tensor.new_empty(len(tensor), tensor[0].numel()).normal_(0.0, std)
        zeros = min(int(sparsity * rows.shape[1] + 0.5), rows.shape[1] - 1)
        for row in rows:
            row[torch.randperm(len(row))[:zeros]] = 0.0
        return tensor.copy_(rows.view_as(tensor))


def layer_output(layer: nn.Module, run: Callable[[], object]) -> torch.Tensor:
    """Return what a layer puts out when something is run that calls it; of several calls the first.

    Evaluation mode is the caller's affair; random numbers drawn are put back.
    """
    found: list[torch.Tensor] = []

    def keep(_layer: nn.Module, _given: object, output: torch.Tensor) -> None:
        found.append(output)

    hook = layer.register_forward_hook(keep)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(0)
        run()
    hook.remove()
    return found[0]


def unit_variance_(
    weights: Sequence[torch.Tensor],
    output: Callable[[int], torch.Tensor],
    tolerance: float = 0.01,
    most: int = 10,
) -> None:
    """Scale weights in place, one after the other, until their layers' outputs have variance 1.

    `output(place)` runs a batch and returns what that layer puts out. Mishkin and Matas 2015.
    """
    with torch.no_grad():
        for place, weight in enumerate(weights):
            for _ in range(most):
                variance = output(place).float().var(correction=0).item()
                if not variance > 1e-12 or abs(variance - 1.0) < tolerance:
                    break
                weight.div_(variance**0.5)
