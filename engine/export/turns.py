"""A project's phases as an exported script sees them: names, parameters, what is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import emit
from engine.catalog import registry
from engine.export.reach import reached
from engine.train.evaluate import labels
from engine.train.traits import traits
from engine.train.trial import trains

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.listing import Listing
    from engine.project import Phase, Project
    from engine.steps import Plan, Step
    from engine.train.traits import Traits

    Home = tuple[str, ...]

FEW = 8
"""So many modules are named one by one."""


class ExportError(ValueError):
    """A project that cannot be exported; one sentence."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One phase of training."""

    phase: Phase
    plan: Plan
    name: str
    """A Python name for it; nothing where it is the only one."""
    label: str
    """What stands before the names of its figures."""
    holder: str
    """The variable of what holds all networks, or of the only one."""
    model: str
    """The expression of its network."""
    given: tuple[str, ...]
    """What its `losses` takes."""
    parameters: list[str]
    """The statements that list the parameters it trains."""
    layers: tuple[tuple[str, Traits], ...]
    """The expression of each module it trains, and how."""
    buffers: str
    """The buffers of its network, as entries of a list."""

    def called(self, what: str) -> str:
        """Return the name of a thing of this phase: `parameters`, `critic_parameters`."""
        return f"{self.name}_{what}" if self.name else what

    @property
    def samples(self) -> str:
        """Return the expression of how many samples its part of the data has."""
        if not self.name:
            return "len(part[0])"
        return f'len(parts[{self.phase.split!r}]["{self.plan.fields[0]}"])'

    def module(self, home: Home) -> str:
        """Return the expression of a module."""
        return f"{self.holder}.{emit.attribute(home)}"

    @property
    def loss(self) -> str:
        """Return the expression of the total loss of `batch`."""
        total = "network.losses(*batch)"
        if self.name:
            total = f"{self.called('losses')}({self.holder}, batch)"
        weight = f" * {self.phase.weight!r}" if self.phase.weight != 1 else ""
        return f"{total}[0]{weight}"


def turns(project: Project, text: Listing) -> list[Turn]:
    """Return the phases of a project, whose networks are written as `text`."""
    phases = project.training.phases
    holder = "models" if len(text.names) > 1 else "network"
    taken = {"models", "parts", "batch"}
    found: list[Turn] = []
    for phase, label in zip(phases, labels(phases), strict=True):
        key = phase.network
        plan = text.blueprint.plans[key]
        name = emit.identifier(phase.name or key, taken) if len(phases) > 1 else ""
        attribute = text.names[key]
        model = f"{holder}.{attribute}" if attribute else holder
        given = [f"batch[{field!r}]" for field in plan.fields]
        given += [f"{holder}.{shared}" for shared in text.shared[key]]
        modules = Parameters(phase, plan, text.blueprint.modules, holder)
        lines = modules.lines(f"{name}_parameters" if name else "parameters")
        treated = modules.layers(project)
        found.append(
            Turn(
                phase,
                plan,
                name,
                label,
                holder,
                model,
                tuple(given),
                lines,
                treated,
                modules.buffers(),
            )
        )
    return found


class Parameters:
    """Which modules a phase trains, and the statements that list their parameters.

    Parameters
    ----------
    phase, plan
        The phase and its network.
    modules
        Every module there is, in the order of building.
    holder
        The variable that holds them all: `models` or `network`.
    """

    def __init__(self, phase: Phase, plan: Plan, modules: Sequence[Step], holder: str) -> None:
        self._holder = holder
        self._phase = phase
        self._plan = plan
        own = [s for s in plan.every if s.has_module]
        chosen = {s.home for s in own if not s.frozen and trains(phase.trains, s.path)}
        self._trained = chosen & {s.home for s in reached(plan) if s.info.weights}
        if not self._trained:
            raise ExportError(
                f"The phase {phase.name!r} has nothing to train: no layer with weights that are "
                "not frozen leads to a loss. Add a layer with weights, or unfreeze one."
            )
        held = [s.home for s in modules if s.info.weights]
        tops = dict.fromkeys(s.home[0] for s in own)
        self._built = [home for home in held if home[0] in tops]
        ordered = [home for top in tops for home in self._built if home[0] == top]
        sums = phase.clip_norm is not None or registry.optimizer(phase.optimizer.id).closure
        self._order = ordered if sums else self._built
        self._whole = self._order == held

    def layers(self, project: Project) -> tuple[tuple[str, Traits], ...]:
        """Return the expression of each module it trains, and how; of equals the first counts."""
        found: dict[Home, Traits] = {}
        for step in self._plan.every:
            if step.has_module and step.home in self._trained:
                found.setdefault(step.home, traits(self._phase, project.networks, step.path))
        return tuple((self._path(home), how) for home, how in found.items())

    def buffers(self) -> str:
        """Return the buffers of the network, as entries of a list."""
        if self._holder == "network":
            return "*network.buffers()"
        tops = dict.fromkeys(s.home[0] for s in self._plan.every if s.has_module)
        return ", ".join(f"*{self._path((top,))}.buffers()" for top in tops)

    def lines(self, variable: str) -> list[str]:
        """Return the statements that assign the list to a variable."""
        wanted = [home for home in self._order if home in self._trained]
        if self._whole and wanted == self._order:
            return [f"{variable} = list({self._holder}.parameters())"]
        entries = list(self._cover(wanted))
        if len(entries) == 1:
            return [f"{variable} = list({self._path(entries[0])}.parameters())"]
        left = list(self._cover([home for home in self._order if home not in self._trained]))
        if self._whole and len(entries) > FEW and len(left) < len(entries):
            names = ", ".join(repr(".".join(home) + ".") for home in left)
            return [
                f"left_out = ({names}{',' if len(left) == 1 else ''})",
                f"{variable} = [",
                "    parameter",
                f"    for name, parameter in {self._holder}.named_parameters()",
                "    if not name.startswith(left_out)",
                "]",
            ]
        listed = ", ".join(f"*{self._path(home)}.parameters()" for home in entries)
        return [f"{variable} = [{listed}]"]

    def _cover(self, wanted: Sequence[Home], above: Home = ()) -> Iterable[Home]:
        """Yield the largest modules that hold these and no others, in order."""
        depth = len(above)
        for part in dict.fromkeys(home[depth] for home in wanted):
            inner = (*above, part)
            mine = [home for home in wanted if home[: depth + 1] == inner]
            every = [home for home in self._built if home[: depth + 1] == inner]
            if mine == every or inner in mine:
                yield inner
            else:
                yield from self._cover(mine, inner)

    def _path(self, home: Home) -> str:
        return f"{self._holder}.{emit.attribute(home)}"
