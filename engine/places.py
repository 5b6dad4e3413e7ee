"""A network placed inside another: its shapes, copy by copy, and who shares its weights.

What was worked out is kept for as long as the same graphs come with the same inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.analysis import Analysis, NodeInfo, Problem, holds, placed
from engine.catalog import registry
from engine.catalog.spec import TensorSpec
from engine.fixes import PlaceError, fix_of
from engine.networks import inputs_of, outputs_of
from engine.variables import environment, evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.catalog.spec import Port, Value
    from engine.graph import Graph, Node
    from engine.scope import Scope

    Analyser = Callable[
        [
            Graph,
            Scope,
            int,
            Mapping[str, int | float],
            Mapping[str, TensorSpec] | None,
            tuple[str, ...],
        ],
        Analysis,
    ]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One place to work out, and where it stands."""

    node: Node
    values: Mapping[str, Value]
    names: Mapping[str, int | float]
    """Named numbers of the graph it stands in."""
    batch_size: int
    inside: tuple[str, ...]
    """Keys of the networks around it, outermost first."""

    @property
    def key(self) -> str:
        """Return the key of the placed network."""
        return str(self.values["network"])

    @property
    def times(self) -> int:
        """Return how many copies stand in a row."""
        times = self.values["times"]
        assert isinstance(times, int)
        return times

    @property
    def tied(self) -> bool:
        """Return whether its copies are one and the same network."""
        return self.values.get("weights") == "shared" or bool(self.values.get("tied"))


@dataclass(slots=True)
class Placed:
    """What was found at a place."""

    info: NodeInfo | None = None
    problems: list[Problem] = field(default_factory=list[Problem])
    own: int = 0
    activations: int = 0


def place(
    wanted: Wanted,
    scope: Scope,
    arriving: Mapping[str, TensorSpec | None],
    shared: dict[str, Analysis],
    analyser: Analyser,
) -> Placed:
    """Return what goes on at a place.

    Parameters
    ----------
    arriving
        What comes in at each wired port; None where that is not known.
    shared
        Networks met so far whose weights are shared; those met here are added.
    analyser
        Works out a graph.
    """
    found = Placed()
    node = wanted.node
    try:
        graph = network_at(wanted, scope)
        _check_file(str(wanted.values["file"]))
        incoming = _incoming(wanted, scope, arriving, found)
        if incoming is None:
            return found
        names = names_at(wanted, scope, graph)
        copies = _copies(wanted, scope, graph, incoming, names, analyser)
    except ValueError as error:
        message = f"“{node.name}” {error}"
        found.problems.append(Problem(node.id, "network", message, fix=fix_of(node, error)))
        return found
    for copy in copies:
        found.problems += [p.inside(node.id, wanted.key, "error") for p in copy.problems]
        if copy.problems:
            break
    count(wanted, scope, copies, shared, found)
    items = next(iter(incoming.values())).shape[1] if wanted.values["each"] and incoming else 1
    found.activations = sum(copy.activations for copy in copies) * items
    found.info = NodeInfo(
        tuple(incoming.values()),
        _outputs(wanted, scope, copies, items),
        copies[0].parameters if wanted.tied else _together(copies),
        sum(copy.flops for copy in copies) * items,
        wanted.values,
        (1,) * len(incoming),
        (),
        copies,
    )
    return found


def network_at(wanted: Wanted, scope: Scope) -> Graph:
    """Return the network that is placed; PlaceError if there is none or it holds itself."""
    key = wanted.key
    graph = scope.networks.get(key)
    if graph is None and key:
        known = ", ".join(f"“{scope.title_of(k)}”" for k in scope.networks)
        raise PlaceError(
            f"places the network {key!r}, which the project does not have. It has: {known}.",
            "Remove",
        )
    if graph is None:
        raise _unchosen(wanted, scope)
    if key in wanted.inside:
        around = wanted.inside[wanted.inside.index(key) :]
        way = " → ".join(scope.title_of(k) for k in (*around, key))
        raise PlaceError(
            f"places “{scope.title_of(key)}” inside itself ({way}); a network cannot hold "
            "itself. Choose another network or delete the node.",
            "Remove",
        )
    return graph


