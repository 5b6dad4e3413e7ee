"""Copy, cut, paste as text, and duplicate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from designer.canvas import clipboard
from engine import files
from engine.graph import Graph
from engine.project import Project

if TYPE_CHECKING:
    from conftest import Bench

CTRL = Qt.KeyboardModifier.ControlModifier


def test_copy_and_paste(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu", dense={"out_features": 7})
    bench.key(Qt.Key.Key_A, CTRL)
    bench.key(Qt.Key.Key_C, CTRL)
    bench.key(Qt.Key.Key_V, CTRL)
    c, d = bench.view.selected()
    assert bench.wires() == {(a, b), (c, d)}
    assert bench.graph.nodes[c].params == {"out_features": 7}
    assert bench.graph.nodes[c].name != bench.graph.nodes[a].name
    assert bench.document.project.position(c) == (32.0, 32.0)
    bench.key(Qt.Key.Key_V, CTRL)
    assert bench.document.project.position(bench.view.selected()[0]) == (64.0, 64.0)
    assert len(bench.graph.nodes) == 6


def test_cut(bench: Bench) -> None:
    a, b, c = bench.chain("dense", "relu", "tanh")
    bench.click(bench.body(b))
    bench.key(Qt.Key.Key_X, CTRL)
    assert bench.wires() == {(a, c)}
    bench.key(Qt.Key.Key_V, CTRL)
    assert [bench.graph.nodes[i].spec for i in bench.view.selected()] == ["relu"]


def test_duplicate_keeps_the_wires_within(bench: Bench) -> None:
    a, b, c = bench.chain("dense", "relu", "tanh")
    bench.view.select([a, b])
    bench.key(Qt.Key.Key_D, CTRL)
    d, e = bench.view.selected()
    assert bench.wires() == {(a, b), (b, c), (d, e)}
    assert bench.undo_texts() == ["Duplicate"]


def test_the_text_is_json_a_person_can_read(bench: Bench) -> None:
    bench.chain("dense", "relu")
    bench.view.select_all()
    bench.view.copy()
    content = json.loads(QGuiApplication.clipboard().text())
    assert [n["spec"] for n in content["nodes"]] == ["dense", "relu"]


def test_a_whole_project_can_be_pasted(bench: Bench) -> None:
    graph, _ = Graph().add("tanh")
    QGuiApplication.clipboard().setText(files.dumps(Project(networks={"main": graph})))
    bench.view.paste()
    assert [n.spec for n in bench.graph.nodes.values()] == ["tanh"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[1, 2]",
        '{"layerloom": 1}',
        '{"layerloom": 1, "nodes": [{"id": 3}], "edges": [], "positions": {}}',
        '{"layerloom": 1, "nodes": [], "edges": [{"source": "a", "target": "b"}], "positions": {}}',
        '{"layerloom": 1, "nodes": {}, "edges": 3, "positions": {}}',
    ],
)
def test_bad_text_is_one_sentence(bench: Bench, text: str) -> None:
    said: list[str] = []
    bench.view.message.connect(said.append)
    QGuiApplication.clipboard().setText(text)
    bench.view.paste()
    assert len(said) == 1
    assert not bench.graph.nodes


def test_a_loop_is_not_pasted() -> None:
    graph = Graph()
    graph, a = graph.add("relu")
    graph, b = graph.add("relu")
    text = clipboard.to_text(graph.connect(a, b), {})
    content = json.loads(text)
    content["edges"].append({"source": b, "target": a})
    with pytest.raises(ValueError, match="loop"):
        clipboard.from_text(json.dumps(content))


def test_many_names_stay_apart(bench: Bench) -> None:
    bench.chain("dense", "dense", "dense")
    bench.view.select_all()
    for _ in range(3):
        bench.view.duplicate()
    names = [n.name for n in bench.graph.nodes.values()]
    assert len(set(names)) == len(names) == 12
