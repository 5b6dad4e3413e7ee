"""Layers that make one tensor into another: what could stand on a wire so that it fits.

Nothing here is known by rule alone: a chain of layers is offered only after the layers themselves
and the node behind them have taken it, on the meta device.
"""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.checks import broadcast
from engine.catalog.spec import LossSpec, TensorSpec, Value
from engine.trace import ShapeError, trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.catalog.spec import LayerSpec, Port


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer to be put on a wire."""

    spec: str
    params: tuple[tuple[str, Value], ...] = ()

    @property
    def words(self) -> str:
        """Return what it is in a few words: `Dense 64`, `Conv 2D 64, 1×1`."""
        entry = registry.node(self.spec)
        assert entry is not None
        values = dict(self.params)
        told = {"dense": "out_features", "reshape": "shape", "unsqueeze": "dim"}.get(self.spec)
        tail = f" {_times(values[told])}" if told in values else ""
        if "out_channels" in values:
            stride = values.get("stride", 1)
            tail = f" {values['out_channels']}, 1×1"
            tail += f", stride {_times(stride)}" if stride != 1 else ""
        if "output_size" in values:
            tail = f" {_times(values['output_size'])}"
        return f"{entry.title}{tail}"


Chain = tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A node, what it receives, and the wire among them that is to be mended."""

    spec: str
    values: tuple[tuple[str, Value], ...]
    incoming: tuple[TensorSpec, ...]
    ports: tuple[int, ...]
    index: int

    @property
    def entry(self) -> LayerSpec:
        """Return the node's entry."""
        entry = registry.node(self.spec, dict(self.values))
        assert entry is not None
        return entry

    @property
    def port(self) -> Port:
        """Return the port in which the wire ends."""
        ends = list(itertools.accumulate(self.ports))
        number = next(i for i, end in enumerate(ends) if self.index < end)
        return self.entry.inputs[number]

    @property
    def others(self) -> list[TensorSpec]:
        """Return what comes in by the other wires."""
        return [s for i, s in enumerate(self.incoming) if i != self.index]

    def takes(self, received: TensorSpec) -> bool:
        """Return whether the node takes this in place of what the wire carries now."""
        incoming = [*self.incoming]
        incoming[self.index] = received
        return _runs(self.entry, dict(self.values), incoming, self.ports)


def words(chain: Chain) -> str:
    """Return what a chain is: `Flatten, then Dense 64`."""
    return ", then ".join(layer.words for layer in chain)


def through(received: TensorSpec, chain: Chain) -> TensorSpec | None:
    """Return what a chain of layers makes of a tensor, or None if one of them does not take it."""
    for layer in chain:
        entry = registry.node(layer.spec)
        assert entry is not None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = trace(entry, entry.values(dict(layer.params)), (received,), (1,))
        except (ShapeError, ValueError):
            return None
        received = found.outputs[0][1]
    return received


@lru_cache(maxsize=4096)
def on_wire(place: Place) -> Chain | None:
    """Return the first chain of layers on the wire with which the node takes what comes."""
    received = place.incoming[place.index]
    shapes = {other.shape for other in place.others}
    # Where axes of 1 are repeated, a chain that leads to the other's very shape comes first.
    rounds = (True, False) if place.entry.check is broadcast else (False,)
    for exact in rounds:
        for chain in dict.fromkeys(_chains(place, received)):
            made = through(received, chain)
            if made is None or made == received or (exact and made.shape not in shapes):
                continue
            if place.takes(made):
                return chain
    return None


def with_setting(place: Place) -> tuple[str, Value] | None:
    """Return the setting, and its value nearest to the present one, with which the node runs."""
    return _with_setting(place.spec, place.values, place.incoming, place.ports)