def _unchosen(wanted: Wanted, scope: Scope) -> PlaceError:
    """Return that no network is chosen; where only one can be, it is the fix."""
    message = "places no network yet. Choose one in the inspector."
    others = [key for key in scope.networks if key not in wanted.inside]
    if len(others) != 1 or not wanted.inside:
        return PlaceError(message)
    return PlaceError(message, f"Place “{scope.title_of(others[0])}” at", {"network": others[0]})


def _check_file(path: str) -> None:
    if path and not Path(path).is_file():
        raise PlaceError(
            f"begins with the weights in {path}, which is not there. Choose the file again, or "
            "clear “Weights from” to begin with fresh ones.",
            "Clear “Weights from” of",
            {"file": ""},
        )


def _incoming(
    wanted: Wanted, scope: Scope, arriving: Mapping[str, TensorSpec | None], found: Placed
) -> dict[str, TensorSpec] | None:
    """Return what comes in at each port, or None while something is missing."""
    incoming: dict[str, TensorSpec] = {}
    ports = inputs_of(wanted.node, scope.networks)
    for port in ports:
        if port.name not in arriving:
            found.problems.append(_unwired(wanted.node, port))
        received = arriving.get(port.name)
        if received is not None:
            incoming[port.name] = received
    return incoming if len(incoming) == len(ports) else None


def _unwired(node: Node, port: Port) -> Problem:
    return Problem(
        node.id,
        "unconnected",
        f"“{node.name}” has nothing wired to its input “{port.title or port.name}”. "
        "Drag a wire to it from the node that should feed it.",
        port.name,
    )


def names_at(wanted: Wanted, scope: Scope, graph: Graph) -> dict[str, int | float]:
    """Return the named numbers inside: a place's arguments are worked out outside of it."""
    try:
        given = {
            name: evaluate(value, wanted.names) if isinstance(value, str) else value
            for name, value in wanted.node.arguments.items()
            if name in graph.settings
        }
    except ValueError as error:
        raise PlaceError(f"cannot be given its settings: {error}") from None
    return environment(scope.variables, graph.settings, given)


def _copies(
    wanted: Wanted,
    scope: Scope,
    graph: Graph,
    incoming: Mapping[str, TensorSpec],
    names: Mapping[str, int | float],
    analyser: Analyser,
) -> tuple[Analysis, ...]:
    """Return the analysis of each copy; what one puts out goes into the next."""
    outputs = outputs_of(wanted.node, scope.networks)
    if wanted.times > 1 and not 1 <= len(outputs) <= len(incoming):
        raise PlaceError(
            "can be repeated only if it has an output and no more outputs than inputs; it has "
            f"{len(incoming)} inputs and {len(outputs)} outputs. Set Repeat to 1.",
            "Set Repeat to 1 at",
            {"times": 1},
        )
    each = bool(wanted.values["each"])
    given = {port: item_of(s) for port, s in incoming.items()} if each else dict(incoming)
    inside = (*wanted.inside, wanted.key)
    copies: list[Analysis] = []
    for _ in range(wanted.times):
        copies.append(known(graph, scope, wanted.batch_size, names, given, inside, analyser))
        results = [result_of(copies[-1], port.name) for port in outputs]
        for port, result in zip(given, results, strict=False):
            if result is None:
                return tuple(copies)
            given = {**given, port: result}
    return tuple(copies)


def _outputs(
    wanted: Wanted, scope: Scope, copies: Sequence[Analysis], items: int
) -> dict[str, TensorSpec]:
    if len(copies) < wanted.times:
        return {}
    found: dict[str, TensorSpec] = {}
    for port in outputs_of(wanted.node, scope.networks):
        result = result_of(copies[-1], port.name)
        if result is not None:
            found[port.name] = items_of(result, items) if wanted.values["each"] else result
    return found


def count(
    wanted: Wanted,
    scope: Scope,
    copies: Sequence[Analysis],
    shared: dict[str, Analysis],
    found: Placed,
) -> None:
    """Add up own parameters; whoever shares weights must need the same ones."""
    met: list[tuple[str, Analysis]] = []
    if wanted.values.get("weights") == "shared":
        met = [(wanted.key, copy) for copy in copies]
    else:
        found.own = sum(copy.own for copy in (copies[:1] if wanted.tied else copies))
        if wanted.tied and not all(same_weights(copies[0], copy) for copy in copies):
            found.problems.append(_differs(wanted, scope, wanted.key))
    met += [pair for copy in copies for pair in copy.shared.items()]
    for key, analysis in met:
        if not same_weights(shared.setdefault(key, analysis), analysis):
            found.problems.append(_differs(wanted, scope, key))
            return


