"""What the rules judge by: the last samples of a run and its course, in bounded memory."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from engine.catalog import registry
from engine.diagnose.samples import WINDOW, Curve, Samples
from engine.diagnose.structure import Body, Part
from engine.train import events as ev

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from engine.catalog.spec import LossSpec
    from engine.project import Project

    Array: TypeAlias = NDArray[np.float64]

EPOCHS = 512
EDGE = 0.01
"""How near to its limit an output counts as saturated: this share of its range."""


class PhaseEvidence:
    """What one phase of training has told."""

    def __init__(self, index: int, told: ev.PhaseStarted, body: Body, alone: bool) -> None:
        self.index = index
        self.alone = alone
        """Whether it is the only phase."""
        self.network = told.network
        """As events name it: nothing where there is one phase."""
        self.name = told.name
        self.body = body
        self.titles = dict((*told.nodes, *told.losses, *told.displays))
        self.order = {path: i for i, (path, _) in enumerate(told.nodes)}
        self.losses = tuple(path for path, _ in told.losses)
        self._bounds = told.bounds
        self.norms = Samples((), ())
        self.outputs = Samples((), ())
        self.totals: deque[float] = deque(maxlen=WINDOW)
        """Norms of all gradients, after treatment where there is one."""
        self.top_ratio = 0.0
        """The greatest change over weights, of all of them together, on any watched step."""
        self.curve = Curve()
        self.steps = 0
        self.lr = self.first_lr = self.top_lr = math.nan
        self.pictures: dict[str, deque[float]] = {}
        """For each display, how much its last pictures differ among each other: 0 is not at all."""
        self._bounded: tuple[Array, Array, Array] | None = None

    def title(self, path: str) -> str:
        """Return what a node is called, in quotation marks."""
        part = self.body.get(path)
        return f"“{self.titles.get(path) or (part.node.name if part else path)}”"

    def part(self, path: str) -> Part | None:
        """Return the part at a path id."""
        return self.body.get(path)

    def trained(self) -> list[str]:
        """Return the nodes whose norms are known, in order of computation."""
        return sorted(self.norms.nodes, key=lambda path: self.order.get(path, 0))

    def ratio(self, count: int) -> float:
        """Return the typical update ratio of all weights together over the last samples."""
        if not self.norms.count:
            return math.nan
        weight = self.norms.last("weight", count)
        change = self.norms.last("update", count) * weight
        whole = np.sqrt((weight**2).sum(1))
        return float(np.median(np.sqrt((change**2).sum(1)) / np.maximum(whole, 1e-30)))

    def loss_node(self) -> str:
        """Return the path id of the loss that the first metrics are of, or nothing."""
        return self.losses[0] if self.losses else ""

    def loss_spec(self) -> LossSpec | None:
        """Return the entry of the only loss; None where there are several or none."""
        part = self.part(self.losses[0]) if len(self.losses) == 1 else None
        return part.loss if part is not None else None

    # -- events

    def steps_taken(self, event: ev.Steps) -> None:
        """Take losses and rate."""
        if not len(event.loss):
            return
        self.curve.take(event.loss)
        self.steps = event.last_step + 1
        if math.isnan(self.first_lr):
            self.first_lr = event.lr
        self.lr = event.lr
        self.top_lr = event.lr if math.isnan(self.top_lr) else max(self.top_lr, event.lr)

    def normed(self, event: ev.Norms) -> None:
        """Take the norms of a sampled step."""
        if event.names != self.norms.nodes:
            self.norms = Samples(event.names, ("grad", "weight", "update"))
            self.totals.clear()
        self.norms.take(event.step, grad=event.grad, weight=event.weight, update=event.update)
        total = event.total_grad if event.treated is None else event.treated
        self.totals.append(total)
        self.top_ratio = max(self.top_ratio, self.ratio(1))

    def activated(self, event: ev.Activations) -> None:
        """Take the activations of a sampled step."""
        if event.nodes != self.outputs.nodes:
            figures = ("mean", "std", "dead", "low", "high", "edge")
            self.outputs = Samples(event.nodes, figures)
            self._bounded = self._limits(event.nodes)
        self.outputs.take(
            event.step,
            mean=event.mean,
            std=event.std,
            dead=event.dead,
            low=event.low,
            high=event.high,
            edge=self._edge(event),
        )

    def _limits(self, nodes: tuple[str, ...]) -> tuple[Array, Array, Array]:
        """Return the rows of nodes whose output is bounded, and their limits."""
        found: list[tuple[float, float, float]] = []
        for row, path in enumerate(nodes):
            if path in self._bounds:
                found.append((row, *self._bounds[path]))
        table = np.array(found, float).reshape(-1, 3)
        return table[:, 0], table[:, 1], table[:, 2]

    def _edge(self, event: ev.Activations) -> Array:
        """Return for each node the share of outputs that lie at one of its limits."""
        share = np.zeros(len(event.nodes))
        assert self._bounded is not None
        rows, lows, highs = self._bounded
        at = rows.astype(int)
        counts = np.asarray(event.histogram, float)[at]
        low, high = np.asarray(event.low, float)[at], np.asarray(event.high, float)[at]
        middle = np.linspace(0, 1, 2 * counts.shape[1] + 1)[1::2]
        values = low[:, None] + np.outer(high - low, np.ones_like(middle)) * middle
        margin = EDGE * (highs - lows)
        near = (values < (lows + margin)[:, None]) | (values > (highs - margin)[:, None])
        share[at] = (counts * near).sum(1) / np.maximum(counts.sum(1), 1.0)
        return share

    def pictured(self, event: ev.Pictures) -> None:
        """Take how much the pictures of a display differ from one another."""
        images = np.asarray(event.images, np.float32)
        if len(images) < 4:
            return
        among = float(images.std(axis=0).mean())
        within = float(images.reshape(len(images), -1).std(axis=1).mean())
        kept = self.pictures.setdefault(event.node, deque(maxlen=WINDOW))
        kept.append(among / max(within, 1.0))


class Evidence:
    """All that a run has told so far. `take` adds an event and returns its topic."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.data: ev.DataSeen | None = None
        self.phases: list[PhaseEvidence] = []
        self.epochs: deque[ev.EpochEnd] = deque(maxlen=EPOCHS)
        self.wanted = 1
        """Epochs of the whole run."""
        self.per_epoch = 1
        self.failed: ev.Failed | None = None
        self.over = False
        self._bodies: dict[str, Body] = {}

    def take(self, event: ev.Event) -> str:
        """Add an event; return its topic, or nothing if no rule looks at it."""
        handler = _HANDLERS.get(type(event))
        return handler(self, event) if handler is not None else ""

    @property
    def step(self) -> int:
        """Return the last step that was told."""
        return max((phase.steps for phase in self.phases), default=0) - 1

    def body(self, network: str) -> Body:
        """Return the parts of a network that a phase trains."""
        if network not in self._bodies:
            self._bodies[network] = Body(self.project, network)
        return self._bodies[network]

    def field(self, name: str) -> ev.FieldSeen | None:
        """Return what is known of a data field."""
        return next((f for f in self.data.fields if f.name == name), None) if self.data else None

    def target(self, phase: PhaseEvidence) -> ev.FieldSeen | None:
        """Return what is known of the field that the first loss of a phase compares with."""
        part = phase.part(phase.loss_node())
        if part is None or self.data is None or any(p == "target" for p, _ in part.sources):
            return None
        name = str(part.values.get("field") or "")
        if name:
            return self.field(name)
        return next((f for f in self.data.fields if f.role == "target"), None)

    def chance(self, phase: PhaseEvidence) -> float:
        """Return the loss of the best constant answer; NaN where that is not known."""
        spec, target = phase.loss_spec(), self.target(phase)
        part = phase.part(phase.loss_node())
        if spec is None or target is None or part is None or _altered(part):
            return math.nan
        make = _CHANCE.get(spec.id)
        return make(target) if make is not None else math.nan

    def course(self, key: str = "loss") -> tuple[Array, Array]:
        """Return a figure of every epoch, of the training and of the validation part."""
        train = [e.train.get(key, math.nan) for e in self.epochs]
        held = [e.validation.get(key, math.nan) for e in self.epochs]
        return np.array(train, float), np.array(held, float)

    # -- events

    def _seen(self, event: ev.DataSeen) -> str:
        self.data = event
        return "data"

    def _started(self, event: ev.Started) -> str:
        self.wanted, self.per_epoch = event.epochs, event.steps_per_epoch
        self.epochs.clear()
        self.failed, self.over = None, False
        told = (event.nodes, event.losses, event.displays, event.shared, event.bounds)
        alone = ev.PhaseStarted("", "", *told)
        self._watch(event.phases or (alone,))
        return "project"

    def stand(self) -> None:
        """Look at the project as it stands, without a run."""
        chosen = self.project.training.phases
        several = len(chosen) > 1
        self._watch(
            tuple(
                ev.PhaseStarted(phase.name, phase.network if several else "", (), ())
                for phase in chosen
            )
        )

    def _watch(self, phases: tuple[ev.PhaseStarted, ...]) -> None:
        self._bodies.clear()
        self.phases = []
        single = len(phases) == 1
        for index, told in enumerate(phases):
            network = told.network or self.project.phase.network
            self.phases.append(PhaseEvidence(index, told, self.body(network), single))

    def _edited(self, event: ev.Edited) -> str:
        if event.phases:
            before = self.phases
            self._watch(event.phases)
            for old, new in zip(before, self.phases, strict=False):
                new.curve, new.steps = old.curve, old.steps
                new.lr, new.first_lr, new.top_lr = old.lr, old.first_lr, old.top_lr
        return "project"

    def _phase(self, number: int) -> PhaseEvidence | None:
        return self.phases[number] if number < len(self.phases) else None

    def _on_phase(self, event: Any, take: Callable[[PhaseEvidence, Any], None], topic: str) -> str:
        phase = self._phase(event.phase)
        if phase is not None:
            take(phase, event)
        return topic

    def _epoch(self, event: ev.EpochEnd) -> str:
        self.epochs.append(event)
        return "epochs"

    def _failed(self, event: ev.Failed) -> str:
        self.failed = event
        return "failure"

    def _done(self, _event: ev.Done) -> str:
        self.over = True
        return "end"


