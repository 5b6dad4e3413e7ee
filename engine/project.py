"""The whole of a user's work as one frozen value: networks, data recipe, training, layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from engine.bypass import awake
from engine.graph import Frozen, Graph
from engine.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from engine.catalog import spec

FORMAT = 1


class Choice(Frozen):
    """A catalogue entry picked by id, with the settings the user changed."""

    id: str
    params: dict[str, Any] = Field(default_factory=dict[str, Any])


class Split(Frozen):
    """How samples are parted. A source that brings its own test part keeps it."""

    train: float = Field(default=0.7, gt=0, le=1)
    validation: float = Field(default=0.15, ge=0, lt=1)
    test: float = Field(default=0.15, ge=0, lt=1)
    method: Literal["random", "stratified", "time"] = "stratified"
    seed: int = Field(default=0, ge=0, lt=2**32)


class DataRecipe(Frozen):
    """Which source, how it is parted, and how it is prepared (fitted on the training part)."""

    source: Choice = Choice(id="digits")
    split: Split = Split()
    scaling: Literal["none", "standardize", "minmax"] = "standardize"
    scale_target: bool = False


class Phase(Frozen):
    """One optimizer at work on one network. Ordinary training is a single phase."""

    name: str = "train"
    network: str = "main"
    trains: tuple[str, ...] = ()
    """Ids of the nodes it trains (a sub-network stands for all in it); none means all.

    Frozen nodes are never trained.
    """
    optimizer: Choice = Choice(id="adam")
    schedule: Choice = Choice(id="constant")
    clip_value: float | None = Field(default=None, gt=0)
    clip_norm: float | None = Field(default=None, gt=0)
    clip_each: float | None = Field(default=None, gt=0)
    clip_adaptive: float | None = Field(default=None, gt=0)
    l1: float = Field(default=0.0, ge=0)
    l2: float = Field(default=0.0, ge=0)
    penalize_biases: bool = False
    max_norm: float | None = Field(default=None, gt=0)
    decay_biases: bool = True
    """False: weight decay leaves alone what has fewer than two axes (biases, norms)."""
    warmup_steps: int = Field(default=0, ge=0)
    """In front of the schedule, which begins after them."""
    warmup_start: float = Field(default=0.01, gt=0, le=1)
    """The share of the rate that the first step takes."""
    warmup_shape: Literal["linear", "exponential"] = "linear"
    average: Literal["none", "ema", "swa"] = "none"
    """Averaged weights are evaluated and kept in the place of the last ones."""
    average_decay: float = Field(default=0.99, ge=0, lt=1)
    average_from: int = Field(default=1, ge=1)
    """The first epoch that counts."""
    split: str = "train"
    steps: int = Field(default=1, ge=1)
    weight: float = 1.0


class EarlyStopping(Frozen):
    """Stops when the monitored figure of the validation part no longer improves."""

    enabled: bool = False
    metric: str = "loss"
    patience: int = Field(default=10, ge=1)
    min_delta: float = Field(default=0.0, ge=0)
    restore_best: bool = True


class Checkpoints(Frozen):
    """What a run keeps of its moments, so that it can go on from there bit for bit."""

    last: bool = True
    """The latest: written while it trains, and when it rests or ends."""
    best: bool = False
    """The end of the best epoch."""
    every: int = Field(default=0, ge=0)
    """One each so many epochs or steps; 0 is none."""
    counts: Literal["epochs", "steps"] = "epochs"
    keep: int = Field(default=3, ge=1)
    """How many of those stay."""


class Training(Frozen):
    """How the project is trained."""

    phases: tuple[Phase, ...] = (Phase(),)
    epochs: int = Field(default=10, ge=1, le=1_000_000)
    batch: Literal["mini", "one", "all"] = "mini"
    batch_size: int = Field(default=32, ge=1, le=10_000_000)
    initializer: str = "auto"
    initializer_params: dict[str, Any] = Field(default_factory=dict[str, Any])
    seed: int = Field(default=0, ge=0, lt=2**32)
    device: Literal["auto", "cpu", "cuda", "mps", "xpu"] = "auto"
    precision: Literal["float32", "mixed"] = "float32"
    threads: int | None = Field(default=None, ge=1)
    metrics: tuple[str, ...] = ()
    """Metric ids; none means those that suit the task."""
    early_stopping: EarlyStopping = EarlyStopping()
    tolerance: float | None = Field(default=None, gt=0)
    """Stop after an epoch in which no step's gradient had a norm as large as this."""
    checkpoints: Checkpoints = Checkpoints()
    isolation: Literal["auto", "thread", "process"] = "auto"
    watch: bool = True
    watch_share: float = Field(default=0.01, gt=0, le=1)
    """The share of step time that watching may cost."""


class Claim(Frozen):
    """A figure that a run of a project reaches, stated in its own file and held by a test."""

    figure: str
    """Where it stands in a run's result: `test.accuracy`; or `parameters`, known without one."""
    at_least: float | None = None
    at_most: float | None = None
    sets: dict[str, Any] = Field(default_factory=dict[str, Any])
    """Settings of that run that differ from the project's own: `training.epochs` -> 3."""
    note: str = ""


