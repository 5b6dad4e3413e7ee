"""Figures as a person reads them."""

from __future__ import annotations

import pytest

from designer.words import amount, size


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (12, "12 B"),
        (1536, "1.5 KB"),
        (1010 * 1024, "1,010 KB"),
        (2**20, "1 MB"),
        (3 * 2**30, "3 GB"),
    ],
)
def test_sizes_need_no_powers_of_ten(number: int, words: str) -> None:
    assert size(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(9_999, "9,999"), (12_345, "12.3 k"), (999_700, "1,000 k"), (1.5e6, "1.5 M")],
)
def test_amounts_need_no_powers_of_ten(number: float, words: str) -> None:
    assert amount(number) == words
