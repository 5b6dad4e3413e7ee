"""Runs are listed, noted, compared and deleted, whatever state their folders are in."""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from designer.monitor.history import History
from engine import files
from engine.files import FileError
from engine.project import EarlyStopping
from engine.runs import evaluate_run, find_run, store_of
from engine.runs.compare import against, compare
from engine.runs.notes import Notes, read_notes, write_notes
from engine.runs.replay import events, pieces
from engine.runs.stored import curves
from engine.runs.summary import run_in, runs
from engine.runs.trash import delete, empty, lay_aside, take_back
from engine.session import Session, run_headless
from engine.train.control import Control
from engine.train.events import EpochEnd
from engine.train.lock import hold
from engine.train.trainer import Trainer
from tests.engine.train.projects import MLP, project

if TYPE_CHECKING:
    from pathlib import Path

    from engine.train import events as ev

import numpy as np


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with two runs: other units, another rate, a layer more."""
    file = tmp_path_factory.mktemp("runs") / "digits.loom"
    made = project(MLP, epochs=2)
    files.save(made, file)
    run_headless(made, run_dir=file.with_suffix(".runs") / "one")
    time.sleep(0.01)
    graph = made.graph
    graph, added = graph.set_params("n2", {"out_features": 32}).add("dropout", p=0.25)
    edges = tuple(
        e.but(source=added) if e.source == "n3" else e for e in graph.edges if e.target != added
    )
    graph = graph.but(edges=edges).connect("n3", added)
    other = made.with_graph(graph).with_phase(
        0, optimizer=made.phase.optimizer.but(params={"lr": 0.01})
    )
    run_headless(other.but(variables={"width": 3}), run_dir=file.with_suffix(".runs") / "two")
    return file


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    shutil.copytree(trained.parent, tmp_path / "copy")
    return tmp_path / "copy" / trained.name


def test_runs_are_listed_with_what_they_reached(trained: Path) -> None:
    one, two = runs(trained)
    assert (one.id, two.id) == ("one", "two")
    assert {one.state, two.state} == {"finished"}
    assert (one.epochs, one.of, one.device) == (2, 2, "cpu")
    result = json.loads((one.folder / "result.json").read_text())
    assert one.key_figure == ("test.accuracy", result["test"]["accuracy"])
    assert one.seconds == result["seconds"]
    assert one.size == sum(p.stat().st_size for p in one.folder.rglob("*") if p.is_file())
    assert "last" in one.checkpoints
    assert one.started is not None


def test_a_damaged_run_hides_no_other(copied: Path) -> None:
    one, two = (run.folder for run in runs(copied))
    (one / "result.json").write_text("{")
    (two / "metrics.jsonl").write_text('{"epoch": 1, "train": {"loss"')
    (two / "result.json").unlink()
    (two / "log.jsonl").write_text("nonsense\n[]\n")
    first, second = runs(copied)
    assert first.state == "damaged"
    assert first.message.startswith("one: ")
    assert first.message.count(".") <= 3
    assert second.state == "cut"
    assert second.epochs == 0


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "started", "time": NaN, "epochs": 3}',
        '{"event": "started", "time": 1e300, "epochs": Infinity}',
        '{"event": "started", "time": 1.0, "epochs": 1' + "0" * 400 + "}",
    ],
)
def test_a_number_that_is_none_hides_no_run(line: str, copied: Path) -> None:
    one = runs(copied)[0].folder
    (one / "log.jsonl").write_text(line + "\n")
    assert [run.state for run in runs(copied)] == ["finished"] * 2


def test_a_run_that_was_stopped_ended_with_its_last_weights(tmp_path: Path) -> None:
    stopping = EarlyStopping(enabled=True, patience=9)
    made = project(MLP, epochs=9, source="iris", early_stopping=stopping)
    control = Control()

    def at(event: ev.Event) -> None:
        if isinstance(event, EpochEnd) and event.epoch == 3:
            control.send("stop")

    # A rate at which it only gets worse.
    made = made.with_phase(optimizer=made.phase.optimizer.but(params={"lr": 0.9}))
    trainer = Trainer(made, at, control, tmp_path)
    trainer.run()
    assert trainer.result is not None
    assert trainer.result["best_epoch"] < 3
    told = evaluate_run(tmp_path)
    for name in ("parameters_sha256", "test", "validation"):
        assert told[name] == trainer.result[name]


def test_states(copied: Path) -> None:
    one = runs(copied)[0].folder
    log = one / "log.jsonl"
    told = log.read_text().splitlines(keepends=True)
    (one / "result.json").unlink()
    log.write_text("".join(told[:-1]))
    assert run_in(one).state == "cut"
    assert run_in(one).epochs == 2
    assert run_in(one).figures["validation.accuracy"] > 0
    mark = hold(one)
    assert mark is not None
    assert run_in(one).state == "running"
    assert hold(one) is None
    with pytest.raises(FileError, match="under way"):
        delete(one)
    mark.close()
    for state in ("stopped", "failed"):
        row = json.dumps({"event": "state", "time": 1.0, "at": 0, "state": state, "message": ""})
        log.write_text("".join(told[:-1]) + row + "\n")
        assert run_in(one).state == state


def test_a_run_of_an_earlier_version_is_listed(copied: Path) -> None:
    one = runs(copied)[0].folder
    (one / "log.jsonl").unlink()
    found = run_in(one)
    assert (found.state, found.of, found.device) == ("finished", 2, "cpu")
    assert found.started is not None
    assert list(events(one)) == []


def test_notes(copied: Path) -> None:
    one, two = (run.folder for run in runs(copied))
    write_notes(one, Notes("  best  so far ", "a\nb ", ("x", " x", "two words", "", "a,b")))
    assert read_notes(one) == Notes("best so far", "a\nb", ("x", "two words", "a b"))
    assert run_in(one).title == "best so far"
    assert find_run(copied, "best so far") == one
    assert find_run(copied) == two
    (two / "notes.json").write_text("[1]")
    assert read_notes(two) == Notes()


def test_a_deleted_run_comes_back_or_goes_for_good(copied: Path) -> None:
    one, two = (run.folder for run in runs(copied))
    before = {p: p.read_bytes() for p in one.rglob("*") if p.is_file()}
    where = lay_aside(one)
    assert [run.id for run in runs(copied)] == ["two"]
    assert take_back(where) == one
    assert {p: p.read_bytes() for p in one.rglob("*") if p.is_file()} == before
    where = lay_aside(one)
    empty(one.parent)
    assert not where.exists()
    delete(two)
    assert runs(copied) == []
    with pytest.raises(FileError, match="holds no run"):
        delete(copied.parent)
    assert copied.exists()


def test_two_runs_are_compared_in_words(trained: Path) -> None:
    one, two = (run.folder for run in runs(trained))
    found = compare(one, two)
    assert "Training: Learning rate (η) of Adam: 0.001 → 0.01" in map(str, found.settings)
    assert "Variables: width: new, 3" in map(str, found.settings)
    kinds = {(n.name, n.kind): n.words for n in found.nodes}
    assert kinds == {("dropout", "added"): "Dropout", ("dense", "changed"): "Units: 16 → 32"}
    wires = {(c.before, c.after) for c in found.wires}
    assert ("", "relu → dropout") in wires
    assert ("relu → dense_2", "") in wires
    figures = {d.name: d for d in found.figures}
    assert figures["parameters"].change == 2410 - 1210
    accuracy = figures["test.accuracy"]
    assert accuracy.change == pytest.approx(accuracy.after - accuracy.before)
    back = compare(two, one)
    assert {(n.name, n.kind) for n in back.nodes} == {("dropout", "removed"), ("dense", "changed")}


def test_a_run_is_compared_with_the_project(trained: Path) -> None:
    one = runs(trained)[0].folder
    assert against(one, files.load(trained)).same_project
    found = against(one, files.load(trained).with_training(epochs=9))
    assert list(map(str, found.settings)) == ["Training: Epochs: 2 → 9"]


def test_curves(trained: Path) -> None:
    one = runs(trained)[0].folder
    found = curves(one)
    rows = [json.loads(line) for line in (one / "metrics.jsonl").read_text().splitlines()]
    assert found["validation.accuracy"].y.tolist() == [r["validation"]["accuracy"] for r in rows]
    assert found["validation.accuracy"].x.tolist() == [1, 2]
    assert found["loss"].x.tolist() == list(range(1, rows[-1]["step"] + 1))
    assert found["loss"].over == "step"


def test_what_a_run_told_is_told_again(tmp_path: Path) -> None:
    """The plots of a kept run are those of the run while it was live."""
    made = project(MLP, epochs=3).with_training(watch_share=1.0)
    live, again = History(), History()
    told: list[ev.Event] = []
    run_headless(made, run_dir=tmp_path, on_event=told.append)
    live.take(told)
    again.take(events(tmp_path))
    assert again.state == "finished"
    assert again.names == live.names
    assert again.started == live.started
    for key, series in live.losses.items():
        np.testing.assert_array_equal(
            series.view(0, 1e9, 10**6).mean, (again.losses[key].view(0, 1e9, 10**6).mean)
        )
    assert {k: s.last.tolist() for k, s in live.metrics.items()} == {
        k: s.last.tolist() for k, s in again.metrics.items()
    }
    for quantity in ("grad", "weight", "update"):
        for (nodes, one), (others, two) in zip(
            live.norms.sets(quantity), again.norms.sets(quantity), strict=True
        ):
            assert nodes == others
            np.testing.assert_array_equal(one.view(0, 1e9, 999).mean, two.view(0, 1e9, 999).mean)
    assert len(live.activations.sets("std")) == len(again.activations.sets("std")) > 0


def test_pieces_have_even_steps() -> None:
    steps = np.array([0, 1, 2, 3, 5, 7, 9, 10.5, 12])
    rates = np.array([1, 1, 2, 2, 2, 2, 2, 2, 2], np.float32)
    assert pieces(steps, np.ones(9, np.float32)) == [0, 4, 7]
    assert pieces(steps, rates) == [0, 2, 4, 7]


def test_another_run_begins_with_the_weights_of_a_kept_one(trained: Path) -> None:
    from engine.runs import kept

    one = runs(trained)[0].folder
    made, tensors = kept(one)
    session = Session(made.with_training(epochs=1), weights=store_of(one))
    session.pause()
    session.start()
    end = time.monotonic() + 30
    while session.state not in ("paused", "failed") and time.monotonic() < end:
        time.sleep(0.01)
    try:
        assert session.state == "paused"
        for name, value in session.state_dict.items():
            assert value.equal(tensors[name]), name
    finally:
        session.close()
