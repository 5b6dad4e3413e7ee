"""What the command line says about runs: one object for programs, lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.files import FileError
from engine.runs.compare import compare
from engine.runs.exporting import export_runs
from engine.runs.folders import find_run
from engine.runs.summary import runs
from engine.runs.trash import delete

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from engine.runs.compare import Comparison
    from engine.runs.summary import Run

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


Told = tuple[dict[str, Any] | None, list[str]]
"""An object for programs, or None where there is only something to say; and lines."""


def carried_out(chosen: Namespace) -> Told:
    """Do what the options of `runs` ask for.

    Raises
    ------
    FileError
        It cannot be done; one sentence.
    """

    def found(names: Sequence[str]) -> list[Path]:
        return [find_run(chosen.file, name) for name in names]

    if chosen.export:
        return None, _exported(found(chosen.export), chosen.to, chosen.out)
    if chosen.delete:
        return None, [_deleted(folder) for folder in found(chosen.delete)]
    if chosen.compare:
        return compared(*found(chosen.compare))
    if not chosen.file.is_file():
        raise FileError(f"There is no file {str(chosen.file)!r}.")
    return listed(chosen.file)


def _exported(folders: Sequence[Path], kind: str, out: Path | None) -> list[str]:
    if out is None:
        raise FileError("Say where to write the series with --out.")
    return [*export_runs(folders, kind, out), f"Wrote {out}."]


def _deleted(folder: Path) -> str:
    delete(folder)
    return f"Deleted {folder.name}."


def listed(file: Path) -> Told:
    """Return a file's runs as one object, and as lines."""
    found = runs(file)
    total = sum(run.size for run in found)
    lines = [_line(run) for run in found]
    lines.append(f"{len(found)} runs, {size_words(total)} on disk.")
    return {"runs": [run.plain() for run in found], "bytes": total}, lines


def _line(run: Run) -> str:
    key = run.key_figure
    parts = [
        f"{run.id:18} {run.state:9}",
        f"{run.epochs:>5} epochs {run.seconds:>9.1f} s {size_words(run.size):>10}",
        f"{key[0]} {key[1]:.4g}" if key else "",
        run.notes.name,
        *(f"#{tag}" for tag in run.notes.tags),
        run.message,
    ]
    return "  ".join(part for part in parts if part)


def size_words(size: float) -> str:
    """Return bytes in words: `1.5 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError


def compared(before: Path, after: Path) -> Told:
    """Return what differs between two runs as one object, and as lines."""
    found = compare(before, after)
    return found.plain(), list(_lines(found))


def _lines(found: Comparison) -> Iterator[str]:
    yield f"{found.before} → {found.after}"
    if found.same_project:
        yield "Both runs trained the same project."
    yield from map(str, found.settings)
    for node in found.nodes:
        yield f"{_SIGNS[node.kind]} {node.network}: {node.name}: {node.words}"
    yield from map(str, found.wires)
    for figure in found.figures:
        ends = (
            "none" if value is None else f"{value:.5g}" for value in (figure.before, figure.after)
        )
        grown = "" if figure.change is None else f"  ({figure.change:+.4g})"
        yield f"{figure.name}: {' → '.join(ends)}{grown}"
