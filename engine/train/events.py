"""What a run tells whoever watches it. Plain frozen values; no torch, no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from engine.train.inspection import Inspection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.remedies import Remedy
    from engine.train.inspection import Fault

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
class PhaseStarted:
    """One of several phases, and what can be watched of its network."""

    name: str
    network: str
    """Key of the network it trains; what is told of the phase names nodes of that network."""
    nodes: tuple[tuple[str, str], ...]
    losses: tuple[tuple[str, str], ...]
    displays: tuple[tuple[str, str], ...] = ()
    shared: dict[str, str] = field(default_factory=dict[str, str])
    """All four as in `Started`."""
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """Path id of a node whose outputs have bounds -> the least and the greatest they can be."""


@dataclass(frozen=True, slots=True)
class Started:
    """The network is built and the first step comes next."""

    nodes: tuple[tuple[str, str], ...]
    """(path id, name) of every node that is watched; in several phases, of the first."""
    losses: tuple[tuple[str, str], ...]
    """(path id, name) of every loss, likewise."""
    steps_per_epoch: int
    epochs: int
    parameters: int
    device: str
    isolation: str = "thread"
    phases: tuple[PhaseStarted, ...] = ()
    """All phases in order where there are several."""
    displays: tuple[tuple[str, str], ...] = ()
    """(path id, name) of every display, likewise."""
    shared: dict[str, str] = field(default_factory=dict[str, str])
    """Path id of a node that shares weights -> that of the node whose norms tell of them."""
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """As in `PhaseStarted`, of the first phase."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The losses of a run of steps of one phase, one value per step unless thinned.

    Phases take turns, so what several of them tell interleaves: the values of one stand `stride`
    steps apart.
    """

    first_step: int
    loss: Floats
    """What the phase makes small: the weighted sum of its losses."""
    lr: float
    samples_per_second: float
    eta: float | None
    """Seconds left, or None while that is not known."""
    watch_share: float
    """Share of the training time spent on watching so far."""
    stride: float = 1.0
    """Steps that each value stands for; above 1 where the chunk was thinned, keeping extremes."""
    phase: int = 0
    """The place of the phase in the list."""
    losses: dict[str, Floats] | None = None
    """Each loss alone by its name, as many values as `loss`; None where the phase has only one."""
    memory: int = 0
    """Bytes held at most so far on a GPU; 0 where the device does not tell."""

    @property
    def last_step(self) -> int:
        """Return the number of the last step, counted from 0."""
        return self.first_step + round(len(self.loss) * self.stride) - 1


@dataclass(frozen=True, slots=True)
class Norms:
    """Euclidean norms per node on one step, over all parameters of the node."""

    step: int
    names: tuple[str, ...]
    """Path ids of nodes."""
    grad: Floats
    """Before clipping."""
    weight: Floats
    update: Floats
    """Norm of the step's change over the norm of the weights."""
    total_grad: float
    phase: int = 0
    treated: float | None = None
    """The norm of all gradients after penalties and clipping; None where there are none."""


@dataclass(frozen=True, slots=True)
class Activations:
    """Statistics of what the nodes put out on one step, from up to 1,024 values of each."""

    step: int
    nodes: tuple[str, ...]
    """Path ids of nodes."""
    mean: Floats
    std: Floats
    dead: Floats
    """Share of the values that are exactly zero."""
    low: Floats
    high: Floats
    histogram: NDArray[np.float32]
    """Counts (nodes, 64) over equal bins from `low` to `high`."""
    phase: int = 0


@dataclass(frozen=True, slots=True)
class Spread:
    """How the numbers of each node's parameters lie on one step, from up to 256 of each.

    The same numbers every time: of each parameter every so many-th.
    """

    step: int
    quantity: str
    """weight, grad (before clipping) or update (the step's change)."""
    nodes: tuple[str, ...]
    """Path ids of nodes."""
    low: Floats
    high: Floats
    histogram: NDArray[np.float32]
    """Counts (nodes, 64) over equal bins from `low` to `high`."""
    phase: int = 0


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
class Pictures:
    """What a display of images shows on one step."""

    step: int
    node: str
    images: NDArray[np.uint8]
    """(count, rows, columns) grey, or (count, rows, columns, 3) red, green and blue."""
    phase: int = 0


