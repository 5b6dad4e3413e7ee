"""Attention, sources, gradients, displays and penalties against formulas and PyTorch's own."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from engine.catalog import registry
from engine.catalog.spec import BATCH, LayerSpec, TensorSpec
from engine.trace import build, trace
from tests.engine.catalog.running import complaint, run

functional = nn.functional
MARKS = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool()


def attention(*shapes: tuple[int, ...], **params: Any) -> Any:
    spec = registry.nodes()["multi_head_attention"]
    made = build(spec, spec.values(params), [TensorSpec((BATCH, *s[1:])) for s in shapes])
    assert made is not None
    return made


def theirs(ours: Any, key: int, value: int, *, bias: bool = True) -> nn.MultiheadAttention:
    """Return PyTorch's attention with the weights of ours."""
    size = ours.query.out_features
    made = nn.MultiheadAttention(
        size, ours.num_heads, bias=bias, kdim=key, vdim=value, batch_first=True
    )
    parts = (ours.query, ours.key, ours.value)
    with torch.no_grad():
        if key == value == size:
            made.in_proj_weight.copy_(torch.cat([p.weight for p in parts]))
        else:
            for name, part in zip("qkv", parts, strict=True):
                made.get_parameter(f"{name}_proj_weight").copy_(part.weight)
        if bias:
            made.in_proj_bias.copy_(torch.cat([p.bias for p in parts]))
        made.out_proj.load_state_dict(ours.out.state_dict())
    return made


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_self_attention_equals_pytorchs(causal: bool, masked: bool, bias: bool) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 4, 8)
    params: dict[str, Any] = {"num_heads": 2, "causal": causal, "bias": bias}
    ours = attention((2, 4, 8), **params)
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    hidden = nn.Transformer.generate_square_subsequent_mask(4).bool() if causal else None
    expected, _ = theirs(ours, 8, 8, bias=bias)(
        x, x, x, key_padding_mask=~MARKS if masked else None, attn_mask=hidden, need_weights=False
    )
    result, _ = run(
        "multi_head_attention", x, None, None, MARKS if masked else None, module=ours, **params
    )
    torch.testing.assert_close(result, expected, atol=1e-5, rtol=1e-4)


def test_cross_attention_equals_pytorchs_with_sizes_of_its_own() -> None:
    torch.manual_seed(0)
    query, key, value = torch.randn(2, 3, 8), torch.randn(2, 4, 6), torch.randn(2, 4, 5)
    ours = attention((2, 3, 8), (2, 4, 6), (2, 4, 5))
    expected, _ = theirs(ours, 6, 5)(query, key, value, need_weights=False)
    result, _ = run("multi_head_attention", query, key, value, module=ours)
    torch.testing.assert_close(result, expected, atol=1e-5, rtol=1e-4)
    ours = attention((2, 3, 8), (2, 4, 6))
    expected, _ = theirs(ours, 6, 6)(query, key, key, need_weights=False)
    result, _ = run("multi_head_attention", query, key, module=ours)
    torch.testing.assert_close(result, expected, atol=1e-5, rtol=1e-4)


def test_attention_counts_like_pytorchs() -> None:
    spec = registry.nodes()["multi_head_attention"]
    found = trace(spec, spec.values({}), [TensorSpec((BATCH, 10, 64))], (1, 0, 0, 0))
    assert found.parameters == sum(p.numel() for p in nn.MultiheadAttention(64, 4).parameters())
    assert found.flops == 4 * 2 * 10 * 64 * 64 + 2 * 2 * 10 * 10 * 64


def test_positions_are_waves() -> None:
    table = run("positional_encoding", torch.zeros(1, 7, 5))[0]
    for position in range(7):
        for feature in range(5):
            angle = position / 10000 ** ((feature - feature % 2) / 5)
            wave = math.cos(angle) if feature % 2 else math.sin(angle)
            assert table[position, feature].item() == pytest.approx(wave, abs=1e-5)


