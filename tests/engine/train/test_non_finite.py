"""The first value that is not finite: named with its direction, step and rows, and run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from engine.project import Choice
from engine.train import reel, replay
from engine.train.control import Control
from engine.train.events import Event, Failed, Finding, StateChanged, Steps
from engine.train.inspection import Inspection
from engine.train.replay import again
from engine.train.setup import Prepared, fingerprint, prepare
from engine.train.trainer import Trainer
from tests.engine.sessions import heard, wait
from tests.engine.train.planted import PLANTED, Case, chain, sample
from tests.engine.train.projects import numbers, project

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.session import Session


def run(case: Case) -> tuple[Trainer, list[Event]]:
    events: list[Event] = []
    trainer = Trainer(case.project, events.append, Control())
    trainer.run(case.data)
    return trainer, events


def ready(trainer: Trainer) -> Prepared:
    assert trainer.prepared is not None
    return trainer.prepared


def failed(events: list[Event]) -> Failed:
    found = [e for e in events if isinstance(e, Failed)]
    assert len(found) == 1, [e for e in events if isinstance(e, Finding | StateChanged)]
    return found[0]


def by_hand(case: Case) -> tuple[int, str, dict[str, torch.Tensor]]:
    """Return the first step that goes wrong, how, and the weights before it, from a plain loop."""
    prepared = prepare(case.project, case.data)
    phases = prepared.phases
    for taken in range(10_000):
        for run in phases:
            before = {k: v.clone() for k, v in prepared.root.state_dict().items()}
            number, optimizer = taken * len(phases), run.stepper.optimizer
            batch = run.batches.at(*divmod(taken, len(run.batches)))
            total = run.network.train_forward(*batch)[0]
            if not torch.isfinite(total):
                return number, "forward", before
            optimizer.zero_grad()
            total.backward()
            if not all(p.grad is not None and p.grad.isfinite().all() for p in run.parameters):
                return number, "backward", before
            optimizer.step()
            if not all(p.isfinite().all() for p in run.parameters):
                return number, "update", before
    raise AssertionError("nothing went wrong")


@pytest.mark.parametrize("name", PLANTED)
def test_it_is_named_and_happens_again(name: str) -> None:
    case = PLANTED[name]
    trainer, events = run(case)
    end = failed(events)
    fault, scene = end.fault, trainer.scene
    assert fault is not None, end.message
    assert scene is not None
    step, direction, weights = by_hand(case)
    assert (end.step, fault.direction) == (step, direction)
    if case.node:
        assert (end.node, fault.direction, end.step) == (case.node, case.direction, case.step)
    if case.rows is not None:
        assert fault.rows == case.rows
        assert fault.samples == tuple(sample(row=row) for row in case.rows)
    assert scene.phase == case.phase
    assert f"{end.step + 1:,}" in end.message
    # The run rests before the step, and the step's tensors were told.
    assert all(torch.equal(v, weights[k]) for k, v in ready(trainer).root.state_dict().items())
    (told,) = [e for e in events if isinstance(e, Inspection)]
    assert (told.kind, told.step, told.fault) == ("replay", end.step, fault)
    assert set(fault.rows) <= set(told.rows)
    # Run again, it comes to the same, as often as one likes, and leaves the weights alone.
    held = fingerprint(ready(trainer).root.state_dict())
    for _ in range(2):
        once_more = again(ready(trainer), scene)
        assert once_more.fault == fault
        assert fingerprint(ready(trainer).root.state_dict()) == held
        for mine, theirs in zip(once_more.nodes, told.nodes, strict=True):
            for one, other in zip(mine.tensors, theirs.tensors, strict=True):
                np.testing.assert_array_equal(one.values, other.values)


def test_an_old_moment_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first is kept; ends of epochs, schedule and dropout come again on the way."""
    monkeypatch.setattr(reel, "SECONDS", 1e9)
    made = chain(("bad", "dropout", "x", {"p": 0.1}), loss="mse")
    rate = Choice(id="sgd", params={"lr": 0.3})
    falling = Choice(id="exponential", params={"gamma": 0.99})
    phase = made.phase.but(optimizer=rate, schedule=falling)
    made = made.with_training(phases=(phase,), epochs=30)
    case = Case(made, numbers(200), "", "")
    trainer, events = run(case)
    end = failed(events)
    assert end.fault is not None, end.message
    steps = sum(len(e.loss) for e in events if isinstance(e, Steps))
    assert 2 * 25 < end.step < steps
    assert trainer.scene is not None
    assert again(ready(trainer), trainer.scene).fault == end.fault


def test_without_a_moment_it_says_so() -> None:
    case = PLANTED["the_logarithm_of_nothing"]
    blind = Case(case.project.with_training(watch=False), case.data, "", "")
    trainer, events = run(blind)
    end = failed(events)
    assert trainer.scene is None
    assert (end.fault, end.again) == (None, False)
    assert "Watching is off, so no moment was kept" in end.message


def test_the_step_is_run_again_on_as_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    case, control = PLANTED["the_logarithm_of_nothing"], Control()
    seen: list[int] = []

    def count(*_: object) -> Inspection:
        seen.append(torch.get_num_threads())
        control.send("quit")
        raise ValueError("It is enough to have come here.")

    def hear(event: Event) -> None:
        if isinstance(event, Failed):
            control.send("replay")

    monkeypatch.setattr(replay, "again", count)
    control.staying = True
    before = torch.get_num_threads()
    Trainer(case.project.with_training(threads=before + 2), hear, control).run(case.data)
    assert (seen, torch.get_num_threads()) == ([before + 2], before)


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_the_session_stays_at_hand(isolation: str, started: Callable[..., Session]) -> None:
    made = project(epochs=2, isolation=isolation)
    rate = Choice(id="sgd", params={"lr": 3e6})
    held = started(made.with_training(phases=(made.phase.but(optimizer=rate),)), live=True)
    events = wait(held, "failed")
    end = failed(events)
    assert end.again
    assert held.can_replay
    held.replay()
    (told,) = [e for e in heard(held, Inspection) if isinstance(e, Inspection)]
    assert (told.kind, told.fault, told.step) == ("replay", end.fault, end.step)
    held.inspect(rows=(5, 6))
    (told,) = [e for e in heard(held, Inspection) if isinstance(e, Inspection)]
    assert told.rows == (5, 6)
    assert all(bool(v.isfinite().all()) for v in held.state_dict.values())
    held.close()
    assert not held.can_replay
