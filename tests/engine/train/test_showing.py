"""What displays show: always of the same samples, and nothing of it touches the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from engine.catalog.spec import Field
from engine.data.dataset import Dataset
from engine.monitor import sampler
from engine.project import Phase
from engine.train.control import Control
from engine.train.events import Done, Event, Failed, Pictures, Points, Text
from engine.train.setup import load_data, prepare
from engine.train.showing import Showing, pixels, plane
from engine.train.trainer import Trainer
from engine.train.writing import Writer
from tests.engine.feature_projects import DIGITS, FEATURES, dense, made, net

if TYPE_CHECKING:
    from engine.graph import Graph
    from engine.project import Project

LETTERS = tuple("abcd\n")
WINDOW = 6


def run(project: Project, data: Dataset | None = None) -> list[Event]:
    events: list[Event] = []
    Trainer(project.with_training(threads=1), events.append, Control()).run(data)
    assert of(Failed, events) == []
    return events


def of(kind: type[Any], events: list[Event]) -> list[Any]:
    return [e for e in events if isinstance(e, kind)]


def showing(project: Project, data: Dataset | None = None) -> Showing:
    prepared = prepare(project, data or load_data(project))
    phase = prepared.phases[0]
    plan = prepared.bundle.blueprint.plans[phase.phase.network]
    return Showing(phase, plan, prepared.data, prepared.precision)


def alphabet(words: tuple[str, ...] = LETTERS, samples: int = 64) -> Dataset:
    """The letters in turn, over and over."""
    start = torch.arange(samples)[:, None] + torch.arange(WINDOW + 1)
    tokens = start % len(words)
    part = {"tokens": tokens[:, :-1].contiguous(), "next": tokens[:, 1:].contiguous()}
    shape = (WINDOW,)
    return Dataset(
        parts={name: dict(part) for name in ("train", "validation", "test")},
        fields={
            "tokens": Field(name="tokens", shape=shape, dtype="int64", classes=words),
            "next": Field(name="next", shape=shape, dtype="int64", role="target", classes=words),
        },
        task="classes",
    )


def speaker(*, whole: bool = False, **shown: Any) -> Project:
    """A network that says which letter comes next; a whole one wants all of its window."""
    middle = [
        ("flat", "flatten", "look", {}),
        dense("wide", "flat", WINDOW * 16),
        ("back", "reshape", "wide", {"shape": (WINDOW, 16)}),
    ]
    main = net(
        "",
        ("tokens", "input", (), {"field": "tokens"}),
        ("look", "embedding", "tokens", {"num_embeddings": 5, "embedding_dim": 16}),
        *(middle if whole else ()),
        dense("scores", "back" if whole else "look", 5),
        ("loss", "sequence_cross_entropy", "scores", {"field": "next"}),
        ("text", "show_text", "scores", shown),
    )
    return (
        made(main)
        .with_training(epochs=30, batch_size=16)
        .with_phase(optimizer=Phase().optimizer.but(params={"lr": 0.05}))
    )


def test_pictures_and_points_of_a_run() -> None:
    project = FEATURES["a_variational_autoencoder"]()
    events = run(project)
    images, points = of(Pictures, events), of(Points, events)
    assert {e.node for e in images} == {"pictures"}
    assert {e.node for e in points} == {"map"}
    assert images[-1].images.shape == (16, 8, 8)
    assert images[-1].images.dtype == np.uint8
    data = load_data(project)
    count = min(500, data.sizes["validation"])
    assert points[-1].xy.shape == (count, 2)
    assert points[-1].labels.tolist() == data.parts["validation"]["target"][:count].tolist()
    assert [e.step for e in images] == sorted(e.step for e in images)
    assert images[-1].step == 53


@pytest.mark.parametrize("name", ["a_variational_autoencoder", "a_generator_and_its_adversary"])
def test_showing_changes_no_bit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.train import loop

    monkeypatch.setattr(sampler, "RATE", 1e9)
    monkeypatch.setattr(loop, "PICTURE_PERIOD", 0.0)
    monkeypatch.setattr(loop, "RATE", 1e9)
    project = FEATURES[name]().with_training(watch_share=1.0)
    seen = run(project)
    assert len(of(Pictures, seen)) > 2
    unseen = run(project.with_training(watch=False))
    assert of(Pictures, unseen) == []
    hashes = {of(Done, events)[0].result["parameters_sha256"] for events in (seen, unseen)}
    assert len(hashes) == 1


def test_the_same_weights_show_the_same() -> None:
    shown = showing(FEATURES["a_variational_autoencoder"]())
    first, again = shown.draw(0), shown.draw(0)
    for one, other in zip(first, again, strict=True):
        if isinstance(one, Pictures):
            assert np.array_equal(one.images, other.images)  # type: ignore[union-attr]
        elif isinstance(one, Points):
            assert np.array_equal(one.xy, other.xy)  # type: ignore[union-attr]


def mirror(*display: Any) -> Project:
    main = net(
        "",
        ("image", "input", (), {"field": "image"}),
        ("flat", "flatten", "image", {}),
        dense("head", "flat", 10),
        ("loss", "cross_entropy", "head", {}),
        *display,
    )
    return made(main, DIGITS)


@pytest.mark.parametrize("scaling", ["none", "minmax", "standardize"])
def test_pictures_of_the_data_are_the_data(scaling: str) -> None:
    project = mirror(("show", "show_images", "image", {"count": 9}))
    raw = load_data(project.with_data(scaling="none"))
    (event,) = showing(project.with_data(scaling=scaling)).draw(3)
    assert isinstance(event, Pictures)
    assert (event.step, event.node, event.phase) == (3, "show", 0)
    image = raw.parts["validation"]["image"][:9, 0]
    assert abs(event.images.astype(float) - image.numpy() * 255).max() < 1


def test_rows_of_pixels_are_shown_as_a_square() -> None:
    (event,) = showing(mirror(("show", "show_images", "flat", {"count": 4}))).draw(0)
    assert isinstance(event, Pictures)
    assert event.images.shape == (4, 8, 8)


def test_pixels() -> None:
    grey = torch.tensor([[0.0, 0.5], [1.0, 2.0]])
    assert pixels(grey.reshape(1, 1, 2, 2), (), 0, 1).tolist() == [[[0, 128], [255, 255]]]
    assert pixels(grey.reshape(1, 4), (), 0, 2).tolist() == [[[0, 64], [128, 255]]]
    assert pixels(torch.zeros(2, 6), (2, 3), 0, 1).shape == (2, 2, 3)
    assert pixels(torch.zeros(2, 3, 4, 5), (), 0, 1).shape == (2, 4, 5, 3)
    assert pixels(torch.full((1, 2, 2), torch.nan), (), 0, 0).tolist() == [[[0, 0], [0, 0]]]


def test_more_than_two_figures_are_shown_along_their_principal_axes() -> None:
    generator = torch.Generator().manual_seed(0)
    flat = torch.randn(200, 2, generator=generator) * torch.tensor([5.0, 2.0])
    turn = torch.linalg.qr(torch.randn(6, 6, generator=generator)).Q
    points = plane(flat @ turn[:2])
    centred = (flat - flat.mean(0)).numpy()
    assert np.allclose(np.linalg.norm(points, axis=1), np.linalg.norm(centred, axis=1), atol=1e-4)
    assert points[:, 0].std() > points[:, 1].std()
    assert np.allclose(points, plane(flat @ turn[:2]))
    assert np.allclose(plane(flat), flat.numpy())


def test_points_without_classes_have_none() -> None:
    main = net(
        "",
        ("pixels", "input", (), {"field": "pixels"}),
        dense("code", "pixels", 3),
        dense("back", "code", 64),
        ("loss", "mse", "back", {"field": "pixels"}),
        ("show", "show_points", "code", {"count": 20, "field": "pixels"}),
    )
    (event,) = showing(made(main, DIGITS)).draw(0)
    assert isinstance(event, Points)
    assert event.labels.tolist() == [-1] * 20


@pytest.mark.parametrize(
    ("whole", "prompt", "text"),
    [(False, "ab", "abcd\nabcd\nabcd"), (True, "", "bcd\nabcd\nabc")],
    ids=["any length", "whole windows"],
)
def test_a_text_is_written_token_by_token(whole: bool, prompt: str, text: str) -> None:
    events = run(speaker(whole=whole, length=12, temperature=0.0, prompt=prompt), alphabet())
    last = of(Text, events)[-1]
    assert last.node == "text"
    assert last.text == text
    assert of(Done, events)[0].result["test"]["accuracy"] > 0.9


def test_words_have_spaces_between_them() -> None:
    words = ("the", "cat", "sat", "on", "mats")
    project = speaker(length=4, temperature=0.0, prompt="cat unknown sat").with_training(epochs=30)
    assert of(Text, run(project, alphabet(words)))[-1].text == "cat sat on mats the cat"


def test_writing_takes_its_time_and_no_more() -> None:
    project = speaker(length=2000, temperature=1.0)
    shown = showing(project, alphabet())
    (first,), (again,) = shown.draw(0), shown.draw(0)
    assert isinstance(first, Text)
    assert isinstance(again, Text)
    assert 10 < len(first.text) < 2002
    both = min(len(first.text), len(again.text))
    assert first.text[:both] == again.text[:both]
    assert first.text.startswith("a")


def test_no_text_without_tokens() -> None:
    graph: Graph = mirror().graph
    prepared = prepare(made(graph, DIGITS), load_data(made(graph, DIGITS)))
    assert not Writer.suits(prepared.network, prepared.data)
