"""One named number: its name, its value, who uses it, and the button that removes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from designer import theme
from designer.icons import action_icon
from designer.numberbox import NumberBox
from designer.words import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from engine.variables import Use

SHARES = (5, 5, 4)
"""How name, value and uses share the width."""
_BUTTON = 30
_MOST = 20


class NumberRow(QWidget):
    """Shows one number. What the user does with it is told, nothing is changed here.

    Signals
    -------
    renamed(old, new), revalued(name, value), removed(name)
        What the user wants.
    left
        The user left the value: the next change is another edit.
    useWanted(use)
        One of the settings that use it is to be shown.
    """

    renamed = Signal(str, str)
    revalued = Signal(str, object)
    removed = Signal(str)
    left = Signal()
    useWanted = Signal(object)

    def __init__(self, stem: str) -> None:
        super().__init__()
        self._stem = stem
        self.name = ""
        self._uses: Sequence[Use] = ()
        self._places: dict[QAction, Use] = {}
        self.title = QLineEdit()
        self.title.setMaxLength(40)
        self.title.editingFinished.connect(self._rename)
        self.box = NumberBox(None)
        self.box.edited.connect(self._revalue)
        self.box.editingFinished.connect(self.left)
        self.uses = QToolButton()
        self.uses.setAutoRaise(True)
        self.uses.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.uses)
        self.menu.triggered.connect(self._go)
        self.menu.aboutToShow.connect(self._fill)
        self.bin = QToolButton()
        self.bin.setAutoRaise(True)
        self.bin.setIconSize(QSize(16, 16))
        self.bin.setFixedWidth(_BUTTON)
        self.bin.clicked.connect(self._remove)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget, share in zip((self.title, self.box, self.uses), SHARES, strict=True):
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            row.addWidget(widget, share)
        row.addWidget(self.bin)
        theme.signals.themeChanged.connect(self._restyle)
        self._restyle()

    def _restyle(self, *_: object) -> None:
        look = theme.theme()
        self.bin.setIcon(action_icon("delete", look.color("text"), look.color("border_strong")))

    def show_number(self, name: str, value: float) -> None:
        """Show a number; a box that already says the same is left."""
        if name != self.name:
            self.name = name
            self.title.setText(name)
            stem = f"{self._stem}.{name}"
            for widget, part, words in (
                (self.title, "name", f"Name of {name}"),
                (self.box, "value", f"Value of {name}"),
                (self.uses, "uses", f"What uses {name}"),
                (self.bin, "remove", f"Remove {name}"),
            ):
                widget.setObjectName(f"{stem}.{part}")
                widget.setAccessibleName(words)
            self.title.setToolTip("Another name changes every expression that uses it.")
            self.box.setToolTip(f"Every setting that uses “{name}” follows.")
            self.bin.setToolTip(f"Remove “{name}”")
        if self.box.number() != value:
            self.box.show_number(value)

    def show_uses(self, uses: Sequence[Use]) -> None:
        """Show who uses it."""
        self._uses = uses
        self.uses.setText(count(len(uses), "use") if uses else "unused")
        self.uses.setEnabled(bool(uses))
        self.uses.setMenu(self.menu if uses else None)  # type: ignore[arg-type]
        self.uses.setToolTip("\n".join(use.text for use in uses[:_MOST]))

    def take_back(self) -> None:
        """Show the name as it was."""
        self.title.setText(self.name)

    def _fill(self) -> None:
        self.menu.clear()
        self._places = {self.menu.addAction(use.text): use for use in self._uses[:_MOST]}
        for action, use in self._places.items():
            action.setEnabled(bool(use.node))

    def _go(self, action: QAction) -> None:
        if action in self._places:
            self.useWanted.emit(self._places[action])

    def _rename(self) -> None:
        text = self.title.text().strip()
        if text != self.name:
            self.renamed.emit(self.name, text)

    def _revalue(self) -> None:
        self.revalued.emit(self.name, self.box.number())

    def _remove(self) -> None:
        self.removed.emit(self.name)


class NewRow(QWidget):
    """The row in which one more number is named.

    Signals
    -------
    added(name, value)
        What was written; the value may be no number.
    """

    added = Signal(str, object)

    def __init__(self, stem: str, words: str) -> None:
        super().__init__()
        self.title = QLineEdit()
        self.title.setObjectName(f"{stem}.new.name")
        self.title.setAccessibleName(f"Name of a new {words}")
        self.title.setPlaceholderText("name")
        self.title.setMaxLength(40)
        self.box = NumberBox(None)
        self.box.setObjectName(f"{stem}.new.value")
        self.box.setAccessibleName(f"Value of a new {words}")
        self.box.lineEdit().setPlaceholderText("value")
        self.button = QToolButton()
        self.button.setText("Add")
        self.button.setObjectName(f"{stem}.new.add")
        self.button.setAccessibleName(f"Add a {words}")
        self.button.setToolTip(f"Add the {words}; Enter does it too.")
        self.button.setMinimumHeight(32)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget, share in zip((self.title, self.box, self.button), SHARES, strict=True):
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            row.addWidget(widget, share)
        row.addSpacing(_BUTTON + 4)
        self.title.returnPressed.connect(self._add)
        self.box.lineEdit().returnPressed.connect(self._add)
        self.button.clicked.connect(self._add)

    def clear(self) -> None:
        """Make room for another."""
        self.title.clear()
        self.box.show_number(None)
        self.title.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self) -> None:
        if not self.title.text().strip():
            self.title.setFocus(Qt.FocusReason.OtherFocusReason)
        self.added.emit(self.title.text(), self.box.number())
