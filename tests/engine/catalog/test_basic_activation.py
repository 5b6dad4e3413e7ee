"""Activations against their formulas, number by number, and the sentences they answer with."""

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


X = torch.linspace(-8, 8, 81)[None]
ROOT2 = math.sqrt(2)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


CURVES: list[tuple[str, dict[str, Any], Any]] = [
    ("step", {}, lambda x: 1.0 if x >= 0 else 0.0),
    ("step", {"threshold": 1.5, "gradient": "none"}, lambda x: 1.0 if x >= 1.5 else 0.0),
    ("step", {"threshold": -2, "gradient": "clipped"}, lambda x: 1.0 if x >= -2 else 0.0),
    ("identity", {}, lambda x: x),
    ("hard_sigmoid", {}, lambda x: min(max(0, x + 3), 6) / 6),
    ("hard_tanh", {}, lambda x: min(max(-1, x), 1)),
    ("hard_tanh", {"min_val": -3, "max_val": 0.5}, lambda x: min(max(-3, x), 0.5)),
    ("softsign", {}, lambda x: x / (1 + abs(x))),
    ("softplus", {}, lambda x: math.log(1 + math.exp(x))),
    ("softplus", {"beta": 2.0}, lambda x: math.log(1 + math.exp(2 * x)) / 2),
    ("elu", {"alpha": 2.0}, lambda x: x if x >= 0 else 2 * (math.exp(x) - 1)),
    ("celu", {"alpha": 2.0}, lambda x: max(0, x) + min(0, 2 * (math.exp(x / 2) - 1))),
    ("gelu", {}, lambda x: x * 0.5 * (1 + math.erf(x / ROOT2))),
    (
        "gelu",
        {"approximate": "tanh"},
        lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    ),
    ("mish", {}, lambda x: x * math.tanh(math.log(1 + math.exp(x)))),
    ("hard_swish", {}, lambda x: x * min(max(0, x + 3), 6) / 6),
    ("leaky_relu", {"negative_slope": 0.01}, lambda x: max(0.01 * x, x)),
    ("prelu", {"init": -0.5}, lambda x: x if x > 0 else -0.5 * x),
]
SAMPLED = {"rrelu", "softmax", "log_softmax", "gumbel_softmax", "glu", "geglu", "swiglu"}
EARLIER = {"relu", "relu6", "leaky_relu", "prelu", "selu", "silu", "sigmoid", "tanh", "softmax"}
"""Held against their formulas among the first entries."""


@pytest.mark.parametrize(("spec_id", "params", "formula"), CURVES)
def test_activation_follows_its_formula(spec_id: str, params: dict[str, Any], formula: Any) -> None:
    expected = torch.tensor([[formula(v) for v in X[0].tolist()]])
    torch.testing.assert_close(run(spec_id, X, **params), expected)


def test_every_activation_has_a_formula() -> None:
    group = {
        s.id
        for s in registry.nodes().values()
        if s.group == "Activation" and any(row.startswith("ACT-") for row in s.covers)
    }
    rows = {f"ACT-0{n}" for n in range(1, 9)}
    here = {s for s, *_ in CURVES} | SAMPLED | EARLIER
    ours = {i for i in group if rows & set(registry.nodes()[i].covers)}
    assert ours == here
    assert {row for i in ours for row in registry.nodes()[i].covers} >= rows


def gradient(spec_id: str, values: list[float], **params: Any) -> list[float]:
    """Return the derivative of each number's output with respect to itself."""
    x = torch.tensor([values], requires_grad=True)
    run(spec_id, x, **params).sum().backward()
    assert x.grad is not None
    return x.grad[0].tolist()


def test_a_step_has_the_gradient_one_chooses() -> None:
    places = [-3.0, -0.5, 0.0, 0.9, 3.0]
    assert gradient("step", places) == [1, 1, 1, 1, 1]
    assert gradient("step", places, gradient="clipped") == [0, 1, 1, 1, 0]
    assert gradient("step", places, gradient="none") == [0, 0, 0, 0, 0]
    assert gradient("step", places, gradient="clipped", threshold=3.0) == [0, 0, 0, 0, 1]


def module(spec_id: str, *shape: int, **params: Any) -> Any:
    spec = registry.nodes()[spec_id]
    made = build(spec, spec.values(params), [TensorSpec((BATCH, *shape))])
    assert made is not None
    return made


def test_a_randomised_slope_is_drawn_in_training_and_the_middle_in_evaluation() -> None:
    torch.manual_seed(0)
    layer = module("rrelu", 1000, lower=0.1, upper=0.5)
    x = torch.full((1, 4000), -2.0)
    drawn = run("rrelu", x, module=layer, lower=0.1, upper=0.5) / -2
    assert drawn.min() >= 0.1
    assert drawn.max() <= 0.5
    assert drawn.mean().item() == pytest.approx(0.3, abs=0.01)
    assert drawn.std().item() == pytest.approx(0.4 / math.sqrt(12), rel=0.05)
    fixed = run("rrelu", x, module=layer.eval(), lower=0.1, upper=0.5)
    torch.testing.assert_close(fixed, torch.full_like(x, -0.6))
    assert torch.equal(run("rrelu", -x, module=layer), -x)


