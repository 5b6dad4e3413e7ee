"""Layers of other kinds of networks: the perceptron, radial bases, memory, mixed operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import features
from engine.catalog.loss_parts import FIELD, PORTS, WEIGHT, same_numbers
from engine.catalog.spec import LayerSpec, LossSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def _alike(values: Mapping[str, Any], *received: TensorSpec) -> str | None:
    if len({r.shape for r in received}) > 1:
        listed = " and ".join(str(r) for r in dict.fromkeys(received))
        return (
            f"Its branches must all have one shape; it receives {listed}. Padding “same” keeps the "
            "size of an image, and as many filters the number of channels."
        )
    return None


def _branches(*received: TensorSpec) -> int:
    return len(received)


def _perceptron_face(values: Mapping[str, Any]) -> Iterable[str]:
    yield "" if values["units"] == 1 else f"{values['units']:,} units"
    yield "" if values["bias"] else "no bias"


def _radial_face(values: Mapping[str, Any]) -> Iterable[str]:
    yield f"{values['units']:,} centres"
    yield {"samples": "from samples", "k-means": "by k-means"}.get(values["centres_from"], "")
    yield f"σ {faces.number(values['width'])}"


PERCEPTRON = LayerSpec(
    id="perceptron",
    title="Perceptron",
    gradient_note="The gradient passes its step unchanged: the perceptron rule.",
    group="Special",
    covers=("LAY-03",),
    target="engine.modules.perceptron.Perceptron",
    summary="A weighted sum and a step: says 1 on one side of a line and 0 on the other.",
    keywords=("rosenblatt", "neuron", "threshold", "step", "linear classifier", "heaviside"),
    formula="y = 1 if w₁x₁ + … + wₙxₙ + b ≥ 0 else 0;  w ← w + η (t − y) x",
    notes=(
        "The first neuron that learned (Rosenblatt 1958). Wire it to the loss Perceptron rule and "
        "train with SGD without momentum: each step is then the rule itself, averaged over the "
        "batch; with batches of one it is the algorithm of the books. It ends without a mistake "
        "where one straight line parts the classes, as for AND and OR. The gradient passes the "
        "step as if it were not there (straight-through), so several can stand in a row."
    ),
    pitfalls=(
        "Where no line parts the classes, as for XOR, it never settles: accuracy jumps up and down "
        "and stays at 0.75 or below. A hidden layer helps (Dense, an activation, Dense); a second "
        "perceptron behind the first learns badly, as its gradient is not a true one. Between two "
        "epochs of equal accuracy the line may still have moved: it has no margin."
    ),
    inputs=(Port(name="in", axes="N ... F"),),
    outputs=(Port(name="out", axes="N ... F", doc="Zeros and ones."),),
    inferred={"in_features": features},
    activation="tanh",
    initialize=True,
    face=_perceptron_face,
    params=(
        Param(
            name="units",
            default=1,
            ge=1,
            le=1_000_000,
            doc="How many perceptrons read the same input; each draws a line of its own.",
        ),
        Param(name="bias", default=True, doc="Lets the line lie beside the origin."),
    ),
    examples=(((4, 5),), ((2, 7, 5),)),
)

PERCEPTRON_RULE = LossSpec(
    id="perceptron_rule",
    title="Perceptron rule",
    group="Loss",
    task="binary",
    covers=("LAY-03",),
    summary="Half the squared error: behind a perceptron, SGD on it is the perceptron rule.",
    keywords=("rosenblatt", "delta rule", "half squared error", "binary"),
    formula="L = ½ Σ (t − y)², averaged over the batch",
    notes=(
        "Its gradient by w is −(t − y) x, so that plain SGD makes w ← w + η (t − y) x. The value "
        "is half the share of mistakes. For answers of 0 and 1; behind a Dense it is the delta "
        "rule (Widrow, Hoff 1960)."
    ),
    pitfalls=(
        "With momentum or Adam a step is no longer the rule. Accuracy counts a prediction above 0 "
        "as yes, as for raw scores: right for a perceptron, but not for a Dense trained to say 0 "
        "and 1."
    ),
    inputs=PORTS,
    forward=(
        "{out} = {prediction} - {target}.reshape_as({prediction}).to({prediction}.dtype)",
        "{out} = 0.5 * {out}.square().sum() / len({prediction})",
    ),
    check=same_numbers,
    activation="linear",
    params=(FIELD, WEIGHT),
    examples=(((4, 1), (4,)), ((4, 3), (4, 3))),
)

RADIAL_BASIS = LayerSpec(
    id="radial_basis",
    title="RBF layer",
    gradient_note="While its centres are being placed, the gradient leaves them alone.",
    group="Special",
    covers=("LAY-46", "ACT-09"),
    target="engine.modules.perceptron.RadialBasis",
    summary="Says how near each of its centres is: a bell around each, read out by a Dense.",
    keywords=("radial basis function", "gaussian", "kernel", "centres", "k-means", "rbfn"),
    formula="φ(x) = exp(−‖x − c‖² / 2σ²)",
    notes=(
        "A Dense behind it makes the network of the books: φ, then weights. For curves, series and "
        "classes in few dimensions. Centres are taken from the first samples of training, or from "
        "k-means over the first steps; the last axis is what distances are taken over. Rule of "
        "thumb: σ = d / √(2K), d the largest distance between the K centres. With centres and "
        "widths fixed the read-out is a linear model, quickly fitted."
    ),
    pitfalls=(
        "Inputs far from every centre give zeros: outside the range of training it says the "
        "read-out's bias, and nothing learns there. Widths too small make a row of spikes "
        "(training error low, validation high), too large ones make all units alike. Distances "
        "grow with the number of features: on hundreds of them all outputs are 0 until σ is about "
        "√F. Standardise, or the column with large numbers decides alone."
    ),
    inputs=(Port(name="in", axes="N ... F"),),
    outputs=(Port(name="out", axes="N ... C", doc="Nearness of each centre, 0 to 1."),),
    inferred={"in_features": features},
    activation="linear",
    face=_radial_face,
    params=(
        Param(name="units", title="Centres", default=32, ge=1, le=65_536, doc="How many bells."),
        Param(
            name="centres_from",
            title="Centres from",
            default="samples",
            choices=("samples", "k-means", "random"),
            doc="The first samples, k-means that starts at those, or normal random numbers.",
        ),
        Param(
            name="fit_steps",
            title="Steps of k-means",
            default=100,
            ge=1,
            le=1_000_000,
            unit="steps",
            advanced=True,
            doc="For how many training steps k-means moves the centres; then the gradient may.",
        ),
        Param(
            name="width",
            title="Width (σ)",
            default=1.0,
            ge=1e-6,
            le=1e6,
            doc="Standard deviation of the bells at the start, in units of the input.",
        ),
        Param(
            name="learn_centres",
            default=True,
            doc="On: the gradient moves the centres. Off: they stay where they were put.",
        ),
        Param(
            name="learn_widths",
            default=True,
            doc="On: each bell learns its own width. Off: all keep the one they began with.",
        ),
    ),
    examples=(((4, 5),), ((2, 7, 3),)),
)

MEMORY_CELL = LayerSpec(
    id="memory_cell",
    title="Memory cell",
    group="Special",
    covers=("LAY-52",),
    target="engine.modules.memory.MemoryCell",
    summary="Reads a sequence and keeps notes in a memory that it looks up by content.",
    keywords=(
        "neural turing machine",
        "ntm",
        "external memory",
        "memory-augmented",
        "content addressing",
        "recurrent",
    ),
    formula="w = softmax(β cos(k, M)), wᵞ/Σwᵞ;  M ← M(1 − w eᵀ) + w aᵀ;  r = Σ w M",
    notes=(
        "For what must be kept exactly and found again: copying, look-up, few-shot learning. An "
        "LSTM cell leads; each step it writes (erase, then add), reads, and answers from its state "
        "and what it read. Content alone finds by likeness; with Move it can also go to the slot "
        "beside the last one, which copying in order needs. ≠ The memory's start is learned, not "
        "zero or random; one head writes and one reads (Graves, Wayne, Danihelka 2014)."
    ),
    pitfalls=(
        "Slow, step by step in Python, and its loss often stands still for hundreds of steps and "
        "then falls. Clip the gradient's norm at 1 to 10 and take RMSprop or Adam at 0.001 or "
        "less: a jump to NaN is the sign. Where it read (its third output) stays even over all "
        "slots while it does not use its memory; then an LSTM does as well."
    ),
    inputs=(Port(name="in", axes="N L F", doc="A sequence."),),
    outputs=(
        Port(name="sequence", axes="N L F", doc="The answer at each step."),
        Port(name="last", axes="N F", doc="The answer at the last step."),
        Port(name="places", axes="N L S", doc="How much of each slot was read at each step."),
        Port(name="memory", axes="N S W", doc="The memory at the end."),
    ),
    forward=("{sequence}, {last}, {places}, {memory} = {self}({in})",),
    inferred={"input_size": features},
    activation="tanh",
    face=lambda v: (
        f"{v['hidden_size']} units",
        f"{v['slots']}×{v['width']} memory",
        "moves" if v["move"] else "",
    ),
    params=(
        Param(
            name="hidden_size",
            title="Units",
            default=64,
            ge=1,
            le=65_536,
            doc="Size of the controller's state and of the answers.",
        ),
        Param(name="slots", default=32, ge=1, le=65_536, doc="How many vectors the memory holds."),
        Param(name="width", default=16, ge=1, le=65_536, doc="Length of each of those vectors."),
        Param(
            name="move",
            default=False,
            doc="Adds a gate and a shift: stay with the last place, or step to its neighbour.",
        ),
    ),
    examples=(((2, 5, 3),), ((3, 2, 1),)),
)

MIXED_OPERATION = LayerSpec(
    id="mixed_operation",
    title="Mixed operation",
    group="Special",
    covers=("LAY-53",),
    target="engine.modules.perceptron.MixedOperation",
    summary="A weighted mean of several branches; which one counts most is learned.",
    keywords=("darts", "architecture search", "nas", "choice", "branches", "weighted sum"),
    formula="y = Σᵢ softmax(α)ᵢ · xᵢ",
    notes=(
        "Architecture search by gradient (DARTS, Liu et al. 2019): wire the candidate layers to "
        "it. Train the layers in one phase on the training part, and this node alone in a second "
        "phase on the validation part. Then keep the branch with the largest α and train that "
        "network anew. ≠ This is DARTS of first order: both phases take plain steps in turn."
    ),
    pitfalls=(
        "Trained in the same phase as the layers, α fits the training data and favours the branch "
        "that overfits. Branches without weights (skip, pooling) learn at once and win early: give "
        "the layers a start before α moves. The validation part is then no longer unseen: judge by "
        "the test part. If Decide costs much accuracy, the choice was not clear."
    ),
    inputs=(Port(name="in", axes="N ...", many=True, doc="The branches, all of one shape."),),
    inferred={"branches": _branches},
    check=_alike,
    face=lambda v: ("decides" if v["decide"] else "",),
    params=(
        Param(
            name="decide",
            default=False,
            doc="On: evaluation uses the best branch alone, as the final network would.",
        ),
    ),
    examples=(((2, 3), (2, 3)), ((2, 3, 4, 4), (2, 3, 4, 4), (2, 3, 4, 4))),
)
