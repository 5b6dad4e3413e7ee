"""A step of training gone through beforehand: what each node will compute, move and keep.

It runs on stand-ins for tensors that hold no numbers (`FakeTensorMode`), so it takes neither the
memory nor the time of a step, and torch itself says which kernels a device will use. A network that
must look at its numbers is tried on a few real samples instead.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.compile import compile_networks, initialize
from engine.graph import ODE
from engine.networks import own_layers
from engine.profile.meter import REST, Meter, Saved, Tally, bytes_of
from engine.profile.stepwise import Owners, Passed, Stepwise
from engine.shapes import analyse
from engine.train.chance import aside, disturbed, trying
from engine.train.device import Precision, resolve_device
from engine.train.failure import Ended, TrainingError
from engine.train.optimizers import FUSED_DEVICES
from engine.train.trial import to_train
from engine.variables import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from engine.catalog.spec import Field
    from engine.compile import Bundle, Network
    from engine.project import Phase, Project

FEW = (2, 4)
"""Samples with which a network is tried that cannot do without numbers."""
UNKNOWN = ("aten.mkldnn_rnn_layer",)
"""Operations whose stand-ins leave out memory that the real ones take."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one node costs in a step of one phase, for the whole batch."""

    node: str
    """Path id."""
    name: str
    network: str
    """Key of the network the phase trains."""
    phase: int
    forward: Tally
    backward: Tally
    saved: int
    """Bytes that are kept for the backward."""
    parameters: int


@dataclass(frozen=True, slots=True)
class Step:
    """What a step of one phase costs."""

    costs: tuple[Cost, ...]
    rest: Tally
    """What belongs to no node: sums of gradients where wires part."""
    update: Tally
    work: int
    """Bytes held at most beside weights and optimizer: what is kept, gradients, what is read."""
    gradients: int
    state: int
    """Bytes the optimizer keeps."""
    batch: int
    """Bytes of what is read."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A step of every phase at one batch size."""

    samples: int
    steps: tuple[Step, ...]
    weights: int
    """Bytes of parameters and buffers, each shared one once."""
    tried: bool = False
    """True: measured on a few real samples and drawn out from there."""

    @property
    def state(self) -> int:
        """Return the bytes that all optimizers keep."""
        return sum(step.state for step in self.steps)

    @property
    def work(self) -> int:
        """Return the bytes that the largest step holds at most beside weights and optimizers."""
        return max((step.work for step in self.steps), default=0)

    @property
    def total(self) -> int:
        """Return the bytes that training holds at most, the data set left out."""
        return self.weights + self.state + self.work


