"""Edits of a network between steps and runs: what was learned stays, in a real window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import torch
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QToolButton

from engine import networks
from engine.train.events import Edited, Finding, Started, Steps
from tests.designer.conftest import settle
from tests.designer.test_running import WAIT, press
from tests.engine.train.projects import project

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from designer.document import Document
    from designer.window import MainWindow
    from engine.train.events import Event

FRESH = 2.0
"""The loss of ten classes starts above this."""
GOOD = 0.3
"""And is trained until below this."""


@dataclass
class Run:
    """A window with a small network on digits, and everything its run has said."""

    window: MainWindow
    qtbot: QtBot
    losses: list[float] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.window.workspace.bridge.received.connect(self._hear)
        self.window.run.told.connect(self.said.append)

    def _hear(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Steps):
                self.losses.extend(event.loss.tolist())
            elif isinstance(event, Edited | Finding | Started):
                self.told.append(event)

    @property
    def document(self) -> Document:
        return self.window.document

    def until(self, test: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(test, timeout=WAIT)

    def rest(self) -> None:
        settle(self.window, self.qtbot)

    def open(self, epochs: int = 100_000, **training: object) -> None:
        made = project(epochs=epochs, isolation="thread").with_training(**training)
        self.document.new(made)
        self.rest()

    def train(self) -> None:
        """Train until something was learned, and pause."""
        press(self.window, "run.train")
        self.until(lambda: len(self.losses) > 20 and self.recent < GOOD)
        self.pause()

    def pause(self) -> None:
        press(self.window, "run.pause")
        self.until(lambda: self.window.run.state == "paused")

    @property
    def recent(self) -> float:
        return sum(self.losses[-20:]) / 20

    def steps(self, count: int = 8) -> float:
        """Let the run take the edit over and some steps; return their mean loss."""
        before = len(self.losses)
        press(self.window, "run.step")
        self.until(lambda: len(self.losses) > before and self.window.run.state == "paused")
        if count > 1:
            self.window.workspace.bridge.step(count - 1)
        self.until(lambda: len(self.losses) >= before + count and self.window.run.state == "paused")
        return sum(self.losses[before:]) / (len(self.losses) - before)

    def weight(self, path: str) -> torch.Tensor:
        session = self.window.workspace.bridge.session
        assert session is not None
        found = session.weights().latest(path)
        assert found is not None, path
        return found


@pytest.fixture
def run(window: MainWindow, qtbot: QtBot) -> Run:
    made = Run(window, qtbot)
    made.open()
    return made


def rename(document: Document) -> None:
    document.push_graph("Rename", document.graph.change("n2", name="features"))


def insert(document: Document, initializer: str = "identity") -> None:
    graph, new = document.graph.add("dense", out_features=16)
    graph = graph.disconnect(graph.incoming("n4")).connect("n3", new).connect(new, "n4")
    document.push_graph("Insert", graph.change(new, initializer=initializer))


def widen(document: Document) -> None:
    document.push_graph("Widen", document.graph.set_params("n2", {"out_features": 20}))


def extract(document: Document) -> None:
    document.push_edited(
        "Make Block", networks.extract(document.project, "main", ["n2", "n3"], "Block")
    )


def test_a_paused_run_takes_edits_over_and_its_loss_goes_on(run: Run) -> None:
    run.train()
    assert max(run.losses[:3]) > FRESH
    for number, edit in enumerate((rename, insert, widen, extract), start=1):
        edit(run.document)
        run.rest()
        assert run.steps() < FRESH / 2, edit
        edits = [e for e in run.told if isinstance(e, Edited)]
        assert len(edits) == number
        assert "kept" in edits[-1].text
        assert run.said[-1] == edits[-1].text
    texts = [e.text for e in run.told if isinstance(e, Edited)]
    assert [t.partition(":")[0] for t in texts] == ["Rename", "Insert", "Widen", "Make Block"]
    assert texts[0] == "Rename: 4 weight tensors kept."
    assert texts[1] == "Insert: 4 weight tensors kept, 2 new."
    assert "kept in part" in texts[2]
    assert "new" not in texts[3]
    assert len(run.window.workspace.monitor.history.edits) == 4
    for _ in range(4):
        run.document.undo_stack.undo()
    run.rest()
    press(run.window, "run.train")
    run.until(lambda: run.window.run.state == "running")
    last = [e for e in run.told if isinstance(e, Edited)][-1]
    assert last.text.endswith("4 weight tensors kept.")
    before = len(run.losses)
    run.until(lambda: len(run.losses) > before + 5)
    assert sum(run.losses[before : before + 5]) / 5 < FRESH / 2


def near(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Return whether weights are equal but for a step or two of Adam."""
    return torch.allclose(first, second, rtol=0, atol=2.5e-3)


