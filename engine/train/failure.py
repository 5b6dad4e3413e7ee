"""What went wrong, as one sentence with the node's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from engine import emit
from engine.compile import CompileError
from engine.data.dataset import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from engine.compile import Network
    from engine.graph import Graph


class TrainingError(ValueError):
    """A run cannot start or go on. The message is a sentence; `node` is the node at fault."""

    def __init__(self, message: str, node: str = "") -> None:
        super().__init__(message)
        self.node = node


class Ended(Exception):
    """The user ended the run before it had anything to show."""


def explain(error: BaseException, network: Network | None, graph: Graph | None) -> tuple[str, str]:
    """Return (sentence, node id) for whatever ended a run."""
    if isinstance(error, TrainingError | CompileError):
        return str(error), error.node
    if isinstance(error, DataError):
        return str(error), ""
    node = ""
    if network is not None and graph is not None:
        node = culprit(error.__traceback__, network, graph)
    reason = first_line(error)
    if is_out_of_memory(error):
        where = f" in {graph.nodes[node].name!r}" if graph and node else ""
        return f"There is not enough memory{where}; choose a smaller batch size.", node
    if graph and node:
        return f"{graph.nodes[node].name!r} stopped the run: {reason}", node
    return f"The run stopped: {reason}", node


def first_line(error: BaseException) -> str:
    """Return the first line of an exception's text, as a sentence."""
    lines = str(error).strip().splitlines()
    text = lines[0].strip() if lines else ""
    text = text or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text}."


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether memory ran out, on the device or off it."""
    text = str(error).lower()
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate" in text)
    )


def culprit(trace: TracebackType | None, network: Network, graph: Graph) -> str:
    """Return the node whose line of the generated forward was running, or nothing."""
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<network>":
            line = trace.tb_lineno
        trace = trace.tb_next
    if not line:
        return ""
    text = network.source.splitlines()[line - 1]
    written = text.partition("=")[0].strip().split(",")[0].strip()
    names = emit.node_names(graph)
    fits = [(len(name), node) for node, name in names.items() if _belongs(written, name)]
    return max(fits)[1] if fits else ""


def _belongs(variable: str, name: str) -> bool:
    return variable == name or variable.startswith(f"{name}_")


def non_finite(
    network: Network, graph: Graph, batch: Sequence[torch.Tensor], step: int, lr: float
) -> TrainingError:
    """Return why a loss is no longer a finite number, found out on the batch at hand."""
    start = f"The loss of step {step + 1} is not a finite number: "
    for name, values in zip(network.fields, batch, strict=True):
        if not is_finite(values):
            return TrainingError(
                f"{start}the data field {name!r} holds such values; mend the data."
            )
    for node, parameters in network.node_parameters.items():
        if not all(is_finite(p) for _, p in parameters):
            name = graph.nodes[node].name
            return TrainingError(
                f"{start}the weights of {name!r} overflowed with a learning rate of {lr:g}; "
                "choose a smaller one, or clip the gradients.",
                node,
            )
    node = _first_overflow(network, batch)
    if node:
        name = graph.nodes[node].name
        return TrainingError(
            f"{start}{name!r} puts out values that are not finite, at a learning rate of {lr:g}; "
            "choose a smaller one, or normalise what the node gets.",
            node,
        )
    node = network.losses[0].node
    name = graph.nodes[node].name
    return TrainingError(
        f"{start}it overflowed in {name!r}; lower the learning rate ({lr:g}).", node
    )


def _first_overflow(network: Network, batch: Sequence[torch.Tensor]) -> str:
    with torch.no_grad():
        outputs: tuple[Any, ...] = network.tapped_forward(*batch)
    *_, taps = outputs
    for tap, value in zip(network.taps, taps, strict=True):
        if not is_finite(value):
            return tap.node
    for loss, value in zip(network.losses, outputs[1], strict=True):
        if not is_finite(value):
            return loss.node
    return ""


def is_finite(values: torch.Tensor) -> bool:
    """Return whether all values of a tensor are finite."""
    return not values.is_floating_point() or bool(torch.isfinite(values).all())
