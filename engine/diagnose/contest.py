"""Rules on contests: two phases of which one makes samples and the other judges them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.diagnose.found import Found, number, percent, slower

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.diagnose.evidence import Evidence, PhaseEvidence


class Contest(NamedTuple):
    """The two sides of a contest."""

    judge: PhaseEvidence
    maker: PhaseEvidence


def contest(evidence: Evidence) -> Contest | None:
    """Return the sides of a contest, if the project is one.

    A phase whose last layer of weights in front of the loss is trained judges; one that starts
    from noise and ends in a layer that another phase trains makes.
    """
    if len(evidence.phases) != 2:
        return None
    judges = [p for p in evidence.phases if _ends_trained(p) is True]
    makers = [p for p in evidence.phases if _ends_trained(p) is False and _noisy(p)]
    if len(judges) != 1 or len(makers) != 1:
        return None
    return Contest(judges[0], makers[0])


def _ends_trained(phase: PhaseEvidence) -> bool | None:
    """Return whether the last layer in front of the loss is trained; None if that is not known."""
    last = _last(phase)
    return None if not last or not phase.norms.nodes else last in phase.norms.place


def _last(phase: PhaseEvidence) -> str:
    """Return the path id of the last layer of weights in front of the first loss."""
    loss = phase.part(phase.loss_node())
    above = phase.body.ahead(loss) if loss is not None else None
    while above is not None and not above.weighted:
        above = phase.body.ahead(above)
    return above.path if above is not None else ""


def _noisy(phase: PhaseEvidence) -> bool:
    return any(p.spec.id == "noise" for p in phase.body.parts.values())


def _logarithmic(phase: PhaseEvidence) -> bool:
    """Return whether the losses of a phase are cross-entropies, which have a known scale."""
    for loss in phase.body.losses:
        kind = str(loss.values.get("kind", "minimax"))
        if loss.loss is None or loss.loss.applies != "sigmoid":
            return False
        if kind not in ("minimax", "non-saturating"):
            return False
    return bool(phase.body.losses)


def _floor(phase: PhaseEvidence) -> float:
    """Return the least a phase's losses can be: smoothed labels never let them come to 0."""
    least = 0.0
    for loss in phase.body.losses:
        goal = phase.body.source(loss, "target")
        share = goal.values.get("value") if goal is not None else loss.values.get("real")
        if isinstance(share, int | float) and 0 < share < 1:
            least -= share * math.log(share) + (1 - share) * math.log(1 - share)
    return least


def judge_wins(evidence: Evidence, *, sure: float, lost: float, after: int) -> Iterator[Found]:
    """Yield the judge of a contest where its loss is next to nothing."""
    sides = contest(evidence)
    if sides is None or min(p.steps for p in sides) <= after:
        return
    judge, maker = sides
    if not (_logarithmic(judge) and _logarithmic(maker)):
        return
    losses = judge.curve.recent(), maker.curve.recent()
    if not (losses[0] - _floor(judge) < sure and losses[1] > lost):
        return
    path = _last(judge)
    yield Found(
        path,
        f"The judge {judge.title(path)} has won: its loss is {number(losses[0])}, that of the "
        f"generator {number(losses[1])}, which gets no direction from it any more.",
        f"Loss of “{judge.name}” {number(losses[0])} (1.4 is guessing), of “{maker.name}” "
        f"{number(losses[1])}, over the last tenth of {evidence.step + 1:,} steps.",
        slower(evidence, judge, 0.25),
        judge.network,
    )


def collapse(evidence: Evidence, *, variety: float, after: int, pictures: int) -> Iterator[Found]:
    """Yield a display on which everything made from noise looks the same."""
    for phase in evidence.phases:
        if phase.steps <= after or len(evidence.phases) < 2:
            continue
        for path, held in phase.pictures.items():
            last = list(held)[-pictures:]
            part = phase.part(path)
            if len(last) < pictures or max(last) >= variety or part is None:
                continue
            made = phase.body.before(part)
            if not any(p.spec.id == "noise" for p in made):
                continue
            weighted = [p for p in made if p.weighted]
            node = max(weighted, key=lambda p: phase.order.get(p.path, -1)) if weighted else part
            yield Found(
                node.path,
                f"{phase.title(node.path)} draws the same picture whatever the noise: the pictures "
                f"differ by {percent(float(np.median(last)))} of what there is to see in one.",
                f"Deviation among the pictures of {phase.title(path)} over that within one: "
                f"{number(float(np.median(last)))} in the last {pictures}.",
                slower(evidence, phase, 0.25),
                phase.network,
            )
