"""Layers that make one tensor of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.checks import axis_exists, normal_axis
from engine.catalog.spec import BATCH, LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _listed(received: tuple[TensorSpec, ...]) -> str:
    return " and ".join(str(r) for r in received)


def _concatenate(values: Mapping[str, Any], *received: TensorSpec) -> str | None:
    first = received[0]
    wrong = axis_exists(values["dim"], first)
    if wrong:
        return wrong
    if len({len(r.shape) for r in received}) > 1:
        return f"Its inputs must have the same number of axes; it receives {_listed(received)}."
    axis = normal_axis(values["dim"], first)
    for other in received[1:]:
        pairs = zip(first.shape, other.shape, strict=True)
        bad = [i for i, (a, b) in enumerate(pairs) if a != b and i != axis]
        if bad:
            return (
                f"Its inputs may differ along axis {axis} only; {first} and {other} also differ "
                f"along axis {bad[0]}."
            )
    return None


def _broadcast(values: Mapping[str, Any], *received: TensorSpec) -> str | None:
    result = received[0].shape
    for other in received[1:]:
        merged = _merged(result, other.shape)
        if merged is None:
            return (
                f"Its inputs {_listed(received)} do not go together: counted from the last axis, "
                "sizes must be equal or 1, and batch must meet batch."
            )
        result = merged
    return None


def _merged(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...] | None:
    rank = max(len(first), len(second))
    merged: list[int] = []
    for a, b in zip(_padded(first, rank), _padded(second, rank), strict=True):
        if a != b and (1 not in (a, b) or BATCH in (a, b)):
            return None
        merged.append(b if a == 1 else a)
    return tuple(merged)


def _padded(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (1,) * (rank - len(shape)) + shape


_MANY = (Port(name="in", axes="N ...", many=True, doc="Any number of wires, in order."),)

CONCATENATE = LayerSpec(
    id="concatenate",
    title="Concatenate",
    group="Merge",
    covers=("LAY-05",),
    summary="Puts its inputs one behind the other along an axis.",
    keywords=("cat", "join", "stack", "skip", "dense block", "inception"),
    notes="The order of the wires is the order of the parts; only the joined axis may differ.",
    inputs=_MANY,
    forward=("{out} = torch.cat([{inputs}], dim={p.dim})",),
    check=_concatenate,
    params=(
        Param(
            name="dim",
            title="Axis",
            default=1,
            ge=-16,
            le=16,
            argument=False,
            doc="The axis to join along: 1 is channels or features, -1 the last. 0 is the batch.",
        ),
    ),
    examples=(((2, 3), (2, 5)), ((2, 3, 4, 4), (2, 1, 4, 4), (2, 2, 4, 4))),
)

ADD = LayerSpec(
    id="add",
    title="Add",
    group="Merge",
    covers=("LAY-05",),
    summary="Adds its inputs, number by number.",
    keywords=("sum", "plus", "residual", "skip", "shortcut"),
    formula="y = x₁ + x₂ + …",
    notes=(
        "The heart of a residual block: the gradient passes a sum unchanged, so deep networks keep "
        "learning. An axis of size 1 is repeated to fit."
    ),
    inputs=_MANY,
    forward=("{out} = {inputs.sum}",),
    check=_broadcast,
    examples=(((2, 3), (2, 3)), ((2, 3, 4, 4), (2, 3, 1, 1), (2, 3, 4, 4))),
)

MULTIPLY = LayerSpec(
    id="multiply",
    title="Multiply",
    group="Merge",
    covers=("LAY-05",),
    summary="Multiplies its inputs, number by number.",
    keywords=("product", "times", "gate", "scale", "squeeze excite", "attention"),
    formula="y = x₁ · x₂ · …",
    notes="A gate: a Sigmoid on one side decides how much of the other passes.",
    inputs=_MANY,
    forward=("{out} = {inputs.product}",),
    check=_broadcast,
    examples=(((2, 3), (2, 3)), ((2, 3, 4, 4), (2, 3, 1, 1))),
)
