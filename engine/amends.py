"""Fixes of the choices of training and data: each changes the project, not a network."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine.analysis import Fix
from engine.catalog import registry
from engine.project import Choice, Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.catalog.spec import Spec
    from engine.graph import Graph
    from engine.project import Project


def of_project(text: str, change: Callable[[Project], Project]) -> Fix:
    """Return a fix that changes the project."""
    return Fix(text, _same, whole=change)


def _same(graph: Graph) -> Graph:
    return graph


def choice(
    find: Callable[[str], Spec],
    chosen: Choice,
    instead: str,
    put: Callable[[Project, Choice], Project],
) -> Fix:
    """Return the fix of a choice: wrong settings get their defaults, an unknown id another."""
    try:
        spec = find(chosen.id)
    except ValueError:
        fresh = Choice(id=instead)
        title = find(instead).title
        return of_project(f"Take {title} instead", lambda p: put(p, fresh))
    wrong: list[str] = []
    for param in spec.params:
        try:
            param.check(chosen.params.get(param.name, param.default))
        except ValueError:
            wrong.append(param.name)
    kept = {name: value for name, value in chosen.params.items() if name not in wrong}
    labels = " and ".join(spec.param(name).label for name in wrong)
    fresh = Choice(id=chosen.id, params=kept)
    text = f"Set {labels} of {spec.title} to the default"
    return of_project(text, lambda p: put(p, fresh))


def phase_choice(index: int, name: str) -> Callable[[Project, Choice], Project]:
    """Return what puts an optimizer or a schedule into a phase."""
    return lambda p, chosen: p.with_phase(index, **{name: chosen})


def initializer(project: Project, chosen: Choice) -> Project:
    """Return the project whose weights start by a choice."""
    return project.with_training(initializer=chosen.id, initializer_params=chosen.params)


def node_initializer(key: str, node: str) -> Callable[[Project, Choice], Project]:
    """Return what puts an initializer into a node."""

    def put(project: Project, chosen: Choice) -> Project:
        changes = {"initializer": chosen.id, "initializer_params": chosen.params}
        graph = project.networks[key].change(node, **changes)
        return project.with_graph(graph, key)

    return put


def add_phase(project: Project) -> Fix:
    """Return the fix that trains the main network."""
    title = project.title_of(project.main)
    return of_project(
        f"Add a phase that trains “{title}”",
        lambda p: p.with_training(phases=(Phase(network=p.main),)),
    )


def train_main(project: Project, index: int) -> Fix:
    """Return the fix that lets a phase train the main network."""
    title = project.title_of(project.main)
    return of_project(
        f"Let it train “{title}”", lambda p: p.with_phase(index, network=p.main, trains=())
    )


def train_known(index: int, known: tuple[str, ...]) -> Fix:
    """Return the fix that lets a phase train what is left of what it names."""
    text = "Train the others that it names" if known else "Train all of its network"
    return of_project(text, lambda p: p.with_phase(index, trains=known))


def drop_metric(name: str) -> Fix:
    """Return the fix that measures something no longer."""
    return of_project(f"Do not measure {name!r}", partial(_without, name=name))


def _without(project: Project, name: str) -> Project:
    metrics = tuple(m for m in project.training.metrics if m != name)
    return project.with_training(metrics=metrics)


def scaling(how: str) -> Fix:
    """Return the fix that scales the data in another way."""
    text = f"Set the scaling of the data to {how}"
    return of_project(text, lambda p: p.but(data=p.data.but(scaling=how)))


def start_from(spec_id: str) -> Fix:
    """Return the fix that lets all weights start by another initializer."""
    title = registry.initializer(spec_id).title
    return of_project(f"Start all weights by {title}", lambda p: initializer(p, Choice(id=spec_id)))
