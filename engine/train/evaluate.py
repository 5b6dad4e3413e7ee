"""Figures of merit: a part of the data through the network in evaluation mode, nothing learned."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import torch

from engine.catalog import registry
from engine.catalog.spec import LossSpec, load_target
from engine.data.batches import Batches
from engine.train.carrying import apart
from engine.train.chance import aside
from engine.train.failure import Ended, TrainingError
from engine.train.tally import IGNORED, Measure, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from engine.compile import LossInfo, Network
    from engine.data.dataset import Dataset
    from engine.project import Phase, Project

EVAL_BATCH = 256
"""Samples at a time when evaluating, unless they are large."""
EVAL_NUMBERS = 1 << 21
"""Numbers of a field at a time."""

DEFAULT_METRICS = {
    "classes": ("accuracy",),
    "binary": ("binary_accuracy",),
    "regression": ("rmse", "mae", "r2"),
}


def eval_batch(shapes: Iterable[Sequence[int]]) -> int:
    """Return how many samples are evaluated at a time, from the shapes of one sample's fields.

    Part of what an exported script repeats.
    """
    largest = max((math.prod(shape) for shape in shapes), default=1)
    return max(1, min(EVAL_BATCH, EVAL_NUMBERS // max(largest, 1)))


def class_axis(loss: LossInfo) -> int:
    """Return the axis of a loss's prediction that holds a score for each class."""
    spec = registry.node(loss.spec)
    return spec.class_axis if isinstance(spec, LossSpec) else 1


def ignored(loss: LossInfo) -> int:
    """Return the class number that a loss leaves out."""
    value = loss.values.get("ignore_index", IGNORED)
    assert isinstance(value, int)
    return value


def labels(phases: Sequence[Phase]) -> tuple[str, ...]:
    """Return what stands in front of each phase's figures: nothing for the first."""
    found: list[str] = []
    for phase in phases:
        name = phase.name or phase.network
        label, number = f"{name}.", 1
        while label in found:
            number += 1
            label = f"{name} {number}."
        found.append(label if found else "")
    return tuple(found)


def measures(project: Project, *networks: Network, data: Dataset) -> list[tuple[Measure, ...]]:
    """Return the metrics that suit each network's losses: the project's, or the usual ones.

    Raises
    ------
    TrainingError
        A metric of the project suits none of the losses.
    """
    found = [_measures(project, network, data) for network in networks]
    used = {m.key.partition(".")[0] for held in found for m in held}
    unused = set(project.training.metrics) - used
    tasks = {loss.task for n in networks for loss in n.losses if loss.field and loss.task}
    if unused and tasks:
        raise TrainingError(
            f"The metric {min(unused)!r} does not suit a loss for {', '.join(sorted(tasks))}; "
            "choose another metric."
        )
    return found


def _measures(project: Project, network: Network, data: Dataset) -> tuple[Measure, ...]:
    found: dict[str, Measure] = {}
    for place, loss in enumerate(network.losses):
        if not loss.field or not loss.task:
            continue
        for name in project.training.metrics or DEFAULT_METRICS[loss.task]:
            spec = registry.metric(name)
            if spec.tasks and loss.task not in spec.tasks:
                continue
            key = name if name not in found else f"{name}.{loss.name}"
            found[key] = Measure(
                key,
                place,
                loss.field,
                network.fields.index(loss.field),
                load_target(spec.target),
                spec.arguments({}),
                data.target_scale.get(loss.field),
                class_axis(loss) if loss.task == "classes" else None,
                ignored(loss),
                spec.mean,
                spec.whole,
            )
    return tuple(found.values())


@contextmanager
def evaluating(network: Network) -> Generator[None]:
    """Switch a network to evaluation, and back to training after.

    There are no gradients, unless a loss takes one itself. What it draws at random is the same
    each time, and training does not miss it.
    """
    network.eval()
    try:
        with torch.set_grad_enabled(network.sloped):
            if network.random:
                with aside(_device(network)), apart(network):
                    yield
            else:
                with apart(network):
                    yield
    finally:
        network.train()


def _device(network: Network) -> torch.device:
    first = next(network.parameters(), None)
    return first.device if first is not None else torch.device("cpu")


def evaluate(
    network: Network,
    forward: Callable[..., Any],
    part: Mapping[str, torch.Tensor],
    wanted: Sequence[Measure],
    cancelled: Callable[[], bool] = lambda: False,
    cut: Callable[[Sequence[str]], None] = lambda _: None,
    rows: int = 0,
) -> dict[str, float]:
    """Return `loss` (the mean over samples) and every wanted metric of a part.

    With several losses each is stated alone too, as `loss.<name>`. An empty part gives nothing.

    Parameters
    ----------
    cut
        Called with the metrics that are of the first samples only: the predictions of the whole
        part are too many to hold.
    rows
        Where layers carry their state on: how many stretches of the part go on beside one another,
        as in training; 0 is each sample alone.

    Raises
    ------
    Ended
        The user is done with the run.
    """
    size = eval_batch(values.shape[1:] for values in part.values())
    batches = Batches(part, network.fields, size, 0, shuffle=False)
    if not batches.samples:
        return {}
    if network.carrying:
        batches = Batches(part, network.fields, rows or batches.samples, 0, carried=True)
        order = batches.order(0).to(_device(network))
        part = {name: values.index_select(0, order) for name, values in part.items()}
    values: list[torch.Tensor] = []
    sizes: list[int] = []
    tallies = {
        m.loss: Tally([n for n in wanted if n.loss == m.loss], part[m.field]) for m in wanted
    }
    with evaluating(network):
        for batch in batches.epoch(0):
            if cancelled():
                raise Ended
            total, losses, predictions = forward(*batch)
            values.append(torch.stack([total.float(), *(v.float() for v in losses)]).detach())
            sizes.append(len(batch[0]))
            for place, tally in tallies.items():
                tally.add(predictions[place].detach(), sizes[-1])
        result = _means(torch.stack(values), sizes, network)
        found: dict[str, float] = {}
        for tally in tallies.values():
            found |= tally.result()
            if tally.cut:
                cut(tally.cut)
    return result | {m.key: found[m.key] for m in wanted}


def _means(values: torch.Tensor, sizes: list[int], network: Network) -> dict[str, float]:
    """Return the mean over samples of the total and, if there are several, of each loss."""
    rows = cast("list[list[float]]", values.tolist())
    samples = sum(sizes)
    keys = ["loss"]
    if len(network.losses) > 1:
        keys += [f"loss.{loss.name}" for loss in network.losses]
    means: dict[str, float] = {}
    for column, key in enumerate(keys):
        total = sum(row[column] * size for row, size in zip(rows, sizes, strict=True))
        means[key] = total / samples
    return means
