"""Batches of samples that stay in memory. The order is a function of seed and epoch alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def epoch_seed(seed: int, epoch: int) -> int:
    """Return the seed of an epoch's order."""
    return (seed * 1_000_003 + epoch) % 2**63


class Batches:
    """Batches of one part of the data, addressable by epoch and position.

    Samples are picked by `index_select` on pieces of a permutation; nothing is collated, and
    torch's global random state is left alone.

    Parameters
    ----------
    part
        Field -> tensor, sample axis first, all of one length and on one device.
    fields
        The fields a batch holds, in this order.
    batch_size
        Samples in a batch; the last one may be smaller.
    seed
        With the epoch's number it fixes the order.
    shuffle
        False keeps the order of the samples.
    drop_last
        True leaves out a last batch that is smaller, unless it is the only one.
    carried
        True makes the samples go on from batch to batch: each row of a batch is the sample behind
        the one in that row of the batch before. Nothing is shuffled.
    """

    __slots__ = ("_carried", "_seed", "_shuffle", "_tensors", "_used", "runs", "samples")

    def __init__(
        self,
        part: Mapping[str, torch.Tensor],
        fields: tuple[str, ...],
        batch_size: int,
        seed: int,
        shuffle: bool = True,
        drop_last: bool = False,
        carried: bool = False,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"A batch holds at least 1 sample; received {batch_size}.")
        for name in fields:
            if name not in part:
                raise ValueError(f"The data has no field {name!r}; it has {', '.join(part)}.")
        self._tensors = tuple(part[name] for name in fields)
        self.samples = len(self._tensors[0]) if self._tensors else 0
        assert all(len(tensor) == self.samples for tensor in self._tensors)
        self._seed, self._shuffle, self._carried = seed, shuffle and not carried, carried
        whole = self.samples - self.samples % batch_size
        self._used = whole if drop_last and whole else self.samples
        self.runs = (
            _carried_runs(self._used, batch_size) if carried else _runs(self._used, batch_size)
        )
        """How many batches of which size follow one another in an epoch."""

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return sum(count for count, _ in self.runs)

    @property
    def sizes(self) -> list[int]:
        """Return the size of each batch of an epoch."""
        return [size for count, size in self.runs for _ in range(count)]

    def order(self, epoch: int) -> torch.Tensor:
        """Return the samples of an epoch in the order they are used."""
        if self._carried:
            steps = len(self)
            return torch.cat([torch.arange(k, self._used, steps) for k in range(steps)])
        if not self._shuffle:
            return torch.arange(self._used)
        generator = torch.Generator().manual_seed(epoch_seed(self._seed, epoch))
        return torch.randperm(self.samples, generator=generator)[: self._used]

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[torch.Tensor, ...]]:
        """Yield the batches of an epoch, from position `start` on."""
        if not self._used:
            return
        if not self._shuffle and not self._carried:
            pieces = [torch.split(t[: self._used], self.sizes) for t in self._tensors]
            yield from list(zip(*pieces, strict=True))[start:]
            return
        order = self.order(epoch).to(self._tensors[0].device)
        picks = [tensor.index_select for tensor in self._tensors]
        for index in torch.split(order, self.sizes)[start:]:
            yield tuple([pick(0, index) for pick in picks])

    def at(self, epoch: int, position: int) -> tuple[torch.Tensor, ...]:
        """Return one batch of an epoch. IndexError where there is none."""
        index = self.rows(epoch, position).to(self._tensors[0].device)
        return tuple(tensor.index_select(0, index) for tensor in self._tensors)

    def rows(self, epoch: int, position: int) -> torch.Tensor:
        """Return which samples one batch of an epoch holds. IndexError where there is none."""
        if not 0 <= position < len(self):
            raise IndexError(f"An epoch has {len(self)} batches; there is no batch {position}.")
        return torch.split(self.order(epoch), self.sizes)[position]


def _runs(samples: int, size: int) -> list[tuple[int, int]]:
    """Return how many whole batches there are, and the smaller one behind them."""
    whole, rest = divmod(samples, size)
    return [(count, n) for count, n in ((whole, size), (1, rest)) if count and n]


def _carried_runs(samples: int, size: int) -> list[tuple[int, int]]:
    """Return the sizes of batches whose rows are stretches of the samples, the last one shorter."""
    if not samples:
        return []
    steps = -(-samples // size)
    rows = -(-samples // steps)
    whole = samples - (rows - 1) * steps
    return [(count, n) for count, n in ((whole, rows), (steps - whole, rows - 1)) if count and n]
