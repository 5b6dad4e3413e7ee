"""The profile against the analysis, against a plain step, and on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch

from engine import files
from engine.cli import main
from engine.preflight.remote import do
from engine.profile.measure import profile
from engine.profile.rehearsal import rehearse
from engine.profile.stepwise import Owners, Stepwise
from engine.shapes import analyse
from engine.train import chance
from engine.train.failure import Ended
from engine.train.setup import prepare
from tests.engine.sketches import around, dense, layer, made
from tests.engine.train.projects import MLP, NOISY, classes, project

if TYPE_CHECKING:
    from pathlib import Path


def test_flops_and_parameters_are_those_of_the_analysis() -> None:
    data = classes()
    found = profile(project(NOISY), data, longest=0.1)
    told = analyse(project(NOISY).graph, data.fields)
    assert sum(row.flops for row in found.rows) == told.flops
    assert sum(row.parameters for row in found.rows) == told.parameters
    assert {row.node: row.flops for row in found.rows} == {
        key: info.flops for key, info in told.nodes.items() if key != "n1"
    }
    gone_through = rehearse(project(NOISY), data.fields, 32).steps[0]
    counted = {cost.node: cost.forward.flops // 32 for cost in gone_through.costs}
    assert counted == {row.node: row.flops for row in found.rows}


def test_places_and_copies_have_rows_of_their_own() -> None:
    sketch = around(("m", "@inner", "stem", {"times": 2}), inner=layer())
    found = do("profile", sketch.with_training(threads=1))
    paths = [row.node for row in found.rows]
    assert paths[:4] == ["stem", "m#0/lin", "m#0/norm", "m#0/act"]
    assert "m#1/lin" in paths
    assert all(row.seconds > 0 for row in found.rows if "lin" in row.node)


def test_the_sum_is_about_a_step_and_says_so() -> None:
    found = profile(project(MLP), classes(), longest=0.3)
    assert 0.3 < found.added / found.step < 3
    assert f"{abs(found.added / found.step - 1):.0%}" in found.words()
    assert found.memory == pytest.approx(
        rehearse(project(MLP), classes().fields, 32).total, rel=0.05
    )
    (phase,) = found.phases
    assert phase.samples == 32
    assert phase.steps >= 1
    assert phase.update > 0


def test_profiling_leaves_no_trace_and_can_be_given_up() -> None:
    torch.manual_seed(9)
    before = torch.get_rng_state()
    profile(project(NOISY), classes(), longest=0.05)
    assert torch.equal(before, torch.get_rng_state())
    with pytest.raises(Ended):
        profile(project(NOISY), classes(), cancelled=lambda: True)
    with chance.running(), pytest.raises(ValueError, match="under way"):
        profile(project(NOISY), classes())


def test_node_by_node_gives_the_same_bits_and_every_function_has_an_owner() -> None:
    ready = prepare(project(NOISY), classes())
    run = ready.phases[0]
    batch = run.batches.at(0, 0)
    stepwise, owners = Stepwise(run.network), Owners()
    torch.manual_seed(2)
    total, _, (prediction,) = run.network.train_forward(*batch)
    plain = torch.autograd.grad(total, run.parameters)
    torch.manual_seed(2)
    passed = stepwise.run(
        batch, after=lambda place, scope: owners.claim(place, stepwise.outputs(place, scope))
    )
    assert torch.equal(passed.total, total)
    assert torch.equal(passed.predictions[0], prediction)
    names = {
        stepwise.steps[place].path: [f.name() for f in functions]
        for place, functions in owners.functions.items()
    }
    assert names["n2"] == ["AddmmBackward0", "TBackward0"]
    assert all(names[path] for path in ("n3", "n4", "n5", "n6", "n7"))
    grads = torch.autograd.grad(passed.total, run.parameters)
    assert all(torch.equal(a, b) for a, b in zip(plain, grads, strict=True))


def test_a_project_with_two_phases_has_rows_for_both() -> None:
    sketch = made(around(dense("m", "stem", 6), last="m").graph)
    phase = sketch.phase
    twice = sketch.with_training(
        phases=(phase, phase.but(name="again", trains=("head",))), threads=1
    )
    found = do("profile", twice)
    assert [p.name for p in found.phases] == ["train", "again"]
    assert {row.phase for row in found.rows} == {0, 1}


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "digits.loom"
    files.save(files.template("moons-mlp").with_training(threads=1), path)
    assert main(["profile", str(path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in report["nodes"]} >= {"loss"}
    assert report["step_seconds"] > 0
    assert main(["check", str(path), "--deep", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert {row["check"] for row in report["checks"]} >= {"initial_loss", "overfit_batch"}
    assert report["forecast"]["memory"]["total"] == pytest.approx(report["memory"], rel=0.2)
    assert main(["check", str(path), "--deep"]) == 0
    out = capsys.readouterr().out
    assert "ok     Loss at the start" in out
    assert "Largest batch in" in out
    assert main(["profile", str(path)]) == 0
    assert "add up to" in capsys.readouterr().out
