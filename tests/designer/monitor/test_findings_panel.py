"""The findings list: problems with their fixes, and what a run found."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from designer import theme
from designer.findings import MOST, FindingsPanel
from engine.graph import Graph
from engine.shapes import Fix, Problem
from engine.train import events as ev


class FakeAnalysis:
    def __init__(self, *problems):
        self.problems = problems


class FakeDocument(QObject):
    analysed = Signal(object)
    projectChanged = Signal(object, object)
    dataFailed = Signal(str)
    dataChanged = Signal(object)

    def __init__(self):
        super().__init__()
        self.graph, self.node = Graph().add("dense", "hidden")
        self.analysis = None
        self.applied = []

    def apply_fix(self, problem):
        self.applied.append(problem)


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
    mended = Fix("Insert Flatten", document.graph) if fix else None
    return Problem(document.node, "shape", "hidden needs a flat input.", "in", mended, severity)


def test_a_sound_network_says_so(panel, document):
    document.analysed.emit(FakeAnalysis())
    assert panel.empty.isVisible()
    assert not panel.list.isVisible()


def test_a_problem_names_its_node_and_offers_its_fix(panel, document, qtbot):
    counts = []
    panel.countChanged.connect(lambda *pair: counts.append(pair))
    found = problem(document)
    document.analysed.emit(FakeAnalysis(found, problem(document, fix=False, severity="warning")))
    assert counts == [(1, 1)]
    card = panel.list.findChild(QWidget, "finding0")
    assert (card.where.text(), card.sentence.text()) == ("hidden", "hidden needs a flat input.")
    buttons = panel.list.findChildren(QPushButton)
    assert [b.accessibleName() for b in buttons] == ["Fix: Insert Flatten"]
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert document.applied == [found]


def test_a_click_asks_for_the_node(panel, document, qtbot):
    document.analysed.emit(FakeAnalysis(problem(document)))
    card = panel.list.findChild(QWidget, "finding0")
    with qtbot.waitSignal(panel.nodeActivated) as told:
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert told.args == [document.node]


def test_what_a_run_found_stays_until_the_next_run(panel, document, bridge):
    bridge.received.emit([ev.Finding("dead", document.node, "hidden is mostly silent.")])
    bridge.received.emit([ev.Failed("The loss is not finite.", document.node)])
    document.analysed.emit(FakeAnalysis())
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
    document.analysed.emit(FakeAnalysis(*many))
    assert panel.list.findChild(QWidget, f"finding{MOST - 1}") is not None
    assert panel.list.findChild(QWidget, f"finding{MOST}") is None
    assert any("50 more" in label.text() for label in panel.list.findChildren(QLabel))


def test_the_list_survives_another_theme(panel, document):
    document.analysed.emit(FakeAnalysis(problem(document)))
    before = theme.theme().name
    theme.use("light" if before == "dark" else "dark")
    theme.use(before)
    assert panel.list.findChild(QWidget, "finding0") is not None


def test_a_long_sentence_is_shown_whole_in_a_narrow_panel(panel, document, qtbot):
    panel.resize(240, 400)
    long = Problem(document.node, "shape", "This sentence goes on and on. " * 8)
    document.analysed.emit(FakeAnalysis(long))
    label = panel.list.findChild(QWidget, "finding0").sentence
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()) > 60)


def test_a_fix_is_always_that_of_the_latest_graph(panel, document):
    document.analysed.emit(FakeAnalysis(problem(document)))
    later = problem(document)
    document.analysed.emit(FakeAnalysis(later))
    panel.fix(0)
    assert document.applied[0] is later
