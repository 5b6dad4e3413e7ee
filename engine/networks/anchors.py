"""Files of weights that places name: by their whole path here, by a short one in a project file.

A short path starts at the folder of the project file, so that both can be moved together.
"""

from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING

from engine.graph import NETWORK

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.graph import Graph
    from engine.project import Project

FILE = "file"
"""The setting of a place that names the file."""


def anchored(project: Project, folder: Path) -> Project:
    """Return the project with whole paths; short ones start at `folder`."""

    def whole(text: str) -> str:
        return text if PurePath(text).is_absolute() else str(folder / PurePosixPath(text))

    return _changed(project, whole)


def shortened(project: Project, folder: Path) -> Project:
    """Return the project with short paths for what lies in `folder` or below it."""

    def short(text: str) -> str:
        path = Path(text)
        return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else text

    return _changed(project, short)


def _changed(project: Project, change: Callable[[str], str]) -> Project:
    networks = {key: _graph(graph, change) for key, graph in project.networks.items()}
    if all(networks[key] is graph for key, graph in project.networks.items()):
        return project
    return project.but(networks=networks)


def _graph(graph: Graph, change: Callable[[str], str]) -> Graph:
    for node in graph.nodes.values():
        text = node.params.get(FILE)
        if node.spec == NETWORK and isinstance(text, str) and text:
            other = change(text)
            if other != text:
                graph = graph.set_params(node.id, {FILE: other})
    return graph
