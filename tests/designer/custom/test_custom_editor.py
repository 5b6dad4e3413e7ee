"""The editor of custom layers in a real window: nothing runs before it is trusted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from designer import theme
from designer.codefield import CodeField, first_line
from designer.custom.code import CodeBox
from designer.custom.draft import Draft, applied
from designer.custom.highlight import spans_of
from engine.custom import asking, loading, source, trust
from engine.graph import Graph
from engine.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from designer.custom.editor import CustomEditor
    from designer.window import MainWindow

WAIT = 60_000


@pytest.fixture(autouse=True)
def _own_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is trusted to one test."""
    monkeypatch.setenv(trust.PLACE, str(tmp_path / "trusted.json"))


@pytest.fixture(scope="module", autouse=True)
def _end_the_child() -> Iterator[None]:
    yield
    asking.close()


def settle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.document.busy, timeout=WAIT)


def around(**params: object) -> Project:
    """Return a project with a custom layer between two dense ones."""
    graph, first = Graph().add("input")
    graph, dense = graph.add("dense", out_features=8)
    graph, own = graph.add("custom", node_id="own", **params)
    graph, last = graph.add("dense", out_features=10)
    graph, loss = graph.add("cross_entropy")
    graph = graph.connect(first, dense).connect(dense, own).connect(own, last)
    graph = graph.connect(last, loss, target_port="prediction")
    return Project().with_graph(graph).with_training(epochs=1)


def marking(marker: Path) -> str:
    """Return a text that leaves a file behind when it runs."""
    return f"import pathlib\npathlib.Path({str(marker)!r}).write_text('ran')\n{source.TEMPLATE}"


TEXT = source.TEMPLATE + "# seen by a window\n"


