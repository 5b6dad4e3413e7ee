"""A trained network out of another project's file: its networks, and the weights of its last run.

The weights become a file of their own (safetensors) that the place names; from there every run
of this project, and its exported script, begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import files, networks
from engine.analysis import is_display, is_loss
from engine.data import describe
from engine.graph import Graph, slug
from engine.networks import Edited, NetworkError
from engine.networks.anchors import FILE
from engine.plan import blueprint
from engine.runs import find_run, kept
from engine.variables import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from engine.project import Project

SUFFIX = ".weights"
"""Of the folder beside a project file that holds such weights."""


def place(
    project: Project, network: str, source: Path, target: Path | None, x: float, y: float
) -> Edited:
    """Return the project with the main network of another file placed in it, trained and frozen.

    Parameters
    ----------
    source
        The other project file; its last run is taken.
    target
        This project's file; its weights go beside it. None: they go beside the other.

    Raises
    ------
    NetworkError
        The file cannot be read, was never trained, or shares weights with other networks.
    """
    try:
        trained, tensors = kept(find_run(source))
        held = _of_main(trained, tensors)
        part = as_part(trained)
        file = _write(held, source, target)
    except (ValueError, OSError) as error:
        raise NetworkError(str(error)) from None
    made = networks.adopt(project, network, part, x, y)
    graph = made.project.networks[network]
    graph = graph.set_params(made.node, {FILE: str(file)}).change(made.node, frozen=True)
    return Edited(made.project.with_graph(graph, network), made.moves, made.node, made.copies)


def as_part(project: Project) -> Project:
    """Return a project whose main network can stand in others.

    Its Inputs become ports, its losses and displays go. Without an Output, what the first loss
    reads leaves it.
    """
    graph = project.graph
    ends = [n for n in graph.nodes.values() if is_loss(n) or is_display(n)]
    if not any(n.spec == "output" for n in graph.nodes.values()):
        graph = _with_output(graph, next((n.id for n in ends if is_loss(n)), ""))
    graph = graph.remove([n.id for n in ends])
    for node in graph.nodes.values():
        if node.spec == "input" and node.params.get("field"):
            graph = graph.set_params(node.id, {"field": ""})
    title = graph.title or project.title or "Trained network"
    return project.with_graph(graph.but(title=title))


def _with_output(graph: Graph, loss: str) -> Graph:
    wire = next((e for e in graph.edges if e.target == loss), None)
    if wire is None:
        raise NetworkError("The network in the file puts nothing out; add an Output to it first.")
    graph, end = graph.add("output", "out")
    return graph.connect(wire.source, end, wire.source_port)


def _of_main(project: Project, tensors: dict[str, Any]) -> dict[str, Any]:
    """Return the weights of the main network, named from there down."""
    project = resolve(project)
    roots = {p.network: project.networks[p.network] for p in project.training.phases}
    made = blueprint(roots, project.scope(describe(project.data).fields))
    mine = [s for s in made.modules if s.weights.startswith(f"{project.main}:")]
    if not mine or (project.main in roots and _shares(project)):
        raise NetworkError(
            f"“{project.title_of(project.main)}” is not trained by itself in that file, or shares "
            "weights with other networks. Make what you need its main network, and train it."
        )
    depth = 0 if len(roots) == 1 and project.main in roots else 1
    found: dict[str, Any] = {}
    for step in mine:
        stem = ".".join(step.home)
        for name, tensor in tensors.items():
            if name.startswith(f"{stem}."):
                found[".".join((*step.home[depth:], name[len(stem) + 1 :]))] = tensor
    return found


def _shares(project: Project) -> bool:
    keys = networks.closure(project, [project.main])
    nodes = [n for key in keys for n in project.networks[key].nodes.values()]
    return any(n.params.get("weights") == "shared" for n in nodes if networks.placed(n))


def _write(held: dict[str, Any], source: Path, target: Path | None) -> Path:
    """Write weights into a file of their own; the same ones are not written twice."""
    from safetensors.torch import save

    beside = (target or source).resolve()
    folder, data = beside.with_suffix(SUFFIX), save(held)
    folder.mkdir(exist_ok=True)
    stem, number = slug(source.stem), 1
    file = folder / f"{stem}.safetensors"
    while file.exists() and file.read_bytes() != data:
        number += 1
        file = folder / f"{stem}_{number}.safetensors"
    if not file.exists():
        files.write_atomic(file, data)
    return file
