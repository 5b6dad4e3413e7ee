"""Recipes: choices that go well together, set at once, and what each would change before it does.

A recipe is a pure function of a project. What is said to change is read off the two projects, so
it cannot say anything else than what it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import RecipeSpec, load_target
from engine.changes import Change as Change
from engine.changes import differences
from engine.recipes.remarks import remarks
from engine.recipes.rewriting import RecipeError as RecipeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.catalog.spec import Field
    from engine.project import Project


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a recipe makes of a project."""

    project: Project
    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = ()
    """Sentences on what the recipe needs and cannot bring about."""


def recipes() -> Mapping[str, RecipeSpec]:
    """Return the recipes by id."""
    return registry.of_kind(RecipeSpec)


def propose(
    recipe: str,
    project: Project,
    fields: Mapping[str, Field],
    settings: Mapping[str, object] | None = None,
) -> Proposal:
    """Return what a recipe would make of a project; the project itself stays.

    Parameters
    ----------
    recipe
        Its id.
    fields
        What the project's data holds; from it follow the shapes.
    settings
        The recipe's own settings.

    Raises
    ------
    RecipeError
        The recipe does not suit the project; a sentence says why.
    ValueError
        There is no such recipe, or a setting is wrong.
    """
    spec = recipes().get(recipe)
    if spec is None:
        raise ValueError(f"There is no recipe called {recipe!r}. Known: {', '.join(recipes())}.")
    after: Project = load_target(spec.target)(project, fields, **spec.arguments(settings or {}))
    return Proposal(after, differences(project, after), tuple(remarks(recipe, after)))
