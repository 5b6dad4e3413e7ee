"""What a recipe needs and cannot bring about by itself, said for the project it was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.recipes import rewriting

if TYPE_CHECKING:
    from engine.project import Project

_FRESH = (
    "The frozen layers are worth keeping only with weights that they have learned before: "
    "continue a run, or place a trained network."
)
_JOINING = frozenset({"add", "concatenate", "multiply"})


def remarks(recipe: str, project: Project) -> list[str]:
    """Return the sentences for a project that a recipe has changed."""
    found = _early_stopping(project)
    if recipe == "self_normalizing":
        found += _self_normalizing(project)
    if recipe == "transfer":
        found.append(_FRESH)
    return found


def _early_stopping(project: Project) -> list[str]:
    stops = project.training.early_stopping.enabled
    if stops and project.data.split.validation == 0:
        return ["Early stopping looks at the validation part, and this project has none."]
    return []


def _self_normalizing(project: Project) -> list[str]:
    keys = rewriting.reached(project, project.phase.network)
    places = list(rewriting.nodes(project, keys, _JOINING))
    joined = list(dict.fromkeys(project.networks[key].nodes[node].name for key, node in places))
    found: list[str] = []
    if joined:
        names = ", ".join(f"“{name}”" for name in joined[:3])
        found.append(
            f"SELU keeps mean and deviation in a plain chain only; branches meet at {names}."
        )
    convolutions = any(
        entry.group in ("Convolution", "Recurrent", "Attention")
        for key in keys
        for n in project.networks[key].nodes.values()
        if (entry := registry.node(n.spec)) is not None
    )
    if convolutions:
        found.append("The proof is for Dense layers; with others it often holds, but not always.")
    return found
