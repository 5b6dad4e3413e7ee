"""Perceptron, radial bases and mixed operation against what their formulas say, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine.catalog import registry
from engine.catalog.spec import BATCH, TensorSpec
from engine.modules.perceptron import MixedOperation, Perceptron, RadialBasis
from engine.trace import build
from tests.engine.catalog.running import complaint, run

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)


def numbers(tensor: torch.Tensor | None) -> Any:
    assert tensor is not None
    return tensor.detach().numpy().copy()


def made(spec_id: str, *shapes: tuple[int, ...], **params: Any) -> nn.Module:
    """Return a node's module."""
    spec = registry.nodes()[spec_id]
    module = build(spec, spec.values(params), [TensorSpec((BATCH, *s[1:])) for s in shapes])
    assert module is not None
    return module


# -- perceptron


def test_the_step_is_one_from_zero_on() -> None:
    layer = Perceptron(1, bias=False)
    layer.weight.data.fill_(1.0)
    said = layer(torch.tensor([[-1e-9], [0.0], [2.0]]))
    assert said.flatten().tolist() == [0, 1, 1]


@pytest.mark.parametrize("units", [1, 3])
def test_a_step_of_sgd_is_the_perceptron_rule(units: int) -> None:
    random, lr = np.random.default_rng(0), 0.3
    layer = Perceptron(4, units)
    w, b = numbers(layer.weight), numbers(layer.bias)
    optimizer = torch.optim.SGD(layer.parameters(), lr)
    for _ in range(50):
        x = random.normal(size=(1, 4)).astype(np.float32)
        t = random.integers(0, 2, (1, units))
        y = layer(torch.from_numpy(x))
        loss = run("perceptron_rule", y, torch.from_numpy(t))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        said = (w @ x[0] + b >= 0).astype(np.float32)
        w = w + lr * (t[0] - said)[:, None] * x[0]
        b = b + lr * (t[0] - said)
        np.testing.assert_array_equal(numbers(y)[0], said)
        assert loss.item() == pytest.approx(0.5 * ((t[0] - said) ** 2).sum())
        np.testing.assert_allclose(numbers(layer.weight), w, atol=1e-6)
        np.testing.assert_allclose(numbers(layer.bias), b, atol=1e-6)


def test_a_batch_takes_the_mean_of_the_rule() -> None:
    layer, lr = Perceptron(2), 1.0
    x, t = torch.from_numpy(CORNERS), torch.tensor([0, 0, 0, 1])
    before = numbers(layer.weight)[0]
    said = numbers(layer(x))[:, 0]
    run("perceptron_rule", layer(x), t).backward()
    torch.optim.SGD(layer.parameters(), lr).step()
    expected = before + lr * ((t.numpy() - said)[:, None] * CORNERS).mean(axis=0)
    np.testing.assert_allclose(numbers(layer.weight)[0], expected, atol=1e-6)


@pytest.mark.parametrize(("gate", "solved"), [("and", True), ("or", True), ("xor", False)])
def test_it_learns_what_a_line_can_part(gate: str, solved: bool) -> None:
    torch.manual_seed(0)
    answers = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0]}[gate]
    layer, x, t = Perceptron(2), torch.from_numpy(CORNERS), torch.tensor(answers)
    optimizer = torch.optim.SGD(layer.parameters(), 0.1)
    for _ in range(100):
        for row in range(4):
            optimizer.zero_grad()
            run("perceptron_rule", layer(x[row : row + 1]), t[row : row + 1]).backward()
            optimizer.step()
    right = (layer(x)[:, 0] == t).float().mean().item()
    assert right == 1 if solved else right <= 0.75


# -- radial bases