@pytest.mark.parametrize("spec_id", ["positional_encoding", "learned_position"])
def test_a_shorter_sequence_takes_the_first_positions(spec_id: str) -> None:
    spec = registry.nodes()[spec_id]
    layer: Any = build(spec, spec.values({}), [TensorSpec((BATCH, 7, 4))])
    x = torch.randn(2, 7, 4)
    assert torch.equal(layer(x[:, :3]), layer(x)[:, :3])


def test_positions_that_are_not_learned_are_not_saved() -> None:
    spec = registry.nodes()["positional_encoding"]
    layer = build(spec, spec.values({}), [TensorSpec((BATCH, 7, 4))])
    assert layer is not None
    assert not layer.state_dict()
    assert [name for name, _ in layer.named_buffers()] == ["table"]


def test_the_class_token_comes_first() -> None:
    x = torch.randn(3, 5, 4)
    y = run("class_token", x)
    assert torch.equal(y[:, 1:], x)
    assert torch.equal(y[0, 0], y[2, 0])
    assert torch.equal(run("select", y, index=0), y[:, 0])


def test_masks() -> None:
    tokens = torch.tensor([[3, 2, 1, 5], [4, 1, 0, 0]])
    marks = run("padding_mask", tokens)
    assert torch.equal(marks, MARKS)
    x = torch.randn(2, 4, 3)
    expected = torch.stack([x[0].mean(0), x[1, :2].mean(0)])
    torch.testing.assert_close(run("masked_mean", x, marks), expected)
    none = run("masked_mean", x, torch.zeros(2, 4, dtype=torch.bool))
    assert torch.equal(none, torch.zeros(2, 3))


# -- sources


def test_noise_has_the_stated_distribution() -> None:
    torch.manual_seed(0)
    normal = run("noise", batch=2000, shape=(3, 4), scale=2.0)
    assert normal.shape == (2000, 3, 4)
    assert normal.mean().item() == pytest.approx(0, abs=0.05)
    assert normal.std().item() == pytest.approx(2, abs=0.05)
    uniform = run("noise", batch=2000, shape=(5,), distribution="uniform", scale=0.5)
    assert -0.5 <= uniform.min() < -0.49
    assert 0.49 < uniform.max() <= 0.5
    assert uniform.std().item() == pytest.approx(1 / math.sqrt(12), abs=0.01)


def test_constants() -> None:
    assert torch.equal(run("constant", torch.randn(2, 3), value=0.9), torch.full((2, 3), 0.9))
    assert torch.equal(
        run("constant_source", batch=3, shape=(2,), value=4), torch.full((3, 2), 4.0)
    )


@pytest.mark.parametrize(
    ("when", "training", "noisy"),
    [
        ("training", True, True),
        ("training", False, False),
        ("always", True, True),
        ("always", False, True),
    ],
)
def test_noise_is_added_when_it_should_be(when: str, training: bool, noisy: bool) -> None:
    from engine.modules.random import AddNoise

    torch.manual_seed(0)
    x = torch.zeros(100, 200)
    y = run("add_noise", x, module=AddNoise(0.3, when).train(training), std=0.3, when=when)
    assert torch.equal(y, x) != noisy
    assert y.std().item() == pytest.approx(0.3 if noisy else 0, abs=0.01)


def test_sampling_has_the_mean_and_the_variance_and_passes_gradients() -> None:
    torch.manual_seed(0)
    mean = torch.full((5000, 2), 3.0, requires_grad=True)
    log_variance = torch.full((5000, 2), math.log(0.25), requires_grad=True)
    z = run("sample_normal", mean, log_variance)
    assert z.mean().item() == pytest.approx(3, abs=0.02)
    assert z.std().item() == pytest.approx(0.5, abs=0.02)
    z.sum().backward()
    assert mean.grad is not None
    assert log_variance.grad is not None
    assert torch.equal(mean.grad, torch.ones(5000, 2))
    torch.testing.assert_close(log_variance.grad, (z - mean).detach() / 2)
    from engine.modules.random import SampleNormal

    assert torch.equal(run("sample_normal", mean, log_variance, module=SampleNormal().eval()), mean)


