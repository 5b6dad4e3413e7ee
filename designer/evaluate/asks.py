"""An editor for each kind of input that a trained network can be asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from designer.evaluate.pad import DrawingPad
from designer.numberbox import NumberBox

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    from engine.judge.trying import Ask, Tryout

MOST_BOXES = 64
"""Numbers that get a box each; more are typed as a list."""
PICTURES = "Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff *.ppm *.pgm)"


class AskEditor(QWidget):
    """What the user asks about, for one input.

    Signals
    -------
    changed
        It is another sample now.
    refused(sentence)
        Something was given that cannot be taken.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, tryout: Tryout, ask: Ask) -> None:
        super().__init__()
        self.tryout, self.ask = tryout, ask
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)

    def value(self) -> np.ndarray:
        """Return the sample in the data's own units; ValueError says what is missing."""
        raise NotImplementedError

    def show_value(self, value: np.ndarray) -> None:
        """Show a sample of the data."""
        raise NotImplementedError

    def _changed(self, *_: object) -> None:
        self.changed.emit()


class PictureEditor(AskEditor):
    """Draw one, open one, or drop one."""

    def __init__(self, tryout: Tryout, ask: Ask) -> None:
        super().__init__(tryout, ask)
        self.setAcceptDrops(True)
        self.pad = DrawingPad()
        self.pad.set_size(*ask.picture[1:])
        self.pad.pen = max(1.2, ask.picture[2] / 16)
        self.open = QPushButton("Open picture…")
        self.open.setObjectName("try.open_picture")
        self.open.setAccessibleName("Open a picture")
        self.clear = QPushButton("Clear")
        self.clear.setObjectName("try.clear")
        self.clear.setAccessibleName("Clear the drawing")
        self.centre = QCheckBox("Centre")
        self.centre.setObjectName("try.centre")
        self.centre.setAccessibleName("Move what is drawn to the middle")
        self.centre.setToolTip("Move what is drawn to the middle, where the data's pictures stand.")
        self.centre.setChecked(self.pad.centred)
        self.invert = QCheckBox("Invert")
        self.invert.setObjectName("try.invert")
        self.invert.setAccessibleName("Exchange dark and bright in opened pictures")
        self.invert.setToolTip("Exchange dark and bright, for ink on paper.")
        slider = self.slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName("try.pen")
        slider.setAccessibleName("Width of the pen")
        slider.setToolTip("Width of the pen")
        slider.setRange(5, 60)
        slider.setValue(round(self.pad.pen * 10))
        slider.setFixedWidth(64)
        row = QHBoxLayout()
        row.setSpacing(6)
        for widget in (self.open, self.clear, self.centre, self.invert, slider):
            row.addWidget(widget)
        row.addStretch(1)
        self.column.addWidget(self.pad, 1)
        self.column.addLayout(row)
        self.pad.drawn.connect(self._changed)
        self.open.clicked.connect(self._open)
        self.clear.clicked.connect(self._clear)
        self.centre.toggled.connect(self.pad.set_centred)
        self.invert.toggled.connect(self._turn)
        slider.valueChanged.connect(self._pen)
        self._content = b""

    def value(self) -> np.ndarray:
        """Return the picture."""
        from engine.judge.asking import scaled

        shares = self.pad.picture
        channels = self.ask.picture[0]
        if shares.ndim == 2:
            shares = np.broadcast_to(shares, (channels, *shares.shape))
        return scaled(self.ask, shares)

    def show_value(self, value: np.ndarray) -> None:
        """Show a picture of the data."""
        self._content = b""
        span = max(self.ask.high - self.ask.low, 1e-12)
        self.pad.show_picture((value.reshape(self.ask.picture) - self.ask.low) / span)
        self.changed.emit()

    def _pen(self, value: int) -> None:
        self.pad.pen = value / 10

    def _clear(self) -> None:
        self._content = b""
        self.pad.clear()
        self.changed.emit()

    def _open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open picture", "", PICTURES)
        if name:
            self.read_file(name)

    def read_file(self, name: str) -> None:
        """Show a picture file."""
        from pathlib import Path

        path = Path(name)
        try:
            self._content = path.read_bytes()
        except OSError as error:
            self.refused.emit(f"{path.name} cannot be read: {error.strerror}.")
            return
        self._turn()

    def _turn(self, *_: object) -> None:
        """Show the picture that was opened, the way that was chosen."""
        from engine.judge.asking import picture, scaled

        if not self._content:
            return
        try:
            values = picture(self.ask, self._content, invert=self.invert.isChecked())
        except ValueError as error:
            self.refused.emit(f"This cannot be read as a picture: {error}")
            return
        unit = float(scaled(self.ask, np.ones(self.ask.shape)).flat[0])
        self.pad.show_picture(values.reshape(self.ask.picture) / unit)
        self.changed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file."""
        if len(event.mimeData().urls()) == 1 and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the file that was dropped."""
        event.acceptProposedAction()
        self.read_file(event.mimeData().urls()[0].toLocalFile())


