"""Losses of vectors: of pairs, of triples, of a whole batch, of a prediction and its target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.loss_parts import FIELD, PORTS, WEIGHT, same_numbers
from engine.catalog.spec import LossSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _alike(values: Mapping[str, Any], *incoming: TensorSpec) -> str | None:
    if len({spec.shape for spec in incoming}) <= 1:
        return None
    shapes = ", ".join(str(spec) for spec in incoming)
    return f"All its inputs must have one shape; they are {shapes}."


def _vectors(
    values: Mapping[str, Any], prediction: TensorSpec, target: TensorSpec | None = None
) -> str | None:
    if target is None or prediction.shape == target.shape:
        return None
    return f"Its prediction and its target must have one shape; they are {prediction}, {target}."


CONTRASTIVE = LossSpec(
    id="contrastive",
    title="Contrastive",
    group="Loss",
    task="",
    covers=("LOS-04",),
    summary="Pulls two samples of a kind together and pushes others apart, up to a margin.",
    keywords=("siamese", "pairs", "metric learning", "distance", "similarity", "margin"),
    formula="L = y·d² + (1 − y)·max(0, m − d)², averaged; y = 1: of a kind",
    notes=(
        "Takes the distance of a pair, from Pairwise distance, and a target of 1 for a pair of a "
        "kind and 0 for others. Pairs farther apart than the margin teach nothing. Normalise the "
        "vectors first, and a margin of 1 suits them."
    ),
    pitfalls=(
        "If all vectors shrink to one point every distance is 0, and the loss stands at the "
        "margin's square times the share of different pairs: too few of those, or too small a "
        "margin. Easy pairs soon teach nothing."
    ),
    inputs=(Port(name="distance", axes="N ...", doc="How far apart the pair is."), PORTS[1]),
    forward=(
        "{out} = {target}.reshape_as({distance}).float()",
        "{out} = torch.where({out} > 0.5, {distance}, ({p.margin} - {distance}).clamp(min=0))",
        "{out} = {out}.square().mean()",
    ),
    check=same_numbers,
    activation="linear",
    params=(
        FIELD,
        WEIGHT,
        Param(
            name="margin",
            title="Margin (m)",
            default=1.0,
            gt=0,
            le=1e6,
            argument=False,
            doc="The distance beyond which pairs of different kinds are left alone.",
        ),
    ),
    examples=(((4,), (4,)), ((4, 1), (4,))),
    example_dtypes=("float32", "int64"),
)

TRIPLET = LossSpec(
    id="triplet",
    title="Triplet",
    group="Loss",
    task="",
    covers=("LOS-04",),
    target="torch.nn.TripletMarginLoss",
    summary="Keeps a sample nearer to one of its kind than to one of another kind, by a margin.",
    keywords=("metric learning", "siamese", "anchor", "face", "embedding", "margin"),
    formula="L = mean max(0, d(a, p) − d(a, n) + m)",
    notes=(
        "Takes three vectors that one shared network makes of three samples: the anchor, one of "
        "its kind, one of another. Normalise the vectors, and a margin of 0.2 to 1 suits them."
    ),
    pitfalls=(
        "A loss that stands at the margin means that all vectors have shrunk to one point. Random "
        "triples are soon all easy and teach nothing: choose hard ones."
    ),
    inputs=(
        Port(name="anchor", axes="N C", doc="Vectors of the samples."),
        Port(name="positive", axes="N C", doc="Vectors of others of their kind."),
        Port(name="negative", axes="N C", doc="Vectors of some of another kind."),
    ),
    forward=("{out} = {self}({anchor}, {positive}, {negative})",),
    check=_alike,
    activation="linear",
    face=lambda values: (f"m = {values['margin']:g}",),
    params=(
        WEIGHT,
        Param(
            name="margin",
            title="Margin (m)",
            default=1.0,
            gt=0,
            le=1e6,
            doc="How much farther the other kind must be before a triple is left alone.",
        ),
        Param(
            name="p",
            title="Power (p)",
            default=2.0,
            ge=1,
            le=20,
            advanced=True,
            doc="Which distance: 1 Manhattan, 2 Euclidean.",
        ),
        Param(
            name="swap",
            default=False,
            advanced=True,
            doc="Also looks at the distance of positive and negative, and takes the harder one.",
        ),
    ),
    examples=(((4, 3), (4, 3), (4, 3)),),
)

INFO_NCE = LossSpec(
    id="info_nce",
    title="InfoNCE",
    group="Loss",
    task="",
    covers=("LOS-04",),
    target="engine.modules.losses.InfoNCE",
    summary="Finds each sample's partner among all partners of the batch.",
    keywords=("contrastive", "nt-xent", "simclr", "clip", "self-supervised", "embedding"),
    formula="L = −mean log softmax(q·kᵀ / τ)[own], q and k of length 1",
    notes=(
        "Two views of a sample, or a picture and its text, each through its network; all other "
        "samples of the batch serve as wrong answers. Vectors are normalised here. Guessing gives "
        "ln N for N samples a batch: larger batches are harder and teach more."
    ),
    pitfalls=(
        "Samples of one kind in a batch are pushed apart as if they were strangers. A last batch "
        "of one sample has a loss of 0. A very small τ makes the loss jump."
    ),
    inputs=(
        Port(name="query", axes="N C", doc="Vectors of one side."),
        Port(name="key", axes="N C", doc="Vectors of the other; row n belongs to row n."),
    ),
    forward=("{out} = {self}({query}, {key})",),
    check=_alike,
    activation="linear",
    face=lambda values: (f"τ = {values['temperature']:g}",),
    params=(
        WEIGHT,
        Param(
            name="temperature",
            title="Temperature (τ)",
            default=0.1,
            ge=1e-3,
            le=1000,
            doc="Lower looks more at the wrong answers that come closest.",
        ),
        Param(
            name="both_ways",
            default=True,
            doc="Also finds the query for each key; the loss is the mean of both.",
        ),
    ),
    examples=(((4, 3), (4, 3)),),
)

COSINE_DISTANCE = LossSpec(
    id="cosine_distance",
    title="Cosine distance",
    group="Loss",
    task="regression",
    covers=("LOS-03",),
    summary="How far the direction of a vector is from its target's, whatever their lengths.",
    keywords=("cosine similarity", "angle", "direction", "embedding", "distillation"),
    formula="L = mean (1 − ŷ·y / (‖ŷ‖·‖y‖))",
    notes=(
        "0 for the same direction, 1 for a right angle, 2 for the opposite one. Along the last "
        "axis. For learning to give another network's vectors."
    ),
    pitfalls=(
        "Lengths are free, so they drift, and RMSE and R² say little. For vectors of one number "
        "it is the share of wrong signs times 2, without a gradient."
    ),
    inputs=PORTS,
    forward=(
        "{out} = nn.functional.cosine_similarity({prediction}, {target}.float(), dim=-1)",
        "{out} = (1 - {out}).mean()",
    ),
    check=_vectors,
    activation="linear",
    params=(FIELD, WEIGHT),
    examples=(((4, 3), (4, 3)), ((2, 5, 3), (2, 5, 3))),
)