def _altered(part: Part) -> bool:
    """Return whether settings of a loss move its figures: weights, smoothed labels."""
    given = part.values
    weights = given.get("class_weights") or given.get("positive_weights")
    return bool(weights or given.get("label_smoothing")) or given.get("weight", 1.0) != 1


def _entropy(target: ev.FieldSeen) -> float:
    """Return the cross-entropy of answering with the classes' shares."""
    counts = np.array([n for n in target.counts if n > 0], float)
    if len(counts) < 2:
        return math.nan
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


_CHANCE: Mapping[str, Callable[[ev.FieldSeen], float]] = {
    "cross_entropy": _entropy,
    "nll": _entropy,
    "bce_with_logits": _entropy,
    "mse": lambda target: target.std**2 if math.isnan(target.noise) else target.noise,
}


def _on(take: Callable[[PhaseEvidence, Any], None], topic: str) -> Callable[[Evidence, Any], str]:
    return lambda evidence, event: evidence._on_phase(event, take, topic)  # pyright: ignore[reportPrivateUsage]


_HANDLERS: dict[type, Callable[[Evidence, Any], str]] = {
    ev.DataSeen: Evidence._seen,  # pyright: ignore[reportPrivateUsage]
    ev.Started: Evidence._started,  # pyright: ignore[reportPrivateUsage]
    ev.Edited: Evidence._edited,  # pyright: ignore[reportPrivateUsage]
    ev.Steps: _on(PhaseEvidence.steps_taken, "loss"),
    ev.Norms: _on(PhaseEvidence.normed, "norms"),
    ev.Activations: _on(PhaseEvidence.activated, "outputs"),
    ev.Pictures: _on(PhaseEvidence.pictured, "pictures"),
    ev.EpochEnd: Evidence._epoch,  # pyright: ignore[reportPrivateUsage]
    ev.Failed: Evidence._failed,  # pyright: ignore[reportPrivateUsage]
    ev.Done: Evidence._done,  # pyright: ignore[reportPrivateUsage]
}


def loss_title(phase: PhaseEvidence) -> str:
    """Return what the loss of a phase is called by its entry."""
    part = phase.part(phase.loss_node())
    spec = registry.node(part.spec.id) if part is not None else None
    return spec.title if spec is not None else "loss"
