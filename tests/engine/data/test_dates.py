"""Dates: every way of writing one says which day it is, and no day is in two parts."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import torch

from engine.data import dates, describe, load
from engine.project import Choice, DataRecipe

ALPHABET = dates.date_alphabet()
FORMATS = {
    r"[A-Z][a-z]{2,} \d{1,2}, \d{4}": "%B %d, %Y",
    r"\d{1,2} [A-Z][a-z]{2,} \d{4}": "%d %B %Y",
    r"[A-Z][a-z]{2} \d{1,2} \d{4}": "%b %d %Y",
    r"\d{1,2}-[A-Z][a-z]{2}-\d{4}": "%d-%b-%Y",
    r"\d{1,2}-[A-Z]{3}-\d{2}": "%d-%b-%y",
    r"[A-Z][a-z]+day, \d{1,2} [A-Z][a-z]{2,} \d{4}": "%A, %d %B %Y",
    r"[A-Z][a-z]{2}, [A-Z][a-z]{2} \d{1,2}, \d{4}": "%a, %b %d, %Y",
    r"\d{1,2}\.\d{1,2}\.\d{4}": "%d.%m.%Y",
    r"\d\d\.\d\d\.\d\d": "%d.%m.%y",
    r"\d\d/\d\d/\d{4}": "%m/%d/%Y",
    r"\d{1,2}/\d{1,2}/\d\d": "%m/%d/%y",
    r"\d{4}/\d\d/\d\d": "%Y/%m/%d",
}


def read(text: str) -> dt.date:
    """Return the day a text stands for, as Python's own reader has it."""
    (pattern,) = [f for shape, f in FORMATS.items() if re.fullmatch(shape, text)]
    day = dt.datetime.strptime(text, pattern).date()
    return day if day.year < 2070 or "%Y" in pattern else day.replace(year=day.year - 100)


def texts(tokens: torch.Tensor) -> list[str]:
    rows: list[list[int]] = tokens.tolist()
    return ["".join(ALPHABET[n] for n in row if n > 2) for row in rows]


@pytest.mark.parametrize("day", [*range(0, 36_525, 611), 58, 59, 36_524])
def test_every_way_of_writing_says_the_day(day: int) -> None:
    expected = dt.date(1970, 1, 1) + dt.timedelta(day)
    written = dates.written_dates(day)
    assert len(written) == 13
    assert max(map(len, written)) <= 30
    for text in written:
        years = {read(text).year - expected.year, 0}
        assert years <= {0, 100, -100}
        assert (read(text).month, read(text).day) == (expected.month, expected.day)
        if not re.fullmatch(r".*\D\d\d", text):
            assert read(text) == expected


def test_pairs_say_the_same_and_no_day_is_in_two_parts() -> None:
    data = load(DataRecipe(source=Choice(id="date_formats", params={"samples": 400, "seed": 3})))
    days: list[set[str]] = []
    for part in ("train", "validation", "test"):
        held = data.parts[part]
        sources, targets = texts(held["source"]), texts(held["target"])
        assert (held["target"][:, -1] == 2).all()
        for source, target in zip(sources, targets, strict=True):
            day = dt.date.fromisoformat(target)
            assert (read(source).month, read(source).day) == (day.month, day.day)
            assert read(source).year % 100 == day.year % 100
        days.append(set(targets))
    assert [len(d) for d in data.parts["test"].values()] == [50, 50]
    assert not days[0] & days[1]
    assert not days[0] & days[2]
    assert not days[1] & days[2]


def test_the_same_seed_makes_the_same_and_the_entry_tells_what_comes() -> None:
    recipe = DataRecipe(source=Choice(id="date_formats", params={"samples": 100}))
    one, two = load(recipe), load(recipe)
    assert torch.equal(one.parts["train"]["source"], two.parts["train"]["source"])
    other = load(DataRecipe(source=Choice(id="date_formats", params={"samples": 100, "seed": 1})))
    assert not torch.equal(one.parts["train"]["source"], other.parts["train"]["source"])
    info = describe(recipe)
    assert info.fields == one.fields
    assert info.samples == sum(one.sizes.values())
    assert info.own == ("validation", "test")
    assert len(info.fields["target"].classes) == 70
