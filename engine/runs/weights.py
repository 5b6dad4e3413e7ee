"""The weights that a kept run ended with: loaded, given to another run, evaluated again."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from engine import files, strictjson
from engine.files import FileError
from engine.train.series import LOG, lines

if TYPE_CHECKING:
    from pathlib import Path

    from engine.project import Project
    from engine.weights import WeightStore


def kept(folder: Path) -> tuple[Project, dict[str, Any]]:
    """Return the project of a kept run and the weights it ended with, by name.

    Raises
    ------
    FileError
        The record is damaged or holds no weights.
    """
    project = project_of(folder)
    return project, _tensors(_checkpoint(folder, project))


def project_of(folder: Path) -> Project:
    """Return the project of a kept run; FileError if the record is damaged."""
    about = _read(folder / "run.json")
    if "project" not in about:
        raise FileError(f"{folder.name}/run.json is damaged: it holds no project.")
    return files.loads(json.dumps(about["project"]), f"{folder.name}/run.json")


def store_of(folder: Path) -> WeightStore:
    """Return the weights a kept run ended with, by where they live in its networks.

    Raises
    ------
    FileError
        The record is damaged or holds no weights.
    ValueError
        Its data or its networks can no longer be made, or a run is under way in this process.
    """
    import torch

    from engine.train.chance import trying
    from engine.train.setup import build, load_data
    from engine.variables import resolve
    from engine.weights import WeightStore

    project, tensors = kept(folder)
    with trying(torch.device("cpu")):
        bundle = build(resolve(project), load_data(project))
    fitting = _fitting(tensors, bundle.root, folder)
    store = WeightStore()
    store.take({path: fitting[name] for name, path in bundle.weight_paths.items()})
    return store


def _checkpoint(folder: Path, project: Project) -> Path:
    """Return the file of the weights that a run ended with; the others' where it was cut off."""
    stopping = project.training.early_stopping
    best = stopping.enabled and stopping.restore_best and not _stopped(folder)
    names = ("best", "last") if best else ("last", "best")
    paths = [folder / "checkpoints" / f"{name}.safetensors" for name in names]
    return next((path for path in paths if path.exists()), paths[0])


def _stopped(folder: Path) -> bool:
    """Return whether a person ended the run: it then kept its last weights, not its best."""
    states = [row.get("state") for row in lines(folder / LOG) if row.get("event") == "state"]
    return states[-1:] == ["stopped"] and (folder / "result.json").exists()


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

    project = project_of(folder)
    count = _read(folder / "run.json").get("threads") or threads.default_threads()
    phases = project.training.phases
    with threads.prepared(count):
        data = load_data(project)
        bundle = build(resolve(project), data)
        root = bundle.root
        path = _checkpoint(folder, project)
        root.load_state_dict(_fitting(_tensors(path), root, path))
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


def _fitting(found: dict[str, Any], root: Any, of: Path) -> dict[str, Any]:
    """Return the tensors of a checkpoint if they fit the networks."""
    wanted = {name: value.shape for name, value in root.state_dict().items()}
    if {name: value.shape for name, value in found.items()} != wanted:
        raise FileError(f"{of} holds the weights of another network.")
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
