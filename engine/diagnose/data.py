"""Rules on the data, by what is told of it before the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.diagnose.found import Found, number, percent, removed
from engine.remedies import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.diagnose.evidence import Evidence, PhaseEvidence
    from engine.diagnose.structure import Part
    from engine.train.events import FieldSeen


def input_scale(evidence: Evidence, *, spread: float, size: float) -> Iterator[Found]:
    """Yield every input whose numbers are very large or of very different size."""
    for phase in evidence.phases[:1]:
        for part in phase.body.parts.values():
            field = _read(evidence, part)
            if field is None or field.whole or not field.finite or _normed(phase, part):
                continue
            least, middle, greatest = field.spread
            far = max(abs(field.low), abs(field.high))
            uneven = middle > 0 and greatest > spread * middle and greatest > 1
            if not (far > size or uneven):
                continue
            yield Found(
                part.path,
                f"The inputs “{field.name}” are not scaled: they reach {number(far)}, and features "
                f"spread by {number(least)} to {number(greatest)}.",
                f"Training part: {number(field.low)} to {number(field.high)}, mean "
                f"{number(field.mean)}, deviation {number(field.std)}; deviation of a feature: "
                f"{number(least)}, {number(middle)} in the middle, {number(greatest)} at most.",
                _scale(evidence),
            )


def _scale(evidence: Evidence) -> Remedy | None:
    if evidence.project.data.scaling == "standardize":
        return None
    return Remedy("data", "Standardise the inputs", {"values": {"scaling": "standardize"}})


def _read(evidence: Evidence, part: Part) -> FieldSeen | None:
    """Return what is known of the data field an input reads."""
    if part.spec.id != "input" or evidence.data is None:
        return None
    name = str(part.values.get("field") or "")
    if name:
        return evidence.field(name)
    return next((f for f in evidence.data.fields if f.role == "input"), None)


def _normed(phase: PhaseEvidence, part: Part) -> bool:
    """Return whether all that reads an input normalises or embeds it, or nothing learns from it."""
    readers = [p for path in part.readers if (p := phase.part(path)) is not None]
    while readers and all(p.spec.id in ("flatten", "reshape") for p in readers):
        readers = [p for r in readers for path in r.readers if (p := phase.part(path)) is not None]
    return all(
        (p.spec.group == "Normalization" and "dropout" not in p.spec.id) or p.loss is not None
        for p in readers
    )


_DISTANCES = frozenset({"mse", "mae", "huber", "rmse", "log_cosh", "quantile", "minkowski"})


def target_scale(evidence: Evidence, *, size: float) -> Iterator[Found]:
    """Yield a loss whose targets are too large."""
    for phase in evidence.phases[:1]:
        field, part = evidence.target(phase), phase.part(phase.loss_node())
        if field is None or part is None or part.spec.id not in _DISTANCES or field.whole:
            continue
        large = (field.mean**2 + field.std**2) ** 0.5
        if not large > size:
            continue
        fix = Remedy("data", "Scale the target", {"values": {"scale_target": True}})
        yield Found(
            part.path,
            f"The target “{field.name}” is not scaled: its numbers are about {number(large)}, and "
            "the network begins near 0.",
            f"Training part: {number(field.low)} to {number(field.high)}, mean "
            f"{number(field.mean)}, deviation {number(field.std)}.",
            None if evidence.project.data.scale_target else fix,
        )


_REACH = {"relu": (0.0, None), "softplus": (0.0, None), "relu6": (0.0, 6.0), "softmax": (0.0, 1.0)}


def target_range(evidence: Evidence, *, slack: float) -> Iterator[Found]:
    """Yield the last activation in front of a loss that cannot reach its targets."""
    for phase in evidence.phases[:1]:
        field, part = evidence.target(phase), phase.part(phase.loss_node())
        if field is None or part is None or field.whole or part.spec.id not in _DISTANCES | {"bce"}:
            continue
        above = phase.body.ahead(part)
        if above is None:
            continue
        low, high = above.spec.bounds or _REACH.get(above.spec.id, (None, None))
        room = slack * max(field.std, 1e-12)
        under = low is not None and field.low < low - room
        beyond = high is not None and field.high > high + room
        if not (under or beyond):
            continue
        ends = " to ".join("∞" if end is None else f"{end:g}" for end in (low, high))
        yield Found(
            above.path,
            f"{phase.title(above.path)} cannot reach the targets: it puts out {ends}, and "
            f"“{field.name}” goes from {number(field.low)} to {number(field.high)}.",
            f"Outputs: {ends}; targets of the training part: {number(field.low)} to "
            f"{number(field.high)}, deviation {number(field.std)}.",
            removed(above) if part.spec.id != "bce" else _minmax(),
        )


def _minmax() -> Remedy:
    return Remedy("data", "Scale the data to 0 … 1", {"values": {"scaling": "minmax"}})


def imbalance(evidence: Evidence, *, times: float, most: int) -> Iterator[Found]:
    """Yield a loss over classes of which some are rare and weigh no more than others."""
    for phase in evidence.phases[:1]:
        field, part = evidence.target(phase), phase.part(phase.loss_node())
        if field is None or part is None or not 2 <= len(field.counts) <= most:
            continue
        counts = [n for n in field.counts if n > 0]
        if len(counts) < 2 or max(counts) < times * min(counts) or _weighed(part):
            continue
        rare, often = field.counts.index(min(counts)), field.counts.index(max(counts))
        whole = sum(counts)
        yield Found(
            part.path,
            f"The class “{_name(field, rare)}” is rare: {percent(min(counts) / whole)} of the "
            f"training samples, against {percent(max(counts) / whole)} of “{_name(field, often)}”.",
            f"Samples of a class: {min(counts):,} of “{_name(field, rare)}” to {max(counts):,} of "
            f"“{_name(field, often)}”, {max(counts) / min(counts):.0f} times as many.",
            _weights(field, part),
        )


def _name(field: FieldSeen, number_: int) -> str:
    return field.classes[number_] if number_ < len(field.classes) else str(number_)


def _weighed(part: Part) -> bool:
    """Return whether a loss has been told to favour what is rare."""
    focal = part.spec.id in ("focal", "binary_focal")
    return focal or bool(part.values.get("class_weights") or part.values.get("positive_weights"))


def _weights(field: FieldSeen, part: Part) -> Remedy | None:
    """Return the remedy that weighs classes against their frequency."""
    known = {p.name for p in part.spec.params}
    counts = field.counts
    values: dict[str, object] = {}
    if "class_weights" in known:
        mean = sum(counts) / sum(n > 0 for n in counts)
        # One that never occurs in training must not outweigh all others where it does occur.
        values = {"class_weights": [float(f"{mean / n:.3g}") if n else 1.0 for n in counts]}
    elif "positive_weights" in known and len(counts) == 2:
        values = {"positive_weights": [float(f"{counts[0] / counts[1]:.3g}")]}
    if not values:
        return None
    given = {"network": part.network, "settings": {part.node.id: values}}
    return Remedy("set", f"Weigh the classes in “{part.node.name}” against their frequency", given)