@lru_cache(maxsize=4096)
def _with_setting(
    spec_id: str,
    items: tuple[tuple[str, Value], ...],
    incoming: tuple[TensorSpec, ...],
    ports: tuple[int, ...],
) -> tuple[str, Value] | None:
    values = dict(items)
    spec = registry.node(spec_id, values)
    assert spec is not None
    for param in spec.params:
        if param.name in _SIZES or isinstance(spec, LossSpec):
            continue
        for value in itertools.islice(_values(values[param.name], param.choices, incoming), _MOST):
            try:
                other = {**values, param.name: param.check(value)}
            except ValueError:
                continue
            if other != values and _runs(spec, other, incoming, ports):
                return param.name, other[param.name]
    return None


_MOST = 32
_SIDE = 1024
"""Pixels of the largest picture that a row of numbers is taken for."""
_SIZES = frozenset(
    (
        "out_features",
        "out_channels",
        "hidden_size",
        "units",
        "bias",
        "affine",
        "keepdim",
        "elementwise_affine",
        "num_layers",
        "depth_multiplier",
        "padding_mode",
        "method",
        "network",
    )
)
"""Settings that are the user's choice, or never what a tensor does not suit."""


def _runs(
    spec: LayerSpec,
    values: Mapping[str, Value],
    incoming: Sequence[TensorSpec],
    ports: tuple[int, ...],
) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trace(spec, values, tuple(incoming), ports)
    except ShapeError:
        return False
    return True


# -- values of a setting


def _values(
    value: Value, choices: tuple[str, ...], incoming: Sequence[TensorSpec]
) -> Iterator[Value]:
    """Yield other values for a setting, the nearest first."""
    if isinstance(value, bool) or value is None:
        return
    sizes = sorted({n for s in incoming for n in s.shape if n > 0})
    if choices:
        yield from choices
    elif isinstance(value, int):
        yield from _numbers(value, sizes)
    elif isinstance(value, tuple) and all(type(n) is int for n in value):
        whole = tuple(n for n in value if type(n) is int)
        yield from _tuples(whole, sizes, max((len(s.shape) for s in incoming), default=2))


