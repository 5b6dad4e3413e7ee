"""Layers every network needs: what goes in and out, Dense, and changes of shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import axis_exists, elements, features, normal_axis, times
from engine.catalog.spec import BATCH, LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _dense(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if received.shape[-1] == BATCH:
        return f"It needs a last axis of features; it receives one number per sample ({received})."
    return None


def _flatten(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    start, end = values["start_dim"], values["end_dim"]
    wrong = axis_exists(start, received) or axis_exists(end, received)
    if wrong:
        return wrong
    first, last = normal_axis(start, received), normal_axis(end, received)
    assert first is not None
    assert last is not None
    if first > last:
        return (
            f"It flattens from axis {first} to axis {last}; the first must not be behind the last."
        )
    return None


def _reshape(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    shape: tuple[int, ...] = values["shape"]
    if any(n < -1 or n == 0 for n in shape) or shape.count(-1) > 1:
        return (
            f"Its shape {times(shape)} must be made of whole numbers of at least 1; "
            "one of them may be -1, which takes what is left."
        )
    have = elements(received.shape[1:])
    want = elements(tuple(n for n in shape if n != -1))
    if have == want or (-1 in shape and have % want == 0):
        return None
    verb = "a multiple of " if -1 in shape else ""
    return (
        f"Its shape {times(shape)} holds {verb}{want} numbers, "
        f"but a sample of {received} has {have}."
    )


def _embedding(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if not received.dtype.startswith("int"):
        return (
            "It looks up rows by number and needs whole numbers (int64); "
            f"it receives {received.dtype}. Wire it to a field of token or category numbers."
        )
    padding, rows = values["padding_idx"], values["num_embeddings"]
    if padding is not None and padding >= rows:
        return f"Its padding index {padding} must be below its number of rows, {rows}."
    return None


INPUT = LayerSpec(
    id="input",
    title="Input",
    group="Core",
    covers=("LAY-01",),
    summary="Brings one field of the data into the network.",
    keywords=("data", "source", "feature", "image", "start"),
    formula="y = the chosen field of the data",
    notes=(
        "Shape and type come from the data. Standardised inputs (mean 0, deviation 1) train "
        "faster, and SELU needs them; the data recipe does that with the training part's figures."
    ),
    pitfalls=(
        "A field that holds the answer, or is made from it, gives perfect figures that mean "
        "nothing. Columns of very different size learn unevenly without scaling."
    ),
    inputs=(),
    outputs=(Port(name="out", axes="N ...", dtype="any"),),
    forward=(),
    face=faces.nothing,
    params=(
        Param(
            name="field",
            default="",
            kind="field",
            argument=False,
            doc="Which field of the data to read. Empty: the first input field.",
        ),
    ),
)

OUTPUT = LayerSpec(
    id="output",
    title="Output",
    group="Core",
    covers=("LAY-01",),
    summary="Names a value that the finished network returns.",
    keywords=("result", "prediction", "end", "return"),
    formula="result[name] = x",
    notes=(
        "Not needed for training: a loss reads its prediction by wire. Put a Softmax or Sigmoid in "
        "front of the output, not of the loss, to get probabilities out."
    ),
    pitfalls=(
        "Scores that the loss reads raw come out raw: without Softmax or Sigmoid in front of this "
        "they are no probabilities."
    ),
    inputs=(Port(name="in", axes="N ...", dtype="any"),),
    outputs=(),
    forward=("{out} = {in}",),
    activation="linear",
    face=lambda v: (f"“{v['name']}”" if v.get("name") else "",),
    params=(
        Param(
            name="name",
            default="",
            argument=False,
            doc="What to call the value. Empty: the node's name.",
        ),
    ),
    examples=(((2, 3),),),
)

DENSE = LayerSpec(
    id="dense",
    title="Dense",
    group="Core",
    covers=("LAY-02",),
    target="torch.nn.Linear",
    summary="Every output is a weighted sum of all inputs plus a bias.",
    keywords=(
        "linear",
        "fully connected",
        "fc",
        "perceptron",
        "affine",
        "units",
        "neurons",
        "hidden layer",
    ),
    formula="y = x Wᵀ + b",
    notes=(
        "Works on the last axis, whatever stands before it. Without an activation behind it, two "
        "Dense layers are worth one. Flatten an image first."
    ),
    pitfalls=(
        "On a flattened image most of the network's weights end up here, and it overfits: training "
        "accuracy goes on rising, validation does not. Two in a row without an activation are one."
    ),
    inputs=(Port(name="in", axes="N ... F"),),
    outputs=(Port(name="out", axes="N ... F"),),
    inferred={"in_features": features},
    check=_dense,
    activation="linear",
    initialize=True,
    face=faces.units,
    params=(
        Param(
            name="out_features",
            title="Units",
            default=64,
            ge=1,
            le=1_000_000,
            doc="How many outputs; as many as there are classes in a classifier's last layer.",
        ),
        Param(name="bias", default=True, doc="Adds a learned number to each output."),
    ),
    examples=(((4, 5),), ((2, 7, 5),)),
)

FLATTEN = LayerSpec(
    id="flatten",
    title="Flatten",
    group="Core",
    covers=("LAY-04",),
    target="torch.nn.Flatten",
    summary="Lays the axes of each sample out in one row.",
    keywords=("reshape", "vector", "ravel"),
    formula="N × C × H × W → N × CHW",
    notes="Stands between convolutions and Dense. Global average pooling is the leaner way.",
    pitfalls=(
        "Throws away which numbers were neighbours, and fixes the size of the images. Flattening "
        "from axis 0 would mix samples; the batch axis stays out of it."
    ),
    inputs=(Port(name="in", axes="N A ...", dtype="any"),),
    outputs=(Port(name="out", axes="N ...", dtype="any"),),
    check=_flatten,
    face=lambda v: (faces.unless(v["start_dim"], 1, "from axis"),),
    params=(
        Param(
            name="start_dim",
            title="First axis",
            default=1,
            ge=-16,
            le=16,
            advanced=True,
            doc="The first axis to join; 0 is the batch, which stays.",
        ),
        Param(
            name="end_dim",
            title="Last axis",
            default=-1,
            ge=-16,
            le=16,
            advanced=True,
            doc="The last axis to join; -1 is the last there is.",
        ),
    ),
    examples=(((2, 3, 4, 5),), ((2, 6),)),
)

RESHAPE = LayerSpec(
    id="reshape",
    title="Reshape",
    group="Core",
    covers=("LAY-04",),
    summary="Gives each sample another shape with the same numbers in the same order.",
    keywords=("view", "unflatten", "shape"),
    formula="N × 784 → N × 1 × 28 × 28",
    notes="Moves no number. To swap axes (H × W × C to C × H × W) a reshape is the wrong tool.",
    pitfalls=(
        "Any shape with as many numbers is accepted, also one that tears pixels from their "
        "neighbours: the network then trains on a scrambled picture and does little better than a "
        "Dense."
    ),
    inputs=(Port(name="in", axes="N ...", dtype="any"),),
    outputs=(Port(name="out", axes="N ...", dtype="any"),),
    forward=("{out} = {in}.reshape({in}.shape[0], *{p.shape})",),
    check=_reshape,
    face=lambda v: (f"to N×{faces.times(v['shape'])}",),
    params=(
        Param(
            name="shape",
            default=(-1,),
            kind="ints",
            ge=-1,
            argument=False,
            doc="Shape of one sample, without the batch. One size may be -1: what is left.",
        ),
    ),
    examples=(((2, 3, 4),),),
)

EMBEDDING = LayerSpec(
    id="embedding",
    title="Embedding",
    gradient_note="The row of the padding number gets no gradient.",
    group="Core",
    covers=("LAY-08",),
    target="torch.nn.Embedding",
    summary="Looks up a learned vector for each whole number.",
    keywords=("token", "word", "lookup", "vocabulary", "category", "text", "words", "tokens"),
    formula="y = W[index]",
    notes=(
        "For words, tokens and categories. Its weights keep PyTorch's start, a normal distribution "
        "of deviation 1. A number outside the vocabulary stops the run."
    ),
    pitfalls=(
        "A token number that is not below the vocabulary's size stops the run. Rows that occur "
        "rarely hardly move from their random start."
    ),
    inputs=(Port(name="in", axes="N ...", dtype="any"),),
    outputs=(Port(name="out", axes="N ... C"),),
    check=_embedding,
    activation="linear",
    face=lambda v: (f"{v['num_embeddings']:,} words", f"{v['embedding_dim']} wide"),
    params=(
        Param(
            name="num_embeddings",
            title="Vocabulary",
            default=1000,
            ge=1,
            le=10_000_000,
            doc="How many different numbers can come in: 0 up to one less than this.",
        ),
        Param(
            name="embedding_dim",
            title="Dimension",
            default=32,
            ge=1,
            le=100_000,
            doc="Length of each vector.",
        ),
        Param(
            name="padding_idx",
            title="Padding index",
            default=None,
            kind="int",
            ge=0,
            optional=True,
            advanced=True,
            doc="The number that means nothing; its vector starts at zero and is not learned.",
        ),
    ),
    examples=(((2, 7),), ((3,),)),
    example_dtypes=("int64",),
)

NETWORK = LayerSpec(
    id="network",
    title="Sub-network",
    group="Core",
    covers=("LAY-55", "LAY-33", "LAY-56"),
    summary="Places another network of the project here, once or several times in a row.",
    keywords=(
        "block",
        "macro",
        "module",
        "group",
        "repeat",
        "share",
        "nested",
        "time-distributed",
        "pretrained",
        "transfer",
        "fine-tuning",
        "frozen",
    ),
    formula="y = network(x), or network(… network(x)) n times",
    notes=(
        "Its ports are the Inputs and Outputs of that network. With shared weights, every place "
        "that shares is the same network and learns as one; with its own it only has the form. "
        "Repeated, each copy's outputs go into the next; inputs beyond those stay the same. “Place "
        "a trained network from a file…” places the network of another project with the weights of "
        "its last run, frozen, which go beside this project's file: train a new head on it, then "
        "unfreeze it and fine-tune with a tenth of the learning rate or less."
    ),
    pitfalls=(
        "With shared weights every place changes when one learns, also in another phase. With "
        "weights of its own a copy does not follow what the other place has learned. A trained "
        "network wants its data prepared as they were: the same size, order of channels and "
        "scaling, or its features are noise. Frozen batch norms keep taking running averages."
    ),
    inputs=(),
    outputs=(),
    forward=(),
    params=(
        Param(
            name="network",
            default="",
            kind="network",
            argument=False,
            doc="Which network of the project stands here.",
        ),
        Param(
            name="weights",
            default="own",
            choices=("own", "shared"),
            argument=False,
            doc="Its own weights, or the same as every other place that shares this network.",
        ),
        Param(
            name="times",
            title="Repeat",
            default=1,
            ge=1,
            le=1000,
            argument=False,
            doc="How many copies stand in a row.",
        ),
        Param(
            name="tied",
            title="Copies share weights",
            default=False,
            argument=False,
            doc="On: the copies of the row are one and the same network.",
        ),
        Param(
            name="each",
            title="Apply to each item",
            default=False,
            argument=False,
            advanced=True,
            doc="On: runs for every item along axis 1 (time step, view) with the same weights.",
        ),
        Param(
            name="file",
            title="Weights from",
            default="",
            kind="path",
            argument=False,
            advanced=True,
            doc="A safetensors file whose weights it begins with. Empty: freshly drawn ones.",
        ),
    ),
)
