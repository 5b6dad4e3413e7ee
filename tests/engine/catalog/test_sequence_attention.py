"""Attention, masks and rotary positions against formulas; what is masked has no influence."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from engine.catalog import registry
from engine.catalog.spec import BATCH, TensorSpec
from engine.compile import compile_graph
from engine.graph import Graph
from engine.shapes import analyse
from engine.trace import build
from tests.engine.catalog.running import complaint, run

MASK = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]]).bool()
SCORES = ("scaled_dot", "dot", "cosine", "general", "additive")


def made(spec_id: str, *shapes: tuple[int, ...], **params: Any) -> Any:
    spec = registry.nodes()[spec_id]
    torch.manual_seed(0)
    module = build(spec, spec.values(params), [TensorSpec((BATCH, *s[1:])) for s in shapes])
    assert module is not None
    return module


def score(ours: Any, kind: str, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Return the score of one query with one key, from its formula."""
    if kind == "additive":
        inner = ours.query.weight @ q + ours.key.weight @ k + ours.key.bias
        return ours.sum.weight[0] @ inner.tanh()
    if kind == "general":
        return q @ ours.key.weight @ k
    if kind == "cosine":
        return q @ k / (q.norm() * k.norm())
    return q @ k / (math.sqrt(len(q)) if kind == "scaled_dot" else 1)


