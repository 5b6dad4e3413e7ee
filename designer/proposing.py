"""The parts of a window that lists what would change and waits for a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPushButton, QTreeWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def change_list(name: str, words: str, headings: Sequence[str]) -> QTreeWidget:
    """Return a list of changes that is read, not chosen from."""
    found = QTreeWidget()
    found.setObjectName(name)
    found.setAccessibleName(words)
    found.setHeaderLabels(list(headings))
    found.setRootIsDecorated(False)
    found.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
    found.setUniformRowHeights(True)
    header = found.header()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setStretchLastSection(True)
    return found


class Answer(QHBoxLayout):
    """Cancel and Apply, at the right."""

    def __init__(
        self, name: str, words: str, accept: Callable[[], object], leave: Callable[[], object]
    ) -> None:
        super().__init__()
        self.apply = QPushButton("Apply")
        self.apply.setObjectName(f"{name}.apply")
        self.apply.setAccessibleName(words)
        self.apply.setProperty("primary", True)
        self.apply.clicked.connect(accept)
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName(f"{name}.cancel")
        self.cancel.setAccessibleName("Cancel")
        self.cancel.clicked.connect(leave)
        self.addStretch(1)
        self.addWidget(self.cancel)
        self.addWidget(self.apply)
