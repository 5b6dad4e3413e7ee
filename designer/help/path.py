"""The way an optimizer takes down a bowl beside the usual ones, below its settings on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from designer.forms import text_label
from designer.help.near import desk_of
from designer.help.picture import PictureView

if TYPE_CHECKING:
    from engine.help.drawing import Plot
    from engine.project import Choice


class OptimizerPath(QWidget):
    """A button, and below it the picture for the settings as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("training.path")
        self.setAccessibleName("Path of the optimizer")
        self.more = QToolButton()
        self.more.setText("Path on a bowl")
        self.more.setObjectName("training.path.more")
        self.more.setAccessibleName("Show the path of the optimizer on a bowl")
        self.more.setToolTip("How it goes downhill with these settings, beside the usual ones.")
        self.more.setCheckable(True)
        self.more.setAutoRaise(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.toggled.connect(self._fold)
        self.note = text_label("", "muted")
        self.note.hide()
        self.view: PictureView | None = None
        self._choice: Choice | None = None
        self._asked: Choice | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(self.more)
        self._column.addWidget(self.note)

    def show_optimizer(self, choice: Choice) -> None:
        """Show the path of an optimizer with these settings, if it is unfolded."""
        self._choice = choice
        if self.more.isChecked():
            self._ask()

    def _fold(self, on: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        for widget in (self.view, self.note):
            if widget is not None:
                widget.setVisible(on)
        if on:
            self._ask()

    def _ask(self) -> None:
        """Have the picture worked out beside the window, once for the same settings."""
        choice, desk = self._choice, desk_of(self)
        if choice is None or choice == self._asked or desk is None:
            return
        self._asked = choice

        def work() -> object:
            from engine.help.figures.bowl import paths

            return choice, paths(choice.id, choice.params)

        desk.work(self, work, self._take, self._fail)

    def _take(self, found: object) -> None:
        choice, plot = cast("tuple[Choice, Plot]", found)
        if choice != self._asked:
            return
        view = PictureView(plot)
        view.setObjectName("training.path.view")
        if self.view is None:
            self._column.insertWidget(1, view)
        else:
            self._column.replaceWidget(self.view, view)
            self.view.hide()
            self.view.deleteLater()
        self.view = view
        self._say(plot.caption)
        view.setVisible(self.more.isChecked())

    def _fail(self, error: Exception) -> None:
        self._say(f"It cannot be shown: {error}")

    def _say(self, words: str) -> None:
        self.note.setText(words)
        self.note.setVisible(self.more.isChecked())
