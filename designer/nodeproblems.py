"""What is wrong with a node, each with the button that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from designer.forms import text_label
from designer.words import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.analysis import Problem


class NodeProblems(QWidget):
    """The sentences, and below each the change that mends it, where there is one."""

    fixWanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show these instead of the ones before."""
        while (item := self._column.takeAt(0)) is not None:  # pyright: ignore[reportUnnecessaryComparison]
            if (old := item.widget()) is not None:
                old.deleteLater()
        for number, problem in enumerate(problems):
            self._column.addWidget(text_label(escape(problem.message), problem.severity))
            if problem.fix is not None:
                button = FixButton(problem, number)
                button.fixWanted.connect(self.fixWanted)
                self._column.addWidget(button)
        self.setVisible(bool(problems))


class FixButton(QPushButton):
    """Applies the change that mends a problem."""

    fixWanted = Signal(object)

    def __init__(self, problem: Problem, number: int) -> None:
        assert problem.fix is not None
        super().__init__(problem.fix.text)
        self._problem = problem
        self.setObjectName(f"inspector.fix.{number}")
        self.setAccessibleName(f"Fix: {problem.fix.text}")
        self.setToolTip("Make this change; it can be undone.")
        self.clicked.connect(self._ask)

    def _ask(self) -> None:
        self.fixWanted.emit(self._problem)
