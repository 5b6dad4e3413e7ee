"""Normalisation over volumes, over each sample's channels, by root mean square, by neighbours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import channels, features
from engine.catalog.layers.normalization import BATCH_NORM2D
from engine.catalog.spec import BATCH, LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _places(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if math.prod(received.shape[2:]) > 1:
        return None
    return (
        f"It standardises each channel over its places, and {received} has a single place for "
        "each, which would always become 0."
    )


def _features(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if received.shape[-1] == BATCH:
        return f"It needs an axis of features; it receives one number per sample ({received})."
    return None


def _scaled(values: Mapping[str, Any]) -> tuple[str, ...]:
    return ("learns scale and shift" if values["affine"] else "",)


def _window(values: Mapping[str, Any], received: TensorSpec) -> int:
    return 2 * values["depth_radius"] + 1


def _shared(values: Mapping[str, Any], received: TensorSpec) -> float:
    return values["alpha"] * _window(values, received)


_FORMULA = "y = γ · (x − μ) / √(σ² + ε) + β"
_EPS = Param(
    name="eps",
    title="Epsilon (ε)",
    default=1e-5,
    ge=1e-12,
    le=1,
    advanced=True,
    doc="Added to the variance so that nothing is divided by zero.",
)
_INSTANCE = (
    _EPS,
    Param(
        name="affine",
        title="Learn scale and shift",
        default=False,
        doc="Learns γ and β for each channel.",
    ),
    Param(
        name="track_running_stats",
        title="Moving averages",
        default=False,
        advanced=True,
        doc="On: evaluation uses averages kept in training, not each sample's own figures.",
    ),
    Param(
        name="momentum",
        default=0.1,
        ge=0,
        le=1,
        advanced=True,
        doc="Weight of the newest batch in the moving averages, if they are kept.",
    ),
)
_INSTANCE_NOTES = (
    "Standardises each channel of each sample over its own places, whatever the other samples are. "
)
_INSTANCE_PITFALLS = (
    "How strong a channel is as a whole is wiped out; where that says what is seen, the network "
    "loses it. Do not put it behind a global pooling: one place per channel always becomes 0."
)

BATCH_NORM3D = LayerSpec(
    id="batch_norm3d",
    title="Batch norm 3D",
    group="Normalization",
    covers=("LAY-20",),
    target="torch.nn.BatchNorm3d",
    summary="Standardises each channel over batch and volume, then scales and shifts it.",
    keywords=("batchnorm", "normalisation", "bn", "standardise", "volume", "video"),
    formula=_FORMULA,
    notes=BATCH_NORM2D.notes,
    pitfalls=(
        "Volumes leave room for small batches only, and figures of a few samples are noisy: then "
        "Group norm does better. Figures of evaluation that lag behind those of training are a "
        "sign."
    ),
    inputs=(Port(name="in", axes="N C D H W"),),
    outputs=(Port(name="out", axes="N C D H W"),),
    inferred={"num_features": channels},
    face=BATCH_NORM2D.face,
    params=BATCH_NORM2D.params,
    examples=(((2, 3, 4, 4, 4),), ((2, 1, 2, 3, 2),)),
)

RMS_NORM = LayerSpec(
    id="rms_norm",
    title="RMS norm",
    group="Normalization",
    covers=("LAY-21",),
    target="torch.nn.RMSNorm",
    summary="Divides the last axis of each sample by its root mean square.",
    keywords=("rmsnorm", "root mean square", "normalisation", "transformer", "llama"),
    formula="y = γ · x / √(mean(x²) + ε)",
    notes=(
        "A Layer norm that neither takes off the mean nor adds a shift: cheaper, and as good in "
        "most transformers. ≠ PyTorch's own ε is that of the number format, about 10⁻⁷."
    ),
    pitfalls=(
        "A row of zeros stays zero, and its gradient is multiplied by 1/√ε: with a tiny ε it "
        "explodes. It does not centre, so a layer that needs a mean of 0 (SELU) does not get it."
    ),
    inputs=(Port(name="in", axes="N ... C"),),
    outputs=(Port(name="out", axes="N ... C"),),
    inferred={"normalized_shape": features},
    check=_features,
    face=lambda v: ("" if v["elementwise_affine"] else "no scale",),
    params=(
        _EPS,
        Param(
            name="elementwise_affine",
            title="Learn a scale",
            default=True,
            doc="Learns γ for each feature.",
        ),
    ),
    examples=(((4, 6),), ((2, 5, 6),)),
)

INSTANCE_NORM1D = LayerSpec(
    id="instance_norm1d",
    title="Instance norm 1D",
    group="Normalization",
    covers=("LAY-21",),
    target="torch.nn.InstanceNorm1d",
    summary="Standardises each channel of each sequence by itself.",
    keywords=("instancenorm", "normalisation", "standardise", "time series", "audio"),
    formula=_FORMULA,
    notes=_INSTANCE_NOTES
    + "For series whose level and range differ from one to the next. Channels before length.",
    pitfalls=_INSTANCE_PITFALLS,
    inputs=(Port(name="in", axes="N C L"),),
    outputs=(Port(name="out", axes="N C L"),),
    inferred={"num_features": channels},
    check=_places,
    face=_scaled,
    params=_INSTANCE,
    examples=(((2, 3, 7),), ((3, 1, 4),)),
)

INSTANCE_NORM2D = LayerSpec(
    id="instance_norm2d",
    title="Instance norm 2D",
    group="Normalization",
    covers=("LAY-21",),
    target="torch.nn.InstanceNorm2d",
    summary="Standardises each channel of each image by itself.",
    keywords=("instancenorm", "normalisation", "standardise", "style", "contrast", "generator"),
    formula=_FORMULA,
    notes=_INSTANCE_NOTES
    + "It takes contrast and style out of an image, which is why style transfer uses it.",
    pitfalls=_INSTANCE_PITFALLS,
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    inferred={"num_features": channels},
    check=_places,
    face=_scaled,
    params=_INSTANCE,
    examples=(((2, 3, 6, 6),), ((2, 1, 3, 2),)),
)

INSTANCE_NORM3D = LayerSpec(
    id="instance_norm3d",
    title="Instance norm 3D",
    group="Normalization",
    covers=("LAY-21",),
    target="torch.nn.InstanceNorm3d",
    summary="Standardises each channel of each volume by itself.",
    keywords=("instancenorm", "normalisation", "standardise", "segmentation", "mri", "scan"),
    formula=_FORMULA,
    notes=_INSTANCE_NOTES
    + "Usual in segmentation of scans, where a batch holds one or two volumes.",
    pitfalls=_INSTANCE_PITFALLS,
    inputs=(Port(name="in", axes="N C D H W"),),
    outputs=(Port(name="out", axes="N C D H W"),),
    inferred={"num_features": channels},
    check=_places,
    face=_scaled,
    params=_INSTANCE,
    examples=(((2, 3, 4, 4, 4),), ((2, 1, 2, 2, 3),)),
)

LOCAL_RESPONSE_NORM = LayerSpec(
    id="local_response_norm",
    title="Local response norm",
    group="Normalization",
    covers=("LAY-22",),
    target="torch.nn.LocalResponseNorm",
    summary="Weakens a number where neighbouring channels are strong at the same place.",
    keywords=("lrn", "alexnet", "competition", "inhibition", "brightness", "normalisation"),
    formula="y_c = x_c / (k + α · Σ x_j²)^β, j from c − r to c + r",
    notes=(
        "Stands behind a ReLU in AlexNet (r = 2, k = 2, α = 10⁻⁴, β = 0.75): a unit that fires "
        "strongly holds its neighbours down, so that channels specialise. Batch norm has replaced "
        "it. ≠ PyTorch's size is 2r + 1 and its α is divided by that size; the settings here are "
        "those of the paper, and PyTorch gets α · (2r + 1)."
    ),
    pitfalls=(
        "With the usual α and small activations it does next to nothing; a large α flattens all. "
        "It has nothing to learn and costs as much time as a small convolution."
    ),
    inputs=(Port(name="in", axes="N C L ..."),),
    outputs=(Port(name="out", axes="N C L ..."),),
    derived={"size": _window, "alpha": _shared},
    face=lambda v: (f"radius {v['depth_radius']}", f"α {faces.number(v['alpha'])}"),
    params=(
        Param(
            name="depth_radius",
            title="Depth radius (r)",
            default=2,
            ge=0,
            le=1024,
            argument=False,
            unit="channels",
            doc="How many channels on each side count.",
        ),
        Param(
            name="k",
            title="Bias (k)",
            default=2.0,
            ge=0.001,
            le=1000,
            doc="Keeps the divisor away from zero.",
        ),
        Param(
            name="alpha",
            title="Alpha (α)",
            default=1e-4,
            ge=0,
            le=100,
            argument=False,
            doc="How strongly neighbours hold each other down.",
        ),
        Param(
            name="beta",
            title="Beta (β)",
            default=0.75,
            ge=0,
            le=10,
            doc="The exponent of the divisor.",
        ),
    ),
    examples=(((2, 6, 4, 4),), ((2, 3, 5),)),
)
