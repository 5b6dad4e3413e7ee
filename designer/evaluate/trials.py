"""The two reports that take long: cross-validation and plain models, with progress and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from designer.evaluate.lines import Line, LinesPlot
from designer.evaluate.tables import FigureTable
from designer.evaluate.views import choice

if TYPE_CHECKING:
    from designer.evaluate.desk import Desk
    from engine.judge.baselines import Table
    from engine.judge.folds import Folds

_TITLES = {
    "loss": "Loss",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "f1_macro": "F1 (macro)",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
}


class Trial(QWidget):
    """A button that begins, one that cancels, a bar, a sentence; below them the result.

    Signals
    -------
    wanted
        The user asks for it.
    """

    wanted = Signal()

    def __init__(self, kind: str, text: str, about: str, desk: Desk) -> None:
        super().__init__()
        self.setObjectName(f"evaluate.{kind}")
        self.kind, self._desk = kind, desk
        self._about = about
        self.begin = QPushButton(text)
        self.begin.setObjectName(f"evaluate.{kind}.run")
        self.begin.setAccessibleName(text)
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName(f"evaluate.{kind}.cancel")
        self.cancel.setAccessibleName(f"Cancel: {text}")
        self.bar = QProgressBar()
        self.bar.setObjectName(f"evaluate.{kind}.bar")
        self.bar.setAccessibleName("Progress")
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setMaximumWidth(150)
        self.words = QLabel(about)
        self.words.setObjectName(f"evaluate.{kind}.words")
        self.words.setProperty("role", "muted")
        self.words.setWordWrap(True)
        self.controls = QHBoxLayout()
        self.controls.setContentsMargins(8, 4, 8, 2)
        for widget in (self.begin, self.cancel, self.bar):
            self.controls.addWidget(widget)
        self.controls.addWidget(self.words, 1)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)
        self.column.addLayout(self.controls)
        self.begin.clicked.connect(self.wanted)
        self.cancel.clicked.connect(desk.cancel)
        desk.told.connect(self._told)
        desk.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is possible now."""
        mine = self._desk.kind == self.kind
        self.begin.setVisible(not mine)
        self.begin.setEnabled(not self._desk.kind)
        self.cancel.setVisible(mine)
        self.bar.setVisible(mine)
        self.bar.setValue(0)

    def _told(self, text: str, share: float) -> None:
        if self._desk.kind == self.kind:
            self.bar.setValue(round(1000 * share))
            self.words.setText(text)

    def say(self, sentence: str) -> None:
        """Show a sentence; nothing stands for what it is about."""
        self.words.setText(sentence or self._about)

    def forget(self) -> None:
        """Drop the result."""
        self.say("")


class FoldsView(Trial):
    """Cross-validation: mean ± deviation of every figure, and each fold's curve."""

    def __init__(self, desk: Desk) -> None:
        about = "Trains anew on each of k parts in turn, and says how much the figures vary."
        super().__init__("folds", "Cross-validate", about, desk)
        self.folds = QSpinBox()
        self.folds.setObjectName("evaluate.folds.count")
        self.folds.setAccessibleName("Number of folds")
        self.folds.setRange(2, 100)
        self.folds.setValue(5)
        self.folds.setSuffix(" folds")
        self.stratified = QCheckBox("Stratified")
        self.stratified.setObjectName("evaluate.folds.stratified")
        self.stratified.setToolTip("Each fold has the same share of every class.")
        self.stratified.setChecked(True)
        self.controls.insertWidget(0, self.stratified)
        self.controls.insertWidget(0, self.folds)
        self.figure = choice("evaluate.folds.figure", "Figure whose curves are shown")
        self.controls.addWidget(self.figure)
        self.table = FigureTable("evaluate.folds.table", "Figures of all folds")
        self.plot = LinesPlot("evaluate.folds.plot", "Folds", "Each fold's curve appears here")
        self.plot.x_axis.whole = True
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.table)
        split.addWidget(self.plot)
        split.setChildrenCollapsible(False)
        split.setSizes([420, 420])
        self.column.addWidget(split, 1)
        self._folds: Folds | None = None
        self.figure.hide()
        self.figure.currentIndexChanged.connect(self._draw)

    def show_folds(self, folds: Folds) -> None:
        """Show a result."""
        from engine.judge.folds import spread_words

        self._folds = folds
        count = len(folds.folds)
        headings = ["Figure", "Mean ± deviation", *(f"Fold {n + 1}" for n in range(count))]
        rows = [
            [
                _TITLES.get(name, name),
                spread_words(folds.means[name], folds.deviations[name]),
                *(f"{fold.figures[name]:.4g}" for fold in folds.folds),
            ]
            for name in folds.means
        ]
        self.table.show_rows(headings, rows)
        self.figure.clear()
        for name in folds.means:
            self.figure.addItem(_TITLES.get(name, name), name)
        self.figure.setVisible(bool(folds.means))
        self.say(folds.note)
        self._draw()

    def _draw(self, *_: object) -> None:
        name, folds = str(self.figure.currentData()), self._folds
        if folds is None:
            return
        lines = [
            Line(
                f"Fold {n + 1}",
                np.arange(1, len(fold.epochs) + 1, dtype=float),
                np.array([epoch.get(name, np.nan) for epoch in fold.epochs], float),
            )
            for n, fold in enumerate(folds.folds)
        ]
        self.plot.show_lines(lines, "Epoch", _TITLES.get(name, name))

    def forget(self) -> None:
        """Drop the result."""
        super().forget()
        self._folds = None
        self.figure.hide()
        self.table.show_rows(("Figure", "Mean ± deviation"), ())
        self.plot.show_lines((), "Epoch", "")


class PlainView(Trial):
    """Plain models of scikit-learn in a table, the network on top."""

    def __init__(self, desk: Desk) -> None:
        about = "Fits plain models of scikit-learn to the same parts, one table beside the network."
        super().__init__("plain", "Fit plain models", about, desk)
        self.seconds = QSpinBox()
        self.seconds.setObjectName("evaluate.plain.seconds")
        self.seconds.setAccessibleName("Time for each model")
        self.seconds.setToolTip("How long each model may take.")
        self.seconds.setRange(1, 3600)
        self.seconds.setValue(10)
        self.seconds.setSuffix(" s each")
        self.controls.insertWidget(0, self.seconds)
        self.table = FigureTable("evaluate.plain.table", "Plain models beside the network")
        self.column.addWidget(self.table, 1)

    def show_table(self, result: object) -> None:
        """Show a result: the plain models' table, and the network's figures."""
        table, mine = cast("tuple[Table, dict[str, Any]]", result)
        names = list(mine)
        headings = ["Model", *(_TITLES.get(n, n) for n in names), "Learned from", "Seconds"]
        rows = [["This network", *(f"{mine[n]:.4g}" for n in names), "all of it", ""]]
        lower = table.task != "classes"
        ordered = sorted(
            table.rows, key=lambda r: r.figures.get(names[0], np.inf if lower else -np.inf)
        )
        for row in ordered if lower else ordered[::-1]:
            figures = [f"{row.figures[n]:.4g}" if n in row.figures else "–" for n in names]
            part = f"{row.trained:,} of {row.of:,}" if row.trained else row.note
            rows.append([row.title, *figures, part, f"{row.seconds:.2g}"])
        self.table.show_rows(headings, rows, bold=(0,))
        words = f"Measured on the {table.part} part, with scikit-learn's usual settings."
        self.say(f"{words} {table.note}".strip())

    def forget(self) -> None:
        """Drop the result."""
        super().forget()
        self.table.show_rows(("Model",), ())