# -- gradients


def test_a_reversed_gradient() -> None:
    x = torch.randn(4, 3, requires_grad=True)
    y = run("gradient_reversal", x, scale=0.5)
    assert torch.equal(y, x)
    (y * 3).sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, torch.full((4, 3), -1.5))


def test_a_stopped_gradient() -> None:
    x = torch.randn(4, 3, requires_grad=True)
    y = run("detach", x)
    assert torch.equal(y, x)
    assert not y.requires_grad


# -- shapes and numbers


def test_arranging() -> None:
    x = torch.randn(2, 3, 4, 5)
    assert torch.equal(run("permute", x, dims=(3, 1, 2)), x.permute(0, 3, 1, 2))
    assert torch.equal(run("select", x, dim=-1, index=-1), x[..., -1])
    assert torch.equal(run("mean_over", x, dim=2), x.mean(2))
    assert run("mean_over", x, dim=-1, keepdim=True).shape == (2, 3, 4, 1)
    assert torch.equal(run("absolute", x), x.abs())
    assert torch.equal(run("scale", x, factor=-2), -2 * x)
    torch.testing.assert_close(run("normalize", x).square().sum(-1), torch.ones(2, 3, 4))
    assert torch.equal(run("subtract", x, x[:, :1]), x - x[:, :1])


def test_distances() -> None:
    a, b = torch.randn(6, 4), torch.randn(6, 4)
    torch.testing.assert_close(
        run("pairwise_distance", a, b), (a - b).square().sum(1).sqrt(), atol=1e-5, rtol=1e-4
    )
    support, query = torch.randn(2, 6, 4), torch.randn(2, 5, 4)
    scores = run("prototype_scores", support, query, ways=3)
    assert scores.shape == (2, 3, 5)
    for episode in range(2):
        for way in range(3):
            prototype = support[episode, 2 * way : 2 * way + 2].mean(0)
            expected = -(query[episode] - prototype).square().sum(1)
            torch.testing.assert_close(scores[episode, way], expected)


def test_transposed_convolution_is_the_adjoint_of_convolution() -> None:
    torch.manual_seed(0)
    layer = nn.ConvTranspose2d(3, 5, 4, 2, 1, bias=False)
    x, y = torch.randn(2, 3, 6, 6), torch.randn(2, 5, 12, 12)
    given: dict[str, Any] = {"out_channels": 5, "kernel_size": 4, "stride": 2, "padding": 1}
    made = run("conv_transpose2d", x, module=layer, bias=False, **given)
    assert made.shape == y.shape
    back = functional.conv2d(y, layer.weight, stride=2, padding=1)
    torch.testing.assert_close((made * y).sum(), (x * back).sum(), atol=1e-3, rtol=1e-4)


def test_depthwise_convolution_keeps_channels_apart() -> None:
    x = torch.zeros(1, 4, 5, 5)
    x[0, 2] = 1
    y = run("depthwise_conv2d", x, bias=False)
    assert y.shape == (1, 4, 3, 3)
    assert y.abs().sum((0, 2, 3)).gt(0).tolist() == [False, False, True, False]


def test_upsampling() -> None:
    x = torch.arange(4.0).reshape(1, 1, 2, 2)
    assert run("upsample", x)[0, 0, 0].tolist() == [0, 0, 1, 1]
    assert run("upsample", x, mode="bilinear", scale_factor=3).shape == (1, 1, 6, 6)
    assert run("upsample", x, scale_factor=0.5).shape == (1, 1, 1, 1)


