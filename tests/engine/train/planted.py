"""Networks in which a value that is not finite comes up at a known node, step and row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from engine.data.batches import Batches
from engine.project import Choice, Phase, Project
from tests.engine.sketches import dense, net
from tests.engine.train.projects import classes, numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.data.dataset import Dataset
    from engine.graph import Graph

STEP, ROW, SIZE = 17, 3, 8
"""The step (from 0) and the row of its batch that the data of most cases spoils."""
PLANTED: dict[str, Case] = {}


@dataclass(frozen=True)
class Case:
    """A project, its data, and what is wrong where."""

    project: Project
    data: Dataset
    node: str
    direction: str
    step: int = STEP
    rows: tuple[int, ...] | None = (ROW,)
    """None: all of the batch, or none can be told."""
    phase: int = 0


def planted(make: Callable[[], Case]) -> Callable[[], Case]:
    PLANTED[make.__name__] = make()
    return make


def sample(step: int = STEP, row: int = ROW, samples: int = 200) -> int:
    """Return the sample in a row of a step of the first epoch."""
    part = {"features": torch.zeros(samples, 1)}
    return int(Batches(part, ("features",), SIZE, 0).rows(0, step)[row])


def spoilt(data: Dataset, value: float, step: int = STEP) -> Dataset:
    data.parts["train"]["features"][sample(step)] = value
    return data


def train(main: Graph, phases: tuple[Phase, ...] = (), **others: Any) -> Project:
    made = Project(networks={"main": main, **others})
    chosen = {"phases": phases} if phases else {}
    return made.with_training(epochs=3, batch_size=SIZE, threads=1, device="cpu", **chosen)


def chain(*middle: Any, loss: str = "cross_entropy", last: str = "bad", **others: Any) -> Project:
    """Return input -> what is given -> dense -> loss."""
    head = dense("head", last, 10 if loss == "cross_entropy" else 1)
    main = net("", ("x", "input", (), {}), *middle, head, ("loss", loss, "head", {}))
    return train(main, **others)


def formula(wired: str, text: str, node: str = "bad") -> tuple[str, str, str, dict[str, Any]]:
    return (node, "expression", wired, {"expression": text})


@planted
def a_row_of_the_data() -> Case:
    data = spoilt(classes(200), torch.inf)
    return Case(chain(dense("bad", "x", 6)), data, "x", "forward")


@planted
def the_logarithm_of_nothing() -> Case:
    data = spoilt(classes(200), 0.0)
    return Case(chain(formula("x", "log(abs(a))")), data, "bad", "forward")


@planted
def a_division_behind_a_layer() -> Case:
    data = spoilt(classes(200), 0.0)
    made = chain(dense("stem", "x", 6, bias=False), formula("stem", "1 / a"))
    return Case(made, data, "bad", "forward")


@planted
def a_power_in_a_repeated_network() -> Case:
    """The second copy overflows: the first makes 40 of 4, which is still a number."""
    inner = net(
        "Grow", ("in", "input", (), {}), formula("in", "exp(a * 10)", "grow"),
        formula("grow", "a * 0.001 + 1", "less"), ("out", "output", "less", {}),
    )  # fmt: skip
    data = classes(200)
    data.parts["train"]["features"].clamp_(-0.5, 0.5).mul_(0.1)
    data = spoilt(data, 1.2)
    made = chain(("bad", "@inner", "x", {"times": 2, "weights": "own"}), inner=inner)
    return Case(made, data, "bad#1/grow", "forward")


@planted
def a_loss() -> Case:
    """What arrives is a number; its square is not, for that row alone."""
    data = spoilt(numbers(200), 1e22)
    main = net(
        "", ("x", "input", (), {}), formula("x", "sum(a, 1) * 0.001", "shift"),
        formula("x", "tanh(a)", "calm"), dense("more", "calm", 1),
        ("total", "add", ["shift", "more"], {}), ("loss", "mse", "total", {}),
    )  # fmt: skip
    return Case(train(main), data, "loss", "forward")


@planted
def a_recurrent_layer_behind_it() -> Case:
    data = spoilt(classes(200), 0.0)
    made = chain(
        formula("x", "log(abs(a))"), ("row", "reshape", "bad", {"shape": (4, 2)}),
        ("gru", "gru", "row", {"hidden_size": 5}), ("last", "flatten", "gru", {}),
        last="last",
    )  # fmt: skip
    return Case(made, data, "bad", "forward")


@planted
def attention_before_it() -> Case:
    data = spoilt(classes(200), 0.0)
    made = chain(
        dense("stem", "x", 8, bias=False), ("row", "reshape", "stem", {"shape": (2, 4)}),
        ("look", "multi_head_attention", "row", {"num_heads": 2, "bias": False}),
        ("flat", "flatten", "look", {}), formula("flat", "sqrt(square(a))"),
    )  # fmt: skip
    return Case(made, data, "bad", "backward")


@planted
def the_slope_of_a_root() -> Case:
    data = spoilt(classes(200), 0.0)
    made = chain(dense("stem", "x", 6, bias=False), formula("stem", "sqrt(abs(a))"))
    return Case(made, data, "bad", "backward")


@planted
def a_choice_that_hides_a_slope() -> Case:
    """Forward the logarithm is not taken where it is endless; backward it counts all the same."""
    data = spoilt(classes(200), 0.0)
    made = chain(dense("stem", "x", 6, bias=False), formula("stem", "where(a > 0, log(abs(a)), 0)"))
    return Case(made, data, "bad", "backward")


@planted
def the_second_phase_of_two() -> Case:
    """Its steps are every other one; its own batches come in the same order."""
    data = spoilt(classes(200), 0.0)
    shared = net("Stem", ("in", "input", (), {}), dense("lin", "in", 6, bias=False),
                 ("out", "output", "lin", {}))  # fmt: skip
    first = net("", ("x", "input", (), {}), ("stem", "@shared", "x", {}), dense("head", "stem", 10),
                ("loss", "cross_entropy", "head", {}))  # fmt: skip
    second = net("", ("x", "input", (), {}), ("stem", "@shared", "x", {}),
                 formula("stem", "sqrt(abs(a))"), dense("head", "bad", 10),
                 ("loss", "cross_entropy", "head", {}))  # fmt: skip
    phases = (Phase(name="one", network="main"), Phase(name="two", network="second"))
    made = train(first, phases, second=second, shared=shared)
    return Case(made, data, "bad", "backward", step=2 * STEP, phase=1)


@planted
def a_rate_far_too_large() -> Case:
    rate = Choice(id="sgd", params={"lr": 1e39})
    made = chain(dense("bad", "x", 6))
    made = made.with_training(phases=(made.phase.but(optimizer=rate),))
    return Case(made, classes(200), "bad", "update", step=0, rows=None)


@planted
def weights_that_outgrow_numbers() -> Case:
    """Each step makes them larger by a factor; which step is too much a plain loop finds out."""
    rate = Choice(id="sgd", params={"lr": 3e4})
    made = chain(dense("bad", "x", 1, bias=False), loss="mse")
    made = made.with_training(phases=(made.phase.but(optimizer=rate),))
    return Case(made, numbers(200), "", "", step=-1, rows=None)
