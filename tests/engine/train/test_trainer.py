"""A whole run against a loop that a person would write, and all that may happen on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch.nn import functional

from engine.compile import compile_graph
from engine.data.batches import Batches
from engine.monitor import sampler
from engine.project import Choice, EarlyStopping
from engine.train.control import Control
from engine.train.events import (
    Activations,
    Boundary,
    Done,
    EpochEnd,
    Event,
    Failed,
    Finding,
    Norms,
    StateChanged,
    Steps,
)
from engine.train.setup import fingerprint
from engine.train.trainer import Trainer
from tests.engine.train.projects import MLP, NOISY, classes, dense, numbers, project

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.project import Project


def run(
    made: Project, data: Dataset | None = None, control: Control | None = None
) -> tuple[list[Event], Trainer]:
    events: list[Event] = []
    trainer = Trainer(made, events.append, control or Control())
    trainer.run(data if data is not None else classes())
    return events, trainer


def of(kind: type[Any], events: list[Event]) -> list[Any]:
    return [e for e in events if isinstance(e, kind)]


def by_hand(made: Project, data: Dataset) -> str:
    """Train as an exported script does; return the fingerprint of the weights."""
    torch.set_num_threads(1)
    training, phase = made.training, made.phase
    torch.manual_seed(training.seed)
    network = compile_graph(made.graph, data.fields, initializer=training.initializer)
    settings = phase.optimizer.params
    kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}
    optimizer = kinds[phase.optimizer.id](network.parameters(), **settings, fused=True)
    batches = Batches(data.parts["train"], network.fields, training.batch_size, training.seed)
    for epoch in range(training.epochs):
        network.train()
        for x, y in batches.epoch(epoch):
            optimizer.zero_grad()
            functional.cross_entropy(network(x), y).backward()
            with torch.no_grad():
                for p in network.parameters():
                    if p.dim() >= 2 and phase.l1:
                        p.grad.add_(p.sign(), alpha=phase.l1)
                    if p.dim() >= 2 and phase.l2:
                        p.grad.add_(p, alpha=2 * phase.l2)
            if phase.clip_value is not None:
                torch.nn.utils.clip_grad_value_(network.parameters(), phase.clip_value)
            if phase.clip_norm is not None:
                torch.nn.utils.clip_grad_norm_(network.parameters(), phase.clip_norm)
            optimizer.step()
        network.eval()
        with torch.no_grad():
            network(data.parts["validation"]["features"])
    return fingerprint(network.state_dict())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"optimizer": Choice(id="adamw", params={"lr": 0.01, "betas": (0.8, 0.99)})},
        {"optimizer": Choice(id="sgd", params={"lr": 0.05, "momentum": 0.9, "nesterov": True})},
        {"l1": 1e-3, "l2": 1e-2},
        {"clip_value": 0.01},
        {"clip_norm": 0.1, "l2": 1e-3},
    ],
)
@pytest.mark.parametrize("layers", [MLP, NOISY], ids=["plain", "noisy"])
def test_a_run_has_the_bits_of_a_loop_written_by_hand(layers: Any, changes: dict[str, Any]) -> None:
    made = project(layers, batch_size=20).with_phase(
        **{"optimizer": Choice(id="adam", params={"lr": 0.01}), **changes}
    )
    events, trainer = run(made)
    assert of(Failed, events) == []
    assert trainer.result is not None
    assert trainer.result["parameters_sha256"] == by_hand(made, classes())


@pytest.mark.parametrize("layers", [MLP, NOISY], ids=["plain", "noisy"])
def test_watching_changes_no_bit(layers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here nearly every step is watched; without watching none is."""
    monkeypatch.setattr(sampler, "RATE", 1e9)
    watched = project(layers, epochs=30, watch_share=1.0)
    events, seen = run(watched)
    _, unseen = run(watched.with_training(watch=False))
    assert len(of(Activations, events)) > 5
    assert seen.result is not None
    assert unseen.result is not None
    assert seen.result["parameters_sha256"] == unseen.result["parameters_sha256"]


def test_events_tell_the_whole_story() -> None:
    events, trainer = run(project(epochs=3, batch_size=10))
    states = [e.state for e in of(StateChanged, events)]
    assert states == ["preparing", "running", "finished"]
    steps = of(Steps, events)
    assert [s.first_step for s in steps] == [
        sum(len(t.loss) for t in steps[:i]) for i in range(len(steps))
    ]
    assert sum(len(s.loss) for s in steps) == 30
    ends = of(EpochEnd, events)
    assert [e.epoch for e in ends] == [1, 2, 3]
    assert set(ends[0].validation) == {"loss", "accuracy"}
    assert set(ends[0].train) == {"loss", "accuracy"}
    (norms, *_) = of(Norms, events)
    assert norms.names == ("n2", "n4")
    assert norms.update.shape == (2,)
    (shown, *_) = of(Activations, events)
    assert shown.nodes == ("n2", "n3", "n4")
    assert shown.histogram.shape == (3, 64)
    (done,) = of(Done, events)
    result = done.result
    assert result == trainer.result
    assert result["steps"] == 30
    assert result["epochs"] == 3
    assert {"train", "validation", "test", "device", "seed", "run", "seconds"} <= set(result)