@pytest.mark.parametrize("kind", SCORES)
@pytest.mark.parametrize("options", [{}, {"window": 1}, {"causal": True}, {"temperature": 0.5}])
def test_attention_follows_its_formula(kind: str, options: dict[str, Any]) -> None:
    params = {"score": kind, **options}
    query, key, value = torch.randn(3, 4, 6), torch.randn(3, 5, 6), torch.randn(3, 5, 2)
    ours = made("attention", query.shape, key.shape, value.shape, **params)
    out, weights = run("attention", query, key, value, MASK, module=ours, **params)
    for n in range(3):
        for i in range(4):
            seen = [j for j in range(5) if MASK[n, j]]
            seen = [j for j in seen if not options.get("window") or abs(i - j) <= 1]
            seen = [j for j in seen if not options.get("causal") or j <= i]
            expected = torch.zeros(5)
            if seen:
                scores = torch.stack([score(ours, kind, query[n, i], key[n, j]) for j in seen])
                expected[seen] = (scores / options.get("temperature", 1.0)).softmax(0)
            torch.testing.assert_close(weights[n, i], expected, atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(out[n, i], expected @ value[n], atol=1e-5, rtol=1e-4)


def test_alone_it_looks_at_itself_and_a_key_is_its_value() -> None:
    x, other = torch.randn(2, 4, 6), torch.randn(2, 5, 6)
    ours = made("attention", x.shape)
    assert torch.equal(run("attention", x, module=ours)[0], run("attention", x, x, x)[0])
    assert torch.equal(run("attention", x, other)[0], run("attention", x, other, other)[0])


def influence(out: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    """Return how strongly each step of the input acts on all that is given out."""
    (grad,) = torch.autograd.grad((out * torch.randn_like(out)).sum(), given, retain_graph=True)
    return grad.abs().sum(-1)


@pytest.mark.parametrize("spec_id", ["attention", "multi_head_attention"])
@pytest.mark.parametrize("kind", SCORES)
def test_no_output_depends_on_masked_keys(spec_id: str, kind: str) -> None:
    params: dict[str, Any] = {"score": kind} if spec_id == "attention" else {"rotary": True}
    query, key = torch.randn(3, 4, 8), torch.randn(3, 5, 8, requires_grad=True)
    ours = made(spec_id, query.shape, key.shape, **params)
    for mask in (MASK, MASK[:, None].expand(-1, 4, -1)):
        for out in run(spec_id, query, key, None, mask, module=ours, **params):
            felt = influence(out, key)
            assert out.isfinite().all()
            assert felt.isfinite().all()
            assert (felt[~MASK] == 0).all()
            assert (felt[:2][MASK[:2]] > 0).all()


@pytest.mark.parametrize("spec_id", ["attention", "multi_head_attention"])
def test_no_output_depends_on_the_future(spec_id: str) -> None:
    x = torch.randn(2, 5, 8, requires_grad=True)
    mask = run("causal_mask", x)
    assert mask.dtype == torch.bool
    assert torch.equal(mask, torch.ones(2, 5, 5).tril().bool())
    ours = made(spec_id, x.shape)
    by_setting = made(spec_id, x.shape, causal=True)
    for step in range(5):
        out = run(spec_id, x, None, None, mask, module=ours)[0]
        felt = influence(out[:, step], x)
        assert (felt[:, step + 1 :] == 0).all()
        assert (felt[:, : step + 1] > 0).all()
    same = run(spec_id, x, module=by_setting, causal=True)
    for mine, its in zip(run(spec_id, x, None, None, mask, module=ours), same, strict=True):
        torch.testing.assert_close(mine, its)


def test_encoder_decoder_mask_hides_padding_and_what_is_far() -> None:
    target = torch.randn(3, 4, 8)
    plain = run("encoder_decoder_mask", target, MASK)
    assert torch.equal(plain, MASK[:, None].expand(3, 4, 5))
    near = run("encoder_decoder_mask", target, MASK, window=1)
    for i in range(4):
        for j in range(5):
            assert torch.equal(near[:, i, j], MASK[:, j] & (abs(j - i * 5 // 4) <= 1))
    memory = torch.randn(3, 5, 8, requires_grad=True)
    out = run("multi_head_attention", target, memory, None, near)[0]
    for i in range(4):
        felt = influence(out[:, i], memory)
        assert (felt[~near[:, i]] == 0).all()
    both = run("multiply", run("causal_mask", torch.randn(3, 5, 2)), MASK[:, None].expand(3, 5, 5))
    assert both.dtype == torch.bool


def test_weights_of_all_heads_are_pytorchs() -> None:
    x = torch.randn(3, 5, 8)
    ours = made("multi_head_attention", x.shape, num_heads=2)
    theirs = nn.MultiheadAttention(8, 2, batch_first=True)
    with torch.no_grad():
        parts = (ours.query, ours.key, ours.value)
        theirs.in_proj_weight.copy_(torch.cat([p.weight for p in parts]))
        theirs.in_proj_bias.copy_(torch.cat([p.bias for p in parts]))
    params = {"num_heads": 2}
    mean = run("multi_head_attention", x, module=ours, **params)[1]
    each = run("multi_head_attention", x, module=ours, each_head=True, **params)[1]
    torch.testing.assert_close(mean, theirs(x, x, x)[1])
    torch.testing.assert_close(each, theirs(x, x, x, average_attn_weights=False)[1])
    assert torch.equal(each.mean(1), mean)


def test_weights_cost_nothing_where_no_wire_leaves_them() -> None:
    graph, x = Graph().add("input", field="x")
    graph, node = graph.add("multi_head_attention")
    graph = graph.connect(x, node, target_port="query")
    graph, out = graph.add("output")
    graph = graph.connect(node, out, source_port="out")
    wired, shown = graph.add("output")
    wired = wired.connect(node, shown, source_port="weights")
    from engine.catalog.spec import Field

    fields = {"x": Field(name="x", shape=(5, 8))}
    assert "weights" not in compile_graph(graph, fields, training=False).source
    made = compile_graph(wired, fields, training=False)
    result, weights = made(torch.randn(2, 5, 8))
    assert result.shape == (2, 5, 8)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 5))
    less, more = analyse(graph, fields), analyse(wired, fields)
    assert more.activations - less.activations == 32 * 5 * 5


def test_rotary_turns_pairs_and_products_tell_the_distance() -> None:
    x = torch.randn(2, 6, 8)
    y = run("rotary_position", x)
    for p in range(6):
        for i in range(4):
            angle = p * 10000 ** (-2 * i / 8)
            a, b = x[:, p, 2 * i], x[:, p, 2 * i + 1]
            turned = (
                a * math.cos(angle) - b * math.sin(angle),
                a * math.sin(angle) + b * math.cos(angle),
            )
            torch.testing.assert_close(y[:, p, 2 * i], turned[0])
            torch.testing.assert_close(y[:, p, 2 * i + 1], turned[1])
    torch.testing.assert_close(y.norm(dim=-1), x.norm(dim=-1))
    q, k = torch.randn(2, 1, 1, 8).expand(2, 2, 6, 8)
    products = run("rotary_position", q) @ run("rotary_position", k).transpose(1, 2)
    for distance in range(5):
        diagonal = products[0].diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))


def test_heads_turn_like_the_layer_that_turns() -> None:
    x = torch.randn(2, 6, 8)
    ours = made("multi_head_attention", x.shape, num_heads=2, rotary=True)
    heads = ours.heads(x, True)
    apart = x.reshape(2, 6, 2, 4).transpose(1, 2).flatten(0, 1)
    torch.testing.assert_close(heads.flatten(0, 1), run("rotary_position", apart))


@pytest.mark.parametrize(
    ("spec_id", "shapes", "dtypes", "params", "words"),
    [
        ("attention", ((BATCH, 4, 6), (BATCH, 5, 3)), (), {}, "Take “general” or “additive”"),
        ("attention", ((BATCH, 4, 6), (BATCH, 5, 6), (BATCH, 4, 6)), (), {}, "needs a value"),
        ("rotary_position", ((BATCH, 4, 5),), (), {}, "an odd number"),
        ("multi_head_attention", ((BATCH, 4, 6),), (), {"num_heads": 2, "rotary": True}, "pairs"),
        (
            "multi_head_attention",
            ((BATCH, 4, 8), (BATCH, 5, 8), (BATCH, 5, 8), (BATCH, 3, 5)),
            ("float32", "float32", "float32", "bool"),
            {},
            "a row for each of the 4 steps",
        ),
        ("encoder_decoder_mask", ((BATCH, 4), (BATCH, 5)), (), {}, "Take Padding mask"),
    ],
)
def test_mistakes_are_answered_in_words(
    spec_id: str, shapes: Any, dtypes: Any, params: dict[str, Any], words: str
) -> None:
    assert words in complaint(spec_id, *shapes, dtypes=dtypes, **params)