class Note(Frozen):
    """A comment on the canvas, or a coloured group around nodes; nothing but eyes reads it."""

    text: str = ""
    x: float = 0.0
    y: float = 0.0
    width: float = Field(default=240.0, gt=0)
    height: float = Field(default=96.0, gt=0)
    color: int = Field(default=0, ge=0)
    """The place in the list of colours that are offered."""
    group: bool = False
    """True: what lies on it moves with it."""


class Bookmark(Frozen):
    """A view of the canvas that was given a name."""

    name: str = ""
    network: str = "main"
    x: float = 0.0
    y: float = 0.0
    """The middle of what is seen."""
    zoom: float = Field(default=1.0, gt=0)


class Layout(Frozen):
    """Where things stand on the canvas: network -> node id -> (x, y) in pixels at 100 %."""

    positions: dict[str, dict[str, tuple[float, float]]] = Field(
        default_factory=dict[str, dict[str, tuple[float, float]]]
    )
    notes: dict[str, dict[str, Note]] = Field(default_factory=dict[str, dict[str, Note]])
    """Comments and groups: network -> id -> note."""
    bends: dict[str, dict[str, tuple[tuple[float, float], ...]]] = Field(
        default_factory=dict[str, dict[str, tuple[tuple[float, float], ...]]]
    )
    """Dots through which wires run: network -> `source.port>target.port` -> places."""
    bookmarks: tuple[Bookmark, ...] = ()
    """Views to come back to, in order."""

    def held(self, network: str, **parts: Mapping[str, Any]) -> Layout:
        """Return it with the positions, notes or bends of a network replaced."""
        changes: dict[str, Any] = {}
        for name, known in parts.items():
            others = {key: held for key, held in getattr(self, name).items() if key != network}
            changes[name] = {**others, network: dict(known)} if known else others
        return self.but(**changes)

    def alike(self, network: str, other: Layout, key: str) -> Layout:
        """Return it with a network drawn as one with the same nodes is in a layout."""
        drawn: dict[str, Any] = {name: getattr(other, name).get(key, {}) for name in _DRAWN}
        return self.held(network, **drawn)

    def of(self, networks: Collection[str]) -> Layout:
        """Return what is known of some networks, without bookmarks."""
        kept: dict[str, Any] = {}
        for name in _DRAWN:
            known: Mapping[str, Any] = getattr(self, name)
            kept[name] = {key: held for key, held in known.items() if key in networks}
        return Layout(**kept)

    def without(self, network: str) -> Layout:
        """Return it with a network forgotten."""
        kept = tuple(mark for mark in self.bookmarks if mark.network != network)
        return self.held(network, positions={}, notes={}, bends={}).but(bookmarks=kept)


_DRAWN = ("positions", "notes", "bends")
"""What a layout knows by network."""


class Project(Frozen):
    """Everything that is saved and undone. `main` names the network that is shown first."""

    format: int = FORMAT
    title: str = ""
    networks: dict[str, Graph] = Field(default_factory=lambda: {"main": Graph()})
    main: str = "main"
    variables: dict[str, int | float] = Field(default_factory=dict[str, int | float])
    """Named numbers for settings: a setting `"=width * 2"` is worked out from them."""
    data: DataRecipe = DataRecipe()
    training: Training = Training()
    layout: Layout = Layout()
    claims: tuple[Claim, ...] = ()

    @property
    def graph(self) -> Graph:
        """Return the main network."""
        return self.networks[self.main]

    @property
    def phase(self) -> Phase:
        """Return the first phase of training."""
        return self.training.phases[0]

    def title_of(self, network: str) -> str:
        """Return what a network is called."""
        graph = self.networks.get(network)
        return (graph.title if graph else "") or network

    def scope(self, fields: Mapping[str, spec.Field]) -> Scope:
        """Return what the project's networks may refer to, given the fields of its data."""
        awoken = {key: awake(graph) for key, graph in self.networks.items()}
        same = all(awoken[key] is graph for key, graph in self.networks.items())
        return Scope(fields, self.networks if same else awoken, self.variables)

    def with_graph(self, graph: Graph, network: str = "") -> Project:
        """Return the project with one network replaced."""
        return self.but(networks={**self.networks, network or self.main: graph})

    def with_training(self, **changes: Any) -> Project:
        """Return the project with training settings changed."""
        return self.but(training=self.training.but(**changes))

    def with_phase(self, index: int = 0, **changes: Any) -> Project:
        """Return the project with settings of one phase changed."""
        phases = list(self.training.phases)
        phases[index] = phases[index].but(**changes)
        return self.with_training(phases=tuple(phases))

    def with_data(self, **changes: Any) -> Project:
        """Return the project with the data recipe changed."""
        return self.but(data=self.data.but(**changes))

    def position(self, node_id: str, network: str = "") -> tuple[float, float]:
        """Return where a node stands; the origin if nobody placed it."""
        return self.layout.positions.get(network or self.main, {}).get(node_id, (0.0, 0.0))

    def place(self, where: dict[str, tuple[float, float]], network: str = "") -> Project:
        """Return the project with nodes moved."""
        network = network or self.main
        known = self.layout.positions
        moved = {**known, network: {**known.get(network, {}), **where}}
        return self.but(layout=self.layout.but(positions=moved))
