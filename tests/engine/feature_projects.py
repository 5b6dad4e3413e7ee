"""Small projects, one for each thing that a graph can say."""

from __future__ import annotations

from engine.project import Choice, Phase, Project
from tests.engine.design_projects import adversaries
from tests.engine.sketches import (
    DIGITS,
    FEATURES,
    MOONS,
    around,
    block,
    dense,
    feature,
    layer,
    made,
    net,
)

__all__ = [
    "DIGITS",
    "FEATURES",
    "MOONS",
    "adversaries",
    "around",
    "block",
    "dense",
    "feature",
    "layer",
    "made",
    "net",
]


@feature
def a_sub_network() -> Project:
    return around(("m", "@block", "stem", {}), block=block())


@feature
def places_that_differ() -> Project:
    return around(
        ("a", "@layer", "point", {"arguments": {"units": 5}}),
        ("b", "@layer", "a.out", {"arguments": {"units": "=size * 2"}}),
        ("m", "@layer", "b.out", {}),
        layer=layer(),
        variables={"size": 4},
    )


@feature
def a_repeat() -> Project:
    return around(("m", "@block", "stem", {"times": 3}), block=block())


@feature
def a_repeat_that_begins_otherwise() -> Project:
    return around(("m", "@layer", "point", {"times": 4, "arguments": {"units": 5}}), layer=layer())


@feature
def a_tied_repeat() -> Project:
    return around(("m", "@block", "stem", {"times": 3, "tied": True}), block=block())


@feature
def shared_places() -> Project:
    return around(
        ("a", "@block", "stem", {"weights": "shared"}),
        ("b", "@block", "a.out", {}),
        ("m", "@block", "b.out", {"weights": "shared", "times": 2}),
        block=block(),
    )


@feature
def nested_and_shared_below() -> Project:
    stage = net(
        "Stage",
        ("in", "input", (), {}),
        ("first", "@layer", "in", {"arguments": {"units": "=units"}}),
        ("common", "@block", "first.out", {"weights": "shared", "arguments": {"width": 6}}),
        ("rest", "@layer", "common.out", {"times": 2, "arguments": {"units": "=units"}}),
        ("out", "output", "rest.out", {}),
        units=6,
    )
    return around(
        ("one", "@stage", "point", {}),
        ("two", "@stage", "one.out", {"times": 2}),
        ("m", "@block", "two.out", {"weights": "shared"}),
        stage=stage,
        block=block(),
        layer=layer(),
    )


@feature
def items_one_by_one() -> Project:
    main = net(
        "",
        ("pixels", "input", (), {"field": "pixels"}),
        ("rows", "reshape", "pixels", {"shape": (8, 8)}),
        ("each", "@layer", "rows", {"each": True, "times": 2, "arguments": {"units": 8}}),
        ("flat", "flatten", "each.out", {}),
        dense("head", "flat", 10),
        ("loss", "cross_entropy", "head", {}),
    )
    return made(main, DIGITS, layer=layer())


@feature
def settings_in_a_forward_line() -> Project:
    fold = net(
        "Fold",
        ("in", "input", (), {}),
        ("grid", "reshape", "in", {"shape": ("=rows", "=32 // rows")}),
        ("flat", "flatten", "grid", {}),
        dense("mix", "flat", 32),
        ("out", "output", "mix", {}),
        rows=2,
    )
    main = net(
        "",
        ("pixels", "input", (), {"field": "pixels"}),
        dense("stem", "pixels", 32),
        ("a", "@fold", "stem", {"arguments": {"rows": 4}}),
        ("b", "@fold", "a.out", {"arguments": {"rows": 8}, "times": 2}),
        dense("head", "b.out", 10),
        ("loss", "cross_entropy", "head", {}),
    )
    return made(main, DIGITS, fold=fold)


@feature
def two_losses_in_the_middle() -> Project:
    main = net(
        "",
        ("point", "input", (), {}),
        dense("stem", "point", 6),
        dense("early", "stem", 2),
        ("first", "cross_entropy", "early", {"weight": 0.3}),
        ("act", "relu", "stem", {}),
        dense("late", "act", 2),
        ("second", "cross_entropy", "late", {}),
        ("probabilities", "softmax", "late", {}),
        ("result", "output", "probabilities", {}),
        ("hidden", "output", "act", {}),
    )
    return made(main)


