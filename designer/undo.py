"""One step of undo, for every change: a project before and after, and the moves of weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from designer import navigation

if TYPE_CHECKING:
    from designer.document import Document
    from engine.networks import Edited
    from engine.project import Project

_MERGE = 1


class Edit(QUndoCommand):
    """One step of undo: a project before and after. Steps with the same `merge` key become one."""

    def __init__(
        self, document: Document, text: str, before: Project, after: Edited, merge: str = ""
    ) -> None:
        super().__init__(text)
        self._document = document
        self.before = before
        self.edited = after
        self.merge = merge
        self._spot = document.spot

    @property
    def after(self) -> Project:
        """Return the later project."""
        return self.edited.project

    def id(self) -> int:
        """Return Qt's kind of command; only those of one kind are asked to merge."""
        return _MERGE if self.merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over a later step of the same gesture; both drop out if nothing is left of them.

        Steps that move weights stay apart from those before them.
        """
        if not isinstance(other, Edit) or other.merge != self.merge:
            return False
        if other.edited.moves or other.edited.copies:
            return False
        self.edited = replace(self.edited, project=other.after)
        moved = self.edited.moves or self.edited.copies
        self.setObsolete(self.after == self.before and not moved)
        return True

    def redo(self) -> None:
        """Make the later project the current one."""
        self._document.show(self.after, self.edited.moves, self.edited.copies)
        self._look()

    def undo(self) -> None:
        """Make the earlier project the current one."""
        moves = {new: old for old, new in self.edited.moves.items()}
        self._document.show(self.before, moves, dict.fromkeys(self.edited.copies, ""))
        self._look()

    def _look(self) -> None:
        """Show where the change was made, unless it can be seen already."""
        document = self._document
        changed = navigation.touched(self.before, self.after)
        if changed and document.network not in changed:
            document.go(navigation.mend(self._spot, document.project))
