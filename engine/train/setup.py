"""From a project to something that can train: device, data, networks with their first weights."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from engine.compile import compile_graph, initialize
from engine.data.dataset import DataCancelled, load
from engine.train.device import Precision, resolve_device
from engine.train.failure import Ended, TrainingError
from engine.train.phase import PhaseRun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.compile import Network
    from engine.data.dataset import Dataset
    from engine.project import Project


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything a run works on."""

    project: Project
    device: torch.device
    precision: Precision
    data: Dataset
    networks: Mapping[str, Network]
    phases: tuple[PhaseRun, ...]

    @property
    def network(self) -> Network:
        """Return the network of the first phase: the one that is watched and evaluated."""
        return self.phases[0].network


def load_data(
    project: Project,
    progress: Callable[[str, float | None], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Dataset:
    """Return the project's data. Ended if the user gave up waiting."""
    try:
        return load(project.data, progress, cancelled)
    except DataCancelled:
        raise Ended from None


def build(project: Project, data: Dataset) -> dict[str, Network]:
    """Return the networks that the phases train, their weights drawn from the project's seed.

    This is the one place that seeds torch. Modules are built and initialised in the order of
    each graph; nothing else draws random numbers before the first step.
    """
    wanted = list(dict.fromkeys(phase.network for phase in project.training.phases))
    for name in wanted:
        if name not in project.networks:
            raise TrainingError(f"A phase trains the network {name!r}, which is not there.")
    torch.manual_seed(project.training.seed)
    networks: dict[str, Network] = {}
    for name in wanted:
        graph = project.networks[name]
        networks[name] = compile_graph(graph, data.fields)
        initialize(networks[name], graph, project.training.initializer)
    return networks


def prepare(project: Project, data: Dataset) -> Prepared:
    """Return everything a run works on.

    Raises
    ------
    TrainingError, CompileError, ValueError
        What cannot be trained, as a sentence.
    """
    device = resolve_device(project.training.device)
    for phase in project.training.phases:
        if not data.sizes.get(phase.split):
            raise TrainingError(f"The {phase.split} part of the data is empty; give it a share.")
    networks = build(project, data)
    if device.type != "cpu":
        data = data.to(device)
        networks = {name: network.to(device) for name, network in networks.items()}
    precision = Precision(project.training.precision, device)
    phases: list[PhaseRun] = []
    turns: int | None = None
    for phase in project.training.phases:
        run = PhaseRun(phase, project, networks[phase.network], data, precision, turns)
        if len(project.training.phases) > 1 and turns is None:
            turns = -(-len(run.batches) // phase.steps)
        phases.append(run)
    return Prepared(project, device, precision, data, networks, tuple(phases))


def fingerprint(state: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 of the tensors' bytes, in the order of their sorted names."""
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(state[name].detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
