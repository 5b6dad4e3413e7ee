"""One tensor cut into several along an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.checks import axis_exists, normal_axis
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _split(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    wrong = axis_exists(values["dim"], received)
    if wrong:
        return wrong
    axis = normal_axis(values["dim"], received)
    assert axis is not None
    return _sizes(values["sizes"], received.shape[axis])


def _sizes(sizes: tuple[int, ...], have: int) -> str | None:
    listed, known = ", ".join(map(str, sizes)), sum(n for n in sizes if n > 0)
    if 0 in sizes:
        return f"Its parts {listed} must have 1 place or more, or be -1."
    if all(n == -1 for n in sizes):
        if have % len(sizes) == 0:
            return None
        return f"It cuts {len(sizes)} equal parts, but {have} places cannot be shared equally."
    if sizes.count(-1) > 1:
        return f"Of its parts {listed} one may be -1, which takes what is left, or all."
    if -1 in sizes:
        return None if known < have else f"Its parts {listed} leave nothing of {have} places."
    if known == have:
        return None
    return f"Its parts {listed} make {known} places, but {have} come in; one of them may be -1."


def _lines(*ports: str) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    names = ", ".join(f"{{{port}}}" for port in ports)

    def lines(values: Mapping[str, Any]) -> tuple[str, ...]:
        sizes: tuple[int, ...] = values["sizes"]
        dim = f"dim={values['dim']:d}"
        if all(n == -1 for n in sizes):
            return (f"{names} = {{in}}.chunk({len(sizes)}, {dim})",)
        if -1 not in sizes:
            return (f"{names} = {{in}}.split({list(sizes)}, {dim})",)
        rest = sizes.index(-1)
        cuts = [sum(sizes[:i]) for i in range(1, rest + 1)]
        cuts += [-sum(sizes[i:]) for i in range(rest + 1, len(sizes))]
        return (f"{names} = {{in}}.tensor_split({cuts}, {dim})",)

    return lines


def _face(values: Mapping[str, Any]) -> tuple[str, ...]:
    sizes: tuple[int, ...] = values["sizes"]
    equal = all(n == -1 for n in sizes)
    parts = " + ".join("rest" if n == -1 else str(n) for n in sizes)
    return (f"{len(sizes)} equal parts" if equal else parts, f"axis {values['dim']}")


def _settings(parts: int) -> tuple[Param, Param]:
    return (
        Param(
            name="dim",
            title="Axis",
            default=1,
            ge=-16,
            le=16,
            argument=False,
            doc="The axis to cut: 1 is the first behind the batch, -1 the last.",
        ),
        Param(
            name="sizes",
            title="Parts",
            default=(-1,) * parts,
            length=parts,
            ge=-1,
            le=1_000_000,
            argument=False,
            doc="Places of each part; one -1 takes what is left, -1 for all makes equal parts.",
        ),
    )


_PORTS = tuple(
    Port(name=name, axes="N A ...", dtype="any") for name in ("first", "second", "third", "fourth")
)
_IN = (Port(name="in", axes="N A ...", dtype="any"),)
_NOTES = (
    "Parts that are not wired are cut and forgotten. Concatenate joins them again. What several "
    "heads or gates should share comes from one layer in front. "
)
_PITFALLS = (
    "Fixed sizes break as soon as the layer in front changes its width; a -1 keeps going. On axis "
    "1 of an image it cuts channels, on the last one columns."
)

SPLIT = LayerSpec(
    id="split",
    title="Split",
    group="Core",
    covers=("LAY-06",),
    summary="Cuts its input into two along an axis.",
    keywords=(
        "chunk",
        "part",
        "divide",
        "mean and variance",
        "gate",
        "outputs",
        "halves",
        "unstack",
    ),
    formula="x = (first, second)",
    notes=_NOTES + "For three and four parts there are entries of their own.",
    pitfalls=_PITFALLS,
    inputs=_IN,
    outputs=_PORTS[:2],
    write=_lines("first", "second"),
    check=_split,
    face=_face,
    params=_settings(2),
    examples=(((2, 4, 3),), ((4, 2),)),
)

SPLIT3 = LayerSpec(
    id="split3",
    title="Split in three",
    group="Core",
    covers=("LAY-06",),
    summary="Cuts its input into three along an axis.",
    keywords=("chunk", "part", "divide", "query key value", "outputs", "thirds"),
    formula="x = (first, second, third)",
    notes=_NOTES + "Three parts are query, key and value, or red, green and blue.",
    pitfalls=_PITFALLS,
    inputs=_IN,
    outputs=_PORTS[:3],
    write=_lines("first", "second", "third"),
    check=_split,
    face=_face,
    params=_settings(3),
    examples=(((2, 6, 3),), ((4, 3),)),
)

SPLIT4 = LayerSpec(
    id="split4",
    title="Split in four",
    group="Core",
    covers=("LAY-06",),
    summary="Cuts its input into four along an axis.",
    keywords=("chunk", "part", "divide", "gates", "outputs", "quarters"),
    formula="x = (first, second, third, fourth)",
    notes=_NOTES + "Four parts are the gates of an LSTM cell, or the branches of a block.",
    pitfalls=_PITFALLS,
    inputs=_IN,
    outputs=_PORTS,
    write=_lines("first", "second", "third", "fourth"),
    check=_split,
    face=_face,
    params=_settings(4),
    examples=(((2, 8, 3),), ((4, 4),)),
)
