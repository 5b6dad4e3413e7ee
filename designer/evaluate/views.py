"""A view for each kind of report. `show` takes what the network answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from designer.evaluate.heat import HeatMap
from designer.evaluate.lines import Line, LinesPlot
from designer.evaluate.samples import SamplesView
from designer.evaluate.tables import FigureTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.judge.answers import Answers, Judged

RARE = 0.4
"""How rare a class is, against an equal share, where the precision-recall curve is advised."""
MOST_CURVES = 12
MOST_POINTS = 4000
_BESIDE = {"nothing": "Counts", "actual": "Shares of each row", "predicted": "Of each column"}


class ReportView(QWidget):
    """A view with a row of words and controls above it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(f"evaluate.{name}")
        self.words = QLabel()
        self.words.setObjectName(f"evaluate.{name}.words")
        self.words.setProperty("role", "muted")
        self.words.setWordWrap(True)
        self.row = QHBoxLayout()
        self.row.setContentsMargins(8, 3, 6, 2)
        self.row.addWidget(self.words, 1)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addLayout(self.row)

    def show_report(self, judged: Judged, answers: Answers) -> None:
        """Show a report on these answers."""

    def restyle(self) -> None:
        """Take the colours of the current theme."""
        for plot in self.findChildren(LinesPlot):
            plot.restyle()


def choice(name: str, words: str) -> QComboBox:
    """Return a list to choose from."""
    box = QComboBox()
    box.setObjectName(name)
    box.setAccessibleName(words)
    box.setToolTip(words)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box


def _thin(x: NDArray[np.floating], y: NDArray[np.floating]) -> tuple[Any, Any]:
    """Return at most so many points of a curve as a plot can show, both ends among them."""
    if len(x) <= MOST_POINTS:
        return x, y
    kept = np.linspace(0, len(x) - 1, MOST_POINTS).round().astype(int)
    return x[kept], y[kept]


class ConfusionView(ReportView):
    """The matrix, and beside it the samples of the cell that was picked."""

    def __init__(self) -> None:
        super().__init__("confusion")
        self.heat = HeatMap()
        self.samples = SamplesView("evaluate.cell")
        self.normalise = choice("evaluate.normalise", "What the cells show")
        for key, title in _BESIDE.items():
            self.normalise.addItem(title, key)
        self.row.addWidget(self.normalise)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.heat)
        split.addWidget(self.samples)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        split.setSizes([440, 400])
        self.column.addWidget(split, 1)
        self._shown: tuple[Judged, Answers] | None = None
        self._report: dict[str, Any] = {}
        self.normalise.currentIndexChanged.connect(self._again)
        self.heat.cellPicked.connect(self._picked)

    def show_report(self, judged: Judged, answers: Answers) -> None:
        """Show the matrix of these answers."""
        self._shown = (judged, answers)
        self.heat.picked = None
        self.samples.clear("Click a cell to see its samples.")
        self._again()

    def _again(self, *_: object) -> None:
        if self._shown is None:
            return
        answers = self._shown[1]
        key = str(self.normalise.currentData())
        self._report = report = answers.report("confusion_matrix", normalise=key)
        counts = report["counts"]
        names = [answers.class_name(n) for n in range(len(counts))]
        self.heat.show_matrix(counts, None if key == "nothing" else report["shares"], names)
        right, whole = int(np.trace(counts)), int(counts.sum())
        self.words.setText(f"{right:,} of {whole:,} right ({right / max(whole, 1):.1%}).")

    def _picked(self, row: int, column: int) -> None:
        if self._shown is None:
            return
        judged, answers = self._shown
        report = self._report
        places = np.flatnonzero((report["truth"] == row) & (report["said"] == column))
        words = self.heat.words(row, column)
        self.samples.show_samples(judged, answers, places.tolist(), f"{words}.")

    def restyle(self) -> None:
        """Take the colours of the current theme."""
        self.heat.update()


