"""What went wrong, as one sentence with the node's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from engine.compile import CompileError
from engine.custom.loading import line_in
from engine.data.dataset import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from engine.compile import Bundle, Network
    from engine.plan import Plan
    from engine.train.inspection import Fault


class TrainingError(ValueError):
    """A run cannot start or go on. The message is a sentence.

    `node` is the path id of the node at fault, `network` the key of the network it is in.
    """

    def __init__(self, message: str, node: str = "", network: str = "") -> None:
        super().__init__(message)
        self.node = node
        self.network = network


class Ended(Exception):
    """The user ended the run before it had anything to show."""


def explain(error: BaseException, bundle: Bundle | None = None) -> tuple[str, str, str]:
    """Return (sentence, path id of a node, key of its network) for whatever ended a run."""
    if isinstance(error, TrainingError):
        return str(error), error.node, error.network
    if isinstance(error, CompileError):
        return str(error), error.node, ""
    if isinstance(error, DataError):
        return str(error), "", ""
    node = network = ""
    if bundle is not None:
        node, network = culprit(error.__traceback__, bundle)
    name = name_of(bundle.networks[network], node) if bundle and node else ""
    reason = _reason(error)
    if is_out_of_memory(error):
        where = f" in {name!r}" if name else ""
        return f"There is not enough memory{where}; choose a smaller batch size.", node, network
    if name:
        return f"{name!r} stopped the run: {reason}", node, network
    return f"The run stopped: {reason}", node, network


def name_of(network: Network, node: str) -> str:
    """Return what a node is called, the names of the places around it in front."""
    known = {each.node: each.name for each in (*network.displays, *network.losses, *network.taps)}
    return known.get(node, node)


def first_line(error: BaseException) -> str:
    """Return the first line of an exception's text, as a sentence."""
    lines = str(error).strip().splitlines()
    text = lines[0].strip() if lines else ""
    text = text or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _reason(error: BaseException) -> str:
    """Return what an exception says, with the line of a custom layer's text it came from."""
    line = line_in(error.__traceback__)
    return f"line {line} of its text: {first_line(error)}" if line else first_line(error)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether memory ran out, on the device or off it."""
    text = str(error).lower()
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate" in text)
    )


def culprit(trace: TracebackType | None, bundle: Bundle) -> tuple[str, str]:
    """Return the node whose line of a generated forward was running, and its network's key."""
    line, code = 0, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<network>":
            line, code = trace.tb_lineno, trace.tb_frame.f_code
        trace = trace.tb_next
    for key, network in bundle.networks.items():
        if code in _codes(network):
            text = network.source.splitlines()[line - 1]
            written = text.partition("=")[0].strip().split(",")[0].strip()
            return _writer(bundle.blueprint.plans[key], written), key
    return "", ""


def _codes(network: Network) -> set[object]:
    forwards = (
        network.train_forward,
        network.tapped_forward,
        network.predict_forward,
        network.shown_forward,
    )
    outer = {getattr(forward, "__code__", None) for forward in forwards}
    return outer | {inner for code in outer for inner in getattr(code, "co_consts", ())}


def _writer(plan: Plan, variable: str) -> str:
    """Return the path id of the node that writes a variable; the longest name that fits."""
    names = [(s.name, s.path) for s in plan.every]
    names += [(output, s.path) for s in plan.every for output in s.outputs.values()]
    fits = [(len(name), path) for name, path in names if _belongs(variable, name)]
    return max(fits)[1] if fits else ""


def _belongs(variable: str, name: str) -> bool:
    return variable == name or variable.startswith(f"{name}_")


def non_finite(
    network: Network, key: str, batch: Sequence[torch.Tensor], step: int, lr: float
) -> TrainingError:
    """Return why a loss is no longer a finite number, found out on the batch at hand.

    `key` is the network's.
    """
    start = f"The loss of step {step + 1} is not a finite number: "
    for field, values in zip(network.fields, batch, strict=True):
        if not is_finite(values):
            return TrainingError(
                f"{start}the data field {field!r} holds such values; mend the data."
            )
    for node, parameters in network.node_parameters.items():
        if not all(is_finite(p) for _, p in parameters):
            return TrainingError(
                f"{start}the weights of {name_of(network, node)!r} overflowed with a learning "
                f"rate of {lr:g}; choose a smaller one, or clip the gradients.",
                node,
                key,
            )
    node = _first_overflow(network, batch)
    if node:
        return TrainingError(
            f"{start}{name_of(network, node)!r} puts out values that are not finite, at a learning "
            f"rate of {lr:g}; choose a smaller one, or normalise what the node gets.",
            node,
            key,
        )
    node = network.losses[0].node
    return TrainingError(
        f"{start}it overflowed in {name_of(network, node)!r}; lower the learning rate ({lr:g}).",
        node,
        key,
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


def fault_words(fault: Fault, step: int, size: int, lr: float) -> str:
    """Return what went wrong in a step (counted from 0) with so many samples, and what to do."""
    where = _rows_words(fault, size)
    number = f"{step + 1:,}"
    start = f"The loss of step {number} is not a finite number: "
    if fault.detail == "data":
        return f"{start}the data field {fault.name!r} holds such values{where}; mend the data."
    if fault.direction == "forward":
        return (
            f"{start}{fault.name!r} puts out values that are not finite{where}; keep what it gets "
            f"within bounds, or choose a smaller learning rate than {lr:g}."
        )
    if fault.direction == "backward":
        what = f" in its {fault.detail!r}" if fault.detail and not fault.rows else ""
        return (
            f"The loss of step {number} is finite but its gradient is not: it breaks on the way "
            f"back through {fault.name!r}{what}{where}; keep what it gets away from where its "
            "slope is endless."
        )
    return (
        f"Step {number} made the weights of {fault.name!r} overflow with a learning rate of "
        f"{lr:g}: {fault.detail!r} is not a finite number; choose a smaller one, or clip the "
        "gradients."
    )


def _rows_words(fault: Fault, size: int) -> str:
    if not fault.rows:
        return ""
    if len(fault.rows) == size:
        return f" for all {size:,} samples of the batch" if size > 1 else " for its one sample"
    if len(fault.samples) > 4:
        return f" for {len(fault.samples):,} of the batch's {size:,} samples"
    numbers = [f"{sample + 1:,}" for sample in fault.samples]
    listed = f"{', '.join(numbers[:-1])} and {numbers[-1]}" if numbers[1:] else numbers[0]
    return f" for sample{'s' if numbers[1:] else ''} {listed}"
