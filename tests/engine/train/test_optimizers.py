"""The short way to take a step has the bits of torch's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.modules.treatment import parameter_groups
from engine.project import Choice
from engine.train import optimizers
from engine.train.optimizers import Stepper, make_optimizer, set_lr
from engine.train.schedules import Schedule

CASES: list[tuple[type[torch.optim.Optimizer], dict[str, Any]]] = [
    (torch.optim.Adam, {"lr": 0.01}),
    (torch.optim.Adam, {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1}),
    (torch.optim.AdamW, {"lr": 0.01, "betas": (0.7, 0.9)}),
    (torch.optim.SGD, {"lr": 0.1}),
    (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    (torch.optim.Adagrad, {"lr": 0.1, "lr_decay": 0.1}),
]


def parameters() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    shapes = ((17, 33), (33,), (4, 3, 3, 3), ())
    return [torch.randn(s, generator=generator).requires_grad_() for s in shapes]


def gradients(step: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(100 + step)
    return [torch.randn(p.shape, generator=generator) for p in parameters()]


@pytest.mark.parametrize(("kind", "settings"), CASES)
def test_direct_steps_have_the_bits_of_torch(
    kind: type[torch.optim.Optimizer], settings: dict[str, Any]
) -> None:
    ours, theirs = parameters(), parameters()
    stepper = Stepper(kind(ours, **settings, fused=True))
    reference = kind(theirs, **settings, fused=True)
    for step in range(12):
        if step == 6:
            for optimizer in (stepper.optimizer, reference):
                optimizer.param_groups[0]["lr"] *= 0.5
        stepper.step(gradients(step))
        for parameter, grad in zip(theirs, gradients(step), strict=True):
            parameter.grad = grad
        reference.step()
    assert stepper.direct
    for a, b in zip(ours, theirs, strict=True):
        assert torch.equal(a, b)
    for a, b in zip(ours, theirs, strict=True):
        mine, other = stepper.optimizer.state[a], reference.state[b]
        assert mine.keys() == other.keys()
        for key in mine:
            same = mine[key] == other[key]
            assert same.all() if isinstance(same, torch.Tensor) else same


def test_without_the_kernel_torch_steps_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise TypeError("other arguments")

    monkeypatch.setattr(torch, "_fused_adam_", refuse)
    ours = parameters()
    optimizer = torch.optim.Adam(ours, fused=False)
    optimizer.param_groups[0]["fused"] = None
    stepper = Stepper(optimizer)
    stepper.step(gradients(0))
    stepper.step(gradients(1))
    assert not stepper.direct

    monkeypatch.setattr(optimizers, "FUSED_DEVICES", frozenset())
    made = make_optimizer(Choice(id="adam"), parameters())
    assert not made.param_groups[0]["fused"]


def test_the_kernels_exist_in_this_torch() -> None:
    """If this fails torch has changed its private kernels: runs fall back and are slower."""
    for kind, settings in CASES:
        held = parameters()
        stepper = Stepper(kind(held, **settings, fused=True))
        stepper.step(gradients(0))
        assert stepper.direct, kind


def test_every_entry_makes_an_optimizer_that_steps() -> None:
    from engine.catalog import registry
    from engine.catalog.spec import OptimizerSpec

    for name, spec in registry.of_kind(OptimizerSpec).items():
        if spec.closure:
            continue
        held = parameters()
        before = [p.detach().clone() for p in held]
        stepper = Stepper(make_optimizer(Choice(id=name), held))
        for step in range(3):
            stepper.step(gradients(step))
        assert stepper.direct == spec.fused
        assert not any(torch.equal(a, b) for a, b in zip(before, held, strict=True))


def test_setting_the_learning_rate_scales_what_the_schedule_does_next() -> None:
    held = parameters()
    optimizer = torch.optim.Adam(held, lr=0.1)
    schedule = Schedule(Choice(id="step", params={"step_size": 1, "gamma": 0.5}), optimizer, 9, 9)
    optimizer.step()
    schedule.after_epoch(0.0)
    set_lr(optimizer, schedule, 0.01)
    optimizer.step()
    schedule.after_epoch(0.0)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.005)
    assert schedule.scheduler.base_lrs == pytest.approx([0.02])


@pytest.mark.parametrize(("kind", "settings"), CASES)
def test_direct_steps_of_several_groups_have_the_bits_of_torch(
    kind: type[torch.optim.Optimizer], settings: dict[str, Any]
) -> None:
    def groups(held: list[torch.Tensor]) -> list[dict[str, Any]]:
        factors = {id(held[0]): 0.1, id(held[2]): 3.0}
        return parameter_groups(held, settings["lr"], factors, spare=True)

    ours, theirs = parameters(), parameters()
    stepper = Stepper(kind(groups(ours), **settings, fused=True), ours)
    reference = kind(groups(theirs), **settings, fused=True)
    assert [group["lr"] for group in reference.param_groups] == pytest.approx(
        [settings["lr"] * factor for factor in (0.1, 1.0, 3.0)]
    )
    for step in range(5):
        stepper.step(gradients(step))
        for parameter, grad in zip(theirs, gradients(step), strict=True):
            parameter.grad = grad
        reference.step()
    assert stepper.direct
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_biases_can_be_spared_from_weight_decay() -> None:
    choice = Choice(id="adamw", params={"weight_decay": 0.3})
    held = parameters()
    made = make_optimizer(choice, held, spare=True)
    decays = {id(p): g["weight_decay"] for g in made.param_groups for p in g["params"]}
    assert [decays[id(p)] for p in held] == [0.3, 0.0, 0.3, 0.0]
    assert len(make_optimizer(choice, held).param_groups) == 1


def test_one_rate_for_all_where_the_optimizer_knows_no_other() -> None:
    held = parameters()
    with pytest.raises(ValueError, match="one learning rate"):
        make_optimizer(Choice(id="lbfgs"), held, {id(held[0]): 0.5})
    assert len(make_optimizer(Choice(id="lbfgs"), held, spare=True).param_groups) == 1


def test_muon_takes_matrices_and_adamw_the_rest() -> None:
    ours, theirs = parameters(), parameters()
    made = make_optimizer(Choice(id="muon"), ours)
    matrices = [p for p in theirs if p.dim() == 2]
    muon = torch.optim.Muon(matrices, lr=1e-3, adjust_lr_fn="match_rms_adamw")
    adamw = torch.optim.AdamW([p for p in theirs if p.dim() != 2], lr=1e-3, weight_decay=0.1)
    for step in range(4):
        for held in (ours, theirs):
            for parameter, grad in zip(held, gradients(step), strict=True):
                parameter.grad = grad
        made.step()
        muon.step()
        adamw.step()
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_look_ahead_pulls_the_weights_back() -> None:
    ours, fast = parameters(), parameters()
    made = make_optimizer(Choice(id="lookahead", params={"k": 3, "alpha": 0.25}), ours)
    plain = torch.optim.SGD(fast, lr=0.1, momentum=0.9)
    slow = [p.detach().clone() for p in fast]
    for step in range(7):
        for held in (ours, fast):
            for parameter, grad in zip(held, gradients(step), strict=True):
                parameter.grad = grad
        made.step()
        plain.step()
        if step % 3 == 2:
            with torch.no_grad():
                for behind, parameter in zip(slow, fast, strict=True):
                    behind += 0.25 * (parameter - behind)
                    parameter.copy_(behind)
    for a, b in zip(ours, fast, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-7)
