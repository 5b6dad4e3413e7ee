"""Series on disk hold what was told, bounded, and survive whatever ends a run."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.runs.stored import stored
from engine.session import Session, run_headless
from engine.train import events as ev
from engine.train.lock import held
from engine.train.rows import Header, RowFile, RowsError, fields, read, thinned, truncate
from engine.train.series import Series, cut, lines
from tests.engine.train.projects import dense, project

if TYPE_CHECKING:
    from pathlib import Path

STARTED = ev.Started((("n1", "a"), ("n2", "b")), (("n3", "loss"),), 10, 5, 100, "cpu")
SMALL = Header("steps", 0, (), fields(("loss", "<f4")))


def steps(first: int, loss: Any, **more: Any) -> ev.Steps:
    return ev.Steps(first, np.asarray(loss, np.float32), 0.1, 50.0, None, 0.01, **more)


def norms(step: int, treated: float | None = None) -> ev.Norms:
    one = np.array([step, 2.0], np.float32)
    return ev.Norms(step, ("n1", "n2"), one, one + 1, one + 2, float(step), 0, treated)


def fail(error: Exception) -> None:
    raise error


def written(folder: Path, *told: ev.Event, start: int = 0) -> None:
    series = Series(folder, fail, start)
    series.places = {0: (start, start)} if start else {}
    for event in (STARTED, *told, ev.StateChanged("finished")):
        series.take(event)


def small(count: int) -> np.ndarray[Any, Any]:
    made = np.zeros(count, SMALL.dtype)
    made["step"], made["seconds"] = np.arange(count), np.arange(count) / 10
    made["loss"] = np.random.default_rng(0).standard_normal(count)
    return made


def test_what_was_told_is_read_back(tmp_path: Path) -> None:
    parts = {"one": np.array([1.0, 2.0], np.float32), "two": np.array([3.0, 5.0], np.float32)}
    other = steps(1, [8.0, 9.0], stride=2.0, phase=1)
    written(tmp_path, steps(0, [4.0, 7.0], losses=parts), other, norms(3), norms(5, 0.5))
    by = {(t.header.kind, t.header.phase): t for t in stored(tmp_path).tables}
    first, second, third = by["steps", 0], by["steps", 1], by["norms", 0]
    assert first.rows["loss"].tolist() == [4.0, 7.0]
    assert first.header.names == ("one", "two")
    assert first.rows["losses"].tolist() == [[1.0, 3.0], [2.0, 5.0]]
    assert second.rows["step"].tolist() == [1.0, 3.0]
    assert third.rows["grad"].tolist() == [[3.0, 2.0], [5.0, 2.0]]
    assert np.isnan(third.rows["treated"][0])
    assert third.rows["treated"][1] == 0.5


def test_a_row_that_was_cut_off_does_not_count(tmp_path: Path) -> None:
    written(tmp_path, steps(0, [1.0, 2.0, 3.0]))
    (path,) = (tmp_path / "series").iterdir()
    whole = path.read_bytes()
    for lost in (1, 7, 31):
        path.write_bytes(whole[:-lost])
        assert read(path)[1]["loss"].tolist() == [1.0, 2.0]
    # A machine that loses power may leave zeros where the end was to be.
    path.write_bytes(whole + bytes(64))
    assert read(path)[1]["loss"].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"no json\n",
        b"{}\n",
        SMALL.line()[:-1],
        SMALL.line().replace(b"<f4", b"|O8"),
        SMALL.line().replace(b'"format":1', b'"format":2'),
        SMALL.line().replace(b'"loss"', b'"step"'),
        SMALL.line().replace(b"[]", b"[999999999]"),
    ],
)
def test_a_damaged_file_is_one_sentence(first: bytes, tmp_path: Path) -> None:
    path = tmp_path / "steps-0-1.rows"
    path.write_bytes(first)
    with pytest.raises(RowsError, match=r"^steps-0-1.rows is damaged"):
        read(path)


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_a_file_past_its_room_keeps_extremes(piece: int, tmp_path: Path) -> None:
    given, room = small(5000), 400 * SMALL.dtype.itemsize
    path = tmp_path / "x.rows"
    file = RowFile(path, SMALL, room)
    for begin in range(0, len(given), piece):
        file.add(given[begin : begin + piece])
    file.close()
    header, kept = read(path)
    assert len(kept) <= 400
    assert header.stride == 16
    assert kept["loss"].min() == given["loss"].min()
    assert kept["loss"].max() == given["loss"].max()
    assert (np.diff(kept["step"]) >= 0).all()
    # What is kept lies within a group of where it was.
    for begin in range(0, len(given), 250):
        part = given["loss"][begin : begin + 250]
        near = kept["loss"][(kept["step"] > begin - 64) & (kept["step"] < begin + 314)]
        assert near.min() <= part.min()
        assert near.max() >= part.max()


def test_whole_rows_are_dropped_where_a_row_is_one_moment() -> None:
    given = small(10)
    kept, left = thinned(given, 4, "every")
    assert kept["step"].tolist() == [0, 4]
    assert left["step"].tolist() == [8, 9]


def test_a_run_that_goes_on_is_as_if_it_had_not_been_cut(tmp_path: Path) -> None:
    losses = np.arange(20.0)
    whole, again = tmp_path / "whole", tmp_path / "again"
    for folder in (whole, again):
        folder.mkdir()
    edited = ev.Edited(5, "Added “relu”"), ev.Edited(15, "Removed “relu”")
    told = [steps(0, losses[:8]), edited[0], norms(7), steps(8, losses[8:]), norms(15), edited[1]]
    written(whole, *told)
    written(again, *told)
    cut(again, 12)
    assert max(float(table.rows["step"].max()) for table in stored(again).tables) == 11
    written(again, steps(12, losses[12:]), norms(15), edited[1], start=12)
    kept, expected = stored(again), stored(whole)
    for one, other in zip(kept.tables, expected.tables, strict=True):
        names = [n for n in one.rows.dtype.names or () if n != "seconds"]
        for name in names:
            np.testing.assert_array_equal(one.rows[name], other.rows[name])
        assert (np.diff(one.rows["seconds"]) >= 0).all()
    texts = [[r["text"] for r in s.told if r["event"] == "edited"] for s in (kept, expected)]
    assert texts[0] == texts[1]


def test_a_run_in_the_same_folder_begins_anew(tmp_path: Path) -> None:
    written(tmp_path, steps(0, [1.0, 2.0]))
    written(tmp_path, steps(0, [5.0]))
    assert stored(tmp_path).tables[0].rows["loss"].tolist() == [5.0]
    assert [r["event"] for r in lines(tmp_path / "log.jsonl")] == ["started", "state"]


def test_steps_are_cut_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x.rows"
    file = RowFile(path, SMALL)
    file.add(small(10))
    file.close()
    truncate(path, 4)
    assert read(path)[1]["step"].tolist() == [0, 1, 2, 3]


def test_a_disk_that_fails_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "series").write_text("in the way")
    told: list[Exception] = []
    series = Series(tmp_path, told.append)
    for event in (STARTED, steps(0, [1.0])):
        series.take(event)
    series.flush()
    series.take(steps(1, [1.0]))
    series.close()
    assert len(told) == 1


KILLED = """
import os, sys
from pathlib import Path
from tests.engine.train.test_run_series import STARTED, Series, ev, fail, steps
folder = Path(sys.argv[1])
series = Series(folder, fail)
series.take(STARTED)
series.take(ev.StateChanged("running"))
series.take(steps(0, [3.0, 4.0]))
series.flush()
series.take(steps(2, [5.0]))
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="ends a process as only this system does")
def test_a_killed_run_keeps_what_it_wrote_and_counts_as_cut(tmp_path: Path) -> None:
    from engine.runs.summary import run_in

    (tmp_path / "run.json").write_text(json.dumps({"project": {}}))
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert stored(tmp_path).tables[0].rows["loss"].tolist() == [3.0, 4.0]
    assert run_in(tmp_path).state == "cut"


