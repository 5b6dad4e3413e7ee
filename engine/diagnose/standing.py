"""Rules on a network as it stands: what can be seen without a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.diagnose.found import Found, better_start, removed
from engine.diagnose.structure import PASSING
from engine.remedies import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.diagnose.evidence import Evidence, PhaseEvidence
    from engine.diagnose.structure import Part


def _losses(evidence: Evidence) -> Iterator[tuple[PhaseEvidence, Part, Part]]:
    """Yield every loss once, with the phase and with what its prediction comes from."""
    told: set[str] = set()
    for phase in evidence.phases:
        for loss in phase.body.losses:
            # The right answers may come by wire too, before the prediction does.
            wired = loss.sources and loss.sources[0][0] == loss.spec.inputs[0].name
            above = phase.body.ahead(loss) if wired else None
            place = f"{phase.body.root}:{loss.path}"
            if above is not None and place not in told:
                told.add(place)
                yield phase, loss, above


def twice(evidence: Evidence) -> Iterator[Found]:
    """Yield every loss in front of which stands the activation that it applies itself."""
    for phase, loss, above in _losses(evidence):
        applies = loss.loss.applies if loss.loss is not None else ""
        if not applies or above.spec.id != applies:
            continue
        name, inner = phase.title(loss.path), phase.title(above.path)
        yield Found(
            loss.path,
            f"{name} applies a {applies} itself, and {inner} in front of it is a second one: the "
            "network learns slowly and its answers are never sure.",
            f"{inner} ({above.spec.title}) leads to {name} ({loss.spec.title}).",
            removed(above),
            phase.network,
        )


_CUTTING = frozenset(
    {
        "relu",
        "relu6",
        "sigmoid",
        "tanh",
        "softmax",
        "softplus",
        "hard_sigmoid",
        "hard_tanh",
        "softsign",
        "step",
    }
)
_PROBABLE = frozenset({"sigmoid", "softmax", "hard_sigmoid", "gumbel_softmax"})


def pair(evidence: Evidence) -> Iterator[Found]:
    """Yield every loss that does not suit the last activation in front of it."""
    for phase, loss, above in _losses(evidence):
        spec = loss.loss
        if spec is None or above.spec.id == spec.applies:
            continue
        if spec.applies:
            told = _scores(phase, loss, above)
        elif spec.id == "bce":
            told = _probabilities(phase, loss, above)
        elif spec.id == "nll":
            told = _logarithms(phase, loss, above)
        else:
            told = None
        if told is not None:
            message, fix = told
            evidence_ = f"{above.spec.title} leads to {loss.spec.title}."
            yield Found(loss.path, message, evidence_, fix, phase.network)


def _scores(phase: PhaseEvidence, loss: Part, above: Part) -> tuple[str, Remedy] | None:
    if above.spec.id not in _CUTTING:
        return None
    message = (
        f"{phase.title(loss.path)} wants raw scores of any size, and {phase.title(above.path)} "
        f"({above.spec.title}) in front of it cuts them off."
    )
    return message, removed(above)


def _probabilities(phase: PhaseEvidence, loss: Part, above: Part) -> tuple[str, Remedy] | None:
    if above.spec.id in _PROBABLE or not (above.weighted or above.spec.id in _CUTTING):
        return None
    message = (
        f"{phase.title(loss.path)} wants probabilities from 0 to 1, and {phase.title(above.path)} "
        f"({above.spec.title}) puts out other numbers."
    )
    return message, _turned(loss, above, "sigmoid")


def _logarithms(phase: PhaseEvidence, loss: Part, above: Part) -> tuple[str, Remedy] | None:
    if above.spec.id == "log_softmax" or not (above.weighted or above.spec.id in _CUTTING):
        return None
    message = (
        f"{phase.title(loss.path)} wants log-probabilities, and {phase.title(above.path)} "
        f"({above.spec.title}) puts out other numbers: the loss has no lower end."
    )
    return message, _turned(loss, above, "log_softmax")


def _turned(loss: Part, above: Part, spec: str) -> Remedy:
    """Return the remedy that ends a network with another activation."""
    title = spec.replace("_", "-").capitalize()
    if above.weighted:
        layers: list[tuple[str, dict[str, Any]]] = [(spec, {})]
        given = {"network": loss.network, "node": loss.node.id, "layers": layers}
        return Remedy("front", f"Put a {title} in front of “{loss.node.name}”", given)
    nodes, none = [above.node.id], dict[str, Any]()
    given = {"network": above.network, "nodes": nodes, "spec": spec, "params": none}
    return Remedy("swap", f"Make “{above.node.name}” a {title}", given)


_LINEAR = frozenset({"dense", "conv1d", "conv2d", "conv3d"})
_BETWEEN = PASSING | {"batch_norm1d", "batch_norm2d", "batch_norm3d"}


def linear(evidence: Evidence) -> Iterator[Found]:
    """Yield every layer of weights that follows another without an activation between."""
    told: set[tuple[str, str]] = set()
    for phase in evidence.phases:
        for part in phase.body.parts.values():
            above = _straight(phase, part)
            place = (part.network, part.node.id)
            if above is None or place in told:
                continue
            told.add(place)
            names = phase.title(above.path), phase.title(part.path)
            given = {"network": above.network, "nodes": [above.node.id], "spec": "relu"}
            yield Found(
                part.path,
                f"There is no activation between {names[0]} and {names[1]}: the two can do no more "
                "than one layer.",
                f"{names[0]} ({above.spec.title}) leads to {names[1]} ({part.spec.title}).",
                Remedy("behind", f"Put a ReLU behind “{above.node.name}”", {**given, "params": {}}),
                phase.network,
            )


def _straight(phase: PhaseEvidence, part: Part) -> Part | None:
    """Return the layer of weights in front of one with nothing but linear steps between."""
    if part.spec.id not in _LINEAR or part.frozen:
        return None
    above = phase.body.source(part)
    while above is not None and above.spec.id in _BETWEEN and len(above.readers) == 1:
        above = phase.body.source(above)
    if above is None or above.spec.id not in _LINEAR or len(above.readers) != 1:
        return None
    return None if above.leaves or _narrow(above, part) else above


def _narrow(above: Part, part: Part) -> bool:
    """Return whether a layer is a bottleneck, or one half of a separable convolution."""
    sizes = [_width(above), _width(part)]
    if None in sizes:
        return True
    if "conv" in part.spec.id and above.spec.id == part.spec.id:
        kernels = [p.values.get("kernel_size") for p in (above, part)]
        if any(set(_numbers(kernel)) == {1} for kernel in kernels) or kernels[0] != kernels[1]:
            return True
        if any(p.values.get("groups", 1) != 1 for p in (above, part)):
            return True
    assert sizes[0] is not None
    assert sizes[1] is not None
    return sizes[0] < sizes[1]


def _numbers(value: object) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,)
    return tuple(value) if isinstance(value, tuple | list) else ()  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _width(part: Part) -> int | None:
    size = part.values.get("out_features", part.values.get("out_channels"))
    return size if isinstance(size, int) else None


_ALIKE = frozenset({"zeros", "ones", "constant"})


def same_start(evidence: Evidence) -> Iterator[Found]:
    """Yield every layer with others behind it whose weights all start as the same number."""
    everywhere = evidence.project.training.initializer in _ALIKE
    told: set[tuple[str, str]] = set()
    for phase in evidence.phases:
        for part in phase.body.parts.values():
            own = part.node.initializer
            alike = own in _ALIKE or (everywhere and not own)
            place = (part.network, part.node.id)
            if not (alike and part.weighted) or place in told:
                continue
            later = [p.node.initializer for p in phase.body.behind(part) if p.weighted]
            if not later:
                continue
            told.add(place)
            chosen = own or evidence.project.training.initializer
            still = all(name in _ALIKE or (everywhere and not name) for name in later)
            end = "its units stay alike for ever" if still else "its units begin alike"
            yield Found(
                part.path,
                f"All weights of {phase.title(part.path)} start as the same number ({chosen}), so "
                f"{end}.",
                f"Initializer of {phase.title(part.path)}: {chosen}.",
                better_start(evidence.project, [part]),
                phase.network,
            )
            if not own:
                return


def batch_of_one(evidence: Evidence, *, size: int) -> Iterator[Found]:
    """Yield the first batch norm of a network that is trained on single samples."""
    training = evidence.project.training
    single = training.batch == "one" or (training.batch == "mini" and training.batch_size <= size)
    if not single:
        return
    for phase in evidence.phases:
        norms = (p for p in phase.body.parts.values() if p.spec.id.startswith("batch_norm"))
        part = next(norms, None)
        if part is not None:
            yield Found(
                part.path,
                f"{phase.title(part.path)} normalises over the batch, and every batch holds one "
                "sample.",
                f"Batch size {1 if training.batch == 'one' else training.batch_size}.",
                Remedy(
                    "training",
                    "Take batches of 32",
                    {"values": {"batch": "mini", "batch_size": 32}},
                ),
                phase.network,
            )
            return
