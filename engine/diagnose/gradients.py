"""Rules on gradients: too small, too large, none at all, not finite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.diagnose.found import Found, better_start, clip, norm_behind, number, slower, swapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.diagnose.evidence import Evidence, PhaseEvidence
    from engine.diagnose.structure import Part
    from engine.remedies import Remedy


def vanishing(evidence: Evidence, *, norm: float, share: float, samples: int) -> Iterator[Found]:
    """Yield the first layer of a phase whose gradient is lost on the way back."""
    for phase in evidence.phases:
        held = phase.norms
        if held.count < samples or len(held.nodes) < 3:
            continue
        order = [path for path in phase.trained() if _matrix(phase, path)]
        grad = held.last("grad", samples)[:, [held.place[path] for path in order]]
        early = max(1, len(order) // 2)
        if len(order) < 3 or not np.isfinite(grad).all():
            continue
        later = grad[:, early:].max(1)
        lost = (grad < norm) & (grad < share * later[:, None]) & (grad > 0)
        deaf = lost.all(0)[:early]
        if not deaf.any():
            continue
        first = int(np.flatnonzero(deaf)[0])
        typical = np.median(grad, 0)
        last = early + int(typical[early:].argmax())
        names = phase.title(order[first]), phase.title(order[last])
        yield Found(
            order[first],
            f"{names[0]} hardly learns: its gradient is {number(typical[first])}, that of "
            f"{names[1]} {number(typical[last])}.",
            f"Gradient norms over the last {samples} samples: {names[0]} {number(typical[first])}, "
            f"{names[1]} {number(typical[last])}; {int(deaf.sum())} of {len(order)} layers get "
            f"less than {number(norm)}.",
            _revive(evidence, phase, order[: last + 1]),
            phase.network,
        )


def _matrix(phase: PhaseEvidence, path: str) -> bool:
    part = phase.part(path)
    return part is None or part.weighted or part.spec.group == "Recurrent"


def _revive(evidence: Evidence, phase: PhaseEvidence, paths: list[str]) -> Remedy | None:
    """Return what lets gradients through: ReLU for bounded activations, a better start, norms."""
    parts = [part for path in paths if (part := phase.part(path)) is not None]
    behind = {p.path: p for part in parts for p in phase.body.behind(part)}
    flat = [p for p in behind.values() if p.spec.bounds is not None and _inside(phase, p)]
    if flat:
        return swapped(flat, "relu")
    return better_start(evidence.project, parts) or (norm_behind(parts[0]) if parts else None)


def _inside(phase: PhaseEvidence, part: Part) -> bool:
    """Return whether layers of weights stand behind a part."""
    return any(p.weighted for p in phase.body.behind(part))


def exploding(evidence: Evidence, *, norm: float, samples: int) -> Iterator[Found]:
    """Yield the layer with the largest gradient where all of them together are too large."""
    for phase in evidence.phases:
        held, totals = phase.norms, list(phase.totals)[-samples:]
        if held.count < samples or len(totals) < samples or not held.nodes:
            continue
        total = float(np.median(totals))
        if not total > norm or sum(t > norm for t in totals) < samples - 1:
            continue
        grad = np.nan_to_num(held.typical("grad", samples), posinf=np.inf)
        path = held.nodes[int(grad.argmax())]
        parts = [part for p in held.nodes if (part := phase.part(p)) is not None]
        yield Found(
            path,
            f"Gradients explode: their norm is {number(total)}, most of it in {phase.title(path)}.",
            f"Norm of all gradients over the last {samples} samples: {number(total)}; of "
            f"{phase.title(path)}: {number(float(grad.max()))}.",
            better_start(evidence.project, parts) or clip(phase),
            phase.network,
        )


def none(evidence: Evidence, *, samples: int) -> Iterator[Found]:
    """Yield the layer nearest to the loss that gets a gradient of exactly zero."""
    for phase in evidence.phases:
        held = phase.norms
        if held.count < samples:
            continue
        grad = held.last("grad", samples)
        zero = (grad == 0).all(0)
        if not zero.any() or zero.all() or np.nan_to_num(grad).max(0).max() <= 0:
            continue
        silent = [path for path in phase.trained() if zero[held.place[path]]]
        path = silent[-1]
        count = len(silent) - 1
        more = f" Nor at {count} more in front of it." if count else ""
        yield Found(
            path,
            f"No gradient arrives at {phase.title(path)}, though it is to learn.{more}",
            f"Its gradient was exactly 0 in the last {samples} samples, while others had up to "
            f"{number(float(np.nanmax(grad)))}.",
            None,
            phase.network,
        )


def not_finite(evidence: Evidence, *, factor: float) -> Iterator[Found]:
    """Yield where a run that failed met the first number that is not finite."""
    failed = evidence.failed
    fault = failed.fault if failed is not None else None
    if failed is None or fault is None:
        return
    phase = next((p for p in evidence.phases if p.network == failed.network), None)
    if phase is None and evidence.phases:
        phase = evidence.phases[0]
    fix = None
    told = [f"First at step {failed.step + 1:,}, {_WAYS.get(fault.direction, fault.direction)}"]
    if fault.rows:
        told.append(f"in {len(fault.rows):,} rows of the batch")
    if phase is not None:
        if phase.curve.first:
            told.append(f"the last loss that was told is {number(phase.curve.last)}")
        parts = [part for p in phase.norms.nodes if (part := phase.part(p)) is not None]
        if fault.detail != "data" and fault.node:
            fix = better_start(evidence.project, parts) or slower(evidence, phase, factor)
    network = phase.network if phase is not None else ""
    yield Found(failed.node, failed.message, "; ".join(told) + ".", fix, network)


_WAYS = {
    "forward": "on the way forward",
    "backward": "on the way back",
    "update": "as the weights were moved",
}
