"""The line above the canvas: parameters, FLOPs, memory and device of the network on show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from designer.analyses import obstacles, trained_roots
from designer.canvas.marks import badge_pixmap
from designer.profile.memory import MemoryForecast
from designer.theme import signals, theme
from designer.words import amount, count, size

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from designer.document import Document
    from engine.analysis import Analysis

_MARK = 14
_GUESS = "A guess: weights, gradients, two numbers each for the optimizer, activations of a batch."


class Strip(QWidget):
    """Figures of the network, worked out anew after every change; what has no room is left out."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setAccessibleName("Figures of the network")
        self._document = document
        self._device = ""
        self._found = (0, 0)
        """Errors and warnings that Findings lists."""
        self._waiting = True
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(18)
        self.parameters = _part("strip.parameters", "Numbers that training changes.")
        self.flops = _part(
            "strip.flops", "Floating-point operations for one sample, forward; an estimate."
        )
        self.memory = _part("strip.memory", _GUESS)
        self.device = _part("strip.device", "Where the network trains; choose it under Training.")
        self.problems = _part("strip.problems", "What stands in the way; see Findings.")
        self.mark = QLabel()
        self.mark.setObjectName("strip.mark")
        self.mark.hide()
        first = QHBoxLayout()
        first.setSpacing(6)
        first.addWidget(self.mark)
        first.addWidget(self.problems)
        row.addLayout(first)
        row.addStretch(1)
        self._parts = (self.parameters, self.flops, self.memory, self.device)
        for label in self._parts:
            label.setProperty("role", "muted")
            row.addWidget(label)
        self.forecast = MemoryForecast(document, self)
        self.forecast.changed.connect(self._remember)
        document.analysed.connect(self._analysed)
        document.projectChanged.connect(self._project_changed)
        document.replaced.connect(self._wait)
        signals.themeChanged.connect(self._say)
        self._project_changed()

    def set_device(self, name: str) -> None:
        """Say which device `auto` stands for on this machine."""
        self._device = name
        self._project_changed()

    def set_found(self, errors: int, warnings: int) -> None:
        """Count what Findings lists."""
        self._found = errors, warnings
        self._say()

    def minimumSizeHint(self) -> QSize:
        """Return room for the first words, so that figures never push the panels aside."""
        return QSize(self._first() + 24, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many figures as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _first(self) -> int:
        """Return how wide the first words are with their mark."""
        mark = 0 if self.mark.isHidden() else self.mark.sizeHint().width() + 6
        return mark + self.problems.sizeHint().width()

    def _fit(self) -> None:
        room = self.width() - 24 - self._first()
        for label in self._parts:
            room -= label.sizeHint().width() + 18
            label.setVisible(room >= 0)

    def _project_changed(self, *_: object) -> None:
        training = self._document.project.training
        words = training.device
        if words == "auto" and self._device:
            words = f"auto ({self._device})"
        mixed = ", mixed" if training.precision == "mixed" else ""
        self.device.setText(f"Device {words}{mixed}")
        self._fit()

    def _wait(self) -> None:
        """Say that nothing is known of another project yet."""
        self._waiting = any(graph.nodes for graph in self._document.project.networks.values())
        if self._waiting:
            self._mark("muted")
            self.problems.setText("Working out the shapes…")
            for label in (self.parameters, self.flops, self.memory):
                label.setText("")

    def _analysed(self, analysis: Analysis) -> None:
        self.parameters.setText(f"{analysis.parameters:,} parameters")
        self.flops.setText(f"≈ {amount(analysis.flops)} FLOPs a sample")
        self._memory()
        self._waiting = False
        self._say()

    def _say(self, *_: object) -> None:
        """Write how many errors and warnings there are, with the mark of the worst."""
        if self._waiting:
            return
        project = self._document.project
        errors = max(self._found[0], len(obstacles(self._document.problems, project)))
        kinds = {"error": (errors, "problem"), "warning": (self._found[1], "warning")}
        known = {kind: count(*words) for kind, words in kinds.items() if words[0]}
        if any(project.networks[key].nodes for key in trained_roots(project)):
            self.problems.setText(", ".join(known.values()) or "No problems")
        else:
            known.clear()
            some = self._document.graph.nodes
            self.problems.setText("Nothing to train yet" if some else "Empty network")
        self._mark(next(iter(known), "muted"))
        self._fit()

    def _mark(self, role: str) -> None:
        """Show the first words as an error, a warning, or as what is muted."""
        self.mark.setVisible(role != "muted")
        if role != "muted":
            self.mark.setPixmap(badge_pixmap(theme(), role, _MARK))
        if self.problems.property("role") != role:
            self.problems.setProperty("role", role)
            self.problems.style().polish(self.problems)

    def _remember(self) -> None:
        self._memory()
        self._fit()

    def _memory(self) -> None:
        """Show the memory of a step: at a guess, until it has been gone through."""
        batch = self._document.project.training.batch_size
        found, analysis = self.forecast.found, self._document.analysis
        if found is not None:
            self.memory.setText(f"{size(found.total)} at batch {found.samples}")
            self.memory.setToolTip(
                "What training holds at most, worked out from the step itself: weights "
                f"{size(found.weights)}, optimizer {size(found.state)}, gradients and what is kept "
                f"for the backward {size(found.work)}. The data set comes on top."
            )
        elif analysis is not None:
            self.memory.setText(f"≈ {size(analysis.memory)} at batch {batch}")
            self.memory.setToolTip(_GUESS)

    def close_down(self) -> None:
        """End what works beside the window."""
        self.forecast.close_down()


def _part(name: str, help_: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setAccessibleName(help_)
    label.setToolTip(help_)
    return label
