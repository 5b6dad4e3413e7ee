"""Where the runs of the open project are: beside its file, and before it has one on a shelf.

The shelf is a folder of the application's own, one for each project that was never saved. Once the
project has a file the runs move there; what cannot move yet is listed where it is, and moves later.
"""

from __future__ import annotations

import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from engine import files, strictjson
from engine.runs.folders import new_run, run_folders, runs_folder
from engine.runs.moving import move_run
from engine.train.lock import held, hold

if TYPE_CHECKING:
    from collections.abc import Callable

SAVED = "saved.json"
"""Tells, on a shelf, in which file its project was saved since."""
_STAND_IN = "project.loom"
"""Is never written: the runs stand beside it, as beside a file."""


class Shelf:
    """The places of the runs of one open project.

    Parameters
    ----------
    root
        The folder of all shelves; without one, runs of a project without a file are not kept.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.file: Path | None = None
        """The file of the project."""
        self.trouble = ""
        """A sentence: what went wrong last, or nothing."""
        self.under_way: Callable[[], Path | None] = lambda: None
        """Returns the folder that a run writes into just now."""
        self._root = root
        self._own: Path | None = None
        self._target: Path | None = None
        self._lock: IO[bytes] | None = None

    # -- what there is

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files beside which the runs of the project are; the shelf has a stand-in."""
        mine = self.file.absolute() if self.file is not None else None
        own = self._stand_in if self._target in (None, mine) else None
        return tuple(file for file in (self.file, own) if file is not None)

    def folders(self) -> list[Path]:
        """Return the folders of the project's runs, the oldest first."""
        return run_folders(*self.files)

    def unsaved(self) -> list[Path]:
        """Return the folders of runs that go with the project if it is never saved."""
        own, stand_in = self._own, self._stand_in
        if own is None or stand_in is None or self._target is not None:
            return []
        found, busy = run_folders(stand_in), self.under_way()
        if busy is not None and busy.is_relative_to(own) and busy not in found:
            found.append(busy)
        return found

    @property
    def _stand_in(self) -> Path | None:
        return self._own / _STAND_IN if self._own is not None else None

    def new_run(self) -> Path | None:
        """Return a folder for another run; None, with a trouble, where it cannot be kept."""
        self.trouble = ""
        if self.file is not None:
            return new_run(self.file)
        if self._own is None:
            self._begin()
        return new_run(self._stand_in) if self._stand_in is not None else None

    def _begin(self) -> None:
        if self._root is None:
            return
        own = self._root / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
        try:
            own.mkdir(parents=True)
            self.take(own)
        except OSError as error:
            reason = error.strerror or str(error)
            self.trouble = f"The run is not kept: {own} cannot be written ({reason})."

    def take(self, own: Path) -> None:
        """Take over a shelf, unless another window has it."""
        self._lock = hold(own)
        if self._lock is not None:
            self._own, self._target = own, _saved(own)

    # -- another project, another file

    def use(self, file: Path | None, own: Path | None = None) -> None:
        """Turn to another project: one with a file, or one whose runs are on a shelf left over."""
        self.close()
        self.file, self.trouble = file, ""
        if own is not None:
            self.take(own)
        elif file is not None and self._root is not None:
            self.trouble = sweep(self._root)
            still = (own for own in _abandoned(self._root) if _saved(own) == file.absolute())
            for own in still:
                self.take(own)
                break

    def saved(self, file: Path) -> None:
        """Note the file the project is saved in, and move the runs of a shelf beside it."""
        self.file = file
        if self._own is not None and self._target is None:
            self._target = file.absolute()
            text = strictjson.dump({"file": str(self._target)})
            with suppress(OSError):  # It matters only if the runs cannot move, which is told.
                files.write_atomic(self._own / SAVED, text.encode())
        self.settle()

    def settle(self) -> bool:
        """Move what can be moved to the file of the project; return whether anything was."""
        self.trouble = ""
        own, target, stand_in = self._own, self._target, self._stand_in
        if own is None or target is None or stand_in is None:
            return False
        busy = self.under_way()
        moved, stay = 0, list[str]()
        reason = ""
        for folder in run_folders(stand_in):
            if folder == busy or held(folder):
                continue
            try:
                move_run(folder, runs_folder(target))
                moved += 1
            except OSError as error:
                reason = error.strerror or str(error)
                stay.append(folder.name)
        if stay:
            self.trouble = _words(stay, runs_folder(target), own, reason)
        elif not run_folders(stand_in) and not (busy and busy.is_relative_to(own)):
            self._remove()
        return moved > 0

    def discard(self) -> None:
        """Delete the runs of a project that is left without ever being saved."""
        if self._target is None:
            self._remove()

    def close(self) -> None:
        """Let go of the shelf; runs that are on it stay there."""
        if self._stand_in is not None and not run_folders(self._stand_in):
            self._remove()
        self._release()
        self.file = None

    def _remove(self) -> None:
        own = self._own
        self._release()
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
        self._lock = self._own = self._target = None


def _words(names: list[str], runs: Path, own: Path, reason: str) -> str:
    one = len(names) == 1
    what = f"The run {names[0]}" if one else f"{len(names)} runs"
    return (
        f"{what} could not be moved to {runs} ({reason}); {'it stays' if one else 'they stay'} "
        f"listed, in {own}, and saving again tries once more."
    )


def _saved(own: Path) -> Path | None:
    """Return the file the project of a shelf was saved in, if it was and the file is there."""
    try:
        found: object = strictjson.parse((own / SAVED).read_bytes(), SAVED)
    except (OSError, strictjson.JSONError):
        return None
    name = cast("dict[str, object]", found).get("file") if isinstance(found, dict) else None
    return path if isinstance(name, str) and (path := Path(name)).is_file() else None


# -- what other processes left


def _abandoned(root: Path) -> list[Path]:
    """Return the shelves that hold runs and that no window has open, the oldest first."""
    found = sorted(path for path in root.glob("*") if path.is_dir())
    return [own for own in found if run_folders(own / _STAND_IN) and not held(own)]


def left(root: Path) -> list[Path]:
    """Return the shelves of projects that were never saved, left by a window that was cut off."""
    return [own for own in _abandoned(root) if _saved(own) is None]


def runs_on(own: Path) -> list[Path]:
    """Return the folders of the runs on a shelf that was left, the oldest first."""
    return run_folders(own / _STAND_IN)


def sweep(root: Path) -> str:
    """Move runs whose project was saved before its window ended; return what went wrong."""
    trouble = ""
    for own in _abandoned(root):
        if _saved(own) is not None:
            shelf = Shelf()
            shelf.take(own)
            shelf.settle()
            trouble = shelf.trouble or trouble
            shelf.close()
    return trouble
