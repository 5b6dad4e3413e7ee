"""Every template opens, has no problem, stands tidily, and learns what it promises."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine import cli, files
from engine.assign import assign
from engine.catalog import registry
from engine.catalog.spec import TemplateSpec
from engine.review import review

NAMES = sorted(registry.of_kind(TemplateSpec))
WIDTH, HEIGHT = 180, 84
"""Size of a node on the canvas."""


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_there_is_a_file_for_every_entry_and_no_other() -> None:
    assert sorted(p.stem for p in files.TEMPLATES.glob("*.loom")) == NAMES


def test_it_is_written_as_files_are_written(name: str) -> None:
    text = (files.TEMPLATES / f"{name}.loom").read_text(encoding="utf-8")
    assert files.dumps(files.template(name)) == text


def test_it_reads_the_data_its_entry_names_and_has_no_problem(name: str) -> None:
    """But for the folder of pictures that only the user can choose."""
    project = files.template(name)
    assert project.data.source.id == registry.template(name).data
    found = [(p["kind"], p["message"]) for p in review(project)["problems"]]
    own = any(p.kind == "path" for p in registry.source(project.data.source.id).params)
    assert found == ([("data", "No data file is chosen; choose one.")] if own else [])


def test_nodes_stand_apart(name: str) -> None:
    project = files.template(name)
    for key, graph in project.networks.items():
        places = [project.position(node, key) for node in graph.nodes]
        for index, (x, y) in enumerate(places):
            for x2, y2 in places[index + 1 :]:
                assert abs(x - x2) > WIDTH or abs(y - y2) > HEIGHT, key


def test_wires_run_to_the_right_or_to_a_row_below(name: str) -> None:
    project = files.template(name)
    for key, graph in project.networks.items():
        for edge in graph.edges:
            x, y = project.position(edge.source, key)
            x2, y2 = project.position(edge.target, key)
            assert x2 >= x + WIDTH or y2 >= y + HEIGHT, (key, graph.nodes[edge.source].name)


def trained(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    path = tmp_path / f"{name}.loom"
    assert cli.main(["new", name, str(path)]) == 0
    capsys.readouterr()
    assert cli.main(["train", str(path), "--device", "cpu", "--json"]) == 0
    shown = capsys.readouterr()
    assert "epoch 1/" in shown.err
    result = json.loads(shown.out)
    assert cli.main(["evaluate", str(path), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    for key in ("train", "validation", "test", "parameters_sha256", "run", "epochs", "seed"):
        assert again[key] == result[key], key
    return result


def test_digits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained("digits-mlp", tmp_path, capsys)["test"]["accuracy"] >= 0.97


@pytest.mark.parametrize(("name", "least"), [("moons-mlp", 0.95), ("iris", 0.9)])
def test_small_classes(
    name: str, least: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = trained(name, tmp_path, capsys)
    assert result["test"]["accuracy"] >= least
    assert result["test"]["accuracy"] >= result["baseline"]["accuracy"] - 1e-6


def test_diabetes_against_linear_regression(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = trained("diabetes-regression", tmp_path, capsys)
    assert result["baseline"]["name"] == "Linear regression"
    assert result["test"]["r2"] >= result["baseline"]["r2"] - 0.02


def test_temperature_against_persistence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    data_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    result = trained("daily-temperature-lstm", tmp_path, capsys)
    assert result["test"]["rmse"] <= 0.95 * result["baseline"]["rmse"]


def test_fashion_learns_in_an_epoch(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    data_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a fifth of the pictures; what it reaches with all of them is its claim."""
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    path = tmp_path / "f.loom"
    assert cli.main(["new", "fashion-cnn", str(path)]) == 0
    files.save(assign(files.load(path), "data.source.params.limit", "12000"), path)
    capsys.readouterr()
    assert cli.main(["train", str(path), "--epochs", "1", "--device", "cpu", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["test"]["accuracy"] >= 0.8
    assert "baseline" not in result
