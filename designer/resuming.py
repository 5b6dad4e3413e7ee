"""A run that was stopped or cut off goes on: the command, and the offer on opening its project."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.runs.summary import run_in
from engine.train.events import PLOTTED, EpochEnd, Steps
from engine.train.resuming import resumption

if TYPE_CHECKING:
    from pathlib import Path

    from designer.document import Document
    from designer.running import Running
    from engine.train.events import Event
    from engine.train.resuming import Resumption

_CUT = ("cut", "stopped")
"""States of a run without a result whose process ended, or whose window was closed."""


class Resuming(QObject):
    """Lets a run of the open project go on where it ended.

    Signals
    -------
    offered(sentence, command)
        The last run was cut off and can go on; the command does so.
    refused(sentence)
        A run cannot go on.
    """

    offered = Signal(str, str)
    refused = Signal(str)

    def __init__(self, document: Document, running: Running, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._running = running

    def can_resume(self) -> bool:
        """Return whether there is a run to ask for."""
        return self._running.can_begin() and bool(self._document.runs.folders())

    def last(self) -> bool:
        """Go on with the last run of the open project; return whether it does."""
        folders = self._document.runs.folders()
        if not folders:
            self.refused.emit("This project has no run yet; train it first.")
            return False
        return self.resume(folders[-1])

    def resume(self, folder: Path, checkpoint: str = "") -> bool:
        """Go on with the run in a folder, with the project it had; return whether it does.

        One that is finished goes on where the project on show asks for more epochs.
        """
        try:
            found = self._found(folder, checkpoint)
        except ValueError as error:
            self.refused.emit(str(error))
            return False
        return self._running.go_on_with(found, past(found))

    def _found(self, folder: Path, checkpoint: str) -> Resumption:
        try:
            return resumption(folder, checkpoint=checkpoint)
        except ValueError:
            # A finished run: more epochs may have been asked for since.
            return resumption(folder, self._document.project.training.epochs, checkpoint)

    def offer(self) -> None:
        """Say so if the last run of the project that was opened was cut off and can go on."""
        folder = next(reversed(self._document.runs.folders()), None)
        if folder is None or run_in(folder).state not in _CUT or (folder / "result.json").exists():
            return
        try:
            found = resumption(folder)
        except ValueError:
            return
        self.offered.emit(
            f"The last run of this project ended in epoch {min(found.epoch + 1, found.epochs)} of "
            f"{found.epochs}, before it was done; it can go on from step {found.step:,}.",
            "run.resume",
        )


def past(resume: Resumption) -> list[Event]:
    """Return what the run told before the step it goes on from, as far as that was kept."""
    from engine.runs.replay import events

    kept: list[Event] = []
    for event in events(resume.folder):
        if isinstance(event, Steps):
            kept += _before(event, resume.step)
        elif isinstance(event, EpochEnd):
            kept += [event] if event.epoch <= resume.epoch else []
        elif isinstance(event, PLOTTED) and getattr(event, "step", 0) < resume.step:
            kept.append(event)
    return kept


def _before(event: Steps, step: int) -> list[Event]:
    """Return what losses tell of the steps before a step."""
    count = sum(event.first_step + place * event.stride < step for place in range(len(event.loss)))
    losses = event.losses and {name: values[:count] for name, values in event.losses.items()}
    return [replace(event, loss=event.loss[:count], losses=losses)] if count else []
