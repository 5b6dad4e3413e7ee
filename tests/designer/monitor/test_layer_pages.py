"""One plot for each layer, and what the selected layer makes of a sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from designer.monitor.multiples import KINDS
from designer.monitor.pages import by_page
from engine.train import events as ev
from tests.designer.monitor import story
from tests.designer.monitor.test_live_panel import tell
from tests.designer.monitor.test_plots_together import rows, spread


def page_of(panel, title):
    panel.tabs.setCurrentIndex(list(by_page()).index(title))
    QApplication.processEvents()


def watched(step: int, **kinds: np.ndarray) -> ev.Watched:
    sheets = tuple(
        ev.Sheet(kind, "weight" if kind == "kernels" else "", images, images.shape)
        for kind, images in kinds.items()
    )
    return ev.Watched(step, "n1", sheets, 0)


def test_pages_and_plots_follow_the_catalogue(panel):
    assert list(by_page())[:3] == ["Training", "Weights", "Activations"]
    views = [spec.view for specs in by_page().values() for spec in specs]
    assert set(views) == set(panel.views.cards)
    assert len(set(views)) == len(views)


@pytest.mark.parametrize("kind", list(KINDS))
def test_each_layer_has_its_plot_in_the_order_of_depth(panel, source, kind):
    tell(source)
    kinds = ("weight", "grad", "update")
    source.received.emit([spread(step, name) for step in range(5) for name in kinds])
    page_of(panel, "By layer")
    panel.views.kind_choice.setCurrentText(kind)
    view = panel.views.multiples
    assert view.nodes() == story.NODES
    cells = view._cells[:3]
    assert [cell.name.text() for cell in cells] == ["dense", "relu", "dense_2"]
    lefts = [cell.paper.pos().x() for cell in cells]
    assert lefts == sorted(lefts)
    drawn = [not c.line.path().isEmpty() or not c.picture.pixmap().isNull() for c in cells]
    assert drawn == [True] * 3
    assert panel.views.caption.text()
    if "histogram" not in kind:
        assert len(rows(view)) == 30


def test_nodes_out_of_order_are_put_in_order(panel, source):
    source.received.emit([story.started()])
    source.received.emit([story.norms(0, nodes=("n3", "n1", "n2"))])
    page_of(panel, "By layer")
    assert panel.views.multiples.nodes() == ("n1", "n2", "n3")


def test_a_click_on_a_plot_picks_the_layer(panel, source, qtbot):
    tell(source)
    page_of(panel, "By layer")
    view = panel.views.multiples
    spot = view.mapFromScene(view._cells[1].paper.sceneBoundingRect().center())
    with qtbot.waitSignal(panel.nodePicked) as picked:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(spot))
    assert picked.args == ["n2"]
    assert view._marked == {"n2"}


def test_the_run_is_asked_only_while_somebody_looks(panel, source):
    asked = []
    panel.nodeWanted.connect(lambda address, sample: asked.append((address, sample)))
    source.received.emit([story.started()])
    panel.show_node("n1")
    assert asked == []
    page_of(panel, "One layer")
    assert asked == [("n1", 0)]
    panel.views.node.sample.setValue(4)
    assert asked[-1] == ("n1", 3)
    panel.show_nodes(("n2", "n1"))
    assert asked[-1] == ("n2", 3)
    page_of(panel, "Training")
    assert asked[-1] == ("", 3)
    page_of(panel, "One layer")
    source.received.emit([story.started()])
    assert asked[-2:] == [("n2", 3), ("n2", 3)]


def test_what_the_layer_makes_of_the_sample_is_shown_in_one_scale(panel, source):
    maps = np.linspace(-1, 3, 4 * 6 * 5, dtype=np.float32).reshape(4, 6, 5)
    heads = np.full((2, 3, 3), 1 / 3, np.float32)
    source.received.emit([story.started(), watched(9, maps=maps, attention=heads)])
    page_of(panel, "One layer")
    view = panel.views.node
    view.refresh()
    assert [view.choice.itemText(i) for i in range(2)] == [
        "Feature maps",
        "Attention, a picture for each head",
    ]
    assert "4 of 6 × 5" in view.words.text()
    assert "-1" in view.words.text()
    assert "step 10" in view.words.text()
    shown = view.gallery._images.astype(int)
    ramp = [(c.red(), c.green(), c.blue()) for c in panel.loss.look.ramp]
    assert tuple(shown[0, 0, 0]) == ramp[0]
    assert tuple(shown[-1, -1, -1]) == ramp[255]
    view.choice.setCurrentIndex(1)
    assert "2 of 3 × 3" in view.words.text()
    source.received.emit([replace(watched(19, maps=maps, attention=heads))])
    view.refresh()
    assert view.choice.currentIndex() == 1
    assert "step 20" in view.words.text()
    assert len(rows(view.gallery)) == 2 * 3 * 3
