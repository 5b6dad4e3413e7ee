"""Our batches over DataLoader and TensorDataset, the data path alone, both shuffled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.common import Row, one_thread, pairs, row
from tests.bench.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import torch

CASES = ("W1", "W2", "W5")
SAMPLES = 8192


def steps_of(
    epoch: Callable[[int], Iterable[tuple[torch.Tensor, ...]]],
) -> Callable[[int], None]:
    """Return a function that draws so many batches, one epoch after the other."""

    def forever() -> Iterator[tuple[torch.Tensor, ...]]:
        number = 0
        while True:
            yield from epoch(number)
            number += 1

    batches = forever()

    def run(steps: int) -> None:
        for _ in range(steps):
            next(batches)

    return run


def rows(cases: tuple[str, ...], *, quick: bool = False) -> list[Row]:
    """Return the ratio of each workload."""
    from torch.utils.data import DataLoader, TensorDataset

    from engine.data.batches import Batches

    one_thread()
    found: list[Row] = []
    for case in cases:
        work = WORKLOADS[case]
        samples = 512 if quick else SAMPLES
        part = dict(zip(work.fields, work.draw(samples), strict=True))
        loader = DataLoader(
            TensorDataset(*part.values()), batch_size=work.batch, shuffle=True, drop_last=True
        )
        ours = Batches(part, tuple(part), work.batch, seed=0, drop_last=True)
        ratios = pairs(
            steps_of(lambda _, loader=loader: loader),
            steps_of(ours.epoch),
            rounds=3 if quick else 11,
            seconds=0.02 if quick else 0.3,
            least=samples // work.batch,
        )
        found.append(row(case, "ratio_to_dataloader", ratios))
    return found
