"""Only visible plots with news are drawn, within the budget, and none waits for ever."""

from __future__ import annotations

from designer.monitor.pacing import BUDGET, Pace


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


class View:
    def __init__(self, clock, cost=0.0, visible=True):
        self.clock, self.cost, self.visible = clock, cost, visible
        self.dirty, self.drawn = False, 0

    def isVisible(self):
        return self.visible

    def refresh(self):
        self.dirty = False
        self.drawn += 1
        self.clock.now += self.cost


def test_only_what_is_visible_and_has_news_is_drawn():
    clock = Clock()
    pace = Pace(clock)
    views = [View(clock), View(clock, visible=False), View(clock)]
    for view, topic in zip(views, ("loss", "loss", "norms"), strict=True):
        pace.add(view, (topic,), 0.0)
    pace.mark({"loss"})
    assert not pace.turn()
    assert [v.drawn for v in views] == [1, 0, 0]
    assert views[1].dirty


def test_slow_plots_take_turns_within_the_budget():
    clock = Clock()
    pace = Pace(clock)
    views = [View(clock, cost=BUDGET) for _ in range(4)]
    for view in views:
        pace.add(view, ("loss",), 0.0)
    for _ in range(200):
        pace.mark({"loss"})
        before = clock.now
        pace.turn()
        assert clock.now - before <= 2 * BUDGET + 1e-9
        clock.now += 0.033
    counts = [v.drawn for v in views]
    assert min(counts) >= 20
    assert max(counts) - min(counts) <= 2


def test_an_interval_is_kept_and_the_rest_is_announced():
    clock = Clock()
    pace = Pace(clock)
    view = View(clock)
    pace.add(view, ("norms",), 0.1)
    pace.mark({"all"})
    assert not pace.turn()
    pace.mark({"norms"})
    clock.now += 0.05
    assert pace.turn()
    clock.now += 0.06
    assert not pace.turn()
    assert view.drawn == 2
    pace.mark({"norms"})
    assert not pace.turn(everything=True)
    assert view.drawn == 3