def test_undo_brings_the_weights_back(run: Run) -> None:
    run.train()
    first = run.weight("main:n2/weight").clone()
    extract(run.document)
    run.rest()
    run.steps(1)
    place = next(i for i, n in run.document.graph.nodes.items() if n.spec == "network")
    assert near(run.weight(f"main:{place}/n2/weight"), first)
    run.document.undo_stack.undo()
    run.rest()
    run.steps(1)
    assert near(run.weight("main:n2/weight"), first)


def test_a_layer_does_not_inherit_from_a_deleted_one_with_its_id(run: Run) -> None:
    run.train()
    document = run.document
    insert(document)
    run.rest()
    run.steps(100)
    new = list(document.graph.nodes)[-1]
    learned = run.weight(f"main:{new}/weight").clone()
    assert not near(learned, torch.eye(16))
    document.push_graph("Delete", document.graph.remove([new], heal=True))
    insert(document)
    assert list(document.graph.nodes)[-1] == new
    run.rest()
    run.steps(1)
    assert near(run.weight(f"main:{new}/weight"), torch.eye(16))
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert run.window.run.keeping.changed
    run.rest()
    run.steps(1)
    assert near(run.weight(f"main:{new}/weight"), learned)


def test_a_broken_edit_is_refused_and_the_run_stays_paused(run: Run) -> None:
    run.train()
    graph = run.document.graph
    run.document.push_graph("Cut", graph.disconnect(graph.incoming("n4")))
    run.rest()
    press(run.window, "run.train")
    assert run.window.notice.text.text() == run.document.problems[0].problem.message
    assert run.window.run.state == "paused"
    run.document.undo_stack.undo()
    widen(run.document)
    run.document.push("Metrics", run.document.project.with_training(metrics=("mae",)))
    run.rest()
    press(run.window, "run.train")
    run.until(lambda: any(isinstance(e, Finding) and e.kind == "edit" for e in run.told))
    assert "'mae'" in run.window.notice.text.text()
    assert run.window.run.state == "paused"
    run.document.undo_stack.undo()
    run.rest()
    assert run.steps() < FRESH / 2


