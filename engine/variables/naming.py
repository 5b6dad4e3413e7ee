"""Named numbers added, renamed and removed: the project's variables and each network's settings.

Everywhere `network` is the key of the network whose settings are meant; nothing means the
project's variables. A network's setting hides a variable of the same name.
"""

from __future__ import annotations

import keyword
import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from engine.catalog import registry
from engine.graph import PLACES
from engine.variables.expressions import (
    FUNCTIONS,
    VariableError,
    has_expression,
    is_expression,
    names_in,
    renamed,
)
from engine.variables.settings import NUMERIC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.catalog.spec import Spec
    from engine.graph import Graph, Node
    from engine.project import Choice, Phase, Project
    from engine.variables.expressions import Names, Number

    Change = Callable[["Use", str], str]

_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Use:
    """One setting whose expression uses a name."""

    network: str
    """Key of the network; nothing for data, optimizers and schedules."""
    node: str
    """Id of the node; nothing for data, optimizers and schedules."""
    text: str
    """What a person reads: `dense_1, Out features`."""


def named(project: Project, network: str = "") -> Names:
    """Return the named numbers of the project or of a network."""
    return project.networks[network].settings if network else project.variables


def check_name(project: Project, name: str, network: str = "") -> str:
    """Return a name that may be given to one more number.

    Raises
    ------
    VariableError
        It is taken, or no expression could use it.
    """
    name = unicodedata.normalize("NFKC", name.strip())
    if not name:
        raise VariableError("A variable needs a name.")
    if not name.isidentifier():
        raise VariableError(
            f"“{name}” cannot be a name: use letters, digits and _, and no digit at the start."
        )
    if keyword.iskeyword(name) or name in FUNCTIONS:
        raise VariableError(f"“{name}” has a meaning of its own in expressions; choose another.")
    if len(name) > _LONGEST:
        raise VariableError(f"A name has at most {_LONGEST} characters.")
    if name in named(project, network):
        where = f"“{project.title_of(network)}”" if network else "The project"
        raise VariableError(f"{where} has a variable “{name}” already.")
    return name


def put(project: Project, name: str, value: Number, network: str = "") -> Project:
    """Return the project with a named number set; a new one comes last.

    Raises
    ------
    VariableError
        The name cannot be used or the value is no finite number.
    """
    known = named(project, network)
    if name not in known:
        name = check_name(project, name, network)
    if not math.isfinite(value):
        raise VariableError(f"“{name}” must be a finite number.")
    return _with(project, {**known, name: value}, network)


def uses(project: Project, network: str = "") -> dict[str, tuple[Use, ...]]:
    """Return, for each named number, every setting whose expression uses it."""
    found: dict[str, list[Use]] = {name: [] for name in named(project, network)}

    def note(use: Use, text: str) -> str:
        hidden = project.networks[use.network].settings if use.network and not network else {}
        for name in names_in(text):
            if name in found and name not in hidden:
                found[name].append(use)
        return text

    _changed(project, network, note)
    return {name: tuple(places) for name, places in found.items()}


def users(project: Project, name: str, network: str = "") -> tuple[Use, ...]:
    """Return every setting whose expression uses a named number."""
    return uses(project, network).get(name, ())


def remove(project: Project, name: str, network: str = "") -> Project:
    """Return the project without a named number; places no longer set it.

    Raises
    ------
    VariableError
        Something uses it; the sentence says what.
    """
    using = users(project, name, network)
    if using:
        first = "; ".join(use.text for use in using[:3])
        more = f" and {len(using) - 3} more" if len(using) > 3 else ""
        raise VariableError(f"“{name}” is used by {first}{more}. Change that first.")
    kept = {k: v for k, v in named(project, network).items() if k != name}
    project = _with(project, kept, network)
    return _at_places(project, network, lambda given: {k: v for k, v in given if k != name})


def rename(project: Project, old: str, new: str, network: str = "") -> Project:
    """Return the project with a named number called otherwise, in every expression too.

    Raises
    ------
    VariableError
        The new name cannot be used, or would mean something else where the old one is used.
    """
    new = check_name(project, new, network)
    _refuse_capture(project, old, new, network)
    mine = {(u.network, u.node) for u in users(project, old, network)}

    def change(use: Use, text: str) -> str:
        return renamed(text, old, new) if (use.network, use.node) in mine else text

    changed = _changed(project, network, change)
    renamed_numbers = {new if k == old else k: v for k, v in named(project, network).items()}
    changed = _with(changed, renamed_numbers, network)
    return _at_places(changed, network, lambda given: {new if k == old else k: v for k, v in given})


