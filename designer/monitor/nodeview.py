"""What one node makes of one sample: feature maps, states, kernels, attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from designer.monitor.gallery import GalleryView
from designer.monitor.style import style
from designer.words import figure
from engine.train.events import Pictures

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from designer.monitor.history import History
    from engine.train.events import Sheet

TITLES = {
    "maps": "Feature maps",
    "states": "States over time",
    "values": "Outputs",
    "attention": "Attention, a picture for each head",
    "kernels": "Weights",
}
EMPTY = "Select a layer on the canvas: what it makes of a sample is shown here while it trains"
LAST_SAMPLE = 9_999


def coloured(sheet: Sheet, ramp: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return pictures in colours (count, rows, columns, 3), and what is least and greatest.

    All pictures of a sheet share one scale; attention begins at zero.
    """
    images = sheet.images
    good = images[np.isfinite(images)]
    low, high = (float(good.min()), float(good.max())) if good.size else (0.0, 1.0)
    low = 0.0 if sheet.kind == "attention" else low
    span = high - low if high > low else 1.0
    place = np.nan_to_num((images - low) / span * 255).clip(0, 255).astype(np.uint8)
    return ramp[place], low, high


class NodeView(QWidget):
    """The watched node's pictures, with a choice of what is shown and of which sample.

    Signals
    -------
    wanted(address, sample)
        This node is looked at now; nothing if none is, or nobody looks.
    """

    wanted = Signal(str, int)

    def __init__(self, history: History) -> None:
        super().__init__()
        self.setObjectName("nodeView")
        self.setAccessibleName("What the selected layer makes of a sample")
        self.history = history
        self.dirty = False
        self.address = ""
        self._asked: tuple[str, int] = ("", 0)
        self._sheets: tuple[Sheet, ...] = ()
        self.choice = QComboBox()
        self.choice.setObjectName("nodeView.choice")
        self.choice.setAccessibleName("What of the layer is shown")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.choice.currentIndexChanged.connect(self._show)
        self.sample = QSpinBox()
        self.sample.setObjectName("nodeView.sample")
        self.sample.setAccessibleName("Sample of the validation part")
        self.sample.setToolTip("Which sample of the validation part it is shown")
        self.sample.setRange(1, LAST_SAMPLE)
        self.sample.setPrefix("sample ")
        self.sample.setKeyboardTracking(False)
        self.sample.valueChanged.connect(self._ask)
        self.words = QLabel(EMPTY)
        self.words.setObjectName("nodeView.words")
        self.words.setProperty("role", "muted")
        self.words.setMinimumWidth(0)
        self.gallery = GalleryView("nodeView.gallery", "The selected layer")
        row = QHBoxLayout()
        row.setContentsMargins(10, 4, 10, 2)
        row.setSpacing(10)
        row.addWidget(self.choice)
        row.addWidget(self.sample)
        row.addWidget(self.words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.gallery, 1)
        self._offer()

    def show_node(self, address: str) -> None:
        """Look at another node; nothing looks at none."""
        if address != self.address:
            self.address = address
            self._ask()
            self._show()

    def forget(self) -> None:
        """Show nothing of another run."""
        self._sheets = ()
        self.choice.clear()
        self._offer()
        self.words.setText(EMPTY)
        self.gallery.clear()

    def _offer(self) -> None:
        """Show the choices where there is something to choose."""
        for part in (self.choice, self.sample):
            part.setVisible(self.choice.count() > 0)

    def renew(self) -> None:
        """Another run begins: ask it too."""
        self.forget()
        self._asked = ("", 0)
        self._ask()

    def _ask(self, *_: object) -> None:
        """Have the run look at the node, while somebody sees it."""
        asked = (self.address if self.isVisible() else "", self.sample.value() - 1)
        if asked != self._asked:
            self._asked = asked
            self.wanted.emit(*asked)

    def refresh(self) -> None:
        """Show what came."""
        self.dirty = False
        held = self.history.watched
        if held is None:
            return
        self._sheets = held.sheets
        names = [_title(sheet) for sheet in held.sheets]
        if names != [self.choice.itemText(i) for i in range(self.choice.count())]:
            before = self.choice.currentText()
            self.choice.blockSignals(True)
            self.choice.clear()
            self.choice.addItems(names)
            self.choice.setCurrentIndex(max(self.choice.findText(before), 0))
            self.choice.blockSignals(False)
            self._offer()
        self._show()

    def _show(self, *_: object) -> None:
        place, held = self.choice.currentIndex(), self.history.watched
        if held is None or not 0 <= place < len(self._sheets):
            return
        sheet = self._sheets[place]
        ramp = np.array([(c.red(), c.green(), c.blue()) for c in style().ramp], np.uint8)
        images, low, high = coloured(sheet, ramp)
        self.gallery.title = f"{self.name(held.phase, held.node)} {_title(sheet)}"
        self.gallery.show_page(Pictures(held.step, held.node, images))
        self.words.setText(self._words(held.phase, held.node, held.step, sheet, low, high))

    def name(self, phase: int, node: str) -> str:
        """Return what the node is called."""
        return self.history.name(self.history.key(phase, node))

    def _words(
        self, phase: int, node: str, step: int, sheet: Sheet, low: float, high: float
    ) -> str:
        count, rows, columns = sheet.shape
        some = "" if count == len(sheet.images) else f"{len(sheet.images)} of "
        asked = self.history.key(phase, node) == self.address
        last = "" if asked or not self.address else ", the layer looked at last"
        every = "" if sheet.images.shape[1:] == (rows, columns) else ", thinned"
        least, most = ("dark", "bright") if style().paper.lightness() < 128 else ("pale", "strong")
        return (
            f"{self.name(phase, node)}{last}, step {step + 1:,}: {some}{count:,} of "
            f"{rows} × {columns}{every}; {least} {figure(low)}, {most} {figure(high)}"
        )

    def restyle(self, _name: str = "") -> None:
        """Take the colours of the current theme."""
        self.gallery.restyle()
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Have the run look."""
        super().showEvent(event)
        self._ask()
        if self.dirty:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks now."""
        super().hideEvent(event)
        self._ask()


def _title(sheet: Sheet) -> str:
    return f"{TITLES[sheet.kind]}: {sheet.name}" if sheet.name else TITLES[sheet.kind]
