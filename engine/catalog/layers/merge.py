"""Layers that make one tensor of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import axis_exists, broadcast, listed, normal_axis
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _concatenate(values: Mapping[str, Any], *received: TensorSpec) -> str | None:
    first = received[0]
    wrong = axis_exists(values["dim"], first)
    if wrong:
        return wrong
    if len({len(r.shape) for r in received}) > 1:
        return f"Its inputs must have the same number of axes; it receives {listed(received)}."
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


def _vectors(values: Mapping[str, Any], *received: TensorSpec) -> str | None:
    shapes = {r.shape for r in received}
    if len(shapes) > 1:
        return f"Both inputs must have one shape; it receives {listed(received)}."
    return None


def _prototypes(
    values: Mapping[str, Any], support: TensorSpec, query: TensorSpec | None = None
) -> str | None:
    if support.shape[1] % values["ways"]:
        return (
            f"Its {values['ways']} ways must divide the {support.shape[1]} support samples "
            f"({support}), which come class by class."
        )
    if query is not None and support.shape[2] != query.shape[2]:
        return f"Support and query need vectors of one length; they are {support} and {query}."
    return None


_MANY = (Port(name="in", axes="N ...", many=True, doc="Any number of wires, in order."),)

CONCATENATE = LayerSpec(
    id="concatenate",
    title="Concatenate",
    group="Merge",
    covers=("LAY-05",),
    summary="Puts its inputs one behind the other along an axis.",
    keywords=(
        "cat",
        "join",
        "stack",
        "skip",
        "dense block",
        "inception",
        "unet",
        "skip connection",
    ),
    formula="y = [x₁, x₂, …] along the axis",
    notes="The order of the wires is the order of the parts; only the joined axis may differ.",
    pitfalls=(
        "The channels add up, and so does the cost of what follows. Joining along the batch (axis "
        "0) mixes samples and no longer fits the targets."
    ),
    inputs=_MANY,
    forward=("{out} = torch.cat([{inputs}], dim={p.dim})",),
    check=_concatenate,
    face=faces.axis(),
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
    keywords=(
        "sum",
        "plus",
        "residual",
        "skip",
        "shortcut",
        "fuse",
        "residual connection",
        "skip connection",
    ),
    formula="y = x₁ + x₂ + …",
    notes=(
        "The heart of a residual block: the gradient passes a sum unchanged, so deep networks keep "
        "learning. An axis of size 1 is repeated to fit."
    ),
    pitfalls=(
        "An axis of size 1 is repeated without a word: N × 1 and N × C add up to N × C. After many "
        "sums the numbers grow; a norm behind them helps."
    ),
    inputs=_MANY,
    forward=("{out} = {inputs.sum}",),
    check=broadcast,
    examples=(((2, 3), (2, 3)), ((2, 3, 4, 4), (2, 3, 1, 1), (2, 3, 4, 4))),
)

MULTIPLY = LayerSpec(
    id="multiply",
    title="Multiply",
    group="Merge",
    covers=("LAY-05",),
    summary="Multiplies its inputs, number by number.",
    keywords=("product", "times", "gate", "scale", "squeeze excite", "attention", "outer product"),
    formula="y = x₁ · x₂ · …",
    notes=(
        "A gate: a Sigmoid on one side decides how much of the other passes. An axis of size 1 is "
        "repeated to fit; with a mask it blanks what is false."
    ),
    pitfalls=(
        "Two large inputs give very large numbers, and one that is near zero stops the gradient of "
        "the other."
    ),
    inputs=(
        Port(
            name="in",
            axes="N ...",
            dtype="any",
            many=True,
            doc="Any number of wires; of a mask, true counts 1.",
        ),
    ),
    forward=("{out} = {inputs.product}",),
    check=broadcast,
    examples=(((2, 3), (2, 3)), ((2, 3, 4, 4), (2, 3, 1, 1))),
)

SUBTRACT = LayerSpec(
    id="subtract",
    title="Subtract",
    group="Merge",
    covers=("LAY-05",),
    summary="The difference of two inputs, number by number.",
    keywords=("minus", "difference", "residual", "siamese"),
    formula="y = x₁ − x₂",
    notes="An axis of size 1 is repeated to fit. Absolute value behind it forgets the order.",
    pitfalls=(
        "An axis of size 1 is repeated without a word. Of two nearly equal inputs little more than "
        "rounding is left."
    ),
    inputs=(Port(name="first", axes="N ..."), Port(name="second", axes="N ...")),
    forward=("{out} = {first} - {second}",),
    check=broadcast,
    examples=(((2, 3), (2, 3)), ((2, 3, 4, 4), (2, 3, 1, 1))),
)

PAIRWISE_DISTANCE = LayerSpec(
    id="pairwise_distance",
    title="Pairwise distance",
    group="Merge",
    covers=("LOS-04",),
    target="torch.nn.PairwiseDistance",
    summary="How far apart two vectors are, for each sample.",
    keywords=("euclidean", "siamese", "metric", "contrastive", "similarity"),
    formula="d = ‖x₁ − x₂ + ε‖ₚ",
    notes="What the Contrastive loss reads. ≠ PyTorch adds ε = 10⁻⁶ to the difference.",
    pitfalls=(
        "Without a Normalize in front the network can make all distances large by long vectors "
        "alone. Near zero the gradient of the root is steep."
    ),
    inputs=(Port(name="first", axes="N ... F"), Port(name="second", axes="N ... F")),
    outputs=(Port(name="out", axes="N ..."),),
    check=_vectors,
    face=lambda v: (f"{faces.number(v['p'])}-norm",),
    params=(
        Param(
            name="p",
            title="Norm (p)",
            default=2.0,
            ge=1,
            le=100,
            doc="2 is the straight line (Euclid), 1 the sum of the differences.",
        ),
        Param(
            name="keepdim",
            title="Keep the axis",
            default=False,
            advanced=True,
            doc="Leaves the last axis with size 1.",
        ),
    ),
    examples=(((4, 3), (4, 3)), ((2, 5, 3), (2, 5, 3))),
)

PROTOTYPE_SCORES = LayerSpec(
    id="prototype_scores",
    title="Prototype scores",
    group="Merge",
    covers=("LOS-04", "NET-12"),
    summary="Scores queries by how close they are to the mean of each class's few examples.",
    keywords=("few-shot", "prototypical", "episode", "support", "distance", "meta-learning"),
    formula="score = −‖query − mean(support of the class)‖²",
    notes=(
        "Each sample is an episode: its support holds the examples class by class, N × (ways · "
        "shots) × E. Gives N × ways × Q, which Cross-entropy reads against targets N × Q."
    ),
    pitfalls=(
        "The examples must come class by class; in any other order the prototypes are means of "
        "mixed classes, and accuracy stays at chance."
    ),
    inputs=(
        Port(name="support", axes="N S E", doc="Vectors of the examples, class by class."),
        Port(name="query", axes="N Q E", doc="Vectors of what is to be classified."),
    ),
    outputs=(Port(name="out", axes="N C Q"),),
    forward=(
        "{out} = {support}.unflatten(1, ({p.ways}, -1)).mean(dim=2)",
        "{out} = -({out}.unsqueeze(2) - {query}.unsqueeze(1)).square().sum(dim=-1)",
    ),
    check=_prototypes,
    activation="linear",
    face=lambda v: (f"{v['ways']} classes",),
    params=(
        Param(
            name="ways",
            default=5,
            ge=1,
            le=10_000,
            argument=False,
            doc="How many classes an episode has.",
        ),
    ),
    examples=(((2, 10, 4), (2, 6, 4)),),
)
