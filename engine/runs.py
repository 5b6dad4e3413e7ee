"""The runs kept beside a project file: where they are, and their weights evaluated again."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from engine import files, strictjson
from engine.files import FileError

if TYPE_CHECKING:
    from pathlib import Path

    from engine.project import Project


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


def find_run(file: Path, run: str = "") -> Path:
    """Return the folder of a run, the latest unless named.

    Raises
    ------
    FileError
        There is no such run.
    """
    if not file.is_file():
        raise FileError(f"There is no file {str(file)!r}.")
    folder = runs_folder(file)
    found = {p.parent for p in folder.glob("*/run.json")}
    known = sorted(found, key=lambda p: ((p / "run.json").stat().st_mtime_ns, p.name))
    if not known:
        raise FileError(f"{file.name} has no runs yet; train it first.")
    for path in known:
        if path.name == run:
            return path
    if run:
        names = ", ".join(p.name for p in known)
        raise FileError(f"{file.name} has no run {run!r}; it has {names}.")
    return known[-1]


def kept(folder: Path) -> tuple[Project, dict[str, Any]]:
    """Return the project of a kept run and the weights it ended with, by name.

    Raises
    ------
    FileError
        The record is damaged or holds no weights.
    """
    about = _read(folder / "run.json")
    project = files.loads(json.dumps(about["project"]), f"{folder.name}/run.json")
    return project, _tensors(_checkpoint(folder, project))


def _checkpoint(folder: Path, project: Project) -> Path:
    """Return the file of the weights that a run ended with."""
    stopping = project.training.early_stopping
    name = "best" if stopping.enabled and stopping.restore_best else "last"
    return folder / "checkpoints" / f"{name}.safetensors"


def evaluate_run(folder: Path) -> dict[str, Any]:
    """Return the figures of a kept run's weights, as `train` states them.

    Raises
    ------
    FileError
        The record is damaged or holds no weights.
    """
    from engine.train import threads
    from engine.train.carrying import rows
    from engine.train.evaluate import evaluate, labels, measures
    from engine.train.setup import build, fingerprint, load_data
    from engine.variables import resolve

    about = _read(folder / "run.json")
    project = files.loads(json.dumps(about["project"]), f"{folder.name}/run.json")
    phases = project.training.phases
    with threads.prepared(about["threads"]):
        data = load_data(project)
        bundle = build(resolve(project), data)
        root = bundle.root
        root.load_state_dict(_weights(_checkpoint(folder, project), root))
        networks = [bundle.networks[phase.network] for phase in phases]
        judged = list(
            zip(labels(phases), networks, measures(project, *networks, data=data), strict=True)
        )
        begin, beside = time.perf_counter(), rows(project.training)
        result: dict[str, Any] = {
            part: {
                f"{label}{key}": value
                for label, network, wanted in judged
                for key, value in evaluate(
                    network, network.train_forward, held, wanted, rows=beside
                ).items()
            }
            for part, held in data.parts.items()
        }
    ended = _read(folder / "result.json") if (folder / "result.json").exists() else {}
    return result | {
        "epochs": ended.get("epochs", 0),
        "steps": ended.get("steps", 0),
        "seconds": round(time.perf_counter() - begin, 3),
        "device": "cpu",
        "seed": project.training.seed,
        "run": folder.name,
        "parameters_sha256": fingerprint(root.state_dict()),
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        return strictjson.parse(path.read_bytes(), path.name)
    except strictjson.JSONError as error:
        raise FileError(str(error)) from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from None


def _weights(path: Path, root: Any) -> dict[str, Any]:
    """Return the tensors of a checkpoint that fits the networks."""
    found = _tensors(path)
    wanted = {name: value.shape for name, value in root.state_dict().items()}
    if {name: value.shape for name, value in found.items()} != wanted:
        raise FileError(f"{path} holds the weights of another network.")
    return found


def _tensors(path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(path.read_bytes())
    except OSError:
        raise FileError(f"The run keeps no weights: {path} is missing.") from None
    except SafetensorError:
        raise FileError(f"{path} is damaged; train again.") from None
