"""Which networks a node may place, and the editor that offers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.forms import SpecForm
from designer.placing import network_choices
from engine.catalog.spec import Param
from engine.graph import Graph
from engine.project import Project

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def nested() -> Project:
    """Return outer, which holds middle, which holds inner; and one that stands alone."""
    outer, _ = Graph(title="Outer").add("network", network="middle")
    middle, _ = Graph().add("network", network="inner")
    alone = Graph(title="Alone")
    networks = {"main": outer, "middle": middle, "inner": Graph(title="Inner"), "alone": alone}
    return Project(networks=networks)


def test_what_would_hold_itself_is_left_out() -> None:
    project = nested()
    assert network_choices(project, "main") == {
        "middle": "middle",
        "inner": "Inner",
        "alone": "Alone",
    }
    assert set(network_choices(project, "inner")) == {"alone"}
    assert set(network_choices(project, "alone")) == {"main", "middle", "inner"}


def test_the_editor_lists_networks_and_keeps_what_is_missing(qtbot: QtBot) -> None:
    form = SpecForm((Param(name="network", default="", kind="network", doc="."),), {})
    qtbot.addWidget(form)
    combo = form.editor("network").combo
    assert combo.currentText() == "none"
    form.set_networks({"a": "First", "b": "Second"})
    assert [combo.itemText(i) for i in range(combo.count())] == ["First", "Second", "none"]
    seen: list[object] = []
    form.valueChanged.connect(lambda _name, value: seen.append(value))
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert seen == ["b"]
    form.set_networks({"a": "Renamed"})
    assert combo.currentText() == "b  (missing)"
    form.set_networks({"a": "Renamed", "b": "Second"})
    assert combo.currentText() == "Second"
    assert seen == ["b"]
