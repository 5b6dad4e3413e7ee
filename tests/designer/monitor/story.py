"""Events of a run that never was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.train import events as ev

NODES = ("n1", "n2", "n3")


def started(nodes=NODES):
    names = ("dense", "relu", "dense_2")
    pairs = tuple((n, names[i] if i < 3 else f"layer_{i}") for i, n in enumerate(nodes))
    return ev.Started(pairs, (("l1", "loss"),), 10, 5, 1234, "cpu")


def steps(first, loss):
    return ev.Steps(first, np.asarray(loss, np.float32), 1e-3, 5000.0, 12.0, 0.008)


def norms(step, grad=(0.1, 0.2, 0.3), nodes=NODES):
    grad = np.resize(np.asarray(grad, np.float32), len(nodes))
    return ev.Norms(step, tuple(nodes), grad, grad + 1, grad / 100, float(grad.sum()))


def activations(step, nodes=NODES, dead=0.0):
    one = np.ones(len(nodes), np.float32)
    counts = np.tile(np.bincount(np.arange(1024) % 64, minlength=64), (len(nodes), 1))
    return ev.Activations(
        step, tuple(nodes), 0 * one, one, dead * one, -3 * one, 3 * one, counts.astype(np.float32)
    )


def epoch(number):
    return ev.EpochEnd(
        number, {"loss": 1 / number, "accuracy": 0.9}, {"loss": 1.2 / number, "accuracy": 0.8}, 0.5
    )


def boundary(classes=2):
    grid = np.arange(30 * 40).reshape(30, 40) // 7 % classes
    return ev.Boundary(grid.astype(np.int16), -2.0, 2.0, -1.0, 3.0)


def started_two():
    """Two phases on two networks; both call a node n1."""
    first = ev.PhaseStarted(
        "discriminator", "main", (("n1", "dense"), ("n2", "relu")), (("l1", "real"),)
    )
    second = ev.PhaseStarted(
        "generator", "gan", (("n1", "generator.dense"),), (("l1", "fool"), ("l2", "match"))
    )
    return ev.Started(first.nodes, first.losses, 20, 5, 1234, "cpu", phases=(first, second))


def two_phases(turns, each=10):
    """Both phases take turns; the second has two losses."""
    for turn in range(turns):
        first = 2 * each * turn
        half = np.full(each, 0.5, np.float32)
        yield ev.Steps(first, 2 * half, 1e-3, 50.0, 1.0, 0.01, stride=2.0)
        parts = {"fool": half / 2, "match": half / 2}
        yield ev.Steps(first + 1, half, 1e-4, 50.0, 1.0, 0.01, stride=2.0, phase=1, losses=parts)
        yield norms(first, nodes=NODES[:2])
        yield replace(norms(first + 1, nodes=NODES[:1]), phase=1)
        yield activations(first, nodes=NODES[:2])
        yield replace(activations(first + 1, nodes=NODES[:1]), phase=1)


def pictures(step, count=16, colour=False, node="d1", size=28):
    shape = (count, size, size, 3) if colour else (count, size, size)
    numbers = np.arange(np.prod(shape)).reshape(shape) * 7 + step * 31
    return ev.Pictures(step, node, (numbers % 256).astype(np.uint8))


def points(step, count=200, classes=3, node="d2"):
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    centres = np.stack([np.cos(labels * 2.1), np.sin(labels * 2.1)], 1) * (1 + step / 100)
    xy = centres + rng.normal(size=(count, 2)) * 0.3
    return ev.Points(step, node, xy.astype(np.float32), labels.astype(np.int64))


def text(step, node="d3"):
    return ev.Text(step, node, f"ROMEO:\nWhat light at step {step}?\n")


def run(count=30):
    """A whole run, in pieces as a bridge would hand them over."""
    yield [ev.StateChanged("preparing"), ev.Progress("Reading", 0.5)]
    yield [ev.StateChanged("running"), started()]
    for turn in range(count):
        first = 40 * turn
        loss = np.exp(-np.arange(first, first + 40) / 500) + 0.01
        yield [steps(first, loss), norms(first), activations(first)]
        if turn % 5 == 4:
            yield [epoch(turn // 5 + 1)]
    yield [boundary(), ev.Done({"test": {"accuracy": 0.9}}), ev.StateChanged("finished")]
