import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import files
from engine.files import FileError, dumps, load, loads, save
from engine.graph import Edge, Graph, Node
from engine.project import FORMAT, Choice, Project

TEXT = st.text(max_size=12)
VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=5,
)
PARAMS = st.dictionaries(TEXT, VALUE, max_size=4)
EXTRA = st.dictionaries(TEXT.map(lambda key: f"x-{key}"), VALUE, max_size=2)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    ids = draw(st.lists(TEXT, max_size=5, unique=True))
    nodes = {
        i: Node(
            id=i,
            spec=f"unknown-{draw(TEXT)}",
            name=f"node {number} {draw(TEXT)}",
            params=draw(PARAMS),
            frozen=draw(st.booleans()),
            **draw(EXTRA),
        )
        for number, i in enumerate(ids)
    }
    place = st.sampled_from(ids) if ids else st.nothing()
    wires = st.lists(
        st.builds(Edge, source=place, source_port=TEXT, target=place, target_port=TEXT), max_size=4
    )
    return Graph(nodes=nodes, edges=tuple(draw(wires)), **draw(EXTRA))


@st.composite
def projects(draw: st.DrawFn) -> Project:
    networks = {"main": draw(graphs())} | draw(st.dictionaries(TEXT, graphs(), max_size=1))
    project = Project(title=draw(TEXT), networks=networks, **draw(EXTRA))
    project = project.with_data(
        source=Choice(id=draw(TEXT), params=draw(PARAMS)),
        scaling=draw(st.sampled_from(["none", "minmax"])),
    )
    project = project.with_training(
        epochs=draw(st.integers(1, 10**6)), metrics=draw(st.lists(TEXT).map(tuple)), **draw(EXTRA)
    )
    project = project.with_phase(
        optimizer=Choice(id="adam", params=draw(PARAMS)), l2=draw(st.floats(0, 1e300))
    )
    where = st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2)
    return project.place({i: draw(where) for i in project.graph.nodes})


def small() -> Project:
    graph = Graph()
    graph, first = graph.add("dense-of-tomorrow", name="première", out_features=64, kernel=(3, 3))
    graph, second = graph.add("loss-of-tomorrow", name="loss")
    graph = graph.but(edges=(Edge(source=first, target=second),))
    return Project(title="Été", networks={"main": graph}).place({first: (0, 0.5), second: (220, 0)})


def document(**changes: Any) -> str:
    return dumps(Project(networks={"main": small().graph}).but(**changes))


@given(projects())
@settings(deadline=None, max_examples=150)
def test_a_project_comes_back_as_it_was(project: Project) -> None:
    text = dumps(project)
    again = loads(text)
    assert again == project
    assert list(again.graph.nodes) == list(project.graph.nodes)
    assert dumps(again) == text


def test_save_and_load_through_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.loom"
    save(small(), path)
    assert load(path) == small()
    assert [p.name for p in tmp_path.iterdir()] == ["a.loom"]


def test_the_layout_stands_last_and_nodes_are_keyed_once() -> None:
    lines = dumps(small()).splitlines()
    assert lines[:3] == ["{", f'  "format": {FORMAT},', '  "title": "Été",']
    layout = lines.index('  "layout": {')
    assert lines[layout:] == [
        '  "layout": {',
        '    "positions": {',
        '      "main": {',
        '        "n1": [0, 0.5],',
        '        "n2": [220, 0]',
        "      }",
        "    }",
        "  }",
        "}",
    ]
    assert not any('"id": "n1"' in line for line in lines)


