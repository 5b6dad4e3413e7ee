"""Convolution done by multiplying spectra."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import channels, kernel_fits, spread
from engine.catalog.layers import convolution
from engine.catalog.layers.signal import WORDS
from engine.catalog.spec import LayerSpec, Port

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.catalog.spec import TensorSpec


def _convolves(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    padding, axes = values["padding"], len(received.shape) - 2
    if padding == "same":
        return None
    return kernel_fits(
        values, received, (0,) * axes if padding == "valid" else spread(padding, axes)
    )


def _convolution(values: Mapping[str, Any]) -> Iterable[str]:
    return faces.convolution({"stride": 1, "dilation": 1, **values})


_KEPT = ("out_channels", "kernel_size", "padding", "bias")
_CONV_NOTES = (
    "The same learned filters and the same result as {} with a stride of 1, reached another way: "
    "both are transformed, multiplied and transformed back. Worth it for kernels of about 50 "
    "numbers and more, whose size it hardly notices; small ones are faster the direct way."
)
_CONV_PITFALLS = (
    "Only stride 1, and no groups. It differs from the direct way by rounding, about a millionth "
    "of the largest value, also where the true result is zero. Takes several times the memory."
)

FFT_CONV1D = LayerSpec(
    id="fft_conv1d",
    title="FFT conv 1D",
    group="Signal",
    covers=("LAY-18",),
    target="engine.modules.fourier.FourierConv1d",
    summary="A convolution along a sequence, done by multiplying spectra: cheap for long filters.",
    keywords=(*WORDS, "convolution", "long kernel", "theorem"),
    formula="y = F⁻¹( F(x) · F(w)* ) + b",
    notes=_CONV_NOTES.format("Conv 1D"),
    pitfalls=_CONV_PITFALLS,
    inputs=(Port(name="in", axes="N C L"),),
    outputs=(Port(name="out", axes="N C L"),),
    inferred={"in_channels": channels},
    check=_convolves,
    activation="linear",
    initialize=True,
    face=_convolution,
    params=tuple(
        replace(p, default=31) if p.name == "kernel_size" else p
        for p in convolution.CONV1D.params
        if p.name in _KEPT
    ),
    examples=(((2, 3, 40),), ((2, 1, 31),)),
)

FFT_CONV2D = LayerSpec(
    id="fft_conv2d",
    title="FFT conv 2D",
    group="Signal",
    covers=("LAY-18",),
    target="engine.modules.fourier.FourierConv2d",
    summary="A convolution over an image, done by multiplying spectra: cheap for large filters.",
    keywords=(*WORDS, "convolution", "large kernel", "theorem", "image"),
    formula="y = F⁻¹( F(x) · F(w)* ) + b",
    notes=_CONV_NOTES.format("Conv 2D"),
    pitfalls=_CONV_PITFALLS,
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    inferred={"in_channels": channels},
    check=_convolves,
    activation="linear",
    initialize=True,
    face=_convolution,
    params=tuple(
        replace(p, default=(7, 7)) if p.name == "kernel_size" else p
        for p in convolution.CONV2D.params
        if p.name in _KEPT
    ),
    examples=(((2, 3, 12, 12),), ((2, 1, 7, 9),)),
)