def _differs(wanted: Wanted, scope: Scope, key: str) -> Problem:
    return Problem(
        wanted.node.id,
        "network",
        f"“{wanted.node.name}” shares the weights of “{scope.title_of(key)}”, but what it receives "
        "needs weights of other shapes than elsewhere. Feed every place the same shape, or give "
        "this one its own weights.",
        fix=fix_of(wanted.node, PlaceError("", "Give its own weights to", _apart(wanted))),
    )


def _apart(wanted: Wanted) -> dict[str, Value]:
    """Return the settings that let no copy of a place share its weights."""
    known = registry.node(wanted.node.spec)
    names = {p.name for p in known.params} if known is not None else set[str]()
    apart: dict[str, Value] = {"weights": "own", "tied": False}
    return {name: value for name, value in apart.items() if name in names}


def item_of(spec: TensorSpec) -> TensorSpec:
    """Return one item along axis 1; ValueError if there is no such axis."""
    if len(spec.shape) < 2:
        raise PlaceError(
            f"runs for each item and needs an axis 1; it receives {spec}.",
            "Run once, not for each item, at",
            {"each": False},
        )
    return TensorSpec((spec.shape[0], *spec.shape[2:]), spec.dtype)


def items_of(spec: TensorSpec, items: int) -> TensorSpec:
    """Return the tensor of `items` results along axis 1."""
    return TensorSpec((spec.shape[0], items, *spec.shape[1:]), spec.dtype)


def result_of(analysis: Analysis, output: str) -> TensorSpec | None:
    """Return what arrives at an Output node."""
    info = analysis.nodes.get(output)
    return info.inputs[0] if info and info.inputs else None


def _together(copies: Sequence[Analysis]) -> int:
    """Return the parameters of all copies; what they share counts once."""
    shared = {key: met.own for copy in copies for key, met in copy.shared.items()}
    return sum(copy.own for copy in copies) + sum(shared.values())


def same_weights(one: Analysis, other: Analysis) -> bool:
    """Return whether two uses of the same network have weights of the same shapes."""
    if one is other:
        return True
    if one.own != other.own or one.nodes.keys() != other.nodes.keys():
        return False
    for node_id, info in one.nodes.items():
        twin = other.nodes[node_id]
        if info.weights != twin.weights or len(info.copies) != len(twin.copies):
            return False
        if not all(map(same_weights, info.copies, twin.copies)):
            return False
    return True


_KNOWN: dict[object, tuple[Graph, dict[str, Graph | None], object, Analysis]] = {}
_MOST = 4_000


def known(
    graph: Graph,
    scope: Scope,
    batch_size: int,
    names: Mapping[str, int | float],
    ports: Mapping[str, TensorSpec],
    inside: tuple[str, ...],
    analyser: Analyser,
) -> Analysis:
    """Return the analysis of a placed graph, from memory if nothing it depends on has changed."""
    key = (id(graph), batch_size, tuple(names.items()), tuple(ports.items()), inside)
    found = _KNOWN.get(key)
    if found is not None:
        _, below, fields, analysis = found
        if fields == scope.fields and all(scope.networks.get(k) is g for k, g in below.items()):
            return analysis
    analysis = analyser(graph, scope, batch_size, names, ports, inside)
    if holds(graph, scope.networks, _is_own):
        return analysis
    if len(_KNOWN) >= _MOST:
        _KNOWN.clear()
    _KNOWN[key] = (graph, _below(graph, scope), scope.fields, analysis)
    return analysis


def _is_own(node: Node) -> bool:
    """Return whether a layer is the user's own: what it does hangs on whether it is trusted."""
    spec = registry.node(node.spec)
    return spec is not None and spec.own is not None


def _below(graph: Graph, scope: Scope) -> dict[str, Graph | None]:
    """Return the networks placed in a graph at any depth."""
    found: dict[str, Graph | None] = {}
    stack = [graph]
    while stack:
        for node in stack.pop().nodes.values():
            key = placed(node)
            if key and key not in found:
                below = found[key] = scope.networks.get(key)
                if below is not None:
                    stack.append(below)
    return found
