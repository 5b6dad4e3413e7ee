"""A network changed while its run is paused: what stays, what goes on, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine.networks import rename
from engine.project import Choice
from engine.train.control import Control
from engine.train.editing import told
from engine.train.events import Done, Edited, Event, Failed, Finding, StateChanged, Steps
from engine.train.trainer import Trainer
from engine.weights import WeightStore
from tests.engine.feature_projects import FEATURES
from tests.engine.train.projects import MLP, NOISY, classes, project

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.project import Project

    Edit = Callable[[Project], Project]

PAUSE_AT = 5


class Script:
    """Runs a project; once it has taken some steps it is paused and edited, then goes on.

    `look` sees the trainer before and after each edit.
    """

    def __init__(
        self,
        made: Project,
        *edits: Edit,
        moves: dict[str, str] | None = None,
        data: Any = None,
        look: Callable[[Trainer], None] = lambda _: None,
    ) -> None:
        self.events: list[Event] = []
        self._look = look
        self._edits, self._moves = list(edits), moves or {}
        self._control = Control()
        self._control.send("step", PAUSE_AT)
        self.trainer = Trainer(made.with_training(threads=1), self._hear, self._control)
        self.trainer.run(data)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        edited = isinstance(event, Edited) or (isinstance(event, Finding) and event.kind == "edit")
        paused = isinstance(event, StateChanged) and event.state == "paused"
        if edited or paused:
            self._look(self.trainer)
            self._next()

    def _next(self) -> None:
        if not self._edits:
            self._control.send("resume")
            return
        changed = self._edits.pop(0)(self.trainer.project)
        self._control.send("edit", changed, self._moves, {}, "")

    def of(self, kind: type[Any]) -> list[Any]:
        return [e for e in self.events if isinstance(e, kind)]

    @property
    def hash(self) -> str:
        assert self.of(Failed) == []
        (done,) = self.of(Done)
        return done.result["parameters_sha256"]


def same(made: Project) -> Project:
    return made


def unpaused(made: Project, data: Any = None) -> str:
    events: list[Event] = []
    Trainer(made.with_training(threads=1), events.append, Control()).run(data)
    (done,) = [e for e in events if isinstance(e, Done)]
    return done.result["parameters_sha256"]


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": Choice(id="adam", params={"lr": 0.01, "amsgrad": True})},
        {"optimizer": Choice(id="sgd", params={"lr": 0.05, "momentum": 0.9})},
        {"optimizer": Choice(id="adagrad")},
        {"optimizer": Choice(id="rmsprop"), "schedule": Choice(id="exponential")},
        {"optimizer": Choice(id="nadam"), "clip_norm": 0.5},
        {"schedule": Choice(id="one_cycle")},
        {"schedule": Choice(id="plateau")},
    ],
    ids=lambda changes: "-".join(getattr(c, "id", "") for c in changes.values()),
)
def test_an_edit_that_changes_nothing_changes_no_bit(changes: dict[str, Any]) -> None:
    made = project(NOISY, epochs=4, batch_size=20).with_phase(**changes)
    data = classes()
    ran = Script(made, same, same, data=data)
    assert len(ran.of(Edited)) == 2
    assert ran.hash == unpaused(made, data)


@pytest.mark.parametrize("name", ["a_generator_and_its_adversary", "a_network_in_two_splits"])
def test_phases_go_on_in_the_midst_of_a_turn(name: str) -> None:
    made = FEATURES[name]()
    ran = Script(made, same)
    assert len(ran.of(Edited)) == 1
    assert ran.hash == unpaused(made)
    steps = ran.of(Steps)
    assert {s.phase for s in steps} == {0, 1}


def test_the_run_stays_paused_and_says_what_can_be_watched() -> None:
    ran = Script(project(), same, data=classes())
    place = [type(e) for e in ran.events].index(Edited)
    (edited,) = ran.of(Edited)
    assert edited.step == PAUSE_AT
    assert "4 weight tensors kept" in edited.text
    assert [n for n, _ in edited.phases[0].nodes] == ["n2", "n3", "n4"]
    before, after = ran.events[place - 1], ran.events[place + 1]
    assert before == StateChanged("paused")
    assert after == StateChanged("running")
    assert sum(len(s.loss) for s in ran.of(Steps)) == 6


def widened(made: Project) -> Project:
    return made.with_graph(made.graph.set_params("n2", {"out_features": 24}))


def inserted(made: Project) -> Project:
    graph, new = made.graph.add("dense", node_id="new", out_features=16)
    graph = graph.disconnect(graph.incoming("n3")).connect("n2", new).connect(new, "n3")
    return made.with_graph(graph.change(new, initializer="identity"))


class Weights:
    """Notes the weights and Adam's moments each time the run is looked at."""

    def __init__(self) -> None:
        self.weights: list[dict[str, torch.Tensor]] = []
        self.moments: list[dict[str, torch.Tensor]] = []

    def __call__(self, trainer: Trainer) -> None:
        assert trainer.prepared is not None
        root = trainer.prepared.root
        self.weights.append({k: v.clone() for k, v in root.state_dict().items()})
        state = trainer.prepared.phases[0].stepper.optimizer.state
        self.moments.append(
            {k: state[p]["exp_avg"].clone() for k, p in root.named_parameters() if p in state}
        )


