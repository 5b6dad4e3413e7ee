"""Random data as a `Dataset`, and a network our compiler cannot make yet, in its stead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch.nn import functional

from engine.compile import Network, Tap, compile_graph
from engine.data.dataset import Dataset
from engine.graph import Graph
from engine.project import Project
from engine.steps import LossInfo
from tests.bench.workloads import LEARNING_RATE, WORKLOADS, Transformer

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.project import Choice


class TransformerNetwork(Transformer):
    """The transformer with what a compiled network offers to training."""

    def __init__(self) -> None:
        super().__init__()
        children = ("embedding", "layer1", "layer2", "head")
        self.fields = ("tokens", "target")
        self.input_fields = ("tokens",)
        self.losses = (LossInfo("loss", "loss", "cross_entropy", "classes", "", 1.0, {}),)
        self.taps = tuple(Tap(name, name) for name in children)
        self.displays = ()
        self.random = self.sloped = False
        self.carrying = self.watched_steps = ()
        self.frozen = frozenset[str]()
        self.bounds: dict[str, tuple[float, float]] = {}
        self.node_parameters = {
            name: list(self.get_submodule(name).named_parameters()) for name in children
        }
        self.node_parameters["embedding"].append(("position", self.position))

    def tapped_forward(self, tokens: torch.Tensor, target: torch.Tensor) -> tuple[Any, ...]:
        embedded = self.embedding(tokens)
        first = self.layer1(embedded + self.position)
        second = self.layer2(first)
        scores = self.head(second)
        prediction = scores.flatten(0, 1)
        loss = functional.cross_entropy(prediction, target.flatten())
        return loss, (loss,), (prediction,), (embedded, first, second, scores)

    def train_forward(self, tokens: torch.Tensor, target: torch.Tensor) -> tuple[Any, ...]:
        prediction = self(tokens)
        loss = functional.cross_entropy(prediction, target.flatten())
        return loss, (loss,), (prediction,)

    def predict_forward(self, tokens: torch.Tensor, target: torch.Tensor) -> tuple[Any, ...]:
        return (self(tokens),)

    def step_at(self, path: str) -> None:
        """Return that no node can be looked into: none of this was compiled."""

    def watched_forward(self, enter: object, see: object) -> Callable[..., Any]:
        """Return the train forward: there are no steps to look at."""
        return self.train_forward

    def shown_forward(self, tokens: torch.Tensor, target: torch.Tensor) -> tuple[Any, ...]:
        return ()


def network(case: str) -> Network:
    """Return the workload's network as training takes it."""
    work = WORKLOADS[case]
    torch.manual_seed(0)
    if work.graph is None:
        return cast("Network", TransformerNetwork())
    return compile_graph(work.graph(), work.fields)


def project(case: str) -> Project:
    """Return the workload as a project: its graph, its batch size, Adam."""
    work = WORKLOADS[case]
    made = Project().with_graph(work.graph() if work.graph else Graph())
    adam: Choice = made.phase.optimizer.but(id="adam", params={"lr": LEARNING_RATE})
    return made.with_phase(optimizer=adam).with_training(batch_size=work.batch)


def dataset(case: str, samples: int) -> Dataset:
    """Return so many random samples to train on, and a handful for the other parts."""
    work = WORKLOADS[case]
    parts = {
        part: dict(zip(work.fields, work.draw(size), strict=True))
        for part, size in (("train", samples), ("validation", 2 * work.batch), ("test", work.batch))
    }
    return Dataset(parts=parts, fields=work.fields, task="classes")
