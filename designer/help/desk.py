"""Where help is asked for: one desk a window, which holds the catalogue and draws the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject
from shiboken6 import isValid

from designer.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import MethodType

    from PySide6.QtWidgets import QWidget

    from designer.help.catalogue import CatalogueWindow
    from engine.help.drawing import Picture


class HelpDesk(QObject):
    """Opens help pages. Pictures are worked out beside the window, one thread for each page."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._background = Background(self)
        self.catalogue: CatalogueWindow | None = None

    def show(self, key: str = "") -> CatalogueWindow:
        """Open the catalogue, at the page of an entry if one is named."""
        from designer.help.catalogue import CatalogueWindow

        if self.catalogue is None:
            self.catalogue = CatalogueWindow(self._window)
        self.catalogue.show_entry(key)
        self.catalogue.show()
        self.catalogue.raise_()
        self.catalogue.activateWindow()
        return self.catalogue

    def fetch(self, key: str, done: Callable[[str, Sequence[Picture]], None]) -> None:
        """Work out the pictures of an entry; then call `done` with its key and them."""

        def work() -> object:
            from engine.help.pictures import pictures

            return pictures(key)

        def tell(found: object) -> None:
            done(key, cast("Sequence[Picture]", found))

        self.work(cast("MethodType", done).__self__, work, tell, _leave)

    def work(
        self,
        owner: object,
        work: Callable[[], object],
        done: Callable[[object], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Do something beside the window for a widget; it is not told if it has gone meanwhile."""
        assert isinstance(owner, QObject)

        def tell(found: object) -> None:
            if isValid(owner):
                done(found)

        def say(error: Exception) -> None:
            if isValid(owner):
                failed(error)

        self._background.run(work, tell, say)

    @property
    def busy(self) -> bool:
        """Return whether pictures are still being worked out."""
        return self._background.busy

    def close(self) -> None:
        """Close the catalogue and wait for what is still being drawn."""
        self._background.close()
        if self.catalogue is not None:
            self.catalogue.close()


def _leave(_error: Exception) -> None:
    """Do without pictures that cannot be worked out; the words are there."""
