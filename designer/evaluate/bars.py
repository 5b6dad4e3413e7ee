"""The likeliest classes as bars, and the numbers of a regression as words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.monitor.style import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

MOST = 10
ROW = 24
NAMES = 130.0


class Bars(QWidget):
    """Names, bars from 0 to 1, and shares; the greatest at the top."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("try.bars")
        self.setAccessibleName("What the network says")
        self.setMinimumSize(220, 3 * ROW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.rows: tuple[tuple[str, float], ...] = ()

    def sizeHint(self) -> QSize:
        """Return the room for all rows."""
        return QSize(320, (MOST + 1) * ROW)

    def show_shares(self, shares: np.ndarray, names: Sequence[str]) -> None:
        """Show the likeliest classes.

        Parameters
        ----------
        shares
            A probability for each class.
        names
            What they are called.
        """
        order = np.argsort(-shares, kind="stable")[:MOST]
        self.rows = tuple((names[int(n)], float(shares[n])) for n in order)
        said = ", ".join(f"{name} {share:.0%}" for name, share in self.rows[:3])
        self.setAccessibleDescription(said)
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.rows = ()
        self.setAccessibleDescription("")
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the rows."""
        painter, look = QPainter(self), style()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = min(ROW, self.height() / max(len(self.rows), 1))
        left = min(NAMES, self.width() * 0.35)
        full = max(self.width() - left - 64, 20.0)
        usual, middle = painter.font(), Qt.AlignmentFlag.AlignVCenter
        for number, (name, share) in enumerate(self.rows):
            top = number * height
            bold = QFont(usual)
            bold.setBold(number == 0)
            painter.setFont(bold)
            painter.setPen(look.text if number == 0 else look.muted)
            words = painter.fontMetrics().elidedText(
                name, Qt.TextElideMode.ElideRight, int(left - 14)
            )
            right = Qt.AlignmentFlag.AlignRight | middle
            painter.drawText(QRectF(4, top, left - 12, height), right, words)
            bar = QRectF(left, top + height * 0.2, max(full * share, 1.5), height * 0.6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.accent if number == 0 else look.axis)
            painter.drawRoundedRect(bar, 2, 2)
            painter.setPen(look.text if number == 0 else look.muted)
            place = QRectF(bar.right() + 6, top, 58, height)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | middle, f"{share:.1%}")
