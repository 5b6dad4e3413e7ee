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
from tests.engine.feature_projects import FEATURES, around, block

if TYPE_CHECKING:
    from engine.project import Project


def roots_of(project: Project) -> dict[str, Any]:
    keys = dict.fromkeys(phase.network for phase in project.training.phases)
    return {key: project.networks[key] for key in keys}


def built(text: Listing) -> nn.Module:
    scope: dict[str, Any] = {"torch": torch, "nn": nn}
    for target in text.carried:
        exec(inspect.getsource(load_target(target)), scope)
    exec("\n\n".join(text.classes), scope)
    root = scope[text.name]()
    if text.draws:
        root.initialize()
    return root


def batch(project: Project, fields: tuple[str, ...]) -> list[torch.Tensor]:
    held = describe(project.data).fields
    return [
        torch.randint(0, len(held[f].classes) or 2, (5, *held[f].shape))
        if held[f].dtype.startswith("int")
        else torch.randn(5, *held[f].shape)
        for f in fields
    ]


@pytest.mark.parametrize("name", FEATURES)
def test_the_classes_are_the_compiled_networks(name: str) -> None:
    project = FEATURES[name]()
    scope = project.scope(describe(project.data).fields)
    torch.manual_seed(1)
    bundle = compile_networks(roots_of(project), scope)
    initialize(bundle.root, bundle.blueprint)
    text = listing(roots_of(project), scope)
    torch.manual_seed(1)
    written = built(text)
    ours, theirs = bundle.root.state_dict(), written.state_dict()
    assert sorted(ours) == sorted(theirs)
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    for key, network in bundle.networks.items():
        root = getattr(written, text.names[key]) if text.names[key] else written
        given = [getattr(written, name) for name in text.shared[key]]
        values = batch(project, network.fields)
        torch.manual_seed(2)
        total, losses, predictions = network.train_forward(*values)
        torch.manual_seed(2)
        again = root.losses(*values, *given)
        assert torch.equal(total, again[0])
        assert all(map(torch.equal, losses, again[1]))
        assert all(map(torch.equal, predictions, again[2]))
        total.backward()
        again[0].backward()
        mine = dict(bundle.root.named_parameters())
        for path, parameter in written.named_parameters():
            grad = mine[path].grad
            assert (grad is None) == (parameter.grad is None), path
            assert grad is None or torch.equal(grad, parameter.grad), path
    ours, theirs = bundle.root.state_dict(), written.state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_what_differs_between_places_is_a_parameter_and_the_rest_is_written_out() -> None:
    project = FEATURES["stages_of_convolutions"]()
    text = class_source(project.graph, project.scope(describe(project.data).fields))
    assert "class Basic(nn.Module):\n    def __init__(self, in_channels, channels, stride" in text
    assert "for _ in range(depth)" in text


def test_an_equal_row_is_a_list_made_in_one_line() -> None:
    project = around(("m", "@block", "stem", {"times": 3}), block=block())
    text = class_source(project.graph, project.scope(describe(project.data).fields))
    assert "self.m = nn.ModuleList(ResidualBlock() for _ in range(3))" in text
