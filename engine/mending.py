"""All that can be mended at once: fix upon fix, each looked at anew, as one change of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from engine.review import of_training
from engine.shapes import analyse
from engine.variables import VariableError, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.analysis import Fix, Problem
    from engine.catalog.spec import Field
    from engine.project import Project

MOST = 200
"""Fixes in one go."""
Row: TypeAlias = "tuple[str, Problem]"
"""A problem and the root network in whose analysis it was found."""
Sign: TypeAlias = "tuple[str, str, str]"
"""What tells a problem from others: its network, its node, its sentence."""


@dataclass(frozen=True, slots=True)
class Mended:
    """One fix of a chain: what was wrong where, and what was done."""

    network: str
    node: str
    message: str
    fix: str
    severity: str


@dataclass(frozen=True, slots=True)
class Chain:
    """What mending all leads to: the project, how it came about, and what is left."""

    project: Project
    steps: tuple[Mended, ...]
    left: tuple[Problem, ...]


def apply(project: Project, fix: Fix, root: str) -> Project:
    """Return the project with a fix applied that was found in the analysis of a root network."""
    if fix.whole is not None:
        return fix.whole(project)
    key = fix.network or root
    return project.with_graph(fix.edit(project.networks[key]), key)


def chain(project: Project, fields: Mapping[str, Field], roots: Iterable[str]) -> Chain:
    """Return what is left of a project's problems when all fixes are applied, errors first.

    A fix may bring the next problem to light. One that does not make its own problem go away is
    taken back; no problem is mended twice.

    Parameters
    ----------
    roots
        Networks whose problems count.
    """
    keys = [key for key in dict.fromkeys(roots) if key in project.networks]
    steps: list[Mended] = []
    tried: set[Sign] = set()
    problems = _problems(project, fields, keys)
    while len(steps) < MOST and (batch := _next(problems, tried)):
        batch = batch[: MOST - len(steps)]
        tried |= {_sign(*row) for row in batch}
        after = _applied(project, batch)
        then = _problems(after, fields, keys)
        still = {_sign(*row) for row in then}
        good = [row for row in batch if _sign(*row) not in still]
        if len(good) < len(batch):
            after = _applied(project, good)
            then = _problems(after, fields, keys)
        steps += [_step(project, *row) for row in good]
        project, problems = after, then
    return Chain(project, tuple(steps), tuple(problem for _, problem in problems))


def _applied(project: Project, batch: list[Row]) -> Project:
    for root, problem in batch:
        assert problem.fix is not None
        project = apply(project, problem.fix, root)
    return project


def _step(project: Project, root: str, problem: Problem) -> Mended:
    assert problem.fix is not None
    network = problem.network or root
    graph = project.networks.get(network)
    name = graph.nodes[problem.node].name if graph and problem.node in graph.nodes else ""
    return Mended(network, name, problem.message, problem.fix.text, problem.severity)


def _problems(project: Project, fields: Mapping[str, Field], keys: Iterable[str]) -> list[Row]:
    """Return (root, problem) of the training set-up and of all networks that count."""
    found = [(project.main, problem) for problem in of_training(project)]
    try:
        scope = resolve(project).scope(fields)
    except VariableError:
        scope = project.scope(fields)
    for key in keys:
        analysis = analyse(project.networks[key], scope, project.training.batch_size)
        found += [(key, problem) for problem in analysis.problems]
    return list({_sign(root, problem): (root, problem) for root, problem in found}.values())


def _next(problems: list[Row], tried: set[Sign]) -> list[Row]:
    """Return the problems to be mended next: errors before warnings, shapes together."""
    able = [row for row in problems if row[1].fix is not None and _sign(*row) not in tried]
    first = min(able, key=lambda row: row[1].severity != "error", default=None)
    if first is None or first[1].kind != "shape":
        return [first] if first is not None else []
    like = [row for row in able if (row[1].kind, row[1].severity) == ("shape", first[1].severity)]
    # Two that would do the very same must not both do it.
    return list({row[1].fix.text: row for row in like if row[1].fix is not None}.values())


def _sign(root: str, problem: Problem) -> Sign:
    return problem.network or root, problem.node, problem.message
