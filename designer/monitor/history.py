"""What the events of a run have told so far, in bounded memory. No Qt here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from designer.monitor.axes import figure
from designer.monitor.layers import Columns
from designer.monitor.series import Series
from designer.words import amount, duration
from engine.train import events as ev

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LAYER_BUCKETS = 1024
"""Buckets per resolution of the curves that exist once per layer."""
SMALL = 2048
"""The same for the learning rate and for figures per epoch."""


@dataclass(slots=True)
class Layers:
    """Curves over the same steps for a fixed list of nodes."""

    nodes: tuple[str, ...] = ()
    curves: dict[str, Series] = field(default_factory=dict[str, Series])
    """By quantity: grad, weight, update; mean, std, dead."""

    def take(self, step: int, nodes: tuple[str, ...], **rows: Any) -> None:
        """Add one step's figures, one row per quantity with a value per node."""
        if nodes != self.nodes:
            self.nodes = nodes
            self.curves = {name: Series(len(nodes), LAYER_BUCKETS) for name in rows}
        for name, row in rows.items():
            self.curves[name].append([step], np.asarray(row)[None, :])


class History:
    """Everything the plots show. `take` adds an event and returns the topics it touched."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget the run."""
        self.started: ev.Started | None = None
        self.names: dict[str, str] = {}
        self.loss = Series()
        self.rate = Series(capacity=SMALL)
        self.norms = Layers()
        self.activations = Layers()
        self.columns = Columns()
        self.latest_norms: ev.Norms | None = None
        self.latest_activations: ev.Activations | None = None
        self.metrics: dict[str, Series] = {}
        """Figures per epoch by id: training part and validation part."""
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

    def name(self, node: str) -> str:
        """Return what a node is called."""
        return self.names.get(node, node)

    def summary(self) -> str:
        """Return one line on where the run stands."""
        now = self.steps
        if now is None:
            return self.message or "No run yet"
        parts = [f"step {now.last_step + 1:,}"]
        parts.append(f"loss {figure(float(self.loss.last[0]))}")
        parts.append(f"{amount(now.samples_per_second)} samples/s")
        if now.eta is not None and self.state == "running":
            parts.append(f"{duration(now.eta)} left")
        parts.append(f"watching costs {now.watch_share:.1%}")
        if self.state != "running":
            parts.insert(0, self.state.capitalize())
        return "  ·  ".join(parts)

    def _start(self, event: ev.Started) -> str:
        state, message = self.state, self.message
        self.clear()
        self.started, self.state, self.message = event, state, message
        self.names = dict(event.nodes) | dict(event.losses)
        return "all"

    def _state(self, event: ev.StateChanged) -> str:
        self.state, self.message = event.state, event.message
        return "state"

    def _steps(self, event: ev.Steps) -> str:
        if len(event.loss):
            x = event.first_step + 1 + event.stride * np.arange(len(event.loss))
            self.loss.append(x, event.loss)
            self.rate.append([event.last_step + 1], [event.lr])
        self.steps = event
        return "loss"

    def _norms(self, event: ev.Norms) -> str:
        self.norms.take(
            event.step + 1, event.names, grad=event.grad, weight=event.weight, update=event.update
        )
        self.latest_norms = event
        return "norms"

    def _activations(self, event: ev.Activations) -> str:
        self.activations.take(
            event.step + 1, event.nodes, mean=event.mean, std=event.std, dead=event.dead
        )
        self.columns.take(event)
        self.latest_activations = event
        return "activations"

    def _epoch(self, event: ev.EpochEnd) -> str:
        for key in {**event.train, **event.validation}:
            pair = [event.train.get(key, math.nan), event.validation.get(key, math.nan)]
            self.metrics.setdefault(key, Series(2, SMALL)).append([event.epoch], [pair])
        return "epochs"

    def _boundary(self, event: ev.Boundary) -> str:
        self.boundary = event
        return "boundary"


_HANDLERS = cast(
    "dict[type, Callable[[History, Any], str]]",
    {
        ev.Started: History._start,  # pyright: ignore[reportPrivateUsage]
        ev.StateChanged: History._state,  # pyright: ignore[reportPrivateUsage]
        ev.Steps: History._steps,  # pyright: ignore[reportPrivateUsage]
        ev.Norms: History._norms,  # pyright: ignore[reportPrivateUsage]
        ev.Activations: History._activations,  # pyright: ignore[reportPrivateUsage]
        ev.EpochEnd: History._epoch,  # pyright: ignore[reportPrivateUsage]
        ev.Boundary: History._boundary,  # pyright: ignore[reportPrivateUsage]
    },
)
