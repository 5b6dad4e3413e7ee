"""Pooling to a given size or to one number, and channels turned into pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import times
from engine.catalog.pools import adaptive_settings
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _shuffle(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    square, channels = values["upscale_factor"] ** 2, received.shape[1]
    if channels % square == 0:
        return None
    return f"Its scale squared, {square}, must divide the {channels} channels that come in."


def _unshuffle(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    scale, sizes = values["downscale_factor"], received.shape[2:]
    if all(n % scale == 0 for n in sizes):
        return None
    return f"Its scale {scale} must divide height and width, {times(sizes)}."


def _to(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"to {faces.times(values['output_size'])}",)


def _kept(values: Mapping[str, Any]) -> tuple[str, ...]:
    return ("axes stay" if values["keepdim"] else "",)


_SEQUENCE = (Port(name="in", axes="N C L"),)
_SEQUENCES = (Port(name="out", axes="N C L"),)
_IMAGE = (Port(name="in", axes="N C H W"),)
_MAPS = (Port(name="out", axes="N C H W"),)
_VOLUME = (Port(name="in", axes="N C D H W"),)
_VOLUMES = (Port(name="out", axes="N C D H W"),)
_NUMBERS = (Port(name="out", axes="N C ..."),)
_LINES = (((2, 3, 8),), ((2, 1, 5),))
_IMAGES = (((2, 3, 8, 8),), ((2, 1, 5, 7),))
_BLOCKS = (((2, 3, 4, 4, 4),), ((2, 1, 2, 3, 5),))
_ADAPTIVE_RULE = "window i reaches from ⌊i·in/out⌋ to ⌈(i + 1)·in/out⌉"
_ADAPTIVE_NOTES = (
    "Works out its windows from what comes in, so that a network takes inputs of any size. Where "
    "the size does not divide, windows overlap by one. "
)
_ADAPTIVE_PITFALLS = (
    "A result larger than the input repeats numbers without a word. The figures depend on the "
    "input's size: a network tried at one size may do worse at another."
)
_KEEP = Param(
    name="keepdim",
    title="Keep the axes",
    default=False,
    argument=False,
    advanced=True,
    doc="Leaves the axes that are pooled away with size 1.",
)
_GLOBAL_MAX_PITFALLS = (
    "One outlier decides, and only one place of each channel gets a gradient, so it learns more "
    "slowly than the average."
)
_GLOBAL_AVG_PITFALLS = "What is small against the whole is averaged away; so is where it was."

ADAPTIVE_AVG_POOL1D = LayerSpec(
    id="adaptive_avg_pool1d",
    title="Adaptive average pool 1D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.AdaptiveAvgPool1d",
    summary="Brings a sequence of any length to a given one by means.",
    keywords=("mean", "any size", "length", "resize", "sequence"),
    formula=_ADAPTIVE_RULE,
    notes=_ADAPTIVE_NOTES + "In front of a Dense behind sequences of several lengths.",
    pitfalls=_ADAPTIVE_PITFALLS,
    inputs=_SEQUENCE,
    outputs=_SEQUENCES,
    face=_to,
    params=adaptive_settings("steps", 1),
    examples=_LINES,
)

ADAPTIVE_AVG_POOL2D = LayerSpec(
    id="adaptive_avg_pool2d",
    title="Adaptive average pool 2D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.AdaptiveAvgPool2d",
    summary="Brings an image of any size to a given one by means.",
    keywords=("mean", "any size", "resize", "spatial pyramid", "cnn"),
    formula=_ADAPTIVE_RULE,
    notes=_ADAPTIVE_NOTES + "A result of 1 × 1 is global average pooling.",
    pitfalls=_ADAPTIVE_PITFALLS,
    inputs=_IMAGE,
    outputs=_MAPS,
    face=_to,
    params=adaptive_settings("px", 2),
    examples=_IMAGES,
)

ADAPTIVE_AVG_POOL3D = LayerSpec(
    id="adaptive_avg_pool3d",
    title="Adaptive average pool 3D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.AdaptiveAvgPool3d",
    summary="Brings a volume of any size to a given one by means.",
    keywords=("mean", "any size", "resize", "volume", "video"),
    formula=_ADAPTIVE_RULE,
    notes=_ADAPTIVE_NOTES + "For films of several lengths and scans of several sizes.",
    pitfalls=_ADAPTIVE_PITFALLS,
    inputs=_VOLUME,
    outputs=_VOLUMES,
    face=_to,
    params=adaptive_settings("voxels", 3),
    examples=_BLOCKS,
)

ADAPTIVE_MAX_POOL1D = LayerSpec(
    id="adaptive_max_pool1d",
    title="Adaptive max pool 1D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.AdaptiveMaxPool1d",
    summary="Brings a sequence of any length to a given one by maxima.",
    keywords=("maximum", "any size", "length", "resize", "sequence", "text"),
    formula=_ADAPTIVE_RULE,
    notes=_ADAPTIVE_NOTES + "A result of 1 is max-over-time pooling, usual for text.",
    pitfalls=_ADAPTIVE_PITFALLS,
    inputs=_SEQUENCE,
    outputs=_SEQUENCES,
    face=_to,
    params=adaptive_settings("steps", 1),
    examples=_LINES,
)

ADAPTIVE_MAX_POOL2D = LayerSpec(
    id="adaptive_max_pool2d",
    title="Adaptive max pool 2D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.AdaptiveMaxPool2d",
    summary="Brings an image of any size to a given one by maxima.",
    keywords=("maximum", "any size", "resize", "region of interest", "cnn"),
    formula=_ADAPTIVE_RULE,
    notes=_ADAPTIVE_NOTES + "A result of 1 × 1 is global max pooling.",
    pitfalls=_ADAPTIVE_PITFALLS,
    inputs=_IMAGE,
    outputs=_MAPS,
    face=_to,
    params=adaptive_settings("px", 2),
    examples=_IMAGES,
)

ADAPTIVE_MAX_POOL3D = LayerSpec(
    id="adaptive_max_pool3d",
    title="Adaptive max pool 3D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.AdaptiveMaxPool3d",
    summary="Brings a volume of any size to a given one by maxima.",
    keywords=("maximum", "any size", "resize", "volume", "video"),
    formula=_ADAPTIVE_RULE,
    notes=_ADAPTIVE_NOTES + "For films of several lengths and scans of several sizes.",
    pitfalls=_ADAPTIVE_PITFALLS,
    inputs=_VOLUME,
    outputs=_VOLUMES,
    face=_to,
    params=adaptive_settings("voxels", 3),
    examples=_BLOCKS,
)

GLOBAL_AVG_POOL1D = LayerSpec(
    id="global_avg_pool1d",
    title="Global average pool 1D",
    group="Pooling",
    covers=("LAY-15",),
    summary="Replaces each channel by its mean over the whole sequence.",
    keywords=("gap", "mean", "sequence", "any length"),
    formula="N × C × L → N × C",
    notes="Ends a network of Conv 1D. For a sequence N × L × C take Mean over an axis.",
    pitfalls=_GLOBAL_AVG_PITFALLS,
    inputs=_SEQUENCE,
    outputs=_NUMBERS,
    forward=("{out} = {in}.mean(dim=2, keepdim={p.keepdim})",),
    face=_kept,
    params=(_KEEP,),
    examples=_LINES,
)

GLOBAL_AVG_POOL3D = LayerSpec(
    id="global_avg_pool3d",
    title="Global average pool 3D",
    group="Pooling",
    covers=("LAY-15",),
    summary="Replaces each channel by its mean over the whole volume.",
    keywords=("gap", "mean", "volume", "video", "any size"),
    formula="N × C × D × H × W → N × C",
    notes="Ends a network of Conv 3D in place of Flatten and large Dense layers.",
    pitfalls=_GLOBAL_AVG_PITFALLS,
    inputs=_VOLUME,
    outputs=_NUMBERS,
    forward=("{out} = {in}.mean(dim=(2, 3, 4), keepdim={p.keepdim})",),
    face=_kept,
    params=(_KEEP,),
    examples=_BLOCKS,
)

GLOBAL_MAX_POOL1D = LayerSpec(
    id="global_max_pool1d",
    title="Global max pool 1D",
    group="Pooling",
    covers=("LAY-15",),
    summary="Replaces each channel by its largest number in the whole sequence.",
    keywords=("maximum", "max over time", "sequence", "text", "any length"),
    formula="N × C × L → N × C",
    notes="Asks whether something occurs anywhere in the sequence; usual for text.",
    pitfalls=_GLOBAL_MAX_PITFALLS,
    inputs=_SEQUENCE,
    outputs=_NUMBERS,
    forward=("{out} = {in}.amax(dim=2, keepdim={p.keepdim})",),
    face=_kept,
    params=(_KEEP,),
    examples=_LINES,
)

GLOBAL_MAX_POOL2D = LayerSpec(
    id="global_max_pool2d",
    title="Global max pool 2D",
    group="Pooling",
    covers=("LAY-15",),
    summary="Replaces each channel by its largest number in the whole image.",
    keywords=("maximum", "gmp", "adaptive", "cnn", "any size"),
    formula="N × C × H × W → N × C",
    notes="Asks whether a feature occurs anywhere; the average asks how much of it there is.",
    pitfalls=_GLOBAL_MAX_PITFALLS,
    inputs=_IMAGE,
    outputs=_NUMBERS,
    forward=("{out} = {in}.amax(dim=(2, 3), keepdim={p.keepdim})",),
    face=_kept,
    params=(_KEEP,),
    examples=_IMAGES,
)

GLOBAL_MAX_POOL3D = LayerSpec(
    id="global_max_pool3d",
    title="Global max pool 3D",
    group="Pooling",
    covers=("LAY-15",),
    summary="Replaces each channel by its largest number in the whole volume.",
    keywords=("maximum", "volume", "video", "any size"),
    formula="N × C × D × H × W → N × C",
    notes="Asks whether a feature occurs anywhere in the volume or the film.",
    pitfalls=_GLOBAL_MAX_PITFALLS,
    inputs=_VOLUME,
    outputs=_NUMBERS,
    forward=("{out} = {in}.amax(dim=(2, 3, 4), keepdim={p.keepdim})",),
    face=_kept,
    params=(_KEEP,),
    examples=_BLOCKS,
)

PIXEL_SHUFFLE = LayerSpec(
    id="pixel_shuffle",
    title="Pixel shuffle",
    group="Pooling",
    covers=("LAY-17",),
    target="torch.nn.PixelShuffle",
    summary="Makes a larger image by laying groups of channels out as blocks of pixels.",
    keywords=("sub-pixel", "depth to space", "upsample", "super resolution", "enlarge"),
    formula="N × C·r² × H × W → N × C × rH × rW",
    notes=(
        "A convolution in front makes r² numbers for each pixel, which become a block of r × r: "
        "learned enlarging at the cost of a small image."
    ),
    pitfalls=(
        "Freshly initialised, the r² channels differ, and one sees a chequerboard until they have "
        "learned to agree. The channels in front must be a multiple of r²."
    ),
    inputs=_IMAGE,
    outputs=_MAPS,
    check=_shuffle,
    face=lambda v: (f"{v['upscale_factor']} times",),
    params=(
        Param(
            name="upscale_factor",
            title="Scale (r)",
            default=2,
            ge=1,
            le=64,
            doc="How many times larger; its square must divide the channels.",
        ),
    ),
    examples=(((2, 12, 3, 3),), ((1, 4, 2, 5),)),
)

PIXEL_UNSHUFFLE = LayerSpec(
    id="pixel_unshuffle",
    title="Pixel unshuffle",
    group="Pooling",
    covers=("LAY-17",),
    target="torch.nn.PixelUnshuffle",
    summary="Makes a smaller image by stacking each block of pixels as channels.",
    keywords=("space to depth", "downsample", "patches", "shrink"),
    formula="N × C × rH × rW → N × C·r² × H × W",
    notes="Shrinks an image without losing a number; the inverse of Pixel shuffle.",
    pitfalls="The scale must divide height and width; crop or pad the image before.",
    inputs=_IMAGE,
    outputs=_MAPS,
    check=_unshuffle,
    face=lambda v: (f"1/{v['downscale_factor']} the size",),
    params=(
        Param(
            name="downscale_factor",
            title="Scale (r)",
            default=2,
            ge=1,
            le=64,
            doc="How many times smaller; it must divide height and width.",
        ),
    ),
    examples=(((2, 3, 4, 6),), ((1, 1, 2, 2),)),
)
