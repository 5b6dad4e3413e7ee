"""What a person writes about a run, and what it was trained with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from designer.words import count, size
from engine.runs.notes import Notes, tidy

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QFocusEvent

    from engine.runs.summary import Run

_HINT = "Select a run to name it, to tag it, or to write a note."


class NoteField(QPlainTextEdit):
    """A text that is taken over when it is left."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that the text is done."""
        super().focusOutEvent(event)
        self.left.emit()


class AboutView(QWidget):
    """Name, tags and note of one run; below them facts.

    Signals
    -------
    written(folder, notes)
        The user changed what is said about a run.
    """

    written = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs.about")
        self._folder: Path | None = None
        self._notes = Notes()
        self.hint = QLabel(_HINT)
        self.hint.setObjectName("runs.about.hint")
        self.hint.setProperty("role", "muted")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name = QLineEdit()
        self.tags = QLineEdit()
        self.note = NoteField()
        self.facts = QLabel()
        fields = (
            (self.name, "name", "Name", "What the run is called here; its folder keeps its name."),
            (self.tags, "tags", "Tags", "Words to find it by, parted by commas."),
            (self.note, "note", "Note", "Anything worth remembering of this run."),
            (self.facts, "facts", "Facts", ""),
        )
        self._form = QWidget()
        form = QFormLayout(self._form)
        form.setContentsMargins(8, 6, 8, 6)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for widget, key, title, tip in fields:
            widget.setObjectName(f"runs.{key}")
            widget.setAccessibleName(f"{title} of the run")
            widget.setToolTip(tip)
            form.addRow(title, widget)
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(64)
        self.facts.setProperty("role", "muted")
        self.facts.setWordWrap(True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("runs.about.scroll")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self._form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.hint, 1)
        layout.addWidget(self._scroll, 1)
        self.name.editingFinished.connect(self.commit)
        self.tags.editingFinished.connect(self.commit)
        self.note.left.connect(self.commit)
        self.show_run(None)

    def show_run(self, run: Run | None) -> None:
        """Show another run, or the same one further on; what is being typed stays."""
        if run is None or run.folder != self._folder:
            self.commit()
        self.hint.setVisible(run is None)
        self._scroll.setVisible(run is not None)
        if run is None:
            self._folder = None
            return
        self.facts.setText(_facts(run))
        same = run.folder == self._folder
        if same and (run.notes == self._notes or self._typed() != self._notes):
            return
        self._folder, self._notes = run.folder, run.notes
        self.name.setText(run.notes.name)
        self.name.setPlaceholderText(run.id)
        self.tags.setText(", ".join(run.notes.tags))
        self.note.setPlainText(run.notes.note)

    def commit(self) -> None:
        """Take over what was typed."""
        found = self._typed()
        if self._folder is not None and found != self._notes:
            self._notes = found
            self.written.emit(self._folder, found)

    def _typed(self) -> Notes:
        tags = tuple(self.tags.text().split(","))
        return tidy(Notes(self.name.text(), self.note.toPlainText(), tags))


def _facts(run: Run) -> str:
    parts = [
        run.message,
        f"{count(run.parameters, 'parameter')} on {run.device}." if run.parameters else "",
        f"Weights: {', '.join(run.checkpoints)}." if run.checkpoints else "No weights kept.",
        f"It can go on from: {', '.join(run.moments)}." if run.moments else "",
        f"{size(run.size)} in {run.folder}",
    ]
    return "\n".join(part for part in parts if part)
