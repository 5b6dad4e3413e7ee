"""Neural ODEs: a network of the project as the right side of an equation, solved and exported."""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine import files, flows, networks
from engine.catalog.layers.ode import ADAPTIVE, FIXED
from engine.catalog.spec import Field
from engine.compile import compile_graph, compile_networks
from engine.data import describe
from engine.export.python import export
from engine.graph import Graph
from engine.scope import Scope
from engine.session import run_headless
from engine.shapes import analyse
from engine.train.failure import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from engine.project import Project

FIELDS = {
    "x": Field(name="x", shape=(2,)),
    "y": Field(name="y", shape=(2,), role="target"),
}
TURN = torch.tensor([[0.0, -2.0], [2.0, 0.0]])
"""dh/dt = TURN h goes round in a circle, 2 radians in one unit of time."""


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)


def slope(*layers: tuple[str, dict[str, Any]], timed: bool = False) -> Graph:
    """Return a network: its state, perhaps its time, then these layers in a row."""
    graph, last = Graph(title="Slope").add("input", "state")
    if timed:
        graph, time = graph.add("input", "time")
        graph, both = graph.add("concatenate", "both")
        graph = graph.connect(last, both).connect(time, both)
        last = both
    for spec, params in layers:
        graph, node = graph.add(spec, **params)
        graph, last = graph.connect(last, node), node
    graph, end = graph.add("output")
    return graph.connect(last, end)


def main(**params: Any) -> tuple[Graph, str]:
    """Return a network that integrates `slope`, and the id of the node that does."""
    graph, x = Graph().add("input", "x", field="x")
    graph, ode = graph.add("neural_ode", "ode", **{"network": "slope", **params})
    graph, loss = graph.add("mse", "loss", field="y")
    graph = graph.connect(x, ode).connect(ode, loss, source_port="out", target_port="prediction")
    for port in ("out", "path"):
        graph, end = graph.add("output")
        graph = graph.connect(ode, end, source_port=port)
    return graph, ode


def scope(inner: Graph) -> Scope:
    return Scope(FIELDS, {"slope": inner})


LINEAR = ("dense", {"out_features": 2, "bias": False})


