"""A session whose network is changed while it rests, and weights that go from run to run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch

from engine.session import Session, run_headless
from engine.train.events import Edited, Finding, Steps
from engine.train.setup import fingerprint
from tests.engine.sessions import heard, wait
from tests.engine.train.projects import NOISY, project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.project import Project

LONG = {"epochs": 100_000}


def wider(what: Project) -> Project:
    return what.with_graph(what.graph.set_params("n2", {"out_features": 20}))


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_a_paused_run_takes_over_a_changed_network(
    started: Callable[..., Session], isolation: str
) -> None:
    made = project(NOISY, epochs=60, isolation=isolation)
    held = started(made)
    held.pause()
    wait(held, "paused")
    held.step(3)
    events = heard(held, Steps)
    while sum(len(e.loss) for e in events if isinstance(e, Steps)) < 3:
        events += heard(held, Steps)
    events += wait(held, "paused")
    before = held.state_dict
    held.edit(wider(made), text="Wider")
    events += heard(held, Edited)
    (edited,) = [e for e in events if isinstance(e, Edited)]
    assert edited.step == 3
    assert edited.text.startswith("Wider: ")
    assert held.state == "paused"
    assert held.project == wider(made)
    after = held.state_dict
    assert after["dense.weight"].shape == (20, 64)
    assert torch.equal(after["dense.weight"][:16], before["dense.weight"])
    broken = made.with_graph(made.graph.remove(["n6"]))
    held.edit(broken)
    (finding,) = [e for e in heard(held, Finding) if isinstance(e, Finding)]
    assert finding.kind == "edit"
    assert held.project == wider(made)
    store = held.weights()
    latest = store.latest("main:n2/weight")
    assert latest is not None
    assert torch.equal(latest, after["dense.weight"])
    held.resume()
    wait(held, "finished")
    assert held.result is not None
    assert fingerprint(held.state_dict) == held.result["parameters_sha256"]
    assert held.state_dict["dense.weight"].shape == (20, 64)


def test_a_run_that_is_not_paused_is_not_edited(started: Callable[..., Session]) -> None:
    held = started(project(**LONG))
    wait(held, "running")
    with pytest.raises(ValueError, match="paused"):
        held.edit(wider(held.project))
    with pytest.raises(ValueError, match="paused or over"):
        held.weights()


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_a_new_session_goes_on_from_the_weights_of_another(
    started: Callable[..., Session], isolation: str
) -> None:
    made = project(NOISY, epochs=3)
    first = started(made)
    wait(first, "finished")
    again = started(wider(made).with_training(isolation=isolation), weights=first.weights())
    again.pause()
    wait(again, "paused")
    assert torch.equal(again.state_dict["dense.weight"][:16], first.state_dict["dense.weight"])


def test_an_edit_is_in_the_record(started: Callable[..., Session], tmp_path: Path) -> None:
    from engine.runs import evaluate_run

    folder = tmp_path / "digits.runs" / "001"
    made = project(epochs=2)
    held = started(made, run_dir=folder)
    held.pause()
    wait(held, "paused")
    held.edit(wider(made))
    heard(held, Edited)
    held.resume()
    wait(held, "finished")
    about = json.loads((folder / "run.json").read_text())
    assert about["edits"][0]["step"] == 0
    assert held.result is not None
    again = evaluate_run(folder)
    assert again["parameters_sha256"] == held.result["parameters_sha256"]
    assert again["test"] == held.result["test"]


def test_runs_of_several_phases_are_evaluated_again(tmp_path: Path) -> None:
    from engine.runs import evaluate_run
    from tests.engine.feature_projects import FEATURES

    folder = tmp_path / "gan.runs" / "001"
    made = FEATURES["a_generator_and_its_adversary"]().with_training(threads=1)
    result = run_headless(made, run_dir=folder)
    again = evaluate_run(folder)
    assert again["parameters_sha256"] == result["parameters_sha256"]
    assert again["test"] == result["test"]
    assert "generator.loss" in again["test"]
