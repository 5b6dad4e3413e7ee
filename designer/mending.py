"""All that can be mended at once, shown before it is done: where, what is wrong, what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.analyses import trained_roots
from designer.background import Background
from designer.forms import text_label
from designer.proposing import Answer, change_list
from designer.words import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent

    from designer.document import Document
    from engine.mending import Chain, Mended
    from engine.project import Project
    from engine.train.events import Finding

_SIZE = (820, 520)
_LOOKING = "Trying out what mends what…"
STEP = "Fix all"
"""What the step of undo is called."""


class MendingWindow(QWidget):
    """Stands beside the window, blocks nothing, and follows what is edited meanwhile.

    Parameters
    ----------
    document
        Whose problems are mended.
    offered
        Returns what rules found and a change mends.
    """

    applied = Signal(tuple)
    """The findings whose remedies were applied."""

    def __init__(
        self, document: Document, parent: QWidget, offered: Callable[[], tuple[Finding, ...]]
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("mending.window")
        self.setAccessibleName("Fix all")
        self.setWindowTitle("Fix all — Layerloom")
        self.resize(*_SIZE)
        self._document = document
        self._offered = offered
        self._findings: tuple[Finding, ...] = ()
        self._background = Background(self)
        self._asked: Project | None = None
        """The project that is being looked at, or was last."""
        self.chain: Chain | None = None
        self._make()
        document.analysed.connect(self.follow)
        theme.signals.themeChanged.connect(self._redraw)

    def _make(self) -> None:
        self.state = text_label()
        self.state.setObjectName("mending.state")
        headings = ["Where", "What mends it", "What is wrong"]
        self.list = change_list("mending.steps", "What will be mended", headings)
        self.left = text_label("", "muted")
        self.left.setObjectName("mending.left")
        buttons = Answer("mending", "Apply all fixes", self.accept, self.close)
        self.apply, self.cancel = buttons.apply, buttons.cancel
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(8)
        for widget in (self.state, self.list, self.left):
            column.addWidget(widget, int(widget is self.list))
        column.addLayout(buttons)

    # -- looking

    def follow(self, *_: object) -> None:
        """Look again: there are other problems or findings, perhaps."""
        if self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Take account of what was edited while it was closed."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Work out anew, beside the window, what mending all would do."""
        document = self._document
        project, fields = document.project, document.info.fields if document.info else {}
        findings = self._offered()
        if project is self._asked and findings == self._findings and self.chain is not None:
            return
        self._asked, self._findings, self.chain = project, findings, None
        roots = dict.fromkeys((*trained_roots(project), document.spot.root))
        self._show(_LOOKING)

        def work() -> object:
            from engine.mending import chain

            return project, findings, chain(project, fields, roots, findings)

        self._background.run(work, self._on_found, self._on_failed)

    def _on_found(self, result: object) -> None:
        project, findings, chain = cast("tuple[Project, tuple[Finding, ...], Chain]", result)
        if project is not self._asked or findings is not self._findings:
            return
        self.chain = chain
        found = len(chain.steps)
        sentence = "Nothing can be mended by a change that is known."
        self._show(f"{count(found, 'change')}, one step of undo." if found else sentence)

    def _on_failed(self, error: Exception) -> None:
        self._show(f"The fixes could not be worked out: {error}")

    # -- showing

    def _redraw(self, *_: object) -> None:
        if self.chain is not None:
            self._show(self.state.text())

    def _show(self, sentence: str) -> None:
        steps = self.chain.steps if self.chain is not None else ()
        self.state.setText(sentence)
        self.list.clear()
        for step in steps:
            self.list.addTopLevelItem(self._row(step))
        left = self.chain.left if self.chain is not None else ()
        words = [problem.message for problem in left[:3]]
        rest = len(left) - len(words)
        tail = [f"… and {rest:,} more"] if rest else []
        self.left.setText("\n".join(["Left to you:", *words, *tail]) if words else "")
        self.left.setVisible(bool(words))
        self.apply.setEnabled(bool(steps))

    def _row(self, step: Mended) -> QTreeWidgetItem:
        project = self._document.project
        where = step.node or "Training"
        if step.network in project.networks and len(project.networks) > 1:
            where = f"{project.title_of(step.network)} › {where}"
        row = QTreeWidgetItem([where, step.fix, step.message])
        row.setForeground(2, theme.theme().color("text_muted"))
        for column in range(3):
            row.setToolTip(column, f"{step.message}\n{step.fix}")
        return row

    # -- ending

    def accept(self) -> None:
        """Apply all fixes as one step of undo, and close."""
        if self.chain is not None and self.chain.steps and self._asked is self._document.project:
            steps = self.chain.steps
            self._document.push(STEP, self.chain.project)
            self.applied.emit(tuple(s.finding for s in steps if s.finding is not None))
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Escape leave."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Forget what was found."""
        self._asked = self.chain = None
        super().closeEvent(event)

    def end(self) -> None:
        """Wait for what still runs; the window is of no use afterwards."""
        self.close()
        self._background.close()
