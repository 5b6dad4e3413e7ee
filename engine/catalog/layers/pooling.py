"""Pooling: fewer numbers, the same channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.checks import kernel_fits, spread, times
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_IMAGE = (Port(name="in", axes="N C H W"),)
_MAPS = (Port(name="out", axes="N C H W"),)


def _pooling(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    kernel, padding = spread(values["kernel_size"], 2), spread(values["padding"], 2)
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        return (
            f"Its padding of {times(padding)} must be at most half of its kernel, {times(kernel)}."
        )
    return kernel_fits(values, received, padding)


def _upsample(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    scale, sizes = values["scale_factor"], received.shape[2:]
    if all(int(n * scale) >= 1 for n in sizes):
        return None
    return f"Its scale {scale:g} leaves nothing of {times(sizes)}. Take a larger one."


_KERNEL = Param(
    name="kernel_size",
    title="Window",
    default=(2, 2),
    length=2,
    ge=1,
    le=1024,
    unit="px",
    doc="Size of the window that becomes one number.",
)
_STRIDE = Param(
    name="stride",
    default=None,
    kind="ints",
    length=2,
    ge=1,
    le=1024,
    unit="px",
    optional=True,
    doc="How far the window moves. Empty: as far as it is large.",
)
_PADDING = Param(
    name="padding",
    default=(0, 0),
    length=2,
    ge=0,
    le=512,
    unit="px",
    advanced=True,
    doc="Border added on each side; at most half of the window.",
)
_CEIL = Param(
    name="ceil_mode",
    title="Keep partial windows",
    default=False,
    advanced=True,
    doc="Also uses windows that hang over the edge, which rounds the size up.",
)

MAX_POOL2D = LayerSpec(
    id="max_pool2d",
    title="Max pool 2D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.MaxPool2d",
    summary="Keeps the largest number of each window.",
    keywords=("maximum", "downsample", "subsample", "shrink", "cnn"),
    formula="out = ⌊(in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1",
    notes=(
        "The most common pooling: less memory and work, and a little indifference to where a thing "
        "stands. It learns nothing. A stride of 2 in the convolution is the alternative."
    ),
    inputs=_IMAGE,
    outputs=_MAPS,
    check=_pooling,
    params=(
        _KERNEL,
        _STRIDE,
        _PADDING,
        Param(
            name="dilation",
            default=(1, 1),
            length=2,
            ge=1,
            le=1024,
            unit="px",
            advanced=True,
            doc="Spacing inside the window: 2 leaves one out between two.",
        ),
        _CEIL,
    ),
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
    inputs=_IMAGE,
    outputs=_MAPS,
    check=_pooling,
    params=(
        _KERNEL,
        _STRIDE,
        _PADDING,
        _CEIL,
        Param(
            name="count_include_pad",
            title="Count the border",
            default=True,
            advanced=True,
            doc="Whether the zeros of the border are part of the mean.",
        ),
        Param(
            name="divisor_override",
            title="Divisor",
            default=None,
            kind="int",
            ge=1,
            optional=True,
            advanced=True,
            doc="Divides the sum by this instead of the window's size.",
        ),
    ),
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
    inputs=_IMAGE,
    outputs=(Port(name="out", axes="N C ..."),),
    forward=("{out} = {in}.mean(dim=(2, 3), keepdim={p.keepdim})",),
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
    keywords=("interpolate", "resize", "enlarge", "decoder", "nearest", "bilinear", "bicubic"),
    formula="out = ⌊in · scale⌋",
    notes=(
        "It learns nothing; with a convolution behind it, it is the alternative to Transposed conv "
        "that leaves no chequerboard."
    ),
    inputs=_IMAGE,
    outputs=_MAPS,
    check=_upsample,
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
