"""The metrics to tick: those that suit the task, the usual ones first, the others on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QToolButton, QVBoxLayout, QWidget

from engine.catalog import registry
from engine.catalog.spec import MetricSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST = 6
"""How many stand there at once."""


class MetricBoxes(QWidget):
    """A box for each metric.

    Signals
    -------
    changed(ids)
        The user has ticked or unticked one; a tuple of all that are ticked.
    """

    changed = Signal(tuple)

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[str, QCheckBox] = {}
        self._task = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for spec in registry.of_kind(MetricSpec).values():
            box = QCheckBox(spec.title, self)
            box.setObjectName(f"training.metric.{spec.id}")
            box.setAccessibleName(spec.title)
            box.setToolTip(spec.summary)
            box.toggled.connect(self._tell)
            self.boxes[spec.id] = box
            column.addWidget(box)
        self.more = QToolButton(self)
        self.more.setObjectName("training.metrics.more")
        self.more.setText("More")
        self.more.setAccessibleName("More metrics")
        self.more.setCheckable(True)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setAutoRaise(True)
        self.more.toggled.connect(self._arrange)
        column.addWidget(self.more)
        self._arrange()

    def show_task(self, task: str) -> None:
        """Offer those metrics that suit a task; all of them if it is not known."""
        self._task = task
        self._arrange()

    def tick(self, chosen: Sequence[str]) -> None:
        """Show which metrics are chosen."""
        for name, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(name in chosen)
        self._arrange()

    def _tell(self) -> None:
        self.changed.emit(tuple(name for name, box in self.boxes.items() if box.isChecked()))

    def _suits(self, name: str) -> bool:
        tasks = registry.metric(name).tasks
        return not self._task or not tasks or self._task in tasks

    def _arrange(self) -> None:
        suiting = [name for name in self.boxes if self._suits(name)]
        open_ = self.more.isChecked()
        arrow = Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow
        self.more.setArrowType(arrow)
        self.more.setVisible(len(suiting) > _FIRST)
        first = suiting if open_ else suiting[:_FIRST]
        for name, box in self.boxes.items():
            box.setVisible(name in first or box.isChecked())