def _numbers(value: int, sizes: Sequence[int]) -> list[int]:
    """Return sizes of axes, their divisors and small numbers, the nearest to a value first."""
    found = {1, 2, -1}
    for size in sizes:
        found |= {
            d for k in range(1, math.isqrt(size) + 1) if size % k == 0 for d in (k, size // k)
        }
    return sorted(found - {value}, key=lambda n: (n <= 0, abs(n - value), n))


def _tuples(value: tuple[int, ...], sizes: Sequence[int], rank: int) -> Iterator[tuple[int, ...]]:
    if value and min(value) > 0:
        for least in range(max(value) - 1, 0, -1):
            yield tuple(min(n, least) for n in value)
    for place in range(len(value)):
        yield (*value[:place], -1, *value[place + 1 :])
    yield (*range(2, rank), 1)
    for size in sizes:
        if value:
            part = size // len(value)
            yield (*(part,) * (len(value) - 1), size - part * (len(value) - 1))
    yield (-1,)


# -- chains on a wire


def _chains(place: Place, received: TensorSpec) -> Iterator[Chain]:
    """Yield what could be put on a wire, the least change first."""
    if not received.dtype.startswith("float") and place.port.dtype == "float":
        if received.dtype.startswith("int"):
            yield (Layer("embedding"),)
        return
    low, high = place.port.ranks()
    rank = len(received.shape)
    if high is not None and rank > high:
        yield from _lower(received, high, place.port.axes)
    if rank < low:
        yield from _higher(received, low, place.port.axes)
    for other in place.others:
        yield from convert(received, other.shape)


def _lower(received: TensorSpec, rank: int, axes: str) -> Iterator[Chain]:
    """Yield chains that leave a tensor with fewer axes."""
    if rank == 2:
        yield (Layer("flatten"),)
        return
    if rank == 3 and axes.endswith("C"):
        yield (Layer("flatten", (("start_dim", 2),)), Layer("permute", (("dims", (2, 1)),)))
    yield (Layer("flatten", (("start_dim", rank - 1),)),)


def _higher(received: TensorSpec, rank: int, axes: str) -> Iterator[Chain]:
    """Yield chains that give a tensor more axes."""
    sizes = received.shape[1:]
    if len(sizes) == 1 and rank == 4:
        for side in range(min(math.isqrt(sizes[0]), _SIDE), 0, -1):
            if sizes[0] % side**2 == 0:
                shape = (sizes[0] // side**2, side, side)
                yield (Layer("reshape", (("shape", shape),)),)
    missing = rank - len(received.shape)
    behind = Layer("unsqueeze", (("dim", -1),))
    front = Layer("unsqueeze", (("dim", 1),))
    first, second = (behind, front) if axes.startswith("N L") else (front, behind)
    yield (first,) * missing
    yield (second,) * missing


def convert(received: TensorSpec, wanted: tuple[int, ...]) -> Iterator[Chain]:
    """Yield chains that make a tensor of a wanted shape, those that keep most of it first."""
    if len(received.shape) > 2:
        if len(wanted) == 2:
            yield (Layer("flatten"),)
            yield (Layer("flatten"), Layer("dense", (("out_features", wanted[-1]),)))
        elif len(wanted) == len(received.shape):
            yield from _same_rank(received, wanted)
    elif len(received.shape) == 2 and len(wanted) >= 2:
        if len(wanted) > 2 and math.prod(received.shape[1:]) == math.prod(wanted[1:]):
            yield (Layer("reshape", (("shape", wanted[1:]),)),)
        if len(wanted) > 2:
            one = (wanted[1], *(1,) * (len(wanted) - 2))
            dense = Layer("dense", (("out_features", wanted[1]),))
            yield (dense, Layer("reshape", (("shape", one),)))
        yield (Layer("dense", (("out_features", wanted[-1]),)),)


_AXES = {3: "1d", 4: "2d", 5: "3d"}


def _same_rank(received: TensorSpec, wanted: tuple[int, ...]) -> Iterator[Chain]:
    """Yield a change of size, of channels, and of both, for a tensor with channels in front."""
    kind = _AXES.get(len(wanted))
    if received.shape[:-1] == wanted[:-1]:
        yield (Layer("dense", (("out_features", wanted[-1]),)),)
    if kind is None:
        return
    before, after = received.shape[2:], wanted[2:]
    resize: Chain = ()
    if before != after:
        resize = next(_resized(before, after, kind))
        yield resize
    project = Layer(f"conv{kind}", (("out_channels", wanted[1]), ("kernel_size", 1)))
    ratio = {-(-a // b) for a, b in zip(before, after, strict=True) if b > 0}
    if before != after and len(ratio) == 1 and (stride := ratio.pop()) > 1:
        settings = (*project.params, ("stride", stride))
        yield (Layer(project.spec, settings),)
    yield (*resize, project)


def _resized(before: tuple[int, ...], after: tuple[int, ...], kind: str) -> Iterator[Chain]:
    """Yield one chain that gives pictures another size."""
    factors = {b // a for a, b in zip(before, after, strict=True) if b % a == 0}
    whole = all(b % a == 0 for a, b in zip(before, after, strict=True))
    if kind == "2d" and whole and len(factors) == 1:
        yield (Layer("upsample", (("scale_factor", factors.pop()),)),)
    yield (Layer(f"adaptive_avg_pool{kind}", (("output_size", after),)),)


def leading_to(place: Place, wanted: tuple[int, ...]) -> Chain | None:
    """Return the first chain on the wire that makes just this shape, and the node takes it."""
    received = place.incoming[place.index]
    for chain in convert(received, wanted):
        made = through(received, chain)
        if made is not None and made.shape == wanted and place.takes(made):
            return chain
    return None


def _times(value: Value) -> str:
    return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)
