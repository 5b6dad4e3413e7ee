"""Rules on how well a run fits: by the figures of its epochs. For runs of one phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.diagnose.evidence import loss_title
from engine.diagnose.found import Found, number, slower
from engine.remedies import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.diagnose.evidence import Array, Evidence, PhaseEvidence
    from engine.diagnose.structure import Part


def _alone(evidence: Evidence, epochs: int) -> tuple[PhaseEvidence, Array, Array] | None:
    """Return the only phase and its losses by epoch, training and validation part."""
    if len(evidence.phases) != 1 or len(evidence.epochs) < epochs:
        return None
    train, held = evidence.course()
    if not np.isfinite(train).all():
        return None
    return evidence.phases[0], train, held


SAMPLES = 4


def _early(phase: PhaseEvidence, train: Array, epochs: int) -> bool:
    """Return whether rules that may know the cause have had too few samples to judge by."""
    return phase.norms.count < SAMPLES and len(train) < 2 * epochs


def none(evidence: Evidence, *, near: float, epochs: int) -> Iterator[Found]:
    """Yield that the loss is still the one of an answer that ignores the input."""
    known = _alone(evidence, epochs)
    if known is None:
        return
    phase, train, _ = known
    chance = evidence.chance(phase)
    if _early(phase, train, epochs):
        return
    if not abs(train[-1] - chance) < near * chance or train.min() < (1 - near) * train[0]:
        return
    yield Found(
        phase.loss_node(),
        f"Nothing is learned: after {evidence.epochs[-1].epoch} epochs the loss is "
        f"{number(train[-1])}, as it is for one and the same answer to everything "
        f"({number(chance)}).",
        f"{loss_title(phase)} of the epochs: {number(train[0])} first, {number(train[-1])} last; "
        f"chance {number(chance)}.",
        _wake(phase),
        phase.network,
    )


def _wake(phase: PhaseEvidence) -> Remedy | None:
    """Return the remedy that unfreezes what stands in front of the loss."""
    frozen = [p for p in phase.body.parts.values() if p.node.frozen and p.weighted]
    if not frozen:
        return None
    key = frozen[0].network
    nodes = [p.node.id for p in frozen if p.network == key]
    given = {"network": key, "nodes": nodes, "values": {"frozen": False}}
    return Remedy("change", f"Unfreeze {_layers(nodes)}", given)


def _layers(nodes: list[str]) -> str:
    return "1 layer" if len(nodes) == 1 else f"{len(nodes)} layers"


def plateau(
    evidence: Evidence, *, window: int, gain: float, spent: float, bouncing: float
) -> Iterator[Found]:
    """Yield that the loss stands still because of the rate, with epochs left."""
    known = _alone(evidence, window + 2)
    if known is None:
        return
    phase, train, _ = known
    left = evidence.wanted - evidence.epochs[-1].epoch
    half = window // 2
    before, now = train[-window:-half].mean(), train[-half:].mean()
    if left < window / 2 or before <= 0 or not abs(1 - now / before) < gain:
        return
    if now > 0.97 * train[0] or now < 0.05 * train[0]:
        return
    cause = _rate(evidence, phase, spent, bouncing)
    if cause is None:
        return
    why, fix = cause
    yield Found(
        phase.loss_node(),
        f"The loss has stood at {number(now)} for {window} epochs, with {left} to come: {why}.",
        f"Mean training loss of the last {half} epochs {number(now)}, of the {half} before "
        f"{number(before)}; learning rate {number(phase.lr)}, at most {number(phase.top_lr)}.",
        fix,
        phase.network,
    )


def _rate(
    evidence: Evidence, phase: PhaseEvidence, spent: float, bouncing: float
) -> tuple[str, Remedy | None] | None:
    if phase.lr < spent * phase.top_lr:
        fix = Remedy(
            "phase",
            "Keep the learning rate constant",
            {"phase": phase.index, "values": {"schedule": "constant"}},
        )
        return f"the schedule has brought the rate down to {number(phase.lr)}", fix
    change = phase.ratio(8)
    if change > bouncing:
        why = f"each step changes the weights by {100 * change:.0f} %, too much to settle"
        return why, slower(evidence, phase, 0.1)
    return None


def under(
    evidence: Evidence, *, share: float, gain: float, gap: float, epochs: int
) -> Iterator[Found]:
    """Yield that learning has stopped at a poor loss."""
    known = _alone(evidence, epochs)
    if known is None:
        return
    phase, train, held = known
    chance, now, before = evidence.chance(phase), train[-4:].mean(), train[-8:-4].mean()
    if not share * chance < now < 0.99 * chance or now < (1 - gain) * before:
        return
    if _early(phase, train, epochs):
        return
    if np.isfinite(held).all() and held[-3:].mean() > gap * now:
        return
    yield Found(
        phase.loss_node(),
        f"The network underfits: the loss has come down to {number(now)} only, where one and the "
        f"same answer to everything has {number(chance)}.",
        f"Mean training loss of the last 4 epochs {number(now)}, of the 4 before {number(before)}; "
        f"{_held(held)}chance {number(chance)}.",
        _more(evidence, phase),
        phase.network,
    )


def _held(held: Array) -> str:
    """Return the validation loss in words; nothing where there is none."""
    return f"validation {number(float(held[-3:].mean()))}; " if np.isfinite(held).all() else ""


def _more(evidence: Evidence, phase: PhaseEvidence) -> Remedy | None:
    """Return the remedy that gives a network more to learn with."""
    chosen = evidence.project.training.phases[phase.index]
    if chosen.l1 > 1e-4 or chosen.l2 > 1e-3:
        values = {"l1": 0.0, "l2": 0.0}
        given = {"phase": phase.index, "values": values}
        return Remedy("phase", "Take the penalties on weights away", given)
    parts = [p for p in phase.body.parts.values() if p.spec.id == "dense"]
    if not parts:
        return None
    last = parts[-1]
    if len(parts) == 1:
        layers: list[tuple[str, dict[str, Any]]] = [("dense", {"out_features": 64}), ("relu", {})]
        given = {"network": last.network, "node": last.node.id, "layers": layers}
        text = f"Put a Dense of 64 and a ReLU in front of “{last.node.name}”"
        return Remedy("front", text, given)
    return _wider([p for p in parts[:-1] if p.network == last.network])


def _wider(parts: list[Part]) -> Remedy | None:
    sizes = {p.node.id: p.values.get("out_features") for p in parts}
    whole = {key: size for key, size in sizes.items() if isinstance(size, int)}
    if not whole:
        return None
    settings = {key: {"out_features": max(32, 4 * size)} for key, size in whole.items()}
    given = {"network": parts[0].network, "settings": settings}
    return Remedy("set", f"Make {_layers(list(whole))} four times as wide", given)


def over(evidence: Evidence, *, rise: float, epochs: int) -> Iterator[Found]:
    """Yield that the validation loss rises while the training loss falls."""
    known = _alone(evidence, epochs + 1)
    if known is None:
        return
    phase, train, held = known
    stopping = evidence.project.training.early_stopping
    if not np.isfinite(held).all() or (stopping.enabled and stopping.restore_best):
        return
    calm = np.median(np.lib.stride_tricks.sliding_window_view(held, 3), axis=1)
    best = int(calm.argmin()) + 1
    now, lowest = float(calm[-1]), float(calm.min())
    if len(held) - 1 - best < epochs or lowest <= 0 or not now > rise * lowest:
        return
    then = train[max(0, best - 1) : best + 2].mean()
    if not (train[-3:].mean() < 0.85 * then and (calm[-3:] > rise * lowest).all()):
        return
    since = evidence.epochs[best].epoch
    yield Found(
        phase.loss_node(),
        f"The network overfits: since epoch {since} the validation loss has risen from "
        f"{number(lowest)} to {number(now)}, while the training loss fell to {number(train[-1])}.",
        f"Validation loss {number(lowest)} at epoch {since}, {number(now)} now; training loss "
        f"{number(float(then))} then, {number(train[-1])} now.",
        Remedy("stop_early", "Stop early and keep the best weights", {"patience": 5}),
        phase.network,
    )


def easier(evidence: Evidence, *, times: float, epochs: int, least: int) -> Iterator[Found]:
    """Yield that validation samples are far easier than training samples."""
    known = _alone(evidence, epochs + 1)
    if known is None or evidence.data is None:
        return
    phase, train, held = known
    if evidence.data.samples.get("validation", 0) < least or _loosened(evidence, phase):
        return
    beside = np.maximum(held[-epochs:], held[-epochs - 1 : -1])
    # What has no floor at 0 has no ratio either.
    if not (held > 0).all() or not (train[-epochs:] > times * beside).all():
        return
    if train[-1] < 0.05 * train[0]:
        return
    yield Found(
        phase.loss_node(),
        f"Validation is easier than training: its loss is {number(held[-1])}, that of training "
        f"{number(train[-1])}, for {epochs} epochs.",
        f"Training over validation loss: {number(float((train / held)[-epochs:].min()))} or more "
        f"in each of the last {epochs} epochs.",
        Remedy("split", "Part the data at random", {"values": {"method": "random", "seed": 1}}),
        phase.network,
    )


def _loosened(evidence: Evidence, phase: PhaseEvidence) -> bool:
    """Return whether training is made harder than evaluation on purpose."""
    chosen = evidence.project.training.phases[phase.index]
    if chosen.l1 or chosen.l2 or chosen.average != "none" or len(phase.losses) != 1:
        return True
    return any(_harder(part) for part in phase.body.parts.values())


def _harder(part: Part) -> bool:
    spec = part.spec
    words = (spec.id, spec.group.lower(), *spec.keywords)
    return spec.random or any(
        mark in word
        for word in words
        for mark in ("dropout", "noise", "augment", "batch_norm", "zoneout")
    )
