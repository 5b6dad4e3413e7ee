"""All that the next step of a run depends on: taken, put back, written down.

What can be worked out again (the data, the order of its samples, the networks) is not in it.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import nn

from engine import files
from engine.catalog.techniques import treatments
from engine.compile import Group, Network
from engine.files import FileError
from engine.networks import own_layers
from engine.train.packing import Unpackable, pack, tensors_in, unpack
from engine.train.resuming import FORMAT, KEY, head_of, project_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from engine.project import Project
    from engine.train.course import Course
    from engine.train.phase import PhaseRun
    from engine.train.setup import Prepared

_OPEN = set(vars(nn.Module()))
_OTHERS = frozenset({"defaults", "param_groups", "state", "parts"})


@dataclass(frozen=True, slots=True)
class Moment:
    """A run between two of its steps. Nothing that the run does later changes it."""

    about: dict[str, Any]
    """Plain facts: `project` as its file's text has it, `step`, `epoch`, ... whoever took it."""
    document: Any
    tensors: Mapping[str, torch.Tensor]

    @property
    def project(self) -> Project:
        """Return the project as it was at this moment."""
        return project_of(self.about)


# -- taking and putting back


def capture(
    course: Course, project: Project | None = None, copy: bool = True, **about: Any
) -> Moment:
    """Return the moment that a run is at; nothing is changed by it.

    Parameters
    ----------
    project
        As its file has it; else with its named numbers worked out.
    copy
        False spares copies of the tensors: for a moment that is written before the run goes on.
    about
        Plain facts to keep with it.
    """
    state = {
        "prepared": state_of(course.prepared),
        "ledger": course.loop.ledger.state_dict(),
        "running": course.running.state_dict(),
        "best": course.best.state_dict(),
    }
    document, tensors = pack(state, copy)
    facts: dict[str, Any] = {
        "format": FORMAT,
        "step": course.steps,
        "seconds": course.loop.seconds,
        "watched": course.loop.sampler.spent,
        "project": json.loads(files.dumps(project or course.prepared.project)),
    }
    return Moment(facts | about, document, tensors)


def restore(course: Course, moment: Moment) -> None:
    """Put a run where it was at a moment; it must have been prepared for the same project.

    Raises
    ------
    FileError
        The moment is that of another network, or damaged.
    """
    try:
        state = unpack(moment.document, moment.tensors, course.prepared.device)
        course.loop.ledger.load_state_dict(state["ledger"])
        course.running.load_state_dict(state["running"])
        course.best.load_state_dict(state["best"])
        course.loop.earlier = float(moment.about["seconds"])
        course.loop.sampler.spent = float(moment.about["watched"])
        put(course.prepared, state["prepared"])
    except (KeyError, TypeError, ValueError, IndexError, RuntimeError) as error:
        raise FileError(f"The checkpoint does not fit the run it belongs to ({error}).") from None


def state_of(prepared: Prepared) -> dict[str, Any]:
    """Return weights, optimizers, schedules and random numbers of now; tensors are not copied."""
    root = prepared.root
    scaler = prepared.precision.scaler
    weights: dict[str, Any] = dict(root.state_dict())
    return {
        "weights": weights,
        "buffers": {name: held for name, held in root.named_buffers() if name not in weights},
        "beside": _beside(root),
        "phases": [_phase(run) for run in prepared.phases],
        "scaler": scaler.state_dict() if scaler is not None else None,
        "random": _random(prepared),
    }


@torch.no_grad()
def put(prepared: Prepared, state: Mapping[str, Any]) -> None:
    """Bring back what `state_of` returned. Its tensors become the run's own."""
    prepared.root.load_state_dict(state["weights"])
    buffers = dict(prepared.root.named_buffers())
    modules = dict(_modules(prepared.root))
    for name, value in state["buffers"].items():
        buffers[name].copy_(value)
    for name, held in state["beside"].items():
        for key, value in held.items():
            setattr(modules[name], key, value)
    for run, held in zip(prepared.phases, state["phases"], strict=True):
        _put_phase(run, held)
    if prepared.precision.scaler is not None:
        prepared.precision.scaler.load_state_dict(state["scaler"])
    _put_random(prepared, state["random"])


# -- what modules keep beside their weights


def _beside(root: nn.Module) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, module in _modules(root):
        held = dict(_kept(module))
        if held:
            found[name] = held
    return found