def test_bells_follow_their_formula() -> None:
    layer = RadialBasis(3, units=4, centres_from="random", width=0.7)
    layer.log_width.data += torch.randn(4) * 0.2
    x = torch.randn(2, 5, 3)
    c, sigma = numbers(layer.centres), np.exp(numbers(layer.log_width))
    away = numbers(x)[:, :, None] - c
    expected = np.exp(-(away**2).sum(-1) / (2 * sigma**2))
    np.testing.assert_allclose(numbers(layer(x)), expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(sigma.mean(), 0.7, rtol=0.3)


def test_centres_are_the_first_samples_of_training() -> None:
    layer = RadialBasis(2, units=5)
    before = numbers(layer.centres)
    batches = torch.randn(3, 3, 2)
    layer.eval()(batches[2])
    assert np.array_equal(numbers(layer.centres), before)
    layer.train()
    for batch in batches:
        layer(batch)
    expected = torch.cat([batches[0], batches[1][:2]])
    assert torch.equal(layer.centres.detach(), expected)
    assert layer.settled


def test_k_means_by_batches_follows_its_update() -> None:
    random = np.random.default_rng(1)
    means = np.array([[-4, 0], [4, 0], [0, 5]])
    data = means[random.integers(0, 3, 400)] + random.normal(0, 0.3, (400, 2))
    data = np.concatenate([means + 0.5, data]).astype(np.float32)
    layer = RadialBasis(2, units=3, centres_from="k-means", fit_steps=8)
    centres, counts = np.empty((3, 2), np.float32), np.ones(3)
    for step in range(12):
        batch = data[step * 20 : step * 20 + 20]
        layer(torch.from_numpy(batch))
        if step == 0:
            centres[:] = batch[:3]
        elif step <= 8:
            nearest = ((batch[:, None] - centres) ** 2).sum(-1).argmin(1)
            for k in range(3):
                own = batch[nearest == k]
                counts[k] += len(own)
                centres[k] += (own - centres[k]).sum(0) / counts[k]
        np.testing.assert_allclose(numbers(layer.centres), centres, atol=1e-5)
    assert np.abs(centres - means).max() < 0.3


def test_no_gradient_moves_centres_while_k_means_does() -> None:
    layer = RadialBasis(2, units=3, centres_from="k-means", fit_steps=2)
    grads: list[float] = []
    for _ in range(4):
        layer.zero_grad()
        layer(torch.randn(6, 2)).sum().backward()
        assert layer.centres.grad is not None
        grads.append(layer.centres.grad.abs().sum().item())
    assert grads[:3] == [0, 0, 0]
    assert grads[3] > 0


def test_what_is_not_learned_is_no_parameter() -> None:
    params = {"learn_centres": False, "learn_widths": False, "units": 3}
    layer = made("radial_basis", (4, 2), **params)
    assert not list(layer.parameters())
    assert set(layer.state_dict()) == {"centres", "log_width", "placed", "drawn"}


def test_placed_centres_are_not_placed_again_after_loading() -> None:
    first, second = RadialBasis(2, units=3), RadialBasis(2, units=3)
    first(torch.randn(5, 2))
    second.load_state_dict(first.state_dict())
    second(torch.randn(5, 2))
    assert torch.equal(second.centres, first.centres)


# -- mixed operation


def test_branches_are_weighed_by_a_softmax() -> None:
    layer = MixedOperation(3)
    layer.alpha.data = torch.tensor([0.3, -1.0, 2.0])
    xs = torch.randn(3, 4, 5)
    shares = np.exp([0.3, -1.0, 2.0]) / np.exp([0.3, -1.0, 2.0]).sum()
    expected = np.tensordot(shares, numbers(xs), 1)
    np.testing.assert_allclose(
        numbers(run("mixed_operation", *xs, module=layer)), expected, atol=1e-6
    )
    layer.decide = True
    np.testing.assert_allclose(numbers(layer(*xs)), expected, atol=1e-6)
    decided = layer.eval()(*xs)
    assert torch.equal(decided, xs[2])
    decided.sum().backward()
    assert layer.alpha.grad is not None
    assert layer.alpha.grad.count_nonzero() == 3


def test_branches_count_alike_at_the_start() -> None:
    layer = made("mixed_operation", (2, 3), (2, 3), (2, 3))
    assert layer.get_parameter("alpha").tolist() == [0, 0, 0]


def test_mistakes_get_a_sentence() -> None:
    said = complaint("mixed_operation", (BATCH, 8, 4, 4), (BATCH, 8, 2, 2))
    assert "N × 8 × 4 × 4 and N × 8 × 2 × 2" in said
    assert "same" in said
    assert "same numbers" in complaint(
        "perceptron_rule", (BATCH, 3), (BATCH,), dtypes=("float32", "int64")
    )
