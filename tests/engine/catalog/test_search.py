"""Layers are found however their names are written."""

from __future__ import annotations

import pytest

from engine.catalog import registry


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("maxpool", "max_pool2d"),
        ("normalise", "normalize"),
        ("crossentropy", "cross_entropy"),
        ("batchnorm", "batch_norm2d"),
        ("leaky-relu", "leaky_relu"),
        ("fc", "dense"),
        ("skip", "add"),
    ],
)
def test_a_search_knows_other_spellings(words: str, found: str) -> None:
    assert found in [spec.id for spec in registry.search(words)]


def test_short_words_do_not_run_over_the_gaps_between_words() -> None:
    assert [spec.id for spec in registry.search("fc")] == ["dense"]
