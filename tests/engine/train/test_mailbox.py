"""What waits for a reader who does not come."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.train.events import Edited, Event, Norms, Pictures, StateChanged, Steps, Text
from engine.train.mailbox import SAMPLES, SHOWN, VALUES, Mailbox, thin


def chunk(first: int, count: int) -> Steps:
    loss = np.random.default_rng(first).normal(size=count).astype(np.float32)
    return Steps(first, loss, 0.1, 1.0, None, 0.0)


def norms(step: int) -> Norms:
    empty = np.zeros(0, np.float32)
    return Norms(step, (), empty, empty, empty, 0.0)


def test_events_come_out_in_order_once() -> None:
    box = Mailbox()
    given_: list[Event] = [StateChanged("running"), chunk(0, 5), norms(3), chunk(5, 5)]
    for event in given_:
        box.put(event)
    assert box.drain() == given_
    assert box.drain() == []


def test_losses_are_thinned_and_keep_their_extremes() -> None:
    box = Mailbox()
    box.put(StateChanged("running"))
    low, high, first = np.inf, -np.inf, 0
    for _ in range(400):
        piece = chunk(first, 5000)
        low, high = min(low, piece.loss.min()), max(high, piece.loss.max())
        box.put(piece)
        first += 5000
    box.put(StateChanged("finished"))
    events = box.drain()
    steps = [e for e in events if isinstance(e, Steps)]
    assert sum(len(e.loss) for e in steps) <= VALUES
    assert min(e.loss.min() for e in steps) == low
    assert max(e.loss.max() for e in steps) == high
    assert steps[0].first_step == 0
    assert steps[-1].last_step == first - 1
    for before, after in pairwise(steps):
        assert after.first_step == before.last_step + 1
    assert [e.state for e in events if isinstance(e, StateChanged)] == ["running", "finished"]


def test_old_samples_give_way() -> None:
    box = Mailbox()
    for step in range(3 * SAMPLES):
        box.put(norms(step))
    box.put(StateChanged("finished"))
    *kept, last = box.drain()
    assert [e.step for e in kept if isinstance(e, Norms)] == list(range(2 * SAMPLES, 3 * SAMPLES))
    assert last == StateChanged("finished")


def test_each_phase_is_thinned_by_itself_with_its_losses() -> None:
    box = Mailbox()
    rng = np.random.default_rng(0)
    ends: dict[object, tuple[float, float]] = {}
    for turn in range(120):
        for phase in range(2):
            parts = {"a": rng.normal(size=1000), "b": rng.normal(size=1000) + 5}
            losses = {k: v.astype(np.float32) for k, v in parts.items()} if phase else None
            loss = rng.normal(size=1000).astype(np.float32)
            first = 2000 * turn + phase
            box.put(Steps(first, loss, 0.1, 1.0, None, 0.0, 2.0, phase, losses))
            for key, values in {phase: loss, **(losses or {})}.items():
                low, high = ends.get(key, (np.inf, -np.inf))
                ends[key] = min(low, values.min()), max(high, values.max())
    events = [e for e in box.drain() if isinstance(e, Steps)]
    assert sum(len(e.loss) * (1 + len(e.losses or ())) for e in events) <= VALUES
    for phase in range(2):
        mine = [e for e in events if e.phase == phase]
        assert mine[0].first_step == phase
        assert mine[-1].last_step == 2000 * 119 + 1999 + phase
        assert min(e.loss.min() for e in mine) == ends[phase][0]
        assert max(e.loss.max() for e in mine) == ends[phase][1]
        for before, after in pairwise(mine):
            assert after.first_step == before.last_step + 1
    for event in events:
        assert set(event.losses or ()) == ({"a", "b"} if event.phase else set())
        assert all(len(values) == len(event.loss) for values in (event.losses or {}).values())
    for key in ("a", "b"):
        held = [e.losses[key] for e in events if e.losses]
        assert (min(v.min() for v in held), max(v.max() for v in held)) == ends[key]


def test_displays_give_way_one_by_one() -> None:
    box = Mailbox()
    for step in range(40):
        box.put(Pictures(step, "faces", np.zeros((4, 8, 8), np.uint8)))
        if step < 2:
            box.put(Text(step, "words", "a"))
    box.put(Edited(40, "Insert dense"))
    *kept, last = box.drain()
    assert [e.step for e in kept if isinstance(e, Pictures)] == list(range(40 - SHOWN, 40))
    assert [e.step for e in kept if isinstance(e, Text)] == [0, 1]
    assert last == Edited(40, "Insert dense")


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=400), st.integers(1, 9))
def test_thinning_keeps_extremes_of_whole_buckets(values: list[float], factor: int) -> None:
    loss = np.array(values, np.float32)
    kept = thin(loss, factor)
    whole = len(loss) - len(loss) % (2 * factor)
    if whole:
        assert kept.min() <= loss[:whole].min()
        assert kept.max() >= loss[:whole].max()
    assert set(kept.tolist()) <= set(loss.tolist())
    assert len(kept) <= len(loss)
