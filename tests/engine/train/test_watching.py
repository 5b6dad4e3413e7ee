"""Looking into a node: what is told equals a run by hand, and training does not notice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from engine import files
from engine.session import Session
from engine.train import events as ev
from engine.train.setup import load_data, prepare
from engine.train.watching import Watching
from tests.engine.sessions import heard, wait
from tests.engine.train.projects import classes, dense, project

if TYPE_CHECKING:
    from pathlib import Path

    from engine.project import Project
    from engine.train.setup import Prepared


def prepared(root: Path, name: str) -> Prepared:
    project = files.load(root / "resources" / "templates" / f"{name}.loom")
    project = project.with_training(device="cpu", threads=1)
    data = load_data(project)
    return prepare(project, data)


def node(made: Prepared, spec: str) -> str:
    graph = made.project.networks["main"]
    return next(n.id for n in graph.nodes.values() if n.spec == spec)


def sheets(made: Prepared, path: str, sample: int = 3) -> dict[str, ev.Sheet]:
    watching = Watching(made.phases, made.data)
    watching.look(path, "", sample)
    (told,) = watching.draw(7)
    assert isinstance(told, ev.Watched), told
    assert (told.step, told.node, told.sample) == (7, path, sample)
    return {sheet.kind: sheet for sheet in told.sheets}


def inputs(made: Prepared, sample: int = 3) -> list[torch.Tensor]:
    part = made.data.parts["validation"]
    return [part[name][sample : sample + 1] for name in made.network.input_fields]


@pytest.fixture(scope="module")
def cnn(root: Path) -> Prepared:
    return prepared(root, "fashion-cnn")


def test_what_was_told_of_weights_stays_while_they_change() -> None:
    made = prepare(project([dense(6), dense(10)]), classes())
    told = sheets(made, "n2")["kernels"].images
    before = told.copy()
    with torch.no_grad():
        for parameter in made.network.parameters():
            parameter.add_(1.0)
    np.testing.assert_array_equal(told, before)


def test_feature_maps_equal_a_forward_hook(cnn: Prepared) -> None:
    path = node(cnn, "conv2d")
    found = sheets(cnn, path)
    module = cnn.network.module_at(path)
    assert isinstance(module, torch.nn.Conv2d)
    cnn.network.eval()
    with torch.no_grad():
        wanted = module(inputs(cnn)[0])[0].numpy()
    cnn.network.train()
    assert np.array_equal(found["maps"].images, wanted)
    assert found["maps"].shape == wanted.shape
    kernels = module.weight.detach().flatten(0, 1).numpy()
    assert np.array_equal(found["kernels"].images, kernels)
    assert found["kernels"].name == "weight"


def test_a_layer_of_numbers_shows_them_and_its_matrix(cnn: Prepared) -> None:
    found = sheets(cnn, node(cnn, "dense"))
    assert found["values"].images.shape[:2] == (1, 1)
    rows, columns = found["kernels"].images.shape[1:]
    assert max(rows, columns) <= 128
    assert found["kernels"].shape[1:] == (128, 3136)


def test_nothing_of_training_changes(cnn: Prepared) -> None:
    state = {name: value.clone() for name, value in cnn.root.state_dict().items()}
    before = torch.get_rng_state()
    sheets(cnn, node(cnn, "dropout"))
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(state[name], value) for name, value in cnn.root.state_dict().items())
    assert cnn.network.training


def test_attention_is_that_of_the_module_and_its_rows_sum_to_one(root: Path) -> None:
    made = prepared(root, "vision-transformer")
    watching = Watching(made.phases, made.data)
    steps = made.network._plan.every
    path = next(s.path for s in steps if s.spec.id == "multi_head_attention")
    found = sheets(made, path)
    weights = found["attention"].images
    module = made.network.module_at(path)
    heads = module.num_heads
    assert weights.shape[0] == heads
    assert np.allclose(weights.sum(2), 1, atol=1e-5)
    met: list[torch.Tensor] = []
    handle = module.register_forward_hook(lambda _m, args, _o: met.append(args[0]))
    made.network.eval()
    with torch.no_grad():
        made.network.predict_forward(
            *[made.data.parts["validation"][name][3:4] for name in made.network.fields]
        )
        x = met[0]
        q, k = module.query(x), module.key(x)
        size = q.shape[-1] // heads
        by_hand = [
            torch.softmax(
                q[0, :, h * size : (h + 1) * size]
                @ k[0, :, h * size : (h + 1) * size].T
                / size**0.5,
                -1,
            )
            for h in range(heads)
        ]
    handle.remove()
    made.network.train()
    assert np.allclose(weights, torch.stack(by_hand).numpy(), atol=1e-6)
    assert not watching.draw(0)


def test_states_of_a_recurrent_layer_run_over_the_steps(root: Path) -> None:
    made = prepared(root, "gru-series")
    steps = made.network._plan.every
    step = next(s for s in steps if s.spec.id == "gru")
    found = sheets(made, step.path)
    length = inputs(made)[0].shape[1]
    assert found["states"].images.shape == (1, found["states"].shape[1], length)
    taps = made.phases[0].taps
    from engine.train.evaluate import evaluating

    batch = [made.data.parts["validation"][name][3:4] for name in made.network.fields]
    with evaluating(made.network):
        value = made.phases[0].tapped(*batch)[-1][taps.index(step.path)]
    assert np.allclose(found["states"].images[0], value[0].T.numpy(), atol=1e-6)


def test_a_node_that_is_not_there_is_not_watched(cnn: Prepared) -> None:
    watching = Watching(cnn.phases, cnn.data)
    watching.look("nobody", "", 0)
    assert watching.draw(0) == []
    assert watching.due == float("inf")


def small(root: Path, isolation: str) -> Project:
    project = files.load(root / "resources" / "templates" / "digits-mlp.loom")
    return project.with_training(epochs=4, threads=1, isolation=isolation, device="cpu")


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_a_run_that_is_looked_into_ends_with_the_same_weights(root: Path, isolation: str) -> None:
    plain = Session(small(root, isolation))
    plain.start()
    assert plain.join(120)
    seen = Session(small(root, isolation))
    graph = seen.project.networks["main"]
    path = next(n.id for n in graph.nodes.values() if n.spec == "dense")
    seen.start()
    seen.pause()
    wait(seen, "paused")
    seen.watch_node(path)
    told = [e for e in heard(seen, ev.Watched) if isinstance(e, ev.Watched)]
    assert told[0].node == path
    seen.resume()
    assert seen.join(120)
    late = [e for e in seen.drain() if isinstance(e, ev.Watched)]
    assert late
    assert plain.result is not None
    assert seen.result is not None
    assert plain.result["parameters_sha256"] == seen.result["parameters_sha256"]
    seen.close()
    plain.close()
    assert replace(told[0], step=0).sheets[0].images.dtype == np.float32
