"""What the events of a run have told so far, in bounded memory. No Qt here."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from designer.monitor.album import Album
from designer.monitor.layers import Columns
from designer.monitor.lists import Layers
from designer.monitor.saturation import Saturation
from designer.monitor.series import Series
from designer.words import amount, duration, figure
from engine.train import events as ev

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SMALL = 2048
"""Buckets per resolution of the learning rate and of figures per epoch."""
PART = 4096
"""The same for a loss that is one of several."""
MOST_LISTS = 8
"""Lists of nodes that are remembered: one per phase, and one more after every edit."""


class History:
    """Everything the plots show. `take` adds an event and returns the topics it touched.

    Nodes go by their address: their path id, with the key of the network and a colon before it
    unless that is the first phase's.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget the run."""
        self.started: ev.Started | None = None
        self.phases: tuple[ev.PhaseStarted, ...] = ()
        self.bounds: dict[str, tuple[float, float]] = {}
        """Between which values the outputs of a node can lie, where its kind has bounds."""
        self.names: dict[str, str] = {}
        self.losses: dict[tuple[int, str], Series] = {(0, ""): Series()}
        """By phase and name of the loss; without a name, what the phase makes small."""
        self.rates: dict[int, Series] = {0: Series(capacity=SMALL)}
        self.edits: list[tuple[int, str]] = []
        """Where the network was changed: the first step after it, counted from 1, and words."""
        self.norms = Layers()
        self.activations = Layers()
        self.columns: dict[tuple[str, ...], Columns] = {}
        """By the nodes that are sampled together."""
        self.spreads: dict[str, dict[tuple[str, ...], Columns]] = {}
        """The same of weight, grad and update."""
        self.watched: ev.Watched | None = None
        self.latest_norms: dict[tuple[str, ...], ev.Norms] = {}
        self.latest_activations: dict[tuple[str, ...], ev.Activations] = {}
        self._saturated: dict[tuple[str, ...], Saturation] = {}
        self.metrics: dict[str, Series] = {}
        """Figures per epoch by id: training part and validation part."""
        self.pictures: dict[str, Album[ev.Pictures]] = {}
        self.points: dict[str, Album[ev.Points]] = {}
        self.texts: dict[str, Album[ev.Text]] = {}
        self.boundary: ev.Boundary | None = None
        self.steps: ev.Steps | None = None
        self.state = "idle"
        self.message = ""

    def take(self, events: Iterable[ev.Event]) -> set[str]:
        """Add events in the order they came; return which of the topics changed."""
        touched: set[str] = set()
        for event in events:
            handler = _HANDLERS.get(type(event))
            if handler is not None:
                touched.add(handler(self, event))
        return touched

    # -- what is known

    @property
    def loss(self) -> Series:
        """Return what the first phase makes small."""
        return self.losses[0, ""]

    @property
    def rate(self) -> Series:
        """Return the learning rate of the first phase."""
        return self.rates[0]

    def name(self, node: str) -> str:
        """Return what a node is called."""
        return self.names.get(node, node)

    def by_depth(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """Return nodes in the order in which they stand in the network, phase by phase."""
        place = {node: i for i, node in enumerate(self.names)}
        return tuple(sorted(nodes, key=lambda node: place.get(node, len(place))))

    def key(self, phase: int, path: str) -> str:
        """Return the address of a node, from the phase that tells about it and its path id."""
        network = self.network(phase)
        return path if network == self.network(0) else f"{network}:{path}"

    def network(self, phase: int) -> str:
        """Return the network of a phase; nothing where there is only one."""
        return self.phases[phase].network if phase < len(self.phases) else ""

    def phase_name(self, phase: int) -> str:
        """Return what a phase is called."""
        return self.phases[phase].name if phase < len(self.phases) else f"phase {phase + 1}"

    def sampled(self, quantity: str = "output") -> tuple[str, ...]:
        """Return the nodes whose outputs, or weight, grad or update, were sampled."""
        held = self.columns if quantity == "output" else self.spreads.get(quantity, {})
        return tuple(dict.fromkeys(node for nodes in held for node in nodes))

    def latest_outputs(self, quantity: str) -> list[tuple[tuple[str, ...], Any]]:
        """Return the latest row of mean, std, dead or saturated for each list of nodes."""
        return [
            (nodes, self._row(quantity, nodes, event))
            for nodes, event in self.latest_activations.items()
        ]

    def _row(self, quantity: str, nodes: tuple[str, ...], event: ev.Activations) -> Any:
        if quantity != "saturated":
            return np.asarray(getattr(event, quantity))
        if nodes not in self._saturated:
            self._saturated[nodes] = Saturation(nodes, self.bounds)
        return self._saturated[nodes].of(event)

    def columns_of(self, node: str, quantity: str = "output") -> Columns | None:
        """Return the histograms of a node, the latest if there are several.

        `quantity` is output, weight, grad or update.
        """
        held = self.columns if quantity == "output" else self.spreads.get(quantity, {})
        found = [columns for nodes, columns in held.items() if node in nodes]
        return found[-1] if found else None

    def summary(self) -> str:
        """Return one line on where the run stands."""
        now = self.steps
        if now is None:
            return self.message or "No run yet"
        parts = [f"step {now.last_step + 1:,}", *self._loss_words()]
        parts.append(f"{amount(now.samples_per_second)} samples/s")
        if now.eta is not None and self.state == "running":
            parts.append(f"{duration(now.eta)} left")
        parts.append(f"watching costs {now.watch_share:.1%}")
        if self.state != "running":
            parts.insert(0, self.state.capitalize())
        return "  ·  ".join(parts)

    def _loss_words(self) -> list[str]:
        totals = [(phase, held) for (phase, loss), held in self.losses.items() if not loss]
        many = len(totals) > 1
        return [
            f"{self.phase_name(phase) if many else 'loss'} {figure(float(held.last[0]))}"
            for phase, held in sorted(totals, key=lambda pair: pair[0])
            if len(held)
        ]

    # -- events

    def _start(self, event: ev.Started) -> str:
        state, message = self.state, self.message
        self.clear()
        self.started, self.state, self.message = event, state, message
        self._watch(
            event.phases
            or (
                ev.PhaseStarted(
                    "", "", event.nodes, event.losses, event.displays, bounds=event.bounds
                ),
            )
        )
        return "all"

    def _watch(self, phases: tuple[ev.PhaseStarted, ...]) -> None:
        self.phases = phases if len(phases) > 1 else ()
        told: dict[str, tuple[str, str]] = {}
        self._saturated.clear()
        for number, phase in enumerate(phases):
            self.bounds |= {self.key(number, node): b for node, b in phase.bounds.items()}
            for node, name in (*phase.nodes, *phase.losses, *phase.displays):
                told.setdefault(self.key(number, node), (phase.name, name))
        often = Counter(name for _, name in told.values())
        # Networks of several phases may use the same name; within one it is unique.
        self.names |= {
            address: f"{phase} · {name}" if often[name] > 1 and self.phases else name
            for address, (phase, name) in told.items()
        }

    def _state(self, event: ev.StateChanged) -> str:
        self.state, self.message = event.state, event.message
        return "state"

    def _steps(self, event: ev.Steps) -> str:
        if len(event.loss):
            total = self.losses.setdefault((event.phase, ""), Series())
            x = event.first_step + 1 + event.stride * np.arange(len(event.loss))
            # The stride is a mean over turns: within one, a phase may be ahead of it.
            x += max(0.0, total.span[1] + 0.5 - x[0])
            total.append(x, event.loss)
            for name, values in self._parts(event).items():
                self.losses.setdefault((event.phase, name), Series(capacity=PART)).append(x, values)
            rate = self.rates.setdefault(event.phase, Series(capacity=SMALL))
            rate.append([event.last_step + 1], [event.lr])
        self.steps = event
        return "loss"

    def _parts(self, event: ev.Steps) -> dict[str, Any]:
        """Return the losses of a chunk that are not the whole of it."""
        several = event.losses is not None and len(event.losses) > 1
        return dict(event.losses or {}) if several else {}

    def _nodes(self, phase: int, paths: tuple[str, ...]) -> tuple[str, ...]:
        if self.network(phase) == self.network(0):
            return paths
        return tuple(self.key(phase, path) for path in paths)

    def _norms(self, event: ev.Norms) -> str:
        nodes = self._nodes(event.phase, event.names)
        self.norms.take(
            event.step + 1, nodes, grad=event.grad, weight=event.weight, update=event.update
        )
        _renew(self.latest_norms, nodes, event)
        return "norms"

    def _activations(self, event: ev.Activations) -> str:
        nodes = self._nodes(event.phase, event.nodes)
        rows = {name: self._row(name, nodes, event) for name in ("mean", "std", "dead")}
        if any(node in self.bounds for node in nodes):
            rows["saturated"] = self._row("saturated", nodes, event)
        self.activations.take(event.step + 1, nodes, **rows)
        _renew(self.columns, nodes, self.columns.get(nodes) or Columns())
        self.columns[nodes].take(event, nodes)
        _renew(self.latest_activations, nodes, event)
        return "activations"

    def _spread(self, event: ev.Spread) -> str:
        nodes = self._nodes(event.phase, event.nodes)
        held = self.spreads.setdefault(event.quantity, {})
        _renew(held, nodes, held.get(nodes) or Columns())
        held[nodes].take(event, nodes)
        return "spreads"

    def _watched(self, event: ev.Watched) -> str:
        self.watched = event
        return "watched"

    def _epoch(self, event: ev.EpochEnd) -> str:
        for key in {**event.train, **event.validation}:
            pair = [event.train.get(key, math.nan), event.validation.get(key, math.nan)]
            self.metrics.setdefault(key, Series(2, SMALL)).append([event.epoch], [pair])
        return "epochs"

    def _boundary(self, event: ev.Boundary) -> str:
        self.boundary = event
        return "boundary"

    def _pictures(self, event: ev.Pictures) -> str:
        album = self.pictures.setdefault(self.key(event.phase, event.node), Album())
        album.take(event.step, event, event.images.nbytes)
        return "pictures"

    def _points(self, event: ev.Points) -> str:
        album = self.points.setdefault(self.key(event.phase, event.node), Album())
        album.take(event.step, event, event.xy.nbytes + event.labels.nbytes)
        return "points"

    def _text(self, event: ev.Text) -> str:
        album = self.texts.setdefault(self.key(event.phase, event.node), Album())
        album.take(event.step, event, len(event.text))
        return "texts"

    def _edited(self, event: ev.Edited) -> str:
        self.edits.append((event.step + 1, event.text))
        self.latest_norms.clear()
        self.latest_activations.clear()
        self._watch(event.phases or self.phases)
        return "edits"


def _renew(held: dict[tuple[str, ...], Any], nodes: tuple[str, ...], value: Any) -> None:
    """Put a value last; the list of nodes that was silent for longest goes when there are many."""
    held.pop(nodes, None)
    held[nodes] = value
    if len(held) > MOST_LISTS:
        del held[next(iter(held))]


_HANDLERS = cast(
    "dict[type, Callable[[History, Any], str]]",
    {
        ev.Started: History._start,  # pyright: ignore[reportPrivateUsage]
        ev.StateChanged: History._state,  # pyright: ignore[reportPrivateUsage]
        ev.Steps: History._steps,  # pyright: ignore[reportPrivateUsage]
        ev.Norms: History._norms,  # pyright: ignore[reportPrivateUsage]
        ev.Activations: History._activations,  # pyright: ignore[reportPrivateUsage]
        ev.Spread: History._spread,  # pyright: ignore[reportPrivateUsage]
        ev.Watched: History._watched,  # pyright: ignore[reportPrivateUsage]
        ev.EpochEnd: History._epoch,  # pyright: ignore[reportPrivateUsage]
        ev.Boundary: History._boundary,  # pyright: ignore[reportPrivateUsage]
        ev.Pictures: History._pictures,  # pyright: ignore[reportPrivateUsage]
        ev.Points: History._points,  # pyright: ignore[reportPrivateUsage]
        ev.Text: History._text,  # pyright: ignore[reportPrivateUsage]
        ev.Edited: History._edited,  # pyright: ignore[reportPrivateUsage]
    },
)
