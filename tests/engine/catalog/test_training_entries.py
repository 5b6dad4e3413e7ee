"""Optimizers, schedules and initializers against torch and against written-out formulas."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import optim

from engine.catalog import registry
from engine.catalog.spec import InitializerSpec, OptimizerSpec, ScheduleSpec, load_target

OPTIMIZERS = registry.of_kind(OptimizerSpec)
TORCH: dict[str, Any] = {
    "sgd": lambda p: optim.SGD(p, lr=0.01, momentum=0.9),
    "rmsprop": lambda p: optim.RMSprop(p, lr=0.001, alpha=0.9),
    "adagrad": lambda p: optim.Adagrad(p, lr=0.01),
    "adam": lambda p: optim.Adam(p, lr=0.001),
    "adamw": lambda p: optim.AdamW(p, lr=0.001, weight_decay=0.01),
    "nadam": lambda p: optim.NAdam(p, lr=0.002),
    "adadelta": lambda p: optim.Adadelta(p, lr=1.0),
    "adamax": lambda p: optim.Adamax(p, lr=0.002),
    "radam": lambda p: optim.RAdam(p, lr=0.001),
    "lbfgs": lambda p: optim.LBFGS(p, lr=1.0, history_size=10, line_search_fn="strong_wolfe"),
}
OWN = ("muon", "lookahead")
"""Not torch's; held by tests of their own."""


def path(make: Any, steps: int = 200) -> list[tuple[float, float]]:
    """Return the way of an optimizer down f = (aθ₁² + bθ₂²) / 2."""
    theta = torch.tensor([3.0, -2.0], dtype=torch.float64, requires_grad=True)
    optimizer = make([theta])
    way: list[tuple[float, float]] = []

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = 0.5 * (theta[0] ** 2 + 20 * theta[1] ** 2)
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
        way.append(tuple(theta.tolist()))  # pyright: ignore[reportArgumentType]
    return way


def entry(spec_id: str, **params: Any) -> Any:
    spec = registry.optimizer(spec_id)
    return lambda p: load_target(spec.target)(p, **spec.arguments(params))


@pytest.mark.parametrize("spec_id", [i for i in OPTIMIZERS if i not in OWN])
def test_optimizer_goes_the_way_of_torch(spec_id: str) -> None:
    assert path(entry(spec_id)) == path(TORCH[spec_id])


@pytest.mark.parametrize("spec_id", OPTIMIZERS)
def test_learning_rate_comes_first(spec_id: str) -> None:
    first = OPTIMIZERS[spec_id].params[0]
    assert first.name == "lr"
    assert first.check(1e9) == 1e9


@pytest.mark.parametrize("spec_id", OPTIMIZERS)
def test_fused_is_what_torch_has(spec_id: str) -> None:
    weight = torch.zeros(3, requires_grad=True)
    weight.grad = torch.ones(3)
    spec = OPTIMIZERS[spec_id]
    if not spec.fused:
        with pytest.raises(TypeError, match="fused"):
            load_target(spec.target)([weight], **spec.arguments({}), fused=True)
        return
    load_target(spec.target)([weight], **spec.arguments({}), fused=True).step()
    assert weight.abs().sum() > 0


def written(spec_id: str, steps: int = 200) -> list[tuple[float, float]]:
    """Return the same way by the formulas of the entries, without torch."""
    theta, slopes = [3.0, -2.0], [1.0, 20.0]
    m, s = [0.0, 0.0], [0.0, 0.0]
    way: list[tuple[float, float]] = []
    for t in range(1, steps + 1):
        for i in (0, 1):
            theta[i] -= STEP[spec_id](slopes[i] * theta[i], m, s, i, t)
        way.append((theta[0], theta[1]))
    return way


def sgd_step(g: float, m: list[float], s: list[float], i: int, t: int) -> float:
    m[i] = 0.9 * m[i] + g
    return 0.01 * m[i]


def rmsprop_step(g: float, m: list[float], s: list[float], i: int, t: int) -> float:
    s[i] = 0.9 * s[i] + 0.1 * g * g
    return 0.001 * g / (math.sqrt(s[i]) + 1e-8)


def adagrad_step(g: float, m: list[float], s: list[float], i: int, t: int) -> float:
    s[i] += g * g
    return 0.01 * g / (math.sqrt(s[i]) + 1e-10)


def adam_step(g: float, m: list[float], s: list[float], i: int, t: int) -> float:
    m[i] = 0.9 * m[i] + 0.1 * g
    s[i] = 0.999 * s[i] + 0.001 * g * g
    return 0.001 * (m[i] / (1 - 0.9**t)) / (math.sqrt(s[i] / (1 - 0.999**t)) + 1e-8)


def adadelta_step(g: float, m: list[float], s: list[float], i: int, t: int) -> float:
    s[i] = 0.9 * s[i] + 0.1 * g * g
    step = g * math.sqrt(m[i] + 1e-6) / math.sqrt(s[i] + 1e-6)
    m[i] = 0.9 * m[i] + 0.1 * step * step
    return step


