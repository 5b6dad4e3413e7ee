"""What poolings share: their settings, and sentences for mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.checks import kernel_fits, spread, times
from engine.catalog.spec import Param, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def pooling(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    """Return what is wrong with window and padding for what comes in, or None."""
    axes = len(received.shape) - 2
    kernel, padding = spread(values["kernel_size"], axes), spread(values["padding"], axes)
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        return (
            f"Its padding of {times(padding)} must be at most half of its kernel, {times(kernel)}."
        )
    return kernel_fits(values, received, padding)


def _window(unit: str, axes: int) -> tuple[Param, Param, Param]:
    return (
        Param(
            name="kernel_size",
            title="Window",
            default=(2,) * axes,
            length=axes,
            ge=1,
            le=1024,
            unit=unit,
            doc="Size of the window that becomes one number.",
        ),
        Param(
            name="stride",
            default=None,
            kind="ints",
            length=axes,
            ge=1,
            le=1024,
            unit=unit,
            optional=True,
            doc="How far the window moves. Empty: as far as it is large.",
        ),
        Param(
            name="padding",
            default=(0,) * axes,
            length=axes,
            ge=0,
            le=512,
            unit=unit,
            advanced=True,
            doc="Border added on each side; at most half of the window.",
        ),
    )


_CEIL = Param(
    name="ceil_mode",
    title="Keep partial windows",
    default=False,
    advanced=True,
    doc="Also uses windows that hang over the edge, which rounds the size up.",
)


def max_settings(unit: str, axes: int) -> tuple[Param, ...]:
    """Return the settings of a max pooling over `axes` axes."""
    return (
        *_window(unit, axes),
        Param(
            name="dilation",
            default=(1,) * axes,
            length=axes,
            ge=1,
            le=1024,
            unit=unit,
            advanced=True,
            doc="Spacing inside the window: 2 leaves one out between two.",
        ),
        _CEIL,
    )


def average_settings(unit: str, axes: int) -> tuple[Param, ...]:
    """Return the settings of an average pooling over `axes` axes."""
    own = Param(
        name="divisor_override",
        title="Divisor",
        default=None,
        kind="int",
        ge=1,
        le=2**31 - 1,
        optional=True,
        advanced=True,
        doc="Divides the sum by this instead of the window's size.",
    )
    return (
        *_window(unit, axes),
        _CEIL,
        Param(
            name="count_include_pad",
            title="Count the border",
            default=True,
            advanced=True,
            doc="Whether the zeros of the border are part of the mean.",
        ),
        *([own] if axes > 1 else []),
    )


def adaptive_settings(unit: str, axes: int) -> tuple[Param, ...]:
    """Return the setting of a pooling to a given size over `axes` axes."""
    return (
        Param(
            name="output_size",
            title="Result",
            default=(1,) * axes,
            length=axes,
            ge=1,
            le=1024,
            unit=unit,
            doc="The size that comes out, whatever comes in.",
        ),
    )
