"""Whatever goes wrong with a run's record stops no run, and no run writes into another's."""

from __future__ import annotations

import itertools
import json
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from engine.project import Checkpoints
from engine.runs.stored import stored
from engine.runs.summary import epochs, run_in
from engine.train import events as ev
from engine.train import keeping, series
from engine.train.control import Control
from engine.train.lock import held, hold
from engine.train.resuming import moments_of, project_of, resumption
from engine.train.rows import read
from engine.train.series import Series, lines
from engine.train.trainer import Trainer
from tests.engine.train.projects import MLP, classes, project
from tests.engine.train.test_run_series import STARTED, fail, norms, steps, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.project import Project
    from engine.train.resuming import Resumption


def trained(
    made: Project,
    folder: Path,
    at: Callable[[ev.Event, Control], None] = lambda _event, _control: None,
    resume: Resumption | None = None,
) -> list[ev.Event]:
    """Train, with something done at events; return what was told."""
    events: list[ev.Event] = []
    control = Control()

    def hear(event: ev.Event) -> None:
        events.append(event)
        at(event, control)

    Trainer(made, hear, control, folder, resume=resume).run(classes())
    return events


def test_a_disk_that_fails_while_a_run_pauses_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "series").write_text("in the way")
    told: list[Exception] = []
    writing = Series(tmp_path, told.append)
    writing.take(STARTED)
    assert held(tmp_path)
    # With rows to write, each of these meets the disk.
    writing.take(steps(0, [1.0]))
    for state in ("paused", "running", "finished"):
        writing.take(ev.StateChanged(state))
    assert [type(error) for error in told] == [FileExistsError]
    assert not held(tmp_path)


def test_a_log_that_cannot_be_begun_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").mkdir()
    told: list[Exception] = []
    writing = Series(tmp_path, told.append)
    for event in (STARTED, ev.StateChanged("running"), steps(0, [1.0]), ev.Edited(0, "x")):
        writing.take(event)
    writing.close()
    assert len(told) == 1


def test_a_clock_that_was_set_back_loses_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "time", SimpleNamespace(time=lambda: time.time() + 3600))
    written(tmp_path, steps(0, [1.0, 2.0]), norms(1))
    writing = Series(tmp_path, fail, 2)
    writing.places = {0: (2, 2)}
    writing.take(STARTED)
    monkeypatch.setattr(series, "time", time)
    writing.take(steps(2, [3.0]))
    writing.take(ev.StateChanged("stopped"))
    written(tmp_path, steps(3, [4.0]), norms(3), start=3)
    losses = {t.header.kind: t.rows["step"].tolist() for t in stored(tmp_path).tables}
    assert losses == {"steps": [0, 1, 2, 3], "norms": [1, 3]}


def test_a_damaged_file_of_rows_is_left_and_the_run_goes_on(tmp_path: Path) -> None:
    written(tmp_path, steps(0, [1.0, 2.0]), norms(1))
    (damaged,) = (tmp_path / "series").glob("norms-*")
    damaged.write_bytes(b"")
    written(tmp_path, steps(2, [3.0]), norms(2), start=2)
    found = stored(tmp_path)
    assert [len(t.rows) for t in found.tables] == [1, 3]
    assert len(found.troubles) == 1
    assert damaged.read_bytes() == b""


def test_files_of_a_former_network_are_closed(tmp_path: Path) -> None:
    writing = Series(tmp_path, fail)
    writing.take(STARTED)
    for count in range(3):
        parts = {f"loss {n}": steps(0, [1.0]).loss for n in range(2 + count)}
        writing.take(steps(count, [1.0], losses=parts))
        writing.take(ev.Edited(count, "Another loss"))
    assert writing._files == {}
    writing.take(steps(3, [1.0], losses=parts))
    writing.take(ev.StateChanged("finished"))
    counts = [len(read(path)[1]) for path in sorted((tmp_path / "series").iterdir())]
    assert counts == [1, 1, 2]


