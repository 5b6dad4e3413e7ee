"""What the entries of losses share: their usual settings and ports, and checks of their inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.spec import Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FIELD = Param(
    name="field",
    title="Target",
    default="",
    kind="field",
    argument=False,
    doc="The data field that holds the right answers. Empty: the data's target.",
)
WEIGHT = Param(
    name="weight", default=1.0, ge=0, argument=False, advanced=True,
    doc="What the loss is multiplied by in the total.",
)  # fmt: skip
PORTS = (
    Port(name="prediction", axes="N ...", doc="What the network says."),
    Port(
        name="target",
        axes="N ...",
        dtype="any",
        optional=True,
        doc="The right answer by wire, instead of from a field.",
    ),
)
SCORES = (Port(name="prediction", axes="N C ...", doc="A score for each class."), PORTS[1])
CLASS_WEIGHTS = Param(
    name="class_weights",
    default=(),
    kind="floats",
    gt=0,
    le=1e6,
    argument=False,
    advanced=True,
    doc="What each class counts, one number a class; above 1 for rare ones. Empty: all alike.",
)


def same_numbers(
    values: Mapping[str, Any], prediction: TensorSpec, target: TensorSpec | None = None
) -> str | None:
    """Return what is wrong where prediction and target differ in more than axes of 1, or None."""
    if target is None or _without_ones(prediction) == _without_ones(target):
        return None
    return (
        f"Its prediction is {prediction} and its target {target}; both need the same numbers for "
        "each sample. Change the size of the last layer."
    )


def _without_ones(received: TensorSpec) -> list[int]:
    return [n for n in received.shape if n != 1]


def class_numbers(
    values: Mapping[str, Any], prediction: TensorSpec, target: TensorSpec | None = None
) -> str | None:
    """Return what is wrong with class numbers for scores on axis 1, or None."""
    if target is None:
        return None
    if not target.dtype.startswith("int"):
        return (
            f"Its target must be class numbers (int64); {target} of {target.dtype} comes. "
            "For decimal targets take mean squared error."
        )
    wanted = prediction.shape[:1] + prediction.shape[2:]
    if wanted == target.shape:
        return None
    hint = ""
    if prediction.shape[:-1] == target.shape:
        hint = " For classes on the last axis take Sequence cross-entropy."
    return (
        f"Its prediction {prediction} has the classes on axis 1, so its target must be "
        f"{TensorSpec(wanted)}; it is {target}.{hint}"
    )


def counted(values: Mapping[str, Any], classes: int, name: str = "class_weights") -> str | None:
    """Return what is wrong with the number of weights for so many classes, or None."""
    given = len(values[name])
    if given in (0, classes) or (given == 1 and name != "class_weights"):
        return None
    return (
        f"It has {given} {name.replace('_', ' ')}, but its prediction has {classes} classes or "
        "labels; give one number for each, or none."
    )


def weighed(check: Callable[..., str | None], axis: int) -> Callable[..., str | None]:
    """Return a check that looks at the number of class weights too; classes on `axis`."""

    def both(
        values: Mapping[str, Any], prediction: TensorSpec, target: TensorSpec | None = None
    ) -> str | None:
        return check(values, prediction, target) or counted(values, prediction.shape[axis])

    return both
