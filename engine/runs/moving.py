"""A run's folder moved to another folder of runs, whole or not at all."""

from __future__ import annotations

import errno
import secrets
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from engine import files
from engine.runs.trash import TRASH

if TYPE_CHECKING:
    from pathlib import Path

PART = ".moving"
"""Where a copy stands until it is whole: no list of runs looks there."""


def move_run(folder: Path, runs: Path) -> Path:
    """Move a run's folder into a folder of runs, and return where it is now.

    Another file system gets a copy first, which takes its name once it is whole on the disk; only
    then the run goes where it was.

    Raises
    ------
    OSError
        The disk does not take it; the run is where it was.
    """
    runs.mkdir(parents=True, exist_ok=True)
    target = runs / folder.name
    if target.exists() and _same(folder, target):
        # It was copied before, and the process ended before it could let go of this one.
        _drop(folder)
        return target
    target = _free(target)
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _carry(folder, target)
    return target


def _free(target: Path) -> Path:
    number, free = 1, target
    while free.exists():
        number += 1
        free = target.with_name(f"{target.name}-{number}")
    return free


def _carry(folder: Path, target: Path) -> None:
    part = target.parent / PART / f"{target.name}.{secrets.token_hex(4)}"
    try:
        shutil.copytree(folder, part, symlinks=True)
        for path in (*part.rglob("*"), part):
            files.sync(path)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    finally:
        with suppress(OSError):
            part.parent.rmdir()
    files.sync(target.parent)
    _drop(folder)


def _drop(folder: Path) -> None:
    """Take a run out of its list in one step, and then delete it."""
    laid = folder.parent / TRASH / f"{folder.name}.{secrets.token_hex(4)}"
    with suppress(OSError):
        laid.parent.mkdir(exist_ok=True)
        folder.rename(laid)
        shutil.rmtree(laid, ignore_errors=True)


def _same(one: Path, other: Path) -> bool:
    """Return whether two folders hold the same files with the same record of a run."""
    if _sizes(one) != _sizes(other):
        return False
    return (one / "run.json").read_bytes() == (other / "run.json").read_bytes()


def _sizes(folder: Path) -> dict[str, int]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.stat().st_size for path in found}
