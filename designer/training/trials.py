"""What can be tried out before a run: a learning rate, the deviations layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPushButton, QWidget

from designer.training.finder import FinderWindow
from designer.training.spread import SpreadWindow

if TYPE_CHECKING:
    from designer.document import Document
    from designer.training.form import PhaseForm
    from designer.training.trial import TrialWindow


class Trials(QObject):
    """Opens the windows, each once, for the phase that is on show."""

    def __init__(self, document: Document, form: PhaseForm, panel: QWidget) -> None:
        super().__init__(panel)
        self._document = document
        self._form = form
        self._panel = panel
        self.finder: FinderWindow | None = None
        self.spread: SpreadWindow | None = None
        self.look = QPushButton("Deviations layer by layer…")
        self.look.setObjectName("training.show_spread")
        self.look.setAccessibleName("Show the deviations layer by layer")
        self.look.setToolTip("What the first weights do to the first batch, forward and backward.")
        self.look.clicked.connect(self.show_spread)
        form.finderWanted.connect(self.show_finder)
        document.replaced.connect(self._leave)

    def show_finder(self) -> None:
        """Look for a learning rate."""
        if self.finder is None:
            self.finder = FinderWindow(self._document, self._panel)
            self.finder.rateChosen.connect(self._form.take_rate)
        self._open(self.finder)

    def show_spread(self) -> None:
        """Measure the deviations."""
        if self.spread is None:
            self.spread = SpreadWindow(self._document, self._panel)
        self._open(self.spread)

    def _open(self, window: TrialWindow) -> None:
        window.show()
        window.raise_()
        window.activateWindow()
        window.begin(self._form.place)

    def _leave(self) -> None:
        """Close the windows: what they show is of another project."""
        for window in (self.finder, self.spread):
            if window is not None:
                window.close()

    def end(self) -> None:
        """Close the windows for good; threads are waited for."""
        for window in (self.finder, self.spread):
            if window is not None:
                window.end()
        self.finder = self.spread = None