def test_a_real_run_leaves_every_loss(tmp_path: Path) -> None:
    losses_told: list[ev.Steps] = []

    def note(event: ev.Event) -> None:
        if isinstance(event, ev.Steps):
            losses_told.append(event)
            assert held(tmp_path)

    made = project([dense(8), dense(10)]).with_training(epochs=3, threads=1)
    run_headless(made, run_dir=tmp_path, on_event=note)
    given = np.concatenate([event.loss for event in losses_told])
    (table,) = [t for t in stored(tmp_path).tables if t.header.kind == "steps"]
    assert table.rows["loss"].tobytes() == given.tobytes()
    assert table.rows["step"].tolist() == list(range(len(given)))
    assert not held(tmp_path)
    assert [r.get("state") for r in lines(tmp_path / "log.jsonl")][-1] == "finished"


def test_a_child_process_writes_the_same(tmp_path: Path) -> None:
    made = project([dense(8), dense(10)]).with_training(epochs=2, threads=1)
    found = []
    for isolation in ("thread", "process"):
        folder = tmp_path / isolation
        session = Session(made.with_training(isolation=isolation), folder)
        session.start()
        assert session.join(60)
        session.close()
        (table,) = [t for t in stored(folder).tables if t.header.kind == "steps"]
        found.append(table.rows["loss"].tobytes())
    assert found[0] == found[1]


@pytest.mark.parametrize(("number", "later"), [(0, 0), (2, 0), (2, 1), (2, 2)])
def test_a_resumed_run_leaves_the_series_of_one_that_was_never_cut(
    number: int, later: int, tmp_path: Path
) -> None:
    """One phase with dropout; two that take turns, cut at each place of a turn."""
    from tests.engine.train import cut_runs

    case = cut_runs.case(number)
    place = case.cut + later
    cut_runs.run(cut_runs.marked(case.project, place), case.data, tmp_path)

    def losses() -> list[tuple[int, list[float], list[float]]]:
        found = stored(tmp_path, "steps").tables
        return [(t.header.phase, t.rows["taken"].tolist(), t.rows["loss"].tolist()) for t in found]

    whole = losses()
    assert len(whole) == len(case.project.training.phases)
    assert all(taken == list(range(len(taken))) for _, taken, _ in whole)
    cut_runs.gone_on(tmp_path, case.data, place)
    assert losses() == whole
