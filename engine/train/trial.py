"""Two samples through a network before it trains: what its losses depend on, whether labels fit."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from engine.train.chance import aside
from engine.train.evaluate import class_axis, evaluating, ignored
from engine.train.failure import TrainingError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from engine.compile import LossInfo, Network
    from engine.data.dataset import Dataset
    from engine.project import Phase


def trial(
    phase: Phase, network: Network, data: Dataset
) -> tuple[list[torch.nn.Parameter], list[torch.Size]]:
    """Return the parameters a phase trains, and the shape of each prediction of one sample.

    No random number is missed afterwards; no running statistic and no weight moves.

    Raises
    ------
    TrainingError
        A label is out of range, or there is nothing to train.
    """
    part = data.parts[phase.split]
    batch = [part[name][:2] for name in network.fields]
    with evaluating(network):
        shown = network.predict_forward(*batch)
    for loss, prediction in zip(network.losses, shown, strict=True):
        if loss.task == "classes" and loss.field:
            _check_labels(loss, phase.network, prediction.shape[class_axis(loss)], data)
    with _untouched(network, batch):
        total, _, predictions = network.train_forward(*batch)
    return to_train(phase, network, total), [p.shape[1:] for p in predictions]


@contextmanager
def _untouched(network: Network, batch: Sequence[torch.Tensor]) -> Generator[None]:
    """Run a network without a trace: in evaluation, or in training if it draws random numbers.

    What draws may leave a part out in evaluation that training has.
    """
    if not network.random:
        network.eval()
        yield
        network.train()
        return
    held = [*network.buffers(), *network.parameters()]
    before = [tensor.detach().clone() for tensor in held]
    with aside(batch[0].device):
        yield
    with torch.no_grad():
        for tensor, value in zip(held, before, strict=True):
            tensor.copy_(value)


def _check_labels(loss: LossInfo, network: str, classes: int, data: Dataset) -> None:
    for part, held in data.parts.items():
        labels = held[loss.field]
        if labels.is_floating_point():
            continue
        labels = labels[labels != ignored(loss)]
        if not labels.numel():
            continue
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= classes:
            wrong = low if low < 0 else high
            raise TrainingError(
                f"The label {wrong} of {loss.field!r} ({part} part) is out of range: "
                f"{loss.name!r} gets {classes} class scores, so labels run from 0 to "
                f"{classes - 1}; give the last layer {high + 1} outputs or mend the data.",
                loss.node,
                network,
            )


def to_train(phase: Phase, network: Network, total: torch.Tensor) -> list[torch.nn.Parameter]:
    """Return the parameters a phase trains: those of its nodes that the loss depends on.

    Raises
    ------
    TrainingError
        There are none.
    """
    reached = _reached(total)
    wanted = {
        id(p)
        for path, held in network.node_parameters.items()
        if path not in network.frozen and trains(phase.trains, path)
        for _, p in held
    }
    found = [p for p in network.parameters() if id(p) in wanted and id(p) in reached]
    if not found:
        raise TrainingError(
            f"The phase {phase.name!r} has nothing to train: no layer with weights that are not "
            "frozen leads to a loss. Add a layer with weights, or unfreeze one.",
            "",
            phase.network,
        )
    return found


def trains(chosen: Sequence[str], path: str) -> bool:
    """Return whether a phase that trains these nodes trains the one at a path id.

    Naming a place names all inside it; without a copy's number every copy is meant. Nothing
    chosen means everything.
    """
    if not chosen:
        return True
    whole = path.split("/")
    plain = [part.partition("#")[0] for part in whole]
    above = {"/".join(way[: n + 1]) for way in (whole, plain) for n in range(len(way))}
    return not above.isdisjoint(chosen)


def _reached(total: torch.Tensor) -> set[int]:
    """Return the ids of the parameters a loss was computed from."""
    found: set[int] = set()
    seen: set[Any] = set()
    stack: list[Any] = [total.grad_fn]
    while stack:
        function = stack.pop()
        if function is None or function in seen:
            continue
        seen.add(function)
        if hasattr(function, "variable"):
            found.add(id(function.variable))
        stack.extend(following for following, _ in function.next_functions)
    return found
