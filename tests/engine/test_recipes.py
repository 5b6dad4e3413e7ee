"""Recipes: what they say is what they do, twice is once, shapes stay sound, and it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine import files
from engine.data import describe
from engine.graph import Graph
from engine.project import Phase, Project
from engine.recipes import Proposal, RecipeError, propose, recipes
from engine.session import run_headless
from engine.shapes import analyse
from engine.variables import resolve_data

if TYPE_CHECKING:
    from pathlib import Path

    from engine.catalog.spec import Field

TEMPLATES = ("digits-mlp", "resnet-20", "tiny-language-model", "vision-transformer")


def fields_of(project: Project) -> dict[str, Field]:
    return dict(describe(resolve_data(project)).fields)


@pytest.fixture(params=TEMPLATES)
def case(request: pytest.FixtureRequest, data_folder: Path) -> tuple[Project, dict[str, Field]]:
    """A template's project, and what its data holds."""
    project = files.template(request.param)
    return project, fields_of(project)


def made(recipe: str, project: Project, fields: dict[str, Field], **settings: Any) -> Proposal:
    return propose(recipe, project, fields, settings)


def changed_nodes(before: Project, after: Project) -> set[tuple[str, str]]:
    """Return (network's title, node's name) of every node that differs, found by itself."""
    found: set[tuple[str, str]] = set()
    for key, graph in after.networks.items():
        old = before.networks[key]
        for node_id in {*graph.nodes, *old.nodes}:
            one, other = old.nodes.get(node_id), graph.nodes.get(node_id)
            if one != other:
                shown = other if one is None or (other and other.spec == one.spec) else one
                assert shown is not None
                found.add((after.title_of(key), shown.name))
    return found


@pytest.mark.parametrize("recipe", list(recipes()))
def test_what_it_says_is_what_changes(recipe: str, case: tuple[Project, dict[str, Field]]) -> None:
    project, fields = case
    proposal = made(recipe, project, fields)
    titles = {proposal.project.title_of(key) for key in proposal.project.networks}
    said = {(c.place, c.what.rpartition(" of ")[2]) for c in proposal.changes if c.place in titles}
    assert said == changed_nodes(project, proposal.project)
    before, after = (p.training.model_dump() for p in (project, proposal.project))
    phase_before, phase_after = before.pop("phases")[0], after.pop("phases")[0]
    stop_before, stop_after = before.pop("early_stopping"), after.pop("early_stopping")
    pairs = ((before, after), (phase_before, phase_after), (stop_before, stop_after))
    count = sum(one[name] != other[name] for one, other in pairs for name in one)
    told = [c for c in proposal.changes if c.place == "Training"]
    of_choices = [c for c in told if " of " in c.what]
    assert count <= len(told) <= count + len(of_choices)


@pytest.mark.parametrize("recipe", list(recipes()))
def test_a_second_time_changes_nothing(recipe: str, case: tuple[Project, dict[str, Field]]) -> None:
    project, fields = case
    once = made(recipe, project, fields).project
    again = made(recipe, once, fields)
    assert again.changes == ()
    assert again.project == once


@pytest.mark.parametrize("recipe", list(recipes()))
def test_shapes_stay_sound(recipe: str, case: tuple[Project, dict[str, Field]]) -> None:
    project, fields = case
    after = made(recipe, project, fields).project
    root = after.phase.network
    found = analyse(after.networks[root], after.scope(fields))
    assert [p.message for p in found.problems if p.severity == "error"] == []
    assert files.loads(files.dumps(after)).networks == after.networks


@pytest.mark.parametrize("recipe", ["deep_network", "self_normalizing", "transformer"])
def test_it_trains(recipe: str) -> None:
    project = files.template("digits-mlp")
    after = propose(recipe, project, fields_of(project), {}).project.with_training(epochs=6)
    result = run_headless(after)
    assert result["validation"]["accuracy"] > 0.9


def test_transfer_trains_the_head_alone() -> None:
    project = files.template("digits-mlp")
    after = propose("transfer", project, fields_of(project), {"lr": 0.01}).project
    frozen = {n.name for n in after.graph.nodes.values() if n.frozen}
    assert frozen == {"hidden1", "hidden2"}
    assert after.phase.optimizer.params["lr"] == 0.01
    assert run_headless(after.with_training(epochs=2))["epochs"] == 2


def test_the_default_network_has_norms_between_layer_and_activation() -> None:
    project = files.template("digits-mlp")
    proposal = propose("deep_network", project, fields_of(project), {"activation": "relu"})
    graph = proposal.project.graph
    behind = {graph.nodes[e.source].name: graph.nodes[e.target].spec for e in graph.edges}
    assert behind["hidden1"] == behind["hidden2"] == "batch_norm1d"
    assert behind["digit"] == "cross_entropy"
    assert proposal.project.training.initializer == "he_normal"
    assert proposal.project.phase.schedule.id == "one_cycle"
    assert proposal.project.phase.optimizer.params["nesterov"] is True
    assert proposal.project.training.early_stopping.enabled


def test_the_self_normalizing_network_has_what_selu_needs() -> None:
    project = files.template("digits-mlp")
    fields = fields_of(project)
    deep = propose("deep_network", project, fields).project
    proposal = propose("self_normalizing", deep, fields)
    specs = [n.spec for n in proposal.project.graph.nodes.values()]
    assert specs.count("selu") == 2
    assert "alpha_dropout" in specs
    assert not {"elu", "relu", "dropout", "batch_norm1d"} & set(specs)
    assert proposal.project.training.initializer == "lecun_normal"
    assert proposal.project.data.scaling == "standardize"


def test_the_transformer_gets_its_schedule_smoothing_and_clip() -> None:
    project = files.template("digits-mlp")
    after = propose("transformer", project, fields_of(project), {"warmup": 40}).project
    phase = after.phase
    assert (phase.optimizer.id, phase.schedule.id, phase.clip_norm) == ("adamw", "cosine", 1.0)
    assert phase.warmup_steps == 40
    losses = [n for n in after.graph.nodes.values() if n.spec == "cross_entropy"]
    assert [n.params["label_smoothing"] for n in losses] == [0.1]


def test_several_phases_are_left_alone() -> None:
    project = Project().with_training(phases=(Phase(), Phase(name="second")))
    for recipe in recipes():
        with pytest.raises(RecipeError, match="one phase; this one has 2"):
            propose(recipe, project, {})


def test_nothing_to_freeze_is_said() -> None:
    graph, source = Graph().add("input")
    graph, dense = graph.add("dense")
    graph = graph.connect(source, dense)
    with pytest.raises(RecipeError, match="nothing to freeze"):
        propose("transfer", Project(networks={"main": graph}), {})


def test_the_last_activation_stays() -> None:
    graph, last = Graph().add("input")
    for spec in ("dense", "tanh", "dense", "tanh", "output"):
        graph, node = graph.add(spec)
        graph, last = graph.connect(last, node), node
    project = Project(networks={"main": graph})
    fields = fields_of(project)
    after = propose("deep_network", project, fields, {"normalize": False}).project
    assert [n.spec for n in after.graph.nodes.values()].count("tanh") == 1
    assert after.graph.nodes["n5"].spec == "tanh"


def test_an_unknown_recipe_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="deep_network"):
        propose("cake", Project(), {})