def test_what_only_the_next_run_takes_over_is_said(run: Run) -> None:
    run.train()
    document = run.document
    document.push("Batch size", document.project.with_training(batch_size=64))
    run.rest()
    run.steps(2)
    sentence = "The run goes on with the batch size it began with; the next one changes."
    assert run.said[-1] == sentence
    widen(document)
    run.rest()
    run.steps(2)
    assert run.said[-1] == sentence
    assert any(isinstance(e, Edited) for e in run.told)
    document.push("Data", document.project.with_data(scaling="none"))
    run.rest()
    run.steps(2)
    assert run.said[-1].startswith("The run goes on with the batch size and data it began with")
    rename(document)
    run.rest()
    press(run.window, "run.train")
    assert "keeps its data" in run.window.notice.text.text()
    assert run.window.run.state == "paused"


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_the_next_run_begins_with_what_the_last_one_learned(run: Run, isolation: str) -> None:
    action = run.window.commands.actions["run.continue"]
    button = run.window.runbar.findChild(QToolButton, "button.run.continue")
    assert button.text() == "Continue"
    run.open(epochs=2, isolation=isolation)
    press(run.window, "run.train")
    assert not action.isVisible()
    assert button.isHidden()
    run.until(lambda: not run.window.workspace.bridge.alive)
    assert action.isVisible()
    assert not button.isHidden()
    assert "weights the last one learned" in button.toolTip()
    learned = {p: run.weight(f"main:{p}").clone() for p in ("n2/weight", "n4/weight", "n4/bias")}
    extract(run.document)
    place = next(i for i, n in run.document.graph.nodes.items() if n.spec == "network")
    run.rest()
    press(run.window, "run.continue")
    run.window.workspace.bridge.pause()
    run.until(lambda: run.window.run.state == "paused")
    assert button.isHidden()
    assert run.said[-1].endswith("Going on from earlier weights: 4 weight tensors kept.")
    assert torch.equal(run.weight(f"main:{place}/n2/weight"), learned["n2/weight"])
    assert torch.equal(run.weight("main:n4/weight"), learned["n4/weight"])
    assert torch.equal(run.weight("main:n4/bias"), learned["n4/bias"])


def test_training_again_begins_anew_and_another_project_forgets(run: Run) -> None:
    run.open(epochs=1)
    press(run.window, "run.train")
    run.until(lambda: not run.window.workspace.bridge.alive)
    learned = run.weight("main:n2/weight").clone()
    assert run.window.run.can_continue()
    press(run.window, "run.train")
    run.window.workspace.bridge.pause()
    run.until(lambda: run.window.run.state == "paused")
    assert not torch.equal(run.weight("main:n2/weight"), learned)
    press(run.window, "run.stop")
    run.until(lambda: not run.window.workspace.bridge.alive)
    assert run.window.run.can_continue()
    run.open(epochs=1)
    assert not run.window.run.can_continue()
    assert not run.window.run.go_on()
    assert run.window.run.keeping.weights() is None


def wire_middle(run: Run, source: str, target: str) -> QPointF:
    canvas = run.window.workspace.canvas.canvas
    a = canvas.nodes[source].port_point("out", output=True)
    b = canvas.nodes[target].port_point("in", output=False)
    return (a + b) / 2


def test_a_layer_put_into_a_wire_is_offered_to_start_as_the_identity(run: Run) -> None:
    document, offer = run.document, run.window.workspace.pass_on
    canvas = run.window.workspace.canvas
    run.train()
    canvas.tidy()
    new = canvas.add_node("dense", wire_middle(run, "n3", "n4"))
    assert new is not None
    assert (len(document.graph.incoming(new)), document.graph.nodes[new].initializer) == (1, "")
    run.rest()
    assert offer.isHidden()
    document.push_graph("Units", document.graph.set_params(new, {"out_features": 16}))
    run.rest()
    assert offer.isVisible()
    assert document.graph.nodes[new].name in offer.text.text()
    steps = document.undo_stack.index()
    run.qtbot.mouseClick(offer.accept, Qt.MouseButton.LeftButton)
    assert document.graph.nodes[new].initializer == "identity"
    assert document.undo_stack.index() == steps + 1
    run.rest()
    assert offer.isHidden()
    assert run.steps() < FRESH / 2


def test_the_offer_goes_by_itself(run: Run) -> None:
    document, offer = run.document, run.window.workspace.pass_on
    insert(document, "")
    run.rest()
    assert offer.isHidden()
    document.undo_stack.undo()
    run.train()
    insert(document, "")
    run.rest()
    assert offer.isVisible()
    document.undo_stack.undo()
    assert offer.isHidden()
    document.undo_stack.redo()
    run.rest()
    assert offer.isVisible()
    run.qtbot.mouseClick(offer.dismiss, Qt.MouseButton.LeftButton)
    rename(document)
    run.rest()
    assert offer.isHidden()
