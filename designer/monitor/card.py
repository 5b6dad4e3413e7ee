"""A plot with its title and its controls above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.monitor.plot import Plot


class Card(QWidget):
    """Title, controls, plot."""

    def __init__(self, plot: Plot) -> None:
        super().__init__()
        self.plot = plot
        self.setObjectName(f"{plot.objectName()}Card")
        self.title = QLabel(plot.title)
        self.title.setObjectName(f"{plot.objectName()}Title")
        self.title.setProperty("role", "muted")
        self.title.setMinimumWidth(0)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(8, 2, 4, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self.title)
        self._row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._row)
        layout.addWidget(plot, 1)
        self._button("Fit", "Show everything again (Home, or double-click the plot)", plot.reset)

    def add_log(self, *, on: bool = False) -> Card:
        """Add the switch for a logarithmic axis."""
        button = self._button("Log", "Logarithmic values", None)
        button.setCheckable(True)
        button.setChecked(on)
        button.toggled.connect(self.plot.set_log)
        return self

    def add_choice(self, name: str, words: str) -> QComboBox:
        """Add a list to choose from."""
        combo = QComboBox()
        combo.setObjectName(name)
        combo.setAccessibleName(words)
        combo.setToolTip(words)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        combo.setMinimumContentsLength(8)
        self._row.insertWidget(2, combo)
        return combo

    def _button(self, text: str, tip: str, action: Callable[[], None] | None) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAutoRaise(True)
        button.setObjectName(f"{self.plot.objectName()}{text}")
        button.setAccessibleName(f"{self.plot.title}: {tip}")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        if action is not None:
            button.clicked.connect(action)
        self._row.insertWidget(2, button)
        return button