def _refuse_capture(project: Project, old: str, new: str, network: str) -> None:
    if network:
        taken = [u for u in users(project, new) if u.network == network]
        if taken:
            raise VariableError(
                f"{taken[0].text} uses the project's variable “{new}”, which a setting of that "
                "name would hide. Choose another name."
            )
        return
    for use in users(project, old):
        if use.network and new in project.networks[use.network].settings:
            raise VariableError(
                f"{use.text} uses “{old}”, but its network has a setting “{new}” of its own. "
                "Choose another name."
            )


def _with(project: Project, numbers: Names, network: str) -> Project:
    if not network:
        return project.but(variables=dict(numbers))
    return project.with_graph(project.networks[network].but(settings=dict(numbers)), network)


# -- every expression that can see a name


def _changed(project: Project, network: str, change: Change) -> Project:
    """Return the project with every expression put through `change`.

    For the settings of a network only those in it, for variables all.
    """
    networks: dict[str, Graph] = {}
    for key, graph in project.networks.items():
        sees = network in ("", key)
        networks[key] = _graph(project, key, graph, change) if sees else graph
    if any(networks[key] is not graph for key, graph in project.networks.items()):
        project = project.but(networks=networks)
    if network:
        return project
    source = _choice("source", project.data.source, "data", change)
    if source is not project.data.source:
        project = project.with_data(source=source)
    phases = tuple(_phase(phase, change) for phase in project.training.phases)
    if any(a is not b for a, b in zip(phases, project.training.phases, strict=True)):
        project = project.with_training(phases=phases)
    return project


def _phase(phase: Phase, change: Change) -> Phase:
    optimizer = _choice("optimizer", phase.optimizer, phase.name, change)
    schedule = _choice("schedule", phase.schedule, phase.name, change)
    if optimizer is phase.optimizer and schedule is phase.schedule:
        return phase
    return phase.but(optimizer=optimizer, schedule=schedule)


def _choice(kind: str, choice: Choice, where: str, change: Change) -> Choice:
    spec = registry.entries().get(f"{kind}/{choice.id}")
    if spec is None:
        return choice
    params = _params(spec, choice.params, "", "", f"{spec.title} ({where})", change)
    return choice if params is choice.params else choice.but(params=params)


def _graph(project: Project, key: str, graph: Graph, change: Change) -> Graph:
    nodes: dict[str, Node] = {}
    for node in graph.nodes.values():
        nodes[node.id] = _node(project, key, node, change)
    if all(nodes[i] is n for i, n in graph.nodes.items()):
        return graph
    return graph.but(nodes=nodes)


def _node(project: Project, key: str, node: Node, change: Change) -> Node:
    if not node.arguments and not any(map(has_expression, node.params.values())):
        return node
    spec = registry.node(node.spec)
    where = node.name if len(project.networks) == 1 else f"{node.name} ({project.title_of(key)})"
    params = _params(spec, node.params, key, node.id, where, change) if spec else node.params
    arguments = {
        name: change(Use(key, node.id, f"{where}, {name}"), value)
        if isinstance(value, str)
        else value
        for name, value in node.arguments.items()
    }
    if params is node.params and arguments == node.arguments:
        return node
    return node.but(params=params, arguments=arguments)


def _params(
    spec: Spec, params: dict[str, Any], network: str, node: str, where: str, change: Change
) -> dict[str, Any]:
    """Return the settings with their expressions changed; `params` itself if none was."""
    made: dict[str, Any] = {}
    for param in spec.params:
        if param.type in NUMERIC and param.name in params:
            use = Use(network, node, f"{where}, {param.label}")
            made[param.name] = _value(params[param.name], use, change)
    if all(params[k] is v for k, v in made.items()):
        return params
    return {k: made.get(k, v) for k, v in params.items()}


def _value(value: object, use: Use, change: Change) -> object:
    if is_expression(value):
        return change(use, value)
    if not has_expression(value):
        return value
    items = tuple(cast("Sequence[object]", value))
    changed = tuple(change(use, item) if is_expression(item) else item for item in items)
    return value if changed == items else changed


def _at_places(
    project: Project,
    network: str,
    change: Callable[[list[tuple[str, Any]]], Mapping[str, Any]],
) -> Project:
    """Return the project with the arguments changed wherever the network is placed."""
    if not network:
        return project
    for key, graph in project.networks.items():
        for node in graph.nodes.values():
            if node.spec in PLACES and node.params.get("network") == network:
                arguments = dict(change(list(node.arguments.items())))
                if arguments != node.arguments or list(arguments) != list(node.arguments):
                    graph = graph.change(node.id, arguments=arguments)
        if graph is not project.networks[key]:
            project = project.with_graph(graph, key)
    return project
