"""The decoder: what it reads, how it searches; several tokens ahead and their targets."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import nn

from engine.catalog import registry
from engine.catalog.spec import BATCH, TensorSpec
from engine.trace import build
from tests.engine.catalog.running import complaint, run

KINDS = ("additive", "general", "scaled_dot", "none")
SMALL: dict[str, Any] = {"vocabulary": 6, "hidden_size": 8, "embedding_dim": 5}


def decoder(memory: int = 8, **params: Any) -> Any:
    spec = registry.nodes()["sequence_decoder"]
    torch.manual_seed(0)
    made = build(spec, spec.values({**SMALL, **params}), [TensorSpec((BATCH, 4, memory))])
    assert made is not None
    for parameter in made.parameters():
        nn.init.normal_(parameter)
    return made


def given(seed: int = 1) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(seed)
    return torch.randn(3, 4, 8), torch.randint(3, 6, (3, 5)), torch.randn(3, 8)


def by_hand(ours: Any, memory: Any, read: Any, state: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the scores of one sample and where it looked, with the tokens it reads given."""
    made, looked, h = [], [], state
    for token in read:
        if ours.attention == "additive":
            keys = memory @ ours.key.weight.T + ours.key.bias + ours.query.weight @ h
            scores = keys.tanh() @ ours.sum.weight[0]
        else:
            keys = memory @ ours.key.weight.T if ours.attention == "general" else memory
            scores = keys @ h / len(h) ** 0.5
        weights = torch.zeros(4) if ours.attention == "none" else scores.softmax(0)
        context = [] if ours.attention == "none" else [weights @ memory]
        h = ours.cell(torch.cat([ours.embedding.weight[token], *context]), h)
        made.append(ours.out(torch.cat([h, *context])))
        looked.append(weights)
    return torch.stack(made), torch.stack(looked)


@pytest.mark.parametrize("kind", KINDS)
def test_with_a_teacher_each_step_reads_the_right_token_before_it(kind: str) -> None:
    memory, target, state = given()
    ours = decoder(attention=kind).train()
    scores, weights = ours(memory, target, state)
    for n in range(3):
        expected, looked = by_hand(ours, memory[n], [1, *target[n, :-1].tolist()], state[n])
        torch.testing.assert_close(scores[n], expected, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(weights[n], looked, atol=1e-4, rtol=1e-4)
    changed = target.clone()
    changed[:, 2] = (changed[:, 2] + 1) % 3 + 3
    assert torch.equal(ours(memory, changed, state)[0][:, :3], scores[:, :3])
    assert not torch.equal(ours(memory, changed, state)[0][:, 3], scores[:, 3])


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_alone_it_reads_its_own_likeliest_and_of_the_target_the_length(cell: str) -> None:
    memory, target, state = given()
    ours = decoder(cell=cell).eval()
    with torch.no_grad():
        scores, _ = ours(memory, target, state)
        assert torch.equal(scores, ours(memory, target * 0 + 3, state)[0])
        chosen = scores.argmax(-1)
        ours.train()
        read, _ = ours(memory, chosen, state)
    ended = torch.zeros(3, dtype=torch.bool)
    for step in range(5):
        own = read[:, step].argmax(-1)
        assert torch.equal(chosen[:, step], torch.where(ended, 0, own))
        assert torch.equal(scores[~ended, step], read[~ended, step])
        ended |= chosen[:, step] == 2
    longer, _ = ours.eval()(memory, None, state)
    assert longer.shape == (3, 16, 6)


def test_forcing_is_the_chance_of_reading_the_right_token() -> None:
    memory, target, state = given()
    never, half = decoder(forcing=0.0).train(), decoder(forcing=0.5).train()
    scores, _ = never(memory, target, state)
    assert torch.equal(scores, never(memory, target * 0 + 5, state)[0])
    many = [x.repeat_interleave(400, 0) for x in (memory, target, state)]
    torch.manual_seed(0)
    mixed, _ = half(*many)
    own, right = never(*many)[0][:, 1], decoder().train()(*many)[0][:, 1]
    differ = (own != right).any(-1)
    share = (mixed[differ, 1] == right[differ]).all(-1).float().mean()
    assert differ.any()
    assert 0.4 < share < 0.6
    torch.manual_seed(0)
    assert torch.equal(half(*many)[0], mixed)


def likeliest(ours: Any, memory: Any, state: Any, steps: int) -> tuple[list[int], float]:
    """Return the best of all sequences there are, by the sum of log chances up to the end."""
    ways: dict[tuple[int, ...], float] = {}
    for way in itertools.product(range(6), repeat=steps):
        stop = way.index(2) + 1 if 2 in way else steps
        if any(way[stop:]):
            continue
        chances = by_hand(ours, memory, [1, *way[:-1]], state)[0].log_softmax(-1)
        ways[way] = sum(chances[t, way[t]].item() for t in range(stop))
    best = max(ways, key=ways.__getitem__)
    return list(best), ways[best]


def test_a_wide_beam_finds_the_likeliest_sequence_of_all() -> None:
    memory, _, state = given(3)
    ours = decoder(attention="general", length=3).eval()
    found = 0
    with torch.no_grad():
        ours.beam = 36
        wide = ours(memory, None, state)[0].argmax(-1)
        ours.beam = 1
        greedy = ours(memory, None, state)[0].argmax(-1)
        for n in range(3):
            best, value = likeliest(ours, memory[n], state[n], 3)
            assert wide[n].tolist() == best
            chances = by_hand(ours, memory[n], [1, *greedy[n, :-1].tolist()], state[n])[0]
            stop = greedy[n].tolist().index(2) + 1 if 2 in greedy[n] else 3
            walked = chances.log_softmax(-1)[torch.arange(3), greedy[n]][:stop].sum()
            assert walked <= value + 1e-5
            found += best != greedy[n].tolist()
    assert found


def test_no_score_depends_on_masked_memory() -> None:
    memory, target, state = given()
    memory.requires_grad_()
    mask = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1], [0, 1, 1, 1]]).bool()
    for kind in ("additive", "general", "scaled_dot"):
        for ours in (decoder(attention=kind).train(), decoder(attention=kind, beam=2).eval()):
            scores, weights = ours(memory, target, state, mask)
            assert (weights.movedim(1, 2)[~mask] == 0).all()
            (grad,) = torch.autograd.grad((scores * torch.randn_like(scores)).sum(), memory)
            assert (grad[~mask] == 0).all()
            assert (grad[mask].abs().sum(-1) > 0).all()


