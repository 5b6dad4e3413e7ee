"""Losses for numbers beyond the three usual ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.loss_parts import FIELD, PORTS, WEIGHT, same_numbers
from engine.catalog.spec import LossSpec, Param

if TYPE_CHECKING:
    from collections.abc import Mapping

_ERROR = "{out} = {prediction} - {target}.reshape_as({prediction}).float()"
_EXAMPLES = (((4, 1), (4,)), ((4, 2), (4, 2)), ((4, 1, 6, 6), (4, 1, 6, 6)))


def _p_face(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"p = {values['p']:g}",)


RMSE = LossSpec(
    id="rmse",
    title="Root mean squared error",
    group="Loss",
    task="regression",
    covers=("LOS-01",),
    summary="For numbers: the root of the mean squared difference, in the target's own unit.",
    keywords=("rmse", "l2", "regression", "euclidean"),
    formula="L = √((1/n) Σ (y − ŷ)²)",
    notes=(
        "Has the same best network as the mean squared error, but its gradient does not shrink "
        "near the goal. ≠ The mean over batches is below the RMSE of the whole part: the metric "
        "RMSE states that one."
    ),
    pitfalls=(
        "With a constant learning rate it hops around the goal, since each step is as long near "
        "it as far away. With one sample a batch it is the absolute error."
    ),
    inputs=PORTS,
    forward=(_ERROR, "{out} = {out}.square().mean().clamp(min=1e-24).sqrt()"),
    check=same_numbers,
    activation="linear",
    params=(FIELD, WEIGHT),
    examples=_EXAMPLES,
)

MSLE = LossSpec(
    id="msle",
    title="Mean squared logarithmic error",
    group="Loss",
    task="regression",
    covers=("LOS-01",),
    summary="For amounts that span orders of magnitude: the squared difference of logarithms.",
    keywords=("msle", "regression", "relative", "ratio", "growth", "counts", "prices"),
    formula="L = (1/n) Σ (log(1 + y) − log(1 + ŷ))²",
    notes=(
        "Judges ratios rather than differences, and too little worse than too much. For counts, "
        "prices, populations. End the network with Softplus or ReLU and do not standardise the "
        "target: both must be 0 or more. ≠ Negative values count as 0."
    ),
    pitfalls=(
        "A prediction below 0 gets no gradient: if all of them are, the loss stands still. A "
        "standardised target is half negative, and that half is lost."
    ),
    inputs=PORTS,
    forward=(
        "{out} = {target}.reshape_as({prediction}).float().clamp(min=0).log1p()",
        "{out} = ({prediction}.clamp(min=0).log1p() - {out}).square().mean()",
    ),
    check=same_numbers,
    activation="relu",
    params=(FIELD, WEIGHT),
    example_range=(0, 1),
    examples=_EXAMPLES,
)

LOG_COSH = LossSpec(
    id="log_cosh",
    title="Log-cosh",
    group="Loss",
    task="regression",
    covers=("LOS-01",),
    summary="For numbers: squared where the error is small, straight where it is large, smooth.",
    keywords=("regression", "robust", "outliers", "smooth"),
    formula="L = (1/n) Σ log cosh(ŷ − y)",
    notes=(
        "Like Huber with δ = 1, but with a second derivative everywhere. Near 0 it is e²/2, far "
        "from it |e| − ln 2. Worked out so that large errors do not overflow."
    ),
    pitfalls=(
        "Where a small error ends is fixed at about 1 in the units of the target: with targets in "
        "the thousands it is the absolute error, with tiny ones the squared. Scale the target."
    ),
    inputs=PORTS,
    forward=(
        _ERROR,
        "{out} = ({out} + nn.functional.softplus(-2.0 * {out}) - 0.6931471805599453).mean()",
    ),
    check=same_numbers,
    activation="linear",
    params=(FIELD, WEIGHT),
    examples=_EXAMPLES,
)

QUANTILE = LossSpec(
    id="quantile",
    title="Quantile",
    group="Loss",
    task="regression",
    covers=("LOS-01",),
    summary="For numbers: makes the network say a quantile, such as a bound met 9 times in 10.",
    keywords=("pinball", "regression", "interval", "uncertainty", "forecast", "median"),
    formula="L = (1/n) Σ max(q·e, (q − 1)·e), e = y − ŷ",
    notes=(
        "0.5 is half the absolute error and gives the median. Two heads with 0.05 and 0.95, a "
        "loss for each, give an interval that holds nine answers of ten."
    ),
    pitfalls=(
        "RMSE and R² of a high quantile look bad, and should: it is no mean. Count instead how "
        "often the target lies below it. Heads for several quantiles may cross where data is rare."
    ),
    inputs=PORTS,
    forward=(
        "{out} = {target}.reshape_as({prediction}).float() - {prediction}",
        "{out} = torch.maximum({p.q} * {out}, ({p.q} - 1) * {out}).mean()",
    ),
    check=same_numbers,
    activation="linear",
    face=lambda values: (f"q = {values['q']:g}",),
    params=(
        FIELD,
        WEIGHT,
        Param(
            name="q",
            title="Quantile (q)",
            default=0.5,
            gt=0,
            lt=1,
            argument=False,
            doc="The share of answers that should lie below what the network says.",
        ),
    ),
    examples=_EXAMPLES,
)

MINKOWSKI = LossSpec(
    id="minkowski",
    title="Minkowski distance",
    group="Loss",
    task="regression",
    covers=("LOS-01",),
    summary="For vectors of numbers: their distance in the p-norm, averaged over the batch.",
    keywords=("p-norm", "lp", "regression", "manhattan", "euclidean", "distance"),
    formula="L = (1/N) Σ (Σᵢ |yᵢ − ŷᵢ|ᵖ)^(1/p)",
    notes=(
        "p = 1 is the Manhattan distance, p = 2 the Euclidean one; larger p look more and more at "
        "the largest difference alone. ≠ Summed over the numbers of a sample, not averaged; for "
        "one number it is the absolute error, whatever p."
    ),
    pitfalls=(
        "Grows with the number of outputs, and the best learning rate with it. With p above 10 "
        "only one output of a sample learns at a time."
    ),
    inputs=PORTS,
    forward=(
        _ERROR,
        "{out} = torch.linalg.vector_norm({out}.reshape(len({out}), -1), {p.p}, dim=1).mean()",
    ),
    check=same_numbers,
    activation="linear",
    face=_p_face,
    params=(
        FIELD,
        WEIGHT,
        Param(
            name="p",
            title="Power (p)",
            default=2.0,
            ge=1,
            le=20,
            argument=False,
            doc="1 counts all differences alike; the higher, the more the largest one counts.",
        ),
    ),
    examples=_EXAMPLES,
)