class RankingView(ReportView):
    """ROC or precision-recall curves."""

    def __init__(self, report: str, title: str) -> None:
        super().__init__(report)
        self._id = report
        self.plot = LinesPlot(
            f"evaluate.{report}.plot", title, "Nothing to tell apart here", square=True
        )
        self.column.addWidget(self.plot, 1)

    def show_report(self, judged: Judged, answers: Answers) -> None:
        """Show a curve for each class, or of yes alone."""
        report = answers.report(self._id)
        curves = report["curves"]
        roc = self._id == "roc_curve"
        kept = sorted(curves, key=lambda c: c["area"])[:MOST_CURVES]
        word = "AUC" if roc else "AP"
        lines = [
            Line(
                f"{answers.class_name(c['class'])}  {word} {c['area']:.3f}", *_thin(c["x"], c["y"])
            )
            for c in sorted(kept, key=lambda c: c["class"])
        ]
        if roc:
            ends = np.array([0.0, 1.0])
            lines.append(Line("guessing", ends, ends, muted=True))
        titles = ("False alarms", "Hits (recall)") if roc else ("Recall", "Precision")
        self.plot.show_lines(lines, *titles)
        self.words.setText(self._words(report, answers, len(curves)))

    def _words(self, report: dict[str, Any], answers: Answers, count: int) -> str:
        roc = self._id == "roc_curve"
        word = "Area under the curve" if roc else "Average precision"
        if not count:
            return "Not defined: all samples of this part are of one class."
        many = f", mean of {count} classes, each against the rest" if count > 1 else ""
        shown = f" The {MOST_CURVES} worst are shown." if count > MOST_CURVES else ""
        rare = answers.report("precision_recall_curve")["rarest"]
        even = 2 if answers.prediction.ndim == 1 else answers.prediction.shape[1]
        advice = ""
        if rare < RARE / even and roc:
            advice = f" Positives are rare ({rare:.2%}): look at the precision–recall curve."
        elif not roc and rare >= RARE / even:
            advice = " Positives are not rare here: the ROC curve says as much."
        return f"{word} {report['mean']:.4f}{many}.{shown}{advice}"


class ThresholdView(ReportView):
    """Precision, recall and F1 over the threshold, and a slider for it."""

    def __init__(self) -> None:
        super().__init__("threshold")
        self.plot = LinesPlot("evaluate.threshold.plot", "Threshold", "Nothing yet", square=True)
        self.of = choice("evaluate.threshold.class", "The class that yes stands for")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("evaluate.threshold.slider")
        self.slider.setAccessibleName("Threshold")
        self.slider.setRange(0, 100)
        self.slider.setValue(50)
        self.row.addWidget(self.of)
        self.column.addWidget(self.plot, 1)
        self.column.addWidget(self.slider)
        self._answers: Answers | None = None
        self._report: dict[str, Any] = {}
        self.of.currentIndexChanged.connect(self._again)
        self.slider.valueChanged.connect(self._move)

    def show_report(self, judged: Judged, answers: Answers) -> None:
        """Show the curves of the class that is chosen."""
        binary = answers.prediction.ndim == 1
        count = 2 if binary else answers.prediction.shape[1]
        names = [answers.class_name(n) for n in range(count)]
        before = max(self.of.currentIndex(), 0 if not binary else 1)
        with QSignalBlocker(self.of):
            self.of.clear()
            self.of.addItems(names)
            self.of.setCurrentIndex(1 if binary else min(before, count - 1))
        self.of.setVisible(not binary)
        self._answers = answers
        self._again()

    def _again(self, *_: object) -> None:
        if self._answers is None:
            return
        of = max(self.of.currentIndex(), 0)
        self._report = report = self._answers.report("threshold_curve", of=of)
        limits = report["thresholds"]
        lines = [Line(n, limits, report[n]) for n in ("precision", "recall", "f1")]
        self.plot.show_lines(lines, "Threshold", "Share")
        self.slider.setValue(round(100 * report["best"]))
        self._move()

    def _move(self, *_: object) -> None:
        if not self._report:
            return
        place, report = self.slider.value(), self._report
        self.plot.mark(float(report["thresholds"][place]))
        figures = ", ".join(
            f"{name} {float(report[name][place]):.3f}"
            for name in ("precision", "recall", "specificity", "f1")
        )
        best = f"F1 is best at {report['best']:.2f}"
        self.words.setText(f"From {place / 100:.2f} on yes: {figures}. {best}.")


class CalibrationView(ReportView):
    """How often answers of a confidence are right."""

    def __init__(self) -> None:
        super().__init__("calibration")
        self.plot = LinesPlot("evaluate.calibration.plot", "Calibration", "Nothing", square=True)
        self.column.addWidget(self.plot, 1)

    def show_report(self, judged: Judged, answers: Answers) -> None:
        """Show the bins as points joined by a line."""
        report = answers.report("calibration")
        ends = np.array([0.0, 1.0])
        sure, share = report["confidence"], report["share"]
        lines = [
            Line("network", sure, share),
            Line("bins", sure, share, points=True),
            Line("as sure as right", ends, ends, muted=True),
        ]
        what = "Share of yes" if answers.task == "binary" else "Share that is right"
        self.plot.show_lines(lines, "Confidence", what)
        over = float(((sure - share) * report["count"]).sum() / max(report["count"].sum(), 1))
        verdict = "about right" if abs(over) < 0.02 else "too sure" if over > 0 else "too modest"
        self.words.setText(
            f"Calibration error {report['error']:.3f}, Brier score {report['brier']:.3f}: the "
            f"network is {verdict}."
        )


