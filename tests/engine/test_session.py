"""The session from outside: commands, states, the record, threads that end, the child process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import torch

from engine import session
from engine.project import Choice
from engine.session import Session, run_headless
from engine.train.events import (
    Activations,
    Done,
    Event,
    Failed,
    Finding,
    StateChanged,
    Steps,
)
from engine.train.setup import fingerprint
from tests.engine.sessions import wait
from tests.engine.train.projects import NOISY, project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


LONG = {"epochs": 100_000}


def test_importing_the_session_loads_no_torch() -> None:
    code = "import engine.session, sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_run_from_start_to_finish(started: Callable[..., Session]) -> None:
    held = started(project(epochs=3))
    events = wait(held, "finished")
    assert held.join(5)
    states = [e.state for e in events if isinstance(e, StateChanged)]
    assert states == ["preparing", "running", "finished"]
    assert held.result is not None
    assert [e.result for e in events if isinstance(e, Done)] == [held.result]
    assert fingerprint(held.state_dict) == held.result["parameters_sha256"]


def test_thread_and_headless_give_the_same_bits(started: Callable[..., Session]) -> None:
    made = project(NOISY, epochs=4)
    held = started(made)
    wait(held, "finished")
    result = run_headless(made)
    assert held.result is not None
    assert held.result["parameters_sha256"] == result["parameters_sha256"]


def test_headless_takes_overrides_and_raises_a_sentence() -> None:
    seen: list[Event] = []
    result = run_headless(project(), epochs=1, seed=5, device="cpu", on_event=seen.append)
    assert result["epochs"] == 1
    assert result["seed"] == 5
    assert isinstance(seen[-1], StateChanged)
    with pytest.raises(ValueError, match="metric"):
        run_headless(project(metrics=("nonsense",)))


def test_pause_step_resume_stop(started: Callable[..., Session]) -> None:
    held = started(project(**LONG))
    wait(held, "running")
    held.pause()
    wait(held, "paused")
    first = held.state_dict
    time.sleep(0.05)
    assert held.drain() == []
    assert all(torch.equal(v, held.state_dict[k]) for k, v in first.items())
    held.step(3)
    events: list[Event] = []
    while sum(len(e.loss) for e in events if isinstance(e, Steps)) < 3:
        events += held.drain()
        time.sleep(0.005)
    events += wait(held, "paused")
    time.sleep(0.05)
    events += held.drain()
    assert sum(len(e.loss) for e in events if isinstance(e, Steps)) == 3
    assert len([e for e in events if isinstance(e, Activations)]) == 3
    assert held.state == "paused"
    assert not all(torch.equal(v, held.state_dict[k]) for k, v in first.items())
    held.resume()
    wait(held, "running")
    held.stop()
    wait(held, "stopped")
    assert held.result is not None
    assert held.result["test"]["accuracy"] >= 0


def test_a_pause_changes_no_bit(started: Callable[..., Session]) -> None:
    made = project(NOISY, epochs=20)
    held = started(made)
    held.pause()
    wait(held, "paused")
    for _ in range(3):
        held.step(7)
        time.sleep(0.02)
    held.resume()
    wait(held, "finished")
    assert held.result is not None
    assert held.result["parameters_sha256"] == run_headless(made)["parameters_sha256"]


def test_the_learning_rate_can_be_changed_while_running(started: Callable[..., Session]) -> None:
    held = started(project(**LONG))
    wait(held, "running")
    held.set("lr", 0.25)
    rates: set[float] = set()
    end = time.monotonic() + 20
    while 0.25 not in rates and time.monotonic() < end:
        rates |= {e.lr for e in held.drain() if isinstance(e, Steps)}
        time.sleep(0.01)
    assert 0.25 in rates
    held.set("phases.0.optimizer.params.lr", 0.125)
    held.set("phases.0.optimizer.params.weight_decay", 0.5)
    while 0.125 not in rates and time.monotonic() < end:
        rates |= {e.lr for e in held.drain() if isinstance(e, Steps)}
        time.sleep(0.01)
    assert 0.125 in rates
    assert held.state == "running"


@pytest.mark.parametrize(
    ("path", "value"),
    [("lr", -1.0), ("lr", float("nan")), ("networks", 1), ("watch_share", 0), ("epochs", 0),
     ("phases.3.optimizer.params.lr", 0.1), ("phases.0.optimizer.params.colour", 0.1)],
)  # fmt: skip
def test_what_cannot_be_set_is_refused(path: str, value: float) -> None:
    with pytest.raises(ValueError, match=r"."):
        Session(project()).set(path, value)


def test_fewer_epochs_end_a_run(started: Callable[..., Session]) -> None:
    held = started(project(**LONG))
    wait(held, "running")
    held.set("epochs", 1)
    wait(held, "finished")


def test_a_failure_is_a_state_and_a_sentence(started: Callable[..., Session]) -> None:
    made = project(epochs=50).with_phase(optimizer=Choice(id="sgd", params={"lr": 1e9}))
    held = started(made)
    events = wait(held, "failed")
    assert held.error is not None
    assert held.error in events
    assert "1e+09" in held.error.message
    assert held.result is None


def test_a_missing_file_is_a_failure(started: Callable[..., Session], tmp_path: Path) -> None:
    made = project()
    source = Choice(id="csv", params={"path": str(tmp_path / "none.csv"), "target": "y"})
    held = started(made.with_data(source=source))
    wait(held, "failed")
    assert held.error is not None
    assert "none.csv" in held.error.message


def test_a_session_runs_once(started: Callable[..., Session]) -> None:
    held = started(project(epochs=1))
    with pytest.raises(ValueError, match="new session"):
        held.start()


def test_closing_ends_a_run_in_any_state() -> None:
    Session(project()).close()
    held = Session(project(**LONG))
    held.start()
    held.close()
    assert held.join(0)
    held = Session(project(**LONG))
    held.start()
    wait(held, "running")
    held.pause()
    wait(held, "paused")
    held.close()
    assert held.join(0)
    assert held.state == "stopped"
    assert held.result is None


def test_many_runs_leave_no_thread() -> None:
    for _ in range(10):
        held = Session(project(**LONG))
        held.start()
        wait(held, "running")
        held.close()
        assert held.join(0)


def test_the_record_of_a_run(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    folder = tmp_path / "digits.runs" / "001"
    made = project(epochs=3)
    result = run_headless(made, run_dir=folder)
    assert result["run"] == "001"
    about = json.loads((folder / "run.json").read_text())
    assert about["seed"] == 0
    assert about["threads"] == 1
    assert about["versions"]["torch"]
    from engine import files

    assert files.loads(json.dumps(about["project"])) == made
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    assert {"train", "validation", "lr", "seconds", "step"} <= set(lines[0])
    last = load_file(folder / "checkpoints" / "last.safetensors")
    assert fingerprint(last) == result["parameters_sha256"]
    best = json.loads((folder / "checkpoints" / "best.json").read_text())
    assert best["epoch"] == result["best_epoch"]
    assert json.loads((folder / "result.json").read_text()) == result
    assert not list(folder.rglob("*.tmp"))


def test_a_full_disk_does_not_stop_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import files

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_atomic", full)
    seen: list[Event] = []
    result = run_headless(project(), run_dir=tmp_path / "r", on_event=seen.append)
    assert result["epochs"] == 2
    notes = [e for e in seen if isinstance(e, Finding)]
    assert len(notes) == 1
    assert "No space left" in notes[0].message


def test_nothing_is_written_without_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_headless(project())
    assert list(tmp_path.iterdir()) == []


def test_a_child_process_gives_the_same_bits_and_obeys(started: Callable[..., Session]) -> None:
    made = project(NOISY, epochs=40, isolation="process")
    held = started(made)
    held.pause()
    events = wait(held, "paused")
    assert held.isolation == "process"
    assert held.state_dict
    held.resume()
    events += wait(held, "finished")
    assert held.join(20)
    assert held.result is not None
    assert [e for e in events if isinstance(e, Failed)] == []
    assert fingerprint(held.state_dict) == held.result["parameters_sha256"]
    assert held.result["parameters_sha256"] == run_headless(made)["parameters_sha256"]


def test_a_child_that_dies_is_a_failure(started: Callable[..., Session]) -> None:
    import multiprocessing

    held = started(project(isolation="process", **LONG))
    wait(held, "running")
    (child,) = (c for c in multiprocessing.active_children() if c.name == "layerloom-training")
    child.kill()
    wait(held, "failed")
    assert held.error is not None
    assert "unexpectedly" in held.error.message
    assert held.join(20)


def test_auto_takes_a_thread_without_a_window_and_a_process_for_many_short_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from engine.data import load
    from engine.train.place import wants_process

    made = project()
    data = load(made.data)
    assert not wants_process(made.with_training(**LONG), data, live=False)
    assert not wants_process(made, data, live=True)
    assert wants_process(made.with_training(**LONG), data, live=True)
    assert session.SETTABLE


def test_choosing_a_place_changes_no_bit(started: Callable[..., Session]) -> None:
    made = project(NOISY)
    held = started(made, live=True)
    wait(held, "finished")
    assert held.isolation == "thread"
    assert held.result is not None
    assert held.result["parameters_sha256"] == run_headless(made)["parameters_sha256"]
