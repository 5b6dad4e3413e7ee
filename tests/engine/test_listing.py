"""Exported classes against the compiled networks: same keys, same start, same loss, same step."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from engine.catalog.spec import load_target
from engine.compile import compile_networks, initialize
from engine.data import describe
from engine.listing import Listing, class_source, listing
from engine.scope import Scope
from engine.shapes import analyse
from tests.engine.feature_projects import FEATURES, around, block
from tests.engine.random_networks import FIELDS, random_networks

if TYPE_CHECKING:
    from engine.graph import Graph


def built(text: Listing) -> nn.Module:
    scope: dict[str, Any] = {"torch": torch, "nn": nn}
    for target in text.carried:
        exec(inspect.getsource(load_target(target)), scope)
    exec("\n\n".join(text.classes), scope)
    root = scope[text.name]()
    if text.draws:
        root.initialize()
    return root


def batch(scope: Scope, fields: tuple[str, ...]) -> list[torch.Tensor]:
    held = scope.fields
    return [
        torch.randint(0, len(held[f].classes) or 2, (5, *held[f].shape))
        if held[f].dtype.startswith("int")
        else torch.randn(5, *held[f].shape)
        for f in fields
    ]


def compare(roots: dict[str, Graph], scope: Scope) -> None:
    """Build both, and take a backward pass through each root, in training and in evaluation."""
    torch.manual_seed(1)
    bundle = compile_networks(roots, scope)
    initialize(bundle.root, bundle.blueprint)
    text = listing(roots, scope)
    torch.manual_seed(1)
    written = built(text)
    same_state(bundle.root, written)
    for key, network in bundle.networks.items():
        root = getattr(written, text.names[key]) if text.names[key] else written
        given = [getattr(written, name) for name in text.shared[key]]
        values = batch(scope, network.fields)
        for training in (True, False):
            bundle.root.train(training)
            written.train(training)
            torch.manual_seed(2)
            total, losses, predictions = network.train_forward(*values)
            torch.manual_seed(2)
            again = root.losses(*values, *given)
            for ours, theirs in zip(
                (total, *losses, *predictions), (again[0], *again[1], *again[2]), strict=True
            ):
                assert torch.equal(ours, theirs)
            if total.requires_grad:
                total.backward()
                again[0].backward()
                same_gradients(bundle.root, written)
    same_state(bundle.root, written)


def same_state(one: nn.Module, other: nn.Module) -> None:
    ours, theirs = one.state_dict(), other.state_dict()
    assert sorted(ours) == sorted(theirs)
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def same_gradients(one: nn.Module, other: nn.Module) -> None:
    ours = dict(one.named_parameters())
    for path, parameter in other.named_parameters():
        grad = ours[path].grad
        assert (grad is None) == (parameter.grad is None), path
        assert grad is None or torch.equal(grad, parameter.grad), path
    one.zero_grad()
    other.zero_grad()


@pytest.mark.parametrize("name", FEATURES)
def test_the_classes_are_the_compiled_networks(name: str) -> None:
    project = FEATURES[name]()
    keys = dict.fromkeys(phase.network for phase in project.training.phases)
    roots = {key: project.networks[key] for key in keys}
    compare(roots, project.scope(describe(project.data).fields))


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_the_classes_of_random_networks_are_the_compiled_ones(start: int) -> None:
    compared = 0
    for seed in range(start, start + 20):
        roots, networks = random_networks(seed)
        scope = Scope(FIELDS, networks)
        if all(analyse(graph, scope).ok for graph in roots.values()):
            compare(roots, scope)
            compared += 1
    assert compared >= 15


def test_what_differs_between_places_is_a_parameter_and_the_rest_is_written_out() -> None:
    project = FEATURES["stages_of_convolutions"]()
    text = class_source(project.graph, project.scope(describe(project.data).fields))
    assert "class Basic(nn.Module):\n    def __init__(self, in_channels, channels, stride" in text
    assert "for _ in range(depth)" in text


def test_an_equal_row_is_a_list_made_in_one_line() -> None:
    project = around(("m", "@block", "stem", {"times": 3}), block=block())
    text = class_source(project.graph, project.scope(describe(project.data).fields))
    assert "self.m = nn.ModuleList(ResidualBlock() for _ in range(3))" in text