def bent(size: int) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return layers with a tanh between them."""
    return (("dense", {"out_features": 8}), ("tanh", {}), ("dense", {"out_features": size}))


def turning(**params: Any) -> Any:
    """Return a compiled network whose state goes round in a circle."""
    network = compile_graph(main(**params)[0], scope(slope(LINEAR)))
    with torch.no_grad():
        next(network.parameters()).copy_(TURN)
    return network


def exact(x: torch.Tensor, time: float) -> torch.Tensor:
    turned: torch.Tensor = torch.matrix_exp(TURN * time)
    return x @ turned.T


@pytest.mark.parametrize("method", [*ADAPTIVE, *FIXED])
def test_every_solver_follows_the_exact_path(method: str) -> None:
    network = turning(method=method, points=5, end=0.8, rtol=1e-5, atol=1e-6, steps=400)
    x = torch.randn(6, 2)
    out, path = network(x)
    close = {"euler": 3e-2, "fehlberg2": 1e-2}.get(method, 1e-3)
    assert path.shape == (6, 5, 2)
    for place in range(5):
        torch.testing.assert_close(path[:, place], exact(x, 0.2 * place), atol=close, rtol=0)
    assert torch.equal(out, path[:, -1])


def test_fixed_steps_are_the_steps_of_the_formula() -> None:
    x = torch.randn(4, 2)
    euler = x
    for _ in range(7):
        euler = euler + euler @ TURN.T / 7
    out, _ = turning(method="euler", steps=7)(x)
    torch.testing.assert_close(out, euler)


def test_time_can_run_backwards() -> None:
    x = torch.randn(4, 2)
    there = turning(rtol=1e-6, atol=1e-7)(x)[0]
    back = turning(rtol=1e-6, atol=1e-7, start=1.0, end=0.0)(there)[0]
    torch.testing.assert_close(back, x, atol=1e-4, rtol=0)


def test_the_second_input_is_the_time() -> None:
    inner = slope(("dense", {"out_features": 2, "bias": False}), timed=True)
    network = compile_graph(main(rtol=1e-6, atol=1e-7)[0], scope(inner))
    with torch.no_grad():
        next(network.parameters()).copy_(torch.tensor([[0.0, 0, 1], [0, 0, 0]]))
    x = torch.randn(3, 2)
    torch.testing.assert_close(network(x)[0], x + torch.tensor([0.5, 0]), atol=1e-5, rtol=0)


def test_the_adjoint_gives_the_gradients_of_the_steps() -> None:
    layers = bent(2)
    found: list[list[torch.Tensor]] = []
    for adjoint in (False, True):
        torch.manual_seed(1)
        graph, _ = main(adjoint=adjoint, rtol=1e-6, atol=1e-7)
        network = compile_graph(graph, scope(slope(*layers)))
        torch.manual_seed(2)
        network.train_forward(torch.randn(5, 2), torch.randn(5, 2))[0].backward()
        found.append([p.grad for p in network.parameters() if p.grad is not None])
    assert len(found[0]) == len(found[1]) == 4
    for plain, adjoint in zip(*found, strict=True):
        torch.testing.assert_close(plain, adjoint, atol=1e-4, rtol=1e-3)


def test_weights_are_named_by_their_path() -> None:
    graph, ode = main()
    inner = slope(LINEAR)
    network = compile_graph(graph, scope(inner))
    dense = next(n.id for n in inner.nodes.values() if n.spec == "dense")
    assert list(network.state_dict()) == ["ode.dense.weight"]
    assert network.weight_paths["ode.dense.weight"].endswith(f"{ode}/{dense}/weight")
    assert [tap.node for tap in network.taps] == [ode]


def test_what_the_analysis_tells() -> None:
    graph, ode = main(points=3, method="rk4", steps=10)
    found = analyse(graph, scope(slope(LINEAR)))
    assert found.ok
    info = found.nodes[ode]
    assert {port: str(spec) for port, spec in info.outputs.items()} == {
        "out": "N × 2",
        "path": "N × 3 × 2",
    }
    assert info.parameters == found.parameters == 4
    assert info.flops == 40 * info.copies[0].flops > 0


def complaint(inner: Graph | None = None, **params: Any) -> str:
    graph, ode = main(**params)
    known = scope(inner if inner is not None else slope(LINEAR))
    problems = [p for p in analyse(graph, known).problems if p.here == ode]
    assert problems
    return problems[0].message


def test_mistakes_get_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = slope(("dense", {"out_features": 3}))
    assert "“Slope” puts out N × 3" in complaint(wide)
    assert "places no network yet" in complaint(network="")
    assert "starts and ends at the time 0" in complaint(end=0.0)
    many = wide.add("input", "a")[0].add("input", "b")[0]
    assert "it has 3 and 1" in complaint(many)
    lossy, _ = slope(LINEAR).add("mean_value")
    assert "a loss or a display" in complaint(lossy)
    itself = slope(("neural_ode", {"network": "slope"}))
    assert "inside itself" in complaint(itself)
    monkeypatch.setattr(flows, "PACKAGE", "torchdiffeq_that_is_not_there")
    assert "pip install torchdiffeq" in complaint()


def test_the_package_is_the_only_one_asked_for() -> None:
    assert importlib.util.find_spec(flows.PACKAGE) is not None


@pytest.fixture
def same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Project], None]:
    """Train a project and run its script; both must come to the same weights."""

    def run(project: Project) -> None:
        project = files.loads(files.dumps(project))
        script = tmp_path / "script.py"
        script.write_text(export(project))
        expected = run_headless(project)
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", [str(script), "--json"])
        runpy.run_path(str(script), run_name="__main__")
        result = json.loads(capsys.readouterr().out)
        assert result["parameters_sha256"] == expected["parameters_sha256"]

    return run


def spirals(**params: Any) -> Project:
    project = files.template("neural-ode-spirals").with_training(epochs=1, device="cpu")
    graph = project.graph
    ode = next(n.id for n in graph.nodes.values() if n.spec == "neural_ode")
    return project.with_graph(graph.set_params(ode, params))


@pytest.mark.parametrize(
    "params",
    [{"adjoint": True}, {"method": "rk4", "steps": 5}, {"method": "dopri5", "points": 4}],
    ids=["adjoint", "rk4", "path"],
)
def test_the_script_trains_to_the_same_weights(
    params: dict[str, Any], same: Callable[[Project], None]
) -> None:
    same(spirals(**params))


@pytest.mark.parametrize("weights", ["own", "shared"])
@pytest.mark.parametrize("inside", [False, True], ids=["beside the loss", "with the loss inside"])
def test_networks_around_and_inside_are_exported(
    weights: Any, inside: bool, same: Callable[[Project], None]
) -> None:
    project = spirals(adjoint=True)
    key = next(k for k in project.networks if k != project.main)
    if inside:
        nodes = project.graph.nodes.values()
        ends = [n.id for n in nodes if n.spec in ("neural_ode", "cross_entropy")]
        ends += [n.id for n in nodes if n.name == "scores"]
        project = networks.extract(project, project.main, ends, "Part").project
    second = next(n.id for n in project.networks[key].nodes.values() if n.name == "dense2")
    made = networks.extract(project, key, [second], "Middle")
    project = networks.set_weights(made.project, key, made.node, weights).project
    assert describe(project.data).fields
    same(project)


def test_the_time_reaches_the_script(same: Callable[[Project], None]) -> None:
    project = spirals()
    key = next(k for k in project.networks if k != project.main)
    same(project.with_graph(slope(*bent(4), timed=True), key))


def test_renaming_and_deleting_know_the_place() -> None:
    project = spirals()
    key = next(k for k in project.networks if k != project.main)
    assert [place[0] for place in networks.uses(project, key)] == [project.main]
    with pytest.raises(networks.NetworkError):
        networks.delete(project, key)


def test_a_state_that_overflows_ends_in_a_sentence_with_the_name() -> None:
    outer, ode = main()
    bundle = compile_networks({"main": outer}, scope(slope(LINEAR)))
    network = bundle.networks["main"]
    with torch.no_grad():
        next(network.parameters()).copy_(200 * torch.eye(2))
    with pytest.raises(ValueError, match="too fast") as caught:
        network.train_forward(torch.ones(2, 2), torch.zeros(2, 2))
    sentence, node, key = explain(caught.value, bundle)
    assert sentence.startswith("'ode' stopped the run: the state changes too fast")
    assert (node, key) == (ode, "main")