def test_same_seed_same_bits_other_seed_others() -> None:
    made = project(NOISY)
    _, first = run(made)
    _, again = run(made)
    _, other = run(made.with_training(seed=1))
    assert first.result is not None
    assert again.result is not None
    assert other.result is not None
    assert first.result["parameters_sha256"] == again.result["parameters_sha256"]
    assert first.result["parameters_sha256"] != other.result["parameters_sha256"]


@pytest.mark.parametrize(("batch", "steps"), [("mini", 6), ("one", 192), ("all", 2)])
def test_batch_modes(batch: str, steps: int) -> None:
    _, trainer = run(project(batch=batch))
    assert trainer.result is not None
    assert trainer.result["steps"] == steps


@pytest.mark.parametrize(
    "schedule", ["constant", "step", "exponential", "cosine", "one_cycle", "plateau"]
)
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "adagrad", "nadam", "sgd"])
def test_every_schedule_goes_with_every_optimizer(schedule: str, optimizer: str) -> None:
    made = project(epochs=3).with_phase(
        schedule=Choice(id=schedule), optimizer=Choice(id=optimizer)
    )
    events, trainer = run(made)
    assert of(Failed, events) == []
    assert trainer.result is not None


def test_one_cycle_moves_momentum_as_torch_does() -> None:
    made = project(epochs=2, batch_size=16).with_phase(
        schedule=Choice(id="one_cycle"), optimizer=Choice(id="adam", params={"lr": 0.01})
    )
    _, trainer = run(made)
    data = classes()
    torch.manual_seed(0)
    network = compile_graph(made.graph, data.fields, initializer="auto")
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=12)
    batches = Batches(data.parts["train"], network.fields, 16, 0)
    for epoch in range(2):
        for x, y in batches.epoch(epoch):
            optimizer.zero_grad()
            functional.cross_entropy(network(x), y).backward()
            optimizer.step()
            schedule.step()
    assert trainer.result is not None
    assert trainer.result["parameters_sha256"] == fingerprint(network.state_dict())


def test_regression_is_stated_in_the_targets_own_unit() -> None:
    made = project((dense(1),), "mse", epochs=60).with_phase(
        optimizer=Choice(id="adam", params={"lr": 0.05})
    )
    events, trainer = run(made, numbers())
    assert of(Failed, events) == []
    assert trainer.result is not None
    test = trainer.result["test"]
    assert test["r2"] > 0.99
    assert test["rmse"] == pytest.approx(10 * test["loss"] ** 0.5, rel=1e-3)


def test_early_stopping_brings_the_best_weights_back() -> None:
    stopping = EarlyStopping(enabled=True, patience=3)
    made = project((dense(64), ("relu", {}), dense(10)), epochs=200, early_stopping=stopping)
    events, trainer = run(made.with_phase(optimizer=Choice(id="adam", params={"lr": 0.05})))
    losses = [e.validation["loss"] for e in of(EpochEnd, events)]
    assert trainer.result is not None
    best = losses.index(min(losses))
    assert len(losses) == best + 4
    assert trainer.result["best_epoch"] == best + 1
    assert trainer.result["validation"]["loss"] == pytest.approx(losses[best], abs=1e-12)


def test_an_unknown_figure_to_watch_is_named() -> None:
    stopping = EarlyStopping(enabled=True, metric="f1_macro")
    events, _ = run(project(early_stopping=stopping))
    (failed,) = of(Failed, events)
    assert "f1_macro" in failed.message
    assert "loss" in failed.message


def test_a_huge_learning_rate_stops_with_a_sentence_that_names_it() -> None:
    made = project(epochs=50).with_phase(optimizer=Choice(id="sgd", params={"lr": 1e9}))
    events, trainer = run(made)
    (failed,) = of(Failed, events)
    assert "1e+09" in failed.message
    assert failed.node in made.graph.nodes
    assert made.graph.nodes[failed.node].name in failed.message
    assert trainer.result is None
    assert events[-1] == StateChanged("failed", failed.message)


def test_data_that_is_not_finite_is_named() -> None:
    data = classes()
    data.parts["train"]["features"][3, 2] = float("nan")
    events, _ = run(project(), data)
    (failed,) = of(Failed, events)
    assert "'features'" in failed.message


