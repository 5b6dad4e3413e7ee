"""Normalisation and dropout against their formulas, and what they do when evaluated."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from engine.catalog import registry
from engine.catalog.spec import BATCH, TensorSpec
from engine.trace import build
from tests.engine.catalog.running import complaint, run


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


SHAPES = {1: (4, 3, 7), 2: (4, 3, 5, 6), 3: (4, 3, 3, 4, 5)}


def module(spec_id: str, shape: tuple[int, ...], **params: Any) -> Any:
    spec = registry.nodes()[spec_id]
    made = build(spec, spec.values(params), [TensorSpec((BATCH, *shape[1:]))])
    assert made is not None
    return made


def standardised(x: torch.Tensor, axes: tuple[int, ...], eps: float = 1e-5) -> torch.Tensor:
    mean = x.mean(axes, keepdim=True)
    variance = ((x - mean) ** 2).mean(axes, keepdim=True)
    return (x - mean) / (variance + eps).sqrt()


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_batch_norm_standardises_each_channel_over_the_batch(axes: int) -> None:
    x = torch.randn(SHAPES[axes]) * 3 + 2
    layer = module(f"batch_norm{axes}d", x.shape)
    over = (0, *range(2, x.dim()))
    torch.testing.assert_close(
        run(f"batch_norm{axes}d", x, module=layer), standardised(x, over), atol=1e-5, rtol=1e-5
    )
    torch.testing.assert_close(layer.running_mean, 0.1 * x.mean(over))
    unbiased = x.transpose(0, 1).flatten(1).var(1)
    torch.testing.assert_close(layer.running_var, 0.9 + 0.1 * unbiased)
    with torch.no_grad():
        layer.weight.fill_(2)
        layer.bias.fill_(-1)
    size = [1, -1, *[1] * axes]
    mean, variance = layer.running_mean.reshape(size), layer.running_var.reshape(size)
    expected = 2 * (x - mean) / (variance + 1e-5).sqrt() - 1
    evaluated = run(f"batch_norm{axes}d", x, module=layer.eval())
    torch.testing.assert_close(evaluated, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_instance_norm_looks_at_one_channel_of_one_sample(axes: int) -> None:
    x = torch.randn(SHAPES[axes]) * 3 + 2
    found = run(f"instance_norm{axes}d", x)
    over = tuple(range(2, x.dim()))
    torch.testing.assert_close(found, standardised(x, over), atol=1e-5, rtol=1e-5)
    alone = run(f"instance_norm{axes}d", x[:1])
    torch.testing.assert_close(found[:1], alone)


def test_rms_norm_divides_by_the_root_mean_square() -> None:
    x = torch.randn(3, 4, 6)
    layer = module("rms_norm", x.shape, eps=1e-3)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(6.0))
    expected = torch.arange(6.0) * x / (x.square().mean(-1, keepdim=True) + 1e-3).sqrt()
    torch.testing.assert_close(run("rms_norm", x, module=layer, eps=1e-3), expected)
    plain = run("rms_norm", x, elementwise_affine=False)
    torch.testing.assert_close(plain.square().mean(-1), torch.ones(3, 4), atol=1e-3, rtol=0)


@pytest.mark.parametrize(("radius", "k", "alpha", "beta"), [(2, 2.0, 1e-4, 0.75), (1, 1.0, 0.3, 2)])
def test_local_response_norm_counts_its_neighbours(
    radius: int, k: float, alpha: float, beta: float
) -> None:
    x = torch.randn(2, 6, 3, 4) * 4
    expected = torch.zeros_like(x)
    for c in range(6):
        near = x[:, max(0, c - radius) : c + radius + 1]
        expected[:, c] = x[:, c] / (k + alpha * near.square().sum(1)) ** beta
    found = run("local_response_norm", x, depth_radius=radius, k=k, alpha=alpha, beta=beta)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    assert module("local_response_norm", x.shape, depth_radius=radius).size == 2 * radius + 1


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_spatial_dropout_drops_whole_channels(axes: int) -> None:
    torch.manual_seed(0)
    shape = (40, 50, *SHAPES[axes][2:])
    x, layer = torch.ones(shape), module(f"spatial_dropout{axes}d", shape, p=0.3)
    found = run(f"spatial_dropout{axes}d", x, module=layer, p=0.3).flatten(2)
    assert torch.equal(found.amin(2), found.amax(2))
    assert found.unique().tolist() == pytest.approx([0, 1 / 0.7])
    assert (found[..., 0] == 0).float().mean().item() == pytest.approx(0.3, abs=0.03)
    evaluated = run(f"spatial_dropout{axes}d", x, module=layer.eval(), p=0.3)
    assert torch.equal(evaluated, x)


def test_alpha_dropout_keeps_mean_and_deviation() -> None:
    torch.manual_seed(0)
    x, p = torch.randn(200, 1000), 0.2
    layer = module("alpha_dropout", x.shape, p=p)
    found = run("alpha_dropout", x, module=layer, p=p)
    assert found.mean().item() == pytest.approx(0, abs=0.01)
    assert found.std().item() == pytest.approx(1, abs=0.01)
    lowest = -1.6732632423543772 * 1.0507009873554805
    a = ((1 - p) * (1 + p * lowest**2)) ** -0.5
    b = -a * p * lowest
    either = torch.isclose(found, a * x + b) | torch.isclose(found, torch.tensor(a * lowest + b))
    assert either.all()
    assert torch.equal(run("alpha_dropout", x, module=layer.eval(), p=p), x)


def test_inputs_are_dropped_and_the_rest_is_scaled() -> None:
    torch.manual_seed(0)
    x = torch.ones(300, 100)
    found = run("input_dropout", x)
    assert found.unique().tolist() == pytest.approx([0, 1.25])
    assert found.mean().item() == pytest.approx(1, abs=0.02)


def test_masking_noise_blanks_and_scales_nothing() -> None:
    torch.manual_seed(0)
    x = torch.randn(300, 100)
    layer = module("masking_noise", x.shape, p=0.4, value=-7.0)
    found = run("masking_noise", x, module=layer, p=0.4, value=-7.0)
    blank = found == -7
    assert blank.float().mean().item() == pytest.approx(0.4, abs=0.01)
    assert torch.equal(found[~blank], x[~blank])
    assert torch.equal(run("masking_noise", x, module=layer.eval(), p=0.4, value=-7.0), x)
    always = module("masking_noise", x.shape, when="always").eval()
    assert not torch.equal(run("masking_noise", x, module=always, when="always"), x)


def test_gaussian_noise_is_added_in_training_only() -> None:
    torch.manual_seed(0)
    x = torch.zeros(300, 100)
    layer = module("add_noise", x.shape, std=0.5)
    noise = run("add_noise", x, module=layer, std=0.5)
    assert noise.std().item() == pytest.approx(0.5, rel=0.02)
    assert noise.mean().item() == pytest.approx(0, abs=3 * 0.5 / math.sqrt(30_000))
    assert torch.equal(run("add_noise", x, module=layer.eval(), std=0.5), x)


def test_one_place_for_each_channel_cannot_be_standardised() -> None:
    assert "a single place" in complaint("instance_norm2d", (BATCH, 3, 1, 1))
    assert "N C L" in complaint("local_response_norm", (BATCH, 3))
