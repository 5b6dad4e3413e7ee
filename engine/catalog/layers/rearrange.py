"""Axes put in another order or taken out, numbers changed one by one, gradients stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import axis_exists, normal_axis, times
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _permute(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    dims: tuple[int, ...] = values["dims"]
    wanted = tuple(range(1, len(received.shape)))
    if tuple(sorted(dims)) == wanted:
        return None
    return (
        f"Its order {', '.join(map(str, dims))} must name each of the axes "
        f"{', '.join(map(str, wanted))} of {received} once; the batch, axis 0, stays in front."
    )


def _select(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    wrong = axis_exists(values["dim"], received)
    if wrong:
        return wrong
    axis, index = normal_axis(values["dim"], received), values["index"]
    assert axis is not None
    size = received.shape[axis]
    if -size <= index < size:
        return None
    return (
        f"It takes place {index} along axis {axis}, which has the places 0 to {size - 1} "
        f"({times(received.shape[1:])} for each sample)."
    )


def _axis(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    return axis_exists(values["dim"], received)


def _dim(default: int, doc: str) -> Param:
    return Param(name="dim", title="Axis", default=default, ge=-16, le=16, argument=False, doc=doc)


_ANY = (Port(name="in", axes="N ...", dtype="any"),)
_ANY_OUT = (Port(name="out", axes="N ...", dtype="any"),)
_EXAMPLES = (((2, 3),), ((2, 3, 4, 4),))

PERMUTE = LayerSpec(
    id="permute",
    title="Permute",
    group="Core",
    covers=("LAY-04",),
    summary="Puts the axes of each sample in another order.",
    keywords=("transpose", "swap", "axes", "channels last", "move"),
    formula="(2, 1): N × A × B → N × B × A",
    notes=(
        "Unlike a reshape it moves the numbers with their axes. For a picture cut into patches: "
        "flatten from axis 2, then (2, 1) makes a sequence of N × L × C."
    ),
    pitfalls=(
        "Shapes that happen to be equal hide a wrong order: the network trains on swapped axes and "
        "is merely bad."
    ),
    inputs=(Port(name="in", axes="N A ...", dtype="any"),),
    outputs=_ANY_OUT,
    forward=("{out} = {in}.permute(0, *{p.dims})",),
    check=_permute,
    face=lambda v: (f"to axes {faces.times(v['dims'])}",),
    params=(
        Param(
            name="dims",
            title="Order",
            default=(2, 1),
            kind="ints",
            ge=1,
            le=16,
            argument=False,
            doc="The axes in their new order, counted from 1; axis 0 is the batch, which stays.",
        ),
    ),
    examples=(((2, 3, 5),),),
)

SELECT = LayerSpec(
    id="select",
    title="Select",
    group="Core",
    covers=("LAY-06",),
    summary="Takes one place along an axis and drops the axis.",
    keywords=("index", "slice", "pick", "class token", "last step", "first"),
    formula="N × L × C → N × C",
    notes="Place 0 along axis 1 is the class token or the first step, -1 the last one.",
    pitfalls=(
        "On the wrong axis it takes one feature instead of one step, and the rest of the network "
        "sees hardly anything."
    ),
    inputs=(Port(name="in", axes="N A ...", dtype="any"),),
    outputs=_ANY_OUT,
    forward=("{out} = {in}.select({p.dim}, {p.index})",),
    check=_select,
    face=lambda v: (f"place {v['index']}", f"axis {v['dim']}"),
    params=(
        _dim(1, "The axis to take from: 1 is the first behind the batch, -1 the last."),
        Param(
            name="index",
            title="Place",
            default=0,
            ge=-1_000_000,
            le=1_000_000,
            argument=False,
            doc="Which place along the axis, from 0; -1 is the last.",
        ),
    ),
    examples=(((2, 3, 5),), ((4, 3),)),
)

SCALE = LayerSpec(
    id="scale",
    title="Scale",
    group="Core",
    covers=("LAY-07",),
    summary="Multiplies every number by a fixed one.",
    keywords=("factor", "times", "multiply", "negate", "temperature"),
    formula="y = a · x",
    notes="By −1 it turns what a loss makes small into what it makes large.",
    pitfalls=(
        "By 0 it stops every gradient. A large factor acts like a larger learning rate for all "
        "that lies before it."
    ),
    forward=("{out} = {p.factor} * {in}",),
    face=lambda v: (f"× {faces.number(v['factor'])}",),
    params=(
        Param(
            name="factor",
            title="Factor (a)",
            default=1.0,
            argument=False,
            doc="What every number is multiplied by.",
        ),
    ),
    examples=_EXAMPLES,
)

ABSOLUTE = LayerSpec(
    id="absolute",
    title="Absolute value",
    group="Core",
    covers=("LAY-07",),
    summary="Drops the sign of every number.",
    keywords=("abs", "magnitude", "siamese", "difference"),
    formula="y = |x|",
    notes="Behind Subtract it tells how much two things differ, whichever comes first.",
    pitfalls="At 0 the gradient is 0, and the sign is lost for good.",
    forward=("{out} = {in}.abs()",),
    examples=_EXAMPLES,
)

DETACH = LayerSpec(
    id="detach",
    title="Stop gradient",
    group="Core",
    covers=("LOS-08",),
    summary="Passes values on; what lies before it learns nothing through it.",
    keywords=("detach", "freeze", "stop-gradient", "gan", "teacher"),
    formula="y = x, ∂y/∂x = 0",
    notes=(
        "Between a generator and the discriminator's loss, in front of a target made by a network, "
        "or before a second head that must not disturb the first."
    ),
    pitfalls=(
        "Cuts off everything before it: layers that reach the loss only through this node never "
        "move, which shows as a gradient norm of nothing."
    ),
    inputs=(Port(name="in", dtype="any", still=True),),
    outputs=_ANY_OUT,
    forward=("{out} = {in}.detach()",),
    examples=_EXAMPLES,
)

GRADIENT_REVERSAL = LayerSpec(
    id="gradient_reversal",
    title="Gradient reversal",
    gradient_note="It turns the gradient round.",
    group="Core",
    covers=("LAY-54",),
    target="engine.modules.random.GradientReversal",
    summary="Passes values on; what lies before it learns the opposite of what lies behind.",
    keywords=("domain", "adversarial", "adaptation", "dann", "invariant"),
    formula="y = x, ∂y/∂x = −λ",
    notes=(
        "Stands in front of a head that tells domains apart: the head learns to, and the features "
        "before it learn to prevent it. Start with a small λ or a small weight of that loss."
    ),
    pitfalls=(
        "With a large λ the features are torn apart before they are good for anything: the main "
        "loss rises. With too small a λ the domains stay apart."
    ),
    face=faces.setting("scale", "λ"),
    params=(
        Param(
            name="scale",
            title="Strength (λ)",
            default=1.0,
            ge=0,
            le=1e6,
            doc="How strongly the reversed gradient counts.",
        ),
    ),
    examples=_EXAMPLES,
)

MEAN_OVER = LayerSpec(
    id="mean_over",
    title="Mean over an axis",
    group="Pooling",
    covers=("LAY-15",),
    summary="Replaces an axis by the mean along it.",
    keywords=("average", "pooling", "global", "sequence", "reduce"),
    formula="N × L × C → N × C",
    notes="Makes one vector of a sequence. Where some steps are padding, take Masked mean.",
    pitfalls=(
        "Averages padding as if it were content. Over the feature axis it leaves one number for "
        "each step, which is seldom meant."
    ),
    inputs=(Port(name="in", axes="N A ..."),),
    forward=("{out} = {in}.mean(dim={p.dim}, keepdim={p.keepdim})",),
    check=_axis,
    face=faces.axis("axis"),
    params=(
        _dim(1, "The axis to average over: 1 is the first behind the batch, -1 the last."),
        Param(
            name="keepdim",
            title="Keep the axis",
            default=False,
            argument=False,
            advanced=True,
            doc="Leaves the axis with size 1.",
        ),
    ),
    examples=(((2, 5, 8),), ((4, 3),)),
)

NORMALIZE = LayerSpec(
    id="normalize",
    title="Normalize (L2)",
    group="Normalization",
    covers=("LOS-04",),
    summary="Gives every vector the length 1.",
    keywords=("unit length", "l2", "cosine", "embedding", "siamese", "sphere"),
    formula="y = x / ‖x‖₂",
    notes="Behind it a product of two vectors is the cosine between them, and distances reach 2.",
    pitfalls=(
        "A vector of zeros stays zero. Length is lost: where it carried meaning (confidence, "
        "size), that is gone."
    ),
    inputs=(Port(name="in", axes="N ... F"),),
    forward=("{out} = nn.functional.normalize({in}, dim={p.dim})",),
    check=_axis,
    face=faces.axis(),
    params=(_dim(-1, "The axis along which a vector lies: -1 is the last, 1 the channels."),),
    examples=_EXAMPLES,
)
