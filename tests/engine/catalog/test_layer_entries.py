"""Layers and losses against formulas, and the sentences they answer mistakes with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from engine.catalog import registry
from engine.catalog.spec import BATCH, TensorSpec
from engine.trace import build
from tests.engine.catalog.running import complaint, run

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGE = (BATCH, 3, 4, 4)


X = torch.linspace(-8, 8, 81)[None]
ROOT2 = math.sqrt(2)
CURVES: dict[str, Any] = {
    "relu": lambda x: max(0.0, x),
    "relu6": lambda x: min(max(0.0, x), 6.0),
    "leaky_relu": lambda x: max(0.2 * x, x),
    "prelu": lambda x: x if x > 0 else 0.25 * x,
    "elu": lambda x: x if x > 0 else math.exp(x) - 1,
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (math.exp(x) - 1)),
    "gelu": lambda x: 0.5 * x * (1 + math.erf(x / ROOT2)),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": lambda x: (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x)),
    "softmax": lambda x: math.exp(x) / sum(math.exp(v) for v in X[0].tolist()),
}


@pytest.mark.parametrize("spec_id", CURVES)
def test_activation_follows_its_formula(spec_id: str) -> None:
    expected = torch.tensor([[CURVES[spec_id](v) for v in X[0].tolist()]])
    torch.testing.assert_close(run(spec_id, X), expected)


def test_dense_is_a_weighted_sum_over_the_last_axis() -> None:
    layer = nn.Linear(5, 3)
    x = torch.randn(2, 7, 5)
    expected = torch.einsum("nlf,of->nlo", x, layer.weight) + layer.bias
    torch.testing.assert_close(run("dense", x, module=layer, out_features=3), expected)


def test_reshape_keeps_the_order() -> None:
    x = torch.arange(24.0).reshape(2, 12)
    assert torch.equal(run("reshape", x, shape=(3, 4)), x.view(2, 3, 4))
    assert torch.equal(run("reshape", x, shape=(2, -1, 3)), x.view(2, 2, 2, 3))


def test_flatten_keeps_the_batch() -> None:
    assert run("flatten", torch.zeros(5, 2, 3, 4)).shape == (5, 24)
    assert run("flatten", torch.zeros(5, 2, 3, 4), start_dim=2).shape == (5, 2, 12)


def test_merging() -> None:
    a, b, c = torch.randn(3, 2, 3, 4, 4)
    assert torch.equal(run("add", a, b, c), a + b + c)
    assert torch.equal(run("multiply", a, b, c), a * b * c)
    assert torch.equal(run("concatenate", a, b), torch.cat([a, b], 1))
    assert torch.equal(run("concatenate", a, b, dim=-1), torch.cat([a, b], 3))
    assert torch.equal(run("add", a), a)


def test_pooling() -> None:
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert run("max_pool2d", x).flatten().tolist() == [5, 7, 13, 15]
    assert run("avg_pool2d", x).flatten().tolist() == [2.5, 4.5, 10.5, 12.5]
    assert run("max_pool2d", x, stride=1).shape == (1, 1, 3, 3)
    assert run("global_avg_pool2d", x).tolist() == [[7.5]]
    assert run("global_avg_pool2d", x, keepdim=True).shape == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("params", "size"),
    [
        ({}, (6, 6)),
        ({"padding": "same"}, (8, 8)),
        ({"padding": "valid", "stride": 2}, (3, 3)),
        ({"kernel_size": (3, 5), "padding": (1, 2)}, (8, 8)),
        ({"dilation": 2}, (4, 4)),
    ],
)
def test_convolution_sizes(params: dict[str, Any], size: tuple[int, int]) -> None:
    assert run("conv2d", torch.zeros(2, 3, 8, 8), **params).shape == (2, 32, *size)


@pytest.mark.parametrize(("spec_id", "gates"), [("lstm", 4), ("gru", 3)])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
def test_recurrent_last_is_the_top_layers_final_state(
    spec_id: str, gates: int, layers: int, both: bool
) -> None:
    given = {"hidden_size": 6, "num_layers": layers, "bidirectional": both}
    sequence, last, *_ = run(spec_id, torch.randn(3, 5, 4), **given)
    assert sequence.shape == (3, 5, 12 if both else 6)
    forward, backward = sequence[:, -1, :6], sequence[:, 0, 6:]
    assert torch.equal(last, torch.cat([forward, backward], 1) if both else forward)
    made = build(
        registry.nodes()[spec_id],
        registry.nodes()[spec_id].values(given),
        [TensorSpec((BATCH, 5, 4))],
    )
    assert made is not None
    assert made.get_parameter("weight_ih_l0").shape == (6 * gates, 4)


def test_normalisation_standardises() -> None:
    x = torch.randn(64, 5) * 3 + 7
    for spec_id, axis in (("batch_norm1d", 0), ("layer_norm", 1)):
        y = run(spec_id, x)
        torch.testing.assert_close(y.mean(axis), torch.zeros(y.mean(axis).shape), atol=1e-4, rtol=0)
        deviation = y.std(axis, correction=0)
        torch.testing.assert_close(deviation, torch.ones(deviation.shape), atol=1e-3, rtol=0)


def test_dropout_keeps_the_mean_and_is_off_in_evaluation() -> None:
    torch.manual_seed(0)
    x, layer = torch.ones(200, 500), nn.Dropout(0.3)
    y = run("dropout", x, module=layer, p=0.3)
    assert y.unique().tolist() == pytest.approx([0, 1 / 0.7])
    assert y.mean().item() == pytest.approx(1, abs=0.01)
    assert torch.equal(run("dropout", x, module=layer.eval(), p=0.3), x)


def test_embedding_looks_up_and_leaves_padding_at_zero() -> None:
    y = run(
        "embedding", torch.tensor([[0, 3, 3]]), num_embeddings=5, embedding_dim=4, padding_idx=0
    )
    assert torch.equal(y[0, 0], torch.zeros(4))
    assert torch.equal(y[0, 1], y[0, 2])


def test_losses_follow_their_formulas() -> None:
    torch.manual_seed(0)
    scores, classes = torch.randn(6, 4), torch.randint(0, 4, (6,))
    expected = -scores.softmax(1).log()[torch.arange(6), classes].mean()
    torch.testing.assert_close(run("cross_entropy", scores, classes), expected)
    z, y = torch.randn(6, 1), torch.randint(0, 2, (6,))
    p, t = z.sigmoid()[:, 0], y.float()
    expected = -(t * p.log() + (1 - t) * (1 - p).log()).mean()
    torch.testing.assert_close(run("bce_with_logits", z, y), expected)
    said, truth = torch.randn(6, 1) * 2, torch.randn(6)
    error = said[:, 0] - truth
    torch.testing.assert_close(run("mse", said, truth), (error**2).mean())
    torch.testing.assert_close(run("mae", said, truth), error.abs().mean())
    small = error.abs() <= 0.5
    bent = torch.where(small, error**2 / 2, 0.5 * (error.abs() - 0.25)).mean()
    torch.testing.assert_close(run("huber", said, truth, delta=0.5), bent)


def test_label_smoothing_shares_the_one() -> None:
    scores, classes = torch.randn(6, 4), torch.randint(0, 4, (6,))
    wanted = nn.functional.one_hot(classes, 4) * 0.9 + 0.1 / 4
    expected = -(wanted * scores.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(run("cross_entropy", scores, classes, label_smoothing=0.1), expected)


COMPLAINTS: list[tuple[str, tuple[tuple[int, ...], ...], dict[str, Any], str]] = [
    ("dense", ((BATCH,),), {}, "axes N ... F"),
    ("flatten", (IMAGE,), {"start_dim": 0}, "the batch"),
    ("flatten", (IMAGE,), {"start_dim": 4}, "axes 0 to 3"),
    ("flatten", (IMAGE,), {"start_dim": 3, "end_dim": 1}, "must not be behind"),
    ("reshape", ((BATCH, 12),), {"shape": (5,)}, "holds 5 numbers, but a sample of N × 12 has 12"),
    ("reshape", ((BATCH, 12),), {"shape": (5, -1)}, "a multiple of 5"),
    ("reshape", ((BATCH, 12),), {"shape": (-1, -1)}, "one of them may be -1"),
    ("conv2d", ((BATCH, 784),), {}, "N C H W"),
    ("conv2d", (IMAGE,), {"kernel_size": 5}, "5 × 5 is larger than what comes in, 4 × 4"),
    ("conv2d", (IMAGE,), {"dilation": 2}, "5 × 5 with its dilation"),
    ("conv2d", (IMAGE,), {"kernel_size": 9, "padding": 2}, "(8 × 8 with padding)"),
    ("conv2d", (IMAGE,), {"padding": "same", "stride": 2}, "needs a stride of 1"),
    ("conv2d", (IMAGE,), {"groups": 2}, "2 groups must divide"),
    ("conv2d", (IMAGE,), {"padding": 4, "padding_mode": "reflect"}, "by “reflect” needs more"),
    ("conv1d", ((BATCH, 3, 2),), {}, "larger than what comes in, 2."),
    ("max_pool2d", (IMAGE,), {"kernel_size": 6}, "6 × 6 is larger"),
    ("avg_pool2d", (IMAGE,), {"padding": 2}, "at most half"),
    ("batch_norm1d", (IMAGE,), {}, "Batch norm 2D"),
    ("prelu", (IMAGE,), {"num_parameters": 2}, "take 1 for all, or 3"),
    ("softmax", (IMAGE,), {"dim": 0}, "the batch"),
    ("lstm", ((BATCH, 5, 3),), {"dropout": 0.2}, "between stacked layers"),
    ("concatenate", ((BATCH, 3), (BATCH, 3, 4)), {}, "same number of axes"),
    ("concatenate", (IMAGE, (BATCH, 3, 4, 5)), {}, "differ along axis 3"),
    ("add", ((BATCH, 3), (BATCH, 4)), {}, "N × 3 and N × 4 do not go together"),
    ("multiply", ((BATCH, 3), (BATCH, 2, 3)), {}, "batch must meet batch"),
    ("mse", ((BATCH, 3), (BATCH, 1)), {}, "both need the same numbers"),
    ("bce_with_logits", ((BATCH, 2), (BATCH,)), {}, "both need the same numbers"),
    ("cross_entropy", ((BATCH, 3), (BATCH,)), {}, "must be class numbers"),
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
    assert "needs whole numbers" in complaint("embedding", (BATCH, 4))
    said = complaint("embedding", (BATCH, 4), dtypes=("int64",), padding_idx=1000)
    assert "below its number of rows, 1000" in said
    said = complaint("cross_entropy", (BATCH, 5, 3), (BATCH, 5), dtypes=("float32", "int64"))
    assert "must be N × 3; it is N × 5" in said


@pytest.fixture
def every_warning() -> Iterator[None]:
    """PyTorch says some things once in a process; here it says them each time."""
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(before)


@pytest.mark.usefixtures("every_warning")
def test_same_padding_with_an_even_kernel_is_left_to_pytorch() -> None:
    with pytest.warns(UserWarning, match="even kernel"):
        assert run("conv1d", torch.zeros(1, 2, 9), kernel_size=4, padding="same").shape == (
            1,
            32,
            9,
        )
