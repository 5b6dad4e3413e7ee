"""Losses for classes and labels by margins, for distributions, for sequences without alignment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.class_losses import same_shape
from engine.catalog.loss_parts import FIELD, PORTS, WEIGHT, class_numbers, same_numbers
from engine.catalog.spec import LossSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHOLE = (
    PORTS[0],
    Port(
        name="target",
        axes="N ...",
        optional=True,
        still=True,
        doc="The right distribution by wire, instead of from a field.",
    ),
)


def _ctc(
    values: Mapping[str, Any],
    prediction: TensorSpec,
    target: TensorSpec | None,
    lengths: TensorSpec | None = None,
    target_lengths: TensorSpec | None = None,
) -> str | None:
    if values["blank"] >= prediction.shape[2]:
        return (
            f"Its blank has the number {values['blank']}, but its prediction {prediction} has the "
            f"classes 0 to {prediction.shape[2] - 1}. Give the last layer one class for the blank."
        )
    if target is None:
        return None
    if not target.dtype.startswith("int") or len(target.shape) != 2:
        return f"Its target must be class numbers N S, padded; it is {target} of {target.dtype}."
    if target.shape[1] > prediction.shape[1]:
        return (
            f"Its target has up to {target.shape[1]} steps, more than the {prediction.shape[1]} of "
            "its prediction; an answer cannot be longer than what it is read from."
        )
    return None


HINGE = LossSpec(
    id="hinge",
    title="Hinge",
    group="Loss",
    task="binary",
    covers=("LOS-03",),
    summary="For yes or no: wants each score on its side of 0, by a margin.",
    keywords=("svm", "support vector", "classification", "margin", "maximum margin"),
    formula="L = mean max(0, m − s·x), s = 1 for yes, −1 for no",
    notes=(
        "What a support vector machine makes small. Takes raw scores and targets of 0 and 1. "
        "Samples beyond the margin teach nothing. ≠ Texts give targets of −1 and 1; here 0 is no."
    ),
    pitfalls=(
        "Scores are no log-odds: their sigmoid is not a probability, and calibration is poor. "
        "Without weight decay the weights can grow instead of learning."
    ),
    inputs=PORTS,
    forward=(
        "{out} = 2 * {target}.reshape_as({prediction}).float() - 1",
        "{out} = ({p.margin} - {out} * {prediction}).relu().mean()",
    ),
    check=same_numbers,
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
            doc="How far from 0 a score must be before it is left alone.",
        ),
    ),
    examples=(((4, 1), (4,)), ((4, 3), (4, 3))),
)

MULTI_MARGIN = LossSpec(
    id="multi_margin",
    title="Hinge (classes)",
    group="Loss",
    task="classes",
    covers=("LOS-03",),
    target="torch.nn.MultiMarginLoss",
    summary="For one class out of several: wants its score above all others, by a margin.",
    keywords=("svm", "support vector", "classification", "margin", "crammer singer"),
    formula="L = (1/C) Σ max(0, m − x[class] + x[other])ᵖ, averaged",
    notes=(
        "Takes raw scores and class numbers. Samples whose class leads by the margin teach nothing."
    ),
    pitfalls=(
        "Scores are no log-odds: calibration and perplexity mean little. Every sample needs a "
        "class; there is no number for one that does not count."
    ),
    inputs=(Port(name="prediction", axes="N C", doc="A score for each class."), PORTS[1]),
    forward=("{out} = {self}({prediction}, {target})",),
    check=class_numbers,
    activation="linear",
    params=(
        FIELD,
        WEIGHT,
        Param(
            name="p",
            title="Power (p)",
            default=1,
            ge=1,
            le=2,
            doc="1: straight; 2: squared, which punishes large mistakes more.",
        ),
        Param(
            name="margin",
            title="Margin (m)",
            default=1.0,
            gt=0,
            le=1e6,
            doc="By how much the right class must lead.",
        ),
    ),
    examples=(((4, 3), (4,)),),
    example_dtypes=("float32", "int64"),
)

MULTILABEL_SOFT_MARGIN = LossSpec(
    id="multilabel_soft_margin",
    title="Multi-label soft margin",
    group="Loss",
    task="binary",
    covers=("LOS-03",),
    target="torch.nn.MultiLabelSoftMarginLoss",
    summary="For several labels a sample: a yes-or-no cross-entropy for each, averaged.",
    keywords=("multi-label", "tags", "sigmoid", "classification"),
    formula="L = −(1/C) Σ [y·log σ(x) + (1 − y)·log(1 − σ(x))], averaged",
    notes=(
        "Takes raw scores N × C and targets of 0 and 1 of the same shape. The same figure as "
        "Binary cross-entropy, which can weigh labels as well."
    ),
    pitfalls=(
        "A Sigmoid in front of it is a second one. Most labels are no: accuracy is high even where "
        "nothing is found; look at F1."
    ),
    inputs=(Port(name="prediction", axes="N C", doc="A score for each label."), PORTS[1]),
    forward=("{out} = {self}({prediction}, {target}.float())",),
    check=same_shape,
    activation="linear",
    applies="sigmoid",
    params=(FIELD, WEIGHT),
    examples=(((4, 3), (4, 3)),),
)

KL_DIVERGENCE = LossSpec(
    id="kl_divergence",
    title="KL divergence",
    group="Loss",
    task="",
    covers=("LOS-03",),
    target="engine.modules.losses.KLDivergence",
    summary="How far a distribution over classes is from the one it should be.",
    keywords=(
        "kullback leibler",
        "distribution",
        "soft targets",
        "probability",
        "relative entropy",
    ),
    formula="L = Σ t·log(t / p), averaged over the batch",
    notes=(
        "Along the last axis; the target holds probabilities and learns nothing. Unlike the "
        "cross-entropy it is 0 for a perfect match. Not symmetric: it is expensive to say nearly 0 "
        "where the target is not."
    ),
    pitfalls=(
        "The setting must say what comes in: log-probabilities taken for scores still train, but "
        "probabilities taken for log-probabilities give a negative loss."
    ),
    inputs=_WHOLE,
    forward=("{out} = {self}({prediction}, {target}.float())",),
    check=same_shape,
    activation="linear",
    face=lambda values: () if values["given"] == "scores" else (values["given"],),
    params=(
        FIELD,
        WEIGHT,
        Param(
            name="given",
            title="Prediction",
            default="scores",
            choices=("scores", "log-probabilities", "probabilities"),
            doc="What the prediction is; scores go through a softmax first.",
        ),
    ),
    example_range=(0, 1),
    examples=(((4, 3), (4, 3)), ((2, 5, 3), (2, 5, 3))),
)

CTC = LossSpec(
    id="ctc",
    title="CTC",
    group="Loss",
    task="",
    covers=("LOS-03",),
    target="engine.modules.losses.CTC",
    summary="For sequences without alignment: how unlikely the right one is, wherever it stands.",
    keywords=("speech", "handwriting", "recognition", "alignment", "connectionist", "sequence"),
    formula="L = −log Σ over alignments Π p(step), divided by the target's length, averaged",
    notes=(
        "Takes scores or log-probabilities N L C of a recurrent network, and class numbers N S "
        "padded at the end. One class is the blank, which says nothing new. To read an answer: the "
        "best class of each step, repeats joined, blanks dropped. Lengths may come by wire."
    ),
    pitfalls=(
        "A target too long for its sequence (repeats need a blank between them) would be infinite "
        "and counts 0. For many epochs it says blank only; then it learns at once. The blank's "
        "number must be no label."
    ),
    gaps=True,
    inputs=(
        Port(name="prediction", axes="N L C", doc="A score for each class at each step."),
        Port(
            name="target",
            axes="N S",
            dtype="int",
            optional=True,
            doc="The right classes in order, padded; by wire instead of from a field.",
        ),
        Port(
            name="lengths",
            axes="N",
            dtype="int",
            optional=True,
            doc="How many steps of each sequence count; without a wire all.",
        ),
        Port(
            name="target_lengths",
            axes="N",
            dtype="int",
            optional=True,
            doc="How many classes each target has; without a wire up to its padding.",
        ),
    ),
    forward=("{out} = {self}({prediction}, {target}, {lengths}, {target_lengths})",),
    check=_ctc,
    activation="linear",
    params=(
        FIELD,
        WEIGHT,
        Param(name="blank", default=0, ge=0, doc="The class that stands for nothing new."),
        Param(
            name="padding",
            default=-100,
            doc="The number that fills up targets at the end.",
        ),
        Param(
            name="zero_infinity",
            title="Leave out the impossible",
            default=True,
            advanced=True,
            doc="Targets that do not fit into their sequence count 0 instead of infinity.",
        ),
    ),
    example_dtypes=("float32", "int64", "int64", "int64"),
    examples=(((2, 9, 5), (2, 3)),),
)