def test_widening_keeps_what_both_have() -> None:
    seen = Weights()
    ran = Script(project(MLP, epochs=3), widened, data=classes(), look=seen)
    before, after = seen.weights[:2]
    assert after["dense.weight"].shape == (24, 8)
    assert torch.equal(after["dense.weight"][:16], before["dense.weight"])
    assert torch.equal(after["dense_2.weight"][:, :16], before["dense_2.weight"])
    assert torch.equal(after["dense_2.bias"], before["dense_2.bias"])
    was, now = seen.moments[:2]
    assert torch.equal(now["dense.weight"][:16], was["dense.weight"])
    assert not now["dense.weight"][16:].any()
    assert ran.hash
    assert ran.trainer.project.graph.nodes["n2"].params["out_features"] == 24


def test_taking_a_widening_back_brings_the_weights_back() -> None:
    seen = Weights()
    narrow = project(MLP, epochs=3).with_training(threads=1)
    Script(narrow, widened, lambda _: narrow, data=classes(), look=seen)
    first, _, last = seen.weights[:3]
    assert all(torch.equal(first[key], last[key]) for key in first)
    was, _, now = seen.moments[:3]
    assert all(torch.equal(was[key], now[key]) for key in was)


def test_an_inserted_identity_changes_nothing_at_first() -> None:
    made = project(MLP, epochs=3)
    seen: list[tuple[torch.Tensor, ...]] = []
    data = classes()

    def look(trainer: Trainer) -> None:
        assert trainer.prepared is not None
        network = trainer.prepared.network
        batch = [data.parts["test"][field] for field in network.fields]
        seen.append(network.predict_forward(*batch))

    ran = Script(made, inserted, data=data, look=look)
    (before,), (after,) = seen[:2]
    torch.testing.assert_close(before, after)
    assert "4 kept" in ran.of(Edited)[0].text.replace(" weight tensors", "")
    assert "2 new" in ran.of(Edited)[0].text
    assert "Added “dense_" in ran.of(Edited)[0].text
    assert ran.hash


def test_a_moved_node_takes_its_weights_along() -> None:
    def other_id(made: Project) -> Project:
        text = made.graph.model_dump_json().replace('"n2"', '"n22"')
        return made.with_graph(type(made.graph).model_validate_json(text))

    seen = Weights()
    made = project(MLP, epochs=3)
    Script(made, other_id, moves={"main:n2": "main:n22"}, data=classes(), look=seen)
    assert torch.equal(seen.weights[0]["dense.weight"], seen.weights[1]["dense.weight"])
    seen = Weights()
    Script(made, other_id, data=classes(), look=seen)
    assert not torch.equal(seen.weights[0]["dense.weight"], seen.weights[1]["dense.weight"])


