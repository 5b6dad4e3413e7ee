"""Text as numbers: nothing shared between parts, a vocabulary from the training part alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.data import DataError, describe, load, texts
from engine.data.texts import most_frequent, split_words
from engine.project import Choice, DataRecipe, Split
from tests.engine.data.samples import as_zip, class_folder, write


def recipe(source, **params):
    return DataRecipe(source=Choice(id=source, params=params))


def spoken(data, field, row):
    return [data.words[field][n] for n in row.tolist()]


@pytest.fixture
def text(tmp_path):
    """A text of 400 different characters, so that each tells where it stands."""
    path = tmp_path / "text.txt"
    path.write_text("".join(chr(0x4E00 + n) for n in range(400)), encoding="utf-8")
    return path


@pytest.mark.parametrize(("window", "stride"), [(8, 8), (8, 3), (8, 1), (5, 20)])
def test_no_character_stands_in_two_parts(text, window, stride):
    data = load(recipe("text_characters", path=str(text), window=window, stride=stride))
    seen = {
        part: set(held["tokens"].ravel().tolist()) | set(held["next"].ravel().tolist())
        for part, held in data.parts.items()
    }
    assert all(len(found) >= window + 1 for found in seen.values())
    assert max(seen["train"]) < min(seen["validation"])
    assert max(seen["validation"]) < min(seen["test"])
    for held in data.parts.values():
        assert torch.equal(held["tokens"][:, 1:], held["next"][:, :-1])
        assert (held["tokens"][1:, 0] - held["tokens"][:-1, 0] == stride).all()


def test_characters_are_told_by_number(tmp_path):
    path = write(tmp_path, {"a.txt": b"abba\r\ncab" * 20}) / "a.txt"
    wanted = recipe("text_characters", path=str(path), window=4, stride=4)
    data = load(wanted)
    assert data.fields == describe(wanted).fields
    assert data.ordered
    assert data.persistence is None
    assert data.classes == {"next": ("\n", "a", "b", "c")}
    first = data.parts["train"]
    assert "".join(spoken(data, "tokens", first["tokens"][0])) == "abba"
    assert "".join(spoken(data, "next", first["next"][0])) == "bba\n"


def test_shakespeare_is_as_stated(data_folder, monkeypatch):
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    data = load(recipe("tinyshakespeare", window=100, stride=50, limit=3000))
    assert sum(data.sizes.values()) == 2996, "2 left out between two parts, twice"
    opening = "".join(spoken(data, "tokens", data.parts["train"]["tokens"][0]))
    assert opening.startswith("First Citizen:\nBefore we proceed")
    assert describe(recipe("tinyshakespeare", window=100, stride=50)).samples == 22_306


@pytest.mark.parametrize("source", ["text_characters", "text_words"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "a.txt is empty; choose another file"),
        (b"\xff\xfe\xff", "a.txt is not UTF-8 text; save it as UTF-8"),
        (b"short", "too few for a window of 32; choose a smaller one or a longer text"),
    ],
)
def test_a_wrong_text_has_its_sentence(tmp_path, source, content, words):
    path = write(tmp_path, {"a.txt": content}) / "a.txt"
    for call in (describe, load):
        with pytest.raises(DataError, match=words):
            call(recipe(source, path=str(path), window=32))


def test_a_text_too_short_for_its_parts_has_its_sentence(text):
    with pytest.raises(DataError, match="too few for parts that share no value"):
        load(recipe("text_characters", path=str(text), window=200, stride=1))


def test_words_and_marks():
    said = "Don't shout,\nMr. O’Neil — 3 apples!"
    assert split_words(said, lower=True) == [
        *("don't", "shout", ",", "mr", ".", "o’neil", "—", "3", "apples", "!"),
    ]
    assert split_words("A\n\nb", lower=False, lines=True) == ["A", "\n", "\n", "b"]


def test_the_most_frequent_words_are_kept():
    numbers, names = most_frequent(
        np.array([1, 5, 0, 5]), ["a", "b", "c", "d"], ["<pad>", "<unknown>"], 4
    )
    assert names == ["<pad>", "<unknown>", "b", "d"]
    assert numbers.tolist() == [1, 2, 1, 3]
    assert most_frequent(np.array([1, 0]), ["a", "b"], ["<unknown>"], 99)[1] == ["<unknown>", "a"]


def test_words_of_a_text_are_those_of_its_training_part(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("one two three " * 70 + "four five six " * 30, encoding="utf-8")
    wanted = recipe("text_words", path=str(path), window=6, stride=6)
    data, info = load(wanted), describe(wanted)
    assert data.fields == info.fields
    assert info.fields["next"].classes == ("<unknown>", "one", "three", "two")
    assert data.words["tokens"] == info.fields["next"].classes
    assert data.parts["train"]["tokens"].min() > 0
    assert data.parts["test"]["next"].max() == 0
    other = wanted.but(split=Split(train=0.85, validation=0.05, test=0.1))
    assert "four" in describe(other).fields["next"].classes
    assert load(recipe("text_words", path=str(path), vocabulary=3)).fields["next"].classes == (
        *("<unknown>", "one", "three"),
    )


def test_documents_become_numbers(tmp_path):
    pets = class_folder(tmp_path / "pets", "text")
    write(pets, {"cats/00.txt": b"purr", "cats/01.txt": b"", "dogs/00.txt": b"a b c d e f g h"})
    split = Split(train=1.0, validation=0.0, test=0.0)
    start = recipe("text_folder", path=str(pets), length=5).but(split=split)
    end = recipe("text_folder", path=str(pets), length=5, keep="end").but(split=split)
    data = load(start)
    assert data.fields == describe(start).fields
    assert data.words["tokens"][:2] == ("<padding>", "<unknown>")
    rows = data.parts["train"]["tokens"]
    assert spoken(data, "tokens", rows[0]) == ["purr", *["<padding>"] * 4]
    assert spoken(data, "tokens", rows[1]) == ["<padding>"] * 5
    assert spoken(data, "tokens", rows[10]) == ["a", "b", "c", "d", "e"]
    last = load(end)
    assert spoken(last, "tokens", last.parts["train"]["tokens"][10]) == ["d", "e", "f", "g", "h"]


def test_a_word_of_the_test_part_alone_is_unknown(tmp_path):
    files = {
        f"{part}/{c}/{n}.txt": b"known" for part in ("train", "test") for c in "ab" for n in "12"
    }
    files["test/a/1.txt"] = b"Known strange"
    path = as_zip(tmp_path / "texts.zip", files)
    data = load(recipe("text_folder", path=str(path), length=3))
    assert data.words["tokens"] == ("<padding>", "<unknown>", "known")
    assert data.parts["test"]["tokens"][0].tolist() == [2, 1, 0]


def test_a_document_that_is_no_text_is_named(tmp_path):
    pets = class_folder(tmp_path / "pets", "text")
    write(pets, {"dogs/03.txt": b"\xff\xfe\xff"})
    with pytest.raises(DataError, match=r"dogs/03.txt in pets is not UTF-8 text; save it as UTF-8"):
        load(recipe("text_folder", path=str(pets)))


def test_film_reviews_can_be_told_apart(data_folder, monkeypatch):
    from sklearn.linear_model import LogisticRegression

    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    data = load(recipe("review_polarity", length=1000, vocabulary=8000))
    assert data.sizes == {"train": 1400, "validation": 300, "test": 300}
    assert len(data.words["tokens"]) == 8000

    def bag(part):
        tokens = data.parts[part]["tokens"].numpy()
        return np.stack([np.bincount(row, minlength=8000)[2:] > 0 for row in tokens])

    model = LogisticRegression(C=0.05).fit(bag("train"), data.parts["train"]["target"])
    assert model.score(bag("test"), data.parts["test"]["target"]) > 0.8


def test_reviews_are_found_as_a_folder_too(tmp_path, monkeypatch):
    class_folder(tmp_path / "review-polarity", "text")
    monkeypatch.setenv("LAYERLOOM_DATA", str(tmp_path))
    assert sum(load(recipe("review_polarity")).sizes.values()) == 20
    assert texts.review_polarity_peek(limit=5)["fields"]["tokens"].shape == (5, 400)
