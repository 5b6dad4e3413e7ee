"""Runs deleted: at once, or laid aside first so that it can be taken back."""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING

from engine.files import FileError
from engine.train.lock import held

if TYPE_CHECKING:
    from pathlib import Path

TRASH = ".trash"


def delete(folder: Path) -> None:
    """Delete a run and all that is in its folder.

    Raises
    ------
    FileError
        It is under way, is no run, or the disk does not let go of it.
    """
    _check(folder)
    _remove(folder)


def lay_aside(folder: Path) -> Path:
    """Move a run out of the list and return where it is now; FileError as for `delete`."""
    _check(folder)
    where = folder.parent / TRASH / f"{folder.name}.{secrets.token_hex(4)}"
    try:
        where.parent.mkdir(exist_ok=True)
        folder.rename(where)
    except OSError as error:
        raise FileError(f"{folder} cannot be deleted: {error.strerror}.") from None
    return where


def take_back(where: Path) -> Path:
    """Move a run that was laid aside back into the list, and return its folder.

    Raises
    ------
    FileError
        The disk does not take it.
    """
    folder = where.parent.parent / where.name.rpartition(".")[0]
    try:
        where.rename(folder)
    except OSError as error:
        raise FileError(f"{folder} cannot be brought back: {error.strerror}.") from None
    return folder


def empty(runs: Path) -> None:
    """Delete for good what was laid aside in a folder of runs."""
    shutil.rmtree(runs / TRASH, ignore_errors=True)


def _check(folder: Path) -> None:
    if not (folder / "run.json").exists() or folder.is_symlink():
        raise FileError(f"{folder} holds no run, so it is left alone.")
    if held(folder):
        raise FileError(f"The run {folder.name} is under way; stop it before it is deleted.")


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise FileError(f"{folder} cannot be deleted: {error.strerror}.") from None
