"""Every setting of an optimizer that a run takes over leaves it running; the others are refused."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from engine.catalog import registry
from engine.catalog.spec import OptimizerSpec
from engine.project import Choice
from engine.train.control import Control
from engine.train.events import Event, Failed, StateChanged
from engine.train.settable import check_setting
from engine.train.trainer import Trainer
from tests.engine.train.projects import classes, dense, project

if TYPE_CHECKING:
    from engine.catalog.param import Param

PATH = "phases.0.optimizer.params."
OPTIMIZERS = registry.of_kind(OptimizerSpec)


def others(param: Param) -> list[float]:
    """Return other values than a setting's own, in and out of its range."""
    if isinstance(param.default, bool):
        return [not param.default]
    if isinstance(param.default, int | float):
        return [0.0, 0.5, param.default * 0.5 or 0.01]
    return [0.5]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_whatever_is_not_refused_leaves_the_run_running(name: str) -> None:
    spec, data = OPTIMIZERS[name], classes(40)
    for param in spec.params:
        params = {"momentum": 0.0} if param.name == "momentum" else {}
        made = project((dense(10),), epochs=1, batch_size=8, watch=False)
        made = made.with_phase(optimizer=Choice(id=spec.id, params=params))
        commands: list[tuple[str, str, float]] = []
        for value in others(param):
            try:
                check_setting(PATH + param.name, made.training.phases, value)
            except ValueError:
                continue
            commands.append(("set", PATH + param.name, value))
        if commands:
            assert ends(made, data, commands) == [], param.name


def ends(made: object, data: object, commands: list[tuple[str, str, float]]) -> list[str]:
    """Train with a change after each step; return what made the run fail."""
    left, control, failures = list(commands), Control(), list[str]()

    def hear(event: Event) -> None:
        if isinstance(event, Failed):
            failures.append(event.message)
        if isinstance(event, StateChanged) and event.state == "paused":
            if left:
                control.send(*left.pop(0))
            control.send("step", 1) if left else control.send("resume")

    control.send("step", 2)
    Trainer(made, hear, control).run(data)
    assert not left
    return failures


def test_a_switch_stays_a_switch_and_what_it_needs_begins_at_zero() -> None:
    made = project((dense(10),), epochs=1, batch_size=8).with_phase(optimizer=Choice(id="adam"))
    control = Control()

    def hear(event: Event) -> None:
        if isinstance(event, StateChanged) and event.state == "paused":
            control.send("set", f"{PATH}amsgrad", True)
            control.send("resume")

    control.send("step", 2)
    trainer = Trainer(made, hear, control)
    trainer.run(classes(40))
    assert trainer.prepared is not None
    optimizer = trainer.prepared.phases[0].stepper.optimizer
    assert optimizer.param_groups[0]["amsgrad"] is True
    for state in optimizer.state.values():
        assert bool((state["max_exp_avg_sq"] >= state["exp_avg_sq"]).all())


@pytest.mark.parametrize(
    ("optimizer", "path", "value", "words"),
    [
        ("adam", f"{PATH}betas", 0.5, "Betas .* cannot be changed while training"),
        ("lbfgs", f"{PATH}history_size", 5, "cannot be changed while training"),
        ("sgd", "epochs", math.nan, "from 1 to 1,000,000; received nan"),
        ("sgd", "epochs", math.inf, "received inf"),
    ],
)
def test_what_a_run_would_break_on_is_refused(
    optimizer: str, path: str, value: float, words: str
) -> None:
    made = project().with_phase(optimizer=Choice(id=optimizer))
    with pytest.raises(ValueError, match=words):
        check_setting(path, made.training.phases, value)
