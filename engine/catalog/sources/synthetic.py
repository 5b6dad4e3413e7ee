"""Points of the plane, made by a formula."""

from __future__ import annotations

from engine.catalog.sources.parts import SEED, target
from engine.catalog.spec import Field, Param, SourceSpec

_SAMPLES = Param(name="samples", default=1000, ge=10, le=1_000_000, doc="Number of points.")


def _noise(default: float) -> Param:
    return Param(name="noise", default=default, ge=0.0, le=10.0, doc="Spread of random error.")


def _classes(default: int) -> Param:
    return Param(name="classes", default=default, ge=2, le=10, doc="Number of classes.")


_POINT = Field(name="point", shape=(2,))

MOONS = SourceSpec(
    id="moons",
    title="Two moons",
    group="Synthetic",
    summary="Two half circles that reach into each other.",
    covers=("DAT-09",),
    keywords=("points", "2-d", "classification", "toy"),
    pitfalls=(
        "With little noise every network solves it; with noise 0.3 and more the classes overlap, "
        "and 1.0 is overfitting."
    ),
    target="engine.data.loaders.moons",
    task="classes",
    params=(_SAMPLES, _noise(0.2), SEED),
    fields=(_POINT, target("0", "1")),
)

CIRCLES = SourceSpec(
    id="circles",
    title="Circles",
    group="Synthetic",
    summary="A small circle within a large one.",
    covers=("DAT-09",),
    keywords=("points", "2-d", "classification", "toy", "rings"),
    pitfalls="No straight line parts them: a network without an activation stays at 0.5.",
    target="engine.data.loaders.circles",
    task="classes",
    params=(
        _SAMPLES,
        _noise(0.1),
        Param(
            name="factor", default=0.5, gt=0.0, lt=1.0, doc="Size of the inner circle to the outer."
        ),
        SEED,
    ),
    fields=(_POINT, target("0", "1")),
)

SPIRALS = SourceSpec(
    id="spirals",
    title="Spirals",
    group="Synthetic",
    summary="Arms that wind around each other, one for each class.",
    covers=("DAT-09",),
    keywords=("points", "2-d", "classification", "toy"),
    pitfalls=(
        "Many turns need many units and epochs; the loss stays at ln C for a while and then falls "
        "at once."
    ),
    target="engine.data.loaders.spirals",
    task="classes",
    params=(
        _SAMPLES,
        _classes(2),
        Param(name="turns", default=1.5, gt=0.0, le=5.0, doc="How often an arm winds around."),
        _noise(0.05),
        SEED,
    ),
    fields=(_POINT, target("0", "1")),
)

XOR = SourceSpec(
    id="xor",
    title="XOR",
    group="Synthetic",
    summary="A square in four quarters; opposite quarters are of one class.",
    covers=("DAT-09",),
    keywords=("points", "2-d", "classification", "toy", "checkerboard"),
    pitfalls="No straight line parts it: a single layer stays near 0.5 for ever.",
    target="engine.data.loaders.xor",
    task="classes",
    params=(_SAMPLES, _noise(0.1), SEED),
    fields=(_POINT, target("0", "1")),
)

BLOBS = SourceSpec(
    id="blobs",
    title="Gaussian blobs",
    group="Synthetic",
    summary="Round clouds of points, one for each class.",
    covers=("DAT-09",),
    keywords=("points", "2-d", "classification", "toy", "clusters"),
    pitfalls="Wide clouds overlap, so that no network can reach 1.0.",
    target="engine.data.loaders.blobs",
    task="classes",
    params=(
        _SAMPLES,
        _classes(3),
        Param(name="spread", default=1.0, gt=0.0, le=10.0, doc="Standard deviation of a cloud."),
        SEED,
    ),
    fields=(_POINT, target("0", "1", "2")),
)

GATES = SourceSpec(
    id="gates",
    title="Logic gates",
    group="Synthetic",
    summary="Points around the four corners of a square, with what a logic gate says to each.",
    covers=("DAT-09",),
    keywords=("points", "2-d", "classification", "toy", "and", "or", "xor", "truth table"),
    pitfalls=(
        "XOR and XNOR have no straight line that parts them; a single layer gets three corners of "
        "four at best. With noise of 0.25 and more the corners run into each other."
    ),
    target="engine.data.loaders.gates",
    task="classes",
    params=(
        Param(
            name="gate",
            default="and",
            choices=("and", "or", "xor", "nand", "nor", "xnor"),
            doc="What is said to the two inputs of a corner.",
        ),
        Param(name="samples", default=400, ge=10, le=1_000_000, doc="Number of points."),
        _noise(0.1),
        SEED,
    ),
    fields=(_POINT, target("0", "1")),
)

SINE = SourceSpec(
    id="sine",
    title="Noisy sine",
    group="Synthetic",
    summary="Points along a sine curve with random error; predicts the curve.",
    covers=("DAT-09",),
    keywords=("curve", "regression", "1-d", "toy", "function", "wave"),
    pitfalls=(
        "No model gets below the noise: an RMSE under it on the training part is overfitting. "
        "Outside the range of training nothing is known of the curve."
    ),
    target="engine.data.loaders.sine",
    task="regression",
    params=(
        Param(name="samples", default=400, ge=10, le=1_000_000, doc="Number of points."),
        Param(
            name="periods",
            default=1.0,
            gt=0.0,
            le=100.0,
            doc="How many waves there are between the ends.",
        ),
        _noise(0.1),
        SEED,
    ),
    fields=(Field(name="x", shape=(1,)), target()),
)
