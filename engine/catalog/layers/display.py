"""Displays: nodes that show what arrives at them while the network trains, and do nothing else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from engine.catalog.checks import elements, times
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _pictures(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    shape: tuple[int, ...] = values["shape"]
    numbers = elements(received.shape[1:])
    if shape and (not 2 <= len(shape) <= 3 or elements(shape) != numbers):
        return (
            f"Its picture shape {times(shape)} must be H × W or C × H × W and hold the {numbers} "
            f"numbers of a sample of {received}."
        )
    size = shape or received.shape[1:]
    if len(size) == 3 and size[0] not in (1, 3):
        return f"A picture has 1 channel or 3; it receives {received}. Select one of them."
    if len(size) == 1 and math.isqrt(numbers) ** 2 != numbers:
        return f"It receives {numbers} numbers in a row ({received}). State the picture's shape."
    if not 1 <= len(size) <= 3:
        return f"A picture has the axes H × W or C × H × W; it receives {received}."
    return None


def _points(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if received.shape[1] < 2:
        return f"A point needs two numbers; it receives {received}."
    return None


_COUNT = Param(
    name="count",
    default=16,
    ge=1,
    le=256,
    argument=False,
    doc="How many are shown.",
)

SHOW_IMAGES = LayerSpec(
    id="show_images",
    title="Show images",
    group="Display",
    covers=("MON-06",),
    summary="Shows what arrives as pictures while the network trains.",
    keywords=("pictures", "samples", "generated", "reconstruction", "monitor", "view"),
    notes=(
        "N × C × H × W with 1 or 3 channels, N × H × W, or rows of pixels. Always of the same "
        "samples, in evaluation, and never part of a training step."
    ),
    pitfalls=(
        "Black and white stand for the range of the data field it resembles, else of what arrives: "
        "a picture that is all but flat can look strong."
    ),
    inputs=(Port(name="images", axes="N A ...", doc="What to show."),),
    outputs=(),
    forward=(),
    check=_pictures,
    shows="images",
    params=(
        _COUNT,
        Param(
            name="shape",
            default=(),
            kind="ints",
            ge=1,
            le=16_384,
            argument=False,
            advanced=True,
            doc="Shape of a picture, where rows of pixels arrive. Empty: a square.",
        ),
    ),
    examples=(((2, 3, 8, 8),), ((2, 8, 8),), ((2, 64),)),
)

SHOW_POINTS = LayerSpec(
    id="show_points",
    title="Show points",
    group="Display",
    covers=("MON-06",),
    summary="Shows each sample as a point in the plane while the network trains.",
    keywords=("scatter", "latent", "plot", "embedding", "code", "monitor", "view"),
    notes=(
        "Two numbers are the place of a point; of more, the two directions in which they differ "
        "most are shown. Always of the same samples, and never part of a training step."
    ),
    pitfalls=(
        "Of more than two numbers only the two widest directions are shown: groups that lie apart "
        "in a third look like one."
    ),
    inputs=(Port(name="points", axes="N F", doc="What to show."),),
    outputs=(),
    forward=(),
    check=_points,
    shows="points",
    params=(
        Param(
            name="field",
            title="Colour by",
            default="",
            kind="field",
            argument=False,
            doc="The data field of classes that colours the points. Empty: the data's target.",
        ),
        Param(
            name="count",
            default=500,
            ge=1,
            le=5000,
            argument=False,
            doc="How many are shown.",
        ),
    ),
    examples=(((4, 2),), ((4, 5),)),
)

SHOW_TEXT = LayerSpec(
    id="show_text",
    title="Show text",
    group="Display",
    covers=("MON-06",),
    summary="Shows text that the network writes, token by token, while it trains.",
    keywords=("language model", "generate", "sample", "monitor", "view", "print"),
    notes=(
        "Wire the scores to it, N × L × V, that also go to the loss. Each token is drawn from the "
        "scores of the last step and read in the next. Never part of a training step."
    ),
    pitfalls=(
        "At temperature 0 it soon repeats itself; far above 1 it is noise. A model that is not "
        "causal writes worse than its loss promises."
    ),
    inputs=(Port(name="scores", axes="N L V", doc="A score for each token at each step."),),
    outputs=(),
    forward=(),
    shows="text",
    params=(
        Param(
            name="length",
            default=200,
            ge=1,
            le=2000,
            argument=False,
            doc="How many tokens are written.",
        ),
        Param(
            name="temperature",
            default=0.8,
            ge=0,
            le=100,
            argument=False,
            doc="Below 1 plays safe, above 1 dares more; 0 always takes the likeliest token.",
        ),
        Param(
            name="prompt",
            default="",
            argument=False,
            doc="What the text starts with. Empty: the first token there is.",
        ),
    ),
    examples=(((2, 5, 7),),),
)