def test_settings_changed_live_stay() -> None:
    made = project(epochs=3)
    rates: list[float] = []

    def look(trainer: Trainer) -> None:
        assert trainer.prepared is not None
        if not rates:
            trainer.prepared.phases[0].set("lr", 0.0625)
        rates.append(trainer.prepared.phases[0].lr)

    Script(made, widened, data=classes(), look=look)
    assert set(rates) == {0.0625}


def test_a_setting_chosen_anew_counts() -> None:
    made = project(epochs=3).with_phase(schedule=Choice(id="exponential"))
    other = Choice(id="adam", params={"lr": 0.5})
    rates: list[float] = []

    def look(trainer: Trainer) -> None:
        assert trainer.prepared is not None
        rates.append(trainer.prepared.phases[0].lr)

    Script(made, lambda p: p.with_phase(optimizer=other), data=classes(), look=look)
    assert rates[:2] == [pytest.approx(0.00095), 0.5]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda p: p.with_graph(p.graph.remove(["n4"])), "nothing wired"),
        (lambda p: p.with_training(batch_size=7), "batch size"),
        (lambda p: p.with_data(scaling="none"), "data"),
        (lambda p: p.with_training(phases=p.training.phases * 2), "phases"),
        (lambda p: p.with_training(metrics=("mae",)), "'mae'"),
    ],
)
def test_what_cannot_be_is_told_and_the_run_goes_on_as_it_was(edit: Edit, words: str) -> None:
    made, data = project(NOISY, epochs=3), classes()
    ran = Script(made, edit, data=data)
    (finding,) = [f for f in ran.of(Finding) if f.kind == "edit"]
    assert words in finding.message
    assert ran.of(Edited) == []
    assert ran.hash == unpaused(made, data)


def test_a_problem_names_its_node_and_network() -> None:
    made = FEATURES["a_generator_and_its_adversary"]()
    broken = made.networks["critic"].set_params("score", {"out_features": 0})
    ran = Script(made, lambda p: p.with_graph(broken, "critic"))
    (finding,) = [f for f in ran.of(Finding) if f.kind == "edit"]
    assert finding.network in ("main", "fool")
    assert finding.node.endswith("/score")


def test_other_losses_and_phases_trained_can_be_chosen() -> None:
    made = FEATURES["a_generator_and_its_adversary"]()
    ran = Script(made, lambda p: p.with_phase(1, trains=("make/picture",)))
    assert ran.hash
    assert [run.nodes for run in ran.trainer.prepared.phases][1] == ("make/picture",)  # type: ignore[union-attr]


def test_a_new_run_begins_with_the_weights_of_another() -> None:
    data = classes()
    first = Script(project(MLP, epochs=3), data=data)
    store = first.trainer.weights()
    assert len(store) == 4
    events: list[Event] = []
    control = Control()
    again = Trainer(widened(project(MLP)), events.append, control, weights=store)
    seen = Weights()

    def hear(event: Event) -> None:
        events.append(event)
        if isinstance(event, StateChanged) and event.state == "running":
            seen(again)

    again._emit = hear  # type: ignore[method-assign]
    again.run(data)
    kept = store.latest("main:n2/weight")
    assert kept is not None
    assert torch.equal(seen.weights[0]["dense.weight"][:16], kept)
    assert store.latest("main:n2/weight") is kept


def test_an_edit_is_told_in_words() -> None:
    made = project()
    assert told(made, widened(made)) == "Changed “dense”"
    assert told(made, made.with_graph(made.graph.remove(["n3", "n4"]))).startswith("Removed 2")
    assert told(made, rename(made, "main", "Other")) == "Changed the network"


def test_a_store_travels_between_processes() -> None:
    import multiprocessing

    store = WeightStore()
    store.take({"main:n1/weight": torch.arange(6.0).reshape(2, 3)})
    ours, theirs = multiprocessing.Pipe()
    ours.send(store)
    received = theirs.recv()
    assert received.paths() == ("main:n1/weight",)
    assert torch.equal(received.latest("main:n1/weight"), store.latest("main:n1/weight"))