def adamax_step(g: float, m: list[float], s: list[float], i: int, t: int) -> float:
    m[i] = 0.9 * m[i] + 0.1 * g
    s[i] = max(0.999 * s[i], abs(g) + 1e-8)
    return 0.002 * m[i] / (1 - 0.9**t) / s[i]


def radam_step(g: float, m: list[float], s: list[float], i: int, t: int) -> float:
    m[i] = 0.9 * m[i] + 0.1 * g
    s[i] = 0.999 * s[i] + 0.001 * g * g
    mean, longest = m[i] / (1 - 0.9**t), 2 / (1 - 0.999) - 1
    length = longest - 2 * t * 0.999**t / (1 - 0.999**t)
    if length <= 5:
        return 0.001 * mean
    above = (length - 4) * (length - 2) * longest
    rectified = math.sqrt(above / ((longest - 4) * (longest - 2) * length))
    return 0.001 * rectified * mean * math.sqrt(1 - 0.999**t) / (math.sqrt(s[i]) + 1e-8)


STEP: dict[str, Any] = {
    "adadelta": adadelta_step,
    "adamax": adamax_step,
    "radam": radam_step,
    "sgd": sgd_step,
    "rmsprop": rmsprop_step,
    "adagrad": adagrad_step,
    "adam": adam_step,
}


@pytest.mark.parametrize("spec_id", STEP)
def test_optimizer_follows_its_formula(spec_id: str) -> None:
    ours, theirs = path(entry(spec_id)), written(spec_id)
    assert torch.allclose(torch.tensor(ours), torch.tensor(theirs), rtol=1e-6, atol=1e-9)


def test_averaging_momentum_is_dampening() -> None:
    theta, v, way = [3.0, -2.0], [0.0, 0.0], []
    for t in range(10):
        for i, slope in enumerate((1.0, 20.0)):
            g = slope * theta[i]
            v[i] = g if t == 0 else 0.9 * v[i] + (1 - 0.9) * g
            theta[i] -= 0.01 * v[i]
        way.append(tuple(theta))
    ours = path(entry("sgd", dampening=0.9), 10)
    assert torch.allclose(torch.tensor(ours), torch.tensor(way), rtol=1e-9)


