"""Capsules against the formulas of Sabour et al. 2017 in NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from engine.modules.capsules import CapsuleMask, PrimaryCapsules, RoutingCapsules
from tests.engine.catalog.running import complaint, run

if TYPE_CHECKING:
    from numpy.typing import NDArray


def squash(s: NDArray[Any]) -> NDArray[Any]:
    """Return |s|²/(1+|s|²)·s/|s| along the last axis."""
    length = np.linalg.norm(s, axis=-1, keepdims=True)
    return length**2 / (1 + length**2) * s / length


def route(u: NDArray[Any], weight: NDArray[Any], above: int, iterations: int) -> NDArray[Any]:
    """Return the capsules above, as procedure 1 of the paper has it, sample by sample."""
    results: list[NDArray[Any]] = []
    for sample in u:
        said = np.stack([
            (capsule @ matrix).reshape(above, -1)
            for capsule, matrix in zip(sample, weight, strict=True)
        ])  # fmt: skip
        b = np.zeros(said.shape[:2])
        v = np.zeros(0)
        for _ in range(iterations):
            c = np.exp(b) / np.exp(b).sum(1, keepdims=True)
            v = squash((c[:, :, None] * said).sum(0))
            b = b + (said * v).sum(2)
        results.append(v)
    return np.stack(results)


@pytest.mark.parametrize("iterations", [1, 3, 5])
def test_dynamic_routing(iterations: int) -> None:
    torch.manual_seed(2)
    layer = RoutingCapsules(6, 4, capsules=3, size=5, iterations=iterations, std=0.7).double()
    u = torch.randn(4, 6, 4, dtype=torch.float64)
    wanted = route(u.numpy(), layer.weight.detach().numpy(), 3, iterations)
    np.testing.assert_allclose(layer(u).detach().numpy(), wanted, atol=1e-10)


def test_gradients_pass_through_the_last_iteration_only() -> None:
    torch.manual_seed(2)
    layer = RoutingCapsules(6, 4, capsules=3, size=5).double()
    u = torch.randn(4, 6, 4, dtype=torch.float64, requires_grad=True)
    said = torch.bmm(u.transpose(0, 1), layer.weight).transpose(0, 1).reshape(4, 6, 3, 5)
    shares = torch.zeros(4, 6, 3, dtype=torch.float64)
    for _ in range(2):
        made = layer.gather(said.detach(), shares)
        shares = shares + (said.detach() * made[:, None]).sum(3)
    weigh = torch.randn(4, 3, 5, dtype=torch.float64)
    wanted = torch.autograd.grad((layer.gather(said, shares) * weigh).sum(), u)[0]
    found = torch.autograd.grad((layer(u) * weigh).sum(), u)[0]
    torch.testing.assert_close(found, wanted)


def test_primary_capsules_are_channels_taken_together() -> None:
    torch.manual_seed(4)
    layer = PrimaryCapsules(3, capsules=2, size=4, kernel_size=3, stride=2, padding=1).double()
    x = torch.randn(2, 3, 5, 6, dtype=torch.float64)
    maps = layer.conv(x).detach().numpy()
    found = layer(x).detach().numpy()
    assert maps.shape == (2, 8, 3, 3)
    assert found.shape == (2, 2 * 9, 4)
    for kind in range(2):
        for row in range(3):
            for column in range(3):
                vector = maps[:, 4 * kind : 4 * kind + 4, row, column]
                np.testing.assert_allclose(
                    found[:, 9 * kind + 3 * row + column], squash(vector), atol=1e-10
                )


def test_squash_keeps_directions_and_bounds_lengths() -> None:
    x = torch.randn(5, 3, 4, dtype=torch.float64)
    np.testing.assert_allclose(run("squash", x).numpy(), squash(x.numpy()), atol=1e-12)
    assert float(run("vector_length", run("squash", 1e3 * x)).max()) < 1


def test_a_vector_of_zeros_has_a_gradient() -> None:
    for layer in ("squash", "vector_length"):
        x = torch.zeros(2, 3, 4, requires_grad=True)
        run(layer, x).sum().backward()
        assert x.grad is not None
        assert x.grad.isfinite().all()
    made = RoutingCapsules(3, 4)(torch.zeros(2, 3, 4, requires_grad=True))
    made.sum().backward()
    assert made.isfinite().all()


def test_margin_loss() -> None:
    lengths = torch.tensor([[0.95, 0.05, 0.3], [0.2, 0.4, 0.9]])
    target = torch.tensor([0, 1])
    first = 0.5 * (0.3 - 0.1) ** 2
    second = (0.9 - 0.4) ** 2 + 0.5 * ((0.2 - 0.1) ** 2 + (0.9 - 0.1) ** 2)
    found = float(run("capsule_margin", lengths, target))
    assert found == pytest.approx((first + second) / 2)
    found = float(run("capsule_margin", lengths, target, upper=1.0, lower=0.0, down=1.0))
    goal = np.eye(3)[[0, 1]]
    assert found == pytest.approx(((lengths.numpy() - goal) ** 2).sum() / 2)


def test_the_mask_keeps_the_target_in_training_and_the_longest_after_it() -> None:
    capsules = torch.tensor([[[1.0, 0], [0, 2]], [[3, 0], [0, 1]]])
    target = torch.tensor([0, 1])
    mask = CapsuleMask().train()
    assert mask(capsules, target).tolist() == [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    longest = [[[0, 0], [0, 2]], [[3, 0], [0, 0]]]
    assert mask(capsules).tolist() == longest
    assert mask.eval()(capsules, target).tolist() == longest


def test_mistakes_get_a_sentence() -> None:
    assert "kernel" in complaint("primary_capsules", (-1, 1, 8, 8))
    assert "two billion" in complaint("routing_capsules", (-1, 9000, 900), capsules=9000, size=900)
    kinds = ("float32", "int64")
    assert "one class number" in complaint("capsule_margin", (-1, 3), (-1, 2), dtypes=kinds)
    said = complaint("capsule_margin", (-1, 3), (-1,), dtypes=kinds, lower=0.9, upper=0.5)
    assert "above the lower" in said
