"""What is measured on a sampled step: activation statistics and norms, for all nodes at once.

A handful of tensor operations whatever the number of layers, and one transfer from the device.
Nothing here changes a parameter, a buffer or a random state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from engine.monitor import kernels
from engine.monitor.spread import Spreads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

CAP = 1024
"""Values of an activation that are looked at."""
BINS = 64


@dataclass(frozen=True, slots=True)
class Sample:
    """The figures of one step; arrays have one row per tap or per node."""

    mean: Floats
    std: Floats
    zeros: Floats
    low: Floats
    high: Floats
    histogram: Floats
    grad: Floats
    weight: Floats
    update: Floats
    total_grad: float
    spreads: dict[str, tuple[Floats, Floats, Floats]]
    """Low, high and histogram per node of gradients, weights and changes; on some samples only."""


GOLDEN = 0.6180339887498949


def spread(count: int, device: torch.device) -> torch.Tensor:
    """Return `CAP` places among `count`: one in each of as many equal stretches.

    Where in its stretch a place lies follows the golden ratio, so that the places do not keep step
    with rows or channels.
    """
    step = torch.arange(CAP, dtype=torch.float64)
    return ((step + (step * GOLDEN) % 1) * (count / CAP)).long().clamp_(max=count - 1).to(device)


class Probe:
    """Takes samples of one phase of training.

    Parameters
    ----------
    taps
        How many activations the tapped forward returns.
    parameters
        The trained parameters, in the order of their gradients.
    owners
        For each of them the row (node) it belongs to.
    nodes
        How many such rows there are.
    """

    def __init__(
        self, taps: int, parameters: Sequence[torch.Tensor], owners: Sequence[int], nodes: int
    ) -> None:
        device = parameters[0].device
        self._device = device
        self._taps = taps
        self._buffer = torch.zeros(max(taps, 1), CAP, device=device)
        self._rows = self._buffer.unbind()
        self._offset = (torch.arange(max(taps, 1), device=device) * BINS)[:, None]
        self._counts: dict[tuple[int, ...], tuple[torch.Tensor, ...]] = {}
        self._places: dict[int, torch.Tensor] = {}
        self._sizes: tuple[int, ...] = ()
        self._parameters = [p.detach() for p in parameters]
        self._before = [torch.empty_like(p) for p in self._parameters]
        self._owner = torch.tensor(owners, device=device)
        self._nodes = nodes
        self._norms: list[torch.Tensor] = []
        self._spreads = Spreads(self._parameters, owners, nodes)
        self._spread = False

    def warm(self) -> None:
        """Take a sample of nothing, so that the first real one costs what the others do."""
        self.capture([row[:8] for row in self._buffer.new_zeros(self._taps, CAP)])
        self.before(self._parameters)
        self.after()
        self._spreads.begin()

    @torch.no_grad()
    def capture(self, taps: Sequence[torch.Tensor]) -> None:
        """Copy a subsample of each activation; short ones are filled up with their first value."""
        sizes: list[int] = []
        for row, tap in zip(self._rows, taps, strict=False):
            values = self._some(tap)
            count = values.numel()
            if count == CAP:
                row.copy_(values)
            elif count:
                row[:count].copy_(values)
                row[count:].copy_(values[:1])
            sizes.append(max(count, 1))
        self._sizes = tuple(sizes) or (1,)

    @torch.no_grad()
    def before(self, grads: Sequence[torch.Tensor]) -> None:
        """Take the norms of gradients and weights and a copy of the weights, before the update."""
        grad = torch.stack(kernels.norm(grads)).float()
        weight = torch.stack(kernels.norm(self._parameters)).float()
        kernels.copy_(self._before, self._parameters)
        self._spread = self._spreads.before(grads, self._parameters)
        self._norms = [self._by_node(grad), self._by_node(weight), grad.square().sum().sqrt()[None]]

    @torch.no_grad()
    def after(self) -> Callable[[], Sample | None]:
        """Finish a sample after the update.

        Returns a function that gives the sample, or None as long as the device is not done.
        """
        kernels.sub_(self._before, self._parameters)
        change = self._by_node(torch.stack(kernels.norm(self._before)).float())
        grad, weight, total = self._norms
        spreads = self._spreads.after(self._before) if self._spread else []
        packed = torch.cat([*self._statistics(), grad, weight, change, total, *spreads])
        return self._fetch(packed, self._spread)

    def _some(self, value: torch.Tensor) -> torch.Tensor:
        """Return up to `CAP` values of a tensor, flat."""
        count = value.numel()
        if count <= CAP:
            return value.reshape(-1)
        if not value.is_contiguous():
            value = value[:: max(1, min(len(value) // 8, count // (16 * CAP)))].contiguous()
            count = value.numel()
        if count not in self._places:
            self._places[count] = spread(count, self._device)
        return value.view(-1).index_select(0, self._places[count])

    def _by_node(self, norms: torch.Tensor) -> torch.Tensor:
        sums = torch.zeros(self._nodes, device=self._device)
        return sums.index_add_(0, self._owner, norms.square()).sqrt_()

    def _statistics(self) -> list[torch.Tensor]:
        """Return mean, std, zeros, low, high and histogram, corrected for the filling."""
        buffer = self._buffer
        count, fill, kept = self._count()
        first = buffer[:, 0]
        # Relative to the first value the filling is nothing.
        shifted = buffer - first[:, None]
        shift = shifted.sum(1) / count
        mean = first + shift
        deviation = shifted.sub_(shift[:, None]).mul_(kept)
        std = (deviation.square().sum(1) / (count - 1).clamp_min(1)).sqrt_()
        zeros = (CAP - torch.count_nonzero(buffer, 1) - fill * (first == 0)) / count
        low, high = torch.aminmax(buffer, dim=1)
        scale = (BINS - 1e-3) / (high - low).clamp_min(1e-12)
        scaled = buffer.sub(low[:, None]).mul_(scale[:, None]).nan_to_num_(0.0, 0.0, 0.0)
        index = scaled.clamp_(0, BINS - 1).long().add_(self._offset)
        histogram = self._histogram(index.view(-1), BINS * len(buffer))
        histogram.index_add_(0, index[:, 0], fill, alpha=-1)
        return [mean, std, zeros, low, high, histogram]

    def _histogram(self, index: torch.Tensor, size: int) -> torch.Tensor:
        if index.device.type == "cpu":
            return torch.bincount(index, minlength=size).float()
        one = torch.ones(1, device=self._device).expand(len(index))
        return torch.zeros(size, device=self._device).index_add_(0, index, one)

    def _count(self) -> tuple[torch.Tensor, ...]:
        """Return how many values of a row count, how many are filling, and 1 where one counts."""
        if self._sizes not in self._counts:
            count = torch.tensor(self._sizes, dtype=torch.float32, device=self._device)
            kept = (torch.arange(CAP, device=self._device) < count[:, None]).float()
            self._counts[self._sizes] = count, CAP - count, kept
        return self._counts[self._sizes]

    def _fetch(self, packed: torch.Tensor, spread: bool) -> Callable[[], Sample | None]:
        if packed.device.type != "cuda":
            values = packed.cpu()
            return lambda: self._unpack(values, spread)
        host = torch.empty(packed.shape, dtype=packed.dtype, pin_memory=True)
        host.copy_(packed, non_blocking=True)
        done: Any = torch.cuda.Event()
        done.record()
        return lambda: self._unpack(host, spread) if done.query() else None

    def _unpack(self, packed: torch.Tensor, spread: bool) -> Sample:
        taps, nodes = self._taps, self._nodes
        rows = len(self._buffer)
        sizes = [rows] * 5 + [rows * BINS] + [nodes] * 3 + [1]
        held = _split(packed, [*sizes, *(self._spreads.sizes if spread else [])])
        parts: list[Floats] = [part.numpy() for part in held[: len(sizes)]]
        mean, std, zeros, low, high = (part[:taps] for part in parts[:5])
        histogram = parts[5].reshape(rows, BINS)[:taps]
        grad, weight, change, total = parts[6:]
        update: Floats = (change / weight.clip(1e-12)).astype(np.float32)
        spreads = self._spreads.unpack(*held[len(sizes) :]) if spread else {}
        return Sample(
            mean, std, zeros, low, high, histogram, grad, weight, update, float(total[0]),
            {name: _arrays(found) for name, found in spreads.items()},
        )  # fmt: skip


def _arrays(found: tuple[torch.Tensor, ...]) -> tuple[Floats, Floats, Floats]:
    low, high, histogram = (tensor.numpy() for tensor in found)
    return low, high, histogram


def _split(values: torch.Tensor, sizes: list[int]) -> tuple[torch.Tensor, ...]:
    return cast("tuple[torch.Tensor, ...]", values.split(sizes))


def owners(
    parameters: Sequence[torch.Tensor], by_node: Mapping[str, Sequence[tuple[str, torch.Tensor]]]
) -> tuple[tuple[str, ...], list[int]]:
    """Return the nodes that own trained parameters, and for each parameter its node's row."""
    place = {id(p): node for node, held in by_node.items() for _, p in held}
    found = [place[id(p)] for p in parameters]
    names = tuple(dict.fromkeys(found))
    row = {node: i for i, node in enumerate(names)}
    return names, [row[node] for node in found]
