"""What checks stand on: the project, its data, and copies of its networks made anew for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from engine.analysis import field_of
from engine.catalog import registry
from engine.plan import blueprint
from engine.train.failure import Ended
from engine.train.setup import prepare
from engine.variables import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.data.dataset import Dataset
    from engine.plan import Plan
    from engine.project import Project
    from engine.remedies import Remedy
    from engine.train.setup import Prepared

    Told = Callable[[str, float], None]

Status = Literal["pass", "warn", "fail", "skip"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check came to, at one place."""

    check: str
    """Id of its entry."""
    status: Status
    evidence: str
    """A sentence with the figures."""
    node: str = ""
    """Path id, where a node is meant."""
    network: str = ""
    """Key of the network that a phase trains."""
    fix: Remedy | None = None
    curve: tuple[float, ...] = ()
    """The losses of its steps, where it took some."""

    def json(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {
            "check": self.check,
            "status": self.status,
            "evidence": self.evidence,
            "node": self.node,
            "network": self.network,
            "fix": self.fix.text if self.fix else None,
        }


class Ground:
    """A project before a run.

    Parameters
    ----------
    project, data
        What would be trained. Neither changes.
    cancelled
        Asked now and then; True ends the checks with `Ended`.
    seen
        Called with the number of a step and its loss by checks that take steps.
    """

    def __init__(
        self,
        project: Project,
        data: Dataset,
        cancelled: Callable[[], bool] = lambda: False,
        seen: Callable[[int, float], None] = lambda _step, _loss: None,
    ) -> None:
        self.project = resolve(project).with_training(watch=False)
        self.data = data
        self.seen = seen
        self._cancelled = cancelled

    def go_on(self) -> None:
        """Raise `Ended` if the user gave up waiting."""
        if self._cancelled():
            raise Ended

    @cached_property
    def plans(self) -> Mapping[str, Plan]:
        """Return what each trained network computes. CompileError where that is not known."""
        keys = dict.fromkeys(phase.network for phase in self.project.training.phases)
        scope = self.project.scope(self.data.fields)
        return blueprint({key: self.project.networks[key] for key in keys}, scope).plans

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the input fields that a trained network reads; all of them if that is unknown."""
        try:
            read = {name for plan in self.plans.values() for name in plan.input_fields}
        except ValueError:
            read = set[str]()
        return tuple(name for name in self.data.inputs if name in read) or self.data.inputs

    def fresh(self, project: Project | None = None) -> Prepared:
        """Return networks with the weights a run would begin with, and all that trains them."""
        return prepare(project or self.project, self.data)

    def input_node(self, field: str) -> tuple[str, str]:
        """Return (path id, network) of the first input that reads a field; nothing if none does."""
        for phase in self.project.training.phases:
            for node in self.project.networks[phase.network].nodes.values():
                spec = registry.node(node.spec)
                if node.spec == "input" and spec is not None:
                    found = field_of(node, spec, self.data.fields)
                    if found is not None and found.name == field:
                        return node.id, phase.network
        return "", ""
