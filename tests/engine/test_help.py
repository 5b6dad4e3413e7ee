"""Help pages: complete for every entry, pictures right to the figure, found by words."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch

from engine.catalog import registry
from engine.catalog.spec import Param
from engine.help.drawing import Grid, Plot, plain, ticks
from engine.help.figures import bowl
from engine.help.page import KINDS, allowed, keys, page
from engine.help.pictures import pictures
from engine.help.search import find
from engine.help.svg import svg

ENTRIES = registry.entries()
DRAWN = ("layer", "loss", "optimizer", "schedule", "initializer")
WORDED = (*DRAWN, "metric", "technique", "report", "block", "recipe")


def plot(key: str, place: int = 0) -> Plot:
    found = pictures(key)[place]
    assert isinstance(found, Plot)
    return found


def points(key: str, name: str, place: int = 0) -> tuple[np.ndarray, np.ndarray]:
    series = next(s for s in plot(key, place).series if s.name == name)
    return np.array(series.x), np.array(series.y)


@pytest.mark.parametrize("kind", WORDED)
def test_every_entry_says_when_to_use_it_and_what_goes_wrong(kind: str) -> None:
    mute = [k for k, e in ENTRIES.items() if e.kind == kind and not (e.notes and e.pitfalls)]
    assert mute == []


def test_every_entry_has_a_page_with_its_settings() -> None:
    assert set(keys()) == set(ENTRIES)
    for key in keys():
        shown = page(key)
        assert shown.kind in KINDS.values()
        assert [s.name for s in shown.settings] == [p.name for p in shown.spec.params]
        assert all(s.doc and s.allowed and s.label for s in shown.settings)


@pytest.mark.parametrize(
    ("param", "words"),
    [
        (Param(name="a", default=3, ge=1, le=65_536, doc=""), "whole number, 1 to 65,536"),
        (Param(name="a", default=0.5, gt=0, lt=1, doc=""), "number, above 0 to below 1"),
        (Param(name="a", default=0.5, gt=0, doc=""), "number, above 0"),
        (Param(name="a", default=(3, 3), length=2, ge=1, doc=""), "2 whole numbers, 1 or more"),
        (Param(name="a", default=True, doc=""), "on, off"),
        (Param(name="a", default="x", choices=("x", "y"), doc=""), "“x”, “y”"),
    ],
)
def test_what_a_setting_takes_is_said_in_words(param: Param, words: str) -> None:
    assert allowed(param) == words


def test_pictures_are_sound_and_move_no_random_number() -> None:
    pictures.cache_clear()
    before = torch.get_rng_state()
    for key in keys():
        for picture in pictures(key):
            root = ET.fromstring(svg(picture))
            assert root.tag.endswith("svg")
            assert "nan" not in svg(picture).lower().replace("relu", "")
            assert picture.title
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("kind", ["optimizer", "schedule"])
def test_every_entry_of_these_kinds_has_a_picture(kind: str) -> None:
    assert all(pictures(key) for key, e in ENTRIES.items() if e.kind == kind)


@pytest.mark.parametrize(
    ("key", "curve", "slope"),
    [
        ("layer/relu", lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
        ("layer/tanh", np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        (
            "layer/elu",
            lambda x: np.where(x > 0, x, np.exp(x) - 1),
            lambda x: np.where(x > 0, 1, np.exp(x)),
        ),
        ("layer/leaky_relu", lambda x: np.where(x > 0, x, 0.2 * x), lambda x: 1 - 0.8 * (x < 0)),
    ],
)
def test_an_activation_is_drawn_as_its_formula_says(key: str, curve, slope) -> None:
    x, y = points(key, "y")
    assert np.allclose(y, curve(x), atol=1e-6)
    assert np.allclose(points(key, "gradient")[1], slope(x), atol=1e-6)


def test_a_softmax_is_drawn_as_bars_that_sum_to_one() -> None:
    assert math.isclose(sum(points("layer/softmax", "out")[1]), 1, rel_tol=1e-5)


@pytest.mark.parametrize(
    ("key", "height", "width"),
    [("layer/conv2d", 3, 3), ("layer/max_pool2d", 2, 2), ("layer/conv1d", 1, 3)],
)
def test_the_receptive_field_is_the_kernel(key: str, height: int, width: int) -> None:
    grid = pictures(key)[0]
    assert isinstance(grid, Grid)
    assert grid.frame is not None
    assert grid.frame[2:] == (height, width)
    assert sum(v != 0 for row in grid.values for v in row) == height * width


def test_an_average_pool_shows_its_weights() -> None:
    grid = pictures("layer/avg_pool2d")[0]
    assert isinstance(grid, Grid)
    assert sorted({v for row in grid.values for v in row}) == [0, 0.25]
    assert grid.numbers


def test_a_schedule_is_drawn_by_its_closed_form() -> None:
    share, rate = points("schedule/cosine", "learning rate ÷ η₀")
    epochs = np.round(share / 100 * (len(rate) - 1))
    assert np.allclose(rate, 0.5 * (1 + np.cos(np.pi * epochs / len(rate))), atol=1e-9)


@pytest.mark.parametrize(
    ("key", "formula"),
    [
        ("loss/mse", lambda e: e**2),
        ("loss/mae", np.abs),
        ("loss/huber", lambda e: np.where(abs(e) <= 1, e**2 / 2, abs(e) - 0.5)),
        ("loss/cross_entropy", lambda m: np.log1p(np.exp(-m))),
    ],
)
def test_a_loss_is_drawn_as_its_formula_says(key: str, formula) -> None:
    x, y = points(key, "loss")
    assert np.allclose(y, formula(x), atol=1e-5)


def test_a_loss_of_yes_and_no_has_a_curve_for_each() -> None:
    x, yes = points("loss/bce_with_logits", "target 1")
    assert np.allclose(yes, np.log1p(np.exp(-x)), atol=1e-5)
    assert np.allclose(
        points("loss/bce_with_logits", "target 0")[1], np.log1p(np.exp(x)), atol=1e-5
    )


def test_the_path_down_the_bowl_is_the_optimizers_own() -> None:
    path = bowl.walk("sgd", {"lr": 0.05, "momentum": 0.0}, steps=5)
    x, y = bowl.START
    for px, py in path:
        assert (px, py) == pytest.approx((x, y), rel=1e-5)
        x, y = x * (1 - 0.05 * bowl.STEEP[0]), y * (1 - 0.05 * bowl.STEEP[1])


def test_every_optimizer_gets_down_the_bowl() -> None:
    for spec_id in registry.of_kind(type(registry.optimizer("sgd"))):
        _, path = bowl.best(spec_id, {})
        assert bowl.height(*path[-1]) < 0.9 * bowl.height(*bowl.START), spec_id


def test_an_initializer_states_its_variance() -> None:
    caption = plot("initializer/he_normal").caption
    assert float(caption.split()[1].rstrip(",")) == pytest.approx(2 / 256, rel=0.02)
    _, size = points("initializer/zeros", "ReLU", 1)
    assert size[1] == 0


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("relu", "layer/relu"),
        ("leaky", "layer/leaky_relu"),
        ("adam", "optimizer/adam"),
        ("he normal", "initializer/he_normal"),
        ("one cycle", "schedule/one_cycle"),
        ("SENet", "block/squeeze_excite"),
    ],
)
def test_words_find_what_is_meant(words: str, first: str) -> None:
    assert find(words)[0] == first


def test_rows_of_the_coverage_are_found_and_nonsense_is_not() -> None:
    assert "layer/conv2d" in find("lay-10")
    assert find("xylophone quartet") == []
    assert find("") == keys()


def test_ticks_are_round() -> None:
    assert ticks(0, 1, 5) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert ticks(-4, 4, 6) == [-4, -2, 0, 2, 4]
    assert plain(-0.25) == "−0.25"
