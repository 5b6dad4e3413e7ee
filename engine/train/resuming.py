"""Which run can go on, and from which of its moments. Nothing here imports torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine import files, strictjson
from engine.catalog import registry
from engine.files import FileError
from engine.train.lock import held

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from engine.project import Phase, Project

FOLDER = "moments"
FORMAT = 1
KEY = "layerloom"
_PARTS = {"torch": "PyTorch", "layerloom": "Layerloom"}


@dataclass(frozen=True, slots=True)
class Resumption:
    """A run to go on with."""

    folder: Path
    path: Path
    """The file of the moment."""
    project: Project
    """As it was then; of the epochs it was asked for."""
    step: int
    """Steps taken, of all phases."""
    epoch: int
    """Epochs that are over."""
    epochs: int
    """Epochs in all, those that are over included."""
    threads: int
    more: bool = False
    """Whether these are more epochs than it was asked for before."""
    note: str = ""
    """What should be known of going on, if anything."""


def resumption(folder: Path, epochs: int | None = None, checkpoint: str = "") -> Resumption:
    """Return how the run in a folder goes on.

    Parameters
    ----------
    epochs
        Epochs in all; None leaves them as they were asked for.
    checkpoint
        The name of a moment; the latest unless one is named.

    Raises
    ------
    FileError
        It cannot go on; one sentence says why.
    """
    if not (folder / "run.json").exists():
        raise FileError(f"There is no run in {folder}.")
    if held(folder):
        raise FileError(f"The run {folder.name} is under way.")
    path, about = _latest(folder, checkpoint)
    before = about.get("epochs", 0)
    wanted = max(epochs or before, 1)
    done = about["epoch"] if checkpoint else max(about["epoch"], _finished(folder))
    _refuse(folder.name, about, done, wanted)
    project = project_of(about)
    note = ""
    if wanted > before:
        note = _depends(project, before)
        if not note:
            project = project.with_training(epochs=wanted)
    return Resumption(
        folder,
        path,
        project,
        about["step"],
        about["epoch"],
        wanted,
        about["threads"],
        wanted > before,
        note,
    )


def moments_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the facts of the moments a run keeps, by name, the latest first.

    Damaged ones are left out.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in (folder / FOLDER).glob("*.safetensors"):
        try:
            found[path.stem] = facts(path)
        except FileError:
            continue
    order = sorted(found, key=lambda name: (found[name]["step"], name == "last"), reverse=True)
    return {name: found[name] for name in order}


def project_of(about: Mapping[str, Any]) -> Project:
    """Return the project that a moment's facts state. FileError where it cannot be read."""
    return files.loads(json.dumps(about["project"]), "The checkpoint")


def facts(path: Path) -> dict[str, Any]:
    """Return what a written moment says of itself, without its tensors; FileError as `read`."""
    return head_of(path)["about"]


def head_of(path: Path) -> dict[str, Any]:
    """Return the JSON in a file's first bytes."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if not 0 < size <= strictjson.MAX_BYTES or size + 8 > path.stat().st_size:
                raise ValueError
            outer = strictjson.parse(file.read(size), path.name)
        head = strictjson.parse(outer["__metadata__"][KEY], path.name)
        if head["about"]["format"] > FORMAT:
            raise FileError(f"The checkpoint {path.name} is newer than this Layerloom reads.")
        return head
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from None
    except FileError:
        raise
    except (strictjson.JSONError, KeyError, TypeError, ValueError):
        raise FileError(f"The checkpoint {path.name} is damaged.") from None


def _latest(folder: Path, checkpoint: str) -> tuple[Path, dict[str, Any]]:
    found = moments_of(folder)
    if not found:
        raise FileError(
            f"The run {folder.name} keeps no checkpoint to go on from; train again, or begin with "
            "its weights."
        )
    name = checkpoint or next(iter(found))
    if name not in found:
        raise FileError(
            f"The run {folder.name} has no checkpoint {checkpoint!r}; it has {', '.join(found)}."
        )
    return folder / FOLDER / f"{name}.safetensors", found[name]


def _finished(folder: Path) -> int:
    """Return the epochs of a run that has a result, also where it kept no checkpoint of its end."""
    try:
        result = strictjson.parse((folder / "result.json").read_bytes(), "result.json")
        return int(result["epochs"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _refuse(run: str, about: Mapping[str, Any], done: int, epochs: int) -> None:
    """Raise FileError if a run is over, or this machine would go on with other bits."""
    from engine.train.record import versions

    if about["over"]:
        raise FileError(
            f"The run {run} was ended by {about['over']} after {about['epoch']} epochs, so more "
            "epochs change nothing; begin a new run with its weights."
        )
    if done >= epochs:
        raise FileError(
            f"The run {run} is finished after {done} epochs; ask for more than that to go on."
        )
    here = versions()
    for name, then in about["versions"].items():
        if here.get(name, "") != then:
            raise FileError(
                f"The run {run} was made with {_PARTS[name]} {then} and this is "
                f"{here.get(name) or 'none'}, which would go on with other numbers; begin a new "
                "run with its weights."
            )


def _depends(project: Project, epochs: int) -> str:
    """Return a sentence if a schedule was laid out for the length of the run."""
    for phase in project.training.phases:
        if laid_out(phase):
            title = registry.schedule(phase.schedule.id).title
            return (
                f"The schedule {title} was laid out for {epochs} epochs and is at its end, so this "
                "run differs from one that was asked for more epochs from the start."
            )
    return ""


def laid_out(phase: Phase) -> bool:
    """Return whether a phase's schedule depends on the length of the run."""
    return bool({"epochs", "steps"} & set(registry.schedule(phase.schedule.id).derived.values()))
