"""A trained network asked about samples of the user's own."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from engine import cli, files
from engine.judge.answers import judge
from engine.judge.asking import answer_files, save
from engine.judge.trying import Tryout
from engine.session import Session
from engine.train.setup import build, load_data

if TYPE_CHECKING:
    from pathlib import Path

    from engine.project import Project


def trained(template: str, epochs: int = 2, **source: object) -> tuple[Project, dict[str, object]]:
    project = files.template(template).with_training(epochs=epochs, isolation="thread", threads=1)
    if source:
        data = project.data
        project = project.but(data=data.but(source=data.source.but(params=source)))
    session = Session(project)
    session.start()
    assert session.join(60)
    return project, session.state_dict  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("digits-mlp", "picture"),
        ("iris", "numbers"),
        ("diabetes-regression", "numbers"),
        ("table-and-image", "picture"),
        ("daily-temperature-lstm", "numbers"),
    ],
)
def test_it_answers_as_the_evaluation_does(template: str, kind: str) -> None:
    project, weights = trained(template, 1)
    tryout = Tryout(project, weights)  # type: ignore[arg-type]
    assert tryout.asks[0].kind == kind
    judged = judge(project, weights, "test", tryout.data)  # type: ignore[arg-type]
    rows = [0, 3, 11]
    values = {a.name: np.stack([tryout.sample(r)[a.name] for r in rows]) for a in tryout.asks}
    for mine, whole in zip(tryout.say(values), judged.answers, strict=True):
        places = [int(np.flatnonzero(whole.sample == row)[0]) for row in rows]
        np.testing.assert_allclose(mine.prediction, whole.prediction[places], rtol=1e-4, atol=1e-5)


def test_it_answers_although_the_loss_leaves_out_the_first_class() -> None:
    project = files.template("digits-mlp")
    loss = next(n.id for n in project.graph.nodes.values() if n.spec == "cross_entropy")
    project = project.with_graph(project.graph.set_params(loss, {"ignore_index": 0}))
    data = load_data(project, None, lambda: False)
    tryout = Tryout(project, build(project, data).root.state_dict(), data)
    (answers,) = tryout.say({tryout.asks[0].name: tryout.sample(0)[tryout.asks[0].name][None]})
    assert answers.prediction.shape == (1, 10)


def test_a_text_is_numbered_as_the_data_was() -> None:
    project, weights = trained("bidirectional-lstm", 1, length=40, vocabulary=500, limit=60)
    tryout = Tryout(project, weights)  # type: ignore[arg-type]
    words = tryout.data.words["tokens"]
    tokens, used = tryout.read_text("tokens", f"{words[5]} {words[2]} xyzzyq")
    assert used == 3
    assert tokens[:4].tolist() == [5, 2, words.index("<unknown>"), words.index("<padding>")]
    assert len(tokens) == 40
    (answers,) = tryout.say({"tokens": tokens[None]})
    assert answers.prediction.sum() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="Type a text first"):
        tryout.read_text("tokens", "  ")


def test_a_language_model_writes_on() -> None:
    project, weights = trained("tiny-language-model", 1, limit=64)
    tryout = Tryout(project, weights)  # type: ignore[arg-type]
    assert tryout.writes
    said = tryout.write("ROMEO:", 20, 0.8)
    assert said.startswith("ROMEO:")
    assert len(said) == 26
    assert said == tryout.write("ROMEO:", 20, 0.8)
    tokens, used = tryout.read_text("tokens", "the king")
    (answers,) = tryout.say({"tokens": tokens[None]})
    assert answers.step is not None
    other = tokens.copy()
    other[used:] = 3  # what comes later does not matter
    (again,) = tryout.say({"tokens": other[None]})
    np.testing.assert_allclose(answers.prediction[used - 1], again.prediction[used - 1], atol=1e-5)
    with pytest.raises(ValueError, match="has no '€'"):
        tryout.read_text("tokens", "€ ten")


def test_a_table_is_answered_row_by_row(tmp_path: Path) -> None:
    project, weights = trained("iris", 3)
    tryout = Tryout(project, weights)  # type: ignore[arg-type]
    ask = tryout.asks[0]
    rows = [tryout.sample(n)["features"] for n in range(6)]
    table = tmp_path / "flowers.csv"
    mixed = [2, 0, 3, 1]  # columns are found by name
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([ask.columns[n] for n in mixed])
        writer.writerows([[f"{row[n]:.6f}" for n in mixed] for row in rows])
    answered = answer_files(tryout, [table])
    (answers,) = tryout.say({"features": np.stack(rows)})
    assert [row[1] for row in answered.rows] == [
        answers.class_name(int(n)) for n in answers.prediction.argmax(1)
    ]
    assert answered.rows[0][0] == "Row 2"
    out = tmp_path / "out.csv"
    save(answered, out)
    with out.open(newline="") as file:
        assert [tuple(row) for row in csv.reader(file)] == [answered.headings, *answered.rows]
    table.write_text("a,b,c,d\n1,2,3,x\n")
    with pytest.raises(ValueError, match="has no column"):
        answer_files(tryout, [table])
    table.write_text(",".join(ask.columns) + "\n1,2,,4\n5,6,7,8\n")
    with pytest.raises(ValueError, match=r"Row 2, column .* is empty"):
        answer_files(tryout, [table])


def test_pictures_are_answered_file_by_file(tmp_path: Path) -> None:
    project, weights = trained("digits-mlp", 2)
    tryout = Tryout(project, weights)  # type: ignore[arg-type]
    paths, values = [], []
    for row in range(3):
        pixels = tryout.sample(row)["pixels"]
        values.append(np.round(pixels * 255) / 255)
        paths.append(tmp_path / f"{row}.png")
        Image.fromarray((pixels.reshape(8, 8) * 255).round().astype(np.uint8)).save(paths[-1])
    answered = answer_files(tryout, paths)
    (answers,) = tryout.say({"pixels": np.stack(values)})
    assert [row[0] for row in answered.rows] == ["0.png", "1.png", "2.png"]
    assert [row[1] for row in answered.rows] == [str(n) for n in answers.prediction.argmax(1)]
    paths[0].write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"0\.png cannot be read as a picture"):
        answer_files(tryout, paths)


def test_what_cannot_be_tried_says_why() -> None:
    project, weights = trained("gan", 1, limit=100)
    with pytest.raises(ValueError, match="nothing to try"):
        Tryout(project, weights)  # type: ignore[arg-type]
    project, weights = trained("iris", 1)
    tryout = Tryout(project, weights)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'features' wants 4 numbers a sample; received 3"):
        tryout.say({"features": np.zeros((1, 3))})
    with pytest.raises(ValueError, match="not a number"):
        tryout.say({"features": np.full((1, 4), np.nan)})


def test_the_command_line_answers_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, table, out = tmp_path / "i.loom", tmp_path / "new.csv", tmp_path / "out.csv"
    files.save(files.template("iris").with_training(threads=1), file)
    names = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)"
    table.write_text(f"{names}\n5,3.4,1.5,0.2\n6.7,3,5.2,2.3\n")
    assert cli.main(["predict", str(file), str(table)]) == 2
    assert "has no runs yet" in capsys.readouterr().err
    assert cli.main(["train", str(file), "--epochs", "25"]) == 0
    capsys.readouterr()
    assert cli.main(["predict", str(file), str(table), "--json", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row[:2] for row in told["rows"]] == [["Row 2", "setosa"], ["Row 3", "virginica"]]
    assert out.read_text().startswith("Sample,target,target: how sure\nRow 2,setosa,")
