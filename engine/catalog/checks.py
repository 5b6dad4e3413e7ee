"""What layer entries share: constructor arguments read off a shape, and sentences for mistakes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from engine.catalog.spec import BATCH, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def features(received: TensorSpec) -> int:
    """Return the size of the last axis."""
    return received.shape[-1]


def channels(received: TensorSpec) -> int:
    """Return the size of the axis after the batch."""
    return received.shape[1]


def elements(shape: tuple[int, ...]) -> int:
    """Return how many numbers one sample of `shape` (batch left out) holds."""
    return math.prod(shape)


def times(sizes: tuple[int, ...]) -> str:
    """Return sizes as a person reads them: `3 × 3`."""
    return " × ".join(str(n) for n in sizes)


def spread(value: Any, count: int) -> tuple[int, ...]:
    """Return `value` once for each of `count` axes; a tuple stays as it is."""
    return (value,) * count if isinstance(value, int) else tuple(value)


def kernel_fits(
    values: Mapping[str, Any], received: TensorSpec, padding: tuple[int, ...]
) -> str | None:
    """Return what is wrong when a kernel reaches beyond the padded axes, or None."""
    sizes = received.shape[2:]
    kernel = spread(values["kernel_size"], len(sizes))
    dilation = spread(values.get("dilation", 1), len(sizes))
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    room = tuple(n + 2 * p for n, p in zip(sizes, padding, strict=True))
    if all(r <= n for r, n in zip(reach, room, strict=True)):
        return None
    spans = f", {times(reach)} with its dilation," if reach != kernel else ""
    padded = f" ({times(room)} with padding)" if room != sizes else ""
    return (
        f"Its kernel of {times(kernel)}{spans} is larger than what comes in, "
        f"{times(sizes)}{padded}. Make the kernel smaller or add padding."
    )


def normal_axis(axis: int, received: TensorSpec) -> int | None:
    """Return `axis` counted from the front, or None where there is no such axis."""
    rank = len(received.shape)
    return axis % rank if -rank <= axis < rank else None


def axis_exists(axis: int, received: TensorSpec) -> str | None:
    """Return what is wrong when `axis` does not exist or is the batch, or None."""
    rank = len(received.shape)
    found = normal_axis(axis, received)
    if found is None:
        return f"It works along axis {axis}, but {received} has the axes 0 to {rank - 1}."
    if received.shape[found] == BATCH:
        return f"It works along axis {axis}, which is the batch; samples must stay apart."
    return None


def listed(received: Iterable[TensorSpec]) -> str:
    """Return what comes in as a person reads it: `N × 3 and N × 4`."""
    return " and ".join(str(r) for r in received)


def merged(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the shape that two shapes are repeated to, or None where they do not go together.

    Counted from the last axis, sizes must be equal or 1, and batch must meet batch.
    """
    rank = max(len(first), len(second))
    found: list[int] = []
    for a, b in zip(_filled(first, rank), _filled(second, rank), strict=True):
        if a != b and (1 not in (a, b) or BATCH in (a, b)):
            return None
        found.append(b if a == 1 else a)
    return tuple(found)


def _filled(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (1,) * (rank - len(shape)) + shape


def broadcast(values: Mapping[str, Any], *received: TensorSpec) -> str | None:
    """Return what is wrong with inputs that are worked on number by number, or None."""
    result = received[0].shape
    for other in received[1:]:
        both = merged(result, other.shape)
        if both is None:
            return (
                f"Its inputs {listed(received)} do not go together: counted from the last axis, "
                "sizes must be equal or 1, and batch must meet batch."
            )
        result = both
    return None
