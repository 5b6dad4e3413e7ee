"""Whole networks judged: their answers, cross-validation, plain models beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine import files
from engine.catalog.spec import Field
from engine.cli import main
from engine.data import load
from engine.data.dataset import Dataset, prepare_arguments, read
from engine.data.preparation import part_rows
from engine.judge import baselines as plain
from engine.judge.answers import judge
from engine.judge.baselines import baselines
from engine.judge.folds import cross_validate, fold_data, spread_words
from engine.judge.samples import look
from engine.project import Project
from engine.session import Session, run_headless
from engine.train.failure import Ended

if TYPE_CHECKING:
    from pathlib import Path


def trained(project: Project) -> Session:
    session = Session(project)
    session.start()
    assert session.join(120)
    assert session.result is not None
    return session


def short(template: str, **training: Any) -> Project:
    return files.template(template).with_training(**{"epochs": 2, "threads": 1, **training})


def test_answers_give_the_figures_of_the_run() -> None:
    project = short("digits-mlp")
    session = trained(project)
    assert session.result is not None
    judged = judge(session.project, session.state_dict, "test")
    (answers,) = judged.answers
    assert answers.task == "classes"
    assert answers.prediction.shape == (len(answers.target), 10)
    assert np.allclose(answers.prediction.sum(1), 1)
    right = (answers.prediction.argmax(1) == answers.target).mean()
    assert right == pytest.approx(session.result["test"]["accuracy"])
    assert judged.metrics == pytest.approx(session.result["test"])
    report = answers.report("class_report")
    assert report["accuracy"] == pytest.approx(right)
    counts = answers.report("confusion_matrix")["counts"]
    assert counts.sum() == len(answers.target)
    assert {r.id for r in answers.reports} >= {"roc_curve", "calibration", "worst_samples"}


def test_regression_answers_are_in_the_targets_unit() -> None:
    session = trained(short("diabetes-regression"))
    assert session.result is not None
    (answers,) = judge(session.project, session.state_dict, "validation").answers
    found = answers.report("residuals")
    assert found["rmse"] == pytest.approx(session.result["validation"]["rmse"], rel=1e-5)
    assert found["r2"] == pytest.approx(session.result["validation"]["r2"], rel=1e-4)


def test_judging_draws_no_random_number() -> None:
    session = trained(short("moons-mlp"))
    torch.manual_seed(4)
    expected = torch.rand(3)
    torch.manual_seed(4)
    judge(session.project, session.state_dict, "test")
    assert torch.equal(torch.rand(3), expected)


def test_weights_of_another_network_are_refused() -> None:
    session = trained(short("moons-mlp"))
    with pytest.raises(ValueError, match="another network"):
        judge(short("iris"), session.state_dict, "test")


def test_judging_can_be_cancelled() -> None:
    session = trained(short("moons-mlp"))
    with pytest.raises(Ended):
        judge(session.project, session.state_dict, "train", cancelled=lambda: True)


def test_folds_are_scikit_learns() -> None:
    project = short("iris")
    data = load(project.data)
    folds = list(fold_data(project, 5))
    sizes = data.sizes
    labels = torch.cat([f.parts["validation"]["target"] for f in folds])
    assert len(labels) == sizes["train"] + sizes["validation"]
    assert [f.sizes["test"] for f in folds] == [sizes["test"]] * 5
    for fold in folds:
        inputs = fold.parts["train"][fold.inputs[0]]
        assert torch.allclose(inputs.mean(0), torch.zeros(4), atol=1e-5)
        counts = torch.bincount(fold.parts["validation"]["target"])
        assert counts.max() - counts.min() <= 1
    _, raw = read(project.data)
    chosen = {k: v for k, v in prepare_arguments(project.data).items() if "scal" not in k}
    rows = part_rows(raw, **chosen)
    pool = raw["fields"]["target"][np.sort(np.append(rows["train"], rows["validation"]))]
    cutter = StratifiedKFold(5, shuffle=True, random_state=project.data.split.seed)
    for fold, (_, left) in zip(folds, cutter.split(pool, pool), strict=True):
        assert (fold.parts["validation"]["target"].numpy() == pool[left]).all()


def test_folds_of_a_series_lie_after_what_they_learn_from(
    data_folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    from engine.project import Choice, DataRecipe

    project = Project(data=DataRecipe(source=Choice(id="daily_temperature"), scaling="none"))
    sizes = [f.sizes for f in fold_data(project, 3)]
    assert sizes[0]["train"] < sizes[1]["train"] < sizes[2]["train"]
    assert len({s["validation"] for s in sizes}) == 1


def test_cross_validation() -> None:
    project = short("iris", epochs=12)
    heard: list[tuple[str, float]] = []
    found = cross_validate(project, 3, told=lambda text, share: heard.append((text, share)))
    accuracies = [fold.figures["accuracy"] for fold in found.folds]
    assert found.means["accuracy"] == pytest.approx(np.mean(accuracies))
    assert found.deviations["accuracy"] == pytest.approx(np.std(accuracies, ddof=1))
    assert [len(fold.epochs) for fold in found.folds] == [12] * 3
    assert found.folds[0].epochs[-1]["accuracy"] == pytest.approx(accuracies[0])
    assert sum(fold.held_out for fold in found.folds) == found.folds[0].trained + (
        found.folds[0].held_out
    )
    assert heard[-1] == ("Fold 3 of 3, epoch 12 of 12", 1.0)
    again = cross_validate(project, 3)
    assert again.means == found.means


def test_cross_validation_can_be_cancelled() -> None:
    with pytest.raises(Ended):
        cross_validate(short("iris"), 3, cancelled=lambda: True)


def test_too_few_samples_for_so_many_folds() -> None:
    with pytest.raises(ValueError, match="too few"):
        cross_validate(short("iris"), 100_000)


def test_spread_in_words() -> None:
    assert spread_words(0.91234, 0.0123) == "0.912 ± 0.012"
    assert spread_words(12.3, 0.0) == "12.3"


def test_baselines_are_scikit_learns() -> None:
    data = load(short("digits-mlp").data)
    table = baselines(data, ["pixels"], seconds=60)
    assert table.task == "classes"
    rows = {row.id: row for row in table.rows}
    assert len(rows) == 7
    assert all(row.figures for row in table.rows)
    assert table.note == ""
    train, test = data.parts["train"], data.parts["test"]
    model: Any = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(train["pixels"].numpy(), train["target"].numpy())
    expected = model.score(test["pixels"].numpy(), test["target"].numpy())
    assert rows["linear"].figures["accuracy"] == pytest.approx(expected, abs=1e-9)
    assert rows["linear"].trained == len(train["target"])
    assert rows["svm"].figures["accuracy"] > 0.95
    assert rows["most_frequent"].figures["accuracy"] < 0.2


def test_baselines_that_run_out_of_time_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    data = load(short("digits-mlp").data)
    monkeypatch.setattr(plain, "MOST_JUDGED", 100)
    table = baselines(data, ["pixels"], seconds=1e-9)
    assert all(row.trained == plain.FIRST for row in table.rows)
    assert "100 of" in table.note
    assert "fewer samples" in table.note
    with pytest.raises(Ended):
        baselines(data, ["pixels"], cancelled=lambda: True)


def test_baselines_for_numbers() -> None:
    project = short("diabetes-regression")
    data = load(project.data)
    table = baselines(data, data.inputs, seconds=30)
    assert {row.id for row in table.rows} >= {"linear", "svm", "forest", "boosting", "neighbours"}
    linear = next(row for row in table.rows if row.id == "linear")
    assert linear.figures["r2"] > 0.3
    assert all(row.figures for row in table.rows)


def test_baselines_refuse_tokens() -> None:
    data = load(short("iris").data)
    fields = {n: replace(f, dtype="int64") for n, f in data.fields.items()}
    with pytest.raises(ValueError, match="tokens"):
        baselines(replace(data, fields=fields), data.inputs)


def test_reports_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "flowers.loom"
    project = short("iris", epochs=3)
    files.save(project, path)
    run_headless(project, run_dir=tmp_path / "flowers.runs" / "one")
    capsys.readouterr()
    command = ["evaluate", str(path), "--report", "confusion_matrix", "--report", "class_report"]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    counts = np.array(found["reports"]["confusion_matrix"]["counts"])
    assert counts.trace() / counts.sum() == pytest.approx(found["test"]["accuracy"])
    assert found["reports"]["class_report"]["accuracy"] == pytest.approx(found["test"]["accuracy"])
    assert main([*command, "--part", "train"]) == 0
    assert "rows actual, columns predicted" in capsys.readouterr().out
    assert main(["evaluate", str(path), "--report", "residuals"]) == 2
    assert "does not suit" in capsys.readouterr().err
    assert main(["evaluate", str(path), "--report", "nothing"]) == 2
    assert "no report called" in capsys.readouterr().err


def test_a_sample_of_a_text_is_shown_up_to_its_answer() -> None:
    data = Dataset(
        parts={"test": {"text": torch.arange(60)[None] % 3}},
        fields={"text": Field(name="text", shape=(60,), dtype="int64")},
        task="classes",
        words={"text": ("a", "b", "\n")},
    )
    assert look(data, "test", [0], [2]).texts == ("ab↵…",)
    assert look(data, "test", [0]).texts[0] == "ab↵" * 13 + "a…"
    assert look(data, "test", [0], [59]).texts[0].startswith("…")


def test_pictures_are_shown_as_pictures() -> None:
    data = load(short("digits-mlp").data)
    seen = look(data, "test", [0, 5])
    assert seen.images is not None
    assert seen.images.shape == (2, 8, 8)
    assert seen.images.max() == 255