@dataclass(frozen=True, slots=True)
class Points:
    """What a display of points shows on one step."""

    step: int
    node: str
    xy: Floats
    """(count, 2)."""
    labels: NDArray[np.int64]
    """(count,) classes, counted from 0; a negative one is a point without a class."""
    phase: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """What a display of text shows on one step."""

    step: int
    node: str
    text: str
    phase: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pictures of one kind of the node that is watched."""

    kind: str
    """maps (a channel each), states (features by steps), values, attention (a head each, queries by
    keys) or kernels."""
    name: str
    """The parameter's, for kernels."""
    images: Floats
    """(count, rows, columns); of more or larger pictures than can be shown a part."""
    shape: tuple[int, ...]
    """Count, rows and columns of all there is."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What the node that is watched makes of a sample on one step."""

    step: int
    node: str
    sheets: tuple[Sheet, ...]
    sample: int
    phase: int = 0
    network: str = ""
    """Key of the network the node is in."""


@dataclass(frozen=True, slots=True)
class Edited:
    """The network was changed while the run paused; from `step` on it is another one."""

    step: int
    text: str
    phases: tuple[PhaseStarted, ...] = ()
    """What can be watched from now on, phase by phase, also where there is only one."""


@dataclass(frozen=True, slots=True)
class FieldSeen:
    """What the training part holds of one field, as the network gets it: prepared and scaled."""

    name: str
    role: str
    shape: tuple[int, ...]
    """Of one sample."""
    whole: bool
    """Whether it holds whole numbers: classes or tokens."""
    low: float
    high: float
    mean: float
    std: float
    spread: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The least, the middle and the greatest deviation of its numbers over the samples."""
    counts: tuple[int, ...] = ()
    """How often each class occurs, for one class a sample; yes and no count as 1 and 0."""
    classes: tuple[str, ...] = ()
    """What the classes are called."""
    finite: bool = True
    noise: float = math.nan
    """The mean over its numbers of their variances over the samples."""


@dataclass(frozen=True, slots=True)
class DataSeen:
    """What the data of a run is like, told once before the first step."""

    fields: tuple[FieldSeen, ...]
    samples: dict[str, int]
    """How many each part holds."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the user should know that does not stop the run.

    One that a rule found is told again when its figures change (`still`) and when it no longer
    holds (`gone`); kind, network and node tell which one is meant.
    """

    kind: str
    node: str
    message: str
    network: str = ""
    """Key of the network the node is in; nothing means the first phase's."""
    evidence: str = ""
    """The figures it rests on."""
    cause: str = ""
    fix: Remedy | None = None
    step: int = -1
    """The step at which it was first seen, counted from 0; below 0 before the first one."""
    news: Literal["new", "still", "gone"] = "new"


@dataclass(frozen=True, slots=True)
class Failed:
    """The run ended early; the message is one sentence."""

    message: str
    node: str = ""
    """Path id."""
    network: str = ""
    """Key of the network the node is in; nothing means the first phase's."""
    fault: Fault | None = None
    """The first value that was not finite, where that ended the run."""
    step: int = -1
    """The step it is of, counted from 0; the session still holds the weights before it."""

    @property
    def again(self) -> bool:
        """Return whether the step can be run again."""
        return self.fault is not None


@dataclass(frozen=True, slots=True)
class Done:
    """The run's figures: `train`, `validation`, `test`, `epochs`, `parameters_sha256`, ..."""

    result: dict[str, Any]


Event: TypeAlias = (
    StateChanged
    | Progress
    | DataSeen
    | Started
    | Steps
    | Norms
    | Activations
    | Spread
    | EpochEnd
    | Boundary
    | Pictures
    | Points
    | Text
    | Watched
    | Edited
    | Finding
    | Inspection
    | Failed
    | Done
)

DISPLAYED = (Pictures, Points, Text)
"""Events that show what a display node was given."""

PLOTTED = (Steps, Norms, Activations, Spread, Boundary, Watched, *DISPLAYED)
"""Events that may be thinned when nobody fetches them; all others are kept."""
