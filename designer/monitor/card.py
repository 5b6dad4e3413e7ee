"""A plot with its title and its controls above it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.monitor.plot import Plot


STOPS = 20
WIDEST = 0.2


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

    def add_smoothing(self, set_share: Callable[[float], None], share: float) -> Card:
        """Add the slider for how much is smoothed: a share of what is shown, up to a fifth."""
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName(f"{self.plot.objectName()}Smoothing")
        slider.setAccessibleName(f"{self.plot.title}: smoothing")
        slider.setToolTip("Smoothing: how much of what is shown a point of the line is the mean of")
        slider.setRange(0, STOPS)
        slider.setValue(round(STOPS * math.sqrt(share / WIDEST)))
        slider.setFixedWidth(64)
        self._set_share = set_share
        slider.valueChanged.connect(self._smooth)
        self._row.insertWidget(2, slider)
        return self

    def _smooth(self, stop: int) -> None:
        self._set_share(WIDEST * (stop / STOPS) ** 2)

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
