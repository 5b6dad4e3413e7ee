"""What waits for a reader who does not come."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.train.events import Event, Norms, StateChanged, Steps
from engine.train.mailbox import SAMPLES, VALUES, Mailbox, thin


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
