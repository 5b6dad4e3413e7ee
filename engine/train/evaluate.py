"""Figures of merit: a part of the data through the network in evaluation mode, nothing learned."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch

from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.data.batches import Batches
from engine.train.failure import Ended, TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from torch import nn

    from engine.compile import Network
    from engine.data.dataset import Dataset
    from engine.project import Project

EVAL_BATCH = 256
"""Samples at a time when evaluating. Part of what an exported script repeats."""

DEFAULT_METRICS = {
    "classes": ("accuracy",),
    "binary": ("binary_accuracy",),
    "regression": ("rmse", "mae", "r2"),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric of one loss's predictions."""

    key: str
    loss: int
    """Place of the loss in the network's losses."""
    field: str
    place: int
    """Place of the target field in a batch."""
    function: Callable[..., torch.Tensor]
    settings: Mapping[str, Any]
    scale: tuple[float, float] | None
    """(shift, scale) that give the target its own unit again."""
    as_prediction: bool
    """Whether the target takes the shape of the prediction."""

    def __call__(self, prediction: torch.Tensor, target: torch.Tensor) -> float:
        """Return the figure for all predictions and targets of a part."""
        prediction = prediction.float()
        if self.as_prediction and target.numel() == prediction.numel():
            target = target.view_as(prediction)
        if self.scale is not None:
            shift, scale = self.scale
            prediction, target = prediction * scale + shift, target * scale + shift
        return float(self.function(prediction, target, **self.settings))


def measures(project: Project, network: Network, data: Dataset) -> tuple[Measure, ...]:
    """Return the metrics that suit the losses of a network: the project's, or the usual ones.

    Raises
    ------
    TrainingError
        A metric of the project suits none of the losses.
    """
    found: dict[str, Measure] = {}
    for place, loss in enumerate(network.losses):
        if not loss.field:
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
                loss.task != "classes",
            )
    unused = set(project.training.metrics) - {m.key.partition(".")[0] for m in found.values()}
    if unused and any(loss.field for loss in network.losses):
        tasks = ", ".join(sorted({loss.task for loss in network.losses}))
        raise TrainingError(
            f"The metric {min(unused)!r} does not suit a loss for {tasks}; choose another metric."
        )
    return tuple(found.values())


@contextmanager
def evaluating(network: nn.Module) -> Generator[None]:
    """Switch a network to evaluation without gradients, and back to training after."""
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        network.train()


def evaluate(
    network: Network,
    forward: Callable[..., Any],
    part: Mapping[str, torch.Tensor],
    wanted: Sequence[Measure],
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, float]:
    """Return `loss` (the mean over samples) and every wanted metric of a part.

    With several losses each is stated alone too, as `loss.<name>`. An empty part gives nothing.

    Raises
    ------
    Ended
        The user is done with the run.
    """
    batches = Batches(part, network.fields, EVAL_BATCH, 0, shuffle=False)
    if not batches.samples:
        return {}
    values: list[torch.Tensor] = []
    sizes: list[int] = []
    outputs: dict[int, list[torch.Tensor]] = {m.loss: [] for m in wanted}
    with evaluating(network):
        for batch in batches.epoch(0):
            if cancelled():
                raise Ended
            total, losses, predictions = forward(*batch)
            values.append(torch.stack([total.float(), *(v.float() for v in losses)]))
            sizes.append(len(batch[0]))
            for place, held in outputs.items():
                held.append(predictions[place])
        result = _means(torch.stack(values), sizes, network)
        joined = {place: torch.cat(held) for place, held in outputs.items()}
        for measure in wanted:
            result[measure.key] = measure(joined[measure.loss], part[measure.field])
    return result


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
