"""Samples side by side: their pictures, texts or numbers, each with a line about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QLabel, QListView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from engine.judge.samples import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.judge.answers import Answers, Judged

MOST = 120
SIDE = 72
"""Side of a picture in pixels."""


class SamplesView(QWidget):
    """A heading over a list of samples."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.heading = QLabel()
        self.heading.setObjectName(f"{name}.heading")
        self.heading.setProperty("role", "muted")
        self.heading.setWordWrap(True)
        self.list = QListWidget()
        self.list.setObjectName(f"{name}.list")
        self.list.setAccessibleName("Samples")
        self.list.setIconSize(QSize(SIDE, SIDE))
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.setSpacing(3)
        layout.addWidget(self.heading)
        layout.addWidget(self.list, 1)

    def clear(self, words: str = "") -> None:
        """Show none."""
        self.list.clear()
        self.heading.setText(words)

    def show_samples(
        self, judged: Judged, answers: Answers, places: Sequence[int], words: str
    ) -> None:
        """Show the samples that answers belong to, each with what was said and what is right.

        Parameters
        ----------
        places
            Numbers of answers; of very many the first are shown.
        words
            The heading.
        """
        shown = list(places)[:MOST]
        more = f" The first {MOST} are shown." if len(places) > MOST else ""
        self.clear(f"{words}{more}")
        rows = [int(answers.sample[place]) for place in shown]
        steps = None if answers.step is None else [int(answers.step[place]) for place in shown]
        seen = look(judged.data, judged.part, rows, steps) if rows else None
        if seen is None:
            return
        pictured = seen.images is not None
        mode = QListView.ViewMode.IconMode if pictured else QListView.ViewMode.ListMode
        self.list.setViewMode(mode)
        self.list.setSpacing(4 if pictured else 0)
        for number, place in enumerate(shown):
            verdict = said_words(answers, place)
            text = verdict if pictured else f"{verdict}   ·   {seen.texts[number]}"
            item = QListWidgetItem(text)
            item.setToolTip(f"Sample {rows[number]:,}: {verdict}")
            if seen.images is not None:
                item.setIcon(QIcon(_pixmap(seen.images[number])))
                item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
                item.setSizeHint(QSize(SIDE + 26, SIDE + 34))
            self.list.addItem(item)


def said_words(answers: Answers, place: int) -> str:
    """Return what was said of a sample and what is right."""
    truth, said = answers.target[place], answers.prediction[place]
    if answers.task == "regression":
        return f"{_number(said)} (right {_number(truth)})"
    share = float(said.max()) if np.ndim(said) else max(float(said), 1 - float(said))
    best = int(said.argmax()) if np.ndim(said) else int(float(said) > 0.5)
    name, right = answers.class_name(best), answers.class_name(int(truth))
    return f"{name} {share:.0%}" if best == truth else f"{name} {share:.0%}, is {right}"


def _number(values: Any) -> str:
    flat = np.ravel(values)
    return f"{float(flat[0]):.4g}" + (", …" if len(flat) > 1 else "")


def _pixmap(pixels: NDArray[np.uint8]) -> QPixmap:
    """Return a picture, small ones with square pixels."""
    grey = pixels.ndim == 2
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    kind = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGB888
    image = QImage(cast("Any", pixels.data), width, height, width * (1 if grey else 3), kind)
    fast, smooth = (
        Qt.TransformationMode.FastTransformation,
        Qt.TransformationMode.SmoothTransformation,
    )
    keep = Qt.AspectRatioMode.KeepAspectRatio
    way = fast if max(width, height) <= SIDE else smooth
    return QPixmap.fromImage(image.copy()).scaled(SIDE, SIDE, keep, way)
