"""A training panel over a document with two networks that can be trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from designer.document import Document
from designer.training.panel import TrainingPanel
from engine.project import Phase, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from engine.graph import Graph


def trainable(title: str = "") -> Graph:
    """Return input, two dense layers, a relu between and a loss, wired; ids n1 to n5."""
    graph, last = Project().graph.but(title=title).add("input")
    for spec in ("dense", "relu", "dense"):
        graph, node = graph.add(spec)
        graph, last = graph.connect(last, node), node
    graph, node = graph.add("cross_entropy")
    return graph.connect(last, node, target_port="prediction")


def single() -> Project:
    """Return an ordinary project."""
    return Project(networks={"main": trainable()})


def adversarial() -> Project:
    """Return a project of two networks, each trained by a phase."""
    networks = {"main": trainable("Judge"), "maker": trainable("Maker")}
    phases = (
        Phase(name="judge", network="main", trains=("n2",)),
        Phase(name="maker", network="maker", steps=2),
    )
    return Project(networks=networks).with_training(phases=phases)


class Canvas:
    """Stands for the canvas."""

    def __init__(self) -> None:
        self.lit: list[frozenset[str] | None] = []
        self.picking: tuple[list[str], object] | None = None

    def set_lit(self, node_ids: object) -> None:
        self.lit.append(None if node_ids is None else frozenset(node_ids))

    def pick(self, node_ids: object, on_change: object) -> None:
        self.picking = (sorted(node_ids), on_change)

    def end_pick(self) -> None:
        self.picking = None

    def click(self, *nodes: str) -> None:
        assert self.picking is not None
        self.picking[1](nodes)


@pytest.fixture
def document(qtbot: QtBot) -> Iterator[Document]:
    made = Document()
    made._later.stop()
    yield made
    made.close()


@pytest.fixture
def panel(document: Document, qtbot: QtBot) -> TrainingPanel:
    made = TrainingPanel(document)
    qtbot.addWidget(made)
    made.canvas = Canvas()
    made.use_canvas(made.canvas)
    made.resize(340, 700)
    made.show()
    qtbot.waitExposed(made)
    return made
