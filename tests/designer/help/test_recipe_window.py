"""A recipe is shown before it is applied, and applied as one step of undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from designer.recipeactions import RECIPES
from engine import files
from engine.project import Phase
from engine.recipes import recipes

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.recipes import RecipeWindow
    from designer.window import MainWindow


@pytest.fixture
def digits(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with the digits' network."""
    window.document.new(files.template("digits-mlp"))
    qtbot.waitUntil(lambda: not window.document.busy, timeout=20_000)
    return window


def opened(window: MainWindow, recipe: str) -> RecipeWindow:
    window.commands.actions[f"network.recipe_{recipe}"].trigger()
    found = window.parts.recipe
    assert found is not None
    assert found.isVisible()
    return found


def lines(shown: RecipeWindow) -> list[tuple[str, str, str, str]]:
    found: list[tuple[str, str, str, str]] = []
    for i in range(shown.list.topLevelItemCount()):
        place = shown.list.topLevelItem(i)
        assert place is not None
        for k in range(place.childCount()):
            row = place.child(k)
            found.append((place.text(0), row.text(0), row.text(1), row.text(2)))
    return found


def test_every_recipe_has_a_command() -> None:
    assert {a.id for a in RECIPES} == {f"network.recipe_{name}" for name in recipes()}


@pytest.mark.parametrize("recipe", list(recipes()))
def test_it_says_what_will_change_and_changes_nothing_yet(digits: MainWindow, recipe: str) -> None:
    before = digits.document.project
    shown = opened(digits, recipe)
    assert lines(shown)
    assert digits.document.project is before
    shown.cancel.click()
    assert not shown.isVisible()
    assert digits.document.project is before
    assert digits.document.undo_stack.count() == 0


def test_it_names_layers_and_settings_from_and_to(digits: MainWindow) -> None:
    rows = lines(opened(digits, "deep_network"))
    assert ("Training", "Weights start from", "Automatic", "He normal") in rows
    assert ("main", "relu1", "ReLU", "ELU") in rows
    assert any(row[3].startswith("Batch norm 1D behind hidden1") for row in rows)


@pytest.mark.parametrize("recipe", list(recipes()))
def test_applying_is_one_step_of_undo(digits: MainWindow, qtbot: QtBot, recipe: str) -> None:
    before = digits.document.project
    shown = opened(digits, recipe)
    assert shown.proposal is not None
    wanted = shown.proposal.project
    shown.apply.click()
    assert not shown.isVisible()
    assert digits.document.project == wanted
    assert digits.document.undo_stack.count() == 1
    qtbot.waitUntil(lambda: not digits.document.busy, timeout=20_000)
    assert [p for p in digits.document.problems if p.problem.severity == "error"] == []
    digits.document.undo_stack.undo()
    assert digits.document.project == before


def test_its_own_settings_change_what_is_shown(digits: MainWindow) -> None:
    shown = opened(digits, "deep_network")
    shown.form.valueChanged.emit("activation", "relu")
    assert not any(row[3] == "ELU" for row in lines(shown))
    shown.form.valueChanged.emit("optimizer", "keep")
    assert not any(row[1] == "Optimizer" for row in lines(shown))


def test_it_follows_what_is_edited_meanwhile(digits: MainWindow) -> None:
    shown = opened(digits, "transfer")
    assert any("hidden1" in row[1] for row in lines(shown))
    project = digits.document.project
    (node,) = [n.id for n in project.graph.nodes.values() if n.name == "hidden1"]
    frozen = project.with_graph(project.graph.change(node, frozen=True))
    digits.document.push("Freeze hidden1", frozen)
    assert not any("hidden1" in row[1] for row in lines(shown))


def test_what_does_not_suit_is_said_and_cannot_be_applied(digits: MainWindow) -> None:
    project = digits.document.project
    two = project.with_training(phases=(*project.training.phases, Phase(name="second")))
    digits.document.push("Add a phase", two)
    shown = opened(digits, "deep_network")
    assert "one phase" in shown.state.text()
    assert not shown.apply.isEnabled()
    assert lines(shown) == []


def test_a_second_time_there_is_nothing_to_change(digits: MainWindow) -> None:
    opened(digits, "transformer").apply.click()
    shown = opened(digits, "transformer")
    assert shown.state.text().startswith("Nothing to change")
    assert not shown.apply.isEnabled()
