"""What was found in a run is written in its folder and read again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from engine.files import FileError
from engine.remedies import Remedy, apply
from engine.session import run_headless
from engine.train import findings
from engine.train.events import Finding, Started, StateChanged
from engine.train.findings import Findings, kept, read
from tests.engine.train.projects import dense, project

if TYPE_CHECKING:
    from pathlib import Path

    from engine.train.events import Event

FIX = Remedy("optimizer", "Take a rate of 0.01", {"phase": 0, "values": {"lr": 0.01}})
RATE = Finding("lr_too_high", "", "The rate is too high.", "", "3 of 4", "It is.", FIX, 12)
DEAD = Finding("dead_relu", "n3", "Most units are dead.", "main", step=3)
OVER = StateChanged("finished")
BEGUN = Started((), (), 1, 1, 0, "cpu")


def test_each_thing_once_as_it_stood_last(tmp_path: Path) -> None:
    gathered = Findings(tmp_path)
    still = Finding("dead_relu", "n3", "All units are dead.", "main", step=3, news="still")
    asked = Finding("inspect", "n3", "It cannot be looked into.")
    assert gathered.take([BEGUN, RATE, DEAD, asked]) == []
    assert read(tmp_path) == [RATE, DEAD]
    gathered.take([still, Finding("lr_too_high", "", RATE.message, news="gone")])
    assert read(tmp_path) == [RATE, DEAD], "It writes at most every few seconds."
    gathered.take([OVER])
    rate, dead = read(tmp_path)
    assert (rate.news, rate.evidence, rate.step, rate.fix) == ("gone", "3 of 4", 12, None)
    assert dead == still


def test_a_run_that_goes_on_keeps_what_was_found_before(tmp_path: Path) -> None:
    Findings(tmp_path).take([BEGUN, RATE, DEAD, OVER])
    Findings(tmp_path, start=10).take([BEGUN, OVER])
    assert read(tmp_path) == [DEAD]


def test_old_damaged_and_missing(tmp_path: Path) -> None:
    assert not kept(tmp_path)
    assert read(tmp_path) == []
    gathered = Findings(tmp_path / "gone")
    assert gathered.take([BEGUN, RATE, OVER]) == []
    Findings(tmp_path).take([BEGUN, OVER])
    assert kept(tmp_path)
    assert read(tmp_path) == []
    for text in ("{", "[]", '{"findings": [{"kind": 1}]}', '{"findings": NaN}'):
        (tmp_path / findings.FILE).write_text(text)
        with pytest.raises(FileError, match="is damaged"):
            read(tmp_path)


def test_a_run_that_never_began_leaves_what_another_wrote(tmp_path: Path) -> None:
    Findings(tmp_path).take([BEGUN, RATE, OVER])
    refused = Findings(tmp_path)
    assert refused.take([DEAD, StateChanged("failed")]) == []
    assert read(tmp_path) == [RATE]


def test_a_disk_that_does_not_take_it_is_told_once(tmp_path: Path) -> None:
    (tmp_path / findings.FILE).mkdir()
    gathered = Findings(tmp_path)
    (told,) = gathered.take([BEGUN, RATE, OVER])
    assert "cannot be written" in told.message
    assert gathered.take([DEAD, OVER]) == []


def test_a_run_keeps_what_rules_found_in_it(tmp_path: Path) -> None:
    told: list[Event] = []
    layers = (dense(16), ("softmax", {}), dense(10), ("softmax", {}))
    made = project(layers, epochs=1)
    run_headless(made, run_dir=tmp_path, on_event=told.append)
    found = [e for e in told if isinstance(e, Finding) and e.kind == "softmax_twice"]
    assert found
    (again,) = [f for f in read(tmp_path) if f.kind == "softmax_twice"]
    assert replace(again, fix=None) == replace(found[0], fix=None)
    # The remedy does the same to the project, though its lists are fixed ones now.
    assert again.fix is not None
    assert found[0].fix is not None
    assert apply(made, again.fix) == apply(made, found[0].fix)
