"""Files dropped on the window: a project is opened, data becomes that of the project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine import files
from engine.catalog import registry
from engine.catalog.spec import SourceSpec
from engine.project import Choice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QDropEvent

    from designer.window import MainWindow
    from engine.project import Project


def dropped(event: QDropEvent) -> Path | None:
    """Return the one project, data file or folder that a drag carries, if it does."""
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.suffix == files.SUFFIX or source_for(path) is not None else None


def source_for(path: Path, now: str = "") -> SourceSpec | None:
    """Return the source that reads a file or folder: the one there is now, or the usual one."""
    name = "/" if path.is_dir() else path.name.lower()
    every: Iterable[SourceSpec] = registry.of_kind(SourceSpec).values()
    fitting = [s for s in every if name.endswith(s.endings)]
    return next((s for s in fitting if s.id == now), None) or next(
        (s for s in fitting if s.usual), None
    )


def with_data(project: Project, path: Path) -> Project:
    """Return a project that learns from a file or folder; settings of the same source are kept.

    Raises
    ------
    ValueError
        No source reads it.
    """
    choice = project.data.source
    spec = source_for(path, choice.id)
    if spec is None:
        raise ValueError(f"No source reads {path.name}; choose one in the tab Data.")
    params = choice.params if spec.id == choice.id else {}
    return project.with_data(source=Choice(id=spec.id, params={**params, "path": str(path)}))


def take(window: MainWindow, path: Path) -> None:
    """Open a project, or let the project on show learn from a file; on the start page a new one."""
    if path.suffix == files.SUFFIX:
        window.open(path)
    else:
        window.when_built(lambda: _take_data(window, path))


def _take_data(window: MainWindow, path: Path) -> None:
    if not window.working and not window.files.new():
        return
    document = window.document
    document.push(f"Learn from {path.name}", with_data(document.project, path))
    window.parts.inspector.setCurrentWidget(window.parts.data)
    window.tell(f"The project learns from {path.name} now. Undo brings back what it had.")
