"""The help page of one entry as widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from designer import icons, theme
from designer.forms import Section, text_label
from designer.help.near import desk_of
from designer.help.picture import PictureView
from designer.words import escape
from engine.catalog.spec import LayerSpec, SourceSpec
from engine.help.page import page, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.help.drawing import Picture
    from engine.help.page import Page


class HelpPage(QWidget):
    """All that is said of an entry. Its pictures come a moment later.

    Parameters
    ----------
    whole
        False leaves out what stands beside it anyway: title, summary, formula and use.
    """

    def __init__(self, *, whole: bool = True) -> None:
        super().__init__()
        self.setObjectName("help.page")
        self.setAccessibleName("Help")
        self._whole = whole
        self.key = ""
        self.pictures: list[PictureView] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._body = QWidget()
        self._column.addWidget(self._body)
        self._column.addStretch(1)

    def show_key(self, key: str) -> None:
        """Show the page of an entry, `kind/id`."""
        self.key = key
        shown = page(key)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        if self._whole:
            _head(shown, layout)
        self._figures = QVBoxLayout()
        self._figures.setSpacing(2)
        layout.addLayout(self._figures)
        self.pictures = []
        for title, words in _texts(shown, whole=self._whole):
            layout.addWidget(Section(title, _words(words)))
        if shown.settings:
            layout.addWidget(Section("Settings", text_label(_settings(shown))))
        if shown.terminals:
            title = "Fields" if isinstance(shown.spec, SourceSpec) else "Ports"
            layout.addWidget(Section(title, text_label(_terminals(shown))))
        links = text_label(_links(shown), "muted")
        links.setOpenExternalLinks(True)
        links.setObjectName("help.links")
        layout.addWidget(links)
        self._column.replaceWidget(self._body, body)
        self._body.hide()
        self._body.deleteLater()
        self._body = body
        desk = desk_of(self)
        if desk is not None:
            desk.fetch(key, self.show_pictures)

    def show_pictures(self, key: str, found: Sequence[Picture]) -> None:
        """Show the pictures of an entry, if it is still the one on show."""
        if key != self.key or self.pictures:
            return
        for picture in found:
            view = PictureView(picture)
            self.pictures.append(view)
            self._figures.addWidget(view)
            if picture.caption:
                self._figures.addWidget(_words(picture.caption, "muted"))

    def refresh(self) -> None:
        """Say everything anew, in the colours of the theme."""
        if self.key:
            self.show_key(self.key)


def _words(text: str, role: str = "") -> QLabel:
    label = text_label("", role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    return label


def _head(shown: Page, layout: QVBoxLayout) -> None:
    spec = shown.spec
    row = QHBoxLayout()
    row.setSpacing(10)
    if isinstance(spec, LayerSpec):
        tile = QLabel()
        tile.setPixmap(icons.tile(spec.id, spec.title, theme.family_colour(spec.group).name(), 36))
        row.addWidget(tile)
    title = QLabel(spec.title)
    title.setProperty("role", "title")
    title.setObjectName("help.title")
    row.addWidget(title, 1)
    layout.addLayout(row)
    layout.addWidget(_words(" · ".join(shown.place), "muted"))
    layout.addWidget(_words(spec.summary))
    if spec.formula:
        layout.addWidget(text_label(f"<code>{escape(spec.formula)}</code>"))


def _texts(shown: Page, *, whole: bool) -> list[tuple[str, str]]:
    found = texts(shown.spec)
    return found if whole else [row for row in found if row[1] != shown.spec.notes]


def _table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of cells, whose text is escaped already, as a table."""
    line = theme.theme().border
    cells = "".join(
        "<tr>"
        + "".join(f"<td style='padding:3px 12px 3px 0'>{cell}</td>" for cell in row)
        + "</tr>"
        for row in rows
    )
    return f"<table cellspacing='0' style='border-color:{line}'>{cells}</table>"


def _settings(shown: Page) -> str:
    muted = theme.theme().text_muted
    return _table(
        (
            f"<b>{escape(s.label)}</b><br><span style='color:{muted}'>{escape(s.default)}</span>",
            f"{escape(s.doc)}<br><span style='color:{muted}'>{escape(s.allowed)}</span>",
        )
        for s in shown.settings
    )


def _terminals(shown: Page) -> str:
    muted = theme.theme().text_muted
    return _table(
        (
            f"<span style='color:{muted}'>{escape(t.way)}</span>",
            f"<b>{escape(t.name)}</b>",
            escape(t.axes) + (f"<br><span style='color:{muted}'>{escape(t.doc)}</span>")
            if t.doc
            else escape(t.axes),
        )
        for t in shown.terminals
    )


def _links(shown: Page) -> str:
    spec, accent = shown.spec, theme.theme().accent
    lines: list[str] = []
    if spec.help_url:
        lines.append(
            f"<a style='color:{accent}' href='{spec.help_url}'>PyTorch’s page on "
            f"{escape(spec.target)}</a>"
        )
    if spec.covers:
        lines.append(f"Source rows: {escape(', '.join(spec.covers))}")
    if spec.keywords:
        lines.append(f"Also found as: {escape(', '.join(spec.keywords))}")
    return "<br>".join(lines)
