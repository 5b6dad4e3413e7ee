"""Texts of custom layers in an exported script: as their authors wrote them, if names allow it."""

from __future__ import annotations

import ast
import builtins
import re
from typing import TYPE_CHECKING

from engine.custom.source import outline, top_names
from engine.export.tidy import INSTALLED, STANDARD, missing
from engine.export.turns import ExportError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.catalog.spec import Own
    from engine.graph import Node
    from engine.plan import Blueprint
    from engine.project import Project

_HEAD = "# Written by the author of the project, not by Layerloom: the layer"
_TAIL = "# End of what the author wrote."


def texts(own: Sequence[Own], body: str) -> str:
    """Return the texts that a script's body needs, marked as their author's, or nothing.

    Raises
    ------
    ExportError
        A name of a text would take the place of another one; the sentence says which.
    """
    if not own:
        return ""
    ours = missing(body)
    bound = set(top_names(ast.parse(body)))
    seen: dict[str, str] = {}
    parts: list[str] = []
    for one in own:
        _is_plain(one)
        names = outline(one.code).names
        for name, meaning in names.items():
            _is_free(name, meaning, one, ours, bound)
            if name in seen and (not meaning or seen[name] != meaning):
                raise _clash(name, one, "another custom layer defines it too")
            seen[name] = meaning
        end = "" if one.code.endswith("\n") else "\n"
        title = re.sub(r"\W", "", one.name)
        parts.append(f"{_HEAD} {title}.\n{one.code}{end}{_TAIL}")
    return "\n\n\n".join(parts)


def check_seen(project: Project, made: Blueprint) -> None:
    """Refuse a script that would need the weights of a layer whose text may not run.

    Raises
    ------
    ExportError
        Some weights are treated otherwise than others, and which there are is not known.
    """
    steps = [s for plan in made.plans.values() for s in plan.steps if not s.info.seen]
    if not steps:
        return
    nodes = [node for graph in project.networks.values() for node in graph.nodes.values()]
    apart = (
        any(step.frozen for step in steps)
        or any(phase.trains for phase in project.training.phases)
        or any(node.lr_factor != 1 or _penalized(node) for node in nodes)
    )
    if apart:
        raise ExportError(
            f"“{steps[0].title}” is not trusted on this machine, so its weights are not known; the "
            "script must tell them apart (layers that are frozen, or have rates or penalties of "
            "their own). Look at its text and trust it first."
        )


def _penalized(node: Node) -> bool:
    return any(value is not None for value in (node.l1, node.l2, node.max_norm))


def _is_plain(one: Own) -> None:
    """Refuse what means another thing in a script than by itself."""
    names = outline(one.code).names
    if "*" in names:
        raise ExportError(
            f"The text of the custom layer {one.name!r} imports *; name what it imports."
        )
    used = {n.id for n in ast.walk(ast.parse(one.code)) if isinstance(n, ast.Name)}
    if "__name__" in used:
        raise ExportError(
            f"The text of the custom layer {one.name!r} asks for __name__, which is another one in "
            "a script; take that part out."
        )


def _is_free(name: str, meaning: str, one: Own, ours: set[str], bound: set[str]) -> None:
    known = {**STANDARD, **INSTALLED}
    if name in bound:
        raise _clash(name, one, "the script has something of that name")
    if meaning:
        if name in ours and name in known and _meaning(known[name], name) != meaning:
            raise _clash(name, one, f"the script needs it for `{known[name]}`")
    elif name in known or hasattr(builtins, name):
        raise _clash(name, one, "it is the name of something else in the script")


def _meaning(line: str, name: str) -> str:
    """Return what an import line binds: `from torch import nn` -> `torch.nn`."""
    return top_names(ast.parse(line))[name]


def _clash(name: str, one: Own, why: str) -> ExportError:
    return ExportError(
        f"The text of the custom layer {one.name!r} defines {name!r}, but {why}; rename it."
    )