def rates(spec_id: str, epochs: int = 20, per_epoch: int = 5, **params: Any) -> list[float]:
    """Return the learning rate of every step of a run (of every epoch for an epoch schedule)."""
    spec = registry.schedule(spec_id)
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    known: dict[str, Any] = {"epochs": epochs, "steps": epochs * per_epoch, "lr": 0.1}
    derived = {name: known[of] for name, of in spec.derived.items()}
    schedule = load_target(spec.target)(optimizer, **derived, **spec.arguments(params))
    found: list[float] = []
    for _ in range(epochs if spec.per == "epoch" else epochs * per_epoch):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_schedules_follow_their_formulas() -> None:
    assert rates("step", step_size=4, gamma=0.5) == pytest.approx(
        [0.1 * 0.5 ** (t // 4) for t in range(20)]
    )
    decay = 0.2
    assert rates("exponential", gamma=math.exp(-decay)) == pytest.approx(
        [0.1 * math.exp(-decay * t) for t in range(20)]
    )
    low = 0.01
    assert rates("cosine", eta_min=low) == pytest.approx(
        [low + 0.5 * (0.1 - low) * (1 + math.cos(math.pi * t / 20)) for t in range(20)]
    )


def test_more_schedules_follow_their_formulas() -> None:
    assert rates("multi_step", milestones=(3, 7), gamma=0.5) == pytest.approx(
        [0.1 * 0.5 ** ((t >= 3) + (t >= 7)) for t in range(20)], abs=1e-9
    )
    assert rates("polynomial", power=2.0) == pytest.approx(
        [0.1 * (1 - t / 20) ** 2 for t in range(20)], abs=1e-9
    )
    assert rates("inverse_time", decay=0.3) == pytest.approx(
        [0.1 / (1 + 0.3 * t) for t in range(20)], abs=1e-9
    )
    places = [(t, 4) if t < 4 else (t - 4, 8) if t < 12 else (t - 12, 16) for t in range(20)]
    assert rates("warm_restarts", T_0=4, T_mult=2) == pytest.approx(
        [0.05 * (1 + math.cos(math.pi * t / length)) for t, length in places], abs=1e-9
    )


@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
def test_cycles_of_the_rate(mode: str) -> None:
    found = rates("cyclical", mode=mode, step_size_up=8, gamma=0.99)
    low, expected = 0.01, list[float]()
    for t in range(100):
        cycle = math.floor(1 + t / 16)
        height = max(0.0, 1 - abs(t / 8 - 2 * cycle + 1))
        scale = {"triangular": 1.0, "triangular2": 0.5 ** (cycle - 1), "exp_range": 0.99**t}
        expected.append(low + (0.1 - low) * height * scale[mode])
    assert found == pytest.approx(expected, abs=1e-9)


def test_momentum_runs_against_the_rate() -> None:
    weight = torch.zeros(1, requires_grad=True)
    optimizer = optim.SGD([weight], lr=0.1, momentum=0.9)
    spec = registry.schedule("cyclical")
    schedule = load_target(spec.target)(optimizer, 0.1, **spec.arguments({"step_size_up": 4}))
    rows: list[tuple[float, float]] = []
    for _ in range(9):
        rows.append((optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]))
        optimizer.step()
        schedule.step()
    assert rows[0] == pytest.approx((0.01, 0.9))
    assert rows[4] == pytest.approx((0.1, 0.8))
    assert rows[8] == pytest.approx((0.01, 0.9))


def test_one_cycle_rises_to_the_rate_and_falls_below_the_start() -> None:
    found = rates("one_cycle")
    assert found[0] == pytest.approx(0.1 / 25)
    assert max(found) == pytest.approx(0.1)
    assert found.index(max(found)) == 29
    assert found[-1] == pytest.approx(0.1 / 25 / 1e4)


def test_plateau_waits_and_drops() -> None:
    spec = registry.schedule("plateau")
    assert spec.monitored
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = load_target(spec.target)(optimizer, **spec.arguments({"patience": 2, "factor": 0.5}))
    found: list[float] = []
    for loss in (1.0, 0.9, 0.9, 0.9, 0.9, 0.8):
        schedule.step(loss)
        found.append(optimizer.param_groups[0]["lr"])
    assert found == [0.1, 0.1, 0.1, 0.1, 0.05, 0.05]


def test_only_constant_has_no_target() -> None:
    assert [s.id for s in registry.of_kind(ScheduleSpec).values() if not s.target] == ["constant"]


FAN_IN, FAN_OUT = 1000, 500
FAN_AVERAGE = (FAN_IN + FAN_OUT) / 2
VARIANCE = {
    "glorot_normal": 1 / FAN_AVERAGE,
    "glorot_uniform": 1 / FAN_AVERAGE,
    "he_normal": 2 / FAN_IN,
    "he_uniform": 2 / FAN_IN,
    "lecun_normal": 1 / FAN_IN,
    "lecun_uniform": 1 / FAN_IN,
    "orthogonal": 1 / FAN_IN,
    "zeros": 0.0,
    "ones": 0.0,
    "constant": 0.0,
    "normal": 0.05**2,
    "uniform": 0.1**2 / 12,
    "truncated_normal": 0.05**2
    * (1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2))),
    "sparse": 0.1 * 0.1**2,
    "lsuv": 1 / FAN_IN,
}
MEANS = {"ones": 1.0, "constant": 0.1}


@pytest.mark.parametrize("spec_id", VARIANCE)
@pytest.mark.parametrize("shape", [(FAN_OUT, FAN_IN), (FAN_OUT, 40, 5, 5)])
def test_initializer_has_its_variance(spec_id: str, shape: tuple[int, ...]) -> None:
    fan_out = shape[0] * math.prod(shape[2:])
    expected = VARIANCE[spec_id]
    if spec_id.startswith("glorot"):
        expected = 2 / (FAN_IN + fan_out)
    spec = registry.initializer(spec_id)
    weight = torch.empty(shape)
    torch.manual_seed(0)
    result = load_target(spec.target)(weight, **spec.arguments({}))
    assert result is weight
    assert weight.var().item() == pytest.approx(expected, rel=0.02)
    assert abs(weight.mean().item() - MEANS.get(spec_id, 0.0)) < 0.001
    if spec_id.endswith("uniform"):
        assert weight.abs().max().item() <= math.sqrt(3 * expected) * 1.0001


def test_a_sparse_unit_keeps_an_input() -> None:
    weight = torch.empty(6, 3)
    spec = registry.initializer("sparse")
    load_target(spec.target)(weight, **spec.arguments({"sparsity": 0.99}))
    assert ((weight != 0).sum(1) == 1).all()


def test_orthogonal_rows_are_at_right_angles() -> None:
    weight = torch.empty(20, 50)
    load_target(registry.initializer("orthogonal").target)(weight)
    torch.testing.assert_close(weight @ weight.T, torch.eye(20), atol=1e-5, rtol=0)


def test_initializers_are_repeatable_and_need_no_gradient() -> None:
    for spec in registry.of_kind(InitializerSpec).values():
        if not spec.target:
            continue
        drawn: list[torch.Tensor] = []
        for _ in range(2):
            torch.manual_seed(5)
            weight = torch.nn.Parameter(torch.empty(8, 6))
            load_target(spec.target)(weight, **spec.arguments({}))
            drawn.append(weight.detach().clone())
        assert torch.equal(*drawn)
