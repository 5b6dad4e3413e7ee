"""Nodes carried out of the window as a file, and files of nodes dropped into it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from designer.canvas import clipboard
from designer.canvas.carrying import fragment_file
from engine import files

if TYPE_CHECKING:
    import pytest

    from tests.designer.canvas.conftest import Bench

LEFT, COPY = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
PLAIN = Qt.KeyboardModifier.NoModifier


def drop(bench: Bench, mime: QMimeData, x: float, y: float) -> bool:
    """Drop something as the desktop would; return whether the canvas took it."""
    viewport, at = bench.view.viewport(), bench.place(x, y)
    enter = QDragEnterEvent(at, COPY, mime, LEFT, PLAIN)
    QApplication.sendEvent(viewport, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(viewport, QDragMoveEvent(at, COPY, mime, LEFT, PLAIN))
    dropped = QDropEvent(QPointF(at), COPY, mime, LEFT, PLAIN)
    QApplication.sendEvent(viewport, dropped)
    return dropped.isAccepted()


def copied(path: Path, to: Path) -> QMimeData:
    """Return what a file manager carries after the file was let go in a folder."""
    to.write_bytes(path.read_bytes())
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(to))])
    return mime


def test_ctrl_alt_drag_hands_nodes_to_the_desktop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ids = bench.chain("dense", "relu", "dense")
    taken: list[QMimeData] = []
    monkeypatch.setattr(bench.view, "carry", lambda ids: taken.append(bench.view.carried(ids)))
    bench.view.canvas.select(ids[:2])
    before = dict(bench.view.canvas.places)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    bench.drag(bench.body(ids[0]), bench.place(-300, 400), modifiers=both)
    (mime,) = taken
    assert bench.view.canvas.places == before
    assert bench.document.undo_stack.count() == 0
    path = Path(mime.urls()[0].toLocalFile())
    assert path.name == "dense_and_1_more.loom"
    # It is a project file of its own, and its text is what the clipboard takes.
    project = files.load(path)
    assert [n.spec for n in project.graph.nodes.values()] == ["dense", "relu"]
    assert len(project.graph.edges) == 1
    assert set(clipboard.from_text(mime.text()).graph.nodes) == set(ids[:2])
    kept = copied(path, tmp_path / "part.loom")
    bench.view.close_down()
    assert not path.exists()
    assert drop(bench, kept, 400.0, 500.0)
    fresh = bench.view.selected()
    assert [bench.graph.nodes[i].spec for i in fresh] == ["dense", "relu"]
    assert (fresh[0], fresh[1]) in bench.wires()
    middle = bench.view.canvas.bounds(fresh).center()
    assert abs(middle.x() - 400) < 16
    assert abs(middle.y() - 500) < 16
    assert bench.undo_texts() == ["Insert part"]


def test_a_placed_network_goes_along(nest: Bench, tmp_path: Path) -> None:
    place = next(i for i, n in nest.graph.nodes.items() if n.params.get("network"))
    key = str(nest.graph.nodes[place].params["network"])
    mime = nest.view.carried([place])
    kept = copied(Path(mime.urls()[0].toLocalFile()), tmp_path / "tower.loom")
    held = nest.document.project.networks[key]
    nest.view.close_down()
    nest.show(nest.graph.but(nodes={}, edges=()))
    assert key not in nest.document.project.networks
    assert drop(nest, kept, 0.0, 0.0)
    (fresh,) = nest.view.selected()
    inside = nest.document.project.networks[str(nest.graph.nodes[fresh].params["network"])]
    assert len(inside.nodes) == len(held.nodes)


def test_whole_projects_are_left_to_the_window(bench: Bench, tmp_path: Path) -> None:
    bench.chain("dense", "relu")
    path = tmp_path / "whole.loom"
    bench.document.save(path)
    assert fragment_file(copied(path, tmp_path / "copy.loom")) is None
    assert not drop(bench, copied(path, tmp_path / "copy.loom"), 0.0, 0.0)
    broken = tmp_path / "broken.loom"
    broken.write_text('{"fragment": true, "format": 1, "networks": {"main": 5}}')
    said: list[str] = []
    bench.view.message.connect(said.append)
    before = bench.document.project
    drop(bench, copied(broken, tmp_path / "again.loom"), 0.0, 0.0)
    assert bench.document.project is before
    assert "again.loom was not inserted" in said[-1]
