"""The way into the network on show: from the network around to the place, copy by copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from designer.analyses import trained_roots
from designer.canvas import words
from designer.training import phases
from engine.analysis import placed
from engine.catalog import registry

if TYPE_CHECKING:
    from designer.document import Document
    from engine.project import Project

_UNUSED = "Not placed anywhere and not trained; by itself its inputs read the data."
_WAITING = "Not trained yet: give it a phase of its own on the tab Training."


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step: a name to click, and how many copies stand there."""

    text: str
    levels: int
    """How far out a click leads; 0 is here."""
    copies: int = 1
    copy: int = 0


class Breadcrumb(QWidget):
    """Hidden while the network on show is trained by itself."""

    outWanted = Signal(int)
    """The user wants to go so many levels out."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("breadcrumb")
        self.setAccessibleName("Where this network stands")
        self._document = document
        self._crumbs: list[Crumb] = []
        self._lead = ""
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 2, 10, 2)
        self._row.setSpacing(2)
        document.trailChanged.connect(self.refresh)
        document.projectChanged.connect(self.refresh)
        document.analysed.connect(self.refresh)
        self.refresh()

    def texts(self) -> list[str]:
        """Return the names along the way."""
        return [crumb.text for crumb in self._crumbs]

    def refresh(self, *_: object) -> None:
        """Bring the way up to date; nothing is made anew if only another copy is looked at."""
        spot, project = self._document.spot, self._document.project
        crumbs = _crumbs(self._document) if spot.trail else []
        lead = "As in" if spot.inferred else ""
        if not spot.trail and spot.network not in trained_roots(project):
            lead = _WAITING if phases.has_loss(project, spot.network) else _UNUSED
        if (lead, [_fixed(c) for c in crumbs]) != (self._lead, [_fixed(c) for c in self._crumbs]):
            self._rebuild(lead, crumbs)
        else:
            self._show_copies(crumbs)
        self._lead, self._crumbs = lead, crumbs
        self.setVisible(bool(lead or crumbs))

    def _rebuild(self, lead: str, crumbs: list[Crumb]) -> None:
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if lead:
            self._row.addWidget(_muted(lead))
        for level, crumb in enumerate(crumbs):
            if level:
                self._row.addWidget(_muted("›"))
            self._row.addWidget(self._name(level, crumb))
            if crumb.copies > 1:
                self._row.addWidget(self._copy(level - 1, crumb))
        self._row.addStretch(1)

    def _name(self, level: int, crumb: Crumb) -> QWidget:
        if not crumb.levels:
            here = QLabel(crumb.text)
            here.setObjectName("breadcrumb.here")
            here.setProperty("role", "strong")
            here.setContentsMargins(6, 0, 6, 0)
            return here
        button = QToolButton()
        button.setObjectName(f"breadcrumb.{level}")
        button.setText(crumb.text.replace("&", "&&"))
        button.setAccessibleName(f"Go out to {crumb.text}")
        button.setToolTip(f"Go out to {crumb.text}")
        button.setProperty("levels", crumb.levels)
        button.clicked.connect(self._go)
        return button

    def _copy(self, level: int, crumb: Crumb) -> QWidget:
        spin = QSpinBox()
        spin.setObjectName(f"breadcrumb.copy.{level}")
        spin.setAccessibleName(f"Which copy of {crumb.text}")
        spin.setToolTip("Which copy of the repeat is looked at: its shapes and its live figures.")
        spin.setRange(1, crumb.copies)
        spin.setPrefix("Copy ")
        spin.setSuffix(f" of {crumb.copies}")
        spin.setWrapping(True)
        spin.setValue(crumb.copy + 1)
        spin.lineEdit().setTextMargins(6, 0, 0, 0)
        spin.setProperty("level", level)
        spin.valueChanged.connect(self._look)
        return spin

    def _show_copies(self, crumbs: list[Crumb]) -> None:
        for level, crumb in enumerate(crumbs):
            spin = self.findChild(QSpinBox, f"breadcrumb.copy.{level - 1}")
            if isinstance(spin, QSpinBox) and crumb.copies > 1:
                spin.blockSignals(True)
                spin.setValue(crumb.copy + 1)
                spin.blockSignals(False)

    def _go(self) -> None:
        self.outWanted.emit(int(self.sender().property("levels")))

    def _look(self, number: int) -> None:
        self._document.look_at_copy(int(self.sender().property("level")), number - 1)


def _fixed(crumb: Crumb) -> tuple[str, int, int]:
    return crumb.text, crumb.levels, crumb.copies


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "muted")
    return label


def _crumbs(document: Document) -> list[Crumb]:
    """Return the way: the root's title, then the name of each place."""
    spot, project = document.spot, document.project
    depth = len(spot.trail)
    found = [Crumb(project.title_of(spot.root), depth)]
    counts = (*document.copies, *(1,) * depth)[:depth]
    for level, (key, node_id) in enumerate(spot.trail):
        copy = min(spot.copies[level], counts[level] - 1)
        name = _name_of(project, key, node_id)
        found.append(Crumb(name, depth - level - 1, counts[level], copy))
    return found


def _name_of(project: Project, network: str, node_id: str) -> str:
    """Return a place as its node is called on the canvas."""
    node = project.networks[network].nodes[node_id]
    return words.display_name(node, registry.node(node.spec), project.title_of(placed(node)))
