"""What a run tells whoever watches it. Plain frozen values; no torch, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

State: TypeAlias = str
"""One of idle, preparing, running, paused, finished, stopped, failed."""

OVER = frozenset({"finished", "stopped", "failed"})
"""States a run does not leave."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The run is in another state now."""

    state: State
    message: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being prepared, and the share of it that is done where that is known."""

    text: str
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The network is built and the first step comes next."""

    nodes: tuple[tuple[str, str], ...]
    """(id, name) of every node that is watched."""
    losses: tuple[tuple[str, str], ...]
    """(id, name) of every loss."""
    steps_per_epoch: int
    epochs: int
    parameters: int
    device: str
    isolation: str = "thread"


@dataclass(frozen=True, slots=True)
class Steps:
    """The losses of a run of steps, one value per step unless thinned."""

    first_step: int
    loss: Floats
    lr: float
    samples_per_second: float
    eta: float | None
    """Seconds left, or None while that is not known."""
    watch_share: float
    """Share of the training time spent on watching so far."""
    stride: float = 1.0
    """Steps that each value stands for: above 1 the chunk was thinned, keeping extremes."""

    @property
    def last_step(self) -> int:
        """Return the number of the last step, counted from 0."""
        return self.first_step + round(len(self.loss) * self.stride) - 1


@dataclass(frozen=True, slots=True)
class Norms:
    """Euclidean norms per node on one step, over all parameters of the node."""

    step: int
    names: tuple[str, ...]
    """Node ids."""
    grad: Floats
    """Before clipping."""
    weight: Floats
    update: Floats
    """Norm of the step's change over the norm of the weights."""
    total_grad: float


@dataclass(frozen=True, slots=True)
class Activations:
    """Statistics of what the nodes put out on one step, from up to 1,024 values of each."""

    step: int
    nodes: tuple[str, ...]
    """Node ids."""
    mean: Floats
    std: Floats
    dead: Floats
    """Share of the values that are exactly zero."""
    low: Floats
    high: Floats
    histogram: NDArray[np.float32]
    """Counts (nodes, 64) over equal bins from `low` to `high`."""


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """One pass over the training part is done. Epochs count from 1.

    `train` is taken while training (weights change under way), `validation` at the end.
    """

    epoch: int
    train: dict[str, float]
    validation: dict[str, float]
    seconds: float


@dataclass(frozen=True, slots=True)
class Boundary:
    """The class the network gives each point of a grid; axes in the data's own units."""

    grid: NDArray[np.int16]
    """(rows, columns); row 0 is at `y0`."""
    x0: float
    x1: float
    y0: float
    y1: float


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the user should know that does not stop the run."""

    kind: str
    node: str
    message: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The run ended early; the message is one sentence."""

    message: str
    node: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """The run's figures: `train`, `validation`, `test`, `epochs`, `parameters_sha256`, ..."""

    result: dict[str, Any]


Event: TypeAlias = (
    StateChanged
    | Progress
    | Started
    | Steps
    | Norms
    | Activations
    | EpochEnd
    | Boundary
    | Finding
    | Failed
    | Done
)

PLOTTED = (Steps, Norms, Activations, Boundary)
"""Events that may be thinned when nobody fetches them; all others are kept."""
