"""Changes to the list of phases, without a window."""

from __future__ import annotations

import pytest

from designer.training import phases
from engine.project import Phase, Project
from tests.designer.training.conftest import adversarial, single, trainable


def test_a_second_phase_takes_the_network_nobody_trains() -> None:
    project = single()
    project, place = phases.add(project)
    assert place == 1
    assert project.training.phases[1].network == "main"
    assert project.training.phases[1].name == "phase 2"
    project = single().with_graph(trainable("Maker 2.0"), "maker")
    project, place = phases.add(project)
    assert project.training.phases[place] == Phase(name="Maker 2 0", network="maker")


def test_copies_have_names_of_their_own() -> None:
    project = adversarial()
    project, place = phases.duplicate(project, 0)
    names = [p.name for p in project.training.phases]
    assert (place, names) == (1, ["judge", "judge 2", "maker"])
    project, place = phases.duplicate(project, 1)
    assert [p.name for p in project.training.phases] == ["judge", "judge 2", "judge 3", "maker"]
    assert project.training.phases[2].trains == ("n2",)


def test_order_and_removal() -> None:
    project = phases.move(adversarial(), 0, 1)
    assert [p.name for p in project.training.phases] == ["maker", "judge"]
    project = phases.remove(project, 0)
    assert [p.name for p in project.training.phases] == ["judge"]
    assert phases.remove(project, 0) == project


@pytest.mark.parametrize(
    ("name", "words"),
    [(" ", "needs a name"), ("a.b", "full stop"), ("maker", "already a phase"), ("judge", "")],
)
def test_names(name: str, words: str) -> None:
    found = phases.name_error(adversarial(), 0, name)
    assert words in found
    assert bool(words) == bool(found)


def test_a_loss_counts_at_any_depth() -> None:
    outer, place = Project().graph.add("network", network="inner")
    project = Project(networks={"main": outer, "inner": trainable(), "bare": Project().graph})
    assert place == "n1"
    assert phases.has_loss(project, "main")
    assert not phases.has_loss(project, "bare")
    assert not phases.has_loss(project, "gone")
    assert phases.network_labels(project)["bare"] == "bare  (no loss)"


def test_a_project_is_plain_until_there_is_something_to_say() -> None:
    assert phases.plain(Project())
    assert phases.plain(single())
    assert phases.plain(single().with_graph(Project().graph, "spare"))
    assert not phases.plain(single().with_graph(trainable(), "other"))
    assert not phases.plain(single().with_phase(0, trains=("n2",)))
    assert not phases.plain(single().with_phase(0, split="validation"))
    assert not phases.plain(adversarial())


def test_a_placed_network_with_a_loss_leaves_it_plain() -> None:
    outer, _ = trainable().add("network", network="inner")
    assert phases.plain(Project(networks={"main": outer, "inner": trainable()}))


def test_what_is_trained() -> None:
    graph = trainable().change("n4", frozen=True)
    assert phases.learners(graph, None) == ["n2", "n4"]
    assert phases.trained(Phase(), graph, ["n2", "n4"]) == ("n2",)
    assert phases.trained(Phase(trains=("n4",)), trainable(), ["n2", "n4"]) == ("n4",)
    graph, place = trainable().add("network", network="x")
    assert phases.learners(graph, None)[-1] == place
    assert phases.trained(Phase(trains=(f"{place}/n7",)), graph, [place]) == (place,)


def test_what_is_lit() -> None:
    graph = trainable()
    assert phases.lit(Phase(), graph, "") is None
    assert phases.lit(Phase(trains=("n2",)), graph, "") == {"n2"}
    frozen = graph.change("n2", frozen=True)
    assert phases.lit(Phase(), frozen, "") == {"n1", "n3", "n4", "n5"}
    assert phases.lit(Phase(trains=("n2",)), frozen, "") == frozenset()
    assert phases.lit(Phase(trains=("n9",)), graph, "n9#2/") is None
    assert phases.lit(Phase(trains=("n9/n2",)), graph, "n9#2/") == {"n2"}
    assert phases.lit(Phase(trains=("n8",)), graph, "n9/") == frozenset()
    assert phases.covers(("n9/n2",), "n9")


def test_choosing_keeps_parts_of_places() -> None:
    graph, place = trainable().add("network", network="x")
    phase = Phase(trains=("n2", f"{place}/n7", f"{place}#1/n8", "gone"))
    assert phases.choose(phase, graph, ["n4", place]) == ("n4", f"{place}/n7", f"{place}#1/n8")
    assert phases.choose(phase, graph, ["n2"]) == ("n2",)
    assert phases.choose(phase, graph, []) == ()
