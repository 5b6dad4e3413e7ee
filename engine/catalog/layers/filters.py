"""A filter that is given, not learned: edges, blur, sharpening, or a matrix of your own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import times
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN_LIMIT = 31


def side(values: Mapping[str, Any]) -> int:
    """Return how many rows and columns the matrix has."""
    if values["kind"] in ("gaussian", "average"):
        return values["size"]
    return math.isqrt(len(values["kernel"])) if values["kind"] == "own" else 3


def _filter(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    numbers = len(values["kernel"])
    if values["kind"] == "own" and side(values) ** 2 != numbers:
        return (
            f"Its own matrix has {numbers} numbers, which make no square; write as many rows as "
            "columns, row by row (9 numbers are 3 × 3)."
        )
    if values["kind"] == "own" and not 1 <= side(values) <= _OWN_LIMIT:
        return f"Its own matrix needs 1 to {_OWN_LIMIT} rows; it has {side(values)}."
    sizes = received.shape[2:]
    if values["border"] == "none" and min(sizes) < side(values):
        return (
            f"Its matrix has {side(values)} rows and columns, more than comes in, {times(sizes)}; "
            "take a smaller one or a border."
        )
    return None


def _face(values: Mapping[str, Any]) -> tuple[str, ...]:
    kind, rows = values["kind"], side(values)
    return (
        "own matrix" if kind == "own" else kind,
        f"{rows}×{rows}" if rows != 3 else "",
        f"σ {faces.number(values['sigma'])}" if kind == "gaussian" else "",
    )


FIXED_FILTER = LayerSpec(
    id="fixed_filter",
    title="Fixed filter",
    group="Convolution",
    covers=("LAY-13",),
    target="engine.modules.filters.FixedFilter",
    summary="Slides a given matrix over every channel of an image: edges, blur, sharpening.",
    keywords=(
        "sobel",
        "prewitt",
        "laplacian",
        "sharpen",
        "gaussian",
        "blur",
        "average",
        "edge",
        "kernel",
        "smooth",
    ),
    formula="Sobel, vertical edges: ¼ · (1 0 −1; 2 0 −2; 1 0 −1)",
    notes=(
        "Sobel and Prewitt find edges by first differences, the Laplacian (0 1 0; 1 −4 1; 0 1 0) "
        "by second ones, in all directions at once; sharpen is the image minus its Laplacian; "
        "Gaussian and average blur sum to 1. A convolutional network learns such matrices by "
        "itself; given ones show what it looks for, or prepare its input. ≠ Sobel is divided by "
        "4 and Prewitt by 3, so that a step of 1 answers with 1; many texts leave that out. The "
        "matrix is not turned round, as in every convolution here."
    ),
    pitfalls=(
        "Edge filters answer with both signs; ReLU behind one drops the edges from dark to light. "
        "With a border of zeros the rim of a bright image is one strong edge: take “replicate”. A "
        "size below about 4σ cuts the bell off."
    ),
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    check=_filter,
    activation="linear",
    face=_face,
    params=(
        Param(
            name="kind",
            default="sobel vertical",
            choices=(
                "sobel vertical",
                "sobel horizontal",
                "prewitt vertical",
                "prewitt horizontal",
                "laplacian",
                "sharpen",
                "gaussian",
                "average",
                "own",
            ),
            doc="Which matrix; for edges, the direction of the edges it finds.",
        ),
        Param(
            name="size",
            default=3,
            ge=1,
            le=63,
            unit="px",
            doc="Rows and columns of the Gaussian and the average.",
        ),
        Param(
            name="sigma",
            title="Deviation (σ)",
            default=1.0,
            ge=0.1,
            le=100,
            unit="px",
            doc="How wide the Gaussian blurs.",
        ),
        Param(
            name="kernel",
            title="Own matrix",
            default=(0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0),
            ge=-1e6,
            le=1e6,
            doc="The numbers of your own square matrix, row by row.",
        ),
        Param(
            name="border",
            default="zeros",
            choices=("zeros", "replicate", "none"),
            doc="What lies beyond the image; “none” makes the result smaller.",
        ),
    ),
    examples=(((2, 3, 8, 8),), ((2, 1, 5, 7),)),
)