@feature
def a_loss_inside() -> Project:
    head = net(
        "Head",
        ("in", "input", (), {}),
        ("drop", "dropout", "in", {"p": 0.2}),
        dense("lin", "drop", 2),
        ("loss", "cross_entropy", "lin", {"weight": 0.5}),
        ("out", "output", "lin", {}),
    )
    return around(
        ("m", "@block", "stem", {"times": 2}),
        ("aside", "@head", "m.out", {}),
        ("twice", "@head", "m.out", {"weights": "shared", "times": 1}),
        block=block(),
        head=head,
    )


@feature
def several_ports_and_a_field_inside() -> Project:
    merge = net(
        "Merge",
        ("in", "input", (), {}),
        ("in2", "input", (), {}),
        ("pixels", "input", (), {"field": "pixels"}),
        ("all", "concatenate", ["in", "in2", "pixels"], {}),
        dense("lin", "all", 12),
        dense("gate", "all", 12),
        ("act", "sigmoid", "gate", {}),
        ("out", "output", "lin", {}),
        ("out2", "output", "act", {}),
    )
    main = net(
        "",
        ("image", "input", (), {"field": "image"}),
        ("flat", "flatten", "image", {}),
        dense("stem", "flat", 12),
        dense("other", "flat", 12),
        ("pair", "@merge", ["stem", "other"], {"times": 2}),
        ("one", "@merge", ["pair.out", "pair.out2"], {}),
        dense("head", "one.out", 10),
        ("loss", "cross_entropy", "head", {}),
    )
    return made(main, DIGITS, merge=merge)


@feature
def stages_of_convolutions() -> Project:
    basic = net(
        "Basic",
        ("in", "input", (), {}),
        (
            "conv",
            "conv2d",
            "in",
            {"out_channels": "=channels", "kernel_size": 3, "stride": "=stride", "padding": 1},
        ),
        ("norm", "batch_norm2d", "conv", {}),
        ("act", "relu", "norm", {}),
        ("out", "output", "act", {}),
        channels=4,
        stride=1,
    )
    stage = net(
        "Stage",
        ("in", "input", (), {}),
        ("down", "@basic", "in", {"arguments": {"channels": "=channels", "stride": "=stride"}}),
        ("rest", "@basic", "down.out", {"times": "=depth", "arguments": {"channels": "=channels"}}),
        ("out", "output", "rest.out", {}),
        channels=4,
        stride=2,
        depth=2,
    )
    main = net(
        "",
        ("image", "input", (), {"field": "image"}),
        ("a", "@stage", "image", {"arguments": {"stride": 1}}),
        ("b", "@stage", "a.out", {"arguments": {"channels": 6, "depth": 3}}),
        ("flat", "flatten", "b.out", {}),
        dense("head", "flat", 10),
        ("loss", "cross_entropy", "head", {}),
    )
    return made(main, DIGITS, stage=stage, basic=basic)


@feature
def two_phases() -> Project:
    """Two networks in turn that share a third, each training a part of what it holds."""
    second = net(
        "Second",
        ("point", "input", (), {}),
        ("common", "@layer", "point", {"weights": "shared"}),
        dense("own", "common.out", 2),
        ("loss", "mse", "own", {"field": "point"}),
    )
    main = net(
        "First",
        ("point", "input", (), {}),
        ("common", "@layer", "point", {"weights": "shared"}),
        dense("head", "common.out", 2),
        ("loss", "cross_entropy", "head", {}),
    )
    project = made(main, second=second, layer=layer())
    return project.with_training(
        phases=(
            Phase(name="classify", optimizer=Choice(id="sgd", params={"lr": 0.05})),
            Phase(name="rebuild", network="second", steps=2, weight=0.5, clip_norm=0.1),
        )
    )


@feature
def frozen_and_chosen() -> Project:
    project = nested_and_shared_below()
    graph = project.graph.change("one", frozen=True)
    return project.with_graph(graph).with_phase(trains=("one", "two", "m", "head"))
