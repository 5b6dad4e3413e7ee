"""Help in the window: the catalogue, the fold in the inspector, the question marks, the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from designer import theme
from designer.forms import SpecForm
from designer.help.page import HelpPage
from engine.catalog import registry
from engine.help.page import KINDS, keys, page

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot

    from designer.help.catalogue import CatalogueWindow
    from designer.window import MainWindow


def drawn(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.help_desk.busy, timeout=20_000)


def texts(widget: object) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))  # type: ignore[attr-defined]


@pytest.fixture
def catalogue(small: MainWindow, qtbot: QtBot) -> CatalogueWindow:
    """The catalogue of a window with a small network."""
    small.commands.actions["help.catalogue"].trigger()
    found = small.help_desk.catalogue
    assert found is not None
    qtbot.waitExposed(found)
    return found


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_entry_opens_its_form_and_its_help(kind: str, qtbot: QtBot) -> None:
    shown = HelpPage()
    qtbot.addWidget(shown)
    for key in keys():
        spec = page(key).spec
        if spec.kind != kind:
            continue
        shown.show_key(key)
        words = texts(shown)
        assert spec.title in words
        assert spec.summary in words
        assert spec.pitfalls in words
        form = SpecForm(spec.params, {p.name: p.default for p in spec.params})
        qtbot.addWidget(form)
        assert set(form.rows) == {p.name for p in spec.params}
        form.deleteLater()


def test_f1_opens_the_page_of_the_selected_layer(small: MainWindow, qtbot: QtBot) -> None:
    dense = next(n.id for n in small.document.graph.nodes.values() if n.spec == "dense")
    small.canvas.reveal(dense)
    small.commands.actions["help.layer"].trigger()
    found = small.help_desk.catalogue
    assert found is not None
    assert found.page.key == "layer/dense"
    assert found.tree.currentItem().text(0) == "Dense"


def test_f1_without_a_selection_opens_the_catalogue(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.actions["help.layer"].trigger()
    found = window.help_desk.catalogue
    assert found is not None
    assert found.isVisible()
    assert found.page.key


def test_typing_finds_and_the_first_match_is_shown(
    catalogue: CatalogueWindow, small: MainWindow, qtbot: QtBot
) -> None:
    assert len(catalogue.shown()) == len(registry.entries())
    qtbot.keyClicks(catalogue.search, "leaky")
    assert catalogue.page.key == "layer/leaky_relu"
    drawn(small, qtbot)
    assert len(catalogue.page.pictures) == 1
    qtbot.keyClick(catalogue.search, Qt.Key.Key_Down)
    assert catalogue.page.key == catalogue.shown()[1]
    catalogue.search.setText("xylophone")
    assert catalogue.shown() == []
    assert catalogue.count.text() == "Nothing matches."


def test_escape_closes_it_once_nothing_is_typed(catalogue: CatalogueWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(catalogue.search, Qt.Key.Key_Escape)
    assert not catalogue.isVisible()


def test_a_picture_is_painted_in_both_themes(
    catalogue: CatalogueWindow, small: MainWindow, qtbot: QtBot
) -> None:
    seen: list[QImage] = []
    for name in ("light", "dark"):
        theme.use(name)
        catalogue.show_entry("layer/elu")
        drawn(small, qtbot)
        (view,) = catalogue.page.pictures
        image = view.grab().toImage()
        colours = {
            image.pixelColor(x, y).name()
            for x in range(min(300, image.width()))
            for y in range(40, image.height())
        }
        assert theme.theme().series[0] in colours
        seen.append(image)
    assert seen[0] != seen[1]


def test_the_inspector_unfolds_the_page_and_keeps_it_so(small: MainWindow, qtbot: QtBot) -> None:
    nodes = {n.spec: n.id for n in small.document.graph.nodes.values()}
    small.canvas.reveal(nodes["dense"])
    fold = small.parts.node.help
    assert fold is not None
    assert fold.page is None
    fold.more.click()
    assert fold.page is not None
    assert "What goes wrong" in texts(fold)
    small.canvas.reveal(nodes["cross_entropy"])
    fold = small.parts.node.help
    assert fold is not None
    assert fold.page is not None
    drawn(small, qtbot)
    assert fold.page.pictures
    fold.open.click()
    assert small.help_desk.catalogue is not None
    assert small.help_desk.catalogue.page.key == "loss/cross_entropy"
    fold.more.click()
    assert not fold.page.isVisible()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("optimizer", "optimizer/adam"),
        ("schedule", "schedule/constant"),
        ("initializer", "initializer/auto"),
    ],
)
def test_a_question_mark_opens_the_page_of_the_choice(
    small: MainWindow, qtbot: QtBot, name: str, key: str
) -> None:
    picker = getattr(small.parts.training, name)
    assert picker.help_key() == key
    picker.help.click()
    assert small.help_desk.catalogue is not None
    assert small.help_desk.catalogue.page.key == key


def test_f1_in_the_palette_is_about_the_card(small: MainWindow, qtbot: QtBot) -> None:
    palette = small.parts.palette
    palette.search.setText("flatten")
    palette.cards.setCurrentItem(palette.item("flatten"))
    small.activateWindow()
    palette.cards.setFocus()
    qtbot.waitUntil(palette.cards.hasFocus, timeout=5000)
    assert small.parts.help_key() == "layer/flatten"


def test_f1_in_a_picker_is_about_the_choice(small: MainWindow, qtbot: QtBot) -> None:
    small.parts.inspector.setCurrentWidget(small.parts.training)
    small.activateWindow()
    combo = small.parts.training.optimizer.combo
    combo.setFocus()
    qtbot.waitUntil(combo.hasFocus, timeout=5000)
    assert small.parts.help_key() == "optimizer/adam"


def test_the_path_of_the_optimizer_follows_its_settings(small: MainWindow, qtbot: QtBot) -> None:
    small.parts.inspector.setCurrentWidget(small.parts.training)
    path = small.parts.training.form.path
    assert path.view is None
    path.more.click()
    drawn(small, qtbot)
    assert path.view is not None
    first = path.view.picture
    project = small.document.project
    adam = project.phase.optimizer
    slow = adam.but(params={"betas": (0.5, 0.9)})
    small.document.push("Change betas", project.with_phase(optimizer=slow))
    drawn(small, qtbot)
    assert path.view.picture != first
    other = adam.but(params={"betas": (0.5, 0.9), "lr": 0.5})
    small.document.push("Change lr", project.with_phase(optimizer=other))
    drawn(small, qtbot)
    path.more.click()
    assert not path.view.isVisible()
