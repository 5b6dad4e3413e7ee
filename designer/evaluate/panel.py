"""The dock Evaluate: a part of the data, the reports that suit it, and the view of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from designer.evaluate.desk import Desk
from designer.evaluate.trials import FoldsView, PlainView
from designer.evaluate.tryview import TryView
from designer.evaluate.views import ReportView, choice, report_views
from designer.theme import signals
from engine.catalog import registry
from engine.catalog.spec import ReportSpec
from engine.train.events import OVER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from designer.bridge import Bridge
    from designer.document import Document
    from engine.judge.answers import Answers, Judged
    from engine.judge.trying import Tryout
    from engine.project import Project

    Told = Callable[[str, float], None]
    Cancelled = Callable[[], bool]

PARTS = {"test": "Test", "validation": "Validation", "train": "Training"}
SIDE = 236
_KEY = Qt.ItemDataRole.UserRole
_NOTHING = (
    "Train the network, then press Evaluate to see how good it is: where it errs, how sure it is, "
    "and which samples it gets wrong."
)
_BUSY = "Pause or stop the run to evaluate what it has learned so far."
_HINDERS = {
    "judge": "The network is being evaluated; train it in a moment, or cancel that.",
    "try": "The network is being asked something; train it in a moment.",
    "folds": "Cross-validation is under way; cancel it in the dock Evaluate, or wait for its end.",
}
_NO_TASK = "No loss of this network has right answers to compare with, so there is no report."


class EvaluatePanel(QWidget):
    """Judges the weights of the run on show, or of the last run beside the project's file."""

    def __init__(self, document: Document, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("evaluatePanel")
        self.setAccessibleName("Evaluate")
        self._document, self._bridge = document, bridge
        self.desk = Desk(self)
        self.judged: Judged | None = None
        self._project: Project | None = None
        self._weights: Mapping[str, Any] = {}
        self._make_side()
        self._make_views()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._side)
        layout.addWidget(self.stack, 1)
        self.button.clicked.connect(self.evaluate)
        self.cancel.clicked.connect(self.desk.cancel)
        self.part.currentIndexChanged.connect(self._part_changed)
        self.of.currentIndexChanged.connect(self._fill)
        self.list.currentItemChanged.connect(self._show)
        self.folds.wanted.connect(self._cross_validate)
        self.plain.wanted.connect(self._fit_plain)
        self.desk.changed.connect(self.refresh)
        bridge.stateChanged.connect(self._run_changed)
        document.replaced.connect(self.forget)
        signals.themeChanged.connect(self._restyle)
        self._fill()
        self.refresh()

    # -- building

    def _make_side(self) -> None:
        self._side = QWidget()
        self._side.setFixedWidth(SIDE)
        self.part = choice("evaluate.part", "Which part of the data")
        for key, title in PARTS.items():
            self.part.addItem(title, key)
        self.button = QPushButton("Evaluate")
        self.button.setObjectName("evaluate.run")
        self.button.setAccessibleName("Evaluate")
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("evaluate.cancel")
        self.cancel.setAccessibleName("Cancel the evaluation")
        self.of = choice("evaluate.loss", "Which loss's answers")
        self.list = QListWidget()
        self.list.setObjectName("evaluate.reports")
        self.list.setAccessibleName("Reports")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.state = QLabel()
        self.state.setObjectName("evaluate.state")
        self.state.setProperty("role", "muted")
        self.state.setWordWrap(True)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(8, 6, 6, 6)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (self.part, self.button, self.cancel):
            row.addWidget(widget)
        row.setStretch(0, 1)
        column.addLayout(row)
        column.addWidget(self.of)
        column.addWidget(self.list, 1)
        column.addWidget(self.state)

    def _make_views(self) -> None:
        self.stack = QStackedWidget()
        self.empty = QLabel(_NOTHING)
        self.empty.setObjectName("evaluate.empty")
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setContentsMargins(40, 8, 40, 8)
        self.stack.addWidget(self.empty)
        self.views: dict[str, ReportView] = report_views()
        self.folds, self.plain = FoldsView(self.desk), PlainView(self.desk)
        self.trying = TryView(self.desk, self._tryout)
        for view in (*self.views.values(), self.folds, self.plain, self.trying):
            self.stack.addWidget(view)

    # -- what is possible

    def refresh(self, *_: object) -> None:
        """Show what can be done now, and why something cannot."""
        running = self._bridge.alive and self._bridge.state != "paused"
        mine = self.desk.kind == "judge"
        self.button.setVisible(not mine)
        self.button.setEnabled(not running and not self.desk.kind and self._has_weights())
        self.cancel.setVisible(mine)
        if running:
            self.state.setText(_BUSY)
        elif mine:
            self.state.setText("Evaluating…")
        elif self.judged is None:
            self.state.setText("")
        self.folds.begin.setEnabled(not self._bridge.alive and not self.desk.kind)
        self.plain.begin.setEnabled(not running and not self.desk.kind)

    def _run_changed(self, state: str) -> None:
        self.refresh()
        if state in OVER or state == "paused":
            self.trying.spoil()

    def _tryout(self) -> Callable[[], Callable[[Cancelled], Tryout]] | None:
        """Return what takes the weights to be asked; None while there are none."""
        running = self._bridge.alive and self._bridge.state != "paused"
        return None if running or not self._has_weights() else self._begin

    def _begin(self) -> Callable[[Cancelled], Tryout]:
        """Take the weights; return what gets the network ready to be asked."""
        source = self._source()

        def make(cancelled: Cancelled) -> Tryout:
            from engine.judge.trying import Tryout

            project, weights, _ = source()
            return Tryout(project, weights, None, cancelled)

        return make

    def hindrance(self) -> str:
        """Return why no training may begin now: it would share random numbers with what runs."""
        return _HINDERS.get("try" if self.trying.busy else self.desk.kind, "")

    def can_evaluate(self) -> bool:
        """Return whether Evaluate would begin."""
        return self.button.isEnabled()

    def _has_weights(self) -> bool:
        session = self._bridge.session
        if session is not None and self._bridge.state in (*(OVER - {"failed"}), "paused"):
            return True
        return bool(self._document.runs.folders())

    # -- judging

    def evaluate(self) -> None:
        """Judge the weights of the run on show, or of the last run on disk."""
        if not self.can_evaluate():
            return
        part = str(self.part.currentData())
        source = self._source()
        known = self.judged.data if self.judged is not None else None
        before = self._project

        def work(_told: Told, cancelled: Cancelled) -> object:
            from engine.judge.answers import judge

            project, weights, words = source()
            data = known if before is not None and before.data == project.data else None
            judged = judge(project, weights, part, data, cancelled)
            for answers in judged.answers:
                for spec in answers.reports:
                    answers.report(spec.id)
            return judged, project, weights, words

        self.desk.run("judge", work, self._judged, self._failed)

    def _source(self) -> Callable[[], tuple[Project, Mapping[str, Any], str]]:
        """Return what gets the project and the weights to judge, and says whose they are."""
        session, state = self._bridge.session, self._bridge.state
        if session is not None and state in (*(OVER - {"failed"}), "paused"):
            project: Project = getattr(session, "project", self._document.project)
            weights = session.state_dict
            words = "the paused run" if state == "paused" else "the last run"
            return lambda: (project, weights, words)
        folders = self._document.runs.folders()

        def kept() -> tuple[Project, Mapping[str, Any], str]:
            from engine.runs import kept

            if not folders:
                raise ValueError("The project has no run any more; train it first.")
            folder = folders[-1]
            return *kept(folder), f"the run {folder.name}"

        return kept

    def _judged(self, result: object) -> None:
        found = cast("tuple[Judged, Project, Mapping[str, Any], str]", result)
        self.judged, self._project, self._weights, words = found
        names = [answers.name for answers in self.judged.answers]
        self.of.blockSignals(True)
        self.of.clear()
        self.of.addItems(names)
        self.of.blockSignals(False)
        self.of.setVisible(len(names) > 1)
        self.state.setText(self._words(words))
        self._fill()

    def _words(self, whose: str) -> str:
        assert self.judged is not None
        answers = self.judged.answers
        cut = next((a for a in answers if a.samples < a.whole), None)
        size = self.judged.data.sizes[self.judged.part]
        if cut is not None:
            return f"The first {cut.samples:,} of {cut.whole:,} samples, by the weights of {whose}."
        return f"{size:,} samples, by the weights of {whose}."

    def _failed(self, sentence: str) -> None:
        self.state.setText(sentence or "Cancelled.")

    def _part_changed(self, *_: object) -> None:
        if self.judged is not None and self.can_evaluate():
            self.evaluate()

    def forget(self, *_: object) -> None:
        """Drop everything: another project is on show."""
        self.desk.cancel()
        self.judged, self._project, self._weights = None, None, {}
        self.of.clear()
        self.folds.forget()
        self.plain.forget()
        self.trying.forget()
        self._fill()
        self.refresh()

    # -- showing

    @property
    def answers(self) -> Answers | None:
        """Return the answers that are shown."""
        if self.judged is None or not self.judged.answers:
            return None
        return self.judged.answers[max(self.of.currentIndex(), 0)]

    def _fill(self, *_: object) -> None:
        """List the reports that suit what was judged."""
        self.of.setVisible(self.of.count() > 1)
        chosen = self._chosen()
        answers = self.answers
        specs = list(answers.reports) if answers is not None else []
        known: Mapping[str, ReportSpec] = registry.of_kind(ReportSpec)
        specs += [known["try_it"], known["cross_validation"], known["baselines"]]
        self.list.blockSignals(True)
        self.list.clear()
        for spec in specs:
            row = QListWidgetItem(spec.title)
            row.setData(_KEY, spec.id)
            row.setToolTip(spec.summary)
            self.list.addItem(row)
        ids = [spec.id for spec in specs]
        if answers is not None:
            self.list.setCurrentRow(ids.index(chosen) if chosen in ids else 0)
        self.list.blockSignals(False)
        self._show()

    def _chosen(self) -> str:
        row = self.list.currentRow()
        return str(self.list.item(row).data(_KEY)) if row >= 0 else ""

    def choose(self, report: str) -> None:
        """Show a report."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_KEY) == report:
                self.list.setCurrentRow(row)

    def _show(self, *_: object) -> None:
        report = self._chosen()
        slow = {
            "cross_validation": self.folds,
            "baselines": self.plain,
            "try_it": self.trying,
        }
        if report in slow:
            self.stack.setCurrentWidget(slow[report])
            if report == "try_it":
                self.trying.enter()
        elif self.judged is not None and self.answers is not None and report in self.views:
            view = self.views[report]
            self.stack.setCurrentWidget(view)
            view.show_report(self.judged, self.answers)
        else:
            self.empty.setText(_NOTHING if self.judged is None else _NO_TASK)
            self.stack.setCurrentWidget(self.empty)

    def _restyle(self, *_: object) -> None:
        for view in self.views.values():
            view.restyle()
        self.folds.plot.restyle()
        self.trying.restyle()

    # -- what takes long

    def _cross_validate(self) -> None:
        project, count = self._document.project, self.folds.folds.value()
        stratified = self.folds.stratified.isChecked()

        def work(told: Told, cancelled: Cancelled) -> object:
            from engine.judge.folds import cross_validate

            return cross_validate(project, count, stratified, told, cancelled)

        self.desk.run("folds", work, self._folded, self.folds.say)

    def _folded(self, result: object) -> None:
        self.folds.show_folds(cast("Any", result))

    def _fit_plain(self) -> None:
        judged, answers = self.judged, self.answers
        if judged is None or answers is None:
            self.plain.say("Press Evaluate first, so that the network stands beside them.")
            return
        seconds = float(self.plain.seconds.value())

        def work(told: Told, cancelled: Cancelled) -> object:
            from engine.judge.plain import beside

            return beside(judged, answers, seconds, told, cancelled)

        self.desk.run("plain", work, self.plain.show_table, self.plain.say)

    def close_down(self) -> None:
        """End everything that runs."""
        self.trying.close_down()
        self.desk.close()
