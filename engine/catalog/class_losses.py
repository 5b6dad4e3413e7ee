"""Losses for classes: other forms of cross-entropy, and those that favour hard samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.loss_parts import (
    CLASS_WEIGHTS,
    FIELD,
    PORTS,
    SCORES,
    WEIGHT,
    class_numbers,
    same_numbers,
    weighed,
)
from engine.catalog.spec import LossSpec, Param, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_IGNORED = Param(
    name="ignore_index",
    title="Ignored class",
    default=-100,
    advanced=True,
    doc="Samples with this class number do not count (padding).",
)
_GAMMA = Param(
    name="gamma",
    title="Focus (γ)",
    default=2.0,
    ge=0,
    le=10,
    doc="How much less easy samples count; 0 is plain cross-entropy.",
)


def same_shape(
    values: Mapping[str, Any], prediction: TensorSpec, target: TensorSpec | None = None
) -> str | None:
    """Return what is wrong where a target has no number for each class, or None."""
    if target is None or prediction.shape == target.shape:
        return None
    return (
        f"Its prediction is {prediction} and its target {target}; both need a number for each "
        "class. For class numbers take Cross-entropy."
    )


def _nll(values: Mapping[str, Any]) -> tuple[str, ...]:
    if not values["class_weights"]:
        return ("{out} = {self}({prediction}, {target})",)
    return (
        "{out} = {prediction}.new_tensor({p.class_weights})",
        (
            "{out} = nn.functional.nll_loss({prediction}, {target}, {out}, "
            "ignore_index={p.ignore_index})"
        ),
    )


SOFT_CROSS_ENTROPY = LossSpec(
    id="soft_cross_entropy",
    title="Cross-entropy (one-hot)",
    group="Loss",
    task="",
    covers=("LOS-02",),
    target="torch.nn.CrossEntropyLoss",
    summary="For targets with a probability for each class: one-hot vectors, soft labels.",
    keywords=("categorical", "one hot", "softmax", "soft labels", "mixup", "classification"),
    formula="L = −Σ t·log softmax(x), averaged",
    notes=(
        "Takes raw scores and, for each sample, as many target numbers as classes; classes on axis "
        "1. For class numbers take Cross-entropy, which gives the same figures and metrics too."
    ),
    pitfalls=(
        "Targets that do not sum to 1 weigh samples differently without saying so. With soft "
        "targets the best loss is not 0 but the targets' own entropy."
    ),
    inputs=(SCORES[0], PORTS[1]),
    forward=("{out} = {self}({prediction}, {target}.float())",),
    check=same_shape,
    activation="linear",
    applies="softmax",
    params=(
        FIELD,
        WEIGHT,
        Param(
            name="label_smoothing",
            default=0.0,
            ge=0,
            le=1,
            doc="Shares this much of each target among all classes.",
        ),
    ),
    example_range=(0, 1),
    examples=(((4, 3), (4, 3)), ((2, 3, 5), (2, 3, 5))),
)

NLL = LossSpec(
    id="nll",
    title="Negative log-likelihood",
    group="Loss",
    task="classes",
    covers=("LOS-02",),
    target="torch.nn.NLLLoss",
    summary="For log-probabilities that the network puts out: minus that of the right class.",
    keywords=("nll", "classification", "log softmax", "likelihood"),
    formula="L = −x[class], averaged; x = log-probabilities",
    notes=(
        "For a network that ends with Log-softmax; the two together are Cross-entropy, which does "
        "both at once. ≠ Its name says log, but it takes none itself."
    ),
    pitfalls=(
        "Fed with raw scores or probabilities it has no lower end or stops at −1: a negative loss "
        "means that the logarithm is missing."
    ),
    inputs=SCORES,
    write=_nll,
    check=weighed(class_numbers, 1),
    activation="linear",
    params=(FIELD, WEIGHT, CLASS_WEIGHTS, _IGNORED),
    example_range=(-3, 0),
    examples=(((4, 3), (4,)), ((2, 3, 5), (2, 5))),
    example_dtypes=("float32", "int64"),
)

FOCAL = LossSpec(
    id="focal",
    title="Focal",
    group="Loss",
    task="classes",
    covers=("LOS-02",),
    target="engine.modules.losses.FocalLoss",
    summary="Cross-entropy in which samples that are already right hardly count.",
    keywords=("classification", "imbalance", "rare classes", "detection", "hard examples"),
    formula="L = −w·(1 − p)^γ·log p, p = softmax(x)[class], averaged",
    notes=(
        "For rare classes and many easy samples. γ = 0 is cross-entropy; 2 is usual. Takes raw "
        "scores and class numbers."
    ),
    pitfalls=(
        "Wrong labels are hard samples too, and it learns them with zeal. Probabilities come out "
        "too modest: look at the calibration. Its value is far below the cross-entropy's."
    ),
    inputs=SCORES,
    forward=("{out} = {self}({prediction}, {target})",),
    check=weighed(class_numbers, 1),
    activation="linear",
    applies="softmax",
    face=lambda values: (f"γ = {values['gamma']:g}",),
    params=(
        FIELD,
        WEIGHT,
        _GAMMA,
        Param(
            name="class_weights",
            default=(),
            kind="floats",
            gt=0,
            le=1e6,
            advanced=True,
            doc="What each class counts, one number a class. Empty: all alike.",
        ),
        _IGNORED,
    ),
    examples=(((4, 3), (4,)), ((2, 3, 5), (2, 5))),
    example_dtypes=("float32", "int64"),
)

BINARY_FOCAL = LossSpec(
    id="binary_focal",
    title="Focal (yes/no)",
    group="Loss",
    task="binary",
    covers=("LOS-02",),
    target="engine.modules.losses.BinaryFocalLoss",
    summary="Binary cross-entropy in which answers that are already right hardly count.",
    keywords=("classification", "imbalance", "rare", "detection", "multi-label", "hard examples"),
    formula="L = −α·(1 − p)^γ·log p for yes, −(1 − α)·p^γ·log(1 − p) for no, averaged",
    notes=(
        "For a few yes among many no. Takes raw scores and targets of 0 and 1. The paper's "
        "α = 0.25 goes with γ = 2: the focus alone favours the rare yes."
    ),
    pitfalls=(
        "Start the last bias at log(share of yes / share of no), else the many no rule the first "
        "steps. Probabilities come out too modest: choose the threshold on the validation part."
    ),
    inputs=PORTS,
    forward=("{out} = {self}({prediction}, {target}.reshape_as({prediction}).float())",),
    check=same_numbers,
    activation="linear",
    applies="sigmoid",
    face=lambda values: (f"γ = {values['gamma']:g}",),
    params=(
        FIELD,
        WEIGHT,
        _GAMMA,
        Param(
            name="alpha",
            title="Weight of yes (α)",
            default=0.25,
            gt=0,
            lt=1,
            doc="What a yes counts; a no counts 1 − α.",
        ),
    ),
    examples=(((4, 1), (4,)), ((4, 3), (4, 3))),
    example_range=(0, 1),
)
