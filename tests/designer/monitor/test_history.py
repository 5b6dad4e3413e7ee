"""What events leave behind, without a window."""

from __future__ import annotations

import numpy as np
import pytest

from designer.monitor import album as album_module
from designer.monitor.album import Album
from designer.monitor.history import History
from designer.monitor.layers import MOST, Columns
from designer.monitor.measures import Measures
from engine.train import events as ev
from tests.designer.monitor import story
from tests.designer.monitor.story import NODES, activations, norms, started, steps


def test_a_run_begins_afresh():
    history = History()
    history.take([started(), steps(0, [1.0, 2.0]), norms(1)])
    assert history.take([started()]) == {"all"}
    assert len(history.loss) == 0
    assert history.latest_norms == {}


def test_each_event_is_kept():
    history = History()
    touched = history.take(
        [
            ev.StateChanged("running"),
            started(),
            steps(0, [3.0, 1.0, 2.0]),
            norms(2),
            activations(2),
            ev.EpochEnd(1, {"loss": 2.0}, {"loss": 2.5, "accuracy": 0.5}, 0.1),
            ev.Boundary(np.zeros((2, 2), np.int16), 0, 1, 0, 1),
        ]
    )
    assert touched == {"state", "all", "loss", "norms", "activations", "epochs", "boundary"}
    assert history.loss.span == (1, 3)
    assert history.metrics["loss"].last.tolist() == [2.0, 2.5]
    assert np.isnan(history.metrics["accuracy"].last[0])
    assert history.name(NODES[0]) == "dense"
    assert "loss 2" in history.summary()


def test_thinned_losses_keep_their_steps():
    history = History()
    history.take([ev.Steps(100, np.ones(10, np.float32), 0.1, 1.0, None, 0.0, stride=8.0)])
    assert history.loss.span == (101, 101 + 72)


def test_phases_are_told_apart():
    history = History()
    history.take([story.started_two(), *story.two_phases(3)])
    assert [len(held) for held in history.losses.values()] == [30, 30, 30, 30]
    assert set(history.losses) == {(0, ""), (1, ""), (1, "fool"), (1, "match")}
    assert history.losses[1, "match"].last == pytest.approx(0.25)
    assert [len(held) for held in history.rates.values()] == [3, 3]
    assert "discriminator 1" in history.summary()
    assert "generator 0.5" in history.summary()
    assert history.norms.nodes == ("n1", "n2", "gan:n1")
    assert history.name("gan:n1") == "generator.dense"
    assert [len(held) for _, held in history.norms.sets("grad")] == [3, 3]
    assert history.sampled() == ("n1", "n2", "gan:n1")
    held = history.columns_of("gan:n1")
    assert held is not None
    assert held.count == 3
    assert history.columns_of("n9") is None


def test_figures_of_both_networks_go_by_address():
    history = History()
    history.take([story.started_two(), *story.two_phases(1)])
    assert set(Measures(history).values()) == {"n1", "n2", "gan:n1"}


def test_steps_rise_whatever_part_of_a_turn_is_told():
    history = History()
    rng, told = np.random.default_rng(0), 0
    while told < 500:
        count = int(rng.integers(1, 9))
        # Five steps of this phase, then five of another.
        first = told // 5 * 10 + told % 5
        history.take([ev.Steps(first, np.ones(count, np.float32), 0.1, 1.0, None, 0.0, 2.0)])
        told += count
    x = history.loss.view(0, 2000, 2000).x
    assert (np.diff(x) > 0).all()
    assert abs(x[-1] - 2 * told) < 12


def test_an_edit_is_remembered_and_renames():
    history = History()
    history.take([started(), steps(0, [1.0]), norms(0), activations(0)])
    phase = ev.PhaseStarted("train", "main", (("n1", "first"), ("n9", "wider")), ())
    assert history.take([ev.Edited(1, "Insert wider", (phase,))]) == {"edits"}
    assert history.edits == [(2, "Insert wider")]
    assert history.name("n1") == "first"
    assert history.name("n9") == "wider"
    assert Measures(history).values() == {}
    history.take([norms(1, nodes=("n1", "n9"))])
    assert history.norms.nodes == ("n1", "n2", "n3", "n9")
    assert set(Measures(history).values()) == {"n1", "n9"}


def test_lists_of_nodes_are_bounded():
    history = History()
    for turn in range(20):
        nodes = ("n1", f"m{turn}")
        history.take([norms(turn, nodes=nodes), activations(turn, nodes=nodes)])
    assert len(history.norms.sets("grad")) == len(history.columns) == 8
    assert history.norms.nodes[-1] == "m19"


def test_an_album_keeps_the_latest_page_and_stays_small():
    album: Album[int] = Album()
    for step in range(1000):
        album.take(step, step, 500_000)
        assert album.page() == (step, step)
    assert album.nbytes <= album_module.BYTES
    assert len(album) >= 20
    assert album.steps() == sorted(album.steps())
    assert album.steps()[0] == 0
    album.take(999, -1, 10)
    assert album.page() == (999, -1)
    assert Album().page() is None


def test_columns_are_thinned_evenly_and_end_with_the_latest():
    columns = Columns()
    for step in range(5 * MOST + 3):
        columns.take(activations(step))
    held = columns.steps[: columns.count]
    assert columns.count <= MOST
    assert held[0] == 1
    assert held[-1] == 5 * MOST + 3
    assert len(set(np.diff(held)[:-1])) == 1


def test_columns_of_many_layers_stay_small():
    columns = Columns()
    columns.take(activations(0, nodes=tuple(f"n{i}" for i in range(1000))))
    assert columns.nbytes < 20_000_000


def test_a_picture_parts_all_values_among_its_rows():
    columns = Columns()
    for step in range(20):
        columns.take(activations(step))
    edges = np.linspace(-10, 10, 41)
    picture = columns.image(NODES[0], np.array([0.0, 1.0, 5.5, 20.0, 30.0]), edges, 25.0)
    assert picture.shape == (40, 5)
    assert np.isnan(picture[:, 0]).all()
    assert np.isnan(picture[:, 4]).all()
    assert picture[:, 1:4].sum(0) == pytest.approx(1.0, abs=2e-2)
