"""All that can be mended at once: fix upon fix, each looked at anew, as one change of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from engine import remedies
from engine.analysis import Problem
from engine.catalog import registry
from engine.catalog.spec import FindingSpec
from engine.diagnose.doctor import standing
from engine.networks import placed
from engine.review import of_training
from engine.shapes import analyse
from engine.variables import VariableError, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.analysis import Fix
    from engine.catalog.spec import Field
    from engine.project import Project
    from engine.train.events import Finding

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
    finding: Finding | None = None
    """What a rule found, where it was that."""


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


def chain(
    project: Project,
    fields: Mapping[str, Field],
    roots: Iterable[str],
    findings: Iterable[Finding] = (),
) -> Chain:
    """Return what is left of a project's problems when all fixes are applied, errors first.

    A fix may bring the next problem to light. One that does not make its own problem go away is
    taken back; no problem is mended twice. What rules found comes last: a remedy that breaks the
    project, or sets again what another one has set, is left out.

    Parameters
    ----------
    roots
        Networks whose problems count.
    findings
        What rules found of the project or of a run.
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
    left = [problem for _, problem in problems]
    touched: set[tuple[object, ...]] = set()
    for finding in findings:
        if finding.fix is None or not _holds(project, finding):
            continue
        slots = remedies.touched(finding.fix)
        after = None if slots & touched else _remedied(project, finding, fields, keys)
        if after is None:
            left.append(Problem("", finding.kind, finding.message, severity="warning"))
        elif after != project and len(steps) < MOST:
            steps.append(_told(project, finding, finding.fix))
            project = after
            touched |= slots
    return Chain(project, tuple(steps), tuple(left))


def _holds(project: Project, finding: Finding) -> bool:
    """Return whether a finding still stands, as far as that can be told without a run."""
    known: Mapping[str, FindingSpec] = registry.of_kind(FindingSpec)
    spec = known.get(finding.kind)
    if spec is None or spec.topic != "project":
        return True
    return _place(finding) in map(_place, standing(project))


def _place(finding: Finding) -> Sign:
    return finding.kind, finding.network, finding.node


def _remedied(
    project: Project, finding: Finding, fields: Mapping[str, Field], keys: Iterable[str]
) -> Project | None:
    """Return the project with a remedy applied; None where it does no good."""
    assert finding.fix is not None
    try:
        after = remedies.apply(project, finding.fix)
    except ValueError:
        return None
    before = {_sign(*row) for row in _problems(project, fields, keys)}
    fresh = [row for row in _problems(after, fields, keys) if _sign(*row) not in before]
    return None if any(problem.severity == "error" for _, problem in fresh) else after


def _told(project: Project, finding: Finding, fix: remedies.Remedy) -> Mended:
    """Return a remedy as a step, with the network and the name of the node it is about."""
    trained = [phase.network for phase in project.training.phases]
    network, name = finding.network or next(iter(trained), project.main), ""
    *places, last = (part.partition("#")[0] for part in finding.node.split("/"))
    for place in places:
        graph = project.networks.get(network)
        network = placed(graph.nodes[place]) if graph and place in graph.nodes else network
    graph = project.networks.get(network)
    if graph is not None and last in graph.nodes:
        name = graph.nodes[last].name
    return Mended(network, name, finding.message, fix.text, "warning", finding)


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
