"""Recurrent layers against PyTorch's own and against their formulas written out in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.catalog import registry
from engine.catalog.spec import BATCH, TensorSpec
from engine.trace import build, run_function, trace
from tests.engine.catalog.running import complaint, run

X = TensorSpec((BATCH, 5, 4))
GIVEN = {"hidden_size": 6}


def made(spec_id: str, **params: Any) -> Any:
    spec = registry.nodes()[spec_id]
    torch.manual_seed(0)
    module = build(spec, spec.values({**GIVEN, **params}), [X])
    assert module is not None
    return module


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(
    ("spec_id", "theirs", "extra"),
    [
        ("rnn", nn.RNN, {"nonlinearity": "tanh"}),
        ("rnn", nn.RNN, {"nonlinearity": "relu"}),
        ("gru", nn.GRU, {}),
        ("lstm", nn.LSTM, {}),
    ],
)
def test_weights_and_results_are_pytorchs(
    spec_id: str, theirs: Any, extra: dict[str, Any], layers: int, both: bool
) -> None:
    params = {"num_layers": layers, "bidirectional": both, **extra}
    ours = made(spec_id, **params)
    torch.manual_seed(0)
    other = theirs(4, 6, batch_first=True, **params)
    assert list(ours.state_dict()) == list(other.state_dict())
    assert all(torch.equal(v, other.state_dict()[k]) for k, v in ours.state_dict().items())
    x, rows = torch.randn(3, 5, 4), layers * (2 if both else 1)
    start = torch.randn(3, rows * 6)
    inner = start.reshape(3, rows, 6).transpose(0, 1).contiguous()
    given = (start, -start) if spec_id == "lstm" else (start,)
    expected, end = other(x, (inner, -inner) if spec_id == "lstm" else inner)
    sequence, last, *state = run(spec_id, x, *given, module=ours, **GIVEN, **params)
    assert torch.equal(sequence, expected)
    for mine, its in zip(state, end if spec_id == "lstm" else (end,), strict=True):
        assert torch.equal(mine, its.transpose(0, 1).flatten(1))
    ways = 2 if both else 1
    assert torch.equal(last, state[0][:, -6 * ways :])
    fresh = run(spec_id, x, module=ours, **GIVEN, **params)[0]
    assert torch.equal(fresh, other(x)[0])


@pytest.mark.parametrize("spec_id", ["rnn", "gru", "lstm", "peephole_lstm"])
def test_state_passed_on_is_one_long_sequence(spec_id: str) -> None:
    ours, x = made(spec_id), torch.randn(3, 5, 4)
    whole = run(spec_id, x, module=ours, **GIVEN)
    _, _, *state = run(spec_id, x[:, :2], module=ours, **GIVEN)
    rest = run(spec_id, x[:, 2:], *state, module=ours, **GIVEN)
    torch.testing.assert_close(rest[0], whole[0][:, 2:])
    for mine, its in zip(rest[1:], whole[1:], strict=True):
        torch.testing.assert_close(mine, its)


def test_a_forget_bias_is_what_the_gate_starts_with() -> None:
    ours = made("lstm", forget_bias=2.0, num_layers=2, bidirectional=True)
    for end in ("l0", "l1", "l0_reverse", "l1_reverse"):
        both = ours.get_parameter(f"bias_ih_{end}") + ours.get_parameter(f"bias_hh_{end}")
        assert both[6:12].tolist() == [2.0] * 6
        assert both[:6].abs().max() < 1
    assert made("peephole_lstm", forget_bias=1.0).bias[6:12].tolist() == [1.0] * 6
    plain = made("lstm")
    assert plain.bias_ih_l0[6:12].abs().max() <= 6**-0.5


def by_hand(ours: Any, x: np.ndarray, h: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return the states of a peephole LSTM: i, f, o = σ(W h + U x + V c₋₁ + b)."""
    held = {k: v.detach().numpy() for k, v in ours.named_parameters()}
    u = np.split(held["weight_ih"], 4)
    w = np.split(held["weight_hh"], 4)
    v = [np.diag(m) if m.ndim == 1 else m for m in np.split(held["weight_ch"], 3)]
    b = np.split(held["bias"], 4)
    states = []
    for step in range(x.shape[1]):
        i, f, o = (sigmoid(h @ w[k].T + x[:, step] @ u[k].T + c @ v[k].T + b[k]) for k in range(3))
        candidate = np.tanh(h @ w[3].T + x[:, step] @ u[3].T + b[3])
        c = f * c + candidate * i
        h = np.tanh(c) * o
        states.append(h)
    return np.stack([*states, c], 1)