def test_several_heads_read_one_trunk() -> None:
    x = torch.randn(2, 5, 8)
    spec = registry.nodes()["multi_token_head"]
    params: dict[str, Any] = {"tokens": 2, "vocabulary": 7}
    ours: Any = build(spec, spec.values(params), [TensorSpec((BATCH, 5, 8))])
    out = run("multi_token_head", x, module=ours, **params)
    assert out.shape == (2, 5, 2, 7)
    for k in range(2):
        branch = nn.functional.gelu(x @ ours.branches[k].weight.T + ours.branches[k].bias)
        expected = (x + branch) @ ours.out.weight.T + ours.out.bias
        torch.testing.assert_close(out[:, :, k], expected)


def test_future_tokens_match_the_heads() -> None:
    following = torch.arange(10, 24).reshape(2, 7)
    made = run("future_tokens", following, tokens=3)
    for t in range(7):
        for k in range(3):
            expected = following[:, t + k] if t + k < 7 else torch.full((2,), -100)
            assert torch.equal(made[:, t, k], expected)
    assert torch.equal(run("future_tokens", following, tokens=1)[..., 0], following)


@pytest.mark.parametrize(
    ("shapes", "dtypes", "params", "words"),
    [
        (((BATCH, 4, 8),), (), {"end": 99}, "end token 99 is not among the 64"),
        (((BATCH, 4, 8),), (), {"end": 0}, "must differ"),
        (((BATCH, 4, 8),), (), {"attention": "none"}, "wire a state to it"),
        (((BATCH, 4, 8),), (), {"attention": "scaled_dot"}, "as many"),
        (((BATCH, 4, 8), (BATCH, 5)), (), {}, "whole numbers"),
        (
            ((BATCH, 4, 8), (BATCH, 5), (BATCH, 7)),
            ("float32", "int64", "float32"),
            {},
            "Put a Dense of 64",
        ),
        (
            ((BATCH, 4, 8), (BATCH, 5), (BATCH, 64), (BATCH, 3)),
            ("float32", "int64", "float32", "bool"),
            {},
            "for each step of the memory",
        ),
        (
            ((BATCH, 4, 8), (BATCH, 5), (BATCH, 64), (BATCH, 4), (BATCH, 64)),
            ("float32", "int64", "float32", "bool", "float32"),
            {},
            "A GRU has no cell",
        ),
    ],
)
def test_mistakes_are_answered_in_words(
    shapes: Any, dtypes: Any, params: dict[str, Any], words: str
) -> None:
    assert words in complaint("sequence_decoder", *shapes, dtypes=dtypes, **params)