class NumbersEditor(AskEditor):
    """A box for each number, or a list of them where there are many."""

    def __init__(self, tryout: Tryout, ask: Ask) -> None:
        super().__init__(tryout, ask)
        self._count = int(np.prod(ask.shape)) if ask.shape else 1
        self.boxes: list[NumberBox] = []
        self.text = QPlainTextEdit(self)
        self.text.hide()
        self.text.setObjectName(f"try.{ask.name}.numbers")
        self.text.setAccessibleName(f"Numbers of {ask.name}")
        usual = ask.middle or (0.0,) * self._count
        if self._count <= MOST_BOXES and ask.columns and len(ask.shape) == 1:
            self.column.addWidget(self._form(usual), 1)
        else:
            self.text.setPlaceholderText(f"{self._count:,} numbers, parted by commas")
            self.column.addWidget(self.text, 1)
            self.text.show()
            self.text.setPlainText(", ".join(f"{value:.4g}" for value in usual))
            self.text.textChanged.connect(self._changed)

    def _form(self, usual: tuple[float, ...]) -> QScrollArea:
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(6, 4, 6, 4)
        for row, (name, value) in enumerate(zip(self.ask.columns, usual, strict=True)):
            box = NumberBox(None)
            box.setObjectName(f"try.{self.ask.name}.{row}")
            box.setAccessibleName(name)
            box.show_number(float(f"{value:.6g}"))
            box.edited.connect(self._changed)
            label = QLabel(name)
            label.setBuddy(box)
            grid.addWidget(label, row, 0)
            grid.addWidget(box, row, 1)
            self.boxes.append(box)
        grid.setRowStretch(len(self.boxes), 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        return area

    def value(self) -> np.ndarray:
        """Return the numbers."""
        words = [box.text() for box in self.boxes] or self.text.toPlainText().replace(
            ",", " "
        ).split()
        numbers: list[float] = []
        for place, word in enumerate(words):
            try:
                numbers.append(float(word))
            except ValueError:
                name = self.ask.columns[place] if self.boxes else f"Number {place + 1}"
                raise ValueError(f"{name} is {word!r}, which is not a number.") from None
        if len(numbers) != self._count:
            raise ValueError(f"{self._count:,} numbers are wanted; there are {len(numbers):,}.")
        return np.array(numbers).reshape(self.ask.shape)

    def show_value(self, value: np.ndarray) -> None:
        """Show the numbers of a sample."""
        flat = np.ravel(value).tolist()
        for box, number in zip(self.boxes, flat, strict=False):
            box.show_number(float(f"{number:.6g}"))
        if not self.boxes:
            self.text.setPlainText(", ".join(f"{number:.6g}" for number in flat))
        self.changed.emit()


class TextEditor(AskEditor):
    """A text, read as the data's texts were."""

    def __init__(self, tryout: Tryout, ask: Ask) -> None:
        super().__init__(tryout, ask)
        self.text = QPlainTextEdit()
        self.text.setObjectName(f"try.{ask.name}.text")
        self.text.setAccessibleName("Text")
        self.text.setPlaceholderText("Type a text here")
        self.column.addWidget(self.text, 1)
        self.text.textChanged.connect(self._changed)
        self.used = 0
        """How many tokens the text has."""

    def value(self) -> np.ndarray:
        """Return the text's tokens."""
        tokens, self.used = self.tryout.read_text(self.ask.name, self.text.toPlainText())
        return tokens

    def show_value(self, value: np.ndarray) -> None:
        """Show a sample as text."""
        words = self.tryout.data.words.get(self.ask.name)
        words = words or self.tryout.data.fields[self.ask.name].classes
        between = "" if all(len(word) == 1 for word in words) else " "
        kept = [words[int(n)] for n in value if not words[int(n)].startswith("<")]
        self.text.setPlainText(between.join(kept))


def editor(tryout: Tryout, ask: Ask) -> AskEditor:
    """Return the editor for an input."""
    kinds = {"picture": PictureEditor, "text": TextEditor}
    return kinds.get(ask.kind, NumbersEditor)(tryout, ask)