def test_group_norm_standardises_each_group() -> None:
    y = run("group_norm", torch.randn(3, 4, 8, 8) * 5 + 2, num_groups=2).unflatten(1, (2, 2))
    torch.testing.assert_close(y.mean((2, 3, 4)), torch.zeros(3, 2), atol=1e-4, rtol=0)


# -- losses


def test_the_kl_of_a_normal_is_pytorchs() -> None:
    mean, log_variance = torch.randn(5, 3), torch.randn(5, 3)
    said = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    expected = torch.distributions.kl_divergence(said, torch.distributions.Normal(0, 1))
    torch.testing.assert_close(run("kl_normal", mean, log_variance), expected.sum(1).mean())


def test_penalties() -> None:
    x = torch.rand(50, 4) * 0.8 + 0.1
    torch.testing.assert_close(run("activity_penalty", -x), x.mean())
    torch.testing.assert_close(run("mean_value", x), x.mean())
    bernoulli = torch.distributions.Bernoulli
    wanted = bernoulli(torch.tensor(0.2))
    expected = torch.distributions.kl_divergence(wanted, bernoulli(x.mean(0))).sum()
    torch.testing.assert_close(run("sparsity_kl", x, rho=0.2), expected)


def test_distillation_is_a_divergence_at_a_temperature() -> None:
    student, teacher = torch.randn(6, 4), torch.randn(6, 4)
    p, q = (teacher / 3).softmax(1), (student / 3).softmax(1)
    expected = 9 * (p * (p / q).log()).sum(1).mean()
    torch.testing.assert_close(run("distillation", student, teacher, temperature=3), expected)
    assert run("distillation", teacher, teacher).item() == pytest.approx(0, abs=1e-6)


def test_contrastive_pulls_and_pushes() -> None:
    distance = torch.tensor([0.5, 3.0, 0.5, 3.0])
    same = torch.tensor([1, 1, 0, 0])
    expected = torch.tensor([0.25, 9, 2.25, 0]).mean()
    torch.testing.assert_close(run("contrastive", distance, same, margin=2), expected)


def test_cross_entropies() -> None:
    scores, classes = torch.randn(3, 5, 4), torch.randint(0, 4, (3, 5))
    steps = run("sequence_cross_entropy", scores, classes)
    torch.testing.assert_close(steps, run("cross_entropy", scores.transpose(1, 2), classes))
    classes[0, 0] = -100
    kept = run("sequence_cross_entropy", scores, classes)
    logs = scores.log_softmax(-1).flatten(0, 1)[1:]
    torch.testing.assert_close(kept, -logs[torch.arange(14), classes.flatten()[1:]].mean())
    p, y = torch.rand(6), torch.randint(0, 2, (6,))
    expected = -torch.where(y == 1, p, 1 - p).log().mean()
    torch.testing.assert_close(run("bce", p, y), expected)


