"""Convolutions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.catalog.checks import channels, kernel_fits, spread, times
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODES = ("zeros", "reflect", "replicate", "circular")


def _convolution(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    return _groups(values, received) or _padding(values, received)


def _transposed(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    wrong = _groups(values, received)
    if wrong:
        return wrong
    rows = zip(
        received.shape[2:],
        *(
            spread(values[name], 2)
            for name in ("kernel_size", "stride", "padding", "output_padding", "dilation")
        ),
        strict=True,
    )
    for n, kernel, stride, padding, extra, dilation in rows:
        if extra >= max(stride, dilation):
            return (
                f"Its output padding of {extra} must be smaller than its stride of {stride} or "
                f"its dilation of {dilation}."
            )
        size = (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1
        if size < 1:
            return f"Its padding of {padding} cuts off all of the result. Pad less."
    return None


def _groups(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    groups, filters, incoming = values["groups"], values["out_channels"], received.shape[1]
    if incoming % groups or filters % groups:
        return (
            f"Its {groups} groups must divide both the {incoming} channels that come in "
            f"and its {filters} filters."
        )
    return None


def _padding(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    sizes = received.shape[2:]
    padding = values["padding"]
    if padding == "same":
        strides = spread(values["stride"], len(sizes))
        if any(s != 1 for s in strides):
            return (
                f"Padding “same” needs a stride of 1; its stride is {times(strides)}. "
                "Give the padding in numbers."
            )
        return None
    pads = (0,) * len(sizes) if padding == "valid" else spread(padding, len(sizes))
    return _wraps(values["padding_mode"], pads, sizes) or kernel_fits(values, received, pads)


def _wraps(mode: str, pads: tuple[int, ...], sizes: tuple[int, ...]) -> str | None:
    least = {"reflect": 1, "circular": 0}.get(mode)
    if least is None or all(p + least <= n for p, n in zip(pads, sizes, strict=True)):
        return None
    return (
        f"Padding of {times(pads)} by “{mode}” needs more numbers than come in, {times(sizes)}. "
        "Pad less, or with zeros."
    )


def _settings(unit: str, axes: int) -> tuple[Param, ...]:
    """Return the settings of a convolution over `axes` axes."""

    def size(value: int) -> int | tuple[int, ...]:
        return value if axes == 1 else (value,) * axes

    length = None if axes == 1 else axes
    return (
        Param(
            name="out_channels",
            title="Filters",
            default=32,
            ge=1,
            le=65_536,
            doc="How many filters, and so how many channels come out.",
        ),
        Param(
            name="kernel_size",
            title="Kernel",
            default=size(3),
            length=length,
            ge=1,
            le=1024,
            unit=unit,
            doc="Size of the window a filter sees at once.",
        ),
        Param(
            name="stride",
            default=size(1),
            length=length,
            ge=1,
            le=1024,
            unit=unit,
            doc="How far the window moves; 2 halves the size.",
        ),
        Param(
            name="padding",
            default=(0,) * axes,
            kind="ints",
            length=axes,
            choices=("valid", "same"),
            ge=0,
            le=1024,
            unit=unit,
            doc="What is added on each side: numbers, “valid” (nothing) or “same” (size is kept).",
        ),
        Param(
            name="dilation",
            default=size(1),
            length=length,
            ge=1,
            le=1024,
            unit=unit,
            advanced=True,
            doc="Spacing inside the window (atrous convolution): 2 leaves one out between two.",
        ),
        Param(
            name="groups",
            default=1,
            ge=1,
            le=65_536,
            advanced=True,
            doc="Splits the channels into parts with filters of their own.",
        ),
        Param(name="bias", default=True, doc="Adds a learned number to each filter's map."),
        Param(
            name="padding_mode",
            title="Padding with",
            default="zeros",
            choices=_MODES,
            advanced=True,
            doc="What the added border holds.",
        ),
    )


_KEPT = {p.name: p for p in _settings("px", 2)}
_TRANSPOSED = (
    *(_KEPT[name] for name in ("out_channels", "kernel_size")),
    replace(_KEPT["stride"], doc="How far apart the filters are painted; 2 doubles the size."),
    Param(
        name="padding",
        default=(0, 0),
        length=2,
        ge=0,
        le=1024,
        unit="px",
        doc="How much is cut off on each side of the result.",
    ),
    Param(
        name="output_padding",
        default=(0, 0),
        length=2,
        ge=0,
        le=1024,
        unit="px",
        advanced=True,
        doc="Rows and columns added at one side, to reach a size the others cannot.",
    ),
    *(_KEPT[name] for name in ("dilation", "groups", "bias")),
)

_SIZE_RULE = "out = ⌊(in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1"
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
    formula=_SIZE_RULE,
    notes=_NOTES + "Channels come before length, the other way round than in an LSTM.",
    inputs=(Port(name="in", axes="N C L"),),
    outputs=(Port(name="out", axes="N C L"),),
    inferred={"in_channels": channels},
    check=_convolution,
    activation="linear",
    initialize=True,
    params=_settings("steps", 1),
    examples=(((2, 3, 16),), ((2, 1, 5),)),
)

CONV2D = LayerSpec(
    id="conv2d",
    title="Conv 2D",
    group="Convolution",
    covers=("LAY-10",),
    target="torch.nn.Conv2d",
    summary="Slides learned filters over an image.",
    keywords=("convolution", "filter", "kernel", "image", "vision", "feature map", "cnn"),
    formula=_SIZE_RULE,
    notes=_NOTES
    + "The usual order is convolution, batch norm, activation, and a pooling after a few of them.",
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    inferred={"in_channels": channels},
    check=_convolution,
    activation="linear",
    initialize=True,
    params=_settings("px", 2),
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
    formula=_SIZE_RULE,
    notes=(
        "Looks at space only and is cheap; a Conv 2D with a kernel of 1 behind it mixes the "
        "channels (depthwise separable). For several filters per channel take Conv 2D with groups."
    ),
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    inferred={"in_channels": channels, "out_channels": channels, "groups": channels},
    check=_padding,
    activation="linear",
    initialize=True,
    params=tuple(p for p in _settings("px", 2) if p.name not in ("out_channels", "groups")),
    examples=(((2, 3, 12, 12),), ((2, 1, 5, 9),)),
)

CONV_TRANSPOSE2D = LayerSpec(
    id="conv_transpose2d",
    title="Transposed conv 2D",
    group="Convolution",
    covers=("LAY-11",),
    target="torch.nn.ConvTranspose2d",
    summary="Paints learned filters into a larger image: a convolution the other way round.",
    keywords=("deconvolution", "upsample", "decoder", "generator", "gan", "enlarge", "cnn"),
    formula=("out = (in − 1)·stride − 2·padding + dilation·(kernel − 1) + output padding + 1"),
    notes=(
        "Kernel 4, stride 2, padding 1 doubles the size exactly. A kernel that the stride does not "
        "divide leaves a chequerboard. ≠ Initialisers count its fan as PyTorch does, by the "
        "filters that come out."
    ),
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    inferred={"in_channels": channels},
    check=_transposed,
    activation="linear",
    initialize=True,
    params=_TRANSPOSED,
    examples=(((2, 3, 6, 6),), ((2, 1, 5, 9),)),
)
