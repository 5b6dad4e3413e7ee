"""Counts what operations cost while they run: FLOPs, bytes moved, memory held. On any device.

On the meta device nothing is computed, so a whole step can be counted before it is taken.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import torch
from torch.utils import flop_counter
from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

REST = -1
"""Whose operations are nobody's: between nodes, and the update."""


@dataclass(slots=True)
class Tally:
    """What the operations of one node came to."""

    flops: int = 0
    moved: int = 0
    """Bytes read and written."""
    operations: int = 0

    def add(self, other: Tally) -> None:
        """Take in another one."""
        self.flops += other.flops
        self.moved += other.moved
        self.operations += other.operations


class Meter(TorchDispatchMode):
    """Counts every operation within its block, for the node named by `at`.

    Parameters
    ----------
    fixed
        Tensors that are there anyway: their memory is not counted.
    """

    def __init__(self, fixed: Iterable[torch.Tensor] = ()) -> None:
        super().__init__()
        self.at = REST
        self.forward: dict[int, Tally] = {}
        self.backward: dict[int, Tally] = {}
        self.tallies = self.forward
        self.live = 0
        """Bytes held now, beside what was there."""
        self.peak = 0
        self.met: set[str] = set()
        """Names of the operations that ran."""
        self._known: dict[int, weakref.ref[Any]] = {}
        self._fixed = [tensor.untyped_storage() for tensor in fixed]
        for storage in self._fixed:
            self._known[id(storage)] = weakref.ref(storage)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run an operation and count it."""
        given: dict[str, Any] = kwargs or {}
        out = func(*args, **given)
        tally = self.tallies.get(self.at)
        if tally is None:
            tally = self.tallies[self.at] = Tally()
        values: list[Any] = [*args, *given.values()]
        read = list(_tensors(values))
        made = list(_tensors((out,)))
        packet = func._overloadpacket
        if (formula := _formulas().get(packet)) is not None:
            tally.flops += formula(*args, **given, out_val=out)
        self.met.add(str(packet))
        if self._views(read, made):
            return out
        tally.operations += 1
        tally.moved += sum(t.numel() * t.element_size() for t in (*read, *made))
        return out

    def _views(self, read: list[torch.Tensor], made: list[torch.Tensor]) -> bool:
        """Note the memory that is new; return whether none of it is, and nothing was written."""
        fresh = False
        for tensor in made:
            storage = tensor.untyped_storage()
            key = id(storage)
            known = self._known.get(key)
            if known is not None and known() is storage:
                continue
            fresh = True
            size = storage.nbytes()
            self.live += size
            self.peak = max(self.peak, self.live)
            self._known[key] = weakref.ref(storage, partial(self._gone, key, size))
        return not fresh and not any(t is r for t in made for r in read)

    def _gone(self, key: int, size: int, _: object) -> None:
        self.live -= size
        del self._known[key]


@cache
def _formulas() -> Mapping[Any, Callable[..., int]]:
    """Return how many FLOPs an operation takes: torch's own formulas, and what they leave out."""
    known: dict[Any, Callable[..., int]] = dict(flop_counter.flop_registry)
    aten = torch.ops.aten
    known[aten._scaled_dot_product_flash_attention_for_cpu] = _attention
    known[aten._scaled_dot_product_flash_attention_for_cpu_backward] = _attention_backward
    known[aten.mkldnn_rnn_layer] = _recurrent
    known[aten.mkldnn_rnn_layer_backward] = _recurrent_backward
    return known


def _recurrent(given: Any, inner: Any, hidden: Any, *_: Any, **__: Any) -> int:
    """Return the products of one layer in one direction: (T, N, in) with all gates' weights."""
    steps = given.shape[0] * given.shape[1]
    return 2 * steps * inner.shape[0] * (inner.shape[1] + hidden.shape[1])


def _recurrent_backward(given: Any, inner: Any, hidden: Any, *_: Any, **__: Any) -> int:
    return 2 * _recurrent(given, inner, hidden)


def _attention(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    return flop_counter.sdpa_flop_count(query.shape, key.shape, value.shape)


def _attention_backward(grad: Any, query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    shapes = grad.shape, query.shape, key.shape, value.shape
    return flop_counter.sdpa_backward_flop_count(*shapes)


def _tensors(values: Iterable[Any]) -> Iterator[torch.Tensor]:
    """Yield the tensors among arguments, those in lists included."""
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)  # pyright: ignore[reportUnknownArgumentType]


def bytes_of(tensors: Iterable[torch.Tensor]) -> int:
    """Return the memory of tensors; what several share counts once."""
    held = {id(s): s for s in (t.untyped_storage() for t in tensors)}
    return sum(storage.nbytes() for storage in held.values())


class Saved:
    """Counts the bytes that the backward of each node needs and that the forward keeps for it.

    A tensor that several nodes keep is counted for the first of them.
    """

    def __init__(self, fixed: Iterable[torch.Tensor]) -> None:
        self.at = REST
        self.bytes: dict[int, int] = {}
        self._fixed = [tensor.untyped_storage() for tensor in fixed]
        self._seen = weakref.WeakSet[Any](self._fixed)

    def hooks(self) -> Any:
        """Return the block within which saved tensors are counted."""
        return torch.autograd.graph.saved_tensors_hooks(self._keep, _as_it_is)

    def _keep(self, tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage not in self._seen:
            self._seen.add(storage)
            self.bytes[self.at] = self.bytes.get(self.at, 0) + storage.nbytes()
        return tensor


def _as_it_is(tensor: torch.Tensor) -> torch.Tensor:
    return tensor
