"""Rules on activations: dead, at their limits, enormous."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.diagnose.found import (
    Found,
    better_start,
    norm_behind,
    number,
    percent,
    swapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.diagnose.evidence import Evidence, PhaseEvidence
    from engine.diagnose.structure import Part
    from engine.remedies import Remedy

_RECTIFIERS = frozenset({"relu", "relu6"})
_SPARSE = frozenset({"activity_penalty", "sparsity_kl"})


def dead(evidence: Evidence, *, zero: float, samples: int) -> Iterator[Found]:
    """Yield every ReLU of which nearly nothing comes."""
    for phase in evidence.phases:
        held = phase.outputs
        if held.count < samples:
            continue
        share = held.last("dead", samples)
        for row in np.flatnonzero((share >= zero).all(0)).tolist():
            path = held.nodes[row]
            part = phase.part(path)
            if part is None or part.spec.id not in _RECTIFIERS or _meant(phase, part):
                continue
            value = float(np.median(share[:, row]))
            yield Found(
                path,
                f"{phase.title(path)} is dead: {_most(value)} of its outputs are 0, whatever "
                "comes in.",
                f"Zeros over the last {samples} samples: {value:.1%} (half is usual).",
                swapped([part], "leaky_relu"),
                phase.network,
            )


def _most(share: float) -> str:
    return "all" if share >= 0.9995 else percent(share)


def _meant(phase: PhaseEvidence, part: Part) -> bool:
    """Return whether a penalty asks for zeros at a part."""
    return any(p.spec.id in _SPARSE for p in phase.body.behind(part))


def saturated(evidence: Evidence, *, share: float, samples: int) -> Iterator[Found]:
    """Yield the first bounded activation in front of other layers that sits at its limits."""
    for phase in evidence.phases:
        held = phase.outputs
        if held.count < samples:
            continue
        edge = held.last("edge", samples)
        for row in np.flatnonzero((edge >= share).all(0)).tolist():
            path = held.nodes[row]
            part = phase.part(path)
            if part is None or part.spec.bounds is None or not _feeds(phase, part):
                continue
            value = float(np.median(edge[:, row]))
            low, high = part.spec.bounds
            yield Found(
                path,
                f"{phase.title(path)} is saturated: {percent(value)} of its outputs lie at "
                f"{low:g} or {high:g}, where it has no slope.",
                f"Outputs within 1 % of an end over the last {samples} samples: {value:.1%}.",
                _unsaturate(evidence, phase, part),
                phase.network,
            )
            break


def _feeds(phase: PhaseEvidence, part: Part) -> bool:
    """Return whether a layer of the same network learns from what a part puts out."""
    return any(
        p.weighted and p.network == part.network and p.path in phase.norms.place
        for p in phase.body.behind(part)
    )


def _unsaturate(evidence: Evidence, phase: PhaseEvidence, part: Part) -> Remedy | None:
    above = phase.body.ahead(part)
    if above is not None:
        return better_start(evidence.project, [above]) or norm_behind(above)
    return swapped([part], "relu")


def exploding(evidence: Evidence, *, size: float, samples: int) -> Iterator[Found]:
    """Yield the first layer whose outputs are enormous though its inputs are not."""
    for phase in evidence.phases:
        held = phase.outputs
        if held.count < samples:
            continue
        greatest = np.maximum(abs(held.last("low", samples)), abs(held.last("high", samples)))
        large = (np.nan_to_num(greatest, nan=np.inf) > size).all(0)
        for row in np.flatnonzero(large).tolist():
            path = held.nodes[row]
            part = phase.part(path)
            if part is None or part.leaves or _final(phase, part):
                continue
            value = float(np.median(greatest[:, row]))
            parts = [p for p in (part, *phase.body.before(part)) if p.weighted]
            yield Found(
                path,
                f"The outputs of {phase.title(path)} reach {number(value)}: the signal grows from "
                "layer to layer.",
                f"Greatest output over the last {samples} samples: {number(value)}"
                f"{_growth(phase, part, samples)}.",
                better_start(evidence.project, parts) or norm_behind(part),
                phase.network,
            )
            break


def _final(phase: PhaseEvidence, part: Part) -> bool:
    """Return whether nothing but a loss stands behind a part."""
    return not any(p.weighted for p in phase.body.behind(part))


def _growth(phase: PhaseEvidence, part: Part, samples: int) -> str:
    """Return by how much the spread grows at a part, in words."""
    held, above = phase.outputs, phase.body.ahead(part)
    if above is None or above.path not in held.place:
        return ""
    std = held.typical("std", samples)
    before, after = std[held.place[above.path]], std[held.place[part.path]]
    name = phase.title(above.path)
    return f"; its spread is {number(after)}, that of {name} in front {number(before)}"
