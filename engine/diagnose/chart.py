"""The doctor of one run, together with what is written down of the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.diagnose.doctor import Doctor
from engine.train.events import Edited
from engine.train.findings import Findings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.project import Project
    from engine.train.events import Event
    from engine.train.resuming import Resumption


class Chart:
    """Judges a run by its events and keeps the findings in the run's folder.

    Parameters
    ----------
    project
        What is trained.
    folder
        The run's own folder; None keeps nothing.
    resume
        The run that is gone on with: what was found before stays.
    """

    def __init__(self, project: Project, folder: Path | None, resume: Resumption | None) -> None:
        self._doctor = Doctor(project)
        self._findings = Findings(folder, resume.step if resume is not None else None)

    def take(self, events: Sequence[Event], project: Project | None = None) -> list[Event]:
        """Take what happened; return what is found in it. `project` counts after an edit."""
        if project is not None and any(isinstance(event, Edited) for event in events):
            self._doctor.changed(project)
        found = self._doctor.take(events)
        return [*found, *self._findings.take([*events, *found])]

    def close(self) -> None:
        """Write what waits to be written."""
        self._findings.flush()
