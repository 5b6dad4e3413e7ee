"""State carried over batches: the order they come in, where it is forgotten, figures, export."""

from __future__ import annotations

import itertools
import json
import runpy
import sys
from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine.data.batches import Batches
from engine.data.dataset import load
from engine.export.python import ExportError, export
from engine.project import Choice, DataRecipe, Phase, Project, Split
from engine.session import run_headless
from engine.train.carrying import rows
from engine.train.evaluate import evaluate, evaluating
from engine.train.setup import prepare
from tests.engine.sketches import dense, made, net

if TYPE_CHECKING:
    from pathlib import Path

RISING = DataRecipe(
    source=Choice(id="series_csv", params={"window": 4, "horizon": 1}),
    split=Split(train=0.6, validation=0.2, test=0.2, method="time"),
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    torch.manual_seed(0)
    values = (torch.randn(150).cumsum(0) / 5).tolist()
    path = tmp_path / "series.csv"
    path.write_text("value\n" + "\n".join(f"{v:.4f}" for v in values))
    main = net(
        "",
        ("window", "input", (), {}),
        ("memory", "lstm", "window", {"hidden_size": 5, "stateful": True}),
        dense("next", "memory.last", 1),
        ("loss", "mse", "next", {}),
    )
    source = Choice(id="series_csv", params={**RISING.source.params, "path": str(path)})
    return made(main, RISING.but(source=source)).with_training(epochs=3, batch_size=9)


@pytest.mark.parametrize(("samples", "size"), [(10, 4), (9, 4), (12, 4), (7, 1), (5, 9), (100, 64)])
def test_each_row_goes_on_where_it_was(samples: int, size: int) -> None:
    part = {"x": torch.arange(samples)}
    batches = Batches(part, ("x",), size, 0, carried=True)
    epoch = [batch[0] for batch in batches.epoch(5)]
    assert len(epoch) == len(batches) == -(-samples // size)
    assert torch.cat(epoch).sort().values.tolist() == list(range(samples))
    assert torch.equal(torch.cat(epoch), batches.order(0))
    assert [len(b) for b in epoch] == batches.sizes
    assert max(batches.sizes) <= size
    for place, (before, after) in enumerate(itertools.pairwise(epoch)):
        assert torch.equal(after, before[: len(after)] + 1)
        assert torch.equal(batches.at(0, place)[0], before)
    assert [b[0].tolist() for b in batches.epoch(0, 1)] == [b.tolist() for b in epoch[1:]]
    assert sum(count * n for count, n in batches.runs) == samples


def by_hand(project: Project, epochs: int) -> tuple[Any, Any]:
    """Return the data and the network trained in plain PyTorch, its state carried over batches."""
    data = load(project.data)
    prepared = prepare(project, data)
    phase, network = prepared.phases[0], prepared.network
    optimizer = torch.optim.Adam(network.parameters(), **dict(project.phase.optimizer.params))
    part, size = data.parts["train"], project.training.batch_size
    samples = len(part["window"])
    steps = -(-samples // size)
    for _ in range(epochs):
        network.memory.reset_state()
        for step in range(steps):
            places = torch.arange(step, samples, steps)
            batch = [part[name][places] for name in network.fields]
            optimizer.zero_grad()
            network.train_forward(*batch)[0].backward()
            optimizer.step()
    assert len(phase.batches) == steps
    return data, network


def test_training_and_figures_are_those_of_a_loop_written_by_hand(project: Project) -> None:
    result: Any = run_headless(project)
    data, network = by_hand(project, 3)
    network.memory.reset_state()
    network.eval()
    part, size = data.parts["test"], project.training.batch_size
    samples = len(part["window"])
    steps, total = -(-samples // size), 0.0
    with torch.no_grad():
        for step in range(steps):
            batch = [part[name][step::steps] for name in network.fields]
            total += network.train_forward(*batch)[0].item() * len(batch[0])
    assert result["test"]["loss"] == pytest.approx(total / samples, rel=1e-4)


def test_figures_begin_anew_and_training_misses_nothing(project: Project) -> None:
    data = load(project.data)
    network = prepare(project, data).network
    part = data.parts["train"]
    batch = [part[name][:4] for name in network.fields]
    network.memory.reset_state()
    network.train_forward(*batch)
    kept = network.memory.carried[0].clone()
    with evaluating(network):
        assert network.memory.carried is None
        network.train_forward(*batch)
    assert torch.equal(network.memory.carried[0], kept)
    figures = [
        evaluate(network, network.train_forward, part, (), rows=rows(project.training))
        for _ in range(2)
    ]
    assert figures[0] == figures[1]
    alone = evaluate(network, network.train_forward, part, ())
    assert alone != figures[0]


@pytest.mark.parametrize("batch", ["mini", "all"])
@pytest.mark.parametrize(
    ("spec", "params"),
    [("lstm", {}), ("gru", {"num_layers": 2}), ("rnn", {}), ("peephole_lstm", {})],
)
def test_its_script_trains_to_the_same_parameters(
    project: Project,
    spec: str,
    params: dict[str, Any],
    batch: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    graph = project.graph.change("memory", spec=spec)
    graph = graph.set_params("memory", {"hidden_size": 5, "stateful": True, **params})
    project = project.but(networks={"main": graph}).with_training(batch=batch, device="cpu")
    expected: Any = run_headless(project)
    script = tmp_path / "script.py"
    script.write_text(export(project))
    threads = torch.get_num_threads()
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", [str(script), "--json"])
    runpy.run_path(str(script), run_name="__main__")
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)
    result = json.loads(capsys.readouterr().out)
    assert result["parameters_sha256"] == expected["parameters_sha256"]
    for part in ("train", "validation", "test"):
        assert result[part] == pytest.approx(expected[part], rel=1e-6)


def test_several_phases_carry_state_here_and_are_not_exported(project: Project) -> None:
    phases = tuple(Phase(name=name, network="main") for name in ("one", "two"))
    project = project.with_training(phases=phases, epochs=1)
    assert run_headless(project)["test"]["loss"] > 0
    with pytest.raises(ExportError, match="Stateful"):
        export(project)
