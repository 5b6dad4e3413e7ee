"""What the plots know of an earlier run or another project goes with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from designer.monitor.saving import Menu
from designer.monitor.verdict import verdict
from engine.train import events as ev
from tests.designer.monitor import story


def learned(nodes=story.NODES, **names):
    """A started run with some figures; names by the id of their node."""
    begun = story.started(nodes)
    begun = replace(begun, nodes=tuple((n, names.get(n, name)) for n, name in begun.nodes))
    rounds = [
        e for n in range(3) for e in (story.norms(n, nodes=nodes), story.activations(n, nodes))
    ]
    return [ev.StateChanged("running"), begun, story.steps(0, [1.0, 0.5, 0.2]), *rounds]


def test_a_renamed_layer_has_its_new_name_everywhere_in_the_next_run(panel):
    panel.feed(learned())
    panel.views.multiples.refresh()
    panel.feed(learned(n1="entrance"))
    for view in (panel.norms, panel.table, panel.views.multiples):
        view.refresh()
    assert panel.norms.legend.names[0] == "entrance"
    assert panel.table.item(0, 0).text() == "entrance"
    assert panel.views.multiples._cells[0].title == "entrance"
    assert panel.layer_choice.itemText(0) == "entrance"


def test_another_project_offers_no_layer_and_no_figure_of_the_one_before(panel):
    panel.feed([*learned(), story.epoch(1), story.boundary(classes=3)])
    panel.metric_choice.setCurrentIndex(panel.metric_choice.findData("accuracy"))
    panel.boundary.refresh()
    panel.forget()
    assert panel.layer_choice.count() == 0
    assert [panel.metric_choice.itemData(i) for i in range(panel.metric_choice.count())] == ["loss"]
    assert panel.metrics.figure_id == "loss"
    assert panel.boundary.legend.names == []
    panel.feed([*learned(), story.epoch(1)])
    assert panel.metric_choice.findData("accuracy") == 1
    assert panel.layer_choice.currentData() == panel.histograms.node


def test_what_was_seen_of_a_layer_goes_with_its_run(panel):
    sheet = ev.Sheet("maps", "", np.zeros((2, 4, 4), np.float32), (2, 4, 4))
    panel.feed([*learned(), ev.Watched(2, "n1", (sheet,), 0, 0, "")])
    node = panel.views.node
    node.refresh()
    assert node.gallery.has_data()
    panel.forget()
    node.refresh()
    assert not node.gallery.has_data()
    assert node.choice.count() == 0
    assert node.words.text().startswith("Select a layer")


def test_rows_that_are_scrolled_to_while_the_run_rests_are_written(panel, qtbot):
    nodes = tuple(f"n{i}" for i in range(60))
    panel.table.setParent(None)
    qtbot.addWidget(panel.table)
    panel.table.resize(420, 120)
    panel.table.show()
    panel.feed(learned(nodes))
    panel.table.refresh()
    assert panel.table.item(59, 1).text() == ""
    panel.table.scrollToBottom()
    assert panel.table.item(59, 1).text() == "0"


def test_lists_of_as_many_samples_stand_at_their_own_steps(panel):
    panel.feed([ev.StateChanged("running"), story.started_two()])
    for n in range(4):
        late = replace(story.norms(100 + n, nodes=story.NODES[:1]), phase=1)
        panel.feed([story.norms(n, nodes=story.NODES[:2]), late])
    multiples = panel.views.multiples
    multiples.resize(800, 300)
    multiples.refresh()
    lefts = [cell.line.path().boundingRect().left() for cell in multiples._cells[:3]]
    assert lefts[2] > lefts[0] + 50


def test_the_best_epoch_is_one_with_a_figure(panel):
    panel.feed(learned())
    for number in range(1, 12):
        loss = float("nan") if number == 1 else 1.0 if number == 5 else 2.0 + number % 2
        panel.feed([ev.EpochEnd(number, {"loss": 2.0}, {"loss": loss}, 0.1)])
    assert "best after epoch 5" in verdict(panel.history).text


def test_the_menu_of_a_plot_makes_no_table(panel, monkeypatch):
    panel.feed(learned())
    monkeypatch.setattr(type(panel.norms), "table", lambda _self: pytest.fail("the table was made"))
    menu = Menu(panel.norms)
    assert all(action.isEnabled() for action in menu.actions())
    menu.deleteLater()


def test_a_landscape_without_a_finite_loss_is_told(panel):
    from engine.judge.landscape import Landscape

    ends = np.linspace(-1, 1, 3)
    page = panel.views.landscape
    page._done(Landscape(np.full((3, 3), np.inf), ends, "train", 8, "train"))
    assert "nothing to draw" in page.words.text()
    assert page.plot.found is None
