"""The first value that is not finite: named with its direction, step and rows, and run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from engine.train.control import Control
from engine.train.events import Event, Failed, Finding, StateChanged
from engine.train.inspection import Inspection
from engine.train.replay import again
from engine.train.setup import fingerprint, prepare
from engine.train.trainer import Trainer
from tests.engine.train.planted import PLANTED, sample

if TYPE_CHECKING:
    from tests.engine.train.planted import Case


def run(case: Case) -> tuple[Trainer, list[Event]]:
    events: list[Event] = []
    trainer = Trainer(case.project, events.append, Control())
    trainer.run(case.data)
    return trainer, events


def failed(events: list[Event]) -> Failed:
    found = [e for e in events if isinstance(e, Failed)]
    assert len(found) == 1, [e for e in events if isinstance(e, Finding | StateChanged)]
    return found[0]


def by_hand(case: Case) -> tuple[int, str, dict[str, torch.Tensor]]:
    """Return the first step that goes wrong, how, and the weights before it, from a plain loop."""
    ready = prepare(case.project, case.data)
    phases = ready.phases
    for taken in range(10_000):
        for run in phases:
            before = {k: v.clone() for k, v in ready.root.state_dict().items()}
            number, optimizer = taken * len(phases), run.stepper.optimizer
            batch = run.batches.at(*divmod(taken, len(run.batches)))
            total = run.network.train_forward(*batch)[0]
            if not torch.isfinite(total):
                return number, "forward", before
            optimizer.zero_grad()
            total.backward()
            if not all(torch.isfinite(p.grad).all() for p in run.parameters):
                return number, "backward", before
            optimizer.step()
            if not all(torch.isfinite(p).all() for p in run.parameters):
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
    assert all(torch.equal(v, weights[k]) for k, v in trainer.root.state_dict().items())
    (told,) = [e for e in events if isinstance(e, Inspection)]
    assert (told.kind, told.step, told.fault) == ("replay", end.step, fault)
    assert set(fault.rows) <= set(told.rows)
    # Run again, it comes to the same, as often as one likes, and leaves the weights alone.
    held = fingerprint(trainer.root.state_dict())
    for _ in range(2):
        once_more = again(trainer.prepared, scene)
        assert once_more.fault == fault
        assert fingerprint(trainer.root.state_dict()) == held
        for mine, theirs in zip(once_more.nodes, told.nodes, strict=True):
            for one, other in zip(mine.tensors, theirs.tensors, strict=True):
                np.testing.assert_array_equal(one.values, other.values)
