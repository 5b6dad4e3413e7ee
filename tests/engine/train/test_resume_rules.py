"""When checkpoints are written, what is refused, and what a run that goes on leaves behind."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine import cli, files
from engine.catalog import registry
from engine.catalog.spec import ScheduleSpec
from engine.files import FileError
from engine.monitor import sampler
from engine.project import Checkpoints, Choice, EarlyStopping
from engine.session import Session, run_headless
from engine.train import keeping, moment, record
from engine.train.control import Control
from engine.train.events import Done, Event, Failed, Finding, Norms, StateChanged, Steps
from engine.train.lock import hold
from engine.train.packing import pack, unpack
from engine.train.resuming import laid_out, moments_of, resumption
from engine.train.trainer import Trainer
from tests.engine.sessions import heard, wait
from tests.engine.train.cut_runs import bits, gone_on, marked, rows, run
from tests.engine.train.projects import NOISY, classes, project
from tests.engine.train.test_going_on import wider

if TYPE_CHECKING:
    from pathlib import Path

DATA = classes(70)
PLAIN = project(NOISY, epochs=3, batch_size=16)
STEPS = 15


class Acting:
    """Trains, and does things once so many steps are taken."""

    def __init__(self, made: Any, folder: Path, acts: dict[int, tuple[Any, ...]]) -> None:
        self.events: list[Event] = []
        self._acts = [(step, list(commands)) for step, commands in sorted(acts.items())]
        self._control = Control()
        self._control.send("step", self._acts[0][0])
        self._taken = 0
        self.trainer = Trainer(made, self._hear, self._control, folder)
        self.trainer.run(DATA)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, StateChanged) and event.state == "paused":
            self._taken, commands = self._acts.pop(0)
            for command in commands:
                self._control.send(*command)
            left = self._acts[0][0] - self._taken if self._acts else 0
            self._control.send("step", left) if left else self._control.send("resume")


def test_settings_and_networks_changed_under_way_are_gone_on_with(tmp_path: Path) -> None:
    made = marked(PLAIN.with_phase(schedule=Choice(id="warm_restarts"), warmup_steps=2), 1)
    lr = ("set", "phases.0.optimizer.params.lr", 0.02)
    clip = ("set", "phases.0.clip_norm", 0.3)
    more = ("set", "epochs", 4)
    acts = {3: (lr,), 6: (clip, ("edit", wider(made), {}, {}, "Wider"), more)}
    whole = Acting(made, tmp_path, acts)
    expected, figures = bits(whole.trainer), rows(tmp_path)
    assert expected[2] == 20
    assert [e for e in whole.events if isinstance(e, Finding) and e.kind == "edit"] == []
    plain = run(PLAIN, DATA)[0]
    assert expected[0] != bits(plain)[0]
    for step in (17, 9, 7):
        assert bits(gone_on(tmp_path, DATA, step)) == expected
        assert rows(tmp_path) == figures
    about = json.loads((tmp_path / "run.json").read_text())
    assert [edit["step"] for edit in about["edits"]] == [6]
    assert [again["step"] for again in about["resumed"]] == [17, 9, 7]
    gone_on(tmp_path, DATA, 6)
    assert json.loads((tmp_path / "run.json").read_text())["edits"] == []


@pytest.mark.parametrize("step", [1, 5, 8])
def test_a_stopped_run_goes_on_from_where_it_was_stopped(step: int, tmp_path: Path) -> None:
    whole, _ = run(PLAIN, DATA, tmp_path / "whole")
    stopped = Acting(PLAIN, tmp_path / "cut", {step: (("stop",),)})
    assert stopped.trainer.result is not None
    assert stopped.trainer.result["steps"] == step
    resume = resumption(tmp_path / "cut")
    assert (resume.step, resume.epoch) == (step, step // 5)
    again, events = run(resume.project, DATA, resume=resume)
    assert bits(again) == bits(whole)
    assert rows(tmp_path / "cut") == rows(tmp_path / "whole")
    assert [e.state for e in events if isinstance(e, StateChanged)][-1] == "finished"


def test_a_run_dropped_while_it_validates_takes_its_steps_along(tmp_path: Path) -> None:
    made = PLAIN.with_phase(average="swa").with_training(tolerance=1e-9)
    whole, _ = run(made, DATA)
    control, asked = Control(), [0]

    def quitting() -> bool:
        asked[0] += 1
        if asked[0] == 2:
            control.send("quit")
        return control.ending == "quit"

    control.quitting = quitting  # type: ignore[method-assign]
    events: list[Event] = []
    Trainer(made, events.append, control, tmp_path).run(DATA)
    assert [e for e in events if isinstance(e, Done)] == []
    resume = resumption(tmp_path)
    assert (resume.step, resume.epoch) == (10, 1)
    assert bits(run(resume.project, DATA, resume=resume)[0]) == bits(whole)


def test_the_largest_gradient_of_the_epoch_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampler, "RATE", 1e9)
    # Every step is watched, however slow the machine is just now.
    monkeypatch.setattr(sampler.Sampler, "charge", lambda *_: None)
    made = PLAIN.with_training(watch_share=1.0, epochs=2, batch_size=14, seed=4)
    events = run(made, DATA)[1]
    norms = [e.total_grad for e in events if isinstance(e, Norms)][:5]
    cut = norms.index(max(norms)) + 1
    assert cut < 5
    between = (max(norms) + max(norms[cut:])) / 2
    whole, _ = run(marked(made.with_training(tolerance=between), cut), DATA, tmp_path)
    expected = bits(whole)
    assert expected[2] > 5
    assert bits(gone_on(tmp_path, DATA, cut)) == expected


def test_a_child_process_that_is_killed_goes_on_in_another(tmp_path: Path) -> None:
    made = project(NOISY, epochs=40, batch_size=64, isolation="process")
    rule = Checkpoints(every=20, counts="steps", last=False, keep=2)
    held = Session(made.with_training(checkpoints=rule), tmp_path / "run")
    held.start()
    end = time.monotonic() + 60
    while len(moments_of(tmp_path / "run")) < 2:
        held.drain()
        assert time.monotonic() < end, held.error
        time.sleep(0.01)
    for child in multiprocessing.active_children():
        os.kill(child.pid or 0, signal.SIGKILL)
    wait(held, "failed")
    assert "ended unexpectedly" in str(held.error)
    held.join()
    resume = resumption(tmp_path / "run")
    assert 40 <= resume.step < 40 * 16
    again = Session(made, resume=resume)
    again.start()
    wait(again, "finished")
    again.join()
    whole = run_headless(made)
    assert again.result is not None
    for name in ("parameters_sha256", "test", "steps", "epochs"):
        assert again.result[name] == whole[name]
    assert [row["epoch"] for row in rows(tmp_path / "run")] == list(range(1, 41))


@pytest.mark.parametrize("name", list(registry.of_kind(ScheduleSpec)))
def test_more_epochs_than_were_asked_for(name: str, tmp_path: Path) -> None:
    params = {"step_size_up": 4} if name == "cyclical" else {}
    made = PLAIN.with_phase(schedule=Choice(id=name, params=params), warmup_steps=3)
    first = run(made, DATA, tmp_path)[0]
    with pytest.raises(FileError, match="finished after 3 epochs"):
        resumption(tmp_path)
    resume = resumption(tmp_path, epochs=5)
    again, events = run(resume.project, DATA, resume=resume)
    assert again.result is not None
    assert again.result["epochs"] == 5
    assert bits(again)[0] != bits(first)[0]
    fresh = run(made.with_training(epochs=5), DATA)[0]
    told = [e.message for e in events if isinstance(e, Finding) and e.kind == "resume"]
    if laid_out(made.training.phases[0]):
        assert "was laid out for 3 epochs" in told[0]
    else:
        assert told == []
        assert bits(again) == bits(fresh)


def test_the_rules_say_what_is_kept(tmp_path: Path) -> None:
    rule = Checkpoints(every=1, keep=2, best=True)
    run(PLAIN.with_training(checkpoints=rule), DATA, tmp_path / "all")
    kept = moments_of(tmp_path / "all")
    assert list(kept) == ["last", "epoch-000003", *[n for n in kept if n == "best"], "epoch-000002"]
    assert [kept[name]["step"] for name in ("last", "epoch-000002")] == [15, 10]
    run(PLAIN.with_training(checkpoints=Checkpoints(last=False)), DATA, tmp_path / "none")
    assert moments_of(tmp_path / "none") == {}
    with pytest.raises(FileError, match="keeps no checkpoint"):
        resumption(tmp_path / "none")


class Clock:
    """A clock on which a look takes a second, and writing half a second more."""

    def __init__(self) -> None:
        self.now = 0.0
        self.written: list[float] = []

    def monotonic(self) -> float:
        self.now += 1.0
        return self.now

    def write(self, _path: Path, _moment: moment.Moment) -> int:
        self.now += 0.5
        self.written.append(self.now)
        return 0


def test_writing_the_latest_takes_a_bounded_share_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(keeping, "time", clock)
    monkeypatch.setattr(moment, "write", clock.write)
    run(PLAIN.with_training(epochs=480, watch=False), DATA, tmp_path)
    apart = [after - before for before, after in itertools.pairwise(clock.written)]
    assert len(apart) >= 3
    assert min(apart[:-1]) >= 1.5 / keeping.SHARE
    assert max(apart[:-1]) < 1.1 * 1.5 / keeping.SHARE


def test_a_run_that_rests_is_written_down(tmp_path: Path) -> None:
    held = Session(project(NOISY, epochs=10_000, checkpoints=Checkpoints()), tmp_path)
    held.start()
    told = heard(held, Steps)
    held.pause()
    told = [e for e in told + wait(held, "paused") if isinstance(e, Steps)]
    end = time.monotonic() + 30
    while not (found := moments_of(tmp_path)) or found["last"]["step"] <= told[-1].last_step:
        assert time.monotonic() < end
        time.sleep(0.02)
    held.close()
    assert resumption(tmp_path).step == found["last"]["step"]


def test_a_disk_that_fails_is_told_once_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "moments").write_text("in the way")
    trainer, events = run(marked(PLAIN, 2), DATA, tmp_path)
    assert len([e for e in events if isinstance(e, Finding) and e.kind == "record"]) == 1
    assert bits(trainer) == bits(run(PLAIN, DATA)[0])


def test_a_damaged_checkpoint_gives_way_to_the_one_before(tmp_path: Path) -> None:
    expected = bits(run(marked(PLAIN, 4), DATA, tmp_path)[0])
    for name in ("step-000000012", "step-000000008"):
        path = tmp_path / "moments" / f"{name}.safetensors"
        path.write_bytes(path.read_bytes()[:2000])
    (tmp_path / "moments" / ".last.safetensors.ab12.tmp").write_bytes(b"half")
    (tmp_path / "result.json").unlink()
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 4, "trai')
    resume = resumption(tmp_path)
    assert resume.step == 4
    assert bits(run(resume.project, DATA, resume=resume)[0]) == expected
    assert [row["epoch"] for row in rows(tmp_path)] == [1, 2, 3]
    assert list((tmp_path / "moments").glob("*.tmp")) == []


def test_what_cannot_go_on_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileError, match="There is no run in"):
        resumption(tmp_path)
    run(marked(PLAIN, 4), DATA, tmp_path)
    with pytest.raises(FileError, match="no checkpoint 'best'; it has step-"):
        resumption(tmp_path, 9, "best")
    lock = hold(tmp_path)
    assert lock is not None
    with pytest.raises(FileError, match="is under way"):
        resumption(tmp_path, 9)
    lock.close()
    resume = resumption(tmp_path, 9)
    events: list[Event] = []
    Trainer(resume.project, events.append, Control(), tmp_path, resume=resume).run(classes(71))
    (failed,) = [e for e in events if isinstance(e, Failed)]
    assert "The train part of the data is not what the run" in failed.message
    assert len(rows(tmp_path)) == 3
    monkeypatch.setattr(record, "version", lambda _name: "1.0")
    with pytest.raises(FileError, match=r"was made with PyTorch 2\..* and this is 1\.0"):
        resumption(tmp_path, 9)


def test_a_run_that_early_stopping_ended_is_over(tmp_path: Path) -> None:
    stopping = EarlyStopping(enabled=True, patience=1, metric="loss", min_delta=9.0)
    run(PLAIN.with_training(early_stopping=stopping), DATA, tmp_path)
    with pytest.raises(FileError, match="ended by early stopping after 2 epochs"):
        resumption(tmp_path, 30)


def test_the_command_line_goes_on_with_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "digits.loom"
    made = marked(project(NOISY, epochs=2, batch_size=256), 3)
    files.save(made, file)
    whole = run_headless(made, run_dir=tmp_path / "digits.runs" / "one")
    assert cli.main(["train", str(file), "--resume"]) == 2
    assert "is finished after 2 epochs" in capsys.readouterr().err
    (tmp_path / "digits.runs" / "one" / "result.json").unlink()
    for more, word in ((["--seed", "3"], "--seed"), (["--set", "lr=1"], "--set")):
        assert cli.main(["train", str(file), "--resume", *more]) == 2
        assert f"leave out {word}" in capsys.readouterr().err
    assert cli.main(["train", str(file), "--resume", "one", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["parameters_sha256"] == whole["parameters_sha256"]
    assert "after step 9" in said.err
    assert cli.main(["train", str(file), "--resume", "--epochs", "3", "--json"]) == 0
    fresh = run_headless(made.with_training(epochs=3))
    assert json.loads(capsys.readouterr().out)["parameters_sha256"] == fresh["parameters_sha256"]


def test_what_is_packed_comes_back_as_it_was(tmp_path: Path) -> None:
    there = torch.randn(2, 3, 4).transpose(0, 2)
    value = {
        "plain": [1, 1.0, True, None, "x", float("inf"), -0.0, 0.1],
        3: (1, (2.5, [])),
        "again": [there, there],
        "wide": torch.arange(3, dtype=torch.int64),
        "half": torch.ones(2, dtype=torch.bfloat16),
        "view": there[0],
    }
    back = unpack(*pack(value))
    assert back["plain"][:6] == value["plain"][:6]
    assert [type(v) for v in back["plain"]] == [type(v) for v in value["plain"]]
    assert back[3] == value[3]
    assert back["again"][0] is back["again"][1]
    assert back["again"][0].stride() == there.stride()
    assert torch.equal(back["again"][0], there)
    assert back["half"].dtype == torch.bfloat16
    document, tensors = pack(value)
    made = moment.Moment({"format": 1, "step": 0}, document, tensors)
    moment.write(tmp_path / "m.safetensors", made)
    read = moment.read(tmp_path / "m.safetensors")
    again = unpack(read.document, read.tensors)
    assert torch.equal(again["view"], there[0])
    assert again["again"][0].stride() == there.stride()
