"""What is said of a project before it is trained, when there is more than one network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine import files
from engine.cli import main
from engine.project import Choice
from engine.review import review
from engine.train.setup import build, load_data
from engine.variables import resolve
from tests.engine.feature_projects import FEATURES

if TYPE_CHECKING:
    from pathlib import Path

    from engine.project import Project

GAN = "a_generator_and_its_adversary"


@pytest.mark.parametrize("name", FEATURES)
def test_parameters_are_those_that_are_built(name: str) -> None:
    project = FEATURES[name]()
    beside = {"stem"} - {edge.source for edge in project.graph.edges}
    project = project.with_graph(project.graph.remove(beside))
    report = review(project)
    root = build(resolve(project), load_data(project)).root
    assert report["ok"], report["problems"]
    assert report["parameters"] == sum(p.numel() for p in root.parameters())


def test_every_trained_network_is_in_it() -> None:
    project = FEATURES[GAN]()
    report = review(project)
    assert {node["network"] for node in report["nodes"]} == {"main", "fool"}
    main_, fool = (project.networks[key].nodes for key in ("main", "fool"))
    assert [node["id"] for node in report["nodes"]] == [*main_, *fool]


def test_a_problem_inside_says_where() -> None:
    project = FEATURES[GAN]()
    critic = project.networks["critic"].set_params("score", {"out_features": -1})
    report = review(project.with_graph(critic, "critic"))
    assert not report["ok"]
    found = [p for p in report["problems"] if p["node"] == "score"]
    assert {p["network"] for p in found} == {"critic"}
    assert {tuple(p["path"]) for p in found} == {("true",), ("false",), ("judge",)}


def problems(project: Project) -> list[str]:
    report = review(project)
    assert not report["ok"]
    return [p["message"] for p in report["problems"]]


def test_a_phase_that_names_what_is_not_there() -> None:
    project = FEATURES[GAN]()
    assert "'nowhere'" in problems(project.with_phase(1, network="nowhere"))[0]
    assert "'gone'" in problems(project.with_phase(1, trains=("gone",)))[0]
    assert review(project.with_phase(1, trains=("make/hidden", "gone")))["ok"]
    assert "no phase" in problems(project.with_training(phases=()))[0]


def test_named_numbers_are_worked_out() -> None:
    project = FEATURES[GAN]().but(variables={"rate": 0.01})
    optimizer = Choice(id="sgd", params={"lr": "=rate / 2"})
    assert review(project.with_phase(optimizer=optimizer))["ok"]
    wrong = Choice(id="sgd", params={"lr": "=speed"})
    assert any("speed" in message for message in problems(project.with_phase(optimizer=wrong)))
    negative = Choice(id="sgd", params={"lr": "=-rate"})
    assert problems(project.with_phase(optimizer=negative))


def test_check_lists_networks_by_their_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "gan.loom"
    files.save(FEATURES[GAN](), path)
    assert main(["check", str(path)]) == 0
    said = capsys.readouterr().out
    assert "Discriminator's turn:" in said
    assert "Generator's turn:" in said
