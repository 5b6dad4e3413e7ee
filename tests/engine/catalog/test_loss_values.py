"""Every loss against NumPy written from its formula, and its gradient against differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from scipy.special import expit, log_softmax, softmax

from engine.catalog import registry
from engine.catalog.spec import BATCH, LossSpec, TensorSpec
from engine.trace import build, run_function
from tests.engine.catalog.running import complaint, ports_of, run

if TYPE_CHECKING:
    from collections.abc import Callable

LOSSES = registry.of_kind(LossSpec)
N, C = 6, 4
RANDOM = np.random.default_rng(5)
NUMBERS = RANDOM.normal(size=(N, 3)), RANDOM.normal(size=(N, 3))
POSITIVE = np.abs(NUMBERS[0]) + 0.1, np.abs(NUMBERS[1])
SCORES = RANDOM.normal(size=(N, C))
CLASSES = np.array([0, 1, 2, 3, 1, 1])
ANSWERS = RANDOM.integers(0, 2, (N, 3)).astype(float)
SHARES = RANDOM.dirichlet(np.ones(C), N), RANDOM.dirichlet(np.ones(C), N)
WEIGHTS = (0.5, 2.0, 1.0, 3.0)
ONE_HOT = np.eye(C)[CLASSES]
EVEN = np.ones(C)


def cosine(a: Any, b: Any) -> Any:
    return (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)


def smooth(classes: Any, share: float) -> Any:
    return np.eye(C)[classes] * (1 - share) + share / C


def entropy(scores: Any, goal: Any) -> Any:
    return -(goal * log_softmax(scores, 1)).sum(1)


def focal(gamma: float, weights: Any = EVEN) -> float:
    own = softmax(SCORES, 1)[np.arange(N), CLASSES]
    return float((-weights[CLASSES] * (1 - own) ** gamma * np.log(own)).mean())


def binary_focal(gamma: float, alpha: float) -> float:
    p, y = expit(NUMBERS[0]), ANSWERS
    yes = -alpha * (1 - p) ** gamma * np.log(p)
    no = -(1 - alpha) * p**gamma * np.log(1 - p)
    return float((y * yes + (1 - y) * no).mean())


def margins(power: int, margin: float) -> float:
    total = 0.0
    for row, own in zip(SCORES, CLASSES, strict=True):
        others = [j for j in range(C) if j != own]
        total += sum(max(0.0, margin - row[own] + row[j]) ** power for j in others) / C
    return total / N


def nce(q: Any, k: Any, tau: float, *, both: bool) -> float:
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (q, k)]
    scores = unit[0] @ unit[1].T / tau
    one = -np.diag(log_softmax(scores, 1)).mean()
    return float((one - np.diag(log_softmax(scores.T, 1)).mean()) / 2 if both else one)


def ctc(scores: Any, labels: list[int], blank: int) -> float:
    """Return −log of the sum over all alignments, counted one by one."""
    steps, classes = scores.shape
    logs = log_softmax(scores, 1)
    total = -np.inf
    for way in np.ndindex(*(classes,) * steps):
        joined = [k for i, k in enumerate(way) if i == 0 or way[i - 1] != k]
        if [k for k in joined if k != blank] == labels:
            total = np.logaddexp(total, sum(logs[i, k] for i, k in enumerate(way)))
    return float(-total)


a, b = NUMBERS
error = a - b
pinball = np.maximum(0.9 * -error, -0.1 * -error)
huber = np.where(np.abs(error) < 0.7, error**2 / 2, 0.7 * (np.abs(error) - 0.35))
log_cosh = np.log(np.cosh(error)).mean()
msle = ((np.log1p(POSITIVE[0]) - np.log1p(POSITIVE[1])) ** 2).mean()
bce = -(ANSWERS * np.log(expit(a)) + (1 - ANSWERS) * np.log(1 - expit(a)))
positive = -(3 * ANSWERS * np.log(expit(a)) + (1 - ANSWERS) * np.log(1 - expit(a)))
probable = SHARES[0]
pixels = -(SHARES[1] * np.log(probable) + (1 - SHARES[1]) * np.log(1 - probable))
weighed = -(np.array(WEIGHTS)[CLASSES] * log_softmax(SCORES, 1)[np.arange(N), CLASSES])
far = np.linalg.norm(a - b + 1e-6, axis=1)
near = np.linalg.norm(a - a[::-1] + 1e-6, axis=1)
pair = np.abs(a[:, 0]), np.array([0, 1, 1, 0, 1, 0])
contrast = np.where(pair[1] > 0, pair[0] ** 2, np.maximum(0, 1 - pair[0]) ** 2)
kl = (SHARES[1] * (np.log(SHARES[1]) - log_softmax(SCORES, 1))).sum() / N
kl_p = (SHARES[1] * np.log(SHARES[1] / SHARES[0])).sum() / N
teacher = softmax(SHARES[1] / 3, 1)
distilled = 9 * (teacher * (np.log(teacher) - log_softmax(SCORES / 3, 1))).sum() / N
real, made = a[:, :1], b[:, :1]
normal = -0.5 * (1 + b - a**2 - np.exp(b)).sum() / N
active = SHARES[0].mean(0)
sparse = (0.1 * np.log(0.1 / active) + 0.9 * np.log(0.9 / (1 - active))).sum()
speech = RANDOM.normal(size=(2, 4, 3))

Case = tuple[str, tuple[Any, ...], dict[str, Any], float]
CASES: list[Case] = [
    ("mse", (a, b), {}, (error**2).mean()),
    ("mae", (a, b), {}, np.abs(error).mean()),
    ("huber", (a, b), {"delta": 0.7}, huber.mean()),
    ("rmse", (a, b), {}, np.sqrt((error**2).mean())),
    ("msle", POSITIVE, {}, msle),
    ("log_cosh", (a, b), {}, log_cosh),
    ("log_cosh", (100 * a, 100 * b), {}, (np.abs(100 * error) - np.log(2)).mean()),
    ("quantile", (a, b), {"q": 0.9}, pinball.mean()),
    ("quantile", (a, b), {}, np.abs(error).mean() / 2),
    ("minkowski", (a, b), {}, np.linalg.norm(error, axis=1).mean()),
    ("minkowski", (a, b), {"p": 1.0}, np.abs(error).sum(1).mean()),
    ("minkowski", (a, b), {"p": 3.5}, ((np.abs(error) ** 3.5).sum(1) ** (1 / 3.5)).mean()),
    ("cross_entropy", (SCORES, CLASSES), {}, entropy(SCORES, ONE_HOT).mean()),
    (
        "cross_entropy",
        (SCORES, CLASSES),
        {"class_weights": WEIGHTS},
        weighed.sum() / np.array(WEIGHTS)[CLASSES].sum(),
    ),
    (
        "cross_entropy",
        (SCORES, CLASSES),
        {"label_smoothing": 0.2},
        entropy(SCORES, smooth(CLASSES, 0.2)).mean(),
    ),
    (
        "cross_entropy",
        (SCORES, CLASSES),
        {"ignore_index": 1},
        entropy(SCORES, ONE_HOT)[CLASSES != 1].mean(),
    ),
    (
        "sequence_cross_entropy",
        (SCORES.reshape(2, 3, C), CLASSES.reshape(2, 3)),
        {},
        entropy(SCORES, ONE_HOT).mean(),
    ),
    (
        "sequence_cross_entropy",
        (SCORES.reshape(2, 3, C), CLASSES.reshape(2, 3)),
        {"class_weights": WEIGHTS},
        weighed.sum() / np.array(WEIGHTS)[CLASSES].sum(),
    ),
    ("soft_cross_entropy", (SCORES, SHARES[1]), {}, entropy(SCORES, SHARES[1]).mean()),
    (
        "soft_cross_entropy",
        (SCORES, ONE_HOT),
        {"label_smoothing": 0.2},
        entropy(SCORES, smooth(CLASSES, 0.2)).mean(),
    ),
    ("nll", (log_softmax(SCORES, 1), CLASSES), {}, entropy(SCORES, ONE_HOT).mean()),
    (
        "nll",
        (log_softmax(SCORES, 1), CLASSES),
        {"class_weights": WEIGHTS},
        weighed.sum() / np.array(WEIGHTS)[CLASSES].sum(),
    ),
    ("focal", (SCORES, CLASSES), {}, focal(2.0)),
    ("focal", (SCORES, CLASSES), {"gamma": 0.0}, entropy(SCORES, ONE_HOT).mean()),
    (
        "focal",
        (SCORES, CLASSES),
        {"gamma": 1.5, "class_weights": WEIGHTS},
        focal(1.5, np.array(WEIGHTS)),
    ),
    ("binary_focal", (a, ANSWERS), {}, binary_focal(2, 0.25)),
    ("binary_focal", (a, ANSWERS), {"gamma": 0.0, "alpha": 0.5}, bce.mean() / 2),
    ("bce_with_logits", (a, ANSWERS), {}, bce.mean()),
    ("bce_with_logits", (a, ANSWERS), {"positive_weights": (3.0,)}, positive.mean()),
    (
        "bce_with_logits",
        (a, ANSWERS),
        {"positive_weights": (3.0, 1.0, 3.0)},
        np.stack([positive[:, 0], bce[:, 1], positive[:, 2]]).mean(),
    ),
    ("bce", (probable, SHARES[1]), {}, pixels.mean()),
    ("bce", (expit(a), ANSWERS), {"positive_weights": (3.0,)}, positive.mean()),
    ("hinge", (a, ANSWERS), {}, np.maximum(0, 1 - (2 * ANSWERS - 1) * a).mean()),
    ("multi_margin", (SCORES, CLASSES), {}, margins(1, 1.0)),
    ("multi_margin", (SCORES, CLASSES), {"p": 2, "margin": 0.5}, margins(2, 0.5)),
    ("multilabel_soft_margin", (a, ANSWERS), {}, bce.mean()),
    ("kl_divergence", (SCORES, SHARES[1]), {}, kl),
    ("kl_divergence", (log_softmax(SCORES, 1), SHARES[1]), {"given": "log-probabilities"}, kl),
    ("kl_divergence", SHARES, {"given": "probabilities"}, kl_p),
    ("cosine_distance", (a, b), {}, (1 - cosine(a, b)).mean()),
    ("contrastive", pair, {}, contrast.mean()),
    ("triplet", (a, b, a[::-1]), {}, np.maximum(0, far - near + 1).mean()),
    ("info_nce", (a, b), {}, nce(a, b, 0.1, both=True)),
    ("info_nce", (a, b), {"temperature": 0.5, "both_ways": False}, nce(a, b, 0.5, both=False)),
    (
        "ctc",
        (speech, np.array([[1, 1], [2, -100]])),
        {},
        (ctc(speech[0], [1, 1], 0) / 2 + ctc(speech[1], [2], 0)) / 2,
    ),
    (
        "ctc",
        (speech, np.array([[0, 1], [1, 7]]), np.array([4, 3]), np.array([2, 1])),
        {"blank": 2},
        (ctc(speech[0], [0, 1], 2) / 2 + ctc(speech[1][:3], [1], 2)) / 2,
    ),
    ("critic_loss", (real, made), {}, -np.log(expit(real) * (1 - expit(made))).mean()),
    (
        "critic_loss",
        (real, made),
        {"kind": "least squares"},
        ((real - 1) ** 2 + made**2).mean() / 2,
    ),
    (
        "critic_loss",
        (real, made),
        {"kind": "hinge"},
        (np.maximum(0, 1 - real) + np.maximum(0, 1 + made)).mean(),
    ),
    ("critic_loss", (real, made), {"kind": "wasserstein"}, made.mean() - real.mean()),
    ("generator_loss", (made,), {}, -np.log(expit(made)).mean()),
    ("generator_loss", (made,), {"kind": "minimax"}, np.log(1 - expit(made)).mean()),
    ("generator_loss", (made,), {"kind": "least squares"}, ((made - 1) ** 2).mean() / 2),
    ("generator_loss", (made,), {"kind": "wasserstein"}, -made.mean()),
    ("kl_normal", (a, b), {}, normal),
    ("activity_penalty", (a,), {}, np.abs(a).mean()),
    ("sparsity_kl", (SHARES[0],), {"rho": 0.1}, sparse),
    ("mean_value", (a,), {}, a.mean()),
    ("distillation", (SCORES, SHARES[1]), {"temperature": 3.0}, distilled),
]
IDS = [f"{case[0]}-{number}" for number, case in enumerate(CASES)]
ELSEWHERE = {"gradient_penalty", "capsule_margin", "som_neighbourhood"}


def tensors(given: tuple[Any, ...]) -> list[torch.Tensor]:
    return [torch.from_numpy(np.ascontiguousarray(x)) for x in given]


@pytest.mark.parametrize(("spec_id", "given", "params", "expected"), CASES, ids=IDS)
def test_value(
    spec_id: str, given: tuple[Any, ...], params: dict[str, Any], expected: float
) -> None:
    held = [x.float() if x.is_floating_point() else x for x in tensors(given)]
    assert float(run(spec_id, *held, **params)) == pytest.approx(expected, rel=2e-5, abs=1e-6)


def function(spec_id: str, given: list[torch.Tensor], params: dict[str, Any]) -> Callable[..., Any]:
    """Return a loss as a function of its inputs, in float64 throughout."""
    spec = registry.nodes()[spec_id]
    kinds = [str(x.dtype).removeprefix("torch.") for x in given]
    specs = [TensorSpec((BATCH, *x.shape[1:]), k) for x, k in zip(given, kinds, strict=True)]
    values = spec.values(params)
    made = run_function(spec, values, ports_of(spec, [True] * len(given)))
    module = build(spec, values, specs)
    return lambda *inputs: made(module, *inputs)[0]


@pytest.mark.parametrize(("spec_id", "given", "params", "expected"), CASES, ids=IDS)
def test_gradient(
    spec_id: str,
    given: tuple[Any, ...],
    params: dict[str, Any],
    expected: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    spec = registry.nodes()[spec_id]
    held = tensors(given)
    for port, x in zip(spec.inputs, held, strict=False):
        if port.name not in ("target", "teacher") and x.is_floating_point():
            x.requires_grad_()
    assert torch.autograd.gradcheck(function(spec_id, held, params), held)


def test_every_loss_is_tested() -> None:
    ours = {k for k, s in LOSSES.items() if any(row.startswith("LOS-") for row in s.covers)}
    assert {case[0] for case in CASES} >= ours - ELSEWHERE


@pytest.mark.parametrize("spec_id", ["rmse", "msle", "minkowski", "focal", "cosine_distance"])
def test_gradient_is_finite_where_nothing_is_wrong(spec_id: str) -> None:
    x = torch.tensor([[0.0, 0.0], [50.0, -50.0]], requires_grad=True)
    target = torch.tensor([0, 0]) if spec_id == "focal" else torch.tensor([[0.0, 0], [50, -50]])
    params = {"gamma": 0.5} if spec_id == "focal" else {}
    run(spec_id, x, target, **params).backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()


def test_focal_leaves_ignored_samples_out() -> None:
    scores, target = torch.randn(4, 3), torch.tensor([0, -100, 2, -100])
    for params in ({}, {"class_weights": (1.0, 2.0, 3.0)}):
        whole = run("focal", scores, target, **params)
        kept = run("focal", scores[::2], target[::2], **params)
        assert torch.allclose(whole, kept)


def test_ctc_refuses_a_class_that_is_not_there() -> None:
    with pytest.raises(IndexError):
        run("ctc", torch.randn(1, 4, 3), torch.tensor([[1, 3]]))


def test_ctc_of_what_cannot_be_is_nothing() -> None:
    assert run("ctc", torch.randn(1, 3, 3), torch.tensor([[1, 1, 1]])) == 0


def test_penalty_is_of_the_slope() -> None:
    at = torch.randn(5, 2, 3, requires_grad=True)
    weight = torch.nn.Parameter(torch.randn(6))
    score = (at.flatten(1) @ weight)[:, None]
    penalty = run("gradient_penalty", score, at, strength=4.0)
    assert penalty.item() == pytest.approx(4 * (weight.norm().item() - 1) ** 2, rel=1e-4)
    penalty.backward()
    norm = weight.detach().norm()
    expected = 8 * (norm - 1) * weight.detach() / norm
    assert weight.grad is not None
    assert torch.allclose(weight.grad, expected, rtol=1e-4)


def test_second_gradient_of_the_penalty() -> None:
    weight = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    at = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    module = registry.nodes()["gradient_penalty"]
    penalty = build(module, module.values({"norm": 0.0}), [])
    assert penalty is not None
    assert torch.autograd.gradcheck(lambda w: penalty((at @ w).tanh().sum(1), at), (weight,))


def test_mixture_lies_between() -> None:
    real, made = torch.zeros(64, 3), torch.ones(64, 3)
    mixed = run("interpolate", real, made)
    assert ((mixed > 0) & (mixed < 1)).all()
    assert (mixed == mixed[:, :1]).all()
    assert mixed.requires_grad
    assert 0.3 < mixed.mean() < 0.7


WRONG = [
    ("cross_entropy", ((BATCH, 3), (BATCH,)), {"class_weights": (1.0, 2.0)}, "2 class weights"),
    ("focal", ((BATCH, 3), (BATCH,)), {"class_weights": (1.0, 2.0)}, "3 classes"),
    ("ctc", ((BATCH, 9, 3), (BATCH, 4)), {"blank": 3}, "blank has the number 3"),
    ("ctc", ((BATCH, 3, 5), (BATCH, 4)), {}, "up to 4 steps"),
]


@pytest.mark.parametrize(("spec_id", "shapes", "params", "words"), WRONG)
def test_complaints_of_class_numbers(
    spec_id: str, shapes: Any, params: dict[str, Any], words: str
) -> None:
    assert words in complaint(spec_id, *shapes, dtypes=("float32", "int64"), **params)


@pytest.mark.parametrize(
    ("spec_id", "shapes"),
    [
        ("soft_cross_entropy", ((BATCH, 3), (BATCH, 4))),
        ("kl_divergence", ((BATCH, 3), (BATCH,))),
        ("triplet", ((BATCH, 3), (BATCH, 3), (BATCH, 4))),
        ("info_nce", ((BATCH, 3), (BATCH, 4))),
        ("cosine_distance", ((BATCH, 3), (BATCH, 1))),
        ("multilabel_soft_margin", ((BATCH, 3), (BATCH, 2))),
        ("interpolate", ((BATCH, 3), (BATCH, 2))),
    ],
)
def test_shapes_that_do_not_go_together(spec_id: str, shapes: Any) -> None:
    assert complaint(spec_id, *shapes).endswith((".", "Cross-entropy."))


def test_weights_for_labels() -> None:
    shapes = ((BATCH, 3), (BATCH, 3))
    assert "2 positive weights" in complaint(
        "bce_with_logits", *shapes, positive_weights=(1.0, 2.0)
    )
