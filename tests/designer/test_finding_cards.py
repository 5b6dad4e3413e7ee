"""Findings of rules in the window: a card each; brought up to date, mended, dismissed."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QPushButton

from designer.analyses import Located
from designer.canvas.view import CanvasView
from designer.document import Document
from designer.findings import FindingsPanel
from designer.marking import Marking
from engine.analysis import Fix, Problem
from engine.graph import Graph
from engine.networks import extract
from engine.project import Project
from engine.remedies import Remedy
from engine.train import events as ev
from tests.engine.train.projects import chain, dense

LEAKY = Remedy(
    "swap",
    "Make “relu” a Leaky ReLU",
    {"network": "main", "nodes": ["n3"], "spec": "leaky_relu", "params": {}},
)
SLOWER = Remedy("optimizer", "Lower the learning rate", {"phase": 0, "values": {"lr": 1e-4}})


def finding(kind: str = "dead_relu", node: str = "n3", **changes: Any) -> ev.Finding:
    given = {"evidence": "Zeros: 99.9 %.", "cause": "A step too far.", "fix": LEAKY, "step": 119}
    return ev.Finding(kind, node, "“relu” is dead.", **{**given, **changes})


class Bridge(QObject):
    received = Signal(list)


@pytest.fixture
def bridge(qapp):
    return Bridge()


@pytest.fixture
def document(qapp):
    document = Document()
    graph = chain([dense(16), ("relu", {}), dense(10)])
    document.new(Project(networks={"main": graph}))
    yield document
    document.close()


@pytest.fixture
def panel(qtbot, document, bridge):
    panel = FindingsPanel(document, bridge)
    qtbot.addWidget(panel)
    panel.resize(330, 400)
    panel.show()
    yield panel
    panel.close_down()


def button(panel: FindingsPanel, name: str) -> QPushButton:
    found = panel.list.findChild(QPushButton, name)
    assert isinstance(found, QPushButton)
    return found


def card(panel: FindingsPanel, index: int = 0) -> Any:
    return panel.list.findChild(QObject, f"finding{index}")


def test_a_card_says_where_what_since_when_and_by_which_figures(panel, bridge):
    bridge.received.emit([finding()])
    shown = card(panel)
    assert shown.where.text() == "relu · Dead ReLU"
    assert shown.sentence.text() == "“relu” is dead."
    assert shown.evidence.text() == "Zeros: 99.9 %."
    assert shown.since.text() == "since step 120"
    assert "A step too far." in shown.accessibleDescription()
    assert [button(panel, n).accessibleName() for n in ("fix0", "why0", "dismiss0")] == [
        "Fix: Make “relu” a Leaky ReLU",
        "Why: Dead ReLU",
        "Dismiss: Dead ReLU",
    ]


def test_what_is_told_again_is_written_on_the_same_card(panel, bridge):
    bridge.received.emit([finding(), finding("plateau", "n5", fix=None)])
    first, order = card(panel), [row.title for row in panel.rows]
    bridge.received.emit([finding(evidence="Zeros: 98 %.", news="still")])
    assert card(panel) is first
    assert first.evidence.text() == "Zeros: 98 %."
    assert [row.title for row in panel.rows] == order
    assert len(panel.rows) == 2


def test_one_that_has_gone_turns_grey_and_stands_last(panel, bridge):
    counts = []
    panel.countChanged.connect(lambda *pair: counts.append(pair))
    bridge.received.emit([finding(), finding("plateau", "n5", fix=None)])
    bridge.received.emit([finding(news="gone")])
    assert [(row.title, row.gone) for row in panel.rows] == [
        ("Plateau", False),
        ("Dead ReLU", True),
    ]
    assert not card(panel, 1).isEnabled()
    assert card(panel, 1).since.text() == "gone"
    assert counts[-1] == (0, 1)


def test_a_fix_is_one_step_of_undo(panel, bridge, document, qtbot):
    bridge.received.emit([finding()])
    qtbot.mouseClick(button(panel, "fix0"), Qt.MouseButton.LeftButton)
    assert document.graph.nodes["n3"].spec == "leaky_relu"
    assert document.undo_stack.undoText() == LEAKY.text
    assert card(panel).since.text() == "mended"
    document.undo_stack.undo()
    assert document.graph.nodes["n3"].spec == "relu"


def test_a_run_takes_over_what_it_can_of_a_fix(panel, bridge, document, qtbot):
    set_ = []
    panel.settingChanged.connect(lambda *pair: set_.append(pair))
    bridge.received.emit([finding("lr_too_high", "n2", fix=SLOWER)])
    qtbot.mouseClick(button(panel, "fix0"), Qt.MouseButton.LeftButton)
    assert document.project.phase.optimizer.params["lr"] == 1e-4
    assert set_ == [("phases.0.optimizer.params.lr", 1e-4)]


def test_a_fix_for_what_has_gone_is_refused_in_words(panel, bridge, document):
    said = []
    panel.refused.connect(said.append)
    given = {"network": "main", "nodes": ["x"]}
    bridge.received.emit([finding(fix=Remedy("remove", "Remove “x”", given))])
    panel.fix(0)
    assert said == ["“Remove “x”” cannot be done: the project has changed since it was offered."]
    assert not document.undo_stack.canUndo()


def test_a_dismissed_one_is_not_shown_again_until_another_project(panel, bridge, qtbot):
    bridge.received.emit([finding()])
    qtbot.mouseClick(button(panel, "dismiss0"), Qt.MouseButton.LeftButton)
    assert panel.rows == ()
    bridge.received.emit([finding(news="still"), ev.StateChanged("preparing"), finding()])
    assert panel.rows == ()
    panel.forget_run()
    bridge.received.emit([finding()])
    assert len(panel.rows) == 1


def test_why_leads_to_the_page_of_the_rule(panel, bridge, qtbot):
    bridge.received.emit([finding()])
    with qtbot.waitSignal(panel.helpWanted) as told:
        qtbot.mouseClick(button(panel, "why0"), Qt.MouseButton.LeftButton)
    assert told.args == ["finding/dead_relu"]


def test_why_a_run_failed_is_said_once(panel, bridge):
    sentence = "The loss of step 3 is not a finite number: lower the rate."
    bridge.received.emit([ev.Failed(sentence, "n4")])
    bridge.received.emit([ev.Finding("not_finite", "n4", sentence, fix=SLOWER, step=2)])
    assert [(row.severity, row.title) for row in panel.rows] == [("error", "NaN or infinity")]


def test_the_rules_look_at_a_project_that_rests(panel, document, qtbot):
    graph = document.graph.change("n2", initializer="zeros")
    document.push_graph("zeros", graph)
    panel._on_analysed()
    qtbot.waitUntil(lambda: bool(panel.rows), timeout=5000)
    (row,) = panel.rows
    assert (row.title, row.node, row.since) == ("All units start alike", "n2", "")
    panel.fix(0)
    panel._on_analysed()
    qtbot.waitUntil(lambda: not panel.rows, timeout=5000)
    assert document.graph.nodes["n2"].initializer == "auto"


def test_a_problem_that_a_rule_explains_is_said_once(panel, document, bridge):
    document.problems = (
        Located(
            "main",
            Problem("n5", "structure", "Twice.", fix=Fix("Remove “softmax”", lambda g: g)),
        ),
    )
    panel._on_analysed()
    assert [row.message for row in panel.rows] == ["Twice."]
    fix = Remedy("remove", "Remove “softmax”", {"network": "main", "nodes": ["n4"]})
    bridge.received.emit([finding("softmax_twice", "n5", fix=fix, step=-1)])
    assert [row.title for row in panel.rows] == ["Softmax twice"]


def test_nodes_on_show_bear_a_badge_and_places_what_is_inside(qtbot, document, bridge):
    made = extract(document.project, "main", ["n3", "n4"]).project
    document.new(made)
    canvas = CanvasView(document)
    panel = FindingsPanel(document, bridge)
    qtbot.addWidget(canvas)
    qtbot.addWidget(panel)
    Marking(document, canvas, panel)
    place = next(n.id for n in made.graph.nodes.values() if n.spec == "network")
    inner = next(
        f"{place}/{n.id}"
        for n in made.networks[str(made.graph.nodes[place].params["network"])].nodes.values()
        if n.spec == "relu"
    )
    bridge.received.emit([finding(node=inner), finding("plateau", "n2", fix=None)])
    marked = {key: item.problems for key, item in canvas.canvas.nodes.items() if item.problems}
    assert set(marked) == {place, "n2"}
    assert marked[place][0].message == "“relu” is dead."
    bridge.received.emit([finding(node=inner, news="gone")])
    assert not canvas.canvas.nodes[place].problems
    panel.close_down()


def test_an_empty_graph_is_no_finding(panel, document):
    document.new(Project(networks={"main": Graph()}))
    panel._stand()
    assert panel.rows == ()
