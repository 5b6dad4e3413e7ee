"""Pooling: fewer numbers, the same channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import times
from engine.catalog.pools import average_settings, max_settings, pooling
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_IMAGE = (Port(name="in", axes="N C H W"),)
_MAPS = (Port(name="out", axes="N C H W"),)


def _upsample(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    scale, sizes = values["scale_factor"], received.shape[2:]
    if all(int(n * scale) >= 1 for n in sizes):
        return None
    return f"Its scale {scale:g} leaves nothing of {times(sizes)}. Take a larger one."


MAX_POOL2D = LayerSpec(
    id="max_pool2d",
    title="Max pool 2D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.MaxPool2d",
    summary="Keeps the largest number of each window.",
    keywords=("maximum", "downsample", "subsample", "shrink", "cnn", "down-sampling"),
    formula="out = ⌊(in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1",
    notes=(
        "The most common pooling: less memory and work, and a little indifference to where a thing "
        "stands. It learns nothing. A stride of 2 in the convolution is the alternative."
    ),
    pitfalls=(
        "Only the winner of each window gets a gradient. Where exact places matter (segmentation, "
        "boxes) they are lost for good."
    ),
    inputs=_IMAGE,
    outputs=_MAPS,
    check=pooling,
    face=faces.pooling,
    params=max_settings("px", 2),
    examples=(((2, 3, 8, 8),), ((2, 1, 5, 7),)),
)

AVG_POOL2D = LayerSpec(
    id="avg_pool2d",
    title="Average pool 2D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.AvgPool2d",
    summary="Replaces each window by its mean.",
    keywords=("mean", "downsample", "subsample", "shrink", "blur", "cnn"),
    formula="out = ⌊(in + 2·padding − kernel) / stride⌋ + 1",
    notes="Softer than max pooling: it keeps weak signals and loses sharp ones.",
    pitfalls=(
        "With a border the zeros count in the mean unless that is switched off, so the rim comes "
        "out darker. Sharp features are smeared."
    ),
    inputs=_IMAGE,
    outputs=_MAPS,
    check=pooling,
    face=faces.pooling,
    params=average_settings("px", 2),
    examples=(((2, 3, 8, 8),), ((2, 1, 5, 7),)),
)

GLOBAL_AVG_POOL2D = LayerSpec(
    id="global_avg_pool2d",
    title="Global average pool 2D",
    group="Pooling",
    covers=("LAY-15",),
    summary="Replaces each channel by its mean over the whole image.",
    keywords=("gap", "mean", "adaptive", "squeeze", "cnn"),
    formula="N × C × H × W → N × C",
    notes=(
        "Ends a convolutional network in place of Flatten and large Dense layers: fewer "
        "parameters, and images of any size go in."
    ),
    pitfalls=(
        "Where something stands in the image is lost. A small thing in a large image drowns in the "
        "mean; a maximum would find it."
    ),
    inputs=_IMAGE,
    outputs=(Port(name="out", axes="N C ..."),),
    forward=("{out} = {in}.mean(dim=(2, 3), keepdim={p.keepdim})",),
    face=lambda v: ("axes stay" if v["keepdim"] else "",),
    params=(
        Param(
            name="keepdim",
            title="Keep the axes",
            default=False,
            argument=False,
            advanced=True,
            doc="Leaves H and W with size 1, to multiply with an image (squeeze and excite).",
        ),
    ),
    examples=(((2, 3, 8, 8),), ((2, 1, 1, 1),)),
)

UPSAMPLE = LayerSpec(
    id="upsample",
    title="Upsample",
    group="Pooling",
    covers=("LAY-17",),
    target="torch.nn.Upsample",
    summary="Makes an image larger by repeating or blending its pixels.",
    keywords=(
        "interpolate",
        "resize",
        "enlarge",
        "decoder",
        "nearest",
        "bilinear",
        "bicubic",
        "up-sampling",
    ),
    formula="out = ⌊in · scale⌋",
    notes=(
        "It learns nothing; with a convolution behind it, it is the alternative to Transposed conv "
        "that leaves no chequerboard."
    ),
    pitfalls=(
        "Bilinear and bicubic blend across edges of class maps and make classes that are none: "
        "take “nearest” for labels. Below 1 it drops pixels without smoothing first."
    ),
    inputs=_IMAGE,
    outputs=_MAPS,
    check=_upsample,
    face=lambda v: (f"{faces.number(v['scale_factor'])} times", v["mode"]),
    params=(
        Param(
            name="scale_factor",
            title="Scale",
            default=2.0,
            gt=0,
            le=64,
            doc="How many times larger; below 1 makes it smaller.",
        ),
        Param(
            name="mode",
            default="nearest",
            choices=("nearest", "bilinear", "bicubic"),
            doc="“nearest” repeats pixels, the others blend them.",
        ),
    ),
    examples=(((2, 3, 4, 4),), ((2, 1, 3, 5),)),
)
