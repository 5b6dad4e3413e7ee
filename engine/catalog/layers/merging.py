"""More layers that make one tensor of several: means, extremes and products of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import axis_exists, broadcast, listed, merged
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _matrices(
    values: Mapping[str, Any], first: TensorSpec, second: TensorSpec | None = None
) -> str | None:
    if second is None:
        return None
    rows, columns = second.shape[-2:]
    if values["transpose"]:
        rows, columns = columns, rows
    if first.shape[-1] != rows:
        turned = " transposed" if values["transpose"] else ""
        return (
            f"{first} times {second}{turned} does not fit: the first has {first.shape[-1]} "
            f"columns, the second {rows} rows."
        )
    if merged(first.shape[:-2], second.shape[:-2]) is None:
        return f"The axes in front of the matrices do not go together: {listed((first, second))}."
    return None


def _dot(
    values: Mapping[str, Any], first: TensorSpec, second: TensorSpec | None = None
) -> str | None:
    if second is None:
        return None
    longer = max(first, second, key=lambda s: len(s.shape))
    return broadcast(values, first, second) or axis_exists(values["dim"], longer)


def _dot_lines(values: Mapping[str, Any]) -> tuple[str, ...]:
    dim = f"dim={values['dim']:d}"
    if values["cosine"]:
        return (f"{{out}} = nn.functional.cosine_similarity({{first}}, {{second}}, {dim})",)
    return (f"{{out}} = ({{first}} * {{second}}).sum({dim})",)


_MANY = (Port(name="in", axes="N ...", many=True, doc="Any number of wires, in order."),)
_EXAMPLES = (((2, 3), (2, 3)), ((2, 3, 4, 4), (2, 3, 1, 1), (2, 3, 4, 4)))
_REPEATED = (
    "Shapes are compared from the last axis; an axis of size 1, or one that is missing in front, "
    "is repeated to fit: N × 3 × 4 × 4 with N × 3 × 1 × 1. "
)
_REPEAT_PITFALLS = (
    "N × 1 with N × 5 is no mistake but repeats: look at the shape on the wire behind it. "
)

AVERAGE = LayerSpec(
    id="average",
    title="Average",
    group="Merge",
    covers=("LAY-05",),
    summary="The mean of its inputs, number by number.",
    keywords=("mean", "ensemble", "merge", "combine"),
    formula="y = (x₁ + … + x_k) / k",
    notes=_REPEATED + "Behind several networks it makes an ensemble of them.",
    pitfalls=_REPEAT_PITFALLS + "Average probabilities, not scores: their scales differ.",
    inputs=_MANY,
    forward=("{out} = torch.stack(torch.broadcast_tensors({inputs})).mean(dim=0)",),
    check=broadcast,
    examples=_EXAMPLES,
)

MAXIMUM = LayerSpec(
    id="maximum",
    title="Maximum",
    group="Merge",
    covers=("LAY-05",),
    summary="The largest of its inputs, number by number.",
    keywords=("max", "maxout", "merge", "combine", "or"),
    formula="y = max(x₁, …, x_k)",
    notes=_REPEATED + "Of several Dense layers it makes a maxout unit, an activation that learns.",
    pitfalls=_REPEAT_PITFALLS
    + "Only the winner gets a gradient; an input that never wins is dead.",
    inputs=_MANY,
    forward=("{out} = torch.stack(torch.broadcast_tensors({inputs})).amax(dim=0)",),
    check=broadcast,
    examples=_EXAMPLES,
)

MINIMUM = LayerSpec(
    id="minimum",
    title="Minimum",
    group="Merge",
    covers=("LAY-05",),
    summary="The smallest of its inputs, number by number.",
    keywords=("min", "merge", "combine", "and"),
    formula="y = min(x₁, …, x_k)",
    notes=_REPEATED + "Of probabilities it is a cautious “and”: the weakest link decides.",
    pitfalls=_REPEAT_PITFALLS + "Only the smallest gets a gradient.",
    inputs=_MANY,
    forward=("{out} = torch.stack(torch.broadcast_tensors({inputs})).amin(dim=0)",),
    check=broadcast,
    examples=_EXAMPLES,
)

MATMUL = LayerSpec(
    id="matmul",
    title="Matrix product",
    group="Merge",
    covers=("LAY-05",),
    summary="Multiplies the matrices of two inputs, sample by sample.",
    keywords=("matmul", "bmm", "product", "bilinear", "attention", "similarity", "gram"),
    formula="N × A × B times N × B × C → N × A × C",
    notes=(
        "With the second transposed it compares every row of one with every row of the other, "
        "which is the heart of attention. Axes in front of the last two are repeated where they "
        "have size 1."
    ),
    pitfalls=(
        "Sums over many columns grow: divide by √B, or a Softmax behind it saturates and its "
        "gradient vanishes."
    ),
    inputs=(Port(name="first", axes="N ... A B"), Port(name="second", axes="N ... B C")),
    outputs=(Port(name="out", axes="N ... A C"),),
    write=lambda v: (f"{{out}} = {{first}} @ {{second}}{'.mT' if v['transpose'] else ''}",),
    check=_matrices,
    activation="linear",
    face=lambda v: ("second transposed" if v["transpose"] else "",),
    params=(
        Param(
            name="transpose",
            title="Transpose the second",
            default=False,
            argument=False,
            doc="Takes the second as N × C × B: rows against rows.",
        ),
    ),
    examples=(((2, 3, 4), (2, 4, 5)), ((2, 2, 3, 4), (2, 1, 4, 3))),
)

DOT = LayerSpec(
    id="dot",
    title="Dot product",
    group="Merge",
    covers=("LAY-05",),
    summary="Multiplies two inputs number by number and sums along an axis.",
    keywords=("inner product", "cosine", "similarity", "siamese", "recommender", "scalar"),
    formula="y = Σ x₁ · x₂; cosine: divided by ‖x₁‖ · ‖x₂‖",
    notes=(
        _REPEATED
        + "How well two vectors agree: user and film in a recommender, two views in a Siamese net."
    ),
    pitfalls=(
        "The plain product grows with the length of the vectors, so loud ones look alike; take the "
        "cosine. The cosine lies in −1 to 1: as scores for a loss multiply it by a temperature."
    ),
    inputs=(Port(name="first", axes="N ... F"), Port(name="second", axes="N ... F")),
    outputs=(Port(name="out", axes="N ..."),),
    write=_dot_lines,
    check=_dot,
    activation="linear",
    face=lambda v: ("cosine" if v["cosine"] else "", faces.unless(v["dim"], -1, "axis")),
    params=(
        Param(
            name="dim",
            title="Axis",
            default=-1,
            ge=-16,
            le=16,
            argument=False,
            doc="The axis along which a vector lies: -1 is the last, 1 the channels.",
        ),
        Param(
            name="cosine",
            default=False,
            argument=False,
            doc="Divides by both lengths: only the directions count.",
        ),
    ),
    examples=(((4, 3), (4, 3)), ((2, 5, 3), (2, 1, 3))),
)