def rehearse(
    project: Project,
    fields: Mapping[str, Field],
    samples: int | None = None,
    *,
    device: torch.device | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Rehearsal:
    """Return what a step costs with so many samples in the batch; None is the project's number.

    Torch's random numbers stay as they are.

    Raises
    ------
    CompileError, TrainingError, ValueError
        The project cannot be trained, or a run is under way.
    Ended
        The user gave up waiting, or a run begins.
    """

    def stopped() -> bool:
        return cancelled() or disturbed()

    project = resolve(project)
    samples = samples or project.training.batch_size
    device = device or resolve_device(project.training.device)
    scope = project.scope(fields)
    with trying(device):
        for key in _keys(project):
            # Shapes are worked out on the meta device, which does not go together with stand-ins.
            analyse(project.networks[key], scope)
        made = None
        if not _lives_on(project):
            made = _imagined(project, fields, samples, device, stopped)
        if made is not None:
            return made
        # The first time loads code and fills caches, which is not of the step.
        few = [_tried(project, fields, count, stopped) for count in (FEW[0], *FEW)][1:]
    return _drawn_out(few[0], few[1], samples)


def _keys(project: Project) -> list[str]:
    return list(dict.fromkeys(phase.network for phase in project.training.phases))


def _lives_on(project: Project) -> bool:
    """Return whether a network loads code with tensors of its own, which must not be stand-ins."""
    nodes = (node for graph in project.networks.values() for node in graph.nodes.values())
    return any(node.spec == ODE for node in nodes) or next(own_layers(project), None) is not None


def _imagined(
    project: Project,
    fields: Mapping[str, Field],
    samples: int,
    device: torch.device,
    cancelled: Callable[[], bool],
) -> Rehearsal | None:
    """Return the rehearsal on stand-ins; None if the network needs numbers."""
    met: set[str] = set()
    try:
        with aside(torch.device("cpu"), None), FakeTensorMode(allow_fallback_kernels=False) as mode:
            mode.allow_non_fake_inputs = True
            with torch.device(device):
                made = _rehearsed(project, fields, samples, device, cancelled, met)
    except (Ended, TrainingError):
        raise
    except Exception:  # noqa: BLE001 - whatever a stand-in cannot do, a real tensor shows whether it can
        return None
    return None if met.intersection(UNKNOWN) else made


def _tried(
    project: Project, fields: Mapping[str, Field], samples: int, cancelled: Callable[[], bool]
) -> Rehearsal:
    """Return the rehearsal with a few real samples of random numbers."""
    device = torch.device("cpu")
    with aside(device):
        return _rehearsed(project, fields, samples, device, cancelled, set(), real=True)


def _rehearsed(
    project: Project,
    fields: Mapping[str, Field],
    samples: int,
    device: torch.device,
    cancelled: Callable[[], bool],
    met: set[str],
    *,
    real: bool = False,
) -> Rehearsal:
    keys, scope = _keys(project), project.scope(fields)
    bundle = compile_networks({key: project.networks[key] for key in keys}, scope)
    if real:
        initialize(bundle.root, bundle.blueprint, project.training.initializer)
    precision = nullcontext() if real else _precision(project, device)
    steps: list[Step] = []
    for index, phase in enumerate(project.training.phases):
        network = bundle.networks[phase.network]
        batch = [_values(fields[name], samples) for name in network.fields]
        rehearsal = _One(phase, index, network, batch, bundle, cancelled)
        with precision:
            steps.append(rehearsal.step())
        met |= rehearsal.meter.met
    held = [*bundle.root.parameters(), *bundle.root.buffers()]
    return Rehearsal(samples, tuple(steps), bytes_of(held), tried=real)


def _precision(project: Project, device: torch.device) -> Any:
    """Return the block in which a forward runs in the project's precision."""
    dtype = Precision(project.training.precision, device).dtype
    return torch.autocast(device.type, dtype) if dtype is not None else nullcontext()


def _values(field: Field, samples: int) -> torch.Tensor:
    """Return a batch of a field: random decimal numbers, or zeros, which are always in range."""
    shape = (samples, *field.shape)
    dtype: torch.dtype = getattr(torch, field.dtype)
    return (
        torch.rand(shape, dtype=dtype)
        if dtype.is_floating_point
        else torch.zeros(shape, dtype=dtype)
    )


class _One:
    """The rehearsal of a step of one phase."""

    def __init__(
        self,
        phase: Phase,
        index: int,
        network: Network,
        batch: Sequence[torch.Tensor],
        bundle: Bundle,
        cancelled: Callable[[], bool],
    ) -> None:
        self.phase, self.index, self.network, self.batch = phase, index, network, batch
        self._cancelled = cancelled
        fixed = [*bundle.root.parameters(), *bundle.root.buffers(), *batch]
        self.meter, self.saved = Meter(fixed), Saved(fixed)
        self.owners = Owners()
        self.stepwise = Stepwise(network)

    def step(self) -> Step:
        """Go through forward, backward and update."""
        passed = self._forward()
        parameters = to_train(self.phase, self.network, passed.total)
        gradients = self._backward(passed.total, parameters)
        del passed
        work, read = self.meter.peak, bytes_of(self.batch)
        held = bytes_of(gradients)
        update, state, more = _update(self.phase, parameters, gradients)
        return Step(
            tuple(self._costs()),
            self.meter.backward.get(REST, Tally()),
            update,
            max(work, held + more) + read,
            held,
            state,
            read,
        )

    def _forward(self) -> Passed:
        with self.meter, self.saved.hooks():
            return self.stepwise.run(self.batch, self._begin, self._after)

    def _begin(self, place: int, *_: object) -> None:
        if self._cancelled():
            raise Ended
        self.meter.at = self.saved.at = place

    def _end(self, *_: object) -> None:
        self.meter.at = self.saved.at = REST

    def _after(self, place: int, scope: dict[str, Any]) -> None:
        self._end()
        self.owners.claim(place, self.stepwise.outputs(place, scope))

    def _backward(
        self, total: torch.Tensor, parameters: Sequence[torch.Tensor]
    ) -> Sequence[torch.Tensor]:
        for place, functions in self.owners.functions.items():
            for function in functions:
                function.register_prehook(partial(self._begin, place))
                function.register_hook(self._end)
        self.owners = Owners()
        self.meter.tallies = self.meter.backward
        with self.meter:
            return torch.autograd.grad(total, parameters)

    def _costs(self) -> Iterable[Cost]:
        meter, held = self.meter, self.network.node_parameters
        for place, step in enumerate(self.stepwise.steps):
            yield Cost(
                step.path,
                step.title,
                self.phase.network,
                self.index,
                meter.forward.get(place, Tally()),
                meter.backward.get(place, Tally()),
                self.saved.bytes.get(place, 0),
                sum(p.numel() for _, p in held.get(step.path, ())),
            )


def _update(
    phase: Phase, parameters: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor]
) -> tuple[Tally, int, int]:
    """Return what an update costs, the bytes the optimizer keeps, and those it needs at most."""
    spec = registry.optimizer(phase.optimizer.id)
    size = sum(p.numel() for p in parameters)
    if spec.closure:
        kept = int(spec.values(phase.optimizer.params).get("history_size") or 1)  # type: ignore[arg-type]
        return Tally(4 * kept * size, 8 * kept * size, 10 * kept), 8 * kept * size, 16 * size
    # The fused kernels have no stand-ins; they keep the same and need nothing beside it.
    made = load_target(spec.target)([*parameters], **spec.arguments(phase.optimizer.params))
    meter = Meter([*parameters, *gradients])
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    try:
        with meter:
            made.step()
    finally:
        for parameter in parameters:
            parameter.grad = None
    kept = [v for held in made.state.values() for v in held.values() if _is_tensor(v)]
    state, tally = bytes_of(kept), meter.forward.get(REST, Tally())
    if not spec.fused or parameters[0].device.type not in FUSED_DEVICES:
        return tally, state, max(meter.peak - state, 0)
    return Tally(tally.flops, 2 * state + 12 * size, 1), state, 0


def _is_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor)


def _drawn_out(first: Rehearsal, second: Rehearsal, samples: int) -> Rehearsal:
    """Return what so many samples cost, on the straight line through two smaller numbers."""
    share = (samples - first.samples) / (second.samples - first.samples)

    def number(a: int, b: int) -> int:
        return max(round(a + share * (b - a)), 0)

    def tally(a: Tally, b: Tally) -> Tally:
        return Tally(number(a.flops, b.flops), number(a.moved, b.moved), b.operations)

    def cost(a: Cost, b: Cost) -> Cost:
        return replace(
            b,
            forward=tally(a.forward, b.forward),
            backward=tally(a.backward, b.backward),
            saved=number(a.saved, b.saved),
        )

    def step(a: Step, b: Step) -> Step:
        return replace(
            b,
            costs=tuple(cost(c, d) for c, d in zip(a.costs, b.costs, strict=True)),
            rest=tally(a.rest, b.rest),
            work=number(a.work, b.work),
            batch=number(a.batch, b.batch),
        )

    pairs = zip(first.steps, second.steps, strict=True)
    return Rehearsal(samples, tuple(step(a, b) for a, b in pairs), second.weights, tried=True)
