"""Every tensor of the next step, while paused: true and complete; looking changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn

from engine import files
from engine.session import run_headless
from engine.train.events import Event, Finding, StateChanged, Steps
from engine.train.figures import view
from engine.train.insight import inspect
from engine.train.inspection import Inspection
from engine.train.setup import fingerprint, load_data, prepare
from engine.train.stops import Stops
from tests.engine.sessions import heard, wait
from tests.engine.sketches import dense, net
from tests.engine.train.projects import NOISY, classes, project

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.session import Session
    from engine.train.inspection import TensorView
    from engine.train.setup import Prepared

TEMPLATES = ("gan", "multi-task", "bidirectional-lstm", "transformer-classifier", "rbf-sine")


def only(events: list[Event]) -> Inspection:
    (found,) = [e for e in events if isinstance(e, Inspection)]
    return found


def same(view: TensorView, tensor: torch.Tensor) -> None:
    """Compare a tensor's figures and values with numpy's."""
    values = tensor.detach().numpy()
    assert view.shape == values.shape
    begin = tuple(slice(size) for size in view.values.shape) if values.ndim else ()
    expected = values[begin] if values.ndim else values.reshape(1)
    np.testing.assert_array_equal(view.values, expected)
    assert view.low == values.min()
    assert view.high == values.max()
    assert view.mean == pytest.approx(values.mean(), abs=1e-6)
    assert view.std == pytest.approx(values.std(), rel=1e-4, abs=1e-7)
    assert view.zeros == pytest.approx((values == 0).mean())
    assert view.bad == 0
    if values.min() < values.max():
        counts, _ = np.histogram(values, 64)
        assert view.histogram.sum() == values.size
        assert np.abs(np.cumsum(view.histogram - counts)).max() <= 2 + values.size // 1000


def modules(ready: Prepared, phase: int) -> dict[str, torch.Tensor]:
    """Run a step with torch's own hooks on the modules; return outputs and what came back."""
    found: dict[str, torch.Tensor] = {}
    run = ready.phases[phase]
    batch = run.batches.at(0, 0)
    total = run.network.train_forward(*batch)[0]
    grads = torch.autograd.grad(total, run.parameters)
    names = {id(p): name for name, p in ready.root.named_parameters()}
    found |= {names[id(p)]: g for p, g in zip(run.parameters, grads, strict=True)}
    found["loss"] = total
    return found


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_is_the_step_that_comes_next_and_leaves_no_trace(
    name: str, data_folder: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    made = files.template(name).with_training(device="cpu", threads=1)
    ready = prepare(made, load_data(made))
    for phase, run in enumerate(ready.phases):
        everything = {**ready.root.state_dict(), **dict(ready.root.named_buffers())}
        before, chance = fingerprint(everything), torch.get_rng_state()
        found = inspect(ready, phase, 0, 0)
        assert fingerprint(everything) == before
        assert torch.equal(torch.get_rng_state(), chance)
        by_hand = modules(ready, phase)
        assert found.loss == by_hand["loss"].item()
        paths = {node.node: node for node in found.nodes}
        names = {id(p): name for name, p in ready.root.named_parameters()}
        seen = 0
        for path, parameters in run.network.node_parameters.items():
            gradients = {v.name: v for v in paths[path].of("weight_gradient")}
            for (key, parameter), told in zip(parameters, paths[path].of("weight"), strict=True):
                # A radial layer places its centres in the very pass that is looked at.
                if name != "rbf-sine":
                    same(told, parameter)
                if names.get(id(parameter)) in by_hand:
                    same(gradients[key], by_hand[names[id(parameter)]])
                    seen += 1
        assert seen >= len(run.parameters)
        assert found.samples == tuple(run.batches.rows(0, 0)[: len(found.rows)].tolist())


def test_outputs_and_their_gradients_are_those_of_a_network_written_by_hand() -> None:
    """A sub-network placed twice with the same weights, a recurrent layer, attention."""
    part = net(
        "Part", ("in", "input", (), {}), dense("lin", "in", 8), ("act", "tanh", "lin", {}),
        ("out", "output", "act", {}),
    )  # fmt: skip
    main = net(
        "", ("x", "input", (), {}), ("twice", "@part", "x", {"times": 2, "tied": True}),
        ("rows", "reshape", "twice", {"shape": (4, 2)}),
        ("gru", "gru", "rows", {"hidden_size": 6}),
        ("look", "multi_head_attention", "gru.sequence", {"num_heads": 2}),
        ("flat", "flatten", "look.out", {}), dense("head", "flat", 10),
        ("loss", "cross_entropy", "head", {}),
    )  # fmt: skip
    made = project().but(networks={"main": main, "part": part}).with_training(batch_size=12)
    data = classes()
    ready = prepare(made, data)
    found = {node.node: node for node in inspect(ready, 0, 3, 3).nodes}
    run = ready.phases[0]
    x, target = run.batches.at(0, 3)
    state: dict[str, Any] = {k: v.detach() for k, v in ready.root.state_dict().items()}
    lin = next(k for k in state if k.endswith("lin.weight")).removesuffix(".weight")
    kept: dict[str, torch.Tensor] = {}

    def keep(name: str, value: torch.Tensor) -> torch.Tensor:
        kept[name] = value
        value.retain_grad()
        return value

    weight = state[f"{lin}.weight"].clone().requires_grad_()
    bias = state[f"{lin}.bias"].clone()
    h = x
    for copy in range(2):
        h = keep(f"twice#{copy}/lin", nn.functional.linear(h, weight, bias))
        h = keep(f"twice#{copy}/act", torch.tanh(h))
    gru = nn.GRU(2, 6, batch_first=True)
    gru.load_state_dict({k.partition(".")[2]: v for k, v in state.items() if k.startswith("gru")})
    sequence, _ = gru(keep("rows", h.reshape(12, 4, 2)))
    sequence = keep("gru", sequence)
    attention = nn.MultiheadAttention(6, 2, batch_first=True)
    parts = [state[f"look.{part}.weight"] for part in ("query", "key", "value")]
    biases = [state[f"look.{part}.bias"] for part in ("query", "key", "value")]
    attention.load_state_dict(
        {
            "in_proj_weight": torch.cat(parts),
            "in_proj_bias": torch.cat(biases),
            "out_proj.weight": state["look.out.weight"],
            "out_proj.bias": state["look.out.bias"],
        }
    )
    looked = keep("look", attention(sequence, sequence, sequence, need_weights=False)[0])
    scores = nn.functional.linear(looked.flatten(1), state["head.weight"], state["head.bias"])
    scores = keep("head", scores)
    loss = keep("loss", nn.functional.cross_entropy(scores, target))
    loss.backward()
    assert found["loss"].of("output")[0].mean == pytest.approx(loss.item(), abs=1e-6)
    ports = {"gru": "sequence", "look": "out"}
    for name, mine in kept.items():
        for role, tensor in (("output", mine), ("gradient", mine.grad)):
            views = {v.name: v for v in found[name].of(role)}
            view = views[ports.get(name, "out")]
            assert tensor is not None
            theirs = tensor.detach().numpy().reshape(view.shape or 1)
            np.testing.assert_allclose(view.values, theirs, atol=2e-6, err_msg=f"{name} {role}")
    for number in range(2):
        (view,) = [
            v for v in found[f"twice#{number}/lin"].of("weight_gradient") if v.name == "weight"
        ]
        assert weight.grad is not None
        np.testing.assert_allclose(view.values, weight.grad.numpy(), atol=2e-6)


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_looking_changes_no_bit_of_the_run(isolation: str, started: Callable[..., Session]) -> None:
    made = project(NOISY, epochs=60)
    held = started(made.with_training(isolation=isolation))
    held.pause()
    wait(held, "paused")
    held.inspect()
    first = only(heard(held, Inspection))
    held.step()
    events = again(held)
    (loss,) = [e.loss[0] for e in events if isinstance(e, Steps)]
    assert first.step == 0
    assert np.float32(first.loss) == loss
    held.inspect(batch=5, rows=[3, 1])
    chosen = only(heard(held, Inspection))
    assert (chosen.kind, chosen.batch, chosen.rows) == ("chosen", 5, (3, 1))
    held.inspect(batch=5_000)
    assert (
        "no batch 5000" in next(e for e in heard(held, Finding) if isinstance(e, Finding)).message
    )
    held.run_to(30)
    assert reasons(again(held)) == ["Step 30 is done."]
    held.run_to()
    assert reasons(again(held)) == ["Epoch 1 is done."]
    held.inspect()
    assert only(heard(held, Inspection)).epoch == 1
    held.set_stops(Stops(epochs=True))
    held.resume()
    assert reasons(again(held)) == ["Epoch 2 is done."]
    held.set_stops(Stops(loss=0.01))
    held.resume()
    (reason,) = reasons(again(held))
    assert reason.startswith("The loss of step 81 was"), reason
    held.set_stops(Stops())
    held.resume()
    wait(held, "finished")
    assert held.result is not None
    assert held.result["parameters_sha256"] == run_headless(made)["parameters_sha256"]


def again(held: Session) -> list[Event]:
    """Drain until the run went on and rested again."""
    events: list[Event] = []
    while sum(isinstance(e, StateChanged) for e in events) < 2:
        events += heard(held, StateChanged)
    return events


def reasons(events: list[Event]) -> list[str]:
    return [e.message for e in events if isinstance(e, StateChanged) and e.state == "paused"]


def test_only_a_run_at_rest_is_looked_into(started: Callable[..., Session]) -> None:
    held = started(project(epochs=100_000))
    wait(held, "running")
    with pytest.raises(ValueError, match="this one is running"):
        held.inspect()
    with pytest.raises(ValueError, match="no failed step"):
        held.replay()
    with pytest.raises(ValueError, match="at least 1; received 0"):
        held.run_to(0)


def test_figures_of_odd_tensors() -> None:
    wide = view("out", "output", torch.tensor([-3e38, 3e38, torch.nan, torch.inf]), 4, 8)
    assert (wide.low, wide.high, wide.bad) == pytest.approx((-3e38, 3e38, 0.5))
    assert wide.mean == 0
    assert wide.histogram[[0, -1]].tolist() == [1, 1]
    none = view("out", "output", torch.full((2, 3), torch.nan), 2, 8)
    assert np.isnan(none.low)
    assert (none.bad, none.histogram.sum()) == (1.0, 0)
    one = view("out", "output", torch.full((5,), 2.0), 5, 8)
    assert one.histogram[32] == 5
    whole = view("out", "output", torch.arange(6), 6, 8)
    assert (whole.dtype, whole.mean, whole.whole) == ("int64", 2.5, True)
    turning = view("out", "output", torch.tensor([3 + 4j]), 1, 8)
    assert turning.low == 5
    big = view("out", "output", torch.zeros(2, 3, 300, 300), [1], 10_000)
    assert (big.stride, big.values.shape, big.whole) == (3, (1, 1, 100, 100), False)
