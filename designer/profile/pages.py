"""The pages of the panel: what the checks say, a batch learned by heart, costs, gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from designer import navigation
from designer.evaluate.lines import Line, LinesPlot
from designer.profile.tables import Column, CostTable
from designer.words import count
from engine.catalog import registry
from engine.catalog.spec import CheckSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.preflight.ground import Outcome
    from engine.project import Project
    from engine.remedies import Remedy

VERDICTS = {"pass": "Passed", "warn": "Look at it", "fail": "Failed", "skip": "Left out"}
_STALE = 0.45


class Page(QWidget):
    """One page: a sentence, its table or plot, and what stands there before there is any.

    Signals
    -------
    nodePicked(address)
        The user wants to see a node.
    """

    nodePicked = Signal(str)

    def __init__(self, name: str, title: str, empty: str, body: QWidget) -> None:
        super().__init__()
        self.setObjectName(f"profile.page.{name}")
        self.setAccessibleName(title)
        self.title = title
        self.filled = self.stale = False
        self.body = body
        self.said = QLabel()
        self.said.setObjectName(f"profile.{name}.said")
        self.said.setWordWrap(True)
        self.old = QLabel("The project has changed since: this is of what it was before.")
        self.old.setObjectName(f"profile.{name}.stale")
        self.old.setProperty("role", "warning")
        self.old.setWordWrap(True)
        self.old.hide()
        self.row = QHBoxLayout()
        self.row.addWidget(self.said, 1)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        column.addWidget(self.old)
        column.addLayout(self.row)
        column.addWidget(body, 1)
        self.empty = QLabel(empty)
        self.empty.setObjectName(f"profile.{name}.empty")
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setContentsMargins(32, 8, 32, 8)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(inside)
        self._paler = QGraphicsOpacityEffect(body)
        self._paler.setOpacity(_STALE)
        self._paler.setEnabled(False)
        body.setGraphicsEffect(self._paler)

    def fill(self, words: str) -> None:
        """Say what was found; the page is up to date now."""
        self.said.setText(words)
        self.filled = True
        self.set_stale(False)
        self._stack.setCurrentIndex(1)

    def set_stale(self, stale: bool) -> None:
        """Grey the page out, or no longer."""
        self.stale = stale and self.filled
        self.old.setVisible(self.stale)
        self._paler.setEnabled(self.stale)

    def forget(self) -> None:
        """Show the empty page again."""
        self.filled = False
        self.set_stale(False)
        self._stack.setCurrentIndex(0)

    def button(self, text: str, name: str, words: str) -> QPushButton:
        """Return a button beside the sentence."""
        made = QPushButton(text)
        made.setObjectName(name)
        made.setAccessibleName(words)
        made.setToolTip(words)
        self.row.addWidget(made)
        return made


class ChecksPage(Page):
    """What each check found, in words.

    Signals
    -------
    fixWanted(remedy)
        The user wants what the selected row offers.
    """

    fixWanted = Signal(object)

    def __init__(self) -> None:
        columns = (Column(""), Column("Check"), Column("What was found"))
        self.table = CostTable("profile.checks", "Checks", columns, wrap=True)
        super().__init__(
            "checks",
            "Checks",
            "Check before a run: labels, duplicates and sizes of the data, the loss at the start, "
            "a gradient for every weight, one batch learned by heart. Works on copies; nothing "
            "of the project changes.",
            self.table,
        )
        self.table.nodePicked.connect(self.nodePicked)
        self.table.currentItemChanged.connect(self._offer)
        self.fix = self.button("Fix", "profile.checks.fix", "Make the change the row offers")
        self.fix.clicked.connect(self._want)
        self.fix.hide()
        self._outcomes: dict[str, Outcome] = {}

    def show_outcomes(self, project: Project, outcomes: Sequence[Outcome]) -> None:
        """Show what the checks found, what failed first."""
        known: Mapping[str, CheckSpec] = registry.of_kind(CheckSpec)
        order = {"fail": 0, "warn": 1, "pass": 2, "skip": 3}
        outcomes = sorted(outcomes, key=lambda o: order[o.status])
        rows: list[tuple[str, Sequence[str | float]]] = []
        tips: list[str] = []
        self._outcomes = {}
        for outcome in outcomes:
            title, verdict = known[outcome.check].title, VERDICTS[outcome.status]
            rows.append((_address(project, outcome), (verdict, title, outcome.evidence)))
            tips.append(f"{outcome.evidence}\n\n{known[outcome.check].cause}")
            self._outcomes[f"{title}\n{outcome.evidence}"] = outcome
        self.table.show_rows(rows, None, [o.status for o in outcomes], tips)
        self.fill(_summary(outcomes))
        self._offer()

    def _offer(self, *_: object) -> None:
        fix = self._remedy()
        self.fix.setVisible(fix is not None)
        self.fix.setText(fix.text if fix is not None else "Fix")

    def _remedy(self) -> Remedy | None:
        item = self.table.currentItem()
        if item is None and self.table.topLevelItemCount():
            item = self.table.topLevelItem(0)
        found = self._outcomes.get(f"{item.text(1)}\n{item.text(2)}") if item is not None else None
        return found.fix if found is not None else None

    def _want(self) -> None:
        fix = self._remedy()
        if fix is not None:
            self.fixWanted.emit(fix)


def _address(project: Project, outcome: Outcome) -> str:
    if not outcome.node:
        return ""
    network = outcome.network or project.phase.network
    return navigation.address(project, network, outcome.node)


def _summary(outcomes: Iterable[Outcome]) -> str:
    held = [o.status for o in outcomes]
    failed, doubtful = held.count("fail"), held.count("warn")
    if not failed and not doubtful:
        return f"All is well: {count(held.count('pass'), 'check')} passed."
    words = [f"{count(failed, 'check')} failed"] if failed else []
    words += [f"{doubtful} to look at"] if doubtful else []
    return f"{', '.join(words)}, {held.count('pass')} passed. A click shows the layer."


class FitPage(Page):
    """The losses of a copy that learns one batch by heart, while it does."""

    def __init__(self) -> None:
        self.plot = LinesPlot(
            "profile.fit.plot", "Loss over the steps on one batch", "", column=False
        )
        super().__init__(
            "fit",
            "One batch",
            "Overfit one batch: a copy of the network learns a few samples by heart. What cannot "
            "do even that has a fault in its loss, its labels or its layers.",
            self.plot,
        )
        self._shown = 0

    def grow(self, losses: Sequence[float]) -> None:
        """Draw the losses so far."""
        if len(losses) < 2 or len(losses) == self._shown:
            return
        self._shown = len(losses)
        steps = np.arange(1.0, len(losses) + 1.0)
        values = np.array(losses[: len(steps)])
        self.plot.show_lines([Line("loss", steps, values)], "Step", "Loss")
        self.fill(f"Step {len(losses):,}: loss {losses[-1]:.4g}")

    def show_outcome(self, outcome: Outcome) -> None:
        """Draw all losses, and say what they mean."""
        self._shown = 0
        self.grow(outcome.curve)
        if not outcome.curve:
            self.plot.show_lines([], "Step", "Loss")
        self.fill(f"{VERDICTS[outcome.status]}. {outcome.evidence}")
