"""Pooling over windows of sequences, volumes and channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.pools import average_settings, max_settings, pooling
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _depth(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    window, channels = values["window"], received.shape[1]
    if window <= channels:
        return None
    return (
        f"Its window of {window} channels is larger than the {channels} that come in ({received})."
    )


def _depth_face(values: Mapping[str, Any]) -> tuple[str, ...]:
    stride = values["stride"]
    apart = stride is not None and stride != values["window"]
    return (f"{values['window']} channels", f"stride {stride}" if apart else "")


def _depth_lines(reduce: str) -> Any:
    def lines(values: Mapping[str, Any]) -> tuple[str, ...]:
        window = values["window"]
        stride = window if values["stride"] is None else values["stride"]
        return (f"{{out}} = {{in}}.unfold(1, {window:d}, {stride:d}).{reduce}(dim=-1)",)

    return lines


_SEQUENCE = (Port(name="in", axes="N C L"),)
_SEQUENCES = (Port(name="out", axes="N C L"),)
_VOLUME = (Port(name="in", axes="N C D H W"),)
_VOLUMES = (Port(name="out", axes="N C D H W"),)
_LINES = (((2, 3, 8),), ((2, 1, 5),))
_BLOCKS = (((2, 3, 4, 4, 4),), ((2, 1, 2, 3, 5),))
_MAX_RULE = "out = ⌊(in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1"
_AVERAGE_RULE = "out = ⌊(in + 2·padding − kernel) / stride⌋ + 1"

MAX_POOL1D = LayerSpec(
    id="max_pool1d",
    title="Max pool 1D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.MaxPool1d",
    summary="Keeps the largest number of each stretch of a sequence.",
    keywords=("maximum", "downsample", "subsample", "shorten", "sequence", "audio"),
    formula=_MAX_RULE,
    notes="Shortens a sequence between convolutions and keeps that something happened, not when.",
    pitfalls=(
        "Its axes are N × C × L: a sequence N × L × C needs a Permute in front, else it pools over "
        "features. Only the winner of each window gets a gradient."
    ),
    inputs=_SEQUENCE,
    outputs=_SEQUENCES,
    check=pooling,
    face=faces.pooling,
    params=max_settings("steps", 1),
    examples=_LINES,
)

AVG_POOL1D = LayerSpec(
    id="avg_pool1d",
    title="Average pool 1D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.AvgPool1d",
    summary="Replaces each stretch of a sequence by its mean.",
    keywords=("mean", "moving average", "downsample", "subsample", "shorten", "smooth"),
    formula=_AVERAGE_RULE,
    notes="With a stride of 1 it is a moving average; with a larger one it shortens the sequence.",
    pitfalls=(
        "With a border the zeros count in the mean unless that is switched off, so both ends sag. "
        "Short peaks are smeared."
    ),
    inputs=_SEQUENCE,
    outputs=_SEQUENCES,
    check=pooling,
    face=faces.pooling,
    params=average_settings("steps", 1),
    examples=_LINES,
)

MAX_POOL3D = LayerSpec(
    id="max_pool3d",
    title="Max pool 3D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.MaxPool3d",
    summary="Keeps the largest number of each block of a volume or a film.",
    keywords=("maximum", "downsample", "subsample", "shrink", "volume", "video", "voxel"),
    formula=_MAX_RULE,
    notes="A window of 2 leaves an eighth of the numbers. For a film, 1 × 2 × 2 keeps all frames.",
    pitfalls="Thin things vanish fast: after three of them a voxel stands for 8 × 8 × 8.",
    inputs=_VOLUME,
    outputs=_VOLUMES,
    check=pooling,
    face=faces.pooling,
    params=max_settings("voxels", 3),
    examples=_BLOCKS,
)

AVG_POOL3D = LayerSpec(
    id="avg_pool3d",
    title="Average pool 3D",
    group="Pooling",
    covers=("LAY-14",),
    target="torch.nn.AvgPool3d",
    summary="Replaces each block of a volume or a film by its mean.",
    keywords=("mean", "downsample", "subsample", "shrink", "volume", "video", "voxel"),
    formula=_AVERAGE_RULE,
    notes="Softer than max pooling; suits scans, whose values mean amounts.",
    pitfalls=(
        "With a border the zeros count in the mean unless that is switched off, so the rim comes "
        "out darker."
    ),
    inputs=_VOLUME,
    outputs=_VOLUMES,
    check=pooling,
    face=faces.pooling,
    params=average_settings("voxels", 3),
    examples=_BLOCKS,
)

_CHANNELS = (Port(name="in", axes="N C ..."),)
_FEWER = (Port(name="out", axes="N C ..."),)
_DEPTH_EXAMPLES = (((2, 6, 4, 4),), ((4, 5),))
_DEPTH = (
    Param(
        name="window",
        default=2,
        ge=1,
        le=65_536,
        argument=False,
        unit="channels",
        doc="How many neighbouring channels become one.",
    ),
    Param(
        name="stride",
        default=None,
        kind="int",
        ge=1,
        le=65_536,
        optional=True,
        argument=False,
        unit="channels",
        doc="How far the window moves. Empty: as far as it is large.",
    ),
)
_DEPTH_RULE = "out = ⌊(C − window) / stride⌋ + 1 channels"

DEPTH_MAX_POOL = LayerSpec(
    id="depth_max_pool",
    title="Depth-wise max pool",
    group="Pooling",
    covers=("LAY-16",),
    summary="Keeps the largest of neighbouring channels at each place.",
    keywords=("maximum", "channels", "maxout", "invariance", "cross-channel", "depthwise"),
    formula=_DEPTH_RULE,
    notes=(
        "Pools along the channels in place of height and width. Filters that look for one thing in "
        "several forms (turned, brighter) then answer as one: the network learns that invariance. "
        "Behind a Dense it is a maxout layer."
    ),
    pitfalls=(
        "Channels that are left over at the end, fewer than a window, are dropped. Only the winner "
        "of each window gets a gradient."
    ),
    inputs=_CHANNELS,
    outputs=_FEWER,
    write=_depth_lines("amax"),
    check=_depth,
    face=_depth_face,
    params=_DEPTH,
    examples=_DEPTH_EXAMPLES,
)

DEPTH_AVG_POOL = LayerSpec(
    id="depth_avg_pool",
    title="Depth-wise average pool",
    group="Pooling",
    covers=("LAY-16",),
    summary="Replaces neighbouring channels by their mean at each place.",
    keywords=("mean", "channels", "reduce", "cross-channel", "depthwise"),
    formula=_DEPTH_RULE,
    notes="Fewer channels without a weight; a 1 × 1 convolution does it with learned ones.",
    pitfalls=(
        "Channels have no natural order, so neighbours need not belong together; what they say "
        "apart is lost. Channels left over at the end are dropped."
    ),
    inputs=_CHANNELS,
    outputs=_FEWER,
    write=_depth_lines("mean"),
    check=_depth,
    face=_depth_face,
    params=_DEPTH,
    examples=_DEPTH_EXAMPLES,
)
