"""From a project to something that can train: device, data, networks with their first weights."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from engine.compile import CompileError, compile_networks, initialize
from engine.data.dataset import DataCancelled, load
from engine.shapes import analyse
from engine.train.device import Precision, resolve_device
from engine.train.failure import Ended, TrainingError
from engine.train.phase import PhaseRun, batch_size
from engine.train.scaling import scale
from engine.train.turns import Turns
from engine.variables import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import nn

    from engine.compile import Bundle, Network
    from engine.data.dataset import Dataset
    from engine.project import Project


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything a run works on."""

    project: Project
    """With its named numbers worked out."""
    device: torch.device
    precision: Precision
    data: Dataset
    bundle: Bundle
    phases: tuple[PhaseRun, ...]
    turns: Turns

    @property
    def network(self) -> Network:
        """Return the network of the first phase."""
        return self.phases[0].network

    @property
    def root(self) -> nn.Module:
        """Return the module that holds all weights: the network itself if there is one."""
        return self.bundle.root


def load_data(
    project: Project,
    progress: Callable[[str, float | None], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Dataset:
    """Return the project's data. Ended if the user gave up waiting."""
    try:
        return load(resolve(project).data, progress, cancelled)
    except DataCancelled:
        raise Ended from None


def build(project: Project, data: Dataset) -> Bundle:
    """Return the networks that the phases train, their weights drawn from the project's seed.

    This is the one place that seeds torch. Modules are built and initialised in the order of the
    plan; nothing else draws random numbers before the first step.

    Raises
    ------
    TrainingError
        A network is missing or has a problem.
    """
    keys = dict.fromkeys(phase.network for phase in project.training.phases)
    for key in keys:
        if key not in project.networks:
            raise TrainingError(f"A phase trains the network {key!r}, which is not there.")
    scope = project.scope(data.fields)
    torch.manual_seed(project.training.seed)
    try:
        bundle = compile_networks({key: project.networks[key] for key in keys}, scope)
    except CompileError as error:
        at_fault = (key for key in keys if not analyse(project.networks[key], scope).ok)
        raise TrainingError(str(error), error.node, next(at_fault, next(iter(keys)))) from error
    chosen = project.training
    initialize(bundle.root, bundle.blueprint, chosen.initializer, chosen.initializer_params)
    return bundle


def prepare(project: Project, data: Dataset, precision: Precision | None = None) -> Prepared:
    """Return everything a run works on.

    `precision` is that of a run that goes on.

    Raises
    ------
    TrainingError, ValueError
        What cannot be trained, as a sentence.
    """
    project = resolve(project)
    chosen = project.training.phases
    if not chosen:
        raise TrainingError("There is no phase of training; add one in the training panel.")
    device = resolve_device(project.training.device)
    for phase in chosen:
        if not data.sizes.get(phase.split):
            raise TrainingError(f"The {phase.split} part of the data is empty; give it a share.")
    bundle = build(project, data)
    if device.type != "cpu":
        data = data.to(device)
        for network in bundle.networks.values():
            network.to(device)
    precision = precision or Precision(project.training.precision, device)
    samples = data.sizes[chosen[0].split]
    batches = -(-samples // batch_size(project.training, samples))
    turns = Turns([phase.steps for phase in chosen], batches)
    several = turns.per_epoch if len(chosen) > 1 else None
    phases = tuple(
        PhaseRun(phase, project, bundle.networks[phase.network], data, precision, several, index)
        for index, phase in enumerate(chosen)
    )
    scale(bundle, phases, project.training)
    return Prepared(project, device, precision, data, bundle, phases, turns)


def fingerprint(state: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 of the tensors' bytes, in the order of their sorted names."""
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(state[name].detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
