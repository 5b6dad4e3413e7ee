"""Activations beside the usual: steps, and curves that end at a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import axis_exists
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _ordered(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    low, high = values["min_val"], values["max_val"]
    if low < high:
        return None
    return f"Its lower end {low:g} must be below its upper end {high:g}."


def _axis(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    return axis_exists(values["dim"], received)


_EXAMPLES = (((4, 6),), ((2, 3, 4, 4),))
_AXIS = Param(
    name="dim",
    title="Axis",
    default=-1,
    ge=-16,
    le=16,
    doc="The axis of the choices: -1 is the last, 1 the channels of an image.",
)

STEP = LayerSpec(
    id="step",
    title="Step",
    gradient_note="A step has no gradient; what stands in for it is passed back.",
    group="Activation",
    covers=("ACT-01",),
    target="engine.modules.activations.Step",
    summary="1 from a threshold on, 0 below it.",
    keywords=("threshold", "heaviside", "binary", "perceptron", "spike", "hard", "activation"),
    formula="y = 1 for x ≥ θ, 0 for x < θ",
    notes=(
        "The activation of the first perceptrons, and a way to hard decisions inside a network. "
        "Its true derivative is zero everywhere; the straight-through gradient acts as if y were "
        "x, the clipped one does so only within 1 of the threshold, which keeps weights from "
        "growing without end."
    ),
    pitfalls=(
        "With the true gradient nothing in front of it learns: the gradient norms of those layers "
        "are exactly zero. With the straight-through gradient the loss may jitter at the end, "
        "because a step never gives a little more."
    ),
    activation="tanh",
    face=lambda v: (
        faces.unless(v["threshold"], 0, "θ"),
        "" if v["gradient"] == "straight-through" else f"gradient {v['gradient']}",
    ),
    params=(
        Param(
            name="threshold",
            title="Threshold (θ)",
            default=0.0,
            ge=-1e6,
            le=1e6,
            doc="From where on the output is 1.",
        ),
        Param(
            name="gradient",
            default="straight-through",
            choices=("straight-through", "clipped", "none"),
            doc="What the backward pass takes for the derivative; “none” is the true one, zero.",
        ),
    ),
    examples=_EXAMPLES,
)

IDENTITY = LayerSpec(
    id="identity",
    title="Identity",
    group="Activation",
    covers=("ACT-01",),
    target="torch.nn.Identity",
    summary="Passes its input on unchanged.",
    keywords=("linear", "nothing", "pass", "placeholder", "skip", "activation"),
    formula="y = x",
    notes=(
        "The activation of an output that may be any number, a place for a layer still to come, or "
        "one candidate of a mixed operation."
    ),
    pitfalls="Between two Dense layers it is no activation: the two are worth one.",
    inputs=(Port(name="in", dtype="any"),),
    outputs=(Port(name="out", dtype="any"),),
    examples=_EXAMPLES,
)

HARD_SIGMOID = LayerSpec(
    id="hard_sigmoid",
    title="Hard sigmoid",
    group="Activation",
    covers=("ACT-02",),
    target="torch.nn.Hardsigmoid",
    summary="A sigmoid of three straight lines: 0, a slope, 1.",
    keywords=("logistic", "gate", "mobilenet", "piecewise", "cheap", "activation"),
    formula="y = min(max(0, x + 3), 6) / 6",
    notes=(
        "Cheap to compute and exact in low precision; the gate of small networks. ≠ Other "
        "libraries take the slope 0.2 and reach the ends at ±2.5."
    ),
    pitfalls="Beyond ±3 the gradient is exactly zero: a unit that got there does not come back.",
    activation="tanh",
    bounds=(0.0, 1.0),
    examples=_EXAMPLES,
)

HARD_TANH = LayerSpec(
    id="hard_tanh",
    title="Hard tanh",
    group="Activation",
    covers=("ACT-02",),
    target="torch.nn.Hardtanh",
    summary="Passes numbers between two ends and cuts off what lies beyond.",
    keywords=("clip", "clamp", "saturate", "piecewise", "cheap", "activation"),
    formula="y = min(max(low, x), high)",
    notes="The cheap cousin of tanh; also a way to keep an output inside known bounds.",
    pitfalls="Beyond its ends the gradient is exactly zero: what saturates no longer learns.",
    check=_ordered,
    activation="tanh",
    face=lambda v: (f"{faces.number(v['min_val'])} to {faces.number(v['max_val'])}",),
    params=(
        Param(
            name="min_val",
            title="Lower end",
            default=-1.0,
            ge=-1e6,
            le=1e6,
            doc="Nothing smaller comes out.",
        ),
        Param(
            name="max_val",
            title="Upper end",
            default=1.0,
            ge=-1e6,
            le=1e6,
            doc="Nothing larger comes out.",
        ),
    ),
    examples=_EXAMPLES,
)

SOFTSIGN = LayerSpec(
    id="softsign",
    title="Softsign",
    group="Activation",
    covers=("ACT-02",),
    target="torch.nn.Softsign",
    summary="Squeezes every number into −1 to 1, more slowly than tanh.",
    keywords=("bounded", "sign", "smooth", "activation"),
    formula="y = x / (1 + |x|)",
    notes="Its ends are reached polynomially, not exponentially, so large inputs keep a gradient.",
    pitfalls="Saturates all the same: deep stacks of it learn slower than with ReLU and its kin.",
    activation="tanh",
    bounds=(-1.0, 1.0),
    examples=_EXAMPLES,
)

LOG_SOFTMAX = LayerSpec(
    id="log_softmax",
    title="Log-softmax",
    group="Activation",
    covers=("ACT-07",),
    target="torch.nn.LogSoftmax",
    summary="The logarithms of the probabilities that Softmax gives.",
    keywords=("probability", "log", "classes", "nll", "likelihood", "activation"),
    formula="yᵢ = xᵢ − log Σⱼ eˣʲ",
    notes=(
        "More exact than the logarithm of a Softmax, whose small values round to zero. For losses "
        "that read log-probabilities: negative log-likelihood, CTC, KL divergence."
    ),
    pitfalls=(
        "In front of the cross-entropy loss it does no harm and no good: that loss applies it "
        "itself. Its numbers are negative; who reads them as probabilities sees nonsense."
    ),
    check=_axis,
    activation="tanh",
    face=faces.axis("over axis"),
    params=(_AXIS,),
    examples=_EXAMPLES,
)

GUMBEL_SOFTMAX = LayerSpec(
    id="gumbel_softmax",
    title="Gumbel softmax",
    group="Activation",
    covers=("ACT-07",),
    target="engine.modules.activations.GumbelSoftmax",
    summary="Draws one choice by its scores, softly enough for a gradient.",
    keywords=("discrete", "categorical", "sample", "one-hot", "concrete", "random", "activation"),
    formula="y = softmax((x + g) / τ), g = −log(−log u), u uniform in 0 to 1",
    notes=(
        "For a discrete choice inside a network that learns by gradient. A small temperature gives "
        "nearly one-hot choices, a large one nearly equal shares; start near 1 and lower it. Hard: "
        "exactly one-hot forward, soft backward. ≠ PyTorch's function draws always; here "
        "evaluation draws nothing and gives softmax(x / τ), or the best choice."
    ),
    pitfalls=(
        "Below τ = 0.1 the gradients jump between huge and none, and the loss stands still. The "
        "loss of training is noisier than that of validation, as only training draws."
    ),
    check=_axis,
    activation="tanh",
    face=lambda v: (f"τ {faces.number(v['tau'])}", "hard" if v["hard"] else ""),
    params=(
        Param(
            name="tau",
            title="Temperature (τ)",
            default=1.0,
            ge=0.01,
            le=1000,
            doc="Small: nearly one-hot. Large: nearly equal shares.",
        ),
        Param(name="hard", default=False, doc="Exactly one-hot forward; the gradient stays soft."),
        _AXIS,
    ),
    examples=_EXAMPLES,
)
