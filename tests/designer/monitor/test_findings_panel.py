"""The findings list: problems with their fixes, and what a run found."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from designer import theme
from designer.analyses import Located
from designer.findings import MOST, FindingsPanel
from designer.navigation import Spot
from engine.analysis import Fix, Problem
from engine.graph import Graph
from engine.project import Project
from engine.train import events as ev


class FakeDocument(QObject):
    analysed = Signal(object)
    projectChanged = Signal(object, object)
    replaced = Signal()
    dataFailed = Signal(str)
    dataChanged = Signal(object)

    def __init__(self):
        super().__init__()
        self.graph, self.node = Graph().add("dense", "hidden")
        self.project = Project(networks={"main": self.graph})
        self.spot = Spot("main")
        self.analysis = None
        self.problems = ()
        self.applied = []

    def tell(self, *problems, root="main"):
        self.problems = tuple(Located(root, p) for p in problems)
        self.analysed.emit(None)

    def apply_fix(self, problem, root):
        self.applied.append((problem, root))


class FakeBridge(QObject):
    received = Signal(list)


@pytest.fixture
def document(qapp):
    return FakeDocument()


@pytest.fixture
def bridge(qapp):
    return FakeBridge()


@pytest.fixture
def panel(qtbot, document, bridge):
    panel = FindingsPanel(document, bridge)
    qtbot.addWidget(panel)
    panel.resize(600, 200)
    panel.show()
    return panel


def problem(document, fix=True, severity="error"):
    mended = Fix("Insert Flatten", lambda graph: graph) if fix else None
    return Problem(document.node, "shape", "hidden needs a flat input.", "in", mended, severity)


def test_a_sound_network_says_so(panel, document):
    document.tell()
    assert panel.empty.isVisible()
    assert not panel.list.isVisible()


def test_a_problem_names_its_node_and_offers_its_fix(panel, document, qtbot):
    counts = []
    panel.countChanged.connect(lambda *pair: counts.append(pair))
    found = problem(document)
    document.tell(found, problem(document, fix=False, severity="warning"))
    assert counts == [(1, 1)]
    card = panel.list.findChild(QWidget, "finding0")
    assert (card.where.text(), card.sentence.text()) == ("hidden", "hidden needs a flat input.")
    buttons = panel.list.findChildren(QPushButton)
    assert [b.accessibleName() for b in buttons] == ["Fix: Insert Flatten"]
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert document.applied == [(found, "main")]


def test_a_click_asks_for_the_node(panel, document, qtbot):
    document.tell(problem(document))
    card = panel.list.findChild(QWidget, "finding0")
    with qtbot.waitSignal(panel.nodeActivated) as told:
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert told.args == [document.node]


def test_a_problem_inside_a_sub_network_is_named_by_the_way_to_it(panel, document, qtbot):
    inner, dense = Graph(title="Block").add("dense", "hidden", "d")
    outer, place = document.graph.add("network", "encoder", "p", network="block", times=3)
    document.project = Project(networks={"main": outer, "block": inner})
    found = Problem(dense, "shape", "No.", path=(place,), network="block")
    document.tell(found)
    assert [r.name for r in panel.rows] == ["encoder › hidden"]
    with qtbot.waitSignal(panel.nodeActivated) as told:
        qtbot.mouseClick(panel.list.findChild(QWidget, "finding0"), Qt.MouseButton.LeftButton)
    assert told.args == ["p/d"]


def test_a_problem_of_another_phases_network_names_that(panel, document):
    judge, dense = Graph(title="Judge").add("dense", "hidden", "d")
    document.project = document.project.with_graph(judge, "judge")
    document.tell(Problem(dense, "shape", "No."), root="judge")
    assert (panel.rows[0].name, panel.rows[0].node) == ("Judge › hidden", "judge:d")


def test_what_a_run_found_stays_until_the_next_run(panel, document, bridge):
    bridge.received.emit([ev.Finding("dead", document.node, "hidden is mostly silent.")])
    bridge.received.emit([ev.Failed("The loss is not finite.", document.node)])
    document.tell()
    assert [(r.severity, r.name) for r in panel.rows] == [
        ("error", "hidden"),
        ("warning", "hidden"),
    ]
    bridge.received.emit([ev.StateChanged("preparing")])
    assert panel.rows == ()


def test_data_that_cannot_be_read_is_a_finding(panel, document):
    document.dataFailed.emit("There is no file x.csv.")
    assert panel.rows[0].message == "There is no file x.csv."
    document.dataChanged.emit(object())
    assert panel.rows == ()


def test_thousands_of_problems_are_summed_up(panel, document):
    many = [Problem(f"n{i}", "unconnected", f"n{i} has no input.") for i in range(MOST + 50)]
    document.tell(*many)
    assert panel.list.findChild(QWidget, f"finding{MOST - 1}") is not None
    assert panel.list.findChild(QWidget, f"finding{MOST}") is None
    assert any("50 more" in label.text() for label in panel.list.findChildren(QLabel))


def test_the_list_survives_another_theme(panel, document):
    document.tell(problem(document))
    before = theme.theme().name
    theme.use("light" if before == "dark" else "dark")
    theme.use(before)
    assert panel.list.findChild(QWidget, "finding0") is not None


def test_a_long_sentence_is_shown_whole_in_a_narrow_panel(panel, document, qtbot):
    panel.resize(240, 400)
    long = Problem(document.node, "shape", "This sentence goes on and on. " * 8)
    document.tell(long)
    label = panel.list.findChild(QWidget, "finding0").sentence
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()) > 60)


def test_a_fix_is_always_that_of_the_latest_graph(panel, document):
    document.tell(problem(document))
    later = problem(document)
    document.tell(later)
    panel.fix(0)
    assert document.applied[0][0] is later
