"""Several networks and several phases in one run: who trains what, who is watched, what is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine.monitor import sampler
from engine.project import Phase
from engine.train import course
from engine.train.control import Control
from engine.train.evaluate import labels
from engine.train.events import Activations, Done, EpochEnd, Event, Failed, Norms, Started, Steps
from engine.train.setup import build, load_data, prepare
from engine.train.stopping import better
from engine.train.trainer import Trainer
from engine.train.trial import trains
from engine.train.turns import Turns
from tests.engine.feature_projects import FEATURES, MOONS, adversaries, dense, made, net

if TYPE_CHECKING:
    from engine.project import Project
    from engine.train.setup import Prepared

GAN = "a_generator_and_its_adversary"


def run(project: Project) -> tuple[list[Event], Trainer]:
    events: list[Event] = []
    trainer = Trainer(project.with_training(threads=1), events.append, Control())
    trainer.run()
    assert of(Failed, events) == []
    return events, trainer


def of(kind: type[Any], events: list[Event]) -> list[Any]:
    return [e for e in events if isinstance(e, kind)]


def bits(events: list[Event]) -> str:
    (done,) = of(Done, events)
    return done.result["parameters_sha256"]


def ready(project: Project) -> Prepared:
    return prepare(project, load_data(project))


def parameter(prepared: Prepared, network: str, path: str) -> torch.nn.Parameter:
    return prepared.bundle.networks[network].node_parameters[path][0][1]


def moved(project: Project) -> set[str]:
    """Return the weight paths of what a run changed, buffers left aside."""
    data = load_data(project)
    before = build(project, data)
    paths = before.weight_paths
    start = {paths[name]: p for name, p in before.root.named_parameters()}
    _, trainer = run(project)
    assert trainer.root is not None
    end = {paths[name]: p for name, p in trainer.root.named_parameters()}
    return {path.rpartition("/")[0] for path in start if not torch.equal(start[path], end[path])}


# -- every kind of graph


@pytest.mark.parametrize("name", FEATURES)
def test_watching_changes_no_bit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampler, "RATE", 1e9)
    project = FEATURES[name]().with_training(watch_share=1.0)
    watched, _ = run(project)
    unwatched, _ = run(project.with_training(watch=False))
    assert bits(watched) == bits(unwatched)
    (started,) = of(Started, watched)
    phases = started.phases or (started,)
    known = [{node for node, _ in phase.nodes} for phase in phases]
    for event in of(Activations, watched):
        assert set(event.nodes) == known[event.phase]
    for event in of(Norms, watched):
        assert set(event.names) <= known[event.phase]
    assert {e.phase for e in of(Norms, watched)} == set(range(len(phases)))
    assert of(Activations, unwatched) == []


@pytest.mark.parametrize("name", ["a_variational_autoencoder", GAN])
def test_evaluation_changes_no_bit_of_a_network_that_draws(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = FEATURES[name]()
    events, trainer = run(project)
    assert trainer.prepared is not None
    assert trainer.prepared.network.random
    ends = of(EpochEnd, events)
    monkeypatch.setattr(course, "evaluate", lambda *_: {"loss": 0.0})
    blind, _ = run(project)
    assert of(EpochEnd, blind)[-1].validation["loss"] == 0.0
    assert bits(blind) == bits(events)
    assert ends[-1].validation == trainer.result["validation"]  # type: ignore[index]


# -- two phases


def test_each_phase_trains_its_own_and_shares_the_rest() -> None:
    project = FEATURES[GAN]()
    prepared = ready(project)
    for place, path in (("true", "make"), ("false", "make")):
        assert parameter(prepared, "main", f"{place}/hidden") is parameter(
            prepared, "fool", "judge/hidden"
        )
        assert parameter(prepared, "main", f"{path}/hidden") is parameter(
            prepared, "fool", "make/hidden"
        )
    critic, generator = prepared.phases
    assert critic.nodes == ("true/hidden", "true/score")
    assert generator.nodes == ("make/hidden", "make/norm", "make/picture")
    assert critic.stepper.optimizer is not generator.stepper.optimizer
    assert critic.shared == {"false/hidden": "true/hidden", "false/score": "true/score"}
    theirs = {"generator:hidden", "generator:norm", "generator:picture"}
    mine = {"critic:hidden", "critic:score"}
    assert moved(project) == mine | theirs
    only = project.training.phases
    assert moved(project.with_training(phases=only[:1])) == mine
    assert moved(project.with_training(phases=only[1:])) == theirs


def test_a_frozen_place_is_left_alone_by_its_phase_only() -> None:
    project = FEATURES[GAN]()
    graph = project.networks["fool"].change("judge", frozen=True)
    project = project.with_graph(graph, "fool").with_phase(1, trains=())
    assert ready(project).phases[1].nodes == ("make/hidden", "make/norm", "make/picture")
    assert moved(project) == {
        "generator:hidden",
        "generator:norm",
        "generator:picture",
        "critic:hidden",
        "critic:score",
    }


def test_phases_are_told_apart() -> None:
    events, trainer = run(FEATURES[GAN]())
    (started,) = of(Started, events)
    first, second = started.phases
    assert (first.name, first.network) == ("discriminator", "main")
    assert (second.name, second.network) == ("generator", "fool")
    assert started.nodes == first.nodes
    assert second.displays == (("pictures", "pictures"),)
    assert ("make/hidden", "make.hidden") in second.nodes
    assert started.steps_per_epoch == 13 * 3
    steps = of(Steps, events)
    theirs = [s for s in steps if s.phase == 1]
    assert all(set(s.losses) == {"real", "fake"} for s in steps if s.phase == 0)
    assert all(s.losses is None for s in theirs)
    assert all(s.stride == 3.0 for s in steps if s.phase == 0)
    assert all(1 <= s.stride <= 2 for s in theirs)
    ends = [s.last_step + 1 for s in theirs]
    assert [s.first_step for s in theirs] == [0, *ends[:-1]]
    assert sum(len(s.loss) for s in theirs) == 52
    assert theirs[0].first_step == 0
    assert steps[-1].last_step == 13 * 3 * 2 - 1
    for s in steps:
        if s.phase == 0:
            total = s.losses["real"] + s.losses["fake"]
            assert abs(total - s.loss).max() < 1e-5
    (end, _) = of(EpochEnd, events)
    keys = {"loss", "loss.real", "loss.fake", "generator.loss"}
    assert set(end.train) == set(end.validation) == keys
    assert trainer.result is not None
    assert set(trainer.result["test"]) == keys
    assert trainer.result["steps"] == 26


def test_two_phases_of_one_network_on_two_splits() -> None:
    project = FEATURES["a_network_in_two_splits"]()
    events, trainer = run(project)
    assert trainer.prepared is not None
    first, second = trainer.prepared.phases
    assert first.network is second.network
    assert first.nodes == ("stem", "m/widen", "m/narrow")
    assert second.nodes == ("head",)
    assert second.batches.samples == trainer.prepared.data.sizes["validation"]
    figures = of(EpochEnd, events)[-1].validation
    assert figures["head.loss"] == figures["loss"]


def test_every_step_of_an_epoch_counts_for_its_samples() -> None:
    project = FEATURES["a_network_in_two_splits"]().with_training(epochs=1)
    _, trainer = run(project)
    assert trainer.prepared is not None
    first, second = trainer.prepared.phases
    samples, size = first.batches.samples, first.batch_size
    assert sum(first.sizes_of(0, len(first.batches))) == samples
    assert first.sizes_of(len(first.batches), 1) == [size]
    assert second.sizes_of(0, 3) == [second.batches.samples] * 3


# -- inside one network


def test_places_that_share_are_one_tensor() -> None:
    prepared = ready(FEATURES["a_siamese"]())
    assert parameter(prepared, "main", "left/lin") is parameter(prepared, "main", "right/lin")
    run_ = prepared.phases[0]
    assert run_.nodes == ("left/lin", "head")
    assert run_.shared == {"right/lin": "left/lin"}
    events, _ = run(FEATURES["a_siamese"]())
    (started,) = of(Started, events)
    assert started.shared == {"right/lin": "left/lin"}
    assert started.parameters == 64 * 12 + 12 + 24 * 10 + 10


def test_copies_of_a_repeat_have_their_own_unless_tied() -> None:
    own = ready(FEATURES["a_repeat"]()).phases[0]
    assert own.nodes[1:-1] == tuple(f"m#{k}/{n}" for k in range(3) for n in ("widen", "narrow"))
    assert own.shared == {}
    tied = ready(FEATURES["a_tied_repeat"]()).phases[0]
    assert tied.nodes == ("stem", "m#0/widen", "m#0/narrow", "head")
    assert tied.shared == {f"m#{k}/{n}": f"m#0/{n}" for k in (1, 2) for n in ("widen", "narrow")}


def test_items_run_one_by_one_with_the_same_weights() -> None:
    run_ = ready(FEATURES["items_one_by_one"]()).phases[0]
    assert run_.nodes == ("each#0/lin", "each#0/norm", "each#1/lin", "each#1/norm", "head")


def test_losses_inside_are_told_alone() -> None:
    events, trainer = run(FEATURES["a_loss_inside"]())
    steps = of(Steps, events)
    names = list(steps[0].losses)
    assert names == ["aside.loss", "twice.loss", "loss"]
    first = steps[0]
    total = 0.5 * first.losses["aside.loss"] + 0.5 * first.losses["twice.loss"]
    assert abs(total + first.losses["loss"] - first.loss).max() < 1e-5
    (end, *_) = of(EpochEnd, events)
    assert {"loss.aside.loss", "loss.twice.loss", "loss.loss", "accuracy"} <= set(end.train)
    assert set(end.train) == set(end.validation)
    assert trainer.result is not None


def test_a_frozen_place_keeps_its_weights() -> None:
    project = FEATURES["frozen_and_chosen"]()
    assert not any(path.startswith("main:one/") for path in moved(project))
    assert "block:widen" in moved(project)
    project = FEATURES["a_teacher_and_its_student"]()
    assert not any(path.startswith("main:teacher") for path in moved(project))


def test_what_only_training_reaches_is_trained() -> None:
    """Evaluated, a draw is its mean; the spread still has to learn."""
    project = FEATURES["a_variational_autoencoder"]()
    graph = project.graph.remove(["prior"])
    assert "encode/spread" in ready(project.with_graph(graph)).phases[0].nodes


def test_a_phase_trains_only_what_its_loss_reaches() -> None:
    main = net(
        "",
        ("point", "input", (), {}),
        dense("a", "point", 4),
        ("stop", "detach", "a", {}),
        dense("b", "stop", 2),
        ("loss", "cross_entropy", "b", {}),
    )
    assert ready(made(main, MOONS)).phases[0].nodes == ("b",)


# -- small things


@pytest.mark.parametrize(
    ("chosen", "path", "expected"),
    [
        ((), "n1", True),
        (("n1",), "n1", True),
        (("n1",), "n12", False),
        (("n1",), "n1/n2#3/n4", True),
        (("n1/n2",), "n1/n2#3/n4", True),
        (("n1/n2#3",), "n1/n2#3/n4", True),
        (("n1/n2#3",), "n1/n2#31/n4", False),
        (("n1/n2#2",), "n1/n2#3/n4", False),
        (("n1/n2/n4",), "n1/n2#3/n4", True),
        (("n4",), "n1/n4", False),
    ],
)
def test_naming_a_place_names_all_inside(
    chosen: tuple[str, ...], path: str, expected: bool
) -> None:
    assert trains(chosen, path) is expected


def test_numbers_of_steps_in_turns() -> None:
    turns = Turns((2, 3), 5)
    assert turns.per_epoch == 3
    assert turns.steps_per_epoch == 15
    assert [turns.number(0, n) for n in range(5)] == [0, 2, 5, 7, 10]
    assert [turns.number(1, n) for n in range(5)] == [0, 1, 3, 5, 6]
    assert turns.stride(0, 0, 4) == 2.5
    assert turns.stride(0, 1, 1) == 3.0
    assert [turns.left(1, turn=1, count=n) for n in (3, 5, 6, 7)] == [3, 1, 0, 0]
    alone = Turns((4,), 5)
    assert alone.steps_per_epoch == alone.per_epoch == 5
    assert alone.number(0, 7) == 7
    assert alone.stride(0, 7, 5) == 1.0


def test_figures_of_later_phases_bear_their_names() -> None:
    phases = [Phase(name="a"), Phase(name="b"), Phase(name="b"), Phase(name="", network="tower")]
    assert labels(phases) == ("", "b.", "b 2.", "tower.")


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ("loss", "lower"),
        ("loss.accuracy", "lower"),
        ("accuracy.head", "higher"),
        ("generator.loss", "lower"),
        ("critic.accuracy", "higher"),
        ("critic.mae.head", "lower"),
    ],
)
def test_what_is_better(figure: str, expected: str) -> None:
    assert better(figure) == expected


def test_early_stopping_may_watch_another_phase() -> None:
    project = FEATURES[GAN]()
    stopping = project.training.early_stopping.but(
        enabled=True, metric="generator.loss", patience=1
    )
    _, trainer = run(project.with_training(early_stopping=stopping, epochs=3))
    assert trainer.result is not None


def test_a_failure_inside_names_node_and_network() -> None:
    project = FEATURES[GAN]()
    broken = adversaries()["critic"].set_params("score", {"out_features": 2})
    events: list[Event] = []
    Trainer(project.with_graph(broken, "critic"), events.append, Control()).run()
    assert of(Failed, events) == []
    project = project.with_phase(1, network="nowhere")
    Trainer(project, events.append, Control()).run()
    assert "'nowhere'" in of(Failed, events)[0].message
    fast = project.training.phases[0].optimizer.but(id="sgd", params={"lr": 1e30})
    project = FEATURES[GAN]().with_phase(1, optimizer=fast, steps=1)
    events.clear()
    Trainer(project, events.append, Control()).run()
    (failed,) = of(Failed, events)
    assert failed.network in ("main", "fool")
    assert "/" in failed.node
