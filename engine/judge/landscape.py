"""A slice through the loss around trained weights: two random directions, scaled filter by filter.

After Li et al. 2018, “Visualizing the Loss Landscape of Neural Nets”: each filter of a direction is
as long as the filter it moves, so that layers count alike; biases and scales stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.judge.answers import built

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch

    from engine.data.dataset import Dataset
    from engine.project import Project

SIDE = 21
REACH = 1.0
SAMPLES = 512
SEED = 0


@dataclass(frozen=True, slots=True)
class Landscape:
    """Losses on a square grid; the weights as they are lie in its middle."""

    loss: np.ndarray
    """(side, side); row i moves along the second direction, column j along the first. Infinite
    where the loss is."""
    ends: np.ndarray
    """(side,) how far each row and column lies out, in lengths of the weights."""
    part: str
    samples: int
    phase: str

    @property
    def middle(self) -> float:
        """Return the loss of the weights as they are."""
        half = len(self.ends) // 2
        return float(self.loss[half, half])


def landscape(
    project: Project,
    weights: Mapping[str, torch.Tensor],
    data: Dataset | None = None,
    side: int = SIDE,
    told: Callable[[str, float], None] = lambda _text, _share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Landscape:
    """Return the loss of the first phase around some weights, in evaluation.

    Parameters
    ----------
    weights
        As `Session.state_dict` gives them; they are copied.
    side
        Points along each direction, odd so that one is in the middle.

    Raises
    ------
    ValueError
        The weights are of another network; a sentence.
    engine.train.failure.Ended
        It was cancelled.
    """
    import torch

    from engine.train.evaluate import evaluating
    from engine.train.failure import Ended

    made = built(project, weights, data, cancelled)
    phase = made.project.training.phases[0]
    network = made.bundle.networks[phase.network]
    part = "validation" if made.data.sizes.get("validation") else "train"
    batch = [made.data.parts[part][name][:SAMPLES] for name in network.fields]
    ends = np.linspace(-REACH, REACH, side)
    found = np.zeros((side, side))
    with made.resting(), evaluating(network):
        moved = [p for p in network.parameters() if p.requires_grad and p.dim() > 1]
        home = [p.detach().clone() for p in moved]
        ways = [directions(home, SEED + number) for number in range(2)]
        for row, down in enumerate(ends.tolist()):
            for column, across in enumerate(ends.tolist()):
                if cancelled():
                    raise Ended
                with torch.no_grad():
                    for p, start, one, two in zip(moved, home, *ways, strict=True):
                        p.copy_(start + across * one + down * two)
                loss = float(network.train_forward(*batch)[0])
                found[row, column] = loss if np.isfinite(loss) else np.inf
            told(f"Loss landscape, row {row + 1} of {side}", (row + 1) / side)
    return Landscape(found, ends, part, len(batch[0]), phase.name)


def directions(weights: Sequence[torch.Tensor], seed: int) -> list[torch.Tensor]:
    """Return a random direction for each weight, each filter as long as the weight's own."""
    import torch

    draw = torch.Generator().manual_seed(seed)
    result: list[torch.Tensor] = []
    for weight in weights:
        way = torch.randn(weight.shape, generator=draw).to(weight)
        flat, own = way.flatten(1), weight.flatten(1)
        mine, wanted = (v.square().sum(1, keepdim=True).sqrt() for v in (flat, own))
        result.append((flat * (wanted / mine.clamp_min(1e-12))).view_as(weight))
    return result
