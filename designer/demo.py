"""The demo: the real window, off screen, driven by mouse and keys from empty canvas to saved run.

Used as `python main.py demo --out DIR`. It needs no display and touches nobody's settings.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QMessageLogContext,
    QPoint,
    QPointF,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget

from designer.app import make_application
from designer.hand import CONTROL, Hand, HandError
from designer.settings import Settings
from designer.window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designer.workspace import Workspace

SIZE = (1600, 1000)
EPOCHS = 40
LAYERS = ("input", "dense", "relu", "dense", "cross_entropy")
SIZES = {1: 64, 3: 10}
"""Place among `LAYERS` -> outputs of that dense layer."""
PATIENCE = 240.0


def main(arguments: Sequence[str] = ()) -> int:
    """Run the demo; return 0 if it went all the way."""
    parser = argparse.ArgumentParser(prog="main.py demo", description="Drive the window by itself.")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), help="folder for its files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args(arguments)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    out: Path = chosen.out
    out.mkdir(parents=True, exist_ok=True)
    qInstallMessageHandler(_say)
    with TemporaryDirectory() as home:
        try:
            report = Demo(out, Path(home)).run()
        except HandError as error:
            print(f"The demo could not go on: {error}", file=sys.stderr)
            return 1
    text = json.dumps(report)
    (out / "demo.json").write_text(text + "\n", encoding="utf-8")
    if chosen.json:
        print(text, flush=True)
    else:
        print(f"Test accuracy on the digits: {report['accuracy']:.4f}")
        print("\n".join(report["files"]), flush=True)
    return 0


def _say(_kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
    """Pass Qt's messages on, but for those in which the off-screen platform excuses itself."""
    if message and not message.startswith("This plugin does not support"):
        print(message, file=sys.stderr)


