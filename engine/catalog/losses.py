"""Losses: what training makes small. They stand on the canvas like layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.spec import LossSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELD = Param(
    name="field",
    title="Target",
    default="",
    kind="field",
    argument=False,
    doc="The data field that holds the right answers. Empty: the data's target.",
)
WEIGHT = Param(
    name="weight",
    default=1.0,
    ge=0,
    argument=False,
    advanced=True,
    doc="What the loss is multiplied by in the total.",
)
_PORTS = (
    Port(name="prediction", axes="N ...", doc="What the network says."),
    Port(
        name="target",
        axes="N ...",
        dtype="any",
        optional=True,
        doc="The right answer by wire, instead of from a field.",
    ),
)
_SCORES = (Port(name="prediction", axes="N C ...", doc="A score for each class."), _PORTS[1])
_SMOOTHING = (
    Param(
        name="label_smoothing",
        default=0.0,
        ge=0,
        le=1,
        doc="Shares this much of the right class's 1 among all; 0.1 tempers overconfidence.",
    ),
    Param(
        name="ignore_index",
        title="Ignored class",
        default=-100,
        advanced=True,
        doc="Samples with this class number do not count (padding).",
    ),
)
_ALIGNED = "{out} = {self}({prediction}, {target}.reshape_as({prediction}).float())"


def _same_numbers(
    values: Mapping[str, Any], prediction: TensorSpec, target: TensorSpec | None = None
) -> str | None:
    if target is None or _without_ones(prediction) == _without_ones(target):
        return None
    return (
        f"Its prediction is {prediction} and its target {target}; both need the same numbers for "
        "each sample. Change the size of the last layer."
    )


def _without_ones(received: TensorSpec) -> list[int]:
    return [n for n in received.shape if n != 1]


def _indices(
    values: Mapping[str, Any], prediction: TensorSpec, target: TensorSpec | None = None
) -> str | None:
    if target is None:
        return None
    if not target.dtype.startswith("int"):
        return (
            f"Its target must be class numbers (int64); {target} of {target.dtype} comes. "
            "For decimal targets take mean squared error."
        )
    wanted = prediction.shape[:1] + prediction.shape[2:]
    if wanted == target.shape:
        return None
    hint = ""
    if prediction.shape[:-1] == target.shape:
        hint = " For classes on the last axis take Sequence cross-entropy."
    return (
        f"Its prediction {prediction} has the classes on axis 1, so its target must be "
        f"{TensorSpec(wanted)}; it is {target}.{hint}"
    )


def _last(
    values: Mapping[str, Any], prediction: TensorSpec, target: TensorSpec | None = None
) -> str | None:
    if target is None:
        return None
    if not target.dtype.startswith("int"):
        return f"Its target must be class numbers (int64); {target} of {target.dtype} comes."
    if prediction.shape[:-1] == target.shape:
        return None
    return (
        f"Its prediction {prediction} has the classes on the last axis, so its target must be "
        f"{TensorSpec(prediction.shape[:-1])}; it is {target}."
    )


CROSS_ENTROPY = LossSpec(
    id="cross_entropy",
    title="Cross-entropy",
    group="Loss",
    task="classes",
    covers=("LOS-02",),
    target="torch.nn.CrossEntropyLoss",
    summary="For one class out of several: how unlikely the right class was said to be.",
    keywords=("classification", "softmax", "log loss", "categorical", "sparse", "nll"),
    formula="L = −log softmax(x)[class], averaged",
    notes=(
        "Takes raw scores and class numbers. ≠ It applies the softmax itself, more exactly than a "
        "layer can: end the network with Dense. Guessing among C classes gives ln C."
    ),
    inputs=_SCORES,
    forward=("{out} = {self}({prediction}, {target})",),
    check=_indices,
    activation="linear",
    params=(
        FIELD,
        WEIGHT,
        *_SMOOTHING,
    ),
    examples=(((4, 3), (4,)), ((2, 3, 5), (2, 5))),
    example_dtypes=("float32", "int64"),
)

SEQUENCE_CROSS_ENTROPY = LossSpec(
    id="sequence_cross_entropy",
    title="Sequence cross-entropy",
    group="Loss",
    task="classes",
    class_axis=-1,
    covers=("LOS-02",),
    target="torch.nn.CrossEntropyLoss",
    summary="For one class at every step: how unlikely the right ones were said to be.",
    keywords=("classification", "softmax", "language model", "tokens", "text", "next", "nll"),
    formula="L = −log softmax(x)[class], averaged over all steps",
    notes=(
        "Takes the scores of a Dense layer behind a sequence, N × L × C, and a class number for "
        "each step, N × L. In nats per token; guessing among C tokens gives ln C."
    ),
    inputs=(Port(name="prediction", axes="N ... C", doc="A score for each class."), _PORTS[1]),
    forward=("{out} = {self}({prediction}.flatten(0, -2), {target}.flatten())",),
    check=_last,
    activation="linear",
    params=(FIELD, WEIGHT, *_SMOOTHING),
    examples=(((2, 5, 3), (2, 5)), ((4, 3), (4,))),
    example_dtypes=("float32", "int64"),
)

BCE_WITH_LOGITS = LossSpec(
    id="bce_with_logits",
    title="Binary cross-entropy",
    group="Loss",
    task="binary",
    covers=("LOS-02",),
    target="torch.nn.BCEWithLogitsLoss",
    summary="For yes or no: how unlikely the right answer was said to be.",
    keywords=("classification", "sigmoid", "logits", "bce", "multi-label", "log loss"),
    formula="L = −[y·log σ(x) + (1 − y)·log(1 − σ(x))], averaged",
    notes=(
        "Takes raw scores, one for each label, and targets of 0 and 1. ≠ It applies the sigmoid "
        "itself: end the network with Dense of one unit. Guessing gives ln 2 = 0.693."
    ),
    inputs=_PORTS,
    forward=(_ALIGNED,),
    check=_same_numbers,
    activation="linear",
    params=(FIELD, WEIGHT),
    examples=(((4, 1), (4,)), ((4, 3), (4, 3))),
)

BCE = LossSpec(
    id="bce",
    title="Cross-entropy of probabilities",
    group="Loss",
    task="regression",
    covers=("LOS-02",),
    target="torch.nn.BCELoss",
    summary="For numbers from 0 to 1, such as pixels: how unlikely the right ones were said to be.",
    keywords=("bce", "binary", "sigmoid", "autoencoder", "reconstruction", "probability"),
    formula="L = −[y·log p + (1 − y)·log(1 − p)], averaged",
    notes=(
        "Prediction and target must lie in 0 to 1: end the network with Sigmoid and scale the data "
        "to 0 … 1. For yes or no take Binary cross-entropy, which is more exact on raw scores. "
        "≠ PyTorch cuts each logarithm at −100."
    ),
    inputs=_PORTS,
    forward=(_ALIGNED,),
    check=_same_numbers,
    activation="linear",
    params=(FIELD, WEIGHT),
    example_range=(0, 1),
    examples=(((4, 1), (4,)), ((4, 3), (4, 3))),
)

MSE = LossSpec(
    id="mse",
    title="Mean squared error",
    group="Loss",
    task="regression",
    covers=("LOS-01",),
    target="torch.nn.MSELoss",
    summary="For numbers: the mean of the squared differences.",
    keywords=("mse", "l2", "regression", "quadratic", "euclidean"),
    formula="L = (1/n) Σ (y − ŷ)²",
    notes=(
        "The usual loss for regression. Large errors count far more than small ones; with outliers "
        "take MAE or Huber."
    ),
    inputs=_PORTS,
    forward=(_ALIGNED,),
    check=_same_numbers,
    activation="linear",
    params=(FIELD, WEIGHT),
    examples=(((4, 1), (4,)), ((4, 1, 6, 6), (4, 1, 6, 6))),
)

MAE = LossSpec(
    id="mae",
    title="Mean absolute error",
    group="Loss",
    task="regression",
    covers=("LOS-01",),
    target="torch.nn.L1Loss",
    summary="For numbers: the mean of the differences without their sign.",
    keywords=("mae", "l1", "regression", "manhattan", "outliers", "median"),
    formula="L = (1/n) Σ |y − ŷ|",
    notes=(
        "Outliers pull less than with squares. Its gradient does not shrink near the goal, so let "
        "the learning rate fall."
    ),
    inputs=_PORTS,
    forward=(_ALIGNED,),
    check=_same_numbers,
    activation="linear",
    params=(FIELD, WEIGHT),
    examples=(((4, 1), (4,)), ((4, 2), (4, 2))),
)

HUBER = LossSpec(
    id="huber",
    title="Huber",
    group="Loss",
    task="regression",
    covers=("LOS-01",),
    target="torch.nn.HuberLoss",
    summary="For numbers: squared where the error is small, straight where it is large.",
    keywords=("smooth l1", "regression", "robust", "outliers"),
    formula="L = e²/2 for |e| ≤ δ, else δ(|e| − δ/2), averaged",
    notes="Precise near the goal and calm about outliers. δ is in the units of the target.",
    inputs=_PORTS,
    forward=(_ALIGNED,),
    check=_same_numbers,
    activation="linear",
    params=(
        FIELD,
        WEIGHT,
        Param(
            name="delta",
            title="Delta (δ)",
            default=1.0,
            gt=0,
            doc="The error at which the parabola becomes a line.",
        ),
    ),
    examples=(((4, 1), (4,)), ((4, 2), (4, 2))),
)

CONTRASTIVE = LossSpec(
    id="contrastive",
    title="Contrastive",
    group="Loss",
    task="",
    covers=("LOS-04",),
    summary="Pulls two samples of a kind together and pushes others apart, up to a margin.",
    keywords=("siamese", "pairs", "metric learning", "distance", "similarity", "margin"),
    formula="L = y·d² + (1 − y)·max(0, m − d)², averaged; y = 1: of a kind",
    notes=(
        "Takes the distance of a pair, from Pairwise distance, and a target of 1 for a pair of a "
        "kind and 0 for others. Pairs farther apart than the margin teach nothing. Normalise the "
        "vectors first, and a margin of 1 suits them."
    ),
    inputs=(Port(name="distance", axes="N ...", doc="How far apart the pair is."), _PORTS[1]),
    forward=(
        "{out} = {target}.reshape_as({distance}).float()",
        "{out} = torch.where({out} > 0.5, {distance}, ({p.margin} - {distance}).clamp(min=0))",
        "{out} = {out}.square().mean()",
    ),
    check=_same_numbers,
    activation="linear",
    params=(
        FIELD,
        WEIGHT,
        Param(
            name="margin",
            title="Margin (m)",
            default=1.0,
            gt=0,
            le=1e6,
            argument=False,
            doc="The distance beyond which pairs of different kinds are left alone.",
        ),
    ),
    examples=(((4,), (4,)), ((4, 1), (4,))),
    example_dtypes=("float32", "int64"),
)
