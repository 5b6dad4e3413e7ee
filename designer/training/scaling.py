"""The offer to scale the learning rate with the batch. Nothing happens unless it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from designer.forms import text_label
from engine.catalog import registry

if TYPE_CHECKING:
    from designer.document import Document
    from engine.project import Phase, Project


class ScalingOffer(QWidget):
    """Stands below the batch size once that is another than the learning rate was chosen for.

    Signals
    -------
    settingChanged(path, value)
        A rate was changed, which a run can take over.
    """

    settingChanged = Signal(str, object)

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._size = 0
        """The batch that the rates were chosen for."""
        self._sizes: dict[tuple[float | None, ...], int] = {}
        """Rates that were met -> the batch then, so that undo knows what belonged together."""
        self.words = text_label("", "muted")
        self.words.setObjectName("training.scaling.words")
        self.apply = QPushButton()
        self.apply.setObjectName("training.scaling")
        self.apply.setAccessibleName("Scale the learning rate with the batch")
        self.apply.setToolTip("The linear scaling rule: a batch k times as large, a rate k times.")
        self.apply.clicked.connect(self.take)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.words, self.apply):
            column.addWidget(widget)
        self.hide()
        document.replaced.connect(self._forget)

    def _forget(self) -> None:
        self._sizes.clear()
        self.follow(self._document.project)

    @property
    def factor(self) -> float:
        """Return by how much the batch has grown since the rates were chosen."""
        return self._document.project.training.batch_size / max(self._size, 1)

    def follow(self, project: Project) -> None:
        """Offer to scale, or not."""
        training = project.training
        rates = tuple(_rate(phase) for phase in training.phases)
        self._size = self._sizes.setdefault(rates, training.batch_size)
        known = [rate for rate in rates if rate is not None]
        offered = training.batch == "mini" and training.batch_size != self._size and bool(known)
        if offered:
            scaled = " and ".join(f"{rate * self.factor:.3g}" for rate in known)
            self.words.setText(
                f"The batch was {self._size} when the learning rate was chosen. The linear "
                f"scaling rule would take {self.factor:.3g} times the rate."
            )
            self.apply.setText(f"Use a rate of {scaled}")
        self.setVisible(offered)

    def take(self) -> None:
        """Scale the rates of all phases; one step of undo."""
        project = self._document.project
        factor, told = self.factor, list[tuple[str, float]]()
        for place, phase in enumerate(project.training.phases):
            rate = _rate(phase)
            if rate is None:
                continue
            scaled = float(f"{rate * factor:.6g}")
            choice = phase.optimizer.but(params={**phase.optimizer.params, "lr": scaled})
            project = project.with_phase(place, optimizer=choice)
            told.append((f"phases.{place}.optimizer.params.lr", scaled))
        self._document.push("Scale the learning rate with the batch", project)
        for path, value in told:
            self.settingChanged.emit(path, value)


def _rate(phase: Phase) -> float | None:
    """Return the learning rate of a phase; None where it is an expression or unknown."""
    spec = registry.entries().get(f"optimizer/{phase.optimizer.id}")
    if spec is None:
        return None
    rate = phase.optimizer.params.get("lr", spec.param("lr").default)
    return float(rate) if isinstance(rate, int | float) else None
