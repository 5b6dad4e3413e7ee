"""What passes between a run in a child process and the session that holds it."""

from __future__ import annotations

import multiprocessing

from engine.train import child
from engine.train.control import Control
from engine.train.events import Done, Event, StateChanged


def test_a_command_for_a_child_that_has_just_ended_loses_nothing_it_said() -> None:
    ours, theirs = multiprocessing.Pipe()
    said = [Done({"steps": 3}), StateChanged("finished")]
    for event in said:
        theirs.send(event)
    theirs.close()
    control, heard = Control(), list[Event]()
    control.send("set", "lr", 0.1)
    with ours:
        assert child._pump(ours, control, heard.append, lambda _weights: None)
    assert heard == said
    assert not control.commands


def test_a_child_that_went_away_is_noticed() -> None:
    ours, theirs = multiprocessing.Pipe()
    theirs.close()
    control = Control()
    control.send("pause")
    with ours:
        assert not child._pump(ours, control, lambda _event: None, lambda _weights: None)
