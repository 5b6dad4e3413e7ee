"""Text tables as people have them, and one clear sentence for each thing that can be wrong."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import DataError, describe, load
from engine.data.loaders import csv as load_csv
from engine.data.tables import sniff_table
from engine.project import Choice, DataRecipe, Split


@pytest.fixture
def table(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


def recipe(path, source="csv", **params):
    return DataRecipe(
        source=Choice(id=source, params={"path": path, **params}),
        split=Split(method="random"),
        scaling="none",
    )


@pytest.mark.parametrize(
    "text",
    [
        "a,b,y\n1,2,3.5\n4,5,6.5\n",
        "a;b;y\r\n1;2;3.5\r\n4;5;6.5\r\n",
        "a;b;y\n1;2;3,5\n4;5;6,5\n",
        "a\tb\ty\n1\t2\t3.5\n4\t5\t6.5",
        "a b  y\n1  2 3.5\n4 5   6.5\n",
        '"a", "b", "y"\n 1, 2, "3.5"\n 4, 5, 6.5\n',
        "\ufeffa,b,y\n1,2,3.5\n\n4,5,6.5\n\n",
        "\n\na,b,y\n1,2,3.5\n4,5,6.5\n",
    ],
)
def test_delimiter_decimal_mark_and_header_are_found(table, text):
    data = load_csv(table(text))
    np.testing.assert_array_equal(data["fields"]["features"], [[1, 2], [4, 5]])
    np.testing.assert_array_equal(data["fields"]["target"], [[3.5], [6.5]])
    assert data["classes"] == {}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1,2\n3,4\n", []),
        ("x,y\n3,4\n", ["x", "y"]),
        ("5.1,setosa\n4.9,virginica\n", []),
        ("size,kind\n5.1,setosa\n4.9,virginica\n", ["size", "kind"]),
        ("6,abc\n7,8\n", []),
    ],
)
def test_a_header_is_words_over_numbers(text, names):
    assert sniff_table(text.splitlines(), "auto", "auto")[2] == names


def test_header_and_delimiter_can_be_stated(table):
    path = table("2019,2020\n1,2\n3,4.5\n5,6.5\n")
    assert len(load_csv(path)["fields"]["target"]) == 4
    stated = load_csv(path, target="2019", header="yes", delimiter="comma", task="regression")
    np.testing.assert_array_equal(stated["fields"]["target"], [[1], [3], [5]])


def test_a_class_target_may_be_words_or_numbers(table):
    words = load_csv(table("a,kind\n" + "1,cat \n2, dog\n3,cat\n" * 3))
    assert words["classes"] == {"target": ["cat", "dog"]}
    assert words["fields"]["target"].tolist() == [0, 1, 0] * 3
    numbers = load_csv(table("a,kind\n" + "1,10\n2,2\n3,10\n" * 3))
    assert numbers["classes"] == {"target": ["2", "10"]}
    assert numbers["fields"]["target"].tolist() == [1, 0, 1] * 3
    truth = load_csv(table("a,kind\n" + "1,True\n2,False\n" * 3))
    assert truth["classes"] == {"target": ["False", "True"]}


def test_the_task_can_be_chosen(table):
    path = table("a,y\n" + "1,3\n2,4\n" * 5)
    assert load_csv(path)["classes"]
    assert not load_csv(path, task="regression")["classes"]
    path = table("a,y\n1,0.5\n2,1.5\n")
    assert load_csv(path, task="classes")["classes"] == {"target": ["0.5", "1.5"]}


def test_features_can_be_chosen(table):
    path = table("word,a,b,y\nx,1,2,3.5\ny,4,5,6.5\n")
    data = load_csv(path, features=("b", "a"))
    np.testing.assert_array_equal(data["fields"]["features"], [[2, 1], [5, 4]])


ROWS = "age,weight,y\n" + "".join(f"{n},{n / 2},{n / 3}\n" for n in range(15))


@pytest.mark.parametrize(
    ("text", "params", "sentence"),
    [
        (
            ROWS + "abc,1,2\n",
            {},
            (
                "Row 17, column 'age' holds 'abc', which is not a number; "
                "correct it, or leave out the row or column."
            ),
        ),
        (
            ROWS.removeprefix("age,weight,y\n") + "1,2,x9\n",
            {},
            (
                "Row 16, column 'column 3' holds 'x9', which is not a number; "
                "correct it, or leave out the row or column."
            ),
        ),
        (
            ROWS + "\n3,?,1\n",
            {},
            "Row 18, column 'weight' is empty; fill it in, or leave out the row or column.",
        ),
        (
            ROWS + "3,NA,1\n",
            {},
            "Row 17, column 'weight' is empty; fill it in, or leave out the row or column.",
        ),
        (
            ROWS + "3,1e999,1\n",
            {},
            (
                "Row 17, column 'weight' holds 'inf', which is too large; "
                "correct it, or leave out the row or column."
            ),
        ),
        (
            "a,kind\n1,x\n2,\n",
            {},
            "Row 3, column 'kind' is empty; fill it in, or leave out the row.",
        ),
        (ROWS, {"target": "size"}, "There is no column 'size'; the file has age, weight, y."),
        (
            ROWS,
            {"features": ("age", "y")},
            "Column 'y' is to be predicted; take it out of the features.",
        ),
        ("a,a,y\n1,2,3\n4,5,6\n", {}, "table.csv has two columns called 'a'; rename one."),
        (
            "a,b\n1,2,3\n4,5,6\n",
            {"delimiter": "comma"},
            "table.csv names 2 columns and has 3 values in the row below; make them the same.",
        ),
        ("", {}, "table.csv holds no samples; choose another file."),
        ("a,b\n1,2\n3,4\n", {"task": "magic"}, "Task must be one of auto, classes, regression;"),
        (
            "a,y\n" + "".join(f"{n},w{n}\n" for n in range(1001)),
            {},
            (
                "Column 'y' holds 1,001 different values, too many for classes; "
                "predict it as a number, or choose another column."
            ),
        ),
    ],
)
def test_every_mistake_has_its_sentence(table, text, params, sentence):
    path = table(text)
    with pytest.raises(DataError) as caught:
        load(recipe(path, **params))
    assert str(caught.value).startswith(sentence)
    with pytest.raises(DataError) as caught:
        describe(recipe(path, **params))
    assert str(caught.value).startswith(sentence)


def test_rows_of_different_length_name_the_line(table):
    with pytest.raises(DataError, match=r"different length: Expected 2 fields in line 3, saw 3"):
        load(recipe(table("1,2\n3,4\n5,6,7\n")))


def test_a_single_column_is_not_enough(table):
    with pytest.raises(DataError, match="needs one to learn from as well"):
        load(recipe(table("y\n1\n2\n3\n")))


def test_other_encodings_are_named(table):
    with pytest.raises(DataError, match="is not UTF-8 text; save it as UTF-8"):
        load(recipe(table("größe,y\n1,2\n3,4\n", "latin-1")))


@pytest.mark.parametrize("source", ["csv", "series_csv"])
def test_a_missing_file_is_named(source, tmp_path):
    path = str(tmp_path / "gone.csv")
    with pytest.raises(DataError, match=r"The data file .*gone\.csv does not exist; choose"):
        load(recipe(path, source))
    assert not describe(recipe("", source)).known
    with pytest.raises(DataError, match="No data file is chosen"):
        load(recipe("", source))


def test_describe_reads_the_file_again_when_it_changed(table):
    path = table("a,y\n1,2.5\n3,4.5\n")
    assert describe(recipe(path)).samples == 2
    table("a,y\n1,2.5\n3,4.5\n5,6.5\n")
    assert describe(recipe(path)).samples == 3


def test_real_tables(data_folder, monkeypatch):
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    wine = describe(recipe("tabular/winequality-red.csv"))
    assert (wine.samples, wine.task) == (1599, "classes")
    assert wine.fields["features"].shape == (11,)
    assert wine.fields["target"].classes == ("3", "4", "5", "6", "7", "8")
    as_number = load(recipe("tabular/winequality-red.csv", task="regression"))
    assert as_number.task == "regression"
    assert as_number.parts["train"]["target"].shape[1:] == (1,)
    pima = load(recipe("tabular/pima-indians-diabetes.csv"))
    assert pima.classes == {"target": ("0", "1")}
    with pytest.raises(DataError, match=r"Row 1, column 'column 2' holds 'State-gov'"):
        load(recipe("tabular/adult-train.csv"))
    with pytest.raises(DataError, match=r"Row 1, column 'column 2' is empty"):
        load(recipe("tabular/auto_imports.csv"))
    with pytest.raises(DataError, match=r"Row 2, column 'pm2\.5' is empty"):
        load(recipe("series/pollution.csv", "series_csv", column="pm2.5"))
    hourly = load(recipe("series/pollution.csv", "series_csv", column="TEMP", window=24))
    assert hourly.parts["train"]["window"].shape[1:] == (24, 1)
