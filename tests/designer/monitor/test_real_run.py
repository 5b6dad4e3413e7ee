"""A real network trains behind the bridge, and the panel shows every step of it."""

from __future__ import annotations

import pytest

from designer.bridge import Bridge
from designer.document import Document
from designer.findings import FindingsPanel
from designer.monitor.panel import MonitorPanel
from engine import files


@pytest.fixture
def parts(qtbot, root):
    document, bridge = Document(), Bridge()
    panel, findings = MonitorPanel(bridge, document), FindingsPanel(document, bridge)
    qtbot.addWidget(panel)
    qtbot.addWidget(findings)
    panel.resize(1200, 320)
    panel.show()
    document.new(files.load(root / "resources" / "templates" / "moons-mlp.loom"))
    qtbot.waitUntil(lambda: not document.busy, timeout=60_000)
    yield document, bridge, panel, findings
    bridge.close()
    document.close()


def test_every_step_is_shown(parts, qtbot):
    document, bridge, panel, findings = parts
    states = []
    bridge.stateChanged.connect(states.append)
    project = document.project.with_training(epochs=3, isolation="thread")
    with qtbot.waitSignal(bridge.finished, timeout=60_000) as done:
        assert bridge.start(project)
    qtbot.waitUntil(lambda: not bridge.alive, timeout=10_000)
    steps = done.args[0]["steps"]
    assert states[-1] == "finished"
    assert len(panel.history.loss) == steps
    assert panel.history.loss.span == (1, steps)
    assert panel.history.metrics["loss"].span == (1, 3)
    assert panel.boundary.has_data()
    assert panel.norms.has_data()
    assert panel.loss.seen.weight.sum() == steps
    assert not [row for row in findings.rows if row.severity == "error"]


def test_stopping_and_closing_in_the_middle(parts, qtbot):
    document, bridge, panel, _ = parts
    project = document.project.with_training(epochs=10_000, isolation="thread")
    for _ in range(2):
        bridge.start(project)
        qtbot.waitUntil(lambda: len(panel.history.loss) > 20, timeout=60_000)
        bridge.stop()
        qtbot.waitUntil(lambda: not bridge.alive, timeout=30_000)
        assert bridge.state == "stopped"
    bridge.start(project)
    qtbot.waitUntil(lambda: bridge.state == "running", timeout=60_000)
    bridge.close()
    assert bridge.state == "idle"


def test_two_phases_are_told_apart(parts, qtbot):
    document, bridge, panel, _ = parts
    twin = document.project.graph.but(title="Twin")
    project = document.project.with_graph(twin, "twin")
    phases = (project.phase.but(name="first"), project.phase.but(name="second", network="twin"))
    document.new(project.with_training(phases=phases, epochs=3, isolation="thread"))
    qtbot.waitUntil(lambda: not document.busy, timeout=60_000)
    with qtbot.waitSignal(bridge.finished, timeout=60_000):
        assert bridge.start(document.project)
    qtbot.waitUntil(lambda: not bridge.alive, timeout=10_000)
    assert panel.loss.legend.names == ["first", "second"]
    first, second = (len(panel.history.losses[phase, ""]) for phase in range(2))
    assert first == second > 0
    assert panel.metrics.legend.names[:2] == ["first", "second"]
    names = panel.norms.legend.names
    assert len(names) == len(set(names)) > 2
    assert {name.partition(" · ")[0] for name in names} == {"first", "second"}
    assert any(address.startswith("twin:") for address in panel.history.norms.nodes)
