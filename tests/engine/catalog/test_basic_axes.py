"""Axes added, cut, repeated, made longer and turned round; several inputs made one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from engine.catalog.spec import BATCH
from tests.engine.catalog.running import complaint, run


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


X = torch.arange(2.0 * 4 * 3).reshape(2, 4, 3)


def test_an_axis_of_size_one_comes_and_goes() -> None:
    assert run("unsqueeze", X).shape == (2, 1, 4, 3)
    assert run("unsqueeze", X, dim=-1).shape == (2, 4, 3, 1)
    for dim in (1, 2, 3, -1, -2, -3):
        assert torch.equal(run("squeeze", run("unsqueeze", X, dim=dim), dim=dim), X)


@pytest.mark.parametrize("dim", [1, 2, -1, -2])
@pytest.mark.parametrize(
    ("start", "stop", "step"), [(0, None, 1), (1, 3, 1), (-2, None, 1), (0, -1, 2), (1, 99, 1)]
)
def test_a_slice_takes_a_stretch(dim: int, start: int, stop: int | None, step: int) -> None:
    found = run("slice", X, dim=dim, start=start, stop=stop, step=step)
    index = [slice(None)] * 3
    index[dim] = slice(start, stop, step)
    assert np.array_equal(found.numpy(), X.numpy()[tuple(index)])


@pytest.mark.parametrize(
    ("spec_id", "sizes", "parts"),
    [
        ("split", (-1, -1), (6, 6)),
        ("split", (5, 7), (5, 7)),
        ("split", (-1, 4), (8, 4)),
        ("split", (4, -1), (4, 8)),
        ("split3", (-1, -1, -1), (4, 4, 4)),
        ("split3", (2, -1, 3), (2, 7, 3)),
        ("split4", (1, 2, -1, 4), (1, 2, 5, 4)),
        ("split4", (-1, 2, 3, 4), (3, 2, 3, 4)),
    ],
)
@pytest.mark.parametrize("dim", [1, -1])
def test_parts_make_the_whole(
    spec_id: str, sizes: tuple[int, ...], parts: tuple[int, ...], dim: int
) -> None:
    x = torch.randn(2, 12, 12)
    found = run(spec_id, x, sizes=sizes, dim=dim)
    assert tuple(p.shape[dim] for p in found) == parts
    assert torch.equal(torch.cat(found, dim), x)


def test_repeating_the_whole_or_each() -> None:
    assert run("repeat", X, times=3)[0, :, 0].tolist() == [0, 3, 6, 9] * 3
    assert run("repeat", X, how="each")[0, :, 0].tolist() == [0, 0, 3, 3, 6, 6, 9, 9]
    assert np.array_equal(run("repeat", X, dim=-1).numpy(), np.tile(X.numpy(), (1, 1, 2)))


@pytest.mark.parametrize("dim", [1, 2, -1])
@pytest.mark.parametrize(
    ("mode", "theirs"),
    [("constant", "constant"), ("replicate", "edge"), ("reflect", "reflect"), ("circular", "wrap")],
)
@pytest.mark.parametrize(("before", "after"), [(2, 1), (0, 2), (0, 0)])
def test_padding_equals_numpys(dim: int, mode: str, theirs: Any, before: int, after: int) -> None:
    widths = [(0, 0)] * 3
    widths[dim] = (before, after)
    more = {"constant_values": 9.0} if mode == "constant" else {}
    expected = np.pad(X.numpy(), widths, mode=theirs, **more)
    found = run("pad", X, dim=dim, before=before, after=after, mode=mode, value=9.0)
    assert np.array_equal(found.numpy(), expected)
    whole = run("pad", X.long(), dim=dim, before=before, after=after, mode=mode, value=9.0)
    assert np.array_equal(whole.numpy(), expected)


def test_a_sequence_is_turned_round_and_padding_stays_behind() -> None:
    assert torch.equal(run("reverse_sequence", X), X.flip(1))
    marks = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool()
    found = run("reverse_sequence", X, marks)
    assert torch.equal(found[0], X[0].flip(0))
    assert torch.equal(found[1], X[1][[1, 0, 2, 3]])
    tokens = torch.tensor([[5, 6, 7, 0]])
    assert run("reverse_sequence", tokens, tokens > 0).tolist() == [[7, 6, 5, 0]]


def test_shifting_right_puts_the_start_mark_in_front() -> None:
    tokens = torch.tensor([[5, 6, 7, 8]])
    assert run("shift_right", tokens, value=1).tolist() == [[1, 5, 6, 7]]
    assert run("shift_right", tokens, value=1, steps=3).tolist() == [[1, 1, 1, 5]]
    moved = run("shift_right", X)
    assert torch.equal(moved[:, 1:], X[:, :-1])
    assert not moved[:, 0].any()


def test_merging_repeats_axes_of_size_one() -> None:
    a, b, c = torch.randn(2, 3, 4), torch.randn(2, 1, 4), torch.randn(2, 3, 1)
    stacked = np.stack(np.broadcast_arrays(a.numpy(), b.numpy(), c.numpy()))
    reduce: dict[str, Any] = {"average": np.mean, "maximum": np.max, "minimum": np.min}
    for spec_id, function in reduce.items():
        expected = torch.tensor(function(stacked, axis=0))
        torch.testing.assert_close(run(spec_id, a, b, c), expected)
        assert torch.equal(run(spec_id, a), a)


def test_matrices_are_multiplied_sample_by_sample() -> None:
    a, b = torch.randn(2, 3, 4), torch.randn(2, 4, 5)
    expected = torch.zeros(2, 3, 5)
    for n, i, j in itertools.product(range(2), range(3), range(5)):
        expected[n, i, j] = sum(a[n, i, k] * b[n, k, j] for k in range(4))
    torch.testing.assert_close(run("matmul", a, b), expected)
    turned = b.transpose(1, 2).contiguous()
    torch.testing.assert_close(run("matmul", a, turned, transpose=True), expected)
    heads = torch.randn(2, 6, 4, 5)
    assert run("matmul", torch.randn(2, 1, 3, 4), heads).shape == (2, 6, 3, 5)


def test_a_dot_product_says_how_well_vectors_agree() -> None:
    a, b = torch.randn(3, 5), torch.randn(3, 5)
    sums = [sum(x * y for x, y in zip(r, s, strict=True)) for r, s in zip(a, b, strict=True)]
    torch.testing.assert_close(run("dot", a, b), torch.stack([torch.as_tensor(s) for s in sums]))
    lengths = a.square().sum(1).sqrt() * b.square().sum(1).sqrt()
    torch.testing.assert_close(run("dot", a, b, cosine=True), torch.stack(sums) / lengths)
    image = torch.randn(2, 3, 4, 4)
    torch.testing.assert_close(run("dot", image, image, dim=1), image.square().sum(1))


COMPLAINTS: list[tuple[str, tuple[tuple[int, ...], ...], dict[str, Any], str]] = [
    ("squeeze", ((BATCH, 4, 3),), {}, "has 3 places"),
    ("squeeze", ((BATCH, 1),), {"dim": 0}, "the batch"),
    ("unsqueeze", ((BATCH, 4),), {"dim": 0}, "the batch stays in front"),
    ("unsqueeze", ((BATCH, 4),), {"dim": 3}, "places 1 to 2"),
    ("unsqueeze", ((BATCH, 4),), {"dim": -3}, "places 1 to 2"),
    ("slice", ((BATCH, 4),), {"start": 4}, "Nothing lies from place 4 to the end"),
    ("slice", ((BATCH, 4),), {"start": 2, "stop": 0}, "from place 2 to 0"),
    ("split", ((BATCH, 5),), {}, "5 places cannot be shared equally"),
    ("split", ((BATCH, 5),), {"sizes": (5, -1)}, "leave nothing of 5"),
    ("split", ((BATCH, 5),), {"sizes": (2, 2)}, "make 4 places, but 5 come in"),
    ("split", ((BATCH, 5),), {"sizes": (0, 5)}, "1 place or more"),
    ("split3", ((BATCH, 6),), {"sizes": (2, -1, -1)}, "one may be -1"),
    ("split4", ((BATCH, 8),), {"dim": 0}, "the batch"),
    ("pad", ((BATCH, 3),), {"mode": "reflect", "before": 3}, "more places than the 3"),
    ("pad", ((BATCH, 3),), {"mode": "circular", "after": 4}, "Padding of 4"),
    ("repeat", ((BATCH, 3),), {"dim": 2}, "axes 0 to 1"),
    ("reverse_sequence", ((BATCH, 4, 3), (BATCH, 5)), {}, "a mark for each of the 4 steps"),
    ("reverse_sequence", ((BATCH, 4, 3), (BATCH, 4)), {}, "Take Padding mask"),
    ("shift_right", ((BATCH, 4),), {"steps": 4}, "leaves nothing of the 4"),
    ("average", ((BATCH, 3), (BATCH, 4)), {}, "do not go together"),
    ("matmul", ((BATCH, 3, 4), (BATCH, 3, 4)), {}, "4 columns, the second 3 rows"),
    ("matmul", ((BATCH, 2, 3, 4), (BATCH, 5, 4, 3)), {}, "axes in front"),
    ("dot", ((BATCH, 3), (BATCH, 4)), {}, "do not go together"),
    ("dot", ((BATCH, 3), (BATCH, 3)), {"dim": 0}, "the batch"),
]


@pytest.mark.parametrize(("spec_id", "shapes", "params", "words"), COMPLAINTS)
def test_mistakes_get_a_sentence(
    spec_id: str, shapes: tuple[tuple[int, ...], ...], params: dict[str, Any], words: str
) -> None:
    said = complaint(spec_id, *shapes, **params)
    assert words in said
    assert "cannot take" not in said
