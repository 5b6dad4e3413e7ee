"""Convolutions over volumes, the other way round over sequences, and for each channel by itself."""

from __future__ import annotations

from engine.catalog import faces
from engine.catalog.checks import channels
from engine.catalog.convolving import (
    SIZE_RULE,
    TRANSPOSED_RULE,
    convolution,
    depthwise_channels,
    depthwise_settings,
    padding_fits,
    settings,
    transposed,
    transposed_settings,
)
from engine.catalog.spec import LayerSpec, Port

_SEQUENCE = (Port(name="in", axes="N C L"),)
_SEQUENCES = (Port(name="out", axes="N C L"),)
_VOLUME = (Port(name="in", axes="N C D H W"),)
_VOLUMES = (Port(name="out", axes="N C D H W"),)

CONV3D = LayerSpec(
    id="conv3d",
    title="Conv 3D",
    group="Convolution",
    covers=("LAY-10",),
    target="torch.nn.Conv3d",
    summary="Slides learned filters through a volume or a film.",
    keywords=("convolution", "filter", "kernel", "volume", "video", "mri", "voxel", "cnn"),
    formula=SIZE_RULE,
    notes=(
        "For scans and films: depth or time comes before height and width. A film can also be "
        "read frame by frame with Conv 2D and a recurrent layer behind it, with far less work."
    ),
    pitfalls=(
        "Weights, work and memory grow with the cube of the kernel: 3 × 3 × 3 is 27 numbers for "
        "each pair of channels. A batch that does not fit the memory is the usual first sign."
    ),
    inputs=_VOLUME,
    outputs=_VOLUMES,
    inferred={"in_channels": channels},
    check=convolution,
    activation="linear",
    initialize=True,
    face=faces.convolution,
    params=settings("voxels", 3),
    examples=(((2, 3, 6, 6, 6),), ((2, 1, 3, 4, 5),)),
)

CONV_TRANSPOSE1D = LayerSpec(
    id="conv_transpose1d",
    title="Transposed conv 1D",
    group="Convolution",
    covers=("LAY-11",),
    target="torch.nn.ConvTranspose1d",
    summary="Paints learned filters into a longer sequence: a convolution the other way round.",
    keywords=("deconvolution", "upsample", "decoder", "generator", "audio", "lengthen"),
    formula=TRANSPOSED_RULE,
    notes=(
        "Kernel 4, stride 2, padding 1 doubles the length exactly. Output padding only picks one "
        "of the lengths that a convolution with the same stride would shorten to the same one."
    ),
    pitfalls=(
        "A kernel that the stride does not divide covers some steps more often than others, and "
        "what it makes hums at that period."
    ),
    inputs=_SEQUENCE,
    outputs=_SEQUENCES,
    inferred={"in_channels": channels},
    check=transposed,
    activation="linear",
    initialize=True,
    face=faces.convolution,
    params=transposed_settings("steps", 1),
    examples=(((2, 3, 6),), ((2, 1, 5),)),
)

CONV_TRANSPOSE3D = LayerSpec(
    id="conv_transpose3d",
    title="Transposed conv 3D",
    group="Convolution",
    covers=("LAY-11",),
    target="torch.nn.ConvTranspose3d",
    summary="Paints learned filters into a larger volume: a convolution the other way round.",
    keywords=("deconvolution", "upsample", "decoder", "volume", "segmentation", "mri", "enlarge"),
    formula=TRANSPOSED_RULE,
    notes=(
        "For segmenting and reconstructing scans. Kernel 4, stride 2, padding 1 doubles each side, "
        "which makes eight times as many numbers."
    ),
    pitfalls=(
        "The result of one layer can outgrow the memory at once. A kernel that the stride does not "
        "divide leaves a chequerboard in all three directions."
    ),
    inputs=_VOLUME,
    outputs=_VOLUMES,
    inferred={"in_channels": channels},
    check=transposed,
    activation="linear",
    initialize=True,
    face=faces.convolution,
    params=transposed_settings("voxels", 3),
    examples=(((2, 3, 3, 3, 3),), ((2, 1, 2, 3, 4),)),
)

DEPTHWISE_CONV1D = LayerSpec(
    id="depthwise_conv1d",
    title="Depthwise conv 1D",
    group="Convolution",
    covers=("LAY-12",),
    target="torch.nn.Conv1d",
    summary="Slides learned filters along each channel by itself.",
    keywords=("convolution", "separable", "filter", "kernel", "time series", "sensor", "cnn"),
    formula=SIZE_RULE,
    notes=(
        "Each sensor or feature is filtered alone; a Conv 1D with a kernel of 1 behind it mixes "
        "them (depthwise separable). Filter j of channel c makes channel c·m + j."
    ),
    pitfalls=(
        "Channels never meet in it: without a Conv 1D of kernel 1 or a Dense behind it the network "
        "stays a set of separate ones."
    ),
    inputs=_SEQUENCE,
    outputs=_SEQUENCES,
    inferred={"in_channels": channels, "groups": channels},
    derived={"out_channels": depthwise_channels},
    check=padding_fits,
    activation="linear",
    initialize=True,
    face=faces.convolution,
    params=depthwise_settings("steps", 1),
    examples=(((2, 3, 16),), ((2, 1, 5),)),
)
