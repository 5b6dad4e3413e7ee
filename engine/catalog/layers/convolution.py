"""Convolutions."""

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

_NOTES = (
    "A batch norm behind it makes its bias needless. PyTorch does not turn the filter round "
    "(cross-correlation), as all deep learning libraries. "
)

CONV1D = LayerSpec(
    id="conv1d",
    title="Conv 1D",
    group="Convolution",
    covers=("LAY-10",),
    target="torch.nn.Conv1d",
    summary="Slides learned filters along a sequence.",
    keywords=("convolution", "filter", "kernel", "time series", "audio", "text", "cnn"),
    formula=SIZE_RULE,
    notes=_NOTES + "Channels come before length, the other way round than in an LSTM.",
    pitfalls=(
        "Its axes are N × C × L: a sequence N × L × C needs a Permute in front, else it slides "
        "over the features. Without padding each layer shortens the sequence by kernel − 1."
    ),
    inputs=(Port(name="in", axes="N C L"),),
    outputs=(Port(name="out", axes="N C L"),),
    inferred={"in_channels": channels},
    check=convolution,
    activation="linear",
    initialize=True,
    face=faces.convolution,
    params=settings("steps", 1),
    examples=(((2, 3, 16),), ((2, 1, 5),)),
)

CONV2D = LayerSpec(
    id="conv2d",
    title="Conv 2D",
    group="Convolution",
    covers=("LAY-10",),
    target="torch.nn.Conv2d",
    summary="Slides learned filters over an image.",
    keywords=(
        "convolution",
        "filter",
        "kernel",
        "image",
        "vision",
        "feature map",
        "cnn",
        "1x1",
        "pointwise",
        "dilated",
        "atrous",
        "strided",
        "down-sampling",
    ),
    formula=SIZE_RULE,
    notes=_NOTES
    + "The usual order is convolution, batch norm, activation, and a pooling after a few of them.",
    pitfalls=(
        "A large first kernel costs much and sees no more than two small ones. Without padding the "
        "image shrinks at each layer until the kernel no longer fits. A bias in front of a batch "
        "norm is wasted."
    ),
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    inferred={"in_channels": channels},
    check=convolution,
    activation="linear",
    initialize=True,
    face=faces.convolution,
    params=settings("px", 2),
    examples=(((2, 3, 12, 12),), ((2, 1, 5, 9),)),
)

DEPTHWISE_CONV2D = LayerSpec(
    id="depthwise_conv2d",
    title="Depthwise conv 2D",
    group="Convolution",
    covers=("LAY-12",),
    target="torch.nn.Conv2d",
    summary="Slides one learned filter over each channel by itself.",
    keywords=("convolution", "separable", "mobilenet", "xception", "filter", "kernel", "cnn"),
    formula=SIZE_RULE,
    notes=(
        "Looks at space only and is cheap; a Conv 2D with a kernel of 1 behind it mixes the "
        "channels (depthwise separable). Filter j of channel c makes channel c·m + j."
    ),
    pitfalls=(
        "Channels never meet in it: without a 1 × 1 convolution behind it the network stays a set "
        "of separate ones. Few parameters do not mean fast: it is bound by memory."
    ),
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    inferred={"in_channels": channels, "groups": channels},
    derived={"out_channels": depthwise_channels},
    check=padding_fits,
    activation="linear",
    initialize=True,
    face=faces.convolution,
    params=depthwise_settings("px", 2),
    examples=(((2, 3, 12, 12),), ((2, 1, 5, 9),)),
)

CONV_TRANSPOSE2D = LayerSpec(
    id="conv_transpose2d",
    title="Transposed conv 2D",
    group="Convolution",
    covers=("LAY-11",),
    target="torch.nn.ConvTranspose2d",
    summary="Paints learned filters into a larger image: a convolution the other way round.",
    keywords=(
        "deconvolution",
        "upsample",
        "decoder",
        "generator",
        "gan",
        "enlarge",
        "cnn",
        "unet",
        "up-sampling",
    ),
    formula=TRANSPOSED_RULE,
    notes=(
        "Kernel 4, stride 2, padding 1 doubles the size exactly. A kernel that the stride does not "
        "divide leaves a chequerboard. ≠ Initialisers count its fan as PyTorch does, by the "
        "filters that come out."
    ),
    pitfalls=(
        "A kernel that the stride does not divide covers some pixels more often than others: one "
        "sees a chequerboard in what it paints. Kernel 4 with stride 2 has none, nor has Upsample "
        "with a convolution behind it."
    ),
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    inferred={"in_channels": channels},
    check=transposed,
    activation="linear",
    initialize=True,
    face=faces.convolution,
    params=transposed_settings("px", 2),
    examples=(((2, 3, 6, 6),), ((2, 1, 5, 9),)),
)
