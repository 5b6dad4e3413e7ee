"""A trained network out of another project's file: placed, frozen, saved, trained on, exported."""

from __future__ import annotations

import json
import runpy
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load, save

from engine import files, networks, pretrained
from engine.data import describe
from engine.export.python import export
from engine.graph import Graph
from engine.networks import NetworkError
from engine.runs import kept, new_run
from engine.session import run_headless
from engine.shapes import analyse
from engine.train.control import Control
from engine.train.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.project import Project

FIRST = "hidden1"


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A project file of moons beside one run of it."""
    file = tmp_path / "moons.loom"
    project = files.template("moons-mlp").with_training(epochs=2, device="cpu")
    files.save(project, file)
    run_headless(project, run_dir=new_run(file))
    return file


def empty(source: Path) -> Project:
    """Return a project of the same data that has nothing but an Input."""
    project = files.load(source)
    graph, _ = Graph().add("input", "point", "x", field="point")
    return project.but(networks={"main": graph}).with_training(epochs=1)


def placed(source: Path, target: Path | None = None) -> tuple[Project, str]:
    """Return a project with the trained network between its Input and a loss, and the place."""
    made = pretrained.place(empty(source), "main", source, target, 300.0, 0.0)
    project, node = made.project, made.node
    place = project.graph.nodes[node]
    inlet, outlet = (
        ports[0].name
        for ports in (
            networks.inputs_of(place, project.networks),
            networks.outputs_of(place, project.networks),
        )
    )
    graph, head = project.graph.add("dense", "head", out_features=2)
    graph, loss = graph.add("cross_entropy", "loss")
    graph = graph.connect("x", node, "out", inlet).connect(node, head, outlet)
    return project.with_graph(graph.connect(head, loss, target_port="prediction")), node


def trained(project: Project) -> dict[str, torch.Tensor]:
    """Return the weights that a run ends with."""
    trainer = Trainer(project, lambda _: None, Control())
    trainer.run()
    assert trainer.prepared is not None, trainer.result
    return {k: v.clone() for k, v in trainer.prepared.root.state_dict().items()}


def test_it_begins_with_the_weights_and_keeps_them(source: Path) -> None:
    project, node = placed(source)
    assert project.graph.nodes[node].frozen
    _, before = kept(next(source.with_suffix(".runs").iterdir()))
    after = trained(project)
    stem = next(name for name in after if FIRST in name).partition(f".{FIRST}")[0]
    weights = {name for name in before if not name.startswith("loss")}
    assert weights
    for name in weights:
        assert torch.equal(after[f"{stem}.{name}"], before[name])


def test_unfrozen_it_learns_on(source: Path) -> None:
    project, node = placed(source)
    project = project.with_graph(project.graph.change(node, frozen=False))
    file = project.graph.nodes[node].params["file"]
    held, after = load(Path(file).read_bytes()), trained(project)
    name = next(name for name in after if name.endswith(f"{FIRST}.weight"))
    assert not torch.equal(after[name], held[f"{FIRST}.weight"])
    assert torch.allclose(after[name], held[f"{FIRST}.weight"], atol=0.2)


def test_the_place_has_a_name_for_its_weights(source: Path) -> None:
    project, node = placed(source)
    assert describe(project.data).fields
    inner = project.networks[project.graph.nodes[node].params["network"]]
    specs = [n.spec for n in inner.nodes.values()]
    assert specs.count("input") == specs.count("output") == 1
    assert "cross_entropy" not in specs
    assert all(not n.params.get("field") for n in inner.nodes.values())


def test_the_weights_travel_with_the_project(source: Path, tmp_path: Path) -> None:
    home = tmp_path / "home" / "mine.loom"
    home.parent.mkdir()
    project, node = placed(source, home)
    files.save(project, home)
    said = json.loads(home.read_text("utf-8"))["networks"]["main"]["nodes"][node]["params"]
    assert said["file"] == "mine.weights/moons.safetensors"
    assert trained(files.load(home)).keys() == trained(project).keys()
    away = tmp_path / "away"
    shutil.move(home.parent, away)
    moved = files.load(away / "mine.loom")
    assert moved.graph.nodes[node].params["file"] == str(away / said["file"])
    assert trained(moved)


def test_the_same_weights_are_written_once(source: Path) -> None:
    placed(source)
    placed(source)
    folder = source.with_suffix(pretrained.SUFFIX)
    assert [p.name for p in folder.iterdir()] == ["moons.safetensors"]
    run_headless(files.load(source).with_training(seed=5, epochs=1), run_dir=new_run(source))
    placed(source)
    assert sorted(p.name for p in folder.iterdir()) == ["moons.safetensors", "moons_2.safetensors"]


@pytest.mark.parametrize("times", [1, 2])
def test_the_script_trains_to_the_same_weights(
    source: Path,
    tmp_path: Path,
    times: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project, node = placed(source)
    graph = project.graph.set_params(node, {"times": times}).change(node, frozen=times == 1)
    project = project.with_graph(graph)
    script = tmp_path / "script.py"
    script.write_text(export(project))
    expected = run_headless(project)
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", [str(script), "--json"])
    runpy.run_path(str(script), run_name="__main__")
    result = json.loads(capsys.readouterr().out)
    assert result["parameters_sha256"] == expected["parameters_sha256"]


def test_a_layer_that_is_new_begins_fresh(source: Path) -> None:
    project, node = placed(source)
    key = project.graph.nodes[node].params["network"]
    inner = project.networks[key]
    last = next(n for n in inner.nodes.values() if n.spec == "output")
    wire = next(e for e in inner.edges if e.target == last.id)
    inner, more = inner.disconnect([wire]).add("dense", "more", out_features=2)
    inner = inner.connect(wire.source, more, wire.source_port).connect(more, last.id)
    after = trained(project.with_graph(inner, key))
    assert any(name.endswith("more.weight") for name in after)


def refused(project: Project, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        run_headless(project)


def test_what_is_missing_or_other_is_told(source: Path, tmp_path: Path) -> None:
    project, node = placed(source)
    file = project.graph.nodes[node].params["file"]

    def beginning(path: Path | str) -> Project:
        return project.with_graph(project.graph.set_params(node, {"file": str(path)}))

    gone = beginning(tmp_path / "gone.safetensors")
    problems = analyse(gone.graph, gone.scope(describe(gone.data).fields)).problems
    assert [p.node for p in problems] == [node]
    assert "which is not there" in problems[0].message
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"no weights")
    refused(beginning(damaged), "cannot be read")
    other = tmp_path / "other.safetensors"
    other.write_bytes(save({"elsewhere.weight": torch.zeros(2)}))
    refused(beginning(other), "no weights for this network")
    other.write_bytes(save({f"{FIRST}.weight": torch.zeros(3, 3)}))
    refused(beginning(other), r"of shape \(3, 3\)")
    assert trained(beginning(file))


def test_a_file_without_a_run_is_refused(tmp_path: Path, source: Path) -> None:
    file = tmp_path / "fresh.loom"
    files.save(files.load(source), file)
    with pytest.raises(NetworkError, match="no runs yet"):
        pretrained.place(empty(source), "main", file, None, 0.0, 0.0)
    with pytest.raises(NetworkError, match="There is no file"):
        pretrained.place(empty(source), "main", tmp_path / "none.loom", None, 0.0, 0.0)


def test_a_network_out_of_several_is_found(
    tmp_path: Path, source: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    project = files.load(source)
    twin = project.phase.but(name="again", network="second")
    project = project.but(networks={**project.networks, "second": project.graph})
    project = project.with_training(phases=(project.phase, twin), epochs=1)
    file = tmp_path / "two.loom"
    files.save(project, file)
    run_headless(project, run_dir=new_run(file))
    made: Any = pretrained.place(empty(source), "main", file, None, 0.0, 0.0)
    held = load(Path(made.project.graph.nodes[made.node].params["file"]).read_bytes())
    assert f"{FIRST}.weight" in held
