"""What convolutions share: their settings, their size rules, and sentences for mistakes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.catalog.checks import kernel_fits, spread, times
from engine.catalog.spec import Param, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODES = ("zeros", "reflect", "replicate", "circular")


def convolution(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    """Return what is wrong with a convolution for what comes in, or None."""
    return groups_divide(values, received) or padding_fits(values, received)


def transposed(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    """Return what is wrong with a transposed convolution, or None."""
    wrong = groups_divide(values, received)
    if wrong:
        return wrong
    sizes = received.shape[2:]
    rows = zip(
        sizes,
        *(
            spread(values[name], len(sizes))
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


def groups_divide(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    """Return what is wrong when groups part neither filters nor channels, or None."""
    groups, filters, incoming = values["groups"], values["out_channels"], received.shape[1]
    if incoming % groups or filters % groups:
        return (
            f"Its {groups} groups must divide both the {incoming} channels that come in "
            f"and its {filters} filters."
        )
    return None


def padding_fits(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    """Return what is wrong with padding and kernel, or None."""
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


def settings(unit: str, axes: int) -> tuple[Param, ...]:
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


def transposed_settings(unit: str, axes: int) -> tuple[Param, ...]:
    """Return the settings of a transposed convolution over `axes` axes."""
    kept = {p.name: p for p in settings(unit, axes)}
    doc = "How far apart the filters are painted; 2 doubles the size."
    return (
        *(kept[name] for name in ("out_channels", "kernel_size")),
        replace(kept["stride"], doc=doc),
        Param(
            name="padding",
            default=(0,) * axes,
            length=axes,
            ge=0,
            le=1024,
            unit=unit,
            doc="How much is cut off on each side of the result.",
        ),
        Param(
            name="output_padding",
            default=(0,) * axes,
            length=axes,
            ge=0,
            le=1024,
            unit=unit,
            advanced=True,
            doc="Added at the far side only, to reach a size the others cannot.",
        ),
        *(kept[name] for name in ("dilation", "groups", "bias")),
    )


MULTIPLIER = Param(
    name="depth_multiplier",
    title="Filters per channel",
    default=1,
    ge=1,
    le=1024,
    argument=False,
    doc="How many filters each channel has of its own, and so how many channels come of it.",
)


def depthwise_settings(unit: str, axes: int) -> tuple[Param, ...]:
    """Return the settings of a depthwise convolution over `axes` axes."""
    kept = [p for p in settings(unit, axes) if p.name not in ("out_channels", "groups")]
    return (MULTIPLIER, *kept)


def depthwise_channels(values: Mapping[str, Any], received: TensorSpec) -> int:
    """Return how many channels a depthwise convolution puts out."""
    return received.shape[1] * values["depth_multiplier"]


SIZE_RULE = "out = ⌊(in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1"
TRANSPOSED_RULE = "out = (in − 1)·stride − 2·padding + dilation·(kernel − 1) + output padding + 1"
