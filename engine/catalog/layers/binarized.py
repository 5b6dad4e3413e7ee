"""Layers whose weights are only signs: −1 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import channels, features
from engine.catalog.layers import convolution, core
from engine.catalog.spec import LayerSpec, Param, Port

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.catalog.spec import TensorSpec

_PLAIN: dict[str, Any] = {"groups": 1, "dilation": 1, "padding_mode": "zeros"}
_KEPT = ("out_channels", "kernel_size", "stride", "padding", "bias")
_WORDS = ("binary", "binarized", "bitwise", "sign", "quantised", "xnor", "straight-through", "bnn")
_FORMULA = "y = α · x sign(W)ᵀ + b,  α = mean |W|;  ∂sign(w)/∂w := 1 for |w| ≤ 1, else 0"
_NOTES = (
    "Each weight is one bit where it runs: 32 times less memory, and sums in place of products. "
    "Real weights are kept for training; their signs work forward, the gradient goes to them "
    "straight through. Batch norm behind each layer, inputs as signs in all but the first layer, "
    "and the last layer left real are the usual build. With Scaled the outputs keep the size of "
    "the real ones (XNOR-Net); a batch norm behind makes it needless."
)
_PITFALLS = (
    "A weight that has grown beyond ±1 gets no more gradient and never turns: with a large "
    "learning rate the update-to-weight ratio of the layer dies down. Without a batch norm sums of "
    "signs grow with the number of inputs and saturate what follows. Loss falls in jumps, as signs "
    "flip; a smaller learning rate at the end calms it. Here it runs in floats, so it is no faster."
)
_BINARY = (
    Param(
        name="scaled",
        default=True,
        doc="Multiplies each output by the mean size of its weights.",
    ),
    Param(
        name="binary_input",
        title="Input as signs",
        default=False,
        doc="Takes the signs of what comes in too; its gradient passes between −1 and 1.",
    ),
)


def _padding(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    assert convolution.CONV2D.check is not None
    return convolution.CONV2D.check({**_PLAIN, **values}, received)


def _convolution(values: Mapping[str, Any]) -> Iterable[str]:
    yield from faces.convolution({**_PLAIN, **values})
    yield _signs(values)


def _dense(values: Mapping[str, Any]) -> Iterable[str]:
    yield from faces.units(values)
    yield _signs(values)


def _signs(values: Mapping[str, Any]) -> str:
    return "inputs as signs" if values["binary_input"] else ""


BINARY_DENSE = LayerSpec(
    id="binary_dense",
    title="Binarised dense",
    gradient_note="The gradient passes the signs of the weights as if they were not there.",
    group="Special",
    covers=("LAY-51",),
    target="engine.modules.binarized.BinaryDense",
    summary="A Dense whose weights are −1 or 1; it learns through their signs.",
    keywords=(*_WORDS, "dense"),
    formula=_FORMULA,
    notes=_NOTES,
    pitfalls=_PITFALLS,
    inputs=core.DENSE.inputs,
    outputs=core.DENSE.outputs,
    inferred={"in_features": features},
    check=core.DENSE.check,
    activation="linear",
    initialize=True,
    face=_dense,
    params=(*core.DENSE.params, *_BINARY),
    examples=(((4, 5),), ((2, 7, 5),)),
)

BINARY_CONV1D = LayerSpec(
    id="binary_conv1d",
    title="Binarised conv 1D",
    gradient_note="The gradient passes the signs of the weights as if they were not there.",
    group="Special",
    covers=("LAY-51",),
    target="engine.modules.binarized.BinaryConv1d",
    summary="Slides filters of −1 and 1 along a sequence.",
    keywords=(*_WORDS, "convolution"),
    formula=_FORMULA,
    notes=_NOTES,
    pitfalls=f"{_PITFALLS} Padding adds zeros, which are neither sign.",
    inputs=(Port(name="in", axes="N C L"),),
    outputs=(Port(name="out", axes="N C L"),),
    inferred={"in_channels": channels},
    check=_padding,
    activation="linear",
    initialize=True,
    face=_convolution,
    params=(*(p for p in convolution.CONV1D.params if p.name in _KEPT), *_BINARY),
    examples=(((2, 3, 16),), ((2, 1, 5),)),
)

BINARY_CONV2D = LayerSpec(
    id="binary_conv2d",
    title="Binarised conv 2D",
    gradient_note="The gradient passes the signs of the weights as if they were not there.",
    group="Special",
    covers=("LAY-51",),
    target="engine.modules.binarized.BinaryConv2d",
    summary="Slides filters of −1 and 1 over an image.",
    keywords=(*_WORDS, "convolution"),
    formula=_FORMULA,
    notes=_NOTES,
    pitfalls=f"{_PITFALLS} Padding adds zeros, which are neither sign.",
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    inferred={"in_channels": channels},
    check=_padding,
    activation="linear",
    initialize=True,
    face=_convolution,
    params=(*(p for p in convolution.CONV2D.params if p.name in _KEPT), *_BINARY),
    examples=(((2, 3, 12, 12),), ((2, 1, 5, 9),)),
)
