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


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("hidden layer", "dense"),
        ("skip connection", "add"),
        ("residual", "add"),
        ("up sampling", "upsample"),
        ("deconvolution", "conv_transpose2d"),
        ("1x1 convolution", "conv2d"),
        ("atrous", "conv2d"),
        ("regularise", "dropout"),
        ("words", "embedding"),
        ("rotate", "random_rotation"),
        ("reparametrise", "sample_normal"),
        ("outer product", "multiply"),
        ("relu6", "relu6"),
        ("swish", "silu"),
        ("label smoothing", "cross_entropy"),
        ("convolusion", "conv2d"),
        ("attension", "multi_head_attention"),
        ("sigmiod", "sigmoid"),
        ("batch nrom", "batch_norm2d"),
        ("emebdding", "embedding"),
    ],
)
def test_a_person_s_word_and_a_slip_of_the_hand_find_the_layer(words: str, found: str) -> None:
    assert found in [spec.id for spec in registry.search(words)][:12]


@pytest.mark.parametrize("words", ["zzz", "qwerty", "xy", "layer zzz"])
def test_nonsense_finds_nothing(words: str) -> None:
    assert not registry.search(words)
