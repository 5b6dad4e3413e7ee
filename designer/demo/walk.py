"""What every demo does in the window: open it, click about, save, train, take pictures, close."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget

from designer.app import make_application
from designer.hand import CONTROL, PLAIN, Hand, HandError
from designer.settings import Settings
from designer.window import MainWindow

if TYPE_CHECKING:
    from pathlib import Path

    from designer.workspace import Workspace

SIZE = (1600, 1000)
UNDER_WAY = ("running", "finished", "failed")
GRIP = QPointF(60, 16)
"""Where a node is taken hold of, from its corner: on its head, away from every port."""


class Walk:
    """One walk through the window; `steps` says what is done, each picture is kept.

    Parameters
    ----------
    out
        Folder for the pictures and the project.
    home
        Folder for the settings of the window.
    """

    def __init__(self, out: Path, home: Path) -> None:
        self.out = out
        self.app = make_application()
        self.settings = Settings(home / "settings.ini")
        self.hand = Hand()
        self.files: list[str] = []
        self.window: MainWindow

    def run(self) -> dict[str, Any]:
        """Walk through the window; return what came of it."""
        begin = time.monotonic()
        for old in (*self.out.glob("*.png"), *self.out.glob("*.loom")):
            old.unlink()
        self.open_window()
        try:
            report = self.steps()
        except HandError:
            self.picture("stuck")
            raise
        finally:
            self.close_window()
        return {**report, "files": self.files, "seconds": round(time.monotonic() - begin, 1)}

    def steps(self) -> dict[str, Any]:
        """Do what this walk is about."""
        raise NotImplementedError

    def summary(self, report: dict[str, Any]) -> str:
        """Return what the user is told at the end."""
        raise NotImplementedError

    # -- the window

    @property
    def parts(self) -> Workspace:
        """Return the parts of the window."""
        assert self.window.workspace is not None
        return self.window.workspace

    def open_window(self) -> None:
        """Open a window on its start page."""
        self.window = MainWindow(self.settings)
        self.window.set_theme("light")
        self.window.resize(*SIZE)
        self.window.show()
        self.window.build()
        self.hand.wait("the window", lambda: self.window.workspace is not None, 60)
        self.hand.rest(300)

    def begin(self) -> None:
        """Begin with an empty canvas."""
        self.hand.click(self.window.start.new)
        self.hand.wait("an empty canvas", lambda: self.window.working, 10)
        self.hand.rest(100)

    def close_window(self) -> None:
        """Close without a question: what is worth keeping has been saved by now."""
        workspace = self.window.workspace
        if workspace is not None:
            workspace.bridge.close()
            workspace.document.undo_stack.setClean()
            workspace.document.runs.discard()
        self.window.close()
        self.window.deleteLater()
        self.hand.rest(50)

    def picture(self, name: str) -> None:
        """Keep a picture of the window once all is laid out."""
        self.hand.rest(60)
        number = sum(1 for f in self.files if f.endswith(".png")) + 1
        path = self.out / f"{number}-{name}.png"
        if not self.window.grab().save(str(path)):
            raise HandError(f"{path} could not be written.")
        self.files.append(str(path))

    def look_dark(self, name: str) -> None:
        """Keep a picture of the window in its dark colours."""
        self.window.set_theme("dark")
        self.hand.rest(300)
        self.picture(name)
        self.window.set_theme("light")

    # -- finding

    def named(self, name: str, page: QWidget | None = None) -> QWidget:
        """Return the one widget on show that has a name."""
        place = page or self.window
        found = [w for w in place.findChildren(QWidget, name) if w.isVisible()]
        if not found:
            raise HandError(f"{place.objectName() or 'The window'} shows no {name}.")
        return found[0]

    def seen(self, at: QPointF) -> QPoint:
        """Return where a place of the scene is on the canvas's viewport."""
        return self.parts.canvas.mapFromScene(at)

    def settled(self) -> None:
        """Wait until shapes and data are known."""
        self.hand.wait("shapes and data", lambda: not self.parts.document.busy, 60)

    # -- acting

    def tab(self, page: QWidget) -> None:
        """Click the inspector's tab of a page."""
        tabs = self.parts.inspector
        bar = tabs.tabBar()
        self.hand.click(bar, bar.tabRect(tabs.indexOf(page)).center())
        if tabs.currentWidget() is not page:
            raise HandError(f"The tab {page.objectName()} did not open.")

    def fill(self, page: QWidget, name: str, value: object) -> None:
        """Write into a field of a page."""
        self.hand.fill(self.named(name, page), str(value))

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Press a key on the canvas."""
        self.parts.canvas.setFocus(Qt.FocusReason.TabFocusReason)
        self.hand.press(self.parts.canvas, key, modifiers)

    def drop(self, payload: str, place: QPoint, modifiers: Qt.KeyboardModifier = PLAIN) -> str:
        """Drag a card from the palette onto a canvas with no selection; return the node's id."""
        view, palette = self.parts.canvas, self.parts.palette
        self.hand.click(view.viewport(), QPoint(6, view.viewport().height() - 6))
        before = set(view.graph.nodes)
        self.hand.carry(palette.cards, palette.item(payload), view.viewport(), place, modifiers)
        new = set(view.graph.nodes) - before
        if len(new) != 1:
            raise HandError(f"The card {payload} made {len(new)} nodes.")
        return new.pop()

    def wire(self, source: str, target: str, port: str = "") -> None:
        """Draw a wire from a node's first output to a port of another, or to its first."""
        view = self.parts.canvas
        left, right = view.canvas.nodes[source], view.canvas.nodes[target]
        start = next(iter(left.outline.outputs))
        end = port or next(iter(right.outline.inputs))
        self.hand.drag(
            view.viewport(),
            self.seen(left.port_point(start, output=True)),
            self.seen(right.port_point(end, output=False)),
        )
        wanted = (source, start, target, end)
        if wanted not in [
            (e.source, e.source_port, e.target, e.target_port) for e in view.graph.edges
        ]:
            raise HandError(f"No wire came of a drag from {source} to {target}.")

    def pick(self, node_id: str) -> None:
        """Click a node."""
        view = self.parts.canvas
        self.hand.click(view.viewport(), self.seen(view.canvas.nodes[node_id].pos() + GRIP))

    def set_param(self, node_id: str, name: str, value: object) -> None:
        """Click a node and write one of its settings."""
        self.pick(node_id)
        self.fill(self.parts.node, f"param.{name}", value)

    def choose_data(self, source: str) -> None:
        """Choose a source on the tab Data."""
        self.tab(self.parts.data)
        self.hand.choose(self.parts.data.source.combo, source)

    # -- keeping

    def save_as(self, path: Path) -> None:
        """Press Ctrl+S and type the file's name into the dialog that opens."""
        self._answer(path)
        self.key(Qt.Key.Key_S, CONTROL)
        self.hand.wait("the file", path.is_file, 20)
        self.files.append(str(path))

    def _answer(self, path: Path, tries: int = 200) -> None:
        def answer() -> None:
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, QFileDialog):
                field = dialog.findChild(QLineEdit, "fileNameEdit")
                assert isinstance(field, QLineEdit)
                self.hand.fill(field, str(path.absolute()))
            elif tries:
                self._answer(path, tries - 1)

        QTimer.singleShot(50, self.window, answer)

    def save(self) -> None:
        """Press Ctrl+S in a project that has a file."""
        self.key(Qt.Key.Key_S, CONTROL)
        self.hand.wait("a saved project", lambda: not self.parts.document.dirty, 20)

    def train(self, seconds: float) -> None:
        """Press Train, and wait until the run is under way."""
        bridge = self.parts.bridge
        self.hand.click(self.named("button.run.train"))
        self.hand.wait("the run", lambda: bridge.state in UNDER_WAY, seconds)
        self.parts.set_ready()
        if bridge.state == "failed":
            raise HandError("The run failed.")

    def finish(self, seconds: float) -> dict[str, Any]:
        """Wait for the end of the run; return its result."""
        bridge = self.parts.bridge
        self.hand.wait("the end of the run", lambda: not bridge.alive, seconds)
        if bridge.state != "finished":
            raise HandError(f"The run is {bridge.state}.")
        self.hand.rest(300)
        return bridge.result or {}
