"""Quicker ways have the bits of the usual ones, forwards and backwards, to the last layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from engine import quick
from engine.catalog.spec import Field
from engine.compile import compile_graph
from engine.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES = (
    (64, 6, 28, 28),
    (64, 16, 10, 10),
    (8, 3, 64, 64),
    (64, 1, 28, 28),
    (33, 5, 17, 31),
    (2, 64, 16, 17),
    (1, 40, 31, 29),
)
WINDOWS = (
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": (2, 3), "stride": (1, 2), "padding": (1, 0), "dilation": (2, 1)},
    {"kernel_size": (3, 2), "ceil_mode": True},
)


def outcome(
    forward: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what a forward gives and the gradient that comes back through it."""
    given = x.clone().requires_grad_()
    found = forward(given)
    pull = torch.linspace(-1, 1, found.numel()).to(x.dtype).view_as(found)
    (back,) = torch.autograd.grad(found, given, pull)
    return found, back


def same(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Return whether bits and layout are the same; what is not a number equals itself here."""
    return a.stride() == b.stride() and torch.equal(a.nan_to_num(99.0), b.nan_to_num(99.0))


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_max_pool_has_torch_s_bits_where_numbers_tie(
    shape: tuple[int, ...], window: dict[str, Any]
) -> None:
    module = nn.MaxPool2d(**window)
    torch.manual_seed(0)
    x = torch.relu(torch.randn(shape)).mul(3).round()
    assert x.numel() >= quick.LEAST
    ours, theirs = (outcome(f, x) for f in (quick.forward_of(module), module))
    assert "MaxPool2dBackward" in type(ours[0].grad_fn).__name__
    assert all(same(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
def test_a_max_pool_hands_on_what_is_not_finite(odd: float) -> None:
    module, x = nn.MaxPool2d(2), torch.randn(64, 6, 28, 28)
    x[::3, :, ::5, ::7] = odd
    ours, theirs = (outcome(f, x) for f in (quick.forward_of(module), module))
    assert all(same(a, b) for a, b in zip(ours, theirs, strict=True))


@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 20), st.integers(4, 13), st.integers(4, 13)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.one_of(st.none(), st.integers(1, 3)),
    seed=st.integers(0, 99),
    wide=st.booleans(),
)
def test_any_max_pool_has_torch_s_bits(
    shape: tuple[int, ...], kernel: tuple[int, int], stride: int | None, seed: int, wide: bool
) -> None:
    module = nn.MaxPool2d(kernel, stride, (kernel[0] // 2, kernel[1] // 2))
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(0, 5, shape, generator=generator).to(torch.float64 if wide else torch.float32)
    window = ([*kernel], [stride or k for k in kernel], [k // 2 for k in kernel], [1, 1], False)
    ours = outcome(lambda x: quick.MaxPool2d.apply(x, window), x)
    assert all(same(a, b) for a, b in zip(ours, outcome(module, x), strict=True))


def test_a_max_pool_can_be_derived_twice() -> None:
    window = ([2, 2], [2, 2], [0, 0], [1, 1], False)
    x = torch.randperm(2 * 3 * 4 * 4).view(2, 3, 4, 4).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: quick.MaxPool2d.apply(x, window), x)
    assert torch.autograd.gradgradcheck(lambda x: quick.MaxPool2d.apply(x, window), x)


@pytest.mark.parametrize(
    "x",
    [
        torch.zeros(2, 3, 8, 8),
        torch.zeros(3, 64, 200),
        torch.zeros(1, 3, 200, 200),
        torch.zeros(64, 6, 28, 28).to(memory_format=torch.channels_last),
        torch.zeros(64, 6, 28, 28, device="meta"),
        torch.zeros(64, 6, 28, 28, dtype=torch.uint8),
    ],
    ids=["small", "one image", "few maps", "turned already", "meta", "whole numbers"],
)
def test_the_usual_way_is_taken_where_it_is_better(x: torch.Tensor) -> None:
    module = nn.MaxPool2d(2)
    if x.is_floating_point():
        x.requires_grad_()
    found = quick.forward_of(module)(x)
    assert "MaxPool2dBackward" not in type(found.grad_fn).__name__
    assert found.shape == module(x).shape


def test_other_modules_keep_their_own_forward() -> None:
    for module in (nn.ReLU(), nn.MaxPool2d(2, return_indices=True), nn.MaxPool1d(2)):
        assert quick.forward_of(module) == module.forward


def test_a_compiled_network_takes_the_quick_way_and_keeps_torch_s_module() -> None:
    graph, start = Graph().add("input", field="image")
    graph, pool = graph.add("max_pool2d")
    graph, end = graph.add("output")
    graph = graph.connect(start, pool).connect(pool, end)
    field = Field(name="image", shape=(6, 28, 28))
    network = compile_graph(graph, {"image": field}, training=False)
    x = torch.randn(16, 6, 28, 28, requires_grad=True)
    found = network(x)
    module = next(m for m in network.modules() if isinstance(m, nn.MaxPool2d))
    assert type(module) is nn.MaxPool2d
    assert "MaxPool2dBackward" in type(found.grad_fn).__name__
    assert torch.equal(found, module(x))
