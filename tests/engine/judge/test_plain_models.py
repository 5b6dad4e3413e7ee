"""Plain models learn from all samples that the time allows; a missing label has no name."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.dummy import DummyRegressor
from sklearn.naive_bayes import GaussianNB

from engine.catalog.spec import Field
from engine.data.dataset import Dataset
from engine.judge import baselines
from engine.judge.trying import _right
from engine.modules.reports import threshold_curve


@pytest.mark.parametrize("samples", [1001, 1003, 2018])
def test_every_sample_is_learned_from_once_there_is_time(samples: int) -> None:
    rows = torch.arange(float(samples))[:, None]
    held = {"x": rows, "target": rows}
    fields = {
        "x": Field(name="x", shape=(1,)),
        "target": Field(name="target", shape=(1,), role="target"),
    }
    data = Dataset({"train": held, "test": held}, fields, "regression")
    order = np.random.default_rng(0).permutation(samples)
    given = baselines._Given(data, ("x",), "target", order, 60.0, lambda: False)
    judged = rows.numpy(), rows.numpy()[:, 0]
    found = baselines._one("mean", "Mean", DummyRegressor, given, judged, "regression")
    assert (found.trained, found.of) == (samples, samples)


def test_a_model_of_constant_features_is_measured_without_a_warning() -> None:
    held = {"x": torch.ones(40, 2), "target": torch.arange(40) % 2}
    fields = {
        "x": Field(name="x", shape=(2,)),
        "target": Field(name="target", shape=(), dtype="int64", role="target"),
    }
    data = Dataset({"train": held, "test": held}, fields, "classes")
    given = baselines._Given(data, ("x",), "target", np.arange(40), 0.1, lambda: False)
    judged = held["x"].numpy(), held["target"].numpy()
    found = baselines._one("bayes", "Bayes", GaussianNB, given, judged, "classes")
    assert found.figures["accuracy"] == 0.5


def test_a_network_with_a_single_class_has_a_threshold_curve() -> None:
    found = threshold_curve(np.ones((5, 1)), np.zeros(5, int))
    assert found["recall"].tolist() == [1.0] * 101


@pytest.mark.parametrize(("label", "name"), [(1, "yes"), (-1, ""), (-100, ""), (2, "")])
def test_a_label_that_names_no_class_is_not_put_into_words(label: int, name: str) -> None:
    target = Field(name="target", shape=(), dtype="int64", role="target", classes=("no", "yes"))
    data = Dataset({}, {"target": target}, "classes")
    assert _right(data, "target", torch.tensor(label)) == name
