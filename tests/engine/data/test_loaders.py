"""What the loaders return is what their entries state, and always the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.catalog import registry
from engine.catalog.spec import SourceSpec, load_target
from engine.data import describe, load, loaders
from engine.data.dataset import IGNORED
from engine.project import Choice, DataRecipe, Split

IDS = sorted(registry.of_kind(SourceSpec))
FROM_FILES = {
    "csv",
    "series_csv",
    "image_folder",
    "image_table",
    "text_characters",
    "text_words",
    "text_folder",
}
UNREAD = [name for name in IDS if name not in FROM_FILES]
WELL_KNOWN = {
    "fashion_mnist",
    "mnist",
    "cifar10",
    "daily_temperature",
    "tinyshakespeare",
    "review_polarity",
    "mnist_episodes",
    "mnist_pairs",
    "mnist_domains",
}


def test_the_catalogue_has_every_source():
    bundled = {"digits", "iris", "wine", "breast_cancer", "diabetes"}
    bundled |= {"digits_halves", "digits_tasks"}
    synthetic = {"moons", "circles", "spirals", "xor", "blobs", "gates", "sine", "date_formats"}
    assert set(IDS) == bundled | synthetic | WELL_KNOWN | FROM_FILES


@pytest.mark.parametrize("source", IDS)
def test_a_loader_takes_the_settings_of_its_entry(source):
    import inspect

    spec = registry.source(source)
    parameters = inspect.signature(load_target(spec.target)).parameters
    names = [p.name for p in spec.params]
    assert [name for name in parameters if name != "report"] == names
    if spec.peek:
        peek = inspect.signature(load_target(spec.peek)).parameters
        assert [(p.name, p.default) for p in peek.values()] == [
            (name, parameters[name].default) for name in names
        ]
    for param in spec.params:
        if parameters[param.name].default is not inspect.Parameter.empty:
            assert parameters[param.name].default == param.default
        assert param.doc


@pytest.mark.parametrize("source", UNREAD)
def test_what_is_stated_is_what_is_loaded(source, request, monkeypatch):
    if source in WELL_KNOWN:
        folder = request.getfixturevalue("data_folder")
        monkeypatch.setenv("LAYERLOOM_DATA", str(folder))
    spec, recipe = registry.source(source), DataRecipe(source=Choice(id=source))
    info, data, again = describe(recipe), load(recipe), load(recipe)
    assert info.known
    assert data.fields == info.fields
    assert data.task == info.task
    if spec.fields:
        assert {f.name: f for f in spec.fields} == info.fields
        assert info.samples == spec.samples or not spec.samples
        assert info.own == spec.own
    if source not in WELL_KNOWN:
        assert sum(data.sizes.values()) == info.samples
    for part, held in data.parts.items():
        for name, values in held.items():
            field = data.fields[name]
            assert values.shape == (data.sizes[part], *field.shape)
            assert str(values.dtype) == f"torch.{field.dtype}"
            assert torch.equal(values, again.parts[part][name])
            assert torch.isfinite(values).all()
    if "target" in data.classes:
        labels = data.parts["train"]["target"]
        found = [label for label in labels.unique().tolist() if label != IGNORED]
        every = list(range(len(data.classes["target"])))
        # Letters of a language need not all occur in its answers.
        assert found == every if not data.fields["target"].shape else set(found) <= set(every)


def test_digits_have_the_same_pixels_twice():
    data = loaders.digits()["fields"]
    np.testing.assert_array_equal(data["pixels"], data["image"].reshape(-1, 64))
    assert data["pixels"].max() == 1


def test_diabetes_comes_unscaled():
    assert loaders.diabetes()["fields"]["features"][:, 0].max() == 79


@pytest.mark.parametrize("source", ["moons", "circles", "spirals", "xor", "blobs"])
def test_synthetic_points_follow_their_settings(source):
    make = getattr(loaders, source)
    point = make(samples=200, seed=1)["fields"]["point"]
    assert point.shape == (200, 2)
    np.testing.assert_array_equal(point, make(samples=200, seed=1)["fields"]["point"])
    assert not np.array_equal(point, make(samples=200, seed=2)["fields"]["point"])


@pytest.mark.parametrize(
    ("gate", "answers"),
    [
        ("and", [0, 0, 0, 1]),
        ("or", [0, 1, 1, 1]),
        ("xor", [0, 1, 1, 0]),
        ("nand", [1, 1, 1, 0]),
        ("nor", [1, 0, 0, 0]),
        ("xnor", [1, 0, 0, 1]),
    ],
)
def test_gates_say_what_their_truth_table_says(gate, answers):
    data = loaders.gates(gate, samples=100, noise=0.0)["fields"]
    places = data["point"].astype(int) @ [2, 1]
    assert set(places) == {0, 1, 2, 3}
    np.testing.assert_array_equal(data["target"], np.array(answers)[places])


def test_sine_without_noise_is_a_sine():
    data = loaders.sine(samples=50, periods=2.0, noise=0.0)["fields"]
    np.testing.assert_allclose(data["target"], np.sin(2 * np.pi * data["x"]))


@pytest.mark.parametrize("source", ["spirals", "blobs"])
def test_the_number_of_classes_reaches_the_fields(source):
    recipe = DataRecipe(source=Choice(id=source, params={"classes": 5, "samples": 100}))
    info = describe(recipe)
    assert info.samples == 100
    assert info.fields["target"].classes == ("0", "1", "2", "3", "4")
    assert load(recipe).fields == info.fields


def test_xor_without_noise_is_exact():
    data = loaders.xor(samples=500, noise=0.0)["fields"]
    x, y = data["point"].T
    np.testing.assert_array_equal(data["target"], x * y < 0)


def test_windows_hold_the_values_before_the_target():
    data = loaders.windows(np.arange(10.0), window=4, horizon=2)["fields"]
    np.testing.assert_array_equal(data["window"][0, :, 0], [0, 1, 2, 3])
    assert data["target"][:, 0].tolist() == [5, 6, 7, 8, 9]
    with pytest.raises(ValueError, match="too few for a window of 9 and a horizon of 2"):
        loaders.windows(np.arange(10.0), window=9, horizon=2)


def test_window_length_reaches_the_fields(data_folder, monkeypatch):
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    params = {"window": 7, "horizon": 3}
    recipe = DataRecipe(source=Choice(id="daily_temperature", params=params))
    assert describe(recipe).fields["window"].shape == (7, 1)
    assert load(recipe).fields == describe(recipe).fields


def test_a_set_with_its_own_test_part_keeps_it(data_folder, monkeypatch):
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    recipe = DataRecipe(source=Choice(id="mnist"))
    assert load(recipe).sizes == {"train": 7200, "validation": 800, "test": 2000}
    own = recipe.but(split=Split(train=0.5, validation=0.25, test=0.0))
    assert load(own).sizes == {"train": 4000, "validation": 2000, "test": 2000}
    raw = load(recipe.but(scaling="none")).parts["test"]["image"]
    assert raw.min() == 0
    assert raw.max() == 1


def test_fashion_mnist_loads_fast_and_lean(data_folder, monkeypatch):
    import time
    import tracemalloc

    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    recipe = DataRecipe(source=Choice(id="fashion_mnist"))
    start = time.perf_counter()
    data = load(recipe)
    seconds = time.perf_counter() - start
    assert data.sizes == {"train": 54_000, "validation": 6_000, "test": 10_000}
    held = sum(t.numel() * t.element_size() for part in data.parts.values() for t in part.values())
    del data
    tracemalloc.start()
    load(recipe)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.6 * held
    assert seconds < 5, "0.6 s on an idle machine"
