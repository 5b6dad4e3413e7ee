"""What ended the run, where, and a button that runs the step again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

if TYPE_CHECKING:
    from engine.train.events import Failed
    from engine.train.inspection import Inspection


_WAYS = {"forward": "forward", "backward": "on the way back", "update": "moving the weights"}
MOST = 6
"""Rows that are named one by one."""


def fault_words(failed: Failed) -> str:
    """Return which step broke where: the way, the node, the rows of the batch."""
    fault = failed.fault
    assert fault is not None
    words = [f"Step {failed.step + 1:,}, {_WAYS.get(fault.direction, '')}: {fault.name}"]
    if fault.detail and fault.detail != "data":
        words.append(fault.detail)
    if 0 < len(fault.rows) <= MOST:
        pairs = zip(fault.rows, fault.samples, strict=True)
        words.append(", ".join(f"row {row + 1} (sample {sample + 1:,})" for row, sample in pairs))
    elif fault.rows:
        words.append(f"{len(fault.rows)} rows of the batch")
    return " · ".join(words)


class FaultBanner(QFrame):
    """Stands above the tensors of a step that failed.

    Signals
    -------
    replayWanted
        The step is to be run again.
    nodeWanted(path id, key of its network)
        The node at fault is to be shown.
    """

    replayWanted = Signal()
    nodeWanted = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("debug.banner")
        self.setAccessibleName("What ended the run")
        self.setProperty("role", "card")
        self._at = ("", "")
        self._failed: Failed | None = None
        self.words = QLabel()
        self.words.setObjectName("debug.banner.words")
        self.words.setProperty("role", "error")
        self.words.setWordWrap(True)
        self.outcome = QLabel()
        self.outcome.setObjectName("debug.banner.outcome")
        self.outcome.setProperty("role", "muted")
        self.replay = QPushButton("Replay this step")
        self.replay.setObjectName("debug.banner.replay")
        self.replay.setAccessibleName("Replay this step")
        self.replay.setToolTip("Run the step again with the weights, random numbers and batch kept")
        self.show_node = QPushButton("Show the node")
        self.show_node.setObjectName("debug.banner.show")
        self.show_node.setAccessibleName("Show the node at fault")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 8, 4)
        row.addWidget(self.words, 1)
        row.addWidget(self.outcome)
        row.addWidget(self.show_node)
        row.addWidget(self.replay)
        self.replay.clicked.connect(self.replayWanted)
        self.show_node.clicked.connect(self._show_node)
        self.hide()

    def show_failure(self, failed: Failed) -> None:
        """Say what ended the run."""
        self._failed, self._at = failed, (failed.node, failed.network)
        self.words.setText(fault_words(failed) if failed.fault is not None else failed.message)
        self.words.setToolTip(failed.message)
        self.outcome.clear()
        self.replay.setVisible(failed.again)
        self.show_node.setVisible(bool(failed.node))
        self.show()

    def show_replay(self, found: Inspection) -> None:
        """Say whether the step came to the same."""
        if self._failed is None or self._failed.fault is None or self.isHidden():
            return
        same = found.fault == self._failed.fault
        self.outcome.setText(
            "Run again: the same." if same else "Run again: it came out otherwise."
        )

    def _show_node(self) -> None:
        self.nodeWanted.emit(*self._at)
