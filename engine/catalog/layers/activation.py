"""Activations: the non-linear step between two layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import axis_exists
from engine.catalog.spec import LayerSpec, Param, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _prelu(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    slopes = values["num_parameters"]
    have = received.shape[1] if len(received.shape) > 1 else 1
    if slopes in (1, have):
        return None
    return f"It has {slopes} slopes; take 1 for all, or {have}: one for each channel of {received}."


def _softmax(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    return axis_exists(values["dim"], received)


_RANK = "SELU > ELU > leaky ReLU and its kin > ReLU > tanh > sigmoid"
_EXAMPLES = (((4, 6),), ((2, 3, 4, 4),))

RELU = LayerSpec(
    id="relu",
    title="ReLU",
    group="Activation",
    covers=("ACT-03",),
    target="torch.nn.ReLU",
    summary="Passes what is positive; the rest becomes zero.",
    keywords=("rectified", "rectifier", "activation", "nonlinearity"),
    formula="y = max(0, x)",
    notes=(
        "The usual choice: fast, and its gradient does not shrink. A unit that is negative for "
        "every sample gets no gradient and stays dead; He initialisation, batch norm and a smaller "
        "learning rate prevent it, Leaky ReLU cures it."
    ),
    pitfalls=(
        "Units can die: with a large learning rate or a bias far below zero a unit is negative for "
        "every sample, gets no gradient and never comes back. One sees it as a share of zeros near "
        "1 in its activations and a loss that stops early."
    ),
    activation="relu",
    examples=_EXAMPLES,
)

RELU6 = LayerSpec(
    id="relu6",
    title="ReLU6",
    group="Activation",
    covers=("ACT-03",),
    target="torch.nn.ReLU6",
    summary="A ReLU that ends at 6.",
    keywords=("rectified", "rectifier", "activation", "mobilenet", "clipped"),
    formula="y = min(max(0, x), 6)",
    notes="Keeps numbers small enough for low precision; the activation of the MobileNets.",
    pitfalls=(
        "Dies like ReLU below 0, and above 6 the gradient is zero as well: activations that pile "
        "up at 6 learn nothing more. Inputs that are not standardised drive it there."
    ),
    activation="relu",
    examples=_EXAMPLES,
)

LEAKY_RELU = LayerSpec(
    id="leaky_relu",
    title="Leaky ReLU",
    group="Activation",
    covers=("ACT-04",),
    target="torch.nn.LeakyReLU",
    summary="Like ReLU, but lets a little of the negative side through.",
    keywords=("lrelu", "rectifier", "activation", "dead units"),
    formula="y = max(αx, x)",
    notes=(
        "No unit dies, because the gradient never is zero. A large leak of 0.2 does better than a "
        "small one of 0.01. ≠ PyTorch's own default is 0.01."
    ),
    pitfalls=(
        "With a slope of 1 it is no activation at all, and the network around it is linear. A very "
        "small slope such as 0.001 is a dead ReLU in all but name."
    ),
    activation="relu",
    face=faces.setting("negative_slope", "α"),
    params=(
        Param(
            name="negative_slope",
            title="Slope (α)",
            default=0.2,
            ge=0,
            le=1,
            doc="Slope of the negative side.",
        ),
    ),
    examples=_EXAMPLES,
)

PRELU = LayerSpec(
    id="prelu",
    title="PReLU",
    group="Activation",
    covers=("ACT-04",),
    target="torch.nn.PReLU",
    summary="A leaky ReLU whose slope is learned.",
    keywords=("parametric", "rectifier", "activation", "learned slope"),
    formula="y = max(0, x) + α · min(0, x), α learned",
    notes=(
        "Good on large data sets, prone to overfit on small ones. Weight decay pulls the slope to "
        "zero, so do without it here."
    ),
    pitfalls=(
        "One slope for each channel fixes the number of channels it can stand behind. On a small "
        "data set training loss falls and validation loss rises sooner than with Leaky ReLU."
    ),
    check=_prelu,
    activation="relu",
    face=lambda v: ("one slope" if v["num_parameters"] == 1 else "a slope for each channel",),
    params=(
        Param(
            name="num_parameters",
            title="Slopes",
            default=1,
            ge=1,
            le=65_536,
            doc="1: one slope for all. The number of channels: one for each.",
        ),
        Param(
            name="init",
            title="First slope",
            default=0.25,
            ge=-1,
            le=1,
            doc="The slope that training starts from.",
        ),
    ),
    examples=_EXAMPLES,
)

ELU = LayerSpec(
    id="elu",
    title="ELU",
    group="Activation",
    covers=("ACT-05",),
    target="torch.nn.ELU",
    summary="Passes what is positive; the negative side bends smoothly to −α.",
    keywords=("exponential", "activation", "smooth"),
    formula="y = x for x ≥ 0, α(eˣ − 1) for x < 0",
    notes=f"Outputs average near zero, which helps the next layer; slower than ReLU. {_RANK}.",
    pitfalls=(
        "Below about −5 the curve is flat and so is its gradient. At an α other than 1 it has a "
        "kink at 0. Costs an exponential for each number, which shows on a CPU."
    ),
    activation="relu",
    face=faces.setting("alpha", "α"),
    params=(
        Param(
            name="alpha",
            title="Alpha (α)",
            default=1.0,
            gt=0,
            le=100,
            doc="How far down the negative side goes; at 1 the curve has no kink.",
        ),
    ),
    examples=_EXAMPLES,
)

SELU = LayerSpec(
    id="selu",
    title="SELU",
    group="Activation",
    covers=("ACT-05",),
    target="torch.nn.SELU",
    summary="A scaled ELU that keeps the mean at 0 and the deviation at 1 from layer to layer.",
    keywords=("scaled", "self-normalizing", "exponential", "activation"),
    formula="y = λx for x ≥ 0, λα(eˣ − 1) for x < 0; α ≈ 1.6733, λ ≈ 1.0507",
    notes=(
        "Normalises itself only with standardised inputs, LeCun normal weights and a plain chain "
        "of layers; Dropout and skips break it. ≠ Some texts start at α = λ = 1, which is ELU; "
        f"PyTorch has the values for which the proof holds. {_RANK}."
    ),
    pitfalls=(
        "Breaks without a word if one condition is missing: inputs not standardised, another "
        "initializer, Dropout instead of Alpha dropout, batch norm beside it, or a shortcut. One "
        "sees the deviation of the activations shrink or grow from layer to layer."
    ),
    activation="selu",
    examples=_EXAMPLES,
)

GELU = LayerSpec(
    id="gelu",
    title="GELU",
    group="Activation",
    covers=("ACT-06",),
    target="torch.nn.GELU",
    summary="Weighs each number by how likely a normal variable lies below it.",
    keywords=("gaussian", "transformer", "activation", "smooth"),
    formula="y = x · Φ(x)",
    notes="The usual activation of transformers. The tanh form is a close, older approximation.",
    pitfalls=(
        "The two forms differ by up to 0.0005: weights trained with one should be run with the "
        "same. Slower than ReLU, and not monotonic: it dips below zero near −0.75."
    ),
    activation="relu",
    face=lambda v: ("tanh form" if v["approximate"] == "tanh" else "",),
    params=(
        Param(
            name="approximate",
            title="Form",
            default="none",
            choices=("none", "tanh"),
            doc="“none” is exact; “tanh” is the approximation of the first papers.",
        ),
    ),
    examples=_EXAMPLES,
)

SILU = LayerSpec(
    id="silu",
    title="SiLU (Swish)",
    group="Activation",
    covers=("ACT-06",),
    target="torch.nn.SiLU",
    summary="Weighs each number by its own sigmoid.",
    keywords=("swish", "activation", "smooth"),
    formula="y = x · σ(x)",
    notes="Smooth everywhere and often a little better than ReLU in deep networks; slower.",
    pitfalls=(
        "Dips below zero near −1.28 and goes back up, so the order of inputs is not kept there. "
        "Slower than ReLU on a CPU."
    ),
    activation="relu",
    examples=_EXAMPLES,
)

SIGMOID = LayerSpec(
    id="sigmoid",
    title="Sigmoid",
    group="Activation",
    covers=("ACT-02",),
    target="torch.nn.Sigmoid",
    summary="Squeezes every number into the range 0 to 1.",
    keywords=("logistic", "activation", "probability", "binary", "gate"),
    formula="y = 1 / (1 + e⁻ˣ)",
    notes=(
        "For a yes-or-no output, for several labels at once and for gates. In hidden layers its "
        "gradient, at most 1/4, vanishes with depth. The loss BCE with logits applies it itself."
    ),
    pitfalls=(
        "Saturates: far from 0 the gradient is close to zero, so stacked in depth the first layers "
        "stand still (gradient norms falling by 4 or more from layer to layer). In front of a loss "
        "that takes raw scores it is applied twice, and training crawls."
    ),
    activation="tanh",
    bounds=(0.0, 1.0),
    examples=_EXAMPLES,
)

TANH = LayerSpec(
    id="tanh",
    title="Tanh",
    group="Activation",
    covers=("ACT-02",),
    target="torch.nn.Tanh",
    summary="Squeezes every number into the range −1 to 1.",
    keywords=("hyperbolic tangent", "activation"),
    formula="y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
    notes="Centred on zero and steeper than the sigmoid, but it saturates too. Common in LSTMs.",
    pitfalls=(
        "Saturates beyond ±3: activations that pile up at −1 and 1 pass no gradient. Standardise "
        "the inputs and take Glorot weights; a smaller learning rate keeps it in its middle."
    ),
    activation="tanh",
    bounds=(-1.0, 1.0),
    examples=_EXAMPLES,
)

SOFTMAX = LayerSpec(
    id="softmax",
    title="Softmax",
    group="Activation",
    covers=("ACT-07",),
    target="torch.nn.Softmax",
    summary="Turns scores into probabilities that sum to 1.",
    keywords=("probability", "classes", "activation", "normalise", "attention"),
    formula="yᵢ = eˣⁱ / Σⱼ eˣʲ",
    notes=(
        "For exactly one class out of several. Put it in front of an Output, never in front of the "
        "cross-entropy loss, which applies it itself: two of them learn slowly."
    ),
    pitfalls=(
        "On the wrong axis each row still looks like probabilities, but of other things: for "
        "sequences N × L × C take the last axis. In front of a cross-entropy loss it is applied "
        "twice: the loss then cannot fall far below the guess of chance."
    ),
    check=_softmax,
    activation="tanh",
    face=faces.axis("over axis"),
    params=(
        Param(
            name="dim",
            title="Axis",
            default=-1,
            ge=-16,
            le=16,
            doc="The axis that sums to 1: -1 is the last, 1 the channels of an image.",
        ),
    ),
    examples=_EXAMPLES,
)
