"""Planted faults: each check finds its own, and is quiet about a sound project."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine import files, remedies
from engine.preflight.checkup import check, checks
from engine.preflight.fitting import overfit_batch
from engine.preflight.ground import Ground, Outcome
from engine.train import chance
from engine.train.failure import Ended
from engine.train.setup import fingerprint, prepare
from tests.engine.train.projects import MLP, NOISY, classes, dense, numbers, project

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.project import Project


def found(made: Project, data: Dataset, only: str) -> list[Outcome]:
    return list(check(made, data, (only,)))


def worst(outcomes: list[Outcome]) -> str:
    order = ("fail", "warn", "pass", "skip")
    return min((o.status for o in outcomes), key=order.index)


def changed(data: Dataset, part: str = "train", **fields: torch.Tensor) -> Dataset:
    held = {**data.parts[part], **fields}
    return replace(data, parts={**data.parts, part: held})


@pytest.mark.parametrize("layers", [MLP, NOISY])
def test_a_sound_project_passes_everything(layers: Any) -> None:
    outcomes = check(project(layers), classes())
    assert {o.check for o in outcomes} == set(checks())
    assert [o for o in outcomes if o.status not in ("pass", "skip")] == []
    assert [o.check for o in outcomes if o.status == "skip"] == ["gradient_check"]


def test_checks_leave_no_trace() -> None:
    made, data = project(NOISY), classes()
    torch.manual_seed(3)
    before, weights = torch.get_rng_state(), fingerprint(prepare(made, data).root.state_dict())
    torch.set_rng_state(before)
    rows = data.parts["train"]["features"].clone()
    check(made, data)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(rows, data.parts["train"]["features"])
    assert fingerprint(prepare(made, data).root.state_dict()) == weights


# -- data


def test_a_label_beyond_the_classes_is_found_with_its_part_and_a_fix() -> None:
    data = classes()
    labels = data.parts["validation"]["target"].clone()
    labels[5] = 12
    (outcome,) = found(project(), changed(data, "validation", target=labels), "label_range")
    assert outcome.status == "fail"
    assert "to 12 (validation part)" in outcome.evidence
    assert outcome.fix is not None
    mended = remedies.apply(project(), outcome.fix)
    assert mended.graph.nodes["n4"].params["out_features"] == 13
    assert worst(found(mended, changed(data, "validation", target=labels), "label_range")) == "pass"


def test_a_binary_target_must_lie_between_0_and_1() -> None:
    data = numbers()
    made = project((dense(8), ("relu", {}), dense(1)), "bce_with_logits")
    assert worst(found(made, data, "label_range")) == "fail"
    held = {p: {**f, "target": (f["target"] > 0).float()} for p, f in data.parts.items()}
    assert worst(found(made, replace(data, parts=held), "label_range")) == "pass"


def test_a_class_without_samples_and_one_that_drowns() -> None:
    data = classes(400)
    labels = data.parts["train"]["target"].clone()
    labels[labels == 7] = 3
    (gone,) = found(project(), changed(data, target=labels), "class_balance")
    assert (gone.status, "“7”" in gone.evidence) == ("warn", True)
    labels = torch.where(torch.arange(400) < 10, torch.arange(400) % 10, torch.zeros(()).long())
    (drowned,) = found(project(), changed(data, target=labels), "class_balance")
    assert (drowned.status, "“0” has 97.8%" in drowned.evidence) == ("warn", True)


def test_rows_in_two_parts_are_counted() -> None:
    data = classes()
    rows = data.parts["test"]["features"].clone()
    rows[:5] = data.parts["train"]["features"][10:15]
    outcomes = found(project(), changed(data, "test", features=rows), "duplicates")
    assert [o.status for o in outcomes] == ["pass", "warn"]
    assert outcomes[1].evidence.startswith("5 of 32 test samples")
    twice = data.parts["train"]["features"].clone()
    twice[40:60] = twice[:20]
    (*_, again) = found(project(), changed(data, features=twice), "duplicates")
    assert again.evidence == "20 of 96 training samples repeat another one."


@pytest.mark.parametrize(
    ("factor", "shift", "status"), [(1, 0, "pass"), (1000, 0, "warn"), (1, 500, "warn")]
)
def test_sizes_of_inputs(factor: float, shift: float, status: str) -> None:
    data = classes()
    rows = data.parts["train"]["features"] * factor + shift
    made = project().with_data(scaling="none")
    (outcome,) = found(made, changed(data, features=rows), "input_scaling")
    assert outcome.status == status
    assert outcome.node == "n1"
    if status == "warn":
        assert outcome.fix is not None
        assert remedies.apply(made, outcome.fix).data.scaling == "standardize"


def test_inputs_that_are_no_numbers_or_never_change() -> None:
    data = classes()
    rows = data.parts["train"]["features"].clone()
    rows[3, 2] = math.nan
    assert worst(found(project(), changed(data, features=rows), "input_scaling")) == "fail"
    still = torch.ones_like(rows)
    assert worst(found(project(), changed(data, features=still), "input_scaling")) == "fail"


# -- the first step


def test_the_loss_at_the_start_is_held_against_ln_c() -> None:
    (outcome,) = found(project(), classes(), "initial_loss")
    assert outcome.status == "pass"
    assert f"has {math.log(10):.2f}".rstrip("0") in outcome.evidence
    assert "(ln 10)" in outcome.evidence
    sure = project(initializer="normal", initializer_params={"std": 3.0})
    assert worst(found(sure, classes(), "initial_loss")) == "warn"


def test_other_losses_have_expectations_of_their_own() -> None:
    data = numbers()
    held = {p: {**f, "target": (f["target"] > 0).float()} for p, f in data.parts.items()}
    binary = project((dense(8), ("relu", {}), dense(1)), "bce_with_logits")
    (outcome,) = found(binary, replace(data, parts=held), "initial_loss")
    assert "0.693" in outcome.evidence
    target = data.parts["train"]["target"]
    first = prepare(project((dense(1),), "mse"), data).phases[0].batches.at(0, 0)[1]
    (squared,) = found(project((dense(1),), "mse"), data, "initial_loss")
    assert f"{float(first.var(correction=0)):.3g}" in squared.evidence
    far = changed(data, target=target + 300)
    (high,) = found(project((dense(1),), "mse"), far, "initial_loss")
    assert high.status == "fail"


def test_a_layer_that_leads_to_no_loss_and_one_behind_a_dead_relu() -> None:
    made = project()
    graph, node = made.graph.add("dense", out_features=3)
    graph, end = graph.connect("n1", node).add("output")
    beside = made.with_graph(graph.connect(node, end))
    (outcome,) = found(beside, classes(), "gradients_reach")
    assert (outcome.status, outcome.node) == ("warn", node)
    graph = made.graph.change("n2", initializer="zeros", initial_bias=-1.0)
    outcomes = found(made.with_graph(graph), classes(), "gradients_reach")
    assert ("fail", "n2") in [(o.status, o.node) for o in outcomes]


def test_a_batch_of_one_sample_is_found_where_batch_norm_refuses_it() -> None:
    made, data = project(NOISY, batch_size=19), classes(96)
    outcomes = found(made, data, "batch_sizes")
    assert outcomes[0].status == "fail"
    assert outcomes[0].node == "n3"
    assert outcomes[0].fix is not None
    mended = remedies.apply(made, outcomes[0].fix)
    assert worst(found(mended, data, "batch_sizes")) == "pass"
    assert worst(found(project(MLP, batch_size=19), data, "batch_sizes")) == "pass"


def test_what_draws_from_a_source_of_its_own_is_not_repeatable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert worst(found(project(NOISY), classes(), "repeatable")) == "pass"
    free = torch.Generator()
    free.seed()
    plain = torch.nn.ReLU.forward
    monkeypatch.setattr(
        torch.nn.ReLU,
        "forward",
        lambda self, x: plain(self, x + torch.rand(x.shape, generator=free)),
    )
    (outcome,) = found(project(MLP), classes(), "repeatable")
    assert (outcome.status, outcome.node) == ("warn", "n2")


# -- learning


def test_one_batch_is_learned_by_heart_and_its_losses_are_told() -> None:
    seen: list[float] = []
    outcomes = check(
        project(NOISY), classes(), ("overfit_batch",), seen=lambda _step, loss: seen.append(loss)
    )
    assert outcomes[0].status == "pass"
    assert list(outcomes[0].curve) == seen[-len(outcomes[0].curve) :]
    assert outcomes[0].curve[-1] < outcomes[0].curve[0] / 2


def test_what_cannot_learn_is_found() -> None:
    data = classes()
    same = changed(data, features=torch.ones_like(data.parts["train"]["features"]))
    outcome = found(project(MLP), same, "overfit_batch")[0]
    assert outcome.status in ("warn", "fail")
    assert outcome.curve


def test_two_players_are_left_out() -> None:
    ground = Ground(files.template("gan"), classes())
    (outcome,) = overfit_batch(ground, samples=4, steps=3, seconds=1.0)
    assert outcome.status == "skip"


# -- around


def test_checks_can_be_given_up_and_wait_for_no_run() -> None:
    count = iter(range(1000))
    with pytest.raises(Ended):
        check(project(), classes(), cancelled=lambda: next(count) >= 3)
    with chance.running(), pytest.raises(ValueError, match="under way"):
        check(project(), classes())


def test_what_stands_in_the_way_of_all_checks_is_told_once() -> None:
    made = project((dense(16), ("relu", {}), dense(9)))
    outcomes = check(made, classes())
    told = [o for o in outcomes if "could not be made" in o.evidence]
    assert len(told) == 7
    assert [o.status for o in told] == ["fail"] + ["skip"] * 6
    assert "9 scores" in told[0].evidence
    assert told[0].node == "n5"


def test_progress_names_every_check() -> None:
    told: list[str] = []
    check(project(), classes(), told=lambda text, share: told.append(f"{text} {share:.1f}"))
    assert len(told) == len(checks())
    assert told[0] == "Labels in range 0.0"
