"""Episodes, pairs, domains and several targets: what is held out is held out, scales are shared."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.data import DataError, describe, load, tasks
from engine.data.baseline import baseline
from engine.data.dataset import IGNORED
from engine.project import Choice, DataRecipe


@pytest.fixture(autouse=True)
def _data(data_folder, monkeypatch):
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))


def recipe(source, **params):
    return DataRecipe(source=Choice(id=source, params=params))


def rows_of(images):
    return {row.tobytes() for row in np.ascontiguousarray(images).reshape(-1, 784)}


def test_no_class_of_an_episode_is_in_two_parts():
    pools = tasks.episode_classes("both")
    assert {part: len(pool) for part, pool in pools.items()} == {
        "train": 10,
        "validation": 5,
        "test": 5,
    }
    seen = [rows_of(images) for pool in pools.values() for images in pool]
    assert sum(map(len, seen)) == len(set().union(*seen))
    alone = tasks.episode_classes("mnist")
    assert [len(pool) for pool in alone.values()] == [5, 5, 5]
    for learned, held in zip(alone["train"], alone["validation"], strict=True):
        assert not rows_of(learned) & rows_of(held)


def test_an_episode_can_be_solved_from_its_own_pictures():
    pools = tasks.episode_classes("mnist")
    made = tasks.draw_episodes(pools["test"], 4, 3, 2, 20, np.random.default_rng(0))
    owner = {row: c for c, images in enumerate(pools["test"]) for row in rows_of(images)}

    def classes(images):
        return [owner[image.tobytes()] for image in images]

    for support, query, target in zip(*made.values(), strict=True):
        ways = np.reshape(classes(support), (4, 3))
        assert (ways == ways[:, :1]).all()
        assert len(set(ways[:, 0])) == 4
        assert classes(query) == [ways[way, 0] for way in target]
        assert np.bincount(target).tolist() == [2] * 4
        assert not rows_of(support) & rows_of(query)


def test_episodes_follow_their_settings_and_share_a_scale():
    wanted = recipe("mnist_episodes", pictures="mnist", ways=3, shots=1, queries=4, episodes=20)
    info, data = describe(wanted), load(wanted)
    assert data.fields == info.fields
    assert info.fields["support"].shape == (3, 1, 28, 28)
    assert info.fields["query"].shape == (12, 1, 28, 28)
    assert info.fields["target"].classes == ("0", "1", "2")
    assert info.samples == 28
    assert data.sizes == {"train": 20, "validation": 4, "test": 4}
    assert data.scales["support"][0].shape == (1, 1, 1, 1)
    assert data.scales["query"] == data.scales["support"]
    assert baseline(data) == {}


def test_too_many_shots_have_their_sentence():
    pool = [np.zeros((9, 1, 28, 28), np.uint8)] * 5
    with pytest.raises(
        ValueError, match="A class has 9 pictures, too few for 5 shots and 5 querie"
    ):
        tasks.draw_episodes(pool, 5, 5, 5, 1, np.random.default_rng(0))


def test_pairs_are_half_of_the_same_class_and_share_no_picture():
    made = tasks.mnist_pairs(pairs=400, seed=1)
    whole = tasks.idx_images("mnist", [])
    owner = {
        image.tobytes(): label
        for part in ("fields", "test")
        for image, label in zip(whole[part]["image"], whole[part]["target"], strict=True)
    }
    seen = []
    for part in ("fields", "validation", "test"):
        first, second, same = made[part].values()
        assert same.mean() == 0.5
        for one, two, alike in zip(first, second, same, strict=True):
            assert (owner[one.tobytes()] == owner[two.tobytes()]) == alike
        seen.append(rows_of(first) | rows_of(second))
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]
    data = load(recipe("mnist_pairs", pairs=100))
    assert data.fields["same"].role == "target"
    assert data.sizes == {"train": 100, "validation": 20, "test": 20}
    assert data.scales["second"] == data.scales["first"]
    assert baseline(data) == {}


def test_the_other_domain_has_no_labels_until_the_test():
    data = load(recipe("mnist_domains", limit=500))
    assert data.sizes == {"train": 900, "validation": 100, "test": 500}
    for part in ("train", "validation"):
        held = data.parts[part]
        assert torch.equal(held["target"] == IGNORED, held["domain"] == 1)
    assert (data.parts["test"]["domain"] == 1).all()
    assert data.parts["test"]["target"].unique().tolist() == list(range(10))
    assert data.fields["domain"].classes == ("plain", "on photographs")


def test_photographs_shine_through_the_digits():
    made = tasks.mnist_domains(limit=200)
    images, domain = made["fields"]["image"], made["fields"]["domain"]
    plain, other = images[domain == 0], images[domain == 1]
    assert len(plain) == len(other) == 200
    assert (plain[:, 0] == plain[:, 1]).all()
    assert not (other[:, 0] == other[:, 1]).all()
    assert (plain == 0).mean() > 0.7
    assert (other == 0).mean() < 0.1


def test_three_answers_belong_to_one_digit():
    data = load(recipe("digits_tasks"))
    roles = {name: f.role for name, f in data.fields.items()}
    assert roles == {
        **dict.fromkeys(("pixels", "image"), "input"),
        **dict.fromkeys(("target", "parity", "ink"), "target"),
    }
    assert data.task == "classes"
    raw = load(recipe("digits_tasks").but(scaling="none", scale_target=True))
    train = raw.parts["train"]
    assert torch.equal(train["target"] % 2, train["parity"])
    ink = raw.original("ink", train["ink"])
    torch.testing.assert_close(ink[:, 0], train["pixels"].mean(1))
    assert list(raw.scales) == ["ink"]


def test_each_half_of_a_digit_is_told_once():
    made, whole = tasks.digits_halves()["fields"], tasks.digits()["fields"]["image"]
    np.testing.assert_array_equal(made["image"], whole[..., :4])
    np.testing.assert_allclose(made["table"][:, :8], whole[:, 0, :, 4:].sum(2), rtol=1e-6)
    np.testing.assert_allclose(made["table"][:, 8:], whole[:, 0, :, 4:].sum(1), rtol=1e-6)


def test_neither_half_of_a_digit_is_enough():
    from sklearn.linear_model import LogisticRegression

    parts = load(recipe("digits_halves")).parts
    views = {
        "image": lambda p: p["image"].flatten(1),
        "table": lambda p: p["table"],
        "both": lambda p: torch.cat([p["image"].flatten(1), p["table"]], 1),
    }
    figures = {}
    for name, view in views.items():
        model = LogisticRegression(max_iter=1000).fit(
            view(parts["train"]), parts["train"]["target"]
        )
        figures[name] = model.score(view(parts["test"]), parts["test"]["target"])
    assert figures["both"] > max(figures["image"], figures["table"]) + 0.03


def test_a_label_that_is_neither_class_nor_ignored_is_refused(monkeypatch):
    real = tasks.digits

    def wrong():
        data = real()
        data["fields"]["target"][7] = -1
        return data

    monkeypatch.setattr(tasks, "digits", wrong)
    with pytest.raises(
        DataError, match="The sample 8 holds the label -1 in 'target', but there ar"
    ):
        load(recipe("digits_tasks"))
