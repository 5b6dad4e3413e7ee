"""What an inspection tells: every tensor of one batch, in figures and in part. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Role: TypeAlias = Literal["output", "gradient", "weight", "weight_gradient"]
Direction: TypeAlias = Literal["", "forward", "backward", "update"]

BINS = 64


@dataclass(frozen=True, slots=True)
class TensorView:
    """One tensor: figures of all of it, and its first values.

    Figures are of the finite values; they are NaN where there is none. Of complex numbers the
    magnitudes are told.
    """

    name: str
    """Of the output or the parameter."""
    role: Role
    shape: tuple[int, ...]
    dtype: str
    low: float
    high: float
    mean: float
    std: float
    zeros: float
    """Share of all values that are exactly zero."""
    bad: float
    """Share of all values that are not finite."""
    histogram: NDArray[np.float32]
    """Counts over 64 equal bins from `low` to `high`."""
    values: NDArray[np.float32]
    """The beginning of the tensor along every axis; of outputs and gradients the chosen rows."""
    stride: int = 1
    """Every how many rows and columns of a picture too large to send are in `values`."""

    @property
    def whole(self) -> bool:
        """Return whether `values` holds everything."""
        return self.stride == 1 and self.values.shape == (self.shape or (1,))


@dataclass(frozen=True, slots=True)
class NodeView:
    """What one node put out, got back and holds."""

    node: str
    """Path id; nothing for a data field that no Input node reads."""
    name: str
    tensors: tuple[TensorView, ...]
    frozen: bool = False
    calls: int = 1
    """How often it ran: inside a differential equation often; then the last time is told."""

    def of(self, role: Role) -> tuple[TensorView, ...]:
        """Return its tensors of one kind."""
        return tuple(view for view in self.tensors if view.role == role)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first value that is not finite: where it came from and in which rows of the batch."""

    direction: Direction
    """On the way forward, on the way back, or when the weights were moved."""
    node: str
    """Path id; nothing where the data itself is at fault."""
    name: str
    """Of the node or the data field."""
    rows: tuple[int, ...]
    """Rows of the batch, from 0; none where a row cannot be told."""
    samples: tuple[int, ...]
    """The same rows as places in the part of the data that is trained on."""
    detail: str = ""
    """Of a weight or its gradient: the parameter's name."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """Every node's tensors for the batch of one step, with the weights before that step.

    What draws random numbers drew as it does in that step, so the loss is the step's own.
    """

    step: int
    """Number of the step."""
    phase: int
    network: str
    """Key of the network the nodes are in."""
    epoch: int
    """From 0."""
    batch: int
    """Place of the batch in its epoch, from 0."""
    split: str
    """The part of the data the batch is from."""
    size: int
    """Samples in the batch."""
    rows: tuple[int, ...]
    """Which rows of the batch `values` of outputs and gradients hold."""
    samples: tuple[int, ...]
    """Those rows as places in the part of the data."""
    loss: float
    """What the phase makes small."""
    losses: dict[str, float]
    nodes: tuple[NodeView, ...]
    """Data first, then in the order of computation."""
    kind: Literal["next", "chosen", "replay"] = "next"
    """The step that comes next, a batch of choice, or the step that failed, run again."""
    fault: Fault | None = None
    names: dict[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    """Field of classes -> what they are called."""
