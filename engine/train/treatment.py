"""What a phase does to gradients before a step and to weights after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch

from engine.modules import treatment as ways
from engine.modules.treatment import Average, limit_norms_
from engine.monitor import kernels
from engine.train.traits import traits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engine.compile import Network
    from engine.project import Phase, Project
    from engine.train.traits import Traits

    Gradients = Sequence[torch.Tensor]
    Change = Callable[[Gradients], None]


class Treatment:
    """How the parameters of a phase are treated, each by the layer it belongs to.

    Parameters
    ----------
    phase, project, network
        What is trained.
    parameters
        Those that are, in the order of their gradients.
    """

    def __init__(
        self,
        phase: Phase,
        project: Project,
        network: Network,
        parameters: Sequence[torch.Tensor],
    ) -> None:
        self.phase = phase
        self._parameters = parameters
        self._network = network
        found: dict[int, Traits] = {}
        for path, held in network.node_parameters.items():
            for _, parameter in held:
                if id(parameter) not in found:
                    found[id(parameter)] = traits(phase, project.networks, path)
        self._traits = [found[id(p)] for p in parameters]
        self.factors = {
            id(p): t.lr_factor
            for p, t in zip(parameters, self._traits, strict=True)
            if t.lr_factor != 1
        }
        """What multiplies the learning rate, by the id of a parameter."""

    # -- before a step

    def adjustment(self) -> Change | None:
        """Return what is done to the gradients before a step, in place; None if nothing is."""
        phase = self.phase
        work: list[Change] = [*self._penalties()]
        if phase.clip_value is not None:
            work.append(_clip_value(phase.clip_value))
        if phase.clip_each is not None:
            limit = phase.clip_each
            work.append(lambda grads: ways.clip_each_(grads, limit))
        if phase.clip_norm is not None:
            work.append(_clip_norm(phase.clip_norm))
        if phase.clip_adaptive is not None:
            share, held = phase.clip_adaptive, [p.detach() for p in self._parameters]
            work.append(lambda grads: ways.clip_adaptively_(held, grads, share))
        return _all(work)

    def _penalties(self) -> Iterable[Change]:
        """Yield what adds the gradients of penalties; parameters of one strength go together."""
        least = 0 if self.phase.penalize_biases else 2
        aliases = [p.detach() for p in self._parameters]
        for name, ways_of in (("l1", _l1), ("l2", _l2)):
            strengths: dict[float, list[int]] = {}
            for place, (alias, trait) in enumerate(zip(aliases, self._traits, strict=True)):
                strength = float(getattr(trait, name))
                if strength and alias.dim() >= least:
                    strengths.setdefault(strength, []).append(place)
            for strength, places in strengths.items():
                yield ways_of(strength, places, [aliases[i] for i in places])

    # -- after a step

    def limits(self) -> Callable[[], None] | None:
        """Return what keeps norms of weights small after a step; None if nothing does."""
        held: dict[float, list[torch.Tensor]] = {}
        for parameter, trait in zip(self._parameters, self._traits, strict=True):
            if trait.max_norm is not None and parameter.dim() >= 2:
                held.setdefault(trait.max_norm, []).append(parameter.detach())
        if not held:
            return None

        def limit() -> None:
            for most, weights in held.items():
                limit_norms_(weights, most)

        return limit

    def average(self) -> Average | None:
        """Return what averages the parameters and the running statistics beside them, if any."""
        if self.phase.average == "none":
            return None
        decay = self.phase.average_decay if self.phase.average == "ema" else None
        return Average([*self._parameters, *self._network.buffers()], decay)


class Largest:
    """The largest norm of the gradient since it was last asked for; nothing waits for a device."""

    def __init__(self) -> None:
        self._norm: torch.Tensor | None = None

    def see(self, grads: Gradients) -> None:
        """Take in the gradients of a step."""
        norm = torch.nn.utils.get_total_norm(grads)
        self._norm = norm if self._norm is None else torch.maximum(self._norm, norm)

    @property
    def norm(self) -> torch.Tensor | None:
        """The largest norm so far."""
        return self._norm

    @norm.setter
    def norm(self, value: torch.Tensor | None) -> None:
        self._norm = value

    def take(self) -> float:
        """Return the largest norm, and begin anew; infinity if there was no step."""
        norm, self._norm = self._norm, None
        return float("inf") if norm is None else norm.item()


def _all(work: Sequence[Change]) -> Change | None:
    if len(work) < 2:
        return work[0] if work else None

    def adjust(grads: Gradients) -> None:
        for change in work:
            change(grads)

    return adjust


def both(first: Change | None, second: Change | None) -> Change | None:
    """Return one change after the other."""
    return _all([change for change in (first, second) if change is not None])


def _l1(strength: float, places: Sequence[int], held: Sequence[torch.Tensor]) -> Change:
    return lambda g: kernels.add_([g[i] for i in places], kernels.sign(held), alpha=strength)


def _l2(strength: float, places: Sequence[int], held: Sequence[torch.Tensor]) -> Change:
    return lambda g: kernels.add_([g[i] for i in places], held, alpha=2 * strength)


def _clip_value(limit: float) -> Change:
    def clip(grads: Gradients) -> None:
        kernels.clamp_min_(grads, -limit)
        kernels.clamp_max_(grads, limit)

    return clip


def _clip_norm(limit: float) -> Change:
    def clip(grads: Gradients) -> None:
        norms = torch.stack(kernels.norm(grads))
        total = cast("torch.Tensor", torch.linalg.vector_norm(norms))
        kernels.mul_(grads, torch.clamp(limit / (total + 1e-6), max=1.0))

    return clip
