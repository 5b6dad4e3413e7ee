"""Which networks a node may place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.networks import reaches

if TYPE_CHECKING:
    from engine.project import Project


def network_choices(project: Project, inside: str) -> dict[str, str]:
    """Return the titles, by key, of the networks that can stand in a network.

    Those that would hold themselves then are left out.
    """
    return {
        key: project.title_of(key)
        for key in project.networks
        if key != inside and inside not in reaches(project, key)
    }