def test_a_run_that_ends_before_its_first_step_says_so(tmp_path: Path) -> None:
    def at(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.Progress):
            control.send("quit")

    folder = tmp_path / "run"
    trained(project(MLP), folder, at)
    assert [row["state"] for row in lines(folder / "log.jsonl")] == ["preparing", "stopped"]
    assert run_in(folder).state == "stopped"
    assert not held(folder)


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    trained(project(MLP), tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.json*")}
    going_on = resumption(tmp_path, 3)
    mark = hold(tmp_path)
    assert mark is not None
    for resume in (None, going_on):
        (failed,) = (e for e in trained(project(MLP), tmp_path, resume=resume) if is_failed(e))
        assert failed.message == f"The run {tmp_path.name} is under way; wait until it ends."
    assert {p: p.read_bytes() for p in tmp_path.rglob("*.json*")} == before
    mark.close()
    events = trained(going_on.project, tmp_path, resume=going_on)
    assert [e for e in events if is_failed(e)] == []


def is_failed(event: ev.Event) -> bool:
    return isinstance(event, ev.Failed)


def test_a_new_run_in_a_folder_takes_over_nothing_of_the_old_one(tmp_path: Path) -> None:
    def at(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.EpochEnd) and event.epoch == 2:
            control.send("quit")

    made = project(MLP, checkpoints=Checkpoints(every=1))
    trained(made.with_training(epochs=5), tmp_path)
    trained(project(MLP, epochs=5, seed=7), tmp_path, at)
    assert [row["epoch"] for row in epochs(tmp_path)] == [1, 2]
    assert not (tmp_path / "result.json").exists()
    assert {name: about["step"] for name, about in moments_of(tmp_path).items()} == {"last": 6}
    assert run_in(tmp_path).epochs == 2


def test_checkpoints_written_at_rest_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, count = keeping.moments.write, itertools.count()

    def slowly(path: Path, moment: keeping.moments.Moment) -> int:
        time.sleep(0 if next(count) else 0.3)
        return write(path, moment)

    timers: list[threading.Timer] = []

    def at(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.StateChanged) and event.state == "paused":
            timers.append(threading.Timer(0.6, control.send, ("quit",)))
            timers[-1].start()
        elif isinstance(event, ev.Started):
            control.send("step", 1)

    monkeypatch.setattr(keeping.moments, "write", slowly)
    monkeypatch.setattr(keeping, "MUCH", 0.0)
    monkeypatch.setattr(keeping, "LEAST", 0.2)
    events = trained(project(MLP), tmp_path, at)
    (timer,) = timers
    timer.join()
    assert next(count) == 2
    assert [e for e in events if isinstance(e, ev.Finding) and e.kind == "checkpoints"] == []


def test_a_resumed_run_tells_how_long_it_trained(tmp_path: Path) -> None:
    def at(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.EpochEnd):
            control.send("quit")

    trained(project(MLP), tmp_path, at)
    rows = [json.dumps(row) for row in lines(tmp_path / "log.jsonl")]
    again = {"event": "started", "time": 5000.0, "trained": 40.0}
    running = {"event": "state", "time": 5001.0, "state": "running"}
    ended = {"event": "state", "time": 5003.5, "state": "failed"}
    text = "\n".join([*rows, *map(json.dumps, (again, running, ended))])
    (tmp_path / "log.jsonl").write_text(text + "\n")
    assert run_in(tmp_path).seconds == pytest.approx(42.5)
    before = resumption(tmp_path)
    trained(before.project, tmp_path, at, before)
    (*_, row) = (r for r in lines(tmp_path / "log.jsonl") if r["event"] == "started")
    assert row["trained"] == pytest.approx(moments_of(tmp_path)["last"]["seconds"], abs=5)
    assert row["trained"] > 0


def test_what_was_changed_at_rest_is_in_the_latest_checkpoint(tmp_path: Path) -> None:
    made = project(MLP)
    wider = made.with_graph(made.graph.set_params("n2", {"out_features": 24}))
    kept: list[Any] = []

    def look(control: Control) -> None:
        end = time.monotonic() + 10
        while not kept and time.monotonic() < end:
            time.sleep(0.05)
            kept.extend(m for m in moments_of(tmp_path).values() if m["edits"])
        control.send("quit")

    def at(event: ev.Event, control: Control) -> None:
        if isinstance(event, ev.Started):
            control.send("step", 1)
        elif isinstance(event, ev.StateChanged) and event.state == "paused":
            threading.Timer(0.7, control.send, ("edit", wider, {}, {}, "Wider")).start()
        elif isinstance(event, ev.Edited):
            threading.Thread(target=look, args=(control,)).start()

    trained(made, tmp_path, at)
    about = kept[0]
    assert (about["step"], about["edits"]) == (1, 1)
    assert project_of(about).graph == wider.graph
