"""Where the runs of a project file are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from engine.files import FileError
from engine.runs.notes import read_notes

if TYPE_CHECKING:
    from pathlib import Path


def runs_folder(file: Path) -> Path:
    """Return the folder of a project file's runs: `name.runs` beside `name.loom`."""
    return file.with_suffix(".runs")


def new_run(file: Path) -> Path:
    """Return a folder for another run, which is not there yet: named by the time, in order."""
    stem = time.strftime("%Y%m%d-%H%M%S")
    folder, number = runs_folder(file) / stem, 1
    while folder.exists():
        number += 1
        folder = runs_folder(file) / f"{stem}-{number}"
    return folder


def run_folders(*kept_by: Path) -> list[Path]:
    """Return the folders of the runs of one or more files, the oldest first."""
    found: list[tuple[int, str, Path]] = []
    for path in (p for file in kept_by for p in runs_folder(file).glob("*/run.json")):
        try:
            found.append((path.stat().st_mtime_ns, path.parent.name, path.parent))
        except OSError:
            # It was deleted just now.
            continue
    return [folder for _, _, folder in sorted(found)]


def find_run(file: Path, run: str = "") -> Path:
    """Return the folder of a run, the latest unless one is named by its id or its own name.

    Raises
    ------
    FileError
        There is no such run.
    """
    if not file.is_file():
        raise FileError(f"There is no file {str(file)!r}.")
    known = run_folders(file)
    if not known:
        raise FileError(f"{file.name} has no runs yet; train it first.")
    if not run:
        return known[-1]
    for path in known:
        if path.name == run:
            return path
    for path in reversed(known):
        if read_notes(path).name == run:
            return path
    names = ", ".join(p.name for p in known)
    raise FileError(f"{file.name} has no run {run!r}; it has {names}.")
