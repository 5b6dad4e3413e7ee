"""Baselines are the plain models of scikit-learn on the same parts."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from engine.data import load
from engine.data.baseline import baseline
from engine.project import Choice, DataRecipe, Split


@pytest.mark.parametrize("scale_target", [False, True])
def test_linear_regression_in_the_targets_own_units(scale_target):
    recipe = DataRecipe(source=Choice(id="diabetes"), scaling="none")
    parts = load(recipe).parts
    x, y = (parts["train"][name].double().numpy() for name in ("features", "target"))
    held, truth = (parts["test"][name].double().numpy() for name in ("features", "target"))
    guess = LinearRegression().fit(x, y).predict(held)
    found = baseline(load(recipe.but(scaling="standardize", scale_target=scale_target)))
    assert found["name"] == "Linear regression"
    assert found["test"] == {
        "r2": pytest.approx(r2_score(truth, guess), abs=1e-5),
        "rmse": pytest.approx(root_mean_squared_error(truth, guess), rel=1e-5),
        "mae": pytest.approx(mean_absolute_error(truth, guess), rel=1e-5),
    }


@pytest.mark.parametrize("source", ["iris", "wine", "breast_cancer", "moons"])
def test_logistic_regression_for_class_tables(source):
    found = baseline(load(DataRecipe(source=Choice(id=source))))
    assert found["name"] == "Logistic regression"
    assert found["test"]["accuracy"] > 0.8


def test_persistence_for_a_series(data_folder, monkeypatch):
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    recipe = DataRecipe(source=Choice(id="daily_temperature"), scale_target=True)
    target = load(recipe.but(scale_target=False)).parts["test"]["target"].double().numpy()
    found = baseline(load(recipe))["test"]
    # The forecast for all but the first day is the target of the day before.
    change = np.diff(target[:, 0])
    assert found["rmse"] == pytest.approx(np.sqrt((change**2).mean()), rel=0.01)
    assert set(found) == {"r2", "rmse", "mae"}


def test_no_baseline_for_pictures_or_without_a_test_part():
    assert baseline(load(DataRecipe(source=Choice(id="digits")))) == {}
    split = Split(train=0.8, validation=0.2, test=0.0)
    assert baseline(load(DataRecipe(source=Choice(id="iris"), split=split))) == {}
