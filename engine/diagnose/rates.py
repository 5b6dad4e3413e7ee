"""Rules on the size of the steps: the learning rate as a whole, and layers out of step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.diagnose.found import Found, number, slower
from engine.remedies import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.diagnose.evidence import Evidence, PhaseEvidence


def too_high(
    evidence: Evidence, *, ratio: float, rise: float, after: int, samples: int
) -> Iterator[Found]:
    """Yield the layer that changes most where steps are too large for the loss to fall."""
    for phase in evidence.phases:
        if phase.norms.count < samples or phase.steps <= after or not phase.norms.nodes:
            continue
        change, start, now = phase.ratio(samples), phase.curve.start, phase.curve.recent()
        if not _wild(phase, change, ratio, rise):
            continue
        update = phase.norms.typical("update", samples)
        path = phase.norms.nodes[int(np.nan_to_num(update).argmax())]
        yield Found(
            path,
            f"The learning rate {number(phase.lr)} is too high: a step changes the weights by "
            f"{_part(change)}, and the loss went from {number(start)} to {number(now)}.",
            f"Change over weights, last {samples} samples: {number(change)} (0.001 is usual), most "
            f"in {phase.title(path)} with {number(float(np.nanmax(update)))}; loss at the start "
            f"{number(start)}, now {number(now)}.",
            slower(evidence, phase, 0.01 if change > 10 * ratio else 0.1),
            phase.network,
        )


def _wild(phase: PhaseEvidence, change: float, ratio: float, rise: float) -> bool:
    """Return whether steps are too large: by their size, or by what they did to the loss."""
    start, now = phase.curve.start, phase.curve.recent()
    if not (math.isfinite(now) and math.isfinite(change)):
        return False
    if not phase.alone:
        return change > 5 * ratio
    if change > ratio and not now < 0.98 * start:
        return True
    thrown = start > 0 and phase.curve.peak > rise * start
    return thrown and phase.top_ratio > ratio and now > 0.5 * start


def _part(change: float) -> str:
    return f"{100 * change:.0f} %" if change < 1 else f"{number(change)} times their size"


def too_low(
    evidence: Evidence, *, ratio: float, fall: float, after: int, samples: int
) -> Iterator[Found]:
    """Yield the layer that changes least where no layer changes enough."""
    for phase in evidence.phases:
        if phase.norms.count < samples or phase.steps <= after or not phase.norms.nodes:
            continue
        change, start, now = phase.ratio(samples), phase.curve.start, phase.curve.recent()
        settled = phase.lr >= 0.5 * phase.top_lr and _flat(evidence, phase)
        quiet = 0 < change < ratio and phase.top_ratio < 10 * ratio
        if not (quiet and settled and now > fall * start):
            continue
        update = phase.norms.typical("update", samples)
        path = phase.norms.nodes[int(np.nan_to_num(update, nan=np.inf).argmin())]
        factor = 10 ** min(6, round(math.log10(1e-3 / change)))
        yield Found(
            path,
            f"The learning rate {number(phase.lr)} is too low: a step changes the weights by "
            f"{number(change)} of their size, and the loss went from {number(start)} to "
            f"{number(now)} only.",
            f"Change over weights, last {samples} samples: {number(change)} (0.001 is usual), "
            f"least in {phase.title(path)}; {phase.steps:,} steps taken.",
            slower(evidence, phase, factor),
            phase.network,
        )


def _flat(evidence: Evidence, phase: PhaseEvidence) -> bool:
    """Return whether the rate is not still on its way up."""
    warm = evidence.project.training.phases[phase.index].warmup_steps
    return phase.steps > warm


def out_of_step(
    evidence: Evidence, *, times: float, least: float, most: float, samples: int
) -> Iterator[Found]:
    """Yield the layer that changes at quite another pace than all others."""
    for phase in evidence.phases:
        held = phase.norms
        if held.count < samples or len(held.nodes) < 3:
            continue
        update = held.typical("update", samples)
        weight = held.typical("weight", samples)
        sound = np.isfinite(update) & (update > 0) & (weight > 1e-6)
        if sound.sum() < 3:
            continue
        middle = float(np.median(update[sound]))
        slow = sound & (update < middle / times) & (update < least)
        fast = sound & (update > middle * times) & (update > most)
        odd = slow | fast
        if not odd.any() or odd.sum() > len(held.nodes) // 3:
            continue
        row = int(np.flatnonzero(odd)[0])
        path = held.nodes[row]
        way = "slower" if slow[row] else "faster"
        yield Found(
            path,
            f"{phase.title(path)} changes far {way} than the other layers: by "
            f"{number(update[row])} of its weights at a step, the others by {number(middle)}.",
            f"Change over weights, last {samples} samples: {number(update[row])}; median of the "
            f"layers {number(middle)}.",
            _factor(phase, path),
            phase.network,
        )


def _factor(phase: PhaseEvidence, path: str) -> Remedy | None:
    part = phase.part(path)
    if part is None or part.node.lr_factor == 1:
        return None
    values = {"lr_factor": 1.0}
    return Remedy(
        "change",
        f"Set the learning-rate factor of “{part.node.name}” to 1",
        {"network": part.network, "nodes": [part.node.id], "values": values},
    )
