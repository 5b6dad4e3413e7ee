"""Which classes the numbers in a display or a plot stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer import navigation

if TYPE_CHECKING:
    from engine.data import DataInfo
    from engine.project import Project


def target_classes(info: DataInfo) -> tuple[str, ...]:
    """Return the names of the classes of the first target that has any."""
    named = (f.classes for f in info.fields.values() if f.role == "target" and f.classes)
    return next(named, ())


def classes_of(project: Project, info: DataInfo | None, display: str) -> tuple[str, ...]:
    """Return the names of the classes that the labels of a display, given by address, stand for."""
    if info is None:
        return ()
    found = navigation.walk(project, display)
    name = ""
    if found is not None:
        spot, node_id = found
        name = str(project.networks[spot.network].nodes[node_id].params.get("field", ""))
    field = info.fields.get(name)
    return field.classes if field is not None and field.classes else target_classes(info)
