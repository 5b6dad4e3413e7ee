"""What display nodes show: a card for each, with a slider to leaf back through the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSlider,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from designer.monitor.gallery import GalleryView
from designer.monitor.scatter import ScatterPlot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtGui import QShowEvent

    from designer.monitor.album import Album
    from engine.train.events import Text


class View(Protocol):
    """What shows a page of an album; a widget."""

    def show_page(self, page: Any) -> None:
        """Show what was shown on a step."""

    def restyle(self) -> None:
        """Take the colours of the current theme."""


class SampleText(QPlainTextEdit):
    """A sample of text, as it came, in letters of one width."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.restyle()

    def show_page(self, page: Text) -> None:
        """Show the text of a step."""
        if page.text != self.toPlainText():
            self.setPlainText(page.text)

    def restyle(self) -> None:
        """Take the font anew."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(self.font().pixelSize() if self.font().pixelSize() > 0 else 13)
        self.setFont(font)


MAKERS: dict[str, Callable[[str, str], QWidget]] = {
    "pictures": GalleryView,
    "points": ScatterPlot,
    "texts": SampleText,
}
"""The view of each kind of display, made from its object name and its title."""


class DisplayCard(QWidget):
    """One display: its name, the step that is shown, a slider over the steps, and the page.

    The newest page is shown until the slider is moved back.
    """

    def __init__(self, kind: str, key: str, name: str, album: Album[Any]) -> None:
        super().__init__()
        self.setObjectName(f"{kind}.{key}")
        self.name = name
        self._album = album
        self._step = -1
        self._page: object = None
        self._following = True
        self.view: Any = MAKERS[kind](f"{kind}.{key}.view", name)
        self.title = QLabel(name)
        self.title.setProperty("role", "muted")
        self.title.setMinimumWidth(0)
        self.step = QLabel()
        self.step.setObjectName(f"{kind}.{key}.step")
        self.step.setAccessibleName(f"Step shown of {name}")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"{kind}.{key}.slider")
        self.slider.setAccessibleName(f"Leaf through the run of {name}")
        self.slider.setToolTip("Leaf back through the run; at the right end it follows")
        self.slider.setMaximumWidth(180)
        self.slider.valueChanged.connect(self._leaf)
        row = QHBoxLayout()
        row.setContentsMargins(10, 4, 10, 4)
        row.setSpacing(10)
        row.addWidget(self.title)
        row.addStretch(1)
        row.addWidget(self.step)
        row.addWidget(self.slider, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.view, 1)

    def refresh(self) -> None:
        """Show the newest page, or the one that was chosen as far as it is still held."""
        steps = self._album.steps()
        if not steps:
            return
        last = len(steps) - 1
        place = last if self._following else min(
            range(len(steps)), key=lambda i: abs(steps[i] - self._step)
        )  # fmt: skip
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, last)
            self.slider.setValue(place)
            self.slider.setEnabled(last > 0)
        self._show(place)

    def _leaf(self, place: int) -> None:
        self._following = place == self.slider.maximum()
        self._show(place)

    def _show(self, place: int) -> None:
        found = self._album.page(place)
        if found is None:
            return
        self._step, page = found
        if page is not self._page:
            self._page = page
            self.step.setText(f"step {self._step + 1:,}")
            self.view.show_page(page)


class DisplayPage(QWidget):
    """All displays of one kind side by side; words while there is none.

    Parameters
    ----------
    kind
        `pictures`, `points` or `texts`.
    empty
        What is written while there is nothing to show.
    """

    def __init__(self, kind: str, title: str, empty: str) -> None:
        super().__init__()
        self.setObjectName(f"monitorPage{title}")
        self.kind = kind
        self.dirty = False
        self._albums: Mapping[str, Album[Any]] = {}
        self._name: Callable[[str], str] = str
        self._classes: Callable[[str], Sequence[str]] = _none
        self.cards: dict[str, DisplayCard] = {}
        self.words = QLabel(empty)
        self.words.setObjectName(f"{kind}.empty")
        self.words.setProperty("role", "muted")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.row = QSplitter(Qt.Orientation.Horizontal)
        self.row.setChildrenCollapsible(False)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.words)
        self._stack.addWidget(self.row)

    def follow(
        self,
        albums: Mapping[str, Album[Any]],
        name: Callable[[str], str],
        classes: Callable[[str], Sequence[str]],
    ) -> None:
        """Show these albums from now on, by display; names and classes are asked for."""
        self._albums, self._name, self._classes = albums, name, classes
        self.dirty = True
        for card in self.cards.values():
            card.hide()
            card.deleteLater()
        self.cards.clear()
        self._stack.setCurrentWidget(self.words)

    def refresh(self) -> None:
        """Show what came."""
        self.dirty = False
        for key, album in self._albums.items():
            if key not in self.cards:
                self.cards[key] = DisplayCard(self.kind, key, self._name(key), album)
                self.row.addWidget(self.cards[key])
            card = self.cards[key]
            if isinstance(card.view, ScatterPlot):
                card.view.name_classes(self._classes(key))
            card.refresh()
        if self.cards:
            self._stack.setCurrentWidget(self.row)

    def restyle(self) -> None:
        """Take the colours of the current theme."""
        for card in self.cards.values():
            card.view.restyle()

    def showEvent(self, event: QShowEvent) -> None:
        """Show what came while hidden."""
        super().showEvent(event)
        if self.dirty:
            self.refresh()


def _none(_key: str) -> tuple[str, ...]:
    return ()
