"""What is known of every network that is trained or on show: one analysis for each root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from designer import navigation
from engine.analysis import Analysis, placed
from engine.custom import asking
from engine.networks import own_layers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.analysis import Problem
    from engine.catalog.spec import Field
    from engine.graph import Graph
    from engine.project import Project

NOTHING = Analysis({}, ())
"""What is known of a network into which nothing flows yet."""


@dataclass(frozen=True, slots=True)
class Located:
    """A problem, and the root network in whose analysis it was found."""

    root: str
    problem: Problem

    @property
    def network(self) -> str:
        """Return the key of the network the problem lies in."""
        return self.problem.network or self.root

    def address(self, project: Project) -> str:
        """Return the address of the node, or nothing for a problem of a whole network."""
        if not self.problem.node:
            return ""
        path = "/".join((*self.problem.path, self.problem.node))
        return navigation.address(project, self.root, path)


@dataclass(frozen=True, slots=True)
class _Known:
    """An analysis and everything it was made from."""

    graphs: Mapping[str, Graph | None]
    fields: Mapping[str, Field]
    variables: Mapping[str, int | float]
    batch_size: int
    analysis: Analysis
    trusted: object
    """What stood for the answers about layers of the user's own; None if there are none."""

    def holds(self, project: Project, fields: Mapping[str, Field]) -> bool:
        """Return whether nothing it was made from has changed."""
        return (
            self.batch_size == project.training.batch_size
            and self.variables == project.variables
            and (self.fields is fields or self.fields == fields)
            and all(project.networks.get(key) is graph for key, graph in self.graphs.items())
            and (self.trusted is None or self.trusted == asking.stamp())
        )


class Analyses:
    """The analyses of root networks, kept for as long as nothing they were made from changes."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def of(self, project: Project, fields: Mapping[str, Field], root: str) -> Analysis:
        """Return the analysis of one root network."""
        known = self._known.get(root)
        if known is None or not known.holds(project, fields):
            from engine.shapes import analyse

            size = project.training.batch_size
            stamp = asking.stamp()
            with asking.patient():
                found = analyse(project.networks[root], project.scope(fields), size)
            graphs = _reached(project.networks, root)
            trusted = stamp if any(own_layers(project)) else None
            known = _Known(graphs, fields, project.variables, size, found, trusted)
            self._known[root] = known
        return known.analysis

    def problems(
        self, project: Project, fields: Mapping[str, Field], shown: str
    ) -> tuple[Located, ...]:
        """Return the problems of all networks that are trained, and of the root on show.

        What is found in the same network from several places is told once.
        """
        from engine.review import of_training

        trained = trained_roots(project)
        found: dict[tuple[str, str, str], Located] = {}
        for root in dict.fromkeys((shown, *trained)):
            for problem in self.of(project, fields, root).problems:
                if not problem.node and problem.kind == "structure" and root not in trained:
                    continue
                place = Located(root, problem)
                found.setdefault((place.network, problem.node, problem.message), place)
        for problem in of_training(project) if trained else ():
            place = Located(problem.network or trained[0], problem)
            found.setdefault((place.network, problem.node, problem.message), place)
        for root in [r for r in self._known if r != shown and r not in trained]:
            del self._known[root]
        return tuple(found.values())


def trained_roots(project: Project) -> tuple[str, ...]:
    """Return the keys of the networks that phases train."""
    keys = dict.fromkeys(phase.network for phase in project.training.phases)
    return tuple(key for key in keys if key in project.networks)


def obstacles(problems: Iterable[Located], project: Project) -> list[Located]:
    """Return the errors that keep the project from being trained."""
    trained = trained_roots(project)
    return [p for p in problems if p.problem.severity == "error" and p.root in trained]


def _reached(networks: Mapping[str, Graph], root: str) -> dict[str, Graph | None]:
    """Return a network and those placed in it at any depth; None for one that is missing."""
    found: dict[str, Graph | None] = {}
    waiting = [root]
    while waiting:
        key = waiting.pop()
        if key not in found:
            graph = found[key] = networks.get(key)
            nodes = graph.nodes.values() if graph is not None else ()
            waiting += [k for k in map(placed, nodes) if k]
    return found
