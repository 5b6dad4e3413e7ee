"""The open editors of custom layers, one for each node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from designer.custom.editor import CustomEditor

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from designer.document import Document


class CustomEditors(QObject):
    """Opens an editor for a node, or brings the one that is open to the front."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._window = window
        self._open: dict[tuple[str, str], CustomEditor] = {}
        document.replaced.connect(self.close)

    @property
    def open_ones(self) -> tuple[CustomEditor, ...]:
        """Return the editors that are open."""
        return tuple(self._open.values())

    def open(self, node_id: str) -> CustomEditor:
        """Show the text of a node of the network on show."""
        key = (self._document.network, node_id)
        editor = self._open.get(key)
        if editor is None:
            editor = CustomEditor(self._document, *key, self._window)
            editor.ended.connect(self._forget)
            self._open[key] = editor
        editor.show()
        editor.raise_()
        editor.activateWindow()
        return editor

    def close(self) -> None:
        """Close all of them; what was written goes into the project."""
        for editor in self.open_ones:
            editor.close()

    def _forget(self) -> None:
        editor = self.sender()
        if isinstance(editor, CustomEditor):
            self._open.pop((editor.network, editor.node_id), None)
            editor.deleteLater()
