"""Forecasts against what torch's own allocator says, and against planted limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch.profiler import ProfilerActivity
from torch.profiler import profile as torch_profile

from engine import files
from engine.data import describe
from engine.preflight.forecast import batch_of, forecast, free_memory, largest_batch
from engine.profile.rehearsal import rehearse
from engine.train import chance
from engine.train.failure import Ended
from engine.train.setup import prepare
from tests.engine.train.projects import MLP, NOISY, classes, project

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.project import Project

TOLERANCE = 0.08
"""Where a weight is used twice, its gradients are summed in place by torch and beside here."""


def measured(made: Project, data: Dataset) -> int:
    """Return the bytes held at most in a step, by the allocations that torch's profiler saw."""
    ready = prepare(made.with_training(watch=False, threads=1), data)
    peaks: list[int] = []
    for run in ready.phases:
        batch = run.batches.at(0, 0)

        def step() -> None:
            total, _, _ = run.forward(*batch)  # noqa: B023
            grads = run.gradient(total, run.parameters)  # noqa: B023
            run.check_layout(list(grads))  # noqa: B023
            run.update(run.mended(grads))  # noqa: B023

        step()
        with torch_profile(
            activities=[ProfilerActivity.CPU], profile_memory=True, acc_events=True
        ) as seen:
            step()
        events = seen.profiler.kineto_results.events()
        moves = sorted((e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]")
        live = peak = 0
        for _, size in moves:
            live += size
            peak = max(peak, live)
        peaks.append(peak + sum(t.nbytes for t in batch))
    state = [
        v.nbytes
        for run in ready.phases
        for held in run.stepper.optimizer.state.values()
        for v in held.values()
        if isinstance(v, torch.Tensor)
    ]
    weights = [t.nbytes for t in (*ready.root.parameters(), *ready.root.buffers())]
    return sum(weights) + sum(state) + max(peaks)


@pytest.mark.parametrize(
    "template", ["digits-mlp", "vision-transformer", "gan", "gru-series", "siamese"]
)
def test_memory_is_what_the_allocator_says(template: str, made_data: dict[str, Dataset]) -> None:
    made = files.template(template)
    data = made_data[template]
    told = rehearse(made, data.fields, batch_of(made.training, data.sizes["train"]))
    assert told.total == pytest.approx(measured(made, data), rel=TOLERANCE)


@pytest.fixture(scope="module")
def made_data() -> dict[str, Dataset]:
    """Random data of the shapes that templates read; nothing is loaded."""
    from dataclasses import replace

    found: dict[str, Dataset] = {}
    for name in ("digits-mlp", "vision-transformer", "gan", "gru-series", "siamese"):
        fields = describe(files.template(name).data).fields
        part = {
            key: torch.rand(80, *f.shape)
            if f.dtype == "float32"
            else torch.zeros((80, *f.shape), dtype=torch.int64)
            for key, f in fields.items()
        }
        found[name] = replace(
            classes(4), fields=fields, parts=dict.fromkeys(("train", "validation", "test"), part)
        )
    return found


def test_the_largest_batch_runs_and_twice_as_many_do_not_fit() -> None:
    made, data = project(NOISY, batch_size=8), classes(4096)
    limit = 120_000
    largest = largest_batch(made, data.fields, limit, most=4096)
    assert 32 < largest < 2048
    held = {n: measured(made.with_training(batch_size=n), data) for n in (largest, 2 * largest)}
    assert held[largest] <= limit
    assert held[2 * largest] > limit
    assert largest_batch(made, data.fields, 1 << 30, most=4096) == 4096
    assert largest_batch(made, data.fields, 100, most=4096) == 0


def test_what_must_see_its_numbers_is_drawn_out_from_a_few_samples() -> None:
    made = files.template("neural-ode-spirals")
    told = rehearse(made, describe(made.data).fields, 64)
    assert told.tried
    whole = rehearse(made, describe(made.data).fields, 128)
    assert whole.work == pytest.approx(2 * told.work, rel=0.1)


def test_a_rehearsal_leaves_no_trace_and_can_be_given_up() -> None:
    torch.manual_seed(4)
    before = torch.get_rng_state()
    first = rehearse(project(NOISY), classes().fields)
    assert torch.equal(before, torch.get_rng_state())
    assert first == rehearse(project(NOISY), classes().fields)
    assert torch.zeros(2).relu().tolist() == [0.0, 0.0]
    with pytest.raises(Ended):
        rehearse(project(NOISY), classes().fields, cancelled=lambda: True)
    with chance.running(), pytest.raises(ValueError, match="under way"):
        rehearse(project(NOISY), classes().fields)


def test_a_forecast_tells_memory_time_and_the_largest_batch() -> None:
    data = classes(200)
    made = project(MLP, epochs=7, batch_size=16)
    told = forecast(made, data.fields, data.sizes, limit=1 << 30)
    memory = told.memory
    assert memory.weights == 4 * (8 * 16 + 16 + 16 * 10 + 10)
    assert memory.state == pytest.approx(2 * memory.weights, abs=64)
    assert memory.batch == 16 * (8 * 4 + 8)
    assert memory.total == rehearse(made, data.fields, 16).total
    assert (told.samples, told.largest, told.steps_per_epoch) == (16, 200, 13)
    assert told.epoch == pytest.approx(13 * told.step)
    assert told.run == pytest.approx(7 * told.epoch)
    assert 1e-6 < told.step < 0.1
    nodes = sum(share.seconds for share in told.shares)
    assert 0 < nodes < told.step
    after = told.calibrated(2 * told.step, 123)
    assert after.run == pytest.approx(2 * told.run)
    assert sum(share.seconds for share in after.shares) == pytest.approx(2 * nodes)
    assert after.held == 123
    assert after.step == told.step


def test_memory_of_this_machine() -> None:
    free = free_memory(torch.device("cpu"))
    assert 1 << 20 < free < 1 << 50
