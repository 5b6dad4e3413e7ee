"""The recipes as commands: each opens what it would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.command import Action

if TYPE_CHECKING:
    from designer.window import MainWindow


def _has_work(window: MainWindow) -> bool:
    return window.working


def _recipe(name: str, text: str, words: str) -> Action:
    return Action(
        id=f"network.recipe_{name}",
        text=f"Recipe: {text}…",
        icon="unroll",
        help=words,
        run=lambda w: w.parts.show_recipe(name),
        enabled=_has_work,
        section=8,
    )


RECIPES = (
    _recipe(
        "deep_network",
        "default deep network",
        "He weights, ELU or ReLU, batch norm, one cycle, early stopping; shown before applied.",
    ),
    _recipe(
        "self_normalizing",
        "self-normalising network",
        "LeCun weights, SELU, alpha dropout, standardised inputs; shown before applied.",
    ),
    _recipe(
        "transformer",
        "transformer defaults",
        "AdamW, warm-up and cosine, label smoothing, clip norm 1; shown before applied.",
    ),
    _recipe(
        "transfer",
        "transfer defaults",
        "A frozen base and a small learning rate; shown before applied.",
    ),
)
