"""Axes added, taken out, cut, repeated, made longer and turned round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import axis_exists, normal_axis
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _size(values: Mapping[str, Any], received: TensorSpec) -> int:
    axis = normal_axis(values["dim"], received)
    assert axis is not None
    return received.shape[axis]


def _squeeze(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    wrong = axis_exists(values["dim"], received)
    if wrong or _size(values, received) == 1:
        return wrong
    return (
        f"It drops axis {values['dim']}, which has {_size(values, received)} places in {received}; "
        "only an axis of size 1 can go. Take Select or Mean over an axis."
    )


def _unsqueeze(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    rank, dim = len(received.shape), values["dim"]
    if 1 <= dim <= rank or -rank <= dim < 0:
        return None
    return (
        f"It cannot put an axis at place {dim} of {received}: places 1 to {rank}, or -1 to "
        f"-{rank} counted from the end, are free; the batch stays in front."
    )


def _slice(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    wrong = axis_exists(values["dim"], received)
    if wrong:
        return wrong
    size = _size(values, received)
    if len(range(size)[slice(values["start"], values["stop"])]) > 0:
        return None
    stop = "the end" if values["stop"] is None else values["stop"]
    return f"Nothing lies from place {values['start']} to {stop} of axis {values['dim']}: {size}."


def _slice_lines(values: Mapping[str, Any]) -> tuple[str, ...]:
    dim, step = values["dim"], values["step"]
    start, stop = ("" if v in (None, 0) else f"{v:d}" for v in (values["start"], values["stop"]))
    cut = f"{start}:{stop}" + ("" if step == 1 else f":{step:d}")
    place = ", ".join([":"] * dim + [cut] if dim >= 0 else ["...", cut, *[":"] * (-dim - 1)])
    return (f"{{out}} = {{in}}[{place}]",)


def _slice_face(values: Mapping[str, Any]) -> tuple[str, ...]:
    stop = "end" if values["stop"] is None else values["stop"]
    return (
        f"{values['start']} to {stop}",
        f"axis {values['dim']}",
        faces.unless(values["step"], 1, "every"),
    )


def _repeat_lines(values: Mapping[str, Any]) -> tuple[str, ...]:
    dim, count = values["dim"], values["times"]
    if values["how"] == "each":
        return (f"{{out}} = {{in}}.repeat_interleave({count:d}, dim={dim:d})",)
    return (f"{{out}} = torch.cat([{{in}}] * {count:d}, dim={dim:d})",)


def _axis(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    return axis_exists(values["dim"], received)


def _pad(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    wrong = axis_exists(values["dim"], received)
    if wrong or values["mode"] in ("constant", "replicate"):
        return wrong
    size, most = _size(values, received), max(values["before"], values["after"])
    room = size - 1 if values["mode"] == "reflect" else size
    if most <= room:
        return None
    return (
        f"Padding of {most} by “{values['mode']}” needs more places than the {size} of axis "
        f"{values['dim']} ({received}). Pad less, or with a constant."
    )


def _masked(
    values: Mapping[str, Any], received: TensorSpec, mask: TensorSpec | None = None
) -> str | None:
    if mask is None:
        return None
    if mask.shape[1] != received.shape[1]:
        return f"Its mask needs a mark for each of the {received.shape[1]} steps; it is {mask}."
    if mask.dtype != "bool":
        return f"Its mask must be true or false (bool); {mask.dtype} comes. Take Padding mask."
    return None


def _shift(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if values["steps"] < received.shape[1]:
        return None
    return (
        f"It shifts by {values['steps']} steps, which leaves nothing of the {received.shape[1]} "
        f"of {received}."
    )


def _dim(default: int, doc: str, *, argument: bool = False) -> Param:
    return Param(
        name="dim", title="Axis", default=default, ge=-16, le=16, argument=argument, doc=doc
    )


def _place(name: str, default: int | None, doc: str) -> Param:
    return Param(
        name=name,
        default=default,
        kind="int",
        ge=-1_000_000,
        le=1_000_000,
        optional=default is None,
        argument=False,
        doc=doc,
    )


_IN = (Port(name="in", axes="N A ...", dtype="any"),)
_OUT = (Port(name="out", axes="N ...", dtype="any"),)

SQUEEZE = LayerSpec(
    id="squeeze",
    title="Squeeze",
    group="Core",
    covers=("LAY-04",),
    summary="Drops an axis of size 1.",
    keywords=("remove", "axis", "reshape", "singleton"),
    formula="N × 1 × L → N × L",
    notes="Undoes Unsqueeze, or drops the single channel of a grey image.",
    pitfalls="An axis that happens to have size 1 today may have more tomorrow: then it stops.",
    inputs=_IN,
    outputs=_OUT,
    forward=("{out} = {in}.squeeze({p.dim})",),
    check=_squeeze,
    face=faces.axis("axis"),
    params=(_dim(-1, "Which axis to drop: 1 is the first behind the batch, -1 the last."),),
    examples=(((2, 3, 1),), ((4, 1),)),
)

UNSQUEEZE = LayerSpec(
    id="unsqueeze",
    title="Unsqueeze",
    group="Core",
    covers=("LAY-04",),
    summary="Puts in an axis of size 1.",
    keywords=("expand", "axis", "reshape", "channel", "singleton", "newaxis"),
    formula="N × L → N × 1 × L",
    notes=(
        "Gives a grey image its channel, a series its features, or a vector the axis along which "
        "Add and Multiply repeat it."
    ),
    pitfalls="At the wrong place, Add and Multiply repeat along another axis than you meant.",
    inputs=(Port(name="in", axes="N ...", dtype="any"),),
    outputs=_OUT,
    forward=("{out} = {in}.unsqueeze({p.dim})",),
    check=_unsqueeze,
    face=faces.axis("at axis"),
    params=(_dim(1, "Where the new axis stands: 1 is right behind the batch, -1 the end."),),
    examples=(((2, 3),), ((2, 3, 4, 4),)),
)

SLICE = LayerSpec(
    id="slice",
    title="Slice",
    group="Core",
    covers=("LAY-06",),
    summary="Takes a stretch of places along an axis.",
    keywords=("crop", "cut", "range", "part", "trim", "stride", "subsequence"),
    formula="y = x[start : stop : step]",
    notes=(
        "Places count from 0, negative ones from the end; the stop is no longer part of it. Two of "
        "them crop an image."
    ),
    pitfalls="A stop beyond the end is the end, without a word: look at the shape on the wire.",
    inputs=_IN,
    outputs=_OUT,
    write=_slice_lines,
    check=_slice,
    face=_slice_face,
    params=(
        _dim(1, "The axis to cut: 1 is the first behind the batch, -1 the last."),
        _place("start", 0, "The first place taken; -1 is the last."),
        _place("stop", None, "The first place no longer taken. Empty: to the end."),
        Param(
            name="step",
            default=1,
            ge=1,
            le=1_000_000,
            argument=False,
            advanced=True,
            doc="2 takes every second place.",
        ),
    ),
    examples=(((2, 5, 3),), ((4, 3),)),
)

REPEAT = LayerSpec(
    id="repeat",
    title="Repeat",
    group="Core",
    covers=("LAY-06",),
    summary="Repeats what stands along an axis.",
    keywords=("tile", "copy", "expand", "upsample", "repeat vector", "broadcast", "duplicate"),
    formula="whole: a b a b; each: a a b b",
    notes=(
        "Behind Unsqueeze it makes a sequence of one vector, for a decoder that reads the same "
        "code at every step. Add and Multiply repeat axes of size 1 by themselves."
    ),
    pitfalls="Memory grows with the number of times; “whole” and “each” differ in order only.",
    inputs=_IN,
    outputs=_OUT,
    write=_repeat_lines,
    check=_axis,
    face=lambda v: (f"{v['times']} times", f"axis {v['dim']}", v["how"]),
    params=(
        _dim(1, "The axis to make longer: 1 is the first behind the batch, -1 the last."),
        Param(name="times", default=2, ge=1, le=10_000, argument=False, doc="How many times."),
        Param(
            name="how",
            default="whole",
            choices=("whole", "each"),
            argument=False,
            doc="The whole one after another (tile), or each place by itself.",
        ),
    ),
    examples=(((2, 3, 4),), ((4, 3),)),
)

PAD = LayerSpec(
    id="pad",
    title="Pad",
    group="Core",
    covers=("LAY-06",),
    target="engine.modules.rearrange.Pad",
    summary="Adds places in front of and behind an axis.",
    keywords=("border", "zero padding", "reflect", "mirror", "replicate", "circular", "extend"),
    formula="out = before + in + after",
    notes=(
        "For a border on one side only, such as the causal one of a convolution over time (kernel "
        "− 1 in front). An image takes two of them, one for each axis. Convolutions pad themselves."
    ),
    pitfalls=(
        "A constant border looks like content to the next layer: after standardising, 0 is the "
        "mean, not black. Reflecting needs more places than it adds."
    ),
    inputs=_IN,
    outputs=_OUT,
    check=_pad,
    face=lambda v: (
        f"{v['before']} + {v['after']}",
        f"axis {v['dim']}",
        "" if v["mode"] == "constant" else v["mode"],
    ),
    params=(
        _dim(-1, "The axis to make longer: 1 is the first behind the batch.", argument=True),
        Param(name="before", default=1, ge=0, le=65_536, doc="How many places in front."),
        Param(name="after", default=1, ge=0, le=65_536, doc="How many places behind."),
        Param(
            name="mode",
            title="Padding with",
            default="constant",
            choices=("constant", "replicate", "reflect", "circular"),
            doc="A number, the edge repeated, the mirror image, or the other end.",
        ),
        Param(
            name="value", default=0.0, ge=-1e6, le=1e6, doc="The number that a constant border has."
        ),
    ),
    examples=(((2, 3, 4),), ((2, 3),)),
)

REVERSE_SEQUENCE = LayerSpec(
    id="reverse_sequence",
    title="Reverse sequence",
    group="Core",
    covers=("LAY-06",),
    target="engine.modules.rearrange.Reverse",
    summary="Turns the order of the steps round.",
    keywords=("flip", "backwards", "mirror", "bidirectional", "translation", "order"),
    formula="y₁ … y_L = x_L … x₁",
    notes=(
        "An encoder that reads its source backwards ends at the first words, which the decoder "
        "needs first. Wire a Padding mask so that padding stays behind the content."
    ),
    pitfalls="Without the mask, padding comes first, and a recurrent layer reads it as content.",
    inputs=(
        Port(name="in", axes="N L ...", dtype="any"),
        Port(
            name="mask",
            axes="N L",
            dtype="any",
            optional=True,
            still=True,
            doc="True where there is content; from Padding mask.",
        ),
    ),
    outputs=(Port(name="out", axes="N L ...", dtype="any"),),
    forward=("{out} = {self}({in}, {mask})",),
    check=_masked,
    examples=(((2, 5, 3),), ((3, 4),), ((2, 4), (2, 4))),
    example_dtypes=("float32", "bool"),
)

SHIFT_RIGHT = LayerSpec(
    id="shift_right",
    title="Shift right",
    group="Core",
    covers=("LAY-06", "LAY-34"),
    summary="Moves a sequence by a step and puts a start mark (BOS) in front.",
    keywords=("bos", "teacher forcing", "decoder", "delay", "lag", "causal", "target"),
    formula="y = BOS, x₁ … x_(L−1)",
    notes=(
        "Makes a decoder's input of its target: at each step it sees what came before, never the "
        "answer. The length stays; the last step falls off. On decimal sequences it is a delay."
    ),
    pitfalls=(
        "Without it, a decoder trained on its own target copies the answer: the loss falls to "
        "nothing at once, and generating gives nonsense. The start mark must be a number of the "
        "vocabulary that means nothing else."
    ),
    inputs=(Port(name="in", axes="N L ...", dtype="any"),),
    outputs=(Port(name="out", axes="N L ...", dtype="any"),),
    forward=(
        "{out} = torch.full_like({in}[:, :{p.steps}], {p.value})",
        "{out} = torch.cat([{out}, {in}[:, :-{p.steps}]], dim=1)",
    ),
    check=_shift,
    face=lambda v: (f"starts with {v['value']}", faces.unless(v["steps"], 1, "by")),
    params=(
        Param(
            name="value",
            title="Start mark (BOS)",
            default=0,
            ge=0,
            le=10_000_000,
            argument=False,
            doc="The number that stands in front.",
        ),
        Param(
            name="steps",
            default=1,
            ge=1,
            le=65_536,
            argument=False,
            advanced=True,
            doc="How far everything moves, and how many start marks there are.",
        ),
    ),
    examples=(((2, 5),), ((2, 5, 3),)),
)