def test_a_label_out_of_range_is_told_before_the_first_step() -> None:
    data = classes()
    data.parts["validation"]["target"][4] = 12
    events, _ = run(project(), data)
    (failed,) = of(Failed, events)
    assert "label 12" in failed.message
    assert "10 class scores" in failed.message
    assert failed.node == "n5"
    assert of(Steps, events) == []


def test_an_error_in_a_layer_names_its_node() -> None:
    """Batch normalisation cannot learn from a single sample."""
    made = project(NOISY, batch="one")
    events, _ = run(made)
    (failed,) = of(Failed, events)
    assert failed.node == "n3"
    assert "batch_norm" in failed.message


def test_nothing_to_train_is_told() -> None:
    made = project((dense(10),))
    graph = made.graph.change("n2", frozen=True)
    events, _ = run(made.with_graph(graph))
    (failed,) = of(Failed, events)
    assert "nothing to train" in failed.message


def test_a_frozen_node_keeps_its_weights() -> None:
    made = project()
    graph = made.graph.change("n2", frozen=True)
    events, trainer = run(made.with_graph(graph))
    assert of(Failed, events) == []
    assert trainer.root is not None
    torch.manual_seed(0)
    before = compile_graph(graph, classes().fields, initializer="auto")
    after = trainer.root.state_dict()
    assert torch.equal(before.state_dict()["dense.weight"], after["dense.weight"])
    assert not torch.equal(before.state_dict()["dense_2.weight"], after["dense_2.weight"])
    (norms, *_) = of(Norms, events)
    assert norms.names == ("n4",)


@pytest.mark.parametrize("device", ["cuda", "mps", "xpu"])
def test_an_absent_device_is_refused(device: str) -> None:
    from engine.train.device import available

    if available(device):
        pytest.skip(f"this machine has {device}")
    events, _ = run(project(device=device))
    (failed,) = of(Failed, events)
    assert f"'{device}'" in failed.message
    assert "'cpu'" in failed.message


def test_mixed_precision_on_the_cpu_is_a_note() -> None:
    events, trainer = run(project(precision="mixed"))
    assert [f.kind for f in of(Finding, events)] == ["precision"]
    assert trainer.result is not None


def test_phases_take_turns() -> None:
    made = project(epochs=2, batch_size=16)
    first = made.phase.but(name="tail", trains=("n4",), steps=2)
    second = made.phase.but(name="head", trains=("n2",), steps=1)
    events, trainer = run(made.with_training(phases=(first, second)))
    assert of(Failed, events) == []
    assert trainer.result is not None
    assert trainer.result["steps"] == 12
    told = of(Steps, events)
    assert [sum(len(s.loss) for s in told if s.phase == k) for k in (0, 1)] == [12, 6]
    assert next(s.stride for s in told if s.phase == 1) == 3.0
    assert min(s.first_step for s in told if s.phase == 1) == 0
    assert max(s.last_step for s in told) == 17
    assert {n.phase for n in of(Norms, events)} == {0, 1}


def test_the_plane_is_drawn_without_touching_the_run() -> None:
    made = project(
        (dense(8), ("batch_norm1d", {}), ("tanh", {}), ("dropout", {"p": 0.2}), dense(2)),
        source="moons",
        epochs=3,
    )
    events: list[Event] = []
    trainer = Trainer(made, events.append, Control())
    trainer.run()
    assert of(Failed, events) == []
    planes = of(Boundary, events)
    assert planes[-1].grid.shape == (64, 64)
    assert set(planes[-1].grid.ravel().tolist()) == {0, 1}
    assert planes[-1].x0 < planes[-1].x1
    unseen = Trainer(made.with_training(watch=False), lambda _: None, Control())
    unseen.run()
    assert trainer.result is not None
    assert unseen.result is not None
    assert trainer.result["parameters_sha256"] == unseen.result["parameters_sha256"]


def test_watching_keeps_to_its_share() -> None:
    """After the first second the measured share is near the budget, whatever the layers cost."""
    made = project((dense(8), ("tanh", {})) * 30 + (dense(10),), epochs=150)
    events, trainer = run(made)
    assert trainer.result is not None
    spent = trainer.result["watch_share"] * trainer.result["seconds"]
    largest = 0.05
    assert spent < 0.012 * trainer.result["seconds"] + largest
    assert len(of(Activations, events)) > 2


def test_a_cycle_in_a_run_too_short_for_it_is_refused_in_words() -> None:
    short = Choice(id="one_cycle", params={"pct_start": 0.5})
    made = project(epochs=1, batch_size=48).with_phase(schedule=short)
    events, _ = run(made)
    (failed,) = of(Failed, events)
    assert "One cycle leaves no step for a part of a run of 2 steps" in failed.message
