"""What one node makes of one sample: feature maps, states, kernels, attention. Only on demand.

The sample is always the same one of the validation part, in evaluation and without gradients;
training goes on as if nobody had looked.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol, cast

from engine.train.evaluate import evaluating
from engine.train.events import Finding, Sheet, Watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch
    from torch import nn

    from engine.data.dataset import Dataset
    from engine.train.events import Event
    from engine.train.phase import PhaseRun

MOST = 64
"""Pictures of a sheet at most."""
SIDE = 128
"""Rows and columns of a picture at most; of a larger one every second, third, ... is taken."""


class Looks(Protocol):
    """A module that can tell how much each query takes of each key."""

    def weights(self, query: torch.Tensor, *more: Any, each: bool) -> torch.Tensor:
        """Return (N, heads, L, S)."""
        ...


class Watching:
    """Watches the node it is told to, and nothing before.

    Parameters
    ----------
    phases
        What is trained; a node is looked for in the first phase whose network it names.
    data
        The sample is one of its validation part, or of the training part if that is empty.
    """

    def __init__(self, phases: Sequence[PhaseRun], data: Dataset) -> None:
        self.due = math.inf
        self._phases = phases
        self._part = data.parts["validation" if data.sizes.get("validation") else "train"]
        self._phase, self._node, self._sample = phases[0], "", 0

    @property
    def asked(self) -> tuple[str, str, int]:
        """Return node, network and sample that are watched."""
        return self._node, self._phase.phase.network, self._sample

    def look(self, node: str, network: str, sample: int) -> None:
        """Watch a node from now on; none if it is not there."""
        named = [run for run in self._phases if network in ("", run.phase.network)]
        found = next((run for run in named if run.network.step_at(node) is not None), None)
        self._node = node if found is not None else ""
        self._phase = found or self._phases[0]
        self._sample = sample
        self.due = 0.0 if found is not None else math.inf

    def draw(self, step: int, *, last: bool = False) -> list[Event]:
        """Return what the node makes of the sample now."""
        if not self._node:
            self.due = math.inf
            return []
        try:
            sheets = tuple(self._sheets())
        except Exception as error:  # noqa: BLE001 - whatever a look meets, training goes on
            node, self._node, self.due = self._node, "", math.inf
            words = str(error).strip().partition("\n")[0].rstrip(".")
            return [Finding("watch", node, f"The node cannot be looked into: {words}.")]
        network = self._phase.phase.network
        return [Watched(step, self._node, sheets, self._sample, self._phase.index, network)]

    def _sheets(self) -> Iterator[Sheet]:
        run, network = self._phase, self._phase.network
        size = len(next(iter(self._part.values())))
        place = min(self._sample, size - 1)
        batch = [self._part[name][place : place + 1] for name in network.fields]
        met: list[torch.Tensor] = []
        handle = self._listen(met)
        try:
            with evaluating(network):
                taps = run.tapped(*batch)[-1]
        finally:
            handle()
        if self._node in run.taps:
            along = self._along()
            yield from _output(taps[run.taps.index(self._node)].detach().float().cpu(), along)
        for weights in met:
            yield _sheet("attention", weights[0])
        for name, parameter in network.node_parameters.get(self._node, ()):
            yield from _kernels(name, parameter.detach().float().cpu())

    def _along(self) -> bool:
        """Return whether the steps of a sequence come before its features."""
        step = self._phase.network.step_at(self._node)
        outputs = step.spec.outputs if step is not None else ()
        return bool(outputs) and outputs[0].axes.startswith("N L")

    def _listen(self, met: list[torch.Tensor]) -> Callable[[], None]:
        """Take the attention weights of the node's next run; return what ends that."""
        module = self._phase.network.module_at(self._node)
        if module is None or not hasattr(module, "weights"):
            return _nothing

        def heads(_module: nn.Module, args: tuple[Any, ...], _found: object) -> None:
            key, _value, mask = (*args[1:], None, None, None)[:3]
            looks = cast("Looks", module)
            met.append(looks.weights(args[0], key, mask, each=True).float().cpu())

        return module.register_forward_hook(heads).remove


def _nothing() -> None:
    """There is nothing to end."""


def _output(value: torch.Tensor, along: bool) -> Iterator[Sheet]:
    """Yield the output for one sample as pictures."""
    sample = value[0]
    if sample.dim() >= 3:
        yield _sheet("maps", _flat(sample))
    elif sample.dim() == 2:
        yield _sheet("states", (sample.T if along else sample)[None])
    elif sample.dim() == 1:
        yield _sheet("values", sample[None, None])


def _kernels(name: str, value: torch.Tensor) -> Iterator[Sheet]:
    """Yield a parameter as pictures: filters one by one, a matrix as one."""
    if value.dim() >= 4:
        pictures = value.flatten(0, 1)
        yield _sheet("kernels", _flat(pictures), name)
    elif value.dim() == 3:
        yield _sheet("kernels", value, name)
    elif value.dim() == 2:
        yield _sheet("kernels", value[None], name)


def _flat(pictures: torch.Tensor) -> torch.Tensor:
    """Return (count, rows, columns): of further axes in between the middle."""
    while pictures.dim() > 3:
        pictures = pictures[:, pictures.shape[1] // 2]
    return pictures


def _sheet(kind: str, pictures: torch.Tensor, name: str = "") -> Sheet:
    shape = tuple(pictures.shape)
    held = pictures[:MOST]
    strides = [max(1, math.ceil(size / SIDE)) for size in held.shape[1:]]
    held = held[:, :: strides[0], :: strides[1]]
    # A copy: a parameter goes on changing while its picture waits to be shown.
    return Sheet(kind, name, held.numpy().copy(), shape)