@pytest.fixture
def opened(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window.document.new(around(code=TEXT))
    settle(window, qtbot)
    return window


def loaded_here(text: str) -> bool:
    """Return whether a text has run in this process."""
    return f"layerloom_custom_{trust.digest(text)[:16]}" in sys.modules


def editor_of(window: MainWindow) -> CustomEditor:
    assert window.workspace is not None
    return window.workspace.custom.open("own")


def mark_of(window: MainWindow) -> str:
    assert window.workspace is not None
    return window.workspace.canvas.scene().nodes["own"].face.badge  # type: ignore[attr-defined]


def test_an_untrusted_layer_is_shown_with_a_lock_and_its_declared_shape(
    opened: MainWindow,
) -> None:
    analysis = opened.document.analysis
    assert analysis is not None
    assert str(analysis.nodes["own"].outputs["out"]) == "N × 8"
    assert [p.kind for p in analysis.problems] == ["trust"]
    assert not analysis.ok
    assert mark_of(opened) == "lock"


def test_trust_and_use_makes_it_run_in_another_process(opened: MainWindow, qtbot: QtBot) -> None:
    editor = editor_of(opened)
    assert editor.trust.isEnabled()
    editor.trust.click()
    qtbot.waitUntil(lambda: editor.message.text().startswith("It works"), timeout=WAIT)
    settle(opened, qtbot)
    analysis = opened.document.analysis
    assert analysis is not None
    assert analysis.ok
    assert analysis.nodes["own"].parameters == 8
    assert mark_of(opened) == ""
    assert not loading.is_open()
    assert not loaded_here(TEXT)
    editor.withdraw.click()
    settle(opened, qtbot)
    assert mark_of(opened) == "lock"


def test_opening_showing_changing_saving_and_undoing_runs_nothing(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    marker = tmp_path / "ran"
    text = marking(marker)
    window.document.new(around(code=text))
    settle(window, qtbot)
    file = tmp_path / "own.loom"
    window.document.save(file)
    window.document.open(file)
    settle(window, qtbot)
    assert window.workspace is not None
    window.workspace.canvas.select(["own"])
    window.grab()
    editor = editor_of(window)
    editor.grab()
    editor.check.click()
    assert editor.draft().code == text
    cursor = QTextCursor(editor.code.document())
    cursor.insertText("# more\n")
    editor.use.click()
    settle(window, qtbot)
    window.document.undo_stack.undo()
    settle(window, qtbot)
    graph = window.document.graph
    assert graph.nodes["own"].params["code"] == text
    window.document.push_graph("Freeze", graph.change("own", frozen=True))
    settle(window, qtbot)
    editor.close()
    assert not marker.exists()
    trust.trust(text)
    window.document.analyse_now()
    settle(window, qtbot)
    window.document.analyse_now()
    assert marker.exists()


def test_one_other_character_drops_the_trust(opened: MainWindow, qtbot: QtBot) -> None:
    trust.trust(TEXT)
    editor = editor_of(opened)
    assert "Trusted" in editor.state.text()
    QTextCursor(editor.code.document()).insertText(" ")
    assert "Not trusted" in editor.state.text()
    assert editor.trust.isEnabled()
    editor.revert.click()
    assert editor.draft().code == TEXT
    assert "Trusted" in editor.state.text()


def test_a_mistake_marks_its_line(opened: MainWindow, qtbot: QtBot) -> None:
    editor = editor_of(opened)
    editor.code.setPlainText("import torch\nclass A(torch.nn.Module:\n    pass\n")
    editor.check.click()
    assert editor.message.text().startswith("Line 2 is no Python")
    assert editor.code.error_line == 2


def test_an_error_while_it_runs_marks_its_line(opened: MainWindow, qtbot: QtBot) -> None:
    editor = editor_of(opened)
    editor.code.setPlainText(TEXT.replace("x * self.scale", "x @ self.scale.diag()[:3]"))
    editor.trust.click()
    qtbot.waitUntil(lambda: "RuntimeError" in editor.message.text(), timeout=WAIT)
    assert editor.code.error_line == 13


def test_ports_are_renamed_with_their_wires(opened: MainWindow, qtbot: QtBot) -> None:
    editor = editor_of(opened)
    item = editor.inputs.table.item(0, 0)
    item.setText("x")
    editor.outputs.add.click()
    editor.use.click()
    settle(opened, qtbot)
    graph = opened.document.graph
    assert [e.target_port for e in graph.edges if e.target == "own"] == ["x"]
    assert graph.nodes["own"].params["outputs"] == ("out: N ... C", "x")
    assert opened.workspace is not None
    shown = opened.workspace.canvas.scene().nodes["own"]  # type: ignore[attr-defined]
    assert shown.ports.outputs == ("out", "x")
    assert shown.ports.inputs == ("x",)
    opened.document.undo_stack.undo()
    assert [e.target_port for e in opened.document.graph.edges if e.target == "own"] == ["in"]
    assert editor.draft().inputs == source.INPUTS


def test_closing_keeps_what_was_written(opened: MainWindow, qtbot: QtBot) -> None:
    editor = editor_of(opened)
    QTextCursor(editor.code.document()).insertText("# new\n")
    editor.close()
    assert opened.document.graph.nodes["own"].params["code"].startswith("# new\n")
    assert opened.workspace is not None
    assert not opened.workspace.custom.open_ones


def test_closing_without_a_change_changes_nothing(window: MainWindow, qtbot: QtBot) -> None:
    text = source.TEMPLATE.replace("\n", "\r\n") + "#\u00a0\n"
    window.document.new(around(code=text, inputs=("in:N ... C",)))
    settle(window, qtbot)
    editor = editor_of(window)
    assert editor.draft().code == text
    editor.close()
    assert not window.document.dirty


def test_the_editor_ends_with_its_node(opened: MainWindow, qtbot: QtBot) -> None:
    editor_of(opened)
    opened.document.push_graph("Remove", opened.document.graph.remove(["own"]))
    assert opened.workspace is not None
    assert not opened.workspace.custom.open_ones


def test_the_inspector_tells_the_trust_and_opens_the_editor(
    opened: MainWindow, qtbot: QtBot
) -> None:
    assert opened.workspace is not None
    opened.workspace.canvas.select(["own"])
    panel = opened.workspace.node
    assert panel.own is not None
    assert panel.own.state.text().startswith("Not trusted")
    assert panel.form is not None
    field = panel.form.editor("code")
    assert isinstance(field, CodeField)
    assert field.first.text() == "class Custom(nn.Module):"
    field.edit.click()
    assert len(opened.workspace.custom.open_ones) == 1
    trust.trust(TEXT)
    opened.document.analyse_now()
    assert panel.own.state.text().startswith("Trusted")
    settle(opened, qtbot)


def test_a_run_takes_place_in_another_process(opened: MainWindow, qtbot: QtBot) -> None:
    trust.trust(TEXT)
    opened.document.analyse_now()
    settle(opened, qtbot)
    assert opened.workspace is not None
    opened.commands.actions["run.train"].trigger()
    bridge = opened.workspace.bridge
    qtbot.waitUntil(lambda: bridge.state in ("finished", "failed", "stopped"), timeout=WAIT)
    assert bridge.state == "finished"
    assert not loaded_here(TEXT)


def test_code_keys(qtbot: QtBot) -> None:
    box = CodeBox()
    qtbot.addWidget(box)
    qtbot.keyClicks(box, "def f():")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.keyClicks(box, "pass")
    assert box.toPlainText() == "def f():\n    pass"
    qtbot.keyClick(box, Qt.Key.Key_Backtab)
    assert box.toPlainText() == "def f():\npass"
    box.selectAll()
    qtbot.keyClick(box, Qt.Key.Key_Tab)
    assert box.toPlainText() == "    def f():\n    pass"
    box.show_error(1)
    box.go_to(2)
    box.show()
    box.grab()
    theme.use("dark")
    box.restyle()


def test_strings_over_several_lines_are_one_thing() -> None:
    lines = spans_of('x = """a\nb"""\n# é 😀 c\nclass A: pass')
    assert lines[1][0][2].startswith("Literal.String")
    assert lines[2] == [(0, 8, "Comment.Single")]
    assert any(name == "Name.Class" for _, _, name in lines[3])


def test_first_line_of_a_text() -> None:
    assert first_line("") == "no text"
    assert first_line("x = 1") == "x = 1"
    assert first_line("import torch\nclass A(torch.nn.Module):\n    pass") == (
        "class A(torch.nn.Module):"
    )


def test_applied_states_only_what_changed() -> None:
    graph, node = Graph().add("custom")
    assert applied(graph, node, Draft.of(graph.nodes[node])).nodes[node].params == {}
