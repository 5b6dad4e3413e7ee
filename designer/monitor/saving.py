"""Plots as files: PNG and SVG of what is shown, CSV of the figures behind it."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QFileDialog, QGraphicsView, QMenu

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QAction

SCALE = 2.0
"""Pixels of a PNG for each of the screen."""
KINDS = {"png": "PNG picture", "svg": "SVG drawing", "csv": "CSV table"}


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of figures; NaN is an empty field."""

    columns: tuple[str, ...]
    rows: NDArray[np.floating]
    """(rows, columns)."""

    def text(self) -> str:
        """Return it as CSV, every number so that it reads back the same."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows.tolist():
            writer.writerow(["" if math.isnan(v) else _number(v) for v in row])
        return out.getvalue()


def _number(value: float) -> str:
    whole = math.isfinite(value) and abs(value) < 1e15 and value == int(value)
    return str(int(value)) if whole else repr(value)


class Saved(Protocol):
    """A view that can be saved: what Qt draws, and a table if it has one."""

    title: str

    def table(self) -> Table | None:
        """Return the figures behind what is shown."""
        ...


def png(view: QGraphicsView) -> bytes:
    """Return what a view shows as PNG."""
    size = view.viewport().size()
    width, height = math.ceil(size.width() * SCALE), math.ceil(size.height() * SCALE)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(view.backgroundBrush().color())
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    view.render(painter, QRectF(0, 0, width, height), view.viewport().rect())
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # pyright: ignore[reportArgumentType, reportCallIssue]
    buffer.close()
    return bytes(data.data())


def svg(view: QGraphicsView, title: str) -> bytes:
    """Return what a view shows as SVG, its lines as lines and its words as words."""
    from PySide6.QtSvg import QSvgGenerator

    size = view.viewport().size()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    made = QSvgGenerator()
    made.setOutputDevice(buffer)
    made.setSize(QSize(size))
    made.setViewBox(QRectF(0, 0, size.width(), size.height()))
    made.setTitle(title)
    painter = QPainter(made)
    view.render(painter, QRectF(0, 0, size.width(), size.height()), view.viewport().rect())
    painter.end()
    buffer.close()
    return bytes(data.data())


def content(view: QGraphicsView, kind: str) -> bytes:
    """Return a view as the content of a file of a kind: png, svg or csv.

    Raises
    ------
    ValueError
        There are no figures to put into a table.
    """
    saved = cast("Saved", view)
    if kind == "png":
        return png(view)
    if kind == "svg":
        return svg(view, saved.title)
    table = saved.table()
    if table is None:
        raise ValueError(f"“{saved.title}” has no figures to save yet.")
    return table.text().encode()


def save(view: QGraphicsView, path: Path) -> None:
    """Write a view to a file; its kind follows from the name's end.

    Raises
    ------
    ValueError
        The name's end is of no kind that a plot can be saved as, or there is nothing to save.
    """
    kind = path.suffix[1:].lower()
    if kind not in KINDS:
        known = ", ".join(f".{name}" for name in KINDS)
        raise ValueError(f"A plot is saved as {known}; received “{path.name}”.")
    path.write_bytes(content(view, kind))


class Menu(QMenu):
    """What can be done with a plot."""

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self.setObjectName("plotMenu")
        self._view = view
        self._kinds: dict[QAction, str] = {}
        full = getattr(view, "has_data", None)
        # Without it the table tells; to make it whole only to know that there is one takes long.
        table = full() if full is not None else cast("Saved", view).table() is not None
        for kind, words in KINDS.items():
            action = self.addAction(f"Save as {words}…")
            action.setObjectName(f"plotMenu.{kind}")
            action.setEnabled(kind != "csv" or table)
            self._kinds[action] = kind
        self.triggered.connect(self._chosen)
        self.aboutToHide.connect(self.deleteLater)

    def _chosen(self, action: QAction) -> None:
        ask(self._view, self._kinds[action])


def open_menu(view: QGraphicsView, place: QPoint) -> None:
    """Open the menu of a plot at a place of the screen."""
    Menu(view).popup(place)


def ask(view: QGraphicsView, kind: str = "") -> None:
    """Ask for a file and save a plot there; a failure is told beside it."""
    title = cast("Saved", view).title
    stem = re.sub(r"\W+", "-", title.lower()).strip("-") or "plot"
    filters = [f"{words} (*.{name})" for name, words in KINDS.items() if kind in ("", name)]
    name, chosen = QFileDialog.getSaveFileName(
        view, "Save plot", f"{stem}.{kind or 'png'}", ";;".join(filters)
    )
    if not name:
        return
    path = Path(name)
    if not path.suffix:
        ending = next(k for k, words in KINDS.items() if chosen.startswith(words))
        path = path.with_suffix(f".{ending}")
    try:
        save(view, path)
    except (ValueError, OSError) as error:
        _tell(view, str(error))


def _tell(view: QObject, sentence: str) -> None:
    """Say a sentence in the window's notice."""
    window: Any = cast("Any", view).window()
    notice = getattr(window, "notice", None)
    if notice is not None:
        notice.say(sentence)
