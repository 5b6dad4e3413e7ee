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