def test_moving_a_node_changes_one_line() -> None:
    before = dumps(small()).splitlines()
    after = dumps(small().place({"n2": (300, 40)})).splitlines()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_every_truncation_is_a_sentence_with_name_and_line(tmp_path: Path) -> None:
    data = dumps(small()).encode()
    path = tmp_path / "cut.loom"
    for length in range(len(data.rstrip())):
        path.write_bytes(data[:length])
        with pytest.raises(FileError) as caught:
            load(path)
        line = max(data[:length].count(b"\n"), 1)
        assert str(caught.value).startswith("cut.loom")
        assert f"line {line}" in str(caught.value) or f"line {line + 1}" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (f'"format": {FORMAT}', f'"format": {FORMAT + 1}', "newer than this Layerloom reads"),
        (f'"format": {FORMAT}', '"format": "1"', "format must be a whole number"),
        (f'"format": {FORMAT}', '"form": 1', "not a Layerloom project"),
        ('"params": {', '"params": 5, "q": {', "networks.main.nodes.n1.params must be an object"),
        ('"name": "loss"', '"name": 5', "networks.main.nodes.n2.name must be text; received 5"),
        ('"name": "loss"', '"nom": "loss"', "networks.main.nodes.n2.name is missing"),
        ('"epochs": 10', '"epochs": "10"', "training.epochs must be a whole number; received '10'"),
        ('"epochs": 10', '"epochs": true', "training.epochs must be a whole number; received True"),
        ('"epochs": 10', '"epochs": 0', "training.epochs must be at least 1; received 0"),
        ('"batch": "mini"', '"batch": "{}"', "training.batch must be 'mini', 'one' or 'all'"),
        ('"main": "main"', '"main": "other"', "main: there is no network called 'other'"),
        (
            '"network": "main"',
            '"network": "other"',
            "training.phases.0.network: there is no network",
        ),
        ('"source": "n1"', '"source": "n9"', "networks.main.edges.0: there is no node 'n9'"),
        ('"spec": "loss-of-tomorrow"', '"spec": "x", "id": "n7"', "nodes.n2.id: it must be 'n2'"),
        ('"name": "loss"', '"name": "Premi-re"', "nodes.n2.name: node n1 is already called"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(old: str, new: str, words: str) -> None:
    text = document()
    assert old in text
    with pytest.raises(FileError) as caught:
        loads(text.replace(old, new, 1), "a.loom")
    assert str(caught.value).startswith("a.loom")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "5", "null", '"x"', "{}", '{"networks": {}}'])
def test_other_json_is_no_project(text: str) -> None:
    with pytest.raises(FileError, match="not a Layerloom project"):
        loads(text)


def test_wires_are_held_against_the_ports() -> None:
    graph = Graph()
    for spec in ("input", "dense", "input"):
        graph, _ = graph.add(spec)
    wire = Edge(source="n1", target="n2")
    names = [n.name for n in graph.nodes.values()]
    for edges, words in (
        ((wire.but(target_port="left"),), f"edges.0: {names[1]!r} has no port 'left'"),
        ((wire.but(source_port="left"),), f"edges.0: {names[0]!r} has no port 'left'"),
        ((wire, wire.but(source="n3")), f"edges.1: {names[1]!r} takes only one wire at 'in'"),
    ):
        with pytest.raises(FileError, match=words):
            loads(dumps(Project(networks={"main": graph.but(edges=edges)})))


def test_an_unknown_layer_and_unknown_keys_are_kept() -> None:
    text = document().replace(
        '"spec": "loss-of-tomorrow"', '"spec": "quantum", "colour": [1, {"a": 2}]'
    )
    project = loads(text)
    assert project.graph.nodes["n2"].spec == "quantum"
    assert loads(dumps(project)) == project
    assert '"colour"' in dumps(project)


def test_a_missing_file_and_a_folder_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="There is no file"):
        load(tmp_path / "none.loom")
    with pytest.raises(FileError, match="is a folder"):
        load(tmp_path)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.loom"
    with path.open("wb") as file:
        file.truncate(files.MAX_BYTES + 1)
    with pytest.raises(FileError, match=r"huge\.loom has 32 MiB"):
        load(path)


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "a.loom"
    save(small(), path)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if call == "write":
        monkeypatch.setattr(files, "write_atomic", full)
    elif call == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(
        FileError, match=r"a\.loom was not saved: No space left on device; the file"
    ):
        save(small().but(title="new"), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.loom"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    path = tmp_path / "a.loom"
    save(small(), path)
    before = path.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", lambda *_, **__: open("/dev/full", "wb"))  # noqa: PTH123, SIM115
        with pytest.raises(FileError, match="No space left on device"):
            save(small().but(title="new"), path)
    assert path.read_bytes() == before


def test_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no folder"):
        save(small(), tmp_path / "none" / "a.loom")


def test_what_could_not_be_opened_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "a.loom"
    save(small(), path)
    for project in (
        small().with_training(epochs=0),
        small().with_phase(l2=float("nan")),
        small().with_graph(small().graph.set_params("n1", {"p": object()})),
    ):
        with pytest.raises(FileError, match=r"a\.loom was not saved, for it could not be opened"):
            save(project, path)
    assert load(path) == small()


def test_a_link_keeps_being_one_and_the_mode_stays(tmp_path: Path) -> None:
    path, link = tmp_path / "a.loom", tmp_path / "b.loom"
    save(small(), path)
    path.chmod(0o640)
    link.symlink_to(path)
    save(small().but(title="new"), link)
    assert link.is_symlink()
    assert load(path).title == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_files_are_read_without_torch() -> None:
    code = "import engine.files, sys; sys.exit('torch' in sys.modules or 'PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
