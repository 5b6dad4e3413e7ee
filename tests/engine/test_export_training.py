"""Exported scripts train as the engine does, whatever the optimizer, the schedule, the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.export.python import export
from engine.project import Choice, EarlyStopping, Project
from tests.engine.exporting import is_clean, moons
from tests.engine.feature_projects import FEATURES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    "choice",
    [
        Choice(id="sgd"),
        Choice(id="sgd", params={"momentum": 0.0, "weight_decay": 0.01}),
        Choice(id="sgd", params={"nesterov": True}),
        Choice(id="rmsprop", params={"centered": True, "momentum": 0.5}),
        Choice(id="adagrad"),
        Choice(id="adam", params={"amsgrad": True, "betas": (0.8, 0.99)}),
        Choice(id="adamw", params={"weight_decay": 0.3}),
        Choice(id="nadam"),
        Choice(id="adadelta"),
        Choice(id="adamax"),
        Choice(id="radam"),
        Choice(id="lbfgs"),
        Choice(id="lbfgs", params={"line_search_fn": None, "lr": 0.1}),
        Choice(id="muon"),
        Choice(id="lookahead", params={"k": 3}),
    ],
    ids=lambda choice: f"{choice.id}-{len(choice.params)}",
)
def test_every_optimizer(choice: Choice, same: Callable[..., Any]) -> None:
    same(moons().with_phase(optimizer=choice))


SCHEDULES: dict[str, dict[str, Any]] = {
    "step": {"step_size": 2},
    "exponential": {},
    "cosine": {},
    "one_cycle": {},
    "plateau": {"patience": 0, "threshold": 0.5},
    "multi_step": {"milestones": (1, 2)},
    "polynomial": {},
    "inverse_time": {},
    "warm_restarts": {"T_0": 1},
    "cyclical": {"step_size_up": 3, "mode": "exp_range"},
}


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule(schedule: str, optimizer: str, same: Callable[..., Any]) -> None:
    chosen = Choice(id=schedule, params=SCHEDULES[schedule])
    same(moons().with_phase(schedule=chosen, optimizer=Choice(id=optimizer)))


@pytest.mark.parametrize("steps", [3, 7, 50])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle", "plateau"])
def test_a_warm_up_in_front(schedule: str, steps: int, same: Callable[..., Any]) -> None:
    shape = "linear" if steps == 3 else "exponential"
    chosen = Choice(id=schedule, params=SCHEDULES.get(schedule, {}))
    same(moons().with_phase(schedule=chosen, warmup_steps=steps, warmup_shape=shape))


@pytest.mark.parametrize(
    "changes",
    [
        {"l1": 0.01},
        {"l2": 0.02},
        {"l1": 0.01, "l2": 0.01, "clip_value": 0.05, "clip_norm": 0.1},
        {"l1": 0.01, "penalize_biases": True},
        {"clip_each": 0.1},
        {"clip_adaptive": 0.05},
        {"max_norm": 0.5},
        {"average": "ema"},
        {"average": "ema", "average_from": 2, "average_decay": 0.5},
        {"average": "swa", "average_from": 2},
        {"decay_biases": False, "optimizer": Choice(id="adamw", params={"weight_decay": 0.3})},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_treatments_of_gradients_and_weights(
    changes: dict[str, Any], same: Callable[..., Any]
) -> None:
    same(moons().with_phase(**changes))


def of_its_own() -> Project:
    """Return a project whose layers are treated otherwise than the phase says."""
    project = moons()
    graph = project.graph.change("n2", lr_factor=0.1, l1=0.01, max_norm=0.3)
    return project.with_graph(graph.change("n5", l2=0.1, initial_bias=0.3))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"l1": 0.002, "decay_biases": False, "max_norm": 1.0, "optimizer": Choice(id="adamw")},
        {"schedule": Choice(id="one_cycle")},
        {"schedule": Choice(id="cyclical"), "warmup_steps": 4},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_layers_with_settings_of_their_own(
    changes: dict[str, Any], same: Callable[..., Any]
) -> None:
    same(of_its_own().with_phase(**changes))


@pytest.mark.parametrize(
    "training",
    [
        {"batch": "all"},
        {"batch_size": 10_000},
        {"seed": 12345},
        {"initializer": "pytorch"},
        {"initializer": "lecun_uniform"},
        {"initializer": "orthogonal"},
        {"initializer": "lsuv"},
        {"initializer": "sparse"},
        {"initializer": "truncated_normal", "initializer_params": {"std": 0.3}},
        {"tolerance": 1.0, "epochs": 9},
        {"metrics": ("f1_macro", "accuracy")},
        {"early_stopping": EarlyStopping(enabled=True, patience=1, min_delta=0.01), "epochs": 9},
        {"early_stopping": EarlyStopping(enabled=True, metric="accuracy", patience=2)},
        {"early_stopping": EarlyStopping(enabled=True, patience=1, restore_best=False)},
    ],
    ids=lambda training: "-".join(training),
)
def test_ways_of_training(training: dict[str, Any], same: Callable[..., Any]) -> None:
    same(moons(**training))


@pytest.mark.parametrize("name", FEATURES)
def test_everything_about_training_for_every_graph(name: str, same: Callable[..., Any]) -> None:
    project = FEATURES[name]()
    changes = {"average": "ema", "warmup_steps": 3, "max_norm": 2.0, "decay_biases": False}
    phases = [
        phase.but(
            optimizer=Choice(id="adamw"),
            schedule=Choice(id="one_cycle" if place else "cosine"),
            **changes,
        )
        for place, phase in enumerate(project.training.phases)
    ]
    same(project.with_training(initializer="lsuv", phases=tuple(phases)))


@pytest.mark.parametrize("optimizer", ["adamw", "lbfgs"])
def test_the_text_of_every_treatmentis_clean(optimizer: str, tmp_path: Path) -> None:
    made = of_its_own() if optimizer == "adamw" else moons()
    project = made.with_training(initializer="lsuv", tolerance=0.1).with_phase(
        optimizer=Choice(id=optimizer),
        schedule=Choice(id="cyclical"),
        l1=0.1,
        clip_each=1.0,
        clip_adaptive=0.1,
        average="swa",
        average_from=2,
        warmup_steps=5,
        decay_biases=False,
    )
    is_clean(export(project), tmp_path / "script.py")
