"""A mark on a run's folder that holds for as long as the process that trains into it lives."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "lock"


def hold(folder: Path) -> IO[bytes] | None:
    """Mark a folder until what is returned is closed; None if another run holds it already."""
    file = (folder / NAME).open("ab")
    try:
        _lock(file)
    except OSError:
        file.close()
        return None
    return file


def held(folder: Path) -> bool:
    """Return whether a run is under way in a folder, in this process or another."""
    try:
        file = (folder / NAME).open("rb+")
    except OSError:
        return False
    with file:
        try:
            _lock(file)
        except OSError:
            return True
    return False


def _lock(file: IO[bytes]) -> None:
    """Lock a file without waiting; the system lets go of it when the file is closed."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
