"""Datasets: units, devices, refusals; and that describing costs no torch."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from engine.data import DataError, describe, load, prepare_arguments
from engine.project import Choice, DataRecipe, Split


def test_describing_and_importing_load_neither_torch_nor_scikit_learn(root):
    code = (
        "import sys; from engine.data import describe, load; from engine.project import DataRecipe;"
        "assert describe(DataRecipe()).fields;"
        "assert not {'torch', 'sklearn', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


def test_the_recipe_decides_the_parts():
    recipe = DataRecipe(split=Split(train=0.5, validation=0.25, test=0.25, seed=3))
    assert load(recipe).sizes == {"train": 899, "validation": 449, "test": 449}
    other = load(recipe.but(split=recipe.split.but(seed=4)))
    assert not torch.equal(load(recipe).parts["train"]["pixels"], other.parts["train"]["pixels"])


def test_a_scaled_target_returns_to_its_own_units():
    recipe = DataRecipe(source=Choice(id="diabetes"), scale_target=True)
    scaled, plain = load(recipe), load(recipe.but(scale_target=False))
    mean, deviation = scaled.target_scale["target"]
    truth = plain.parts["train"]["target"]
    assert mean == pytest.approx(truth.mean().item())
    assert deviation == pytest.approx(truth.std(correction=0).item())
    assert plain.target_scale == {}
    for part in scaled.parts:
        back = scaled.original("target", scaled.parts[part]["target"])
        torch.testing.assert_close(back, plain.parts[part]["target"])
    features = scaled.original("features", scaled.parts["test"]["features"])
    raw = load(recipe.but(scaling="none")).parts["test"]["features"]
    torch.testing.assert_close(features, raw)


def test_moving_keeps_everything():
    data = load(DataRecipe(source=Choice(id="iris")))
    moved = data.to("meta")
    assert moved.parts["train"]["features"].device.type == "meta"
    assert moved.sizes == data.sizes
    assert data.inputs == ("features",)
    assert data.persistence is None


def test_the_persistence_forecast_is_the_last_value_seen(data_folder, monkeypatch):
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    recipe = DataRecipe(source=Choice(id="daily_temperature"), scale_target=True)
    data, raw = load(recipe), load(recipe.but(scaling="none", scale_target=False))
    assert data.persistence is not None
    for part, guess in data.persistence.items():
        assert guess.shape == raw.parts[part]["target"].shape
        torch.testing.assert_close(guess, raw.parts[part]["window"][:, -1])
        # One step ahead, the last value of a window is the target of the window before.
        torch.testing.assert_close(guess[1:], raw.parts[part]["target"][:-1])


def test_a_series_is_parted_by_time_whatever_the_recipe_says(data_folder, monkeypatch):
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    recipe = DataRecipe(source=Choice(id="daily_temperature"), split=Split(method="random"))
    assert prepare_arguments(recipe)["method"] == "time"
    assert prepare_arguments(recipe)["gap"] == 30


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (DataRecipe(source=Choice(id="nothing")), "There is no source called 'nothing'"),
        (
            DataRecipe(source=Choice(id="moons", params={"samples": 3})),
            "Samples must be at least 10; received 3",
        ),
        (DataRecipe(split=Split(train=0.9, validation=0.5)), "add up to 155 %"),
    ],
)
def test_a_wrong_recipe_has_its_sentence(recipe, words):
    with pytest.raises(DataError, match=words):
        load(recipe)


def test_describing_a_wrong_recipe_is_refused():
    with pytest.raises(DataError, match="There is no source"):
        describe(DataRecipe(source=Choice(id="nothing")))