SEQUENCE = (BATCH, 5, 8)
COMPLAINTS: list[tuple[str, tuple[tuple[int, ...], ...], dict[str, Any], str]] = [
    ("multi_head_attention", (SEQUENCE,), {"num_heads": 3}, "3 heads must divide the 8 features"),
    ("multi_head_attention", (SEQUENCE, SEQUENCE, (BATCH, 4, 8)), {}, "Each key needs a value"),
    ("multi_head_attention", ((BATCH, 8),), {}, "N L C"),
    ("permute", (SEQUENCE,), {"dims": (1, 1)}, "axes 1, 2 of N × 5 × 8 once"),
    ("permute", (SEQUENCE,), {"dims": (3, 1, 2)}, "once; the batch"),
    ("select", (SEQUENCE,), {"dim": 0}, "the batch"),
    ("select", (SEQUENCE,), {"index": 5}, "the places 0 to 4"),
    ("mean_over", (SEQUENCE,), {"dim": 3}, "axes 0 to 2"),
    ("normalize", (SEQUENCE,), {"dim": 0}, "the batch"),
    ("group_norm", (SEQUENCE,), {"num_groups": 2}, "2 groups must divide the 5 channels"),
    ("conv_transpose2d", ((BATCH, 3, 4, 4),), {"output_padding": 1}, "smaller than its stride"),
    ("conv_transpose2d", ((BATCH, 3, 4, 4),), {"groups": 2}, "2 groups must divide"),
    ("conv_transpose2d", ((BATCH, 3, 1, 1),), {"padding": 2}, "cuts off all"),
    ("depthwise_conv2d", ((BATCH, 3, 2, 2),), {}, "3 × 3 is larger"),
    ("upsample", ((BATCH, 3, 4, 4),), {"scale_factor": 0.1}, "leaves nothing of 4 × 4"),
    ("sample_normal", ((BATCH, 3), (BATCH, 4)), {}, "must have one shape"),
    ("pairwise_distance", ((BATCH, 3), (BATCH, 4)), {}, "must have one shape"),
    ("prototype_scores", (SEQUENCE, SEQUENCE), {"ways": 2}, "2 ways must divide the 5 support"),
    ("prototype_scores", (SEQUENCE, (BATCH, 5, 3)), {"ways": 5}, "vectors of one length"),
    ("kl_normal", ((BATCH, 3), (BATCH, 4)), {}, "must have one shape"),
    ("distillation", ((BATCH, 3), (BATCH, 4)), {}, "must score the same classes"),
    ("sparsity_kl", ((BATCH,),), {}, "an axis of units"),
    ("contrastive", ((BATCH, 3), (BATCH,)), {}, "the same numbers"),
    ("show_points", ((BATCH, 1),), {}, "two numbers"),
    ("show_images", ((BATCH, 5),), {}, "State the picture's shape"),
    ("show_images", ((BATCH, 6),), {"shape": (2, 2)}, "2 × 2 must be"),
    ("show_images", ((BATCH, 2, 8, 8),), {}, "1 channel or 3"),
    ("show_images", ((BATCH, 2, 8, 8, 8),), {}, "H × W or C × H × W"),
]


@pytest.mark.parametrize(("spec_id", "shapes", "params", "words"), COMPLAINTS)
def test_mistakes_get_a_sentence(
    spec_id: str, shapes: tuple[tuple[int, ...], ...], params: dict[str, Any], words: str
) -> None:
    said = complaint(spec_id, *shapes, **params)
    assert words in said
    assert said.endswith(".")
    assert "cannot take" not in said


def test_mistakes_of_type_get_a_sentence() -> None:
    kinds = ("float32", "float32")
    said = complaint("masked_mean", SEQUENCE, (BATCH, 5), dtypes=kinds)
    assert "Take Padding mask" in said
    said = complaint("masked_mean", SEQUENCE, (BATCH, 4), dtypes=("float32", "bool"))
    assert "each of the 5 steps; it is N × 4" in said
    assert "whole numbers" in complaint("padding_mask", (BATCH, 4))
    kinds = ("float32", "int64")
    said = complaint("cross_entropy", SEQUENCE, (BATCH, 5), dtypes=kinds)
    assert "take Sequence cross-entropy" in said
    said = complaint("sequence_cross_entropy", SEQUENCE, (BATCH, 8), dtypes=kinds)
    assert "must be N × 5; it is N × 8" in said


def displays() -> list[LayerSpec]:
    return [spec for spec in registry.nodes().values() if spec.shows]


def test_a_display_computes_nothing() -> None:
    assert {spec.shows for spec in displays()} == {"images", "points", "text"}
    for spec in displays():
        assert spec.group == "Display"
        assert not spec.forward
        assert not spec.outputs
        assert not spec.target or spec.shows == "images"


def test_only_what_draws_in_evaluation_says_so() -> None:
    drawing = {spec.id for spec in registry.nodes().values() if spec.random}
    assert drawing == {"noise", "add_noise", "masking_noise", "interpolate"}
