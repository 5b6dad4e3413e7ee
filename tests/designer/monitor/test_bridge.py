"""The bridge pulls every event in order, on the window's thread, and ends cleanly."""

from __future__ import annotations

import threading
import time

import pytest

from designer.bridge import INTERVAL_MS, Bridge
from engine.project import Project
from engine.train import events as ev
from engine.train.mailbox import Mailbox
from tests.designer.monitor import story


class FakeSession:
    """A thread that tells a story through the real mailbox."""

    def __init__(self, project, run_dir, count=30, pace=0.002, words=None):
        self.state, self.result, self.state_dict = "idle", None, {}
        self.project, self.run_dir, self.calls = project, run_dir, []
        self._words = words
        self._count, self._pace = count, pace
        self._mailbox, self._quit = Mailbox(), threading.Event()
        self._thread = threading.Thread(target=self._main, name="fake-training")

    def _main(self):
        for events in self._words or story.run(self._count):
            for event in events:
                self._mailbox.put(event)
            if self._quit.wait(self._pace):
                return
        self.result = {"test": {}}

    def start(self):
        self._thread.start()

    def drain(self):
        return self._mailbox.drain()

    def join(self, timeout=None):
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def close(self):
        self._quit.set()
        if self._thread.ident is not None:
            self._thread.join()

    def __getattr__(self, name):
        if name in ("pause", "resume", "step", "stop", "set"):
            return lambda *args: self.calls.append((name, *args))
        raise AttributeError(name)


@pytest.fixture
def bridge(qapp):
    made = []

    def make(project, run_dir, _weights):
        made.append(FakeSession(project, run_dir))
        return made[-1]

    bridge = Bridge(make=make)
    bridge.made = made
    yield bridge
    bridge.close()
    bridge.deleteLater()


def test_every_event_arrives_in_order_and_on_this_thread(bridge, qtbot):
    told, states, threads = [], [], set()
    bridge.received.connect(told.extend)
    bridge.received.connect(lambda _: threads.add(threading.get_ident()))
    bridge.stateChanged.connect(states.append)
    with qtbot.waitSignal(bridge.finished, timeout=5000) as done:
        assert bridge.start(Project())
    qtbot.waitUntil(lambda: not bridge._timer.isActive(), timeout=2000)
    assert done.args == [{"test": {"accuracy": 0.9}}]
    assert states == ["preparing", "running", "finished"]
    assert threads == {threading.get_ident()}
    wanted = [e for events in story.run(30) for e in events]
    assert [type(e) for e in told] == [type(e) for e in wanted]
    assert not bridge.alive
    assert bridge.result == {"test": {}}


def test_only_one_run_at_a_time(bridge, qtbot):
    assert bridge.start(Project())
    assert not bridge.start(Project())
    with qtbot.waitSignal(bridge.finished, timeout=5000):
        pass
    assert bridge.start(Project())
    assert len(bridge.made) == 2


def test_commands_reach_the_session_only_while_it_is_alive(bridge, qtbot):
    bridge.pause()
    bridge.start(Project())
    bridge.pause()
    bridge.resume()
    bridge.step(3)
    bridge.set("lr", 0.1)
    bridge.stop()
    calls = bridge.made[0].calls
    assert calls == [("pause",), ("resume",), ("step", 3), ("set", "lr", 0.1), ("stop",)]
    with qtbot.waitSignal(bridge.finished, timeout=5000):
        pass
    bridge.pause()
    assert len(calls) == 5


def test_nothing_is_polled_without_a_run(bridge, qtbot):
    assert not bridge._timer.isActive()
    assert bridge._timer.interval() == INTERVAL_MS
    with qtbot.waitSignal(bridge.finished, timeout=5000):
        bridge.start(Project())
    qtbot.waitUntil(lambda: not bridge._timer.isActive(), timeout=2000)


def test_a_failure_is_told_with_its_node(qtbot, qapp):
    words = [[ev.StateChanged("running")], [ev.Failed("The loss is not finite.", "n3")]]
    words.append([ev.StateChanged("failed")])
    bridge = Bridge(make=lambda p, d, _: FakeSession(p, d, words=words))
    with qtbot.waitSignal(bridge.failed, timeout=5000) as failed:
        bridge.start(Project())
    assert failed.args == ["The loss is not finite.", "n3"]
    qtbot.waitUntil(lambda: bridge.state == "failed", timeout=2000)
    bridge.close()


def test_a_session_that_cannot_start_is_a_failure(qtbot, qapp):
    def refuse(_project, _dir, _weights):
        raise ValueError("There is no such device.")

    bridge = Bridge(make=refuse)
    with qtbot.waitSignal(bridge.failed) as failed:
        assert not bridge.start(Project())
    assert failed.args == ["There is no such device.", ""]
    assert bridge.state == "failed"


def test_closing_in_the_middle_of_a_run_is_quick_and_leaves_no_thread(qtbot, qapp):
    for _ in range(20):
        bridge = Bridge(make=lambda p, d, _: FakeSession(p, d, count=100_000))
        bridge.start(Project())
        qtbot.wait(5)
        begin = time.perf_counter()
        bridge.close()
        assert time.perf_counter() - begin < 1
        bridge.deleteLater()
    names = [t.name for t in threading.enumerate()]
    assert "fake-training" not in names