def _modules(root: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    return cast("Iterator[tuple[str, nn.Module]]", root.named_modules())


def _kept(module: nn.Module) -> Iterator[tuple[str, Any]]:
    """Yield the plain values and tensors that a module keeps beside parameters and buffers.

    Torch's own modules keep nothing like that.
    """
    if type(module).__module__.startswith("torch.") or isinstance(module, Network | Group):
        return
    for name, value in vars(module).items():
        if name not in _OPEN and _own(value):
            yield name, value


def _own(value: Any) -> bool:
    """Return whether a value is plain, and no list of the parameters that are kept anyway."""
    try:
        return not any(isinstance(tensor, nn.Parameter) for tensor in tensors_in(value))
    except Unpackable:
        return False


# -- phases


def _phase(run: PhaseRun) -> dict[str, Any]:
    average, scheduler = run.average, run.schedule
    return {
        "optimizer": _optimizer(run.stepper.optimizer),
        "stepped": run.stepper.stepped,
        "schedule": scheduler.state_dict(),
        "average": [average.count, average.mean, average.raw] if average is not None else None,
        "largest": run.largest.norm if run.largest is not None else None,
        "sizes": sorted(run.sizes),
        "mend": [*run.mend],
        "treatments": {name: getattr(run.phase, name) for name in treatments()},
    }


def _put_phase(run: PhaseRun, state: Mapping[str, Any]) -> None:
    treated = {n: v for n, v in state["treatments"].items() if v != getattr(run.phase, n)}
    if treated:
        run.treat_anew(treated)
    _put_optimizer(run.stepper.optimizer, state["optimizer"])
    run.schedule.load_state_dict(state["schedule"])
    if run.average is not None:
        run.average.count, run.average.mean, run.average.raw = state["average"]
    if run.largest is not None:
        run.largest.norm = state["largest"]
    run.sizes = set(state["sizes"])
    run.mend[:] = state["mend"]
    run.stepper.stepped = state["stepped"]


def _optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    numbers: dict[str, Any] = {}
    tables: dict[str, list[Any]] = {}
    for name, value in vars(optimizer).items():
        if name.startswith("_") or name in _OTHERS:
            continue
        if isinstance(value, bool | int | float):
            numbers[name] = value
        elif isinstance(value, dict):
            tables[name] = [value.get(p) for p in parameters]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return {
        "groups": [
            {name: value for name, value in group.items() if name != "params"}
            for group in optimizer.param_groups
        ],
        "state": [optimizer.state.get(p) for p in parameters],
        "numbers": numbers,
        "tables": tables,
    }


def _put_optimizer(optimizer: torch.optim.Optimizer, state: Mapping[str, Any]) -> None:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for group, held in zip(optimizer.param_groups, state["groups"], strict=True):
        group.update(held)
    optimizer.state.clear()
    for parameter, held in zip(parameters, state["state"], strict=True):
        if held is not None:
            optimizer.state[parameter] = held
    for name, value in state["numbers"].items():
        setattr(optimizer, name, value)
    for name, values in state["tables"].items():
        table: dict[Any, Any] = getattr(optimizer, name)
        table.clear()
        table.update({p: v for p, v in zip(parameters, values, strict=True) if v is not None})


# -- random numbers


def _random(prepared: Prepared) -> dict[str, Any]:
    """Return the generators' states; Python's and numpy's only where the user's own code runs."""
    found: dict[str, Any] = {"torch": torch.get_rng_state()}
    if prepared.device.type != "cpu":
        found["device"] = getattr(torch, prepared.device.type).get_rng_state()
    if next(own_layers(prepared.project), None) is not None:
        found["python"] = random.getstate()
        found["numpy"] = np.random.get_state()
    return found


def _put_random(prepared: Prepared, state: Mapping[str, Any]) -> None:
    torch.set_rng_state(state["torch"])
    if "device" in state and prepared.device.type != "cpu":
        getattr(torch, prepared.device.type).set_rng_state(state["device"].cpu())
    if "python" in state:
        random.setstate(state["python"])
        np.random.set_state(state["numpy"])


# -- files


def write(path: Path, moment: Moment) -> int:
    """Write a moment into one file; until it is whole, what was there stays. Returns its bytes.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    from safetensors.torch import save

    head = {"about": moment.about, "state": moment.document}
    text = json.dumps(head, allow_nan=False, separators=(",", ":"))
    data = save(_apart(moment.tensors), {KEY: text})
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomic(path, data)
    return len(data)


def _apart(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return tensors in the order of their axes, no two of them in the same memory."""
    seen: set[int] = set()
    found: dict[str, torch.Tensor] = {}
    for name, value in tensors.items():
        place = value.untyped_storage().data_ptr()
        found[name] = value.contiguous() if place not in seen else value.clone().contiguous()
        seen.add(place)
    return found


def read(path: Path) -> Moment:
    """Return a written moment.

    Raises
    ------
    FileError
        It is missing or damaged; one sentence.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    head = head_of(path)
    try:
        tensors = load(path.read_bytes())
    except (OSError, SafetensorError):
        raise FileError(f"The checkpoint {path.name} is damaged.") from None
    return Moment(head["about"], head["state"], tensors)
