"""Self-organising maps: the layer, what draws it to the data, and what one looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.checks import features
from engine.catalog.loss_parts import WEIGHT
from engine.catalog.spec import LayerSpec, LossSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def _map(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if values["rows"] * values["columns"] < 2:
        return "A map needs two units or more; give it more rows or columns."
    if values["end_radius"] > values["start_radius"]:
        return (
            f"Its radius must not grow: it starts at {values['start_radius']:g} and ends at "
            f"{values['end_radius']:g}. Make the last radius smaller or the first one larger."
        )
    return None


def _face(values: Mapping[str, Any]) -> Iterable[str]:
    yield f"{values['rows']}×{values['columns']} units"
    yield f"radius {values['start_radius']:g} → {values['end_radius']:g}"


def _alike(
    values: Mapping[str, Any], distances: TensorSpec, neighbourhood: TensorSpec | None = None
) -> str | None:
    if neighbourhood is None or distances.shape == neighbourhood.shape:
        return None
    return (
        f"Distances and neighbourhood must come from one map; they are {distances} and "
        f"{neighbourhood}."
    )


def _units(values: Mapping[str, Any], distances: TensorSpec) -> str | None:
    if distances.shape[1] * distances.shape[2] < 2:
        return f"It compares units, and there is one ({distances}). Make the map larger."
    return None


def _codebook(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if received.shape[1] * received.shape[2] < 2:
        return f"It shows the space between units, and there is one ({received})."
    return None


_DISTANCES = Port(name="distances", axes="N R C", doc="Squared distance to each unit of a map.")
_SEEN = Port(name="distances", axes="N R C", still=True, doc=_DISTANCES.doc)
_SHOWN = Param(
    name="weight",
    default=0.0,
    ge=0,
    argument=False,
    advanced=True,
    doc="What it is multiplied by in the total; 0 only shows it. It has no gradient either way.",
)

SOM = LayerSpec(
    id="som",
    title="Self-organising map",
    gradient_note="Its best units are chosen without a gradient.",
    group="Special",
    covers=("LAY-45",),
    target="engine.modules.maps.SelfOrganizingMap",
    summary="A grid of vectors that spreads over the data and keeps neighbours together.",
    keywords=("kohonen", "som", "competitive", "clustering", "topology", "unsupervised", "map"),
    formula="c = argmin |x − wᵢ|,  wᵢ ← wᵢ + η·h(c, i)·(x − wᵢ),  h = exp(−d²(c, i) / 2σ²)",
    notes=(
        "Wire distances and neighbourhood to the loss Map neighbourhood and train with SGD without "
        "momentum: a step is then Kohonen's own update, averaged over the batch. A learning rate "
        "of 0.5 is not too large; let it fall. Needs no targets. Rule of thumb: five times the "
        "root of the number of samples for the number of units. ≠ Most texts shrink the radius by "
        "time or epochs; here it shrinks by the same factor each step until the last radius is "
        "reached. Batches of one are the algorithm of the books."
    ),
    pitfalls=(
        "A first radius much below half the grid leaves a folded map: the topographic error stays "
        "high and the U-matrix shows ridges that no data explain. A last radius far above 1 "
        "leaves all units near the mean: the quantisation error stops early. Steps longer than the "
        "run end with a wide radius; a field with large numbers drowns the others, so "
        "standardise."
    ),
    inputs=(Port(name="in", axes="N F", doc="One vector for each sample."),),
    outputs=(
        Port(name="distances", axes="N R C", doc="Squared distance to each unit."),
        Port(
            name="neighbourhood",
            axes="N R C",
            doc="How strongly the best unit pulls each unit along, 0 to 1.",
        ),
        Port(name="place", axes="N P", doc="Row and column of the best unit."),
        Port(name="codebook", axes="N R C F", doc="The vectors of all units, once for a batch."),
    ),
    forward=("{distances}, {neighbourhood}, {place}, {codebook} = {self}({in})",),
    inferred={"features": features},
    check=_map,
    face=_face,
    activation="linear",
    params=(
        Param(name="rows", default=10, ge=1, le=256, doc="Units from top to bottom."),
        Param(name="columns", default=10, ge=1, le=256, doc="Units from left to right."),
        Param(
            name="neighbourhood",
            default="gaussian",
            choices=("gaussian", "bubble"),
            doc="Gaussian fades with the distance on the grid; bubble is 1 within the radius.",
        ),
        Param(
            name="start_radius",
            title="First radius",
            default=5.0,
            gt=0,
            le=1000,
            unit="units",
            doc="Radius σ at the first step; half the longer side of the grid is usual.",
        ),
        Param(
            name="end_radius",
            title="Last radius",
            default=0.5,
            gt=0,
            le=1000,
            unit="units",
            doc="Radius σ from the last of the steps on.",
        ),
        Param(
            name="steps",
            default=1000,
            ge=1,
            le=1_000_000_000,
            doc="In how many training steps the radius goes from the first to the last.",
        ),
        Param(
            name="std",
            title="Spread at the start",
            default=0.1,
            gt=0,
            le=1000,
            advanced=True,
            doc="Standard deviation with which the vectors are drawn around zero.",
        ),
    ),
    examples=(((4, 5),), ((3, 1),)),
)

SOM_NEIGHBOURHOOD = LossSpec(
    id="som_neighbourhood",
    title="Map neighbourhood",
    group="Loss",
    task="",
    covers=("LOS-06", "LAY-45"),
    summary="Draws the units of a map to each sample, the best unit's neighbours along with it.",
    keywords=("som", "kohonen", "self-organising", "competitive", "map"),
    formula="L = ½ Σᵢ h(c, i)·|x − wᵢ|², averaged over the batch",
    notes=(
        "Its gradient with respect to a unit is −h·(x − w), so that plain SGD with rate η makes "
        "Kohonen's update. The neighbourhood counts as given: no gradient passes through it."
    ),
    pitfalls=(
        "Adam and momentum train the map too, but the step is no longer Kohonen's. As the radius "
        "shrinks fewer units are summed, so the loss falls even where nothing is learned: judge a "
        "map by its quantisation and topographic error."
    ),
    inputs=(
        _DISTANCES,
        Port(
            name="neighbourhood",
            axes="N R C",
            still=True,
            doc="How strongly each unit is drawn along.",
        ),
    ),
    forward=("{out} = 0.5 * ({distances} * {neighbourhood}.detach()).sum() / len({distances})",),
    check=_alike,
    activation="linear",
    params=(WEIGHT,),
    example_range=(0, 1),
    examples=(((4, 3, 2), (4, 3, 2)),),
)

QUANTIZATION_ERROR = LossSpec(
    id="quantization_error",
    title="Quantisation error",
    group="Loss",
    task="",
    covers=("LAY-45",),
    summary="How far samples are from their best unit; shown beside the losses, trains nothing.",
    keywords=("som", "map", "codebook", "figure"),
    formula="mean |x − w_c|",
    notes=(
        "In the units of what goes into the map. Falls with more units and with a smaller last "
        "radius; compare maps of one size only."
    ),
    pitfalls="Low with a high topographic error: the units lie well, but the grid is crumpled.",
    inputs=(_SEEN,),
    forward=("{out} = {distances}.detach().flatten(1).amin(dim=1).sqrt().mean()",),
    params=(_SHOWN,),
    example_range=(0, 1),
    examples=(((4, 3, 2),),),
)

TOPOGRAPHIC_ERROR = LossSpec(
    id="topographic_error",
    title="Topographic error",
    group="Loss",
    task="",
    covers=("LAY-45",),
    summary="The share of samples whose two best units do not touch; trains nothing.",
    keywords=("som", "map", "topology", "figure"),
    formula="mean [best and second-best unit are no neighbours]",
    notes=(
        "0 where the grid lies smoothly in the data. Units that touch at a corner count as "
        "neighbours (Kiviluoto 1996)."
    ),
    pitfalls=(
        "Rises at the end if the last radius is far below 1: units no longer hold each other."
    ),
    inputs=(_SEEN,),
    forward=(
        "{out} = {distances}.detach().flatten(1).topk(2, dim=1, largest=False).indices",
        "{out} = torch.stack(({out} // {distances}.shape[2], {out} % {distances}.shape[2]))",
        "{out} = ({out}[..., 0] - {out}[..., 1]).abs().amax(dim=0)",
        "{out} = ({out} > 1).float().mean()",
    ),
    check=_units,
    params=(_SHOWN,),
    example_range=(0, 1),
    examples=(((4, 3, 2),),),
)

SHOW_U_MATRIX = LayerSpec(
    id="show_u_matrix",
    title="U-matrix",
    group="Display",
    covers=("LAY-45",),
    target="engine.modules.maps.UMatrix",
    summary="Shows how far the units of a map lie apart: dark valleys are clusters.",
    keywords=("som", "map", "clusters", "ridges", "codebook", "monitor", "view"),
    formula="between two units |wᵢ − wⱼ|, on a unit the mean around it",
    notes=(
        "A map of R × C units gives a picture of 2R − 1 × 2C − 1: units, and between them how far "
        "they are apart; corners take the mean of both diagonals over √2 (Ultsch, Siemon 1990). "
        "White is the largest distance."
    ),
    pitfalls="All grey with a bright rim: the radius is still large and the map has not unfolded.",
    inputs=(Port(name="codebook", axes="N R C F", doc="The vectors of all units."),),
    outputs=(),
    forward=(),
    check=_codebook,
    shows="images",
    examples=(((1, 3, 4, 5),), ((1, 2, 1, 3),)),
)

SHOW_HITS = LayerSpec(
    id="show_hits",
    title="Hit map",
    group="Display",
    covers=("LAY-45",),
    target="engine.modules.maps.HitMap",
    summary="Shows how many samples each unit of a map is the best one for.",
    keywords=("som", "map", "histogram", "dead units", "monitor", "view"),
    formula="hits(i) = number of samples whose best unit is i",
    notes=(
        "White is the unit with the most samples, black one with none. Counted over the first "
        "samples of the validation part."
    ),
    pitfalls=(
        "Black fields between full ones are borders of clusters; a map that is mostly black has "
        "dead units: widen the first radius or shrink the map."
    ),
    inputs=(_DISTANCES,),
    outputs=(),
    forward=(),
    shows="images",
    params=(
        Param(
            name="count",
            title="Samples",
            default=500,
            ge=1,
            le=5000,
            argument=False,
            doc="How many are counted.",
        ),
    ),
    example_range=(0, 1),
    examples=(((4, 3, 2),),),
)
