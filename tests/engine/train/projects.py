"""Small projects and data for the tests of training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from engine.catalog.spec import Field
from engine.data.dataset import Dataset
from engine.graph import Graph
from engine.project import Choice, DataRecipe, Project

if TYPE_CHECKING:
    from collections.abc import Sequence

Layer = tuple[str, dict[str, Any]]


def dense(size: int) -> Layer:
    return "dense", {"out_features": size}


MLP: tuple[Layer, ...] = (dense(16), ("relu", {}), dense(10))
NOISY: tuple[Layer, ...] = (
    dense(16),
    ("batch_norm1d", {}),
    ("relu", {}),
    ("dropout", {"p": 0.3}),
    dense(10),
)


def chain(layers: Sequence[Layer], loss: str = "cross_entropy", field: str = "") -> Graph:
    """A graph of layers in a row, with a loss at its end. Node ids are n1 (input), n2, ..."""
    graph, last = Graph().add("input", **({"field": field} if field else {}))
    for spec, params in layers:
        graph, node = graph.add(spec, **params)
        graph = graph.connect(last, node)
        last = node
    graph, node = graph.add(loss)
    return graph.connect(last, node, target_port="prediction")


def project(
    layers: Sequence[Layer] = MLP,
    loss: str = "cross_entropy",
    source: str = "digits",
    **training: Any,
) -> Project:
    made = Project(
        networks={"main": chain(layers, loss)}, data=DataRecipe(source=Choice(id=source))
    )
    return made.with_training(**{"epochs": 2, "threads": 1, **training})


def classes(samples: int = 96, features: int = 8, count: int = 10) -> Dataset:
    """Random points with random labels; enough to run, nothing to learn."""
    generator = torch.Generator().manual_seed(1)

    def part(n: int) -> dict[str, torch.Tensor]:
        return {
            "features": torch.randn(n, features, generator=generator),
            "target": torch.randint(0, count, (n,), generator=generator),
        }

    return Dataset(
        parts={"train": part(samples), "validation": part(32), "test": part(32)},
        fields={
            "features": Field(name="features", shape=(features,)),
            "target": Field(
                name="target",
                shape=(),
                dtype="int64",
                role="target",
                classes=tuple(str(i) for i in range(count)),
            ),
        },
        task="classes",
    )


def numbers(samples: int = 96, features: int = 8) -> Dataset:
    """A linear rule with a scaled target."""
    generator = torch.Generator().manual_seed(2)
    weights = torch.randn(features, 1, generator=generator)

    def part(n: int) -> dict[str, torch.Tensor]:
        x = torch.randn(n, features, generator=generator)
        return {"features": x, "target": x @ weights}

    return Dataset(
        parts={"train": part(samples), "validation": part(32), "test": part(32)},
        fields={
            "features": Field(name="features", shape=(features,)),
            "target": Field(name="target", shape=(1,), role="target"),
        },
        task="regression",
        scales={"target": (torch.tensor([5.0]), torch.tensor([10.0]))},
    )
