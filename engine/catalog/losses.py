"""Losses: what training makes small. They stand on the canvas like layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.loss_parts import (
    CLASS_WEIGHTS,
    FIELD,
    PORTS,
    SCORES,
    WEIGHT,
    class_numbers,
    counted,
    same_numbers,
    weighed,
)
from engine.catalog.spec import LossSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
_POSITIVE = Param(
    name="positive_weights",
    default=(),
    kind="floats",
    gt=0,
    le=1e6,
    argument=False,
    advanced=True,
    doc="What a yes counts against a no: one number, or one for each label. Empty: alike.",
)
_ALIGNED = "{out} = {self}({prediction}, {target}.reshape_as({prediction}).float())"


def weighed_numbers(
    values: Mapping[str, Any], prediction: TensorSpec, target: TensorSpec | None = None
) -> str | None:
    """Return what is wrong with weighted yes-or-no answers, or None."""
    labels = prediction.shape[-1] if len(prediction.shape) > 1 else 1
    return same_numbers(values, prediction, target) or counted(values, labels, "positive_weights")


def _entropy(prediction: str, target: str) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    """Return what writes a cross-entropy: a function where classes have weights."""

    def write(values: Mapping[str, Any]) -> tuple[str, ...]:
        if not values["class_weights"]:
            return (f"{{out}} = {{self}}({prediction}, {target})",)
        return (
            "{out} = {prediction}.new_tensor({p.class_weights})",
            (
                f"{{out}} = nn.functional.cross_entropy({prediction}, {target}, {{out}}, "
                "ignore_index={p.ignore_index}, label_smoothing={p.label_smoothing})"
            ),
        )

    return write


def _yes_or_no(values: Mapping[str, Any]) -> tuple[str, ...]:
    if not values["positive_weights"]:
        return (_ALIGNED,)
    return (
        "{out} = {prediction}.new_tensor({p.positive_weights})",
        (
            "{out} = nn.functional.binary_cross_entropy_with_logits({prediction}, "
            "{target}.reshape_as({prediction}).float(), pos_weight={out})"
        ),
    )


def _probable(values: Mapping[str, Any]) -> tuple[str, ...]:
    if not values["positive_weights"]:
        return (_ALIGNED,)
    return (
        "{out} = {target}.reshape_as({prediction}).float()",
        "{out} = 1 + {out} * ({prediction}.new_tensor({p.positive_weights}) - 1)",
        (
            "{out} = nn.functional.binary_cross_entropy({prediction}, "
            "{target}.reshape_as({prediction}).float(), {out})"
        ),
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
    keywords=(
        "classification",
        "softmax",
        "log loss",
        "categorical",
        "sparse",
        "nll",
        "label smoothing",
    ),
    formula="L = −log softmax(x)[class], averaged",
    notes=(
        "Takes raw scores and class numbers. ≠ It applies the softmax itself, more exactly than a "
        "layer can: end the network with Dense. Guessing among C classes gives ln C."
    ),
    pitfalls=(
        "A Softmax in front of it is a second one: the loss sticks well above 0. A first loss far "
        "above ln C means weights that start too large. With rare classes it learns the frequent "
        "ones only; give weights."
    ),
    inputs=SCORES,
    write=_entropy("{prediction}", "{target}"),
    check=weighed(class_numbers, 1),
    activation="linear",
    applies="softmax",
    params=(FIELD, WEIGHT, CLASS_WEIGHTS, *_SMOOTHING),
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
    pitfalls=(
        "Padding counts as an answer unless its number is the ignored class: the loss then looks "
        "good because padding is easy. Targets must be shifted by one step, else it learns to "
        "copy."
    ),
    inputs=(Port(name="prediction", axes="N ... C", doc="A score for each class."), PORTS[1]),
    write=_entropy("{prediction}.flatten(0, -2)", "{target}.flatten()"),
    check=weighed(_last, -1),
    activation="linear",
    applies="softmax",
    params=(FIELD, WEIGHT, CLASS_WEIGHTS, *_SMOOTHING),
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
    pitfalls=(
        "A Sigmoid in front of it is a second one, and training crawls. With few positives it is "
        "content to say no: accuracy is high, recall 0."
    ),
    inputs=PORTS,
    write=_yes_or_no,
    check=weighed_numbers,
    activation="linear",
    applies="sigmoid",
    params=(FIELD, WEIGHT, _POSITIVE),
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
    pitfalls=(
        "Numbers outside 0 to 1 stop the run. A Dense without a Sigmoid in front gives them at "
        "once. Saturated outputs give a loss of up to 100 for a single number."
    ),
    inputs=PORTS,
    write=_probable,
    check=weighed_numbers,
    activation="linear",
    params=(FIELD, WEIGHT, _POSITIVE),
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
    pitfalls=(
        "One outlier can rule the whole batch. Targets in the thousands give losses in the "
        "millions and gradients that explode: scale the target. With a Sigmoid in front it learns "
        "slowly where it is most wrong."
    ),
    inputs=PORTS,
    forward=(_ALIGNED,),
    check=same_numbers,
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
    pitfalls=(
        "Its gradient is as large near the goal as far from it, so with a constant learning rate "
        "it hops around the best place. It goes for the median, which ignores rare large values."
    ),
    inputs=PORTS,
    forward=(_ALIGNED,),
    check=same_numbers,
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
    pitfalls=(
        "δ is in the units of the target: far above the errors it is the squared error, far below "
        "it the absolute one. After scaling the target a δ of 1 is one deviation."
    ),
    inputs=PORTS,
    forward=(_ALIGNED,),
    check=same_numbers,
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
