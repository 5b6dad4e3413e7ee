"""Normalisation and dropout: what keeps deep networks trainable and honest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import channels, features
from engine.catalog.spec import BATCH, LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _batch_norm1d(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if len(received.shape) > 3:
        return (
            f"It needs N × C or N × C × L; it receives {received}. For images take Batch norm 2D."
        )
    return None


def _layer_norm(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if received.shape[-1] == BATCH:
        return f"It needs an axis of features; it receives one number per sample ({received})."
    return None


def _group_norm(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    groups, incoming = values["num_groups"], received.shape[1]
    if incoming % groups == 0:
        return None
    return f"Its {groups} groups must divide the {incoming} channels that come in."


_EPS = Param(
    name="eps",
    title="Epsilon (ε)",
    default=1e-5,
    gt=0,
    le=1,
    advanced=True,
    doc="Added to the variance so that nothing is divided by zero.",
)
_BATCH_NORM = (
    _EPS,
    Param(
        name="momentum",
        default=0.1,
        kind="float",
        ge=0,
        le=1,
        optional=True,
        doc="Weight of the newest batch in the moving averages. Empty: plain mean of all.",
    ),
    Param(
        name="affine",
        title="Learn scale and shift",
        default=True,
        doc="Learns γ and β for each channel.",
    ),
    Param(
        name="track_running_stats",
        title="Moving averages",
        default=True,
        advanced=True,
        doc="Keeps mean and variance for evaluation. Off: evaluation uses each batch's own.",
    ),
)
_FORMULA = "y = γ · (x − μ) / √(σ² + ε) + β"
_BATCH_NOTES = (
    "Put it between a layer and its activation; the layer's bias is then needless. Training needs "
    "more than one value per channel in a batch. "
    "≠ PyTorch's momentum is the weight of the new batch: a text's 0.9 or 0.99 is 0.1 or 0.01 here."
)

BATCH_NORM1D = LayerSpec(
    id="batch_norm1d",
    title="Batch norm 1D",
    group="Normalization",
    covers=("LAY-20",),
    target="torch.nn.BatchNorm1d",
    summary="Standardises each feature over the batch, then scales and shifts it.",
    keywords=("batchnorm", "normalisation", "bn", "standardise"),
    formula=_FORMULA,
    notes=_BATCH_NOTES,
    pitfalls=(
        "A batch of one sample cannot be trained, and small batches give noisy figures. If "
        "validation is far worse than training with the same samples, the moving averages lag "
        "behind: train longer or raise the momentum."
    ),
    inputs=(Port(name="in", axes="N C ..."),),
    outputs=(Port(name="out", axes="N C ..."),),
    inferred={"num_features": channels},
    check=_batch_norm1d,
    face=lambda v: ("" if v["affine"] else "no scale, no shift",),
    params=_BATCH_NORM,
    examples=(((4, 3),), ((2, 3, 7),)),
)

BATCH_NORM2D = LayerSpec(
    id="batch_norm2d",
    title="Batch norm 2D",
    group="Normalization",
    covers=("LAY-20",),
    target="torch.nn.BatchNorm2d",
    summary="Standardises each channel over batch and image, then scales and shifts it.",
    keywords=("batchnorm", "normalisation", "bn", "standardise", "image", "cnn"),
    formula=_FORMULA,
    notes=_BATCH_NOTES,
    pitfalls=(
        "Small batches give noisy means: below about 8 images Group norm does better. If "
        "validation is far worse than training with the same samples, the moving averages lag "
        "behind. Two batches of different kinds (real and generated) disturb each other's figures."
    ),
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    inferred={"num_features": channels},
    face=lambda v: ("" if v["affine"] else "no scale, no shift",),
    params=_BATCH_NORM,
    examples=(((2, 3, 6, 6),),),
)

LAYER_NORM = LayerSpec(
    id="layer_norm",
    title="Layer norm",
    group="Normalization",
    covers=("LAY-21",),
    target="torch.nn.LayerNorm",
    summary="Standardises the last axis of each sample by itself.",
    keywords=("layernorm", "normalisation", "ln", "transformer", "standardise"),
    formula=_FORMULA,
    notes=(
        "Does not look at other samples, so it suits small batches, recurrent networks and "
        "transformers, and does the same in training and evaluation."
    ),
    pitfalls=(
        "On images it standardises along the width only, which is rarely meant: take Group norm "
        "with one group. A constant row gives zeros."
    ),
    inputs=(Port(name="in", axes="N ... C"),),
    outputs=(Port(name="out", axes="N ... C"),),
    inferred={"normalized_shape": features},
    check=_layer_norm,
    face=lambda v: ("" if v["elementwise_affine"] else "no scale, no shift",),
    params=(
        _EPS,
        Param(
            name="elementwise_affine",
            title="Learn scale and shift",
            default=True,
            doc="Learns γ and β for each feature.",
        ),
        Param(
            name="bias",
            title="Learn the shift",
            default=True,
            advanced=True,
            doc="Learns β; only together with the scale.",
        ),
    ),
    examples=(((4, 6),), ((2, 5, 6),)),
)

GROUP_NORM = LayerSpec(
    id="group_norm",
    title="Group norm",
    group="Normalization",
    covers=("LAY-21",),
    target="torch.nn.GroupNorm",
    summary="Standardises groups of channels of each sample, then scales and shifts each channel.",
    keywords=("groupnorm", "normalisation", "gn", "instance norm", "standardise"),
    formula=_FORMULA,
    notes=(
        "Does not look at other samples, so batches may be small. One group is a layer norm over "
        "the whole picture, as many groups as channels an instance norm."
    ),
    pitfalls=(
        "The groups must divide the channels. On a vector N × C with as many groups as channels "
        "each group is one number, and everything becomes zero."
    ),
    inputs=(Port(name="in", axes="N C ..."),),
    outputs=(Port(name="out", axes="N C ..."),),
    inferred={"num_channels": channels},
    check=_group_norm,
    face=lambda v: (f"{v['num_groups']} group{'' if v['num_groups'] == 1 else 's'}",),
    params=(
        Param(
            name="num_groups",
            title="Groups",
            default=1,
            ge=1,
            le=65_536,
            doc="How many groups the channels are parted into.",
        ),
        _EPS,
        Param(
            name="affine",
            title="Learn scale and shift",
            default=True,
            doc="Learns γ and β for each channel.",
        ),
    ),
    examples=(((2, 4, 6, 6),), ((4, 3),)),
)

DROPOUT = LayerSpec(
    id="dropout",
    title="Dropout",
    group="Normalization",
    covers=("LAY-60",),
    target="torch.nn.Dropout",
    summary="Sets random numbers to zero while training, so that no unit relies on another.",
    keywords=("regularisation", "overfitting", "random", "drop", "noise", "regularization"),
    formula="training: y = x · mask / (1 − p); evaluation: y = x",
    notes=(
        "Raise p when the network overfits, lower it when it underfits; 0.1 to 0.5 is usual (0.2 "
        "to 0.3 in recurrent, 0.4 to 0.5 in convolutional networks), on the top one to three "
        "layers, never on the output. ≠ Survivors are scaled by 1 / (1 − p) "
        "in training, so nothing is scaled in evaluation; the result is the same on average."
    ),
    pitfalls=(
        "Next to the output, or in a small network, it keeps it from fitting at all: training "
        "figures stay below validation. Just in front of a batch norm it shifts the variance that "
        "the norm has learned."
    ),
    face=faces.dropped,
    params=(
        Param(
            name="p",
            title="Rate (p)",
            default=0.5,
            ge=0,
            lt=1,
            doc="The share of numbers set to zero.",
        ),
    ),
    examples=(((4, 50),), ((2, 3, 4, 4),)),
)