class Demo:
    """One walk through the window; each step leaves a picture."""

    def __init__(self, out: Path, home: Path) -> None:
        self.out = out
        self.app = make_application()
        self.window = MainWindow(Settings(home / "settings.ini"))
        self.window.set_theme("light")
        self.hand = Hand()
        self.files: list[str] = []
        self._nodes: list[str] = []

    def run(self) -> dict[str, Any]:
        """Build, train and save a network; return what came of it."""
        begin = time.monotonic()
        try:
            self._open()
            self._place_layers()
            self._wire()
            self._choose_data()
            self._set_sizes()
            self._check()
            self._save_as(self.out / "digits.loom")
            self._train()
            self._save()
            self._show_dark()
            result = self._parts.bridge.result or {}
        finally:
            self._close()
        return {
            "accuracy": result["test"]["accuracy"],
            "files": self.files,
            "seconds": round(time.monotonic() - begin, 1),
            "result": result,
        }

    # -- the steps

    def _open(self) -> None:
        for old in (*self.out.glob("*.png"), *self.out.glob("*.loom")):
            old.unlink()
        self.window.resize(*SIZE)
        self.window.show()
        self.window.build()
        self.hand.wait("the window", lambda: self.window.workspace is not None, 60)
        self.hand.rest(300)
        self._picture("start")
        self.hand.click(self.window.start.new)
        self.hand.wait("an empty canvas", lambda: self.window.working, 10)
        self.hand.rest(100)

    def _place_layers(self) -> None:
        """Drag the layers in, three above and two below, each onto a canvas with no selection."""
        view, palette = self._parts.canvas, self._parts.palette
        for number, spec in enumerate(LAYERS):
            row, column = divmod(number, 3)
            self.hand.click(view.viewport(), QPoint(6, view.viewport().height() - 6))
            place = QPoint(150 + 310 * column + 155 * row, 120 + 190 * row)
            self.hand.carry(palette.cards, palette.item(spec), view.viewport(), place)
            (node,) = set(view.graph.nodes) - set(self._nodes)
            self._nodes.append(node)
        self.hand.wait("shapes", lambda: not self._parts.document.busy, 60)
        self._picture("layers")

    def _wire(self) -> None:
        """Draw a wire from each layer to the next."""
        view = self._parts.canvas
        for source, target in zip(self._nodes, self._nodes[1:], strict=False):
            port = "prediction" if target == self._nodes[-1] else "in"
            start = view.canvas.nodes[source].port_point("out", output=True)
            end = view.canvas.nodes[target].port_point(port, output=False)
            self.hand.drag(view.viewport(), self._seen(start), self._seen(end))
            if not any((e.source, e.target) == (source, target) for e in view.graph.edges):
                raise HandError(f"No wire came of a drag from {source} to {target}.")

    def _choose_data(self) -> None:
        self._tab(self._parts.data)
        combo = self._parts.data.source.combo
        self.hand.choose(combo, "iris")
        self.hand.choose(combo, "digits")
        self.hand.wait("the data", lambda: not self._parts.document.busy, 60)
        self._picture("data")

    def _set_sizes(self) -> None:
        """Click each dense layer and type how many outputs it has."""
        view = self._parts.canvas
        for number, outputs in SIZES.items():
            item = view.canvas.nodes[self._nodes[number]]
            self.hand.click(view.viewport(), self._seen(item.pos() + QPointF(60, 16)))
            self._fill(self._parts.node, "param.out_features", outputs)
            if view.graph.nodes[self._nodes[number]].params.get("out_features", 64) != outputs:
                raise HandError(f"The size {outputs} did not reach the layer.")
        self._tab(self._parts.training)
        self._fill(self._parts.training, "param.epochs", EPOCHS)

    def _check(self) -> None:
        """Frame the network with the keyboard and see that nothing is wrong with it."""
        view = self._parts.canvas
        view.setFocus(Qt.FocusReason.TabFocusReason)
        self.hand.press(view, Qt.Key.Key_Home)
        self.hand.wait("shapes", lambda: not self._parts.document.busy, 60)
        self._picture("network")
        analysis = self._parts.document.analysis
        if analysis is None or not analysis.ok:
            problems = [p.message for p in analysis.problems] if analysis else ["no shapes"]
            raise HandError(" ".join(problems))

    def _save_as(self, path: Path) -> None:
        """Press Ctrl+S and type the file's name into the dialog that opens."""
        self._answer(path)
        self.hand.press(self._parts.canvas, Qt.Key.Key_S, CONTROL)
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

    def _train(self) -> None:
        """Press Train, take a picture on the way, wait for the end."""
        bridge, view = self._parts.bridge, self._parts.canvas
        item = view.canvas.nodes[self._nodes[1]]
        self.hand.click(view.viewport(), self._seen(item.pos() + QPointF(60, 16)))
        self.hand.click(self._named("button.run.train"))
        self.hand.wait("the run", lambda: bridge.state in ("running", "finished", "failed"), 120)
        self.hand.rest(900)
        self._picture("training")
        self.hand.wait("the end of the run", lambda: not bridge.alive, PATIENCE)
        if bridge.state != "finished":
            raise HandError(f"The run is {bridge.state}.")
        self.hand.rest(300)
        self._picture("trained")

    def _save(self) -> None:
        self.hand.press(self._parts.canvas, Qt.Key.Key_S, CONTROL)
        self.hand.wait("a saved project", lambda: not self._parts.document.dirty, 20)

    def _show_dark(self) -> None:
        self.window.set_theme("dark")
        self.hand.rest(300)
        self._picture("trained-dark")
        self.window.set_theme("light")

    def _close(self) -> None:
        """Close without a question: what is worth keeping has been saved by now."""
        workspace = self.window.workspace
        if workspace is not None:
            workspace.bridge.close()
            workspace.document.undo_stack.setClean()
        self.window.close()
        self.window.deleteLater()
        self.hand.rest(50)

    # -- small help

    @property
    def _parts(self) -> Workspace:
        assert self.window.workspace is not None
        return self.window.workspace

    def _seen(self, at: QPointF) -> QPoint:
        return self._parts.canvas.mapFromScene(at)

    def _tab(self, page: QWidget) -> None:
        """Click the inspector's tab of a page."""
        tabs = self._parts.inspector
        bar = tabs.tabBar()
        self.hand.click(bar, bar.tabRect(tabs.indexOf(page)).center())
        if tabs.currentWidget() is not page:
            raise HandError(f"The tab {page.objectName()} did not open.")

    def _named(self, name: str) -> QWidget:
        found = [w for w in self.window.findChildren(QWidget, name) if w.isVisible()]
        if not found:
            raise HandError(f"The window shows no {name}.")
        return found[0]

    def _fill(self, page: QWidget, name: str, value: int) -> None:
        found = [w for w in page.findChildren(QWidget, name) if w.isVisible()]
        if not found:
            raise HandError(f"{page.objectName()} shows no {name}.")
        self.hand.fill(found[0], str(value))

    def _picture(self, name: str) -> None:
        number = sum(1 for f in self.files if f.endswith(".png")) + 1
        path = self.out / f"{number}-{name}.png"
        if not self.window.grab().save(str(path)):
            raise HandError(f"{path} could not be written.")
        self.files.append(str(path))
