"""The document: undo, merging, files, and what is worked out beside the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from designer.analyses import obstacles
from designer.background import Background
from designer.document import Document
from engine import networks
from engine.files import FileError
from engine.graph import Graph
from engine.project import Choice, Phase, Project
from tests.designer.nested import project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def document(qtbot: QtBot) -> Iterator[Document]:
    made = Document()
    assert qtbot
    yield made
    made.close()


def dense(units: int = 4) -> Graph:
    return Graph().add("dense", out_features=units)[0]


def test_push_and_undo(document: Document) -> None:
    heard: list[tuple[Project, Project]] = []
    document.projectChanged.connect(lambda a, b: heard.append((a, b)))
    before = document.project
    document.push_graph("Add", dense())
    after = document.project
    document.undo_stack.undo()
    assert document.project is before
    assert [b for _, b in heard] == [after, before]


def test_the_same_project_is_no_step(document: Document) -> None:
    document.push_graph("Add", dense())
    document.push_graph("Again", dense())
    assert document.undo_stack.count() == 1


def test_steps_of_one_gesture_merge(document: Document) -> None:
    for units in (5, 6, 7):
        document.push_graph("Units", dense(units), merge="n1.out_features")
    document.push_graph("Units", dense(8), merge="n2.out_features")
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert document.graph == dense(7)
    document.undo_stack.undo()
    assert document.graph == Graph()


def test_steps_that_come_back_to_the_start_vanish(document: Document) -> None:
    document.push_graph("Add", dense(4))
    document.push_graph("Units", dense(5), merge="u")
    document.push_graph("Units", dense(4), merge="u")
    assert document.undo_stack.count() == 1


def test_dirty_until_saved(document: Document, tmp_path: Path) -> None:
    heard: list[bool] = []
    document.dirtyChanged.connect(heard.append)
    document.push_graph("Add", dense())
    assert document.dirty
    document.save(tmp_path / "a.loom")
    assert not document.dirty
    assert document.path == tmp_path / "a.loom"
    document.undo_stack.undo()
    assert heard == [True, False, True]


def test_a_merged_step_after_a_save_is_one_of_its_own(document: Document, tmp_path: Path) -> None:
    document.push_graph("Units", dense(5), merge="u")
    document.save(tmp_path / "a.loom")
    document.push_graph("Units", dense(6), merge="u")
    assert document.dirty
    document.undo_stack.undo()
    assert not document.dirty


def test_open_and_save_again(document: Document, tmp_path: Path) -> None:
    document.push_graph("Add", dense())
    document.save(tmp_path / "a.loom")
    wanted = document.project
    document.new()
    assert document.path is None
    assert document.undo_stack.count() == 0
    document.open(tmp_path / "a.loom")
    assert document.project == wanted
    assert not document.dirty


def test_a_bad_file_leaves_everything(document: Document, tmp_path: Path) -> None:
    document.push_graph("Add", dense())
    (tmp_path / "bad.loom").write_text("{")
    before = document.project
    with pytest.raises(FileError):
        document.open(tmp_path / "bad.loom")
    assert document.project is before
    assert document.dirty


def test_saving_without_a_place_says_so(document: Document) -> None:
    with pytest.raises(ValueError, match="Save as"):
        document.save()


def test_data_and_shapes_arrive(document: Document, qtbot: QtBot) -> None:
    graph, first = Graph().add("input")
    graph, second = graph.add("dense")
    document.push_graph("Add", graph.connect(first, second))
    qtbot.waitUntil(lambda: not document.busy, timeout=30_000)
    assert document.info is not None
    assert "pixels" in document.info.fields
    assert document.analysis is not None
    assert str(document.analysis.nodes[second].outputs["out"]) == "N × 64"


def test_a_missing_data_file_is_told(document: Document, qtbot: QtBot) -> None:
    with qtbot.waitSignal(document.dataFailed, timeout=30_000) as heard:
        source = Choice(id="csv", params={"path": "/nowhere/at/all.csv"})
        document.push("Data", document.project.with_data(source=source))
    assert heard.args
    assert "all.csv" in heard.args[0]
    assert document.info is None


def test_a_stale_description_is_dropped(document: Document, qtbot: QtBot) -> None:
    document.push("a", document.project.with_data(source=Choice(id="iris")))
    document.push("b", document.project.with_data(source=Choice(id="moons")))
    qtbot.waitUntil(lambda: not document.busy, timeout=30_000)
    assert document.info is not None
    assert "point" in document.info.fields


def test_background_tells_results_and_errors(qtbot: QtBot) -> None:
    background = Background()
    heard: list[Any] = []

    def fail() -> object:
        raise ValueError("no")

    background.run(lambda: 3, heard.append, heard.append)
    background.run(fail, heard.append, lambda e: heard.append(str(e)))
    qtbot.waitUntil(lambda: not background.busy)
    assert sorted(map(str, heard)) == ["3", "no"]
    background.close()


def test_nothing_is_told_after_closing(qtbot: QtBot) -> None:
    background = Background()
    heard: list[Any] = []
    background.run(lambda: 3, heard.append, heard.append)
    background.close()
    background.run(lambda: 4, heard.append, heard.append)
    qtbot.wait(30)
    assert heard == []


# -- several networks


@pytest.fixture
def nested(document: Document, qtbot: QtBot) -> Document:
    """A document of towers and blocks, with its shapes."""
    document.new(project())
    qtbot.waitUntil(lambda: not document.busy, timeout=30_000)
    return document


def test_what_is_known_is_that_of_the_place_on_show(nested: Document) -> None:
    assert nested.analysis is not None
    whole = nested.analysis.parameters
    assert nested.enter("t1")
    assert nested.analysis.parameters < whole
    assert str(nested.analysis.nodes["i"].outputs["out"]) == "N × 64"
    assert nested.leave() == "t1"
    assert nested.analysis.parameters == whole
    assert not nested.enter("h")
    assert nested.leave() == ""


def test_going_somewhere_is_no_step_of_undo(nested: Document) -> None:
    nested.enter("b", 3)
    nested.look_at_copy(0, 5)
    nested.show_network("tower")
    assert nested.walk("b#2/d") == "d"
    assert nested.spot.copies == (2,)
    assert nested.walk("nowhere") == ""
    assert nested.undo_stack.count() == 0


def test_problems_of_all_trained_networks_are_known(nested: Document) -> None:
    judge, _ = Graph(title="Judge").add("dense", node_id="d")
    judge = judge.add("cross_entropy", node_id="l")[0]
    judge = judge.connect("d", "l", target_port="prediction")
    made = nested.project.with_graph(judge, "judge")
    phases = (Phase(), Phase(name="judge", network="judge"))
    nested.push("x", made.with_training(phases=phases))
    nested.analyse_now()
    assert {p.network for p in nested.problems} == {"judge"}
    assert nested.analysis is not None
    assert nested.analysis.ok
    assert [p.problem.node for p in obstacles(nested.problems, nested.project)] == ["d"]
    nested.undo_stack.undo()
    nested.analyse_now()
    assert nested.problems == ()


def test_a_network_by_itself_without_a_loss_is_no_problem(nested: Document) -> None:
    made = nested.project
    nested.push("x", made.with_graph(made.graph.remove(["t1", "t2", "b"])))
    nested.show_network("block")
    nested.analyse_now()
    assert not [p for p in nested.problems if p.network == "block"]


def test_an_analysis_is_kept_while_its_networks_stay(nested: Document) -> None:
    nested.analyse_now()
    first = nested.analysis
    nested.push("x", nested.project.place({"h": (5.0, 5.0)}))
    nested.analyse_now()
    assert nested.analysis is first
    made = nested.project
    wide = made.networks["block"].set_params("d", {"bias": False})
    nested.push("x", made.with_graph(wide, "block"))
    nested.analyse_now()
    assert nested.analysis is not first


def test_weights_that_move_are_told_forth_and_back(nested: Document) -> None:
    heard: list[dict[str, str]] = []
    nested.moved.connect(lambda moves, _copies: heard.append(dict(moves)))
    edited = networks.extract(nested.project, "main", ["h"], "Head")
    nested.push_edited("Make Head", edited)
    nested.undo_stack.undo()
    nested.undo_stack.redo()
    forth, back, again = heard
    assert forth == dict(edited.moves)
    assert back == {new: old for old, new in forth.items()}
    assert again == forth
    assert any(key.startswith("main:h") for key in forth)


def test_undo_shows_where_the_change_was(nested: Document) -> None:
    nested.enter("t1")
    nested.push_graph("Units", nested.graph.set_params("d", {"out_features": 32}))
    nested.leave()
    nested.undo_stack.undo()
    assert nested.network == "tower"
    assert nested.trail == (("main", "t1"),)
    nested.leave()
    nested.push("Epochs", nested.project.with_training(epochs=3))
    nested.enter("b")
    nested.undo_stack.undo()
    assert nested.network == "block"


def test_wires_to_ports_that_go_are_dropped_in_the_same_step(nested: Document) -> None:
    made = nested.project
    nested.push("x", made.with_graph(made.networks["block"].remove(["o"]), "block"))
    assert not any(e.source == "b" for e in nested.project.graph.edges)
    nested.undo_stack.undo()
    assert nested.project == made


def test_choices_of_training_are_among_the_problems(document: Document) -> None:
    graph, first = dense().add("selu")
    document.new(Project(networks={"main": graph.connect("n1", first)}))
    document.analyse_now()
    said = [p.problem.message for p in document.problems]
    assert not any("LeCun" in words for words in said)
    chosen = document.project.with_training(initializer="he_normal")
    document.push("Choose", chosen)
    document.analyse_now()
    (found,) = [p for p in document.problems if "LeCun" in p.problem.message]
    assert (found.root, found.problem.node) == ("main", first)
    assert found.problem.severity == "warning"
