"""Convolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.checks import channels, kernel_fits, spread, times
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODES = ("zeros", "reflect", "replicate", "circular")


def _convolution(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    return _groups(values, received) or _padding(values, received)


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
