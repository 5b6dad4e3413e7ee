"""What a rule yields, and the remedies that several rules offer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.remedies import Remedy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.diagnose.evidence import Evidence, PhaseEvidence
    from engine.diagnose.structure import Part
    from engine.project import Project


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a rule found: where, a sentence with figures, and what would mend it."""

    node: str
    """Path id; nothing where no single node is meant."""
    message: str
    evidence: str
    fix: Remedy | None = None
    network: str = ""
    """Key of the network that a phase trains; nothing means the first phase's."""


def number(value: float) -> str:
    """Return a figure with up to three digits: `0.0123`, `3.4e-08`, `120`."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞" if value < 0 else "NaN"
    if value and not 1e-3 <= abs(value) < 1e4:
        return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    return f"{value:.3g}"


def percent(value: float) -> str:
    """Return a share in percent; one that is nearly all is not made all."""
    return f"{100 * value:.1f} %" if 0.99 <= value < 1 else f"{100 * value:.0f} %"


def rate_of(project: Project, phase: int) -> float:
    """Return the learning rate that a phase is set to; NaN where it is an expression."""
    chosen = project.training.phases[phase].optimizer
    value: Any = chosen.params.get("lr")
    if value is None:
        try:
            value = registry.optimizer(chosen.id).param("lr").default
        except (KeyError, ValueError):
            return math.nan
    return float(value) if isinstance(value, int | float) else math.nan


def slower(evidence: Evidence, phase: PhaseEvidence, factor: float) -> Remedy | None:
    """Return the remedy that multiplies the learning rate of a phase."""
    now = rate_of(evidence.project, phase.index)
    now = phase.first_lr if math.isnan(now) else now
    if math.isnan(now) or now <= 0:
        return None
    usual: Any = registry.optimizer(evidence.project.training.phases[phase.index].optimizer.id)
    usual = usual.param("lr").default
    value = float(f"{now * factor:.2g}")
    if factor < 1 and value > 10 * usual:
        value = usual
    way = "Lower" if factor < 1 else "Raise"
    return Remedy(
        "optimizer",
        f"{way} the learning rate from {now:g} to {value:g}",
        {"phase": phase.index, "values": {"lr": value}},
    )


def clip(phase: PhaseEvidence, norm: float = 1.0) -> Remedy:
    """Return the remedy that clips the norm of a phase's gradients."""
    return Remedy(
        "phase",
        f"Clip the norm of the gradients at {norm:g}",
        {"phase": phase.index, "values": {"clip_norm": norm}},
    )


_FITTING = frozenset(
    {
        "",
        "auto",
        "pytorch",
        "glorot_normal",
        "glorot_uniform",
        "he_normal",
        "he_uniform",
        "lecun_normal",
        "lecun_uniform",
        "orthogonal",
        "lsuv",
        "sparse",
    }
)
"""Initializers whose weights fit the number of inputs."""


_AUTO: dict[str, Any] = {"initializer": "auto", "initializer_params": {}}


def better_start(project: Project, parts: Sequence[Part]) -> Remedy | None:
    """Return the remedy that lets weights start from what fits, if they do not."""
    odd = [part for part in parts if part.node.initializer not in _FITTING]
    if odd:
        key = odd[0].network
        nodes = list(dict.fromkeys(part.node.id for part in odd if part.network == key))
        name = f"“{odd[0].node.name}”" if len(nodes) == 1 else f"{len(nodes)} layers"
        given: dict[str, Any] = {"network": key, "nodes": nodes, "values": _AUTO}
        return Remedy("change", f"Start {name} from “auto”", given)
    if project.training.initializer not in _FITTING:
        return Remedy("training", "Start all weights from “auto”", {"values": _AUTO})
    return None


_NORMS = {"dense": "batch_norm1d", "conv1d": "batch_norm1d", "conv2d": "batch_norm2d"}


def norm_behind(part: Part) -> Remedy | None:
    """Return the remedy that puts a batch norm behind a layer."""
    norm = _NORMS.get(part.spec.id)
    if norm is None:
        return None
    return Remedy(
        "behind",
        f"Put a batch norm behind “{part.node.name}”",
        {"network": part.network, "nodes": [part.node.id], "spec": norm, "params": {}},
    )


def swapped(parts: Sequence[Part], spec: str) -> Remedy | None:
    """Return the remedy that makes activations another one; those of the first one's network."""
    if not parts:
        return None
    entry = registry.node(spec)
    assert entry is not None
    key = parts[0].network
    nodes = list(dict.fromkeys(part.node.id for part in parts if part.network == key))
    name = f"“{parts[0].node.name}”" if len(nodes) == 1 else f"{len(nodes)} activations"
    given: dict[str, Any] = {"network": key, "nodes": nodes, "spec": spec, "params": {}}
    return Remedy("swap", f"Make {name} a {entry.title}", given)


def removed(part: Part) -> Remedy:
    """Return the remedy that takes a layer out."""
    given = {"network": part.network, "nodes": [part.node.id]}
    return Remedy("remove", f"Remove “{part.node.name}”", given)