class ResidualView(ReportView):
    """How far off each answer is."""

    def __init__(self) -> None:
        super().__init__("residuals")
        self.plot = LinesPlot("evaluate.residuals.plot", "Residuals", "Nothing to show")
        self.of = choice("evaluate.residuals.output", "Which output")
        self.row.addWidget(self.of)
        self.column.addWidget(self.plot, 1)
        self._answers: Answers | None = None
        self.of.currentIndexChanged.connect(self._again)

    def show_report(self, judged: Judged, answers: Answers) -> None:
        """Show the residuals of the output that is chosen."""
        count = answers.prediction.shape[1]
        with QSignalBlocker(self.of):
            self.of.clear()
            self.of.addItems([f"Output {n + 1}" for n in range(min(count, 200))])
        self.of.setVisible(count > 1)
        self._answers = answers
        self._again()

    def _again(self, *_: object) -> None:
        if self._answers is None:
            return
        report = self._answers.report("residuals", output=max(self.of.currentIndex(), 0))
        said, wrong = _thin(report["said"], report["residual"])
        ends = np.array([said.min(), said.max()])
        self.plot.show_lines(
            [
                Line("residual", said, wrong, points=True),
                Line("no error", ends, np.zeros(2), muted=True),
            ],
            "Prediction",
            "Prediction − target",
        )
        self.words.setText(
            f"RMSE {report['rmse']:.4g}, MAE {report['mae']:.4g}, R² {report['r2']:.4f}; mean "
            f"{report['bias']:+.3g}, deviation {report['deviation']:.3g}."
            + (f" {MOST_POINTS:,} of the points are drawn." if len(said) == MOST_POINTS else "")
        )


class ClassesView(ReportView):
    """Figures of every class."""

    def __init__(self) -> None:
        super().__init__("classes")
        self.table = FigureTable("evaluate.classes.table", "Figures per class")
        self.column.addWidget(self.table, 1)

    def show_report(self, judged: Judged, answers: Answers) -> None:
        """Show a row for each class, and the means below."""
        report = answers.report("class_report")
        rows = [
            [answers.class_name(n), *(f"{v:.3f}" for v in row), f"{int(report['support'][n]):,}"]
            for n, row in enumerate(report["rows"])
        ]
        whole = f"{int(report['support'].sum()):,}"
        for title in ("macro", "weighted"):
            rows.append([f"{title} mean", *(f"{v:.3f}" for v in report[title]), whole])
        headings = ("Class", "Precision", "Recall", "Specificity", "F1", "Samples")
        self.table.show_rows(headings, rows, bold=(len(rows) - 2, len(rows) - 1))
        scores = np.where(report["support"] > 0, report["rows"][:, 3], np.inf)
        worst = scores.argmin()
        name = answers.class_name(int(worst))
        score = float(report["rows"][worst, 3])
        self.words.setText(
            f"Accuracy {report['accuracy']:.1%}. Weakest class: {name} (F1 {score:.3f})."
        )


class WorstView(ReportView):
    """The samples the network is most wrong about."""

    def __init__(self) -> None:
        super().__init__("worst")
        self.samples = SamplesView("evaluate.worst_samples")
        self.words.hide()
        self.column.addWidget(self.samples, 1)

    def show_report(self, judged: Judged, answers: Answers) -> None:
        """Show them, the worst first."""
        report = answers.report("worst_samples", count=48)
        words = f"The {len(report['rows'])} samples with the greatest loss, the worst first."
        self.samples.show_samples(judged, answers, report["rows"].tolist(), words)


def report_views() -> dict[str, ReportView]:
    """Return the view of each report."""
    return {
        "confusion_matrix": ConfusionView(),
        "class_report": ClassesView(),
        "roc_curve": RankingView("roc_curve", "ROC curve"),
        "precision_recall_curve": RankingView("precision_recall_curve", "Precision–recall curve"),
        "threshold_curve": ThresholdView(),
        "calibration": CalibrationView(),
        "residuals": ResidualView(),
        "worst_samples": WorstView(),
    }
