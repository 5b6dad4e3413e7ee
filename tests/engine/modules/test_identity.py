"""A layer that starts as the identity passes on what comes in."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from engine.compile import compile_graph
from engine.modules.initializers import identity_
from engine.project import Project
from engine.shapes import Scope

LAYERS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "dense": (lambda: nn.Linear(6, 6), (3, 6)),
    "dense on rows": (lambda: nn.Linear(6, 6), (3, 4, 6)),
    "conv1d": (lambda: nn.Conv1d(4, 4, 3, padding=1), (2, 4, 9)),
    "conv2d": (lambda: nn.Conv2d(4, 4, (3, 5), padding="same"), (2, 4, 7, 8)),
    "conv2d even": (lambda: nn.Conv2d(4, 4, 2, padding="same"), (2, 4, 7, 8)),
    "conv2d dilated": (lambda: nn.Conv2d(4, 4, 3, padding=2, dilation=2), (2, 4, 7, 8)),
    "grouped": (lambda: nn.Conv2d(6, 6, 3, padding=1, groups=3), (2, 6, 5, 5)),
    "depthwise": (lambda: nn.Conv2d(6, 6, 3, padding=1, groups=6), (2, 6, 5, 5)),
    "transposed": (lambda: nn.ConvTranspose2d(4, 4, 3, padding=1), (2, 4, 6, 6)),
    "conv3d": (lambda: nn.Conv3d(2, 2, 3, padding=1), (1, 2, 4, 4, 4)),
}


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("name", LAYERS)
def test_an_equal_size_changes_nothing(name: str) -> None:
    make, shape = LAYERS[name]
    module = make()
    assert identity_(module.weight) is module.weight
    nn.init.zeros_(module.bias)
    given = torch.randn(shape)
    assert torch.equal(module(given), given)


def test_other_sizes_pass_on_what_both_have() -> None:
    given = torch.randn(3, 6)
    narrow, wide = identity_(torch.empty(4, 6)), identity_(torch.empty(9, 6))
    assert torch.equal(given @ narrow.T, given[:, :4])
    assert torch.equal((given @ wide.T)[:, :6], given)
    assert not (given @ wide.T)[:, 6:].any()


def test_a_node_can_start_as_the_identity() -> None:
    graph, first = Project().graph.add("input", field="a")
    graph, dense = graph.add("dense", out_features=5)
    graph, end = graph.add("output")
    graph = graph.connect(first, dense).connect(dense, end).change(dense, initializer="identity")
    from engine.catalog.spec import Field

    scope = Scope({"a": Field(name="a", shape=(5,))})
    network = compile_graph(graph, scope, training=False, initializer="auto")
    given = torch.randn(4, 5)
    assert torch.equal(network(given), given)
