"""More of ReLU's kin: leaky, smooth and gated curves that let the positive side pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import axis_exists, normal_axis
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _slopes(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if values["lower"] <= values["upper"]:
        return None
    return f"Its smallest slope {values['lower']:g} must not be above {values['upper']:g}."


def _halves(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    wrong = axis_exists(values["dim"], received)
    if wrong:
        return wrong
    axis = normal_axis(values["dim"], received)
    assert axis is not None
    size = received.shape[axis]
    if size % 2 == 0:
        return None
    return f"It parts axis {axis} into two halves, but {received} has {size} there, an odd number."


_EXAMPLES = (((4, 6),), ((2, 3, 4, 4),))
_HALVED = (((4, 6),), ((2, 5, 4),))
_AXIS = Param(
    name="dim",
    title="Axis",
    default=-1,
    ge=-16,
    le=16,
    doc="The axis that is parted: -1 is the last, 1 the channels of an image.",
)
_GATED_NOTES = (
    "Half of the features carry values, the other half decide how much of each passes. Give the "
    "layer in front of it twice the units. "
)
_GATED_PITFALLS = (
    "It halves the axis: the layer behind sees half of the units, and a network that should stay "
    "the same size needs one and a half times the parameters in that place."
)
_WIDE = (Port(name="in", doc="Values in the first half of the axis, gates in the second."),)

RRELU = LayerSpec(
    id="rrelu",
    title="RReLU",
    group="Activation",
    covers=("ACT-04",),
    target="torch.nn.RReLU",
    summary="A leaky ReLU whose slope is drawn anew for every number while training.",
    keywords=("randomised", "randomized", "leaky", "rectifier", "activation", "regularisation"),
    formula="y = max(0, x) + a · min(0, x); a drawn in training, the middle in evaluation",
    notes=(
        "The chance acts like a little dropout, so it helps against overfitting on small data. In "
        "evaluation the slope is fixed at the middle, (low + high) / 2."
    ),
    pitfalls="Training loss is noisier than validation loss; with wide slopes it learns slower.",
    check=_slopes,
    activation="relu",
    face=lambda v: (f"slopes {faces.number(v['lower'])} to {faces.number(v['upper'])}",),
    params=(
        Param(
            name="lower",
            title="Smallest slope",
            default=0.125,
            ge=0,
            le=1,
            doc="The least slope of the negative side.",
        ),
        Param(
            name="upper",
            title="Largest slope",
            default=1 / 3,
            ge=0,
            le=1,
            doc="The greatest slope of the negative side.",
        ),
    ),
    examples=_EXAMPLES,
)

CELU = LayerSpec(
    id="celu",
    title="CELU",
    group="Activation",
    covers=("ACT-05",),
    target="torch.nn.CELU",
    summary="An ELU without a kink, whatever its α.",
    keywords=("exponential", "continuous", "smooth", "activation"),
    formula="y = max(0, x) + min(0, α(e^(x/α) − 1))",
    notes="Where an ELU with α other than 1 has a kink at zero, this one has the slope 1.",
    pitfalls="With a very small α it is a ReLU, with dead units; with a very large one a line.",
    activation="relu",
    face=faces.setting("alpha", "α"),
    params=(
        Param(
            name="alpha",
            title="Alpha (α)",
            default=1.0,
            ge=0.001,
            le=100,
            doc="How far down the negative side goes, and how gently.",
        ),
    ),
    examples=_EXAMPLES,
)

SOFTPLUS = LayerSpec(
    id="softplus",
    title="Softplus",
    group="Activation",
    covers=("ACT-02",),
    target="torch.nn.Softplus",
    summary="A ReLU with a round corner; always positive.",
    keywords=("smooth", "positive", "deviation", "variance", "rectifier", "activation"),
    formula="y = log(1 + e^(βx)) / β",
    notes=(
        "For outputs that must be positive, such as a deviation or a rate. The larger β, the "
        "sharper the corner. Its derivative is the sigmoid. Above the threshold it is taken as x."
    ),
    pitfalls="In hidden layers it is slower than ReLU and shifts all means above zero.",
    activation="relu",
    face=lambda v: (faces.unless(v["beta"], 1, "β"),),
    params=(
        Param(
            name="beta",
            title="Sharpness (β)",
            default=1.0,
            ge=0.01,
            le=1000,
            doc="The larger, the sharper the corner.",
        ),
        Param(
            name="threshold",
            default=20.0,
            ge=0,
            le=1000,
            advanced=True,
            doc="Where β·x lies above it, y = x, which avoids overflow.",
        ),
    ),
    examples=_EXAMPLES,
)

MISH = LayerSpec(
    id="mish",
    title="Mish",
    group="Activation",
    covers=("ACT-06",),
    target="torch.nn.Mish",
    summary="A smooth curve that dips a little below zero before it rises.",
    keywords=("smooth", "self-gated", "swish", "activation"),
    formula="y = x · tanh(log(1 + eˣ))",
    notes="Close to Swish, with a slightly deeper dip; used in object detectors.",
    pitfalls="Several times as slow as ReLU on a CPU, for a gain that small networks do not show.",
    activation="relu",
    examples=_EXAMPLES,
)

HARD_SWISH = LayerSpec(
    id="hard_swish",
    title="Hard swish",
    group="Activation",
    covers=("ACT-06",),
    target="torch.nn.Hardswish",
    summary="Swish with a gate of three straight lines.",
    keywords=("mobilenet", "piecewise", "cheap", "silu", "activation"),
    formula="y = x · min(max(0, x + 3), 6) / 6",
    notes="The activation of MobileNet v3: nearly Swish, without an exponential.",
    pitfalls="Below −3 output and gradient are exactly zero: units can die, as with ReLU.",
    activation="relu",
    examples=_EXAMPLES,
)

GLU = LayerSpec(
    id="glu",
    title="GLU",
    group="Activation",
    covers=("ACT-08",),
    target="torch.nn.GLU",
    summary="One half of the features, gated by the sigmoid of the other half.",
    keywords=("gated", "gate", "linear unit", "wavenet", "activation"),
    formula="y = a · σ(b), x = (a, b)",
    notes=_GATED_NOTES + "The first of the family, made for convolutions over text.",
    pitfalls=_GATED_PITFALLS,
    inputs=_WIDE,
    check=_halves,
    activation="tanh",
    face=faces.axis("halves axis"),
    params=(_AXIS,),
    examples=_HALVED,
)

GEGLU = LayerSpec(
    id="geglu",
    title="GEGLU",
    group="Activation",
    covers=("ACT-08",),
    target="engine.modules.activations.GatedUnit",
    summary="One half of the features, gated by the GELU of the other half.",
    keywords=("gated", "gate", "gelu", "transformer", "feed-forward", "activation"),
    formula="y = a · GELU(b), x = (a, b)",
    notes=_GATED_NOTES + "In the feed-forward part of transformers it beats plain GELU.",
    pitfalls=_GATED_PITFALLS,
    inputs=_WIDE,
    fixed={"gate": "gelu"},
    check=_halves,
    activation="relu",
    face=faces.axis("halves axis"),
    params=(_AXIS,),
    examples=_HALVED,
)

SWIGLU = LayerSpec(
    id="swiglu",
    title="SwiGLU",
    group="Activation",
    covers=("ACT-08",),
    target="engine.modules.activations.GatedUnit",
    summary="One half of the features, gated by the Swish of the other half.",
    keywords=("gated", "gate", "swish", "silu", "llama", "transformer", "feed-forward"),
    formula="y = a · b · σ(βb), x = (a, b)",
    notes=_GATED_NOTES + "The feed-forward part of most large language models, with β = 1.",
    pitfalls=_GATED_PITFALLS,
    inputs=_WIDE,
    fixed={"gate": "swish"},
    check=_halves,
    activation="relu",
    face=faces.axis("halves axis"),
    params=(
        Param(
            name="beta",
            title="Sharpness (β)",
            default=1.0,
            ge=0,
            le=100,
            advanced=True,
            doc="0 is a plain product of the halves, large values a ReLU gate.",
        ),
        _AXIS,
    ),
    examples=_HALVED,
)