def test_a_learned_slope_is_one_for_all_or_one_for_each_channel() -> None:
    x = -torch.ones(2, 3, 4)
    assert module("prelu", 3, 4).weight.shape == (1,)
    layer = module("prelu", 3, 4, num_parameters=3)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([0.1, 0.2, 0.3]))
    expected = torch.tensor([-0.1, -0.2, -0.3])[None, :, None].expand(2, 3, 4)
    torch.testing.assert_close(run("prelu", x, module=layer, num_parameters=3), expected)


@pytest.mark.parametrize("dim", [1, -1])
def test_log_softmax_is_the_logarithm_of_softmax(dim: int) -> None:
    x = torch.randn(3, 4, 5)
    total = x.exp().sum(dim, keepdim=True)
    torch.testing.assert_close(run("log_softmax", x, dim=dim), x - total.log())


def test_gumbel_softmax_draws_by_the_scores() -> None:
    torch.manual_seed(0)
    scores = torch.tensor([0.5, 0.3, 0.2]).log().expand(20_000, 3)
    drawn = run("gumbel_softmax", scores, tau=0.5, hard=True)
    assert drawn.sum(1).eq(1).all()
    torch.testing.assert_close(drawn.mean(0), torch.tensor([0.5, 0.3, 0.2]), atol=0.015, rtol=0)
    soft = run("gumbel_softmax", scores, tau=0.5)
    torch.testing.assert_close(soft.sum(1), torch.ones(20_000))
    noise = -(-torch.rand(20_000, 3).log()).log()
    by_formula = ((scores + noise) / 0.5).softmax(1)
    assert soft.amax(1).mean().item() == pytest.approx(by_formula.amax(1).mean().item(), abs=0.01)


def test_gumbel_softmax_draws_nothing_in_evaluation() -> None:
    x = torch.randn(4, 3, requires_grad=True)
    layer = module("gumbel_softmax", 3, tau=2.0).eval()
    torch.testing.assert_close(run("gumbel_softmax", x, module=layer), (x / 2).softmax(-1))
    layer = module("gumbel_softmax", 3, hard=True).eval()
    best = run("gumbel_softmax", x, module=layer, hard=True)
    assert torch.equal(best.argmax(1), x.argmax(1))
    torch.testing.assert_close(best.detach().amax(1), torch.ones(4))
    (best * torch.randn(4, 3)).sum().backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0


GATES: dict[str, Any] = {
    "glu": sigmoid,
    "geglu": lambda b: b * 0.5 * (1 + math.erf(b / ROOT2)),
    "swiglu": lambda b: b * sigmoid(b),
}


@pytest.mark.parametrize("spec_id", GATES)
def test_a_gated_unit_halves_the_axis(spec_id: str) -> None:
    x = torch.randn(3, 6)
    rows = [[a * GATES[spec_id](b) for a, b in zip(r[:3], r[3:], strict=True)] for r in x.tolist()]
    torch.testing.assert_close(run(spec_id, x), torch.tensor(rows))
    image = torch.randn(2, 4, 3, 3)
    assert run(spec_id, image, dim=1).shape == (2, 2, 3, 3)
    moved = run(spec_id, image.transpose(1, 3)).transpose(1, 3)
    torch.testing.assert_close(run(spec_id, image, dim=1), moved)


def test_a_swish_gate_has_a_sharpness() -> None:
    a, b = torch.randn(2, 3, 4)
    expected = a * b * torch.sigmoid(3 * b)
    torch.testing.assert_close(run("swiglu", torch.cat([a, b], 1), beta=3.0), expected)


COMPLAINTS: list[tuple[str, tuple[int, ...], dict[str, Any], str]] = [
    ("hard_tanh", (BATCH, 3), {"min_val": 1.0, "max_val": 1.0}, "must be below"),
    ("rrelu", (BATCH, 3), {"lower": 0.5, "upper": 0.25}, "must not be above 0.25"),
    ("glu", (BATCH, 3), {}, "3 there, an odd number"),
    ("swiglu", (BATCH, 4), {"dim": 0}, "the batch"),
    ("geglu", (BATCH, 4), {"dim": 2}, "axes 0 to 1"),
    ("log_softmax", (BATCH, 4), {"dim": 0}, "the batch"),
    ("gumbel_softmax", (BATCH,), {}, "the batch"),
]


@pytest.mark.parametrize(("spec_id", "shape", "params", "words"), COMPLAINTS)
def test_mistakes_get_a_sentence(
    spec_id: str, shape: tuple[int, ...], params: dict[str, Any], words: str
) -> None:
    said = complaint(spec_id, shape, **params)
    assert words in said
    assert "cannot take" not in said