@pytest.mark.parametrize("peepholes", ["matrix", "vector"])
def test_peephole_lstm_follows_its_equations(peepholes: str) -> None:
    ours = made("peephole_lstm", peepholes=peepholes)
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    x, h, c = torch.randn(3, 5, 4), torch.randn(3, 6), torch.randn(3, 6)
    params = {**GIVEN, "peepholes": peepholes}
    sequence, last, state, cell = run("peephole_lstm", x, h, c, module=ours, **params)
    expected = by_hand(ours, x.numpy(), h.numpy(), c.numpy())
    np.testing.assert_allclose(sequence.detach().numpy(), expected[:, :-1], atol=1e-5)
    np.testing.assert_allclose(cell.detach().numpy(), expected[:, -1], atol=1e-5)
    assert torch.equal(last, sequence[:, -1])
    assert torch.equal(state, last)


def test_without_peepholes_it_is_an_lstm() -> None:
    ours, theirs = made("peephole_lstm"), nn.LSTM(4, 6, batch_first=True)
    with torch.no_grad():
        ours.weight_ch.zero_()
        order = [0, 1, 3, 2]
        for mine, its in (("weight_ih", "weight_ih_l0"), ("weight_hh", "weight_hh_l0")):
            parts = theirs.get_parameter(its).chunk(4)
            ours.get_parameter(mine).copy_(torch.cat([parts[k] for k in order]))
        parts = (theirs.bias_ih_l0 + theirs.bias_hh_l0).chunk(4)
        ours.bias.copy_(torch.cat([parts[k] for k in order]))
    x = torch.randn(3, 5, 4)
    torch.testing.assert_close(run("peephole_lstm", x, module=ours, **GIVEN)[0], theirs(x)[0])


@pytest.mark.parametrize("spec_id", ["rnn", "gru", "lstm", "peephole_lstm"])
def test_a_stateful_layer_goes_on_until_it_is_reset(spec_id: str) -> None:
    params = {**GIVEN, "stateful": True}
    ours, x = made(spec_id, stateful=True), torch.randn(3, 6, 4)
    whole = run(spec_id, x, module=ours, **params)[0]
    ours.reset_state()
    pieces = [run(spec_id, part, module=ours, **params)[0] for part in x.split(2, dim=1)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole)
    assert pieces[1].grad_fn is not None
    kept = ours.carried if torch.is_tensor(ours.carried) else ours.carried[0]
    assert not kept.requires_grad
    fewer = run(spec_id, x[:2, :2], module=ours, **params)[0]
    assert not torch.allclose(fewer, whole[:2, :2])
    ours.reset_state()
    assert torch.equal(run(spec_id, x[:, :2], module=ours, **params)[0], pieces[0])
    assert ours.state_dict().keys() == made(spec_id).state_dict().keys()


@pytest.mark.parametrize(
    ("spec_id", "params"),
    [
        ("rnn", {}),
        ("gru", {"num_layers": 2, "bidirectional": True}),
        ("lstm", {"num_layers": 3}),
        ("lstm", {"bidirectional": True, "bias": False}),
        ("peephole_lstm", {}),
        ("peephole_lstm", {"peepholes": "vector"}),
    ],
)
def test_an_outline_tells_what_the_layer_does(spec_id: str, params: dict[str, Any]) -> None:
    spec = registry.nodes()[spec_id]
    values, ports = spec.values({**GIVEN, **params}), (1,) + (0,) * (len(spec.inputs) - 1)
    told = trace(spec, values, [X], ports)
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        module = made(spec_id, **params)
        results = run_function(spec, values, ports)(module, torch.empty(2, 5, 4))
    assert told.flops == counter.get_total_flops() // 2
    assert told.weights == tuple((n, tuple(p.shape)) for n, p in module.named_parameters())
    shapes = [output.with_batch(2) for _, output in told.outputs]
    assert shapes == [tuple(result.shape) for result in results]


@pytest.mark.parametrize(
    ("spec_id", "shapes", "params", "words"),
    [
        ("lstm", ((BATCH, 5, 4), (BATCH, 7)), {}, "state must hold 64 numbers"),
        ("lstm", ((BATCH, 5, 4), (BATCH, 64), (BATCH, 7)), {}, "cell must hold 64 numbers"),
        ("gru", ((BATCH, 5, 4), (BATCH, 64)), {"bidirectional": True}, "must hold 128"),
        ("rnn", ((BATCH, 5, 4), (BATCH, 64)), {"stateful": True}, "starts from the state it kept"),
        ("lstm", ((BATCH, 5, 4),), {"forget_bias": 1.0, "bias": False}, "switch Bias on"),
        ("rnn", ((BATCH, 5, 4),), {"dropout": 0.5}, "between stacked layers"),
    ],
)
def test_mistakes_are_answered_in_words(
    spec_id: str, shapes: Any, params: dict[str, Any], words: str
) -> None:
    assert words in complaint(spec_id, *shapes, **params)
