"""Capsules: units whose output is a vector. Its length tells how sure it is of what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.checks import channels, features, kernel_fits
from engine.catalog.loss_parts import FIELD, WEIGHT
from engine.catalog.spec import BATCH, LayerSpec, LossSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SQUASH = "v = |s|² / (1 + |s|²) · s / |s|"
_PAPER = "Sabour, Frosst, Hinton 2017"


def _primary(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    return kernel_fits(values, received, (values["padding"],) * 2)


def _primary_face(values: Mapping[str, Any]) -> Iterable[str]:
    yield f"{values['capsules']} × {values['size']} numbers"
    yield f"{values['kernel_size']}×{values['kernel_size']}"
    yield f"stride {values['stride']}" if values["stride"] != 1 else ""


def _routing(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if received.shape[1] * received.shape[2] * values["capsules"] * values["size"] > 2**31:
        return (
            f"Each of the {received.shape[1]} capsules that come in has weights for each of its "
            f"{values['capsules']}; that is more than two billion. Take fewer or smaller ones."
        )
    return None


def _routing_face(values: Mapping[str, Any]) -> Iterable[str]:
    yield f"{values['capsules']} × {values['size']} numbers"
    yield f"{values['iterations']} iterations"


def _mask(
    values: Mapping[str, Any], capsules: TensorSpec, target: TensorSpec | None = None
) -> str | None:
    if target is None or target.shape == (BATCH,):
        return None
    return f"Its target must be one class number for each sample; it is {target}."


def _margin(
    values: Mapping[str, Any], prediction: TensorSpec, target: TensorSpec | None = None
) -> str | None:
    if values["lower"] >= values["upper"]:
        return (
            f"Its upper margin must be above the lower one; they are {values['upper']:g} and "
            f"{values['lower']:g}."
        )
    if target is None:
        return None
    if not target.dtype.startswith("int") or target.shape != (BATCH,):
        return (
            "Its target must be one class number (int64) for each sample; "
            f"{target} of {target.dtype} comes."
        )
    return None


PRIMARY_CAPSULES = LayerSpec(
    id="primary_capsules",
    title="Primary capsules",
    group="Special",
    covers=("LAY-47",),
    target="engine.modules.capsules.PrimaryCapsules",
    summary="A convolution whose channels are taken together as short vectors, squashed.",
    keywords=("capsule", "capsnet", "vector", "convolution"),
    formula=f"N × C × H × W → N × kinds·H′·W′ × size; {_SQUASH}",
    notes=(
        f"Stands behind one ordinary convolution with ReLU, in front of Routing capsules. The "
        f"paper ({_PAPER}) has 32 kinds of 8 numbers, 9 × 9 with stride 2, behind 256 filters of "
        "9 × 9 on 28 × 28 pictures: 1152 capsules."
    ),
    pitfalls=(
        "Every place of every kind is a capsule of its own: routing behind it costs weights for "
        "each. If memory runs out, take a larger stride or fewer kinds."
    ),
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N K D", doc="Capsules and their numbers."),),
    inferred={"in_channels": channels},
    check=_primary,
    face=_primary_face,
    activation="linear",
    params=(
        Param(name="capsules", title="Kinds", default=8, ge=1, le=10_000, doc="Kinds of capsules."),
        Param(name="size", default=8, ge=1, le=10_000, doc="Numbers in each capsule."),
        Param(name="kernel_size", default=9, ge=1, le=1024, unit="px", doc="Side of the window."),
        Param(name="stride", default=2, ge=1, le=1024, unit="px", doc="Step of the window."),
        Param(name="padding", default=0, ge=0, le=1024, unit="px", doc="Zeros added on each side."),
    ),
    examples=(((2, 3, 12, 12),), ((1, 1, 9, 10),)),
)

ROUTING_CAPSULES = LayerSpec(
    id="routing_capsules",
    title="Routing capsules",
    gradient_note="The gradient goes through the last round of routing only.",
    group="Special",
    covers=("LAY-47",),
    target="engine.modules.capsules.RoutingCapsules",
    summary="Vectors that gather from below where predictions agree (dynamic routing).",
    keywords=("capsule", "capsnet", "dynamic routing", "agreement", "digit capsules", "vector"),
    formula=(
        "û = W·u,  c = softmax(b),  s = Σ c·û,  v = squash(s),  b ← b + û·v; repeated r times"
    ),
    notes=(
        "As many capsules as there are classes; Vector length behind it turns them into how sure "
        f"each class is, for Capsule margin. {_PAPER}: 10 of 16 numbers, 3 iterations. ≠ Gradients "
        "pass through the last iteration only; the shares count as given, which costs less memory "
        "and trains as well. ≠ Some code adds a bias; the paper's formula has none."
    ),
    pitfalls=(
        "With one iteration nothing is routed: it is a Dense layer with a squash. Many iterations "
        "overfit and cost time. Lengths that stay near 0 for every class: the vectors below are "
        "too short or too few; raise the spread of the weights at the start."
    ),
    inputs=(Port(name="in", axes="N K D", doc="Capsules and their numbers."),),
    outputs=(Port(name="out", axes="N K D", doc="Capsules and their numbers."),),
    inferred={"in_capsules": channels, "in_size": features},
    check=_routing,
    face=_routing_face,
    activation="linear",
    params=(
        Param(name="capsules", default=10, ge=1, le=10_000, doc="How many; one for each class."),
        Param(name="size", default=16, ge=1, le=10_000, doc="Numbers in each capsule."),
        Param(
            name="iterations",
            default=3,
            ge=1,
            le=100,
            doc="How often the shares are worked out; 1 shares evenly.",
        ),
        Param(
            name="std",
            title="Spread at the start",
            default=0.1,
            gt=0,
            le=100,
            advanced=True,
            doc="Standard deviation with which the weights are drawn around zero.",
        ),
    ),
    examples=(((2, 6, 4),), ((1, 1, 1),)),
)

SQUASH = LayerSpec(
    id="squash",
    title="Squash",
    group="Special",
    covers=("LAY-47",),
    summary="Shrinks vectors to a length from 0 to 1 and keeps where they point.",
    keywords=("capsule", "normalise", "vector", "activation"),
    formula=_SQUASH,
    notes=(
        "Works on the last axis. Primary and Routing capsules squash by themselves; this is for "
        "capsules made of other layers."
    ),
    pitfalls="Short vectors come out with the square of their length: stacked, they vanish.",
    inputs=(Port(name="in", axes="N ... D"),),
    outputs=(Port(name="out", axes="N ... D"),),
    forward=(
        "{out} = {in}.norm(dim=-1, keepdim=True)",
        "{out} = {in} * {out} / (1 + {out}.square())",
    ),
    examples=(((2, 3, 4),), ((2, 5),)),
)

VECTOR_LENGTH = LayerSpec(
    id="vector_length",
    title="Vector length",
    group="Special",
    covers=("LAY-47",),
    summary="The length of each vector on the last axis.",
    keywords=("capsule", "norm", "euclidean", "magnitude"),
    formula="y = √Σ x²",
    notes="Of class capsules it is how sure each class is; wire it to Capsule margin.",
    pitfalls="These are no raw scores: cross-entropy behind them applies a softmax to 0 to 1.",
    inputs=(Port(name="in", axes="N ... D"),),
    outputs=(Port(name="out", axes="N ..."),),
    forward=("{out} = {in}.norm(dim=-1)",),
    activation="linear",
    examples=(((2, 3, 4),), ((2, 5),)),
)

CAPSULE_MASK = LayerSpec(
    id="capsule_mask",
    title="Capsule mask",
    group="Special",
    covers=("LAY-47",),
    target="engine.modules.capsules.CapsuleMask",
    summary="Keeps one capsule and sets the others to zero: the target's, or the longest.",
    keywords=("capsnet", "reconstruction", "decoder", "select"),
    formula="y = v · [k = target] in training, v · [k = argmax |v|] in evaluation",
    notes=(
        "In front of the layers that reconstruct the picture. Wire an Input that reads the target "
        "to it: in training the right capsule is kept, in evaluation the longest one. Without a "
        "target it is always the longest."
    ),
    pitfalls=(
        "If reconstruction is much worse in validation than in training, the wrong capsule is "
        "often the longest; look at the accuracy first."
    ),
    inputs=(
        Port(name="capsules", axes="N K D", doc="Capsules and their numbers."),
        Port(name="target", axes="N", dtype="int", optional=True, doc="The right class."),
    ),
    outputs=(Port(name="out", axes="N K D"),),
    forward=("{out} = {self}({capsules}, {target})",),
    check=_mask,
    examples=(((4, 3, 5), (4,)), ((4, 3, 5),)),
    example_dtypes=("float32", "int64"),
)

CAPSULE_MARGIN = LossSpec(
    id="capsule_margin",
    title="Capsule margin",
    group="Loss",
    task="classes",
    covers=("LOS-06", "LAY-47"),
    summary="The right class's vector should be long, all others short.",
    keywords=("capsnet", "margin", "hinge", "classification"),
    formula="L = Σ T·max(0, m⁺ − |v|)² + λ·(1 − T)·max(0, |v| − m⁻)², averaged over the batch",
    notes=(
        f"Takes lengths from 0 to 1, from Vector length, and class numbers. {_PAPER}: 0.9, 0.1 and "
        "0.5. Several classes can be there at once, since lengths do not compete. Add the "
        "reconstruction with a weight of 0.0005 times the number of pixels where that is a mean."
    ),
    pitfalls="A loss that stays at 0.81 has all lengths at 0: see Routing capsules.",
    inputs=(
        Port(name="prediction", axes="N C", doc="A length for each class."),
        Port(
            name="target",
            axes="N ...",
            dtype="any",
            optional=True,
            doc="The right answer by wire, instead of from a field.",
        ),
    ),
    forward=(
        "{out} = nn.functional.one_hot({target}, {prediction}.shape[1])",
        (
            "{out} = {out} * ({p.upper} - {prediction}).clamp(min=0).square() "
            "+ {p.down} * (1 - {out}) * ({prediction} - {p.lower}).clamp(min=0).square()"
        ),
        "{out} = {out}.sum(dim=1).mean()",
    ),
    check=_margin,
    activation="linear",
    params=(
        FIELD,
        WEIGHT,
        Param(
            name="upper",
            title="Upper margin (m⁺)",
            default=0.9,
            gt=0,
            le=1,
            argument=False,
            doc="The right class need not be longer than this.",
        ),
        Param(
            name="lower",
            title="Lower margin (m⁻)",
            default=0.1,
            ge=0,
            lt=1,
            argument=False,
            doc="Other classes need not be shorter than this.",
        ),
        Param(
            name="down",
            title="Weight of the others (λ)",
            default=0.5,
            ge=0,
            le=1000,
            argument=False,
            doc="How much wrong classes count; below 1 keeps all lengths from shrinking at first.",
        ),
    ),
    example_range=(0, 1),
    examples=(((4, 3), (4,)),),
    example_dtypes=("float32", "int64"),
)
