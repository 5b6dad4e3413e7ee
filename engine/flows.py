"""A network as the right-hand side of a differential equation: what goes on where one is solved."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from engine import fixes
from engine.analysis import Fix, NodeInfo, Problem, holds, is_display, is_loss
from engine.catalog.layers.ode import FIXED
from engine.catalog.spec import BATCH, TensorSpec
from engine.fixes import PlaceError, fix_of
from engine.networks.ports import is_inlet
from engine.places import Placed, count, known, names_at, network_at, result_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.analysis import Analysis
    from engine.catalog.spec import Value
    from engine.graph import Graph
    from engine.places import Analyser, Wanted
    from engine.scope import Scope

PACKAGE = "torchdiffeq"
TIME = TensorSpec((BATCH, 1))
_LAST = "last layer"
_STAGES = {"euler": 1, "midpoint": 2, "rk4": 4}
"""How often a solver of fixed steps evaluates the network in each."""


def flow(
    wanted: Wanted,
    scope: Scope,
    state: TensorSpec,
    shared: dict[str, Analysis],
    analyser: Analyser,
) -> Placed:
    """Return what goes on where a state flows along a network.

    Parameters
    ----------
    state
        What comes in.
    shared, analyser
        As for `engine.places.place`.
    """
    found = Placed()
    node, values = wanted.node, wanted.values
    try:
        _check_solver(values)
        graph = network_at(wanted, scope)
        given = _given(wanted, scope, graph, state)
        names = names_at(wanted, scope, graph)
        inside = (*wanted.inside, wanted.key)
        inner = known(graph, scope, wanted.batch_size, names, given, inside, analyser)
        if not inner.problems:
            _check_result(wanted, scope, graph, inner, state)
    except ValueError as error:
        message = f"“{node.name}” {error}"
        fix = _widened(wanted, scope, state, error) or fix_of(node, error)
        found.problems.append(Problem(node.id, "network", message, fix=fix))
        return found
    found.problems += [p.inside(node.id, wanted.key, "error") for p in inner.problems]
    count(wanted, scope, (inner,), shared, found)
    found.info = _info(values, state, inner, known=not found.problems)
    found.activations = inner.activations
    return found


def _info(
    values: Mapping[str, Value], state: TensorSpec, inner: Analysis, *, known: bool
) -> NodeInfo:
    points, steps = values["points"], values["steps"]
    assert isinstance(points, int)
    assert isinstance(steps, int)
    path = TensorSpec((state.shape[0], points, *state.shape[1:]), state.dtype)
    times = _STAGES[str(values["method"])] * steps if values["method"] in FIXED else 1
    outputs = {"out": state, "path": path} if known else {}
    flops = inner.flops * times
    return NodeInfo((state,), outputs, inner.parameters, flops, values, (1,), (), (inner,))


def _check_solver(values: Mapping[str, Value]) -> None:
    if find_spec(PACKAGE) is None:
        raise PlaceError(
            "needs the package torchdiffeq, which is not installed. Install it with "
            "“pip install torchdiffeq==0.2.5” or with Layerloom's extra “ode”, and start again."
        )
    if values["start"] == values["end"]:
        end = values["end"]
        assert isinstance(end, float)
        raise PlaceError(
            f"starts and ends at the time {end:g}. Make the last one later.",
            f"End at {end + 1:g} in",
            {"end": end + 1},
        )


def _given(wanted: Wanted, scope: Scope, graph: Graph, state: TensorSpec) -> dict[str, TensorSpec]:
    """Return what comes in at each Input of the network: the state and, if it asks, the time."""
    title = scope.title_of(wanted.key)
    if not state.dtype.startswith("float"):
        raise PlaceError(f"needs decimal numbers; it receives {state.dtype} ({state}).")
    if holds(graph, scope.networks, lambda n: is_loss(n) or is_display(n)):
        raise PlaceError(f"integrates “{title}”, which holds a loss or a display. Move that out.")
    inlets = [n.id for n in graph.nodes.values() if is_inlet(n)]
    outlets = [n.id for n in graph.nodes.values() if n.spec == "output"]
    if not 1 <= len(inlets) <= 2 or len(outlets) != 1:
        raise PlaceError(
            f"integrates “{title}”, which must have an Input for the state, perhaps a second one "
            f"for the time, and one Output; it has {len(inlets)} and {len(outlets)}."
        )
    return dict(zip(inlets, (state, TIME), strict=False))


def _check_result(
    wanted: Wanted, scope: Scope, graph: Graph, inner: Analysis, state: TensorSpec
) -> None:
    """Raise PlaceError unless the network puts out the shape of the state."""
    output = next(n.id for n in graph.nodes.values() if n.spec == "output")
    result = result_of(inner, output)
    if result is not None and result != state:
        raise PlaceError(
            f"needs a rate of change for each number of its state {state}; "
            f"“{scope.title_of(wanted.key)}” puts out {result}. Change the size of its last layer.",
            _LAST,
        )


def _widened(wanted: Wanted, scope: Scope, state: TensorSpec, error: ValueError) -> Fix | None:
    """Return the fix that lets the network put out as many numbers as its state has."""
    if not isinstance(error, PlaceError) or error.text != _LAST:
        return None
    error.text = ""
    graph = scope.networks[wanted.key]
    output = next(n.id for n in graph.nodes.values() if n.spec == "output")
    fix = fixes.widen(graph, graph.wires_in(), output, state.shape[-1])
    return replace(fix, network=wanted.key) if fix is not None else None
