"""Small projects, one for each thing that a graph can say, on data that comes with scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.graph import Graph
from engine.project import Choice, DataRecipe, Phase, Project

if TYPE_CHECKING:
    from collections.abc import Callable

FEATURES: dict[str, Callable[[], Project]] = {}

MOONS = DataRecipe(source=Choice(id="moons", params={"samples": 210}))
DIGITS = DataRecipe(source=Choice(id="digits"))


def feature(make: Callable[[], Project]) -> Callable[[], Project]:
    FEATURES[make.__name__] = make
    return make


def net(title: str, *nodes: tuple[str, str, Any, dict[str, Any]], **settings: Any) -> Graph:
    """Return a graph of (id, entry or network, what is wired to it, settings).

    `"a"` is the only output of the node a, `"a.p"` its port p; several in a list go to the ports
    in turn (or all to a port that takes many), a dictionary names the ports.
    """
    graph = Graph(title=title, settings=settings)
    for node_id, spec, wired, params in nodes:
        params = dict(params)
        arguments = params.pop("arguments", {})
        frozen = params.pop("frozen", False)
        if spec.startswith("@"):
            params = {"network": spec[1:], **params}
        graph, _ = graph.add("network" if spec[0] == "@" else spec, node_id, node_id)
        graph = graph.set_params(node_id, params)
        graph = graph.change(node_id, arguments=arguments, frozen=frozen)
        for port, source in _ports(spec, wired):
            start, _, out = source.partition(".")
            graph = graph.connect(start, node_id, out or _first(graph, start), port)
    return graph


def _first(graph: Graph, node_id: str) -> str:
    from engine.catalog import registry

    spec = registry.node(graph.nodes[node_id].spec)
    assert spec is not None
    return spec.outputs[0].name if spec.outputs else "out"


def _ports(spec: str, wired: Any) -> list[tuple[str, str]]:
    from engine.catalog import registry

    if isinstance(wired, dict):
        return list(wired.items())
    wired = [wired] if isinstance(wired, str) else list(wired or ())
    entry = None if spec[0] == "@" else registry.node(spec)
    if entry is None:
        return list(zip(("in", "in2"), wired, strict=False))
    names = [p.name for p in entry.inputs]
    return [(names[min(k, len(names) - 1)], source) for k, source in enumerate(wired)]


def made(main: Graph, data: DataRecipe = MOONS, **others: Any) -> Project:
    variables = others.pop("variables", {})
    project = Project(networks={"main": main, **others}, data=data, variables=variables)
    return project.with_training(epochs=2, batch_size=48)


def dense(node_id: str, wired: Any, units: Any, **params: Any) -> tuple[str, str, Any, dict]:
    return (node_id, "dense", wired, {"out_features": units, **params})


def block() -> Graph:
    return net(
        "Residual block",
        ("in", "input", (), {}),
        dense("widen", "in", "=width * 2"),
        ("drop", "dropout", "widen", {"p": 0.1}),
        ("act", "relu", "drop", {}),
        dense("narrow", "act", "=width"),
        ("sum", "add", ["in", "narrow"], {}),
        ("out", "output", "sum", {}),
        width=6,
    )


def layer() -> Graph:
    return net(
        "Layer",
        ("in", "input", (), {}),
        dense("lin", "in", "=units"),
        ("norm", "batch_norm1d", "lin", {}),
        ("act", "tanh", "norm", {}),
        ("out", "output", "act", {}),
        units=6,
    )


def around(*middle: Any, last: str = "m.out", **others: Any) -> Project:
    """Return input -> dense -> what is given -> dense -> loss."""
    main = net(
        "",
        ("point", "input", (), {}),
        dense("stem", "point", 6),
        *middle,
        dense("head", last, 2),
        ("loss", "cross_entropy", "head", {}),
    )
    return made(main, **others)


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
    return around(
        ("m", "@layer", "point", {"times": 4, "arguments": {"units": 5}}), layer=layer()
    )


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
def a_siamese() -> Project:
    tower = net(
        "Tower",
        ("in", "input", (), {}),
        dense("lin", "in", 12),
        ("act", "relu", "lin", {}),
        ("drop", "dropout", "act", {"p": 0.2}),
        ("out", "output", "drop", {}),
    )
    main = net(
        "",
        ("pixels", "input", (), {"field": "pixels"}),
        ("image", "input", (), {"field": "image"}),
        ("flat", "flatten", "image", {}),
        ("left", "@tower", "pixels", {"weights": "shared"}),
        ("right", "@tower", "flat", {"weights": "shared"}),
        ("both", "concatenate", ["left.out", "right.out"], {}),
        dense("head", "both", 10),
        ("loss", "cross_entropy", "head", {}),
    )
    return made(main, DIGITS, tower=tower)


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


@feature
def a_variational_autoencoder() -> Project:
    encoder = net(
        "Encoder",
        ("in", "input", (), {}),
        dense("hidden", "in", 16),
        ("act", "relu", "hidden", {}),
        dense("mean", "act", 2),
        dense("spread", "act", 2),
        ("out", "output", "mean", {}),
        ("log_variance", "output", "spread", {}),
    )
    decoder = net(
        "Decoder",
        ("in", "input", (), {}),
        dense("hidden", "in", 16),
        ("act", "relu", "hidden", {}),
        dense("pixels", "act", 64),
        ("out", "output", "pixels", {}),
    )
    main = net(
        "",
        ("pixels", "input", (), {"field": "pixels"}),
        ("noisy", "add_noise", "pixels", {"std": 0.1, "when": "always"}),
        ("encode", "@encoder", "noisy", {}),
        ("code", "sample_normal", ["encode.out", "encode.log_variance"], {}),
        ("decode", "@decoder", "code", {"weights": "shared"}),
        ("rebuild", "mse", "decode.out", {"field": "pixels"}),
        ("prior", "kl_normal", ["encode.out", "encode.log_variance"], {"weight": 0.01}),
        ("map", "show_points", "encode.out", {}),
        ("fresh", "noise", (), {"shape": (2,)}),
        ("dream", "@decoder", "fresh", {"weights": "shared"}),
        ("grid", "reshape", "dream.out", {"shape": (1, 8, 8)}),
        ("pictures", "show_images", "grid", {}),
    )
    return made(main, DIGITS, encoder=encoder, decoder=decoder)


def adversaries() -> dict[str, Graph]:
    generator = net(
        "Generator",
        ("noise", "noise", (), {"shape": (4,)}),
        dense("hidden", "noise", 16),
        ("norm", "batch_norm1d", "hidden", {}),
        ("act", "relu", "norm", {}),
        dense("picture", "act", 64),
        ("tanh", "tanh", "picture", {}),
        ("out", "output", "tanh", {}),
    )
    critic = net(
        "Discriminator",
        ("in", "input", (), {}),
        dense("hidden", "in", 16),
        ("act", "leaky_relu", "hidden", {}),
        ("drop", "dropout", "act", {"p": 0.3}),
        dense("score", "drop", 1),
        ("out", "output", "score", {}),
    )
    main = net(
        "Discriminator's turn",
        ("pixels", "input", (), {"field": "pixels"}),
        ("make", "@generator", (), {"weights": "shared"}),
        ("stop", "detach", "make.out", {}),
        ("true", "@critic", "pixels", {"weights": "shared"}),
        ("false", "@critic", "stop", {"weights": "shared"}),
        ("one", "constant", "true.out", {"value": 0.9}),
        ("nil", "constant", "false.out", {"value": 0.0}),
        ("real", "bce_with_logits", ["true.out", "one"], {}),
        ("fake", "bce_with_logits", ["false.out", "nil"], {}),
    )
    fool = net(
        "Generator's turn",
        ("make", "@generator", (), {"weights": "shared"}),
        ("judge", "@critic", "make.out", {"weights": "shared"}),
        ("one", "constant", "judge.out", {}),
        ("fooled", "bce_with_logits", ["judge.out", "one"], {}),
        ("grid", "reshape", "make.out", {"shape": (1, 8, 8)}),
        ("pictures", "show_images", "grid", {}),
    )
    return {"main": main, "fool": fool, "generator": generator, "critic": critic}


@feature
def a_generator_and_its_adversary() -> Project:
    networks = adversaries()
    project = made(networks.pop("main"), DIGITS, **networks)
    adam = Choice(id="adam", params={"lr": 0.0002, "betas": (0.5, 0.999)})
    return project.with_training(
        epochs=2,
        batch_size=100,
        phases=(
            Phase(name="discriminator", optimizer=adam, clip_norm=1.0),
            Phase(
                name="generator",
                network="fool",
                trains=("make",),
                optimizer=adam,
                steps=2,
                l2=0.001,
                schedule=Choice(id="cosine"),
            ),
        ),
    )


@feature
def a_network_in_two_splits() -> Project:
    """One network in two phases: its layers on one part of the data, its head on another."""
    project = a_sub_network()
    return project.with_training(
        phases=(
            Phase(name="weights", trains=("stem", "m")),
            Phase(
                name="head",
                trains=("head",),
                split="validation",
                optimizer=Choice(id="sgd"),
                schedule=Choice(id="one_cycle"),
                steps=3,
            ),
        )
    )


@feature
def a_teacher_and_its_student() -> Project:
    body = net(
        "Classifier",
        ("in", "input", (), {}),
        dense("hidden", "in", "=width"),
        ("act", "relu", "hidden", {}),
        dense("scores", "act", 10),
        ("out", "output", "scores", {}),
        width=24,
    )
    main = net(
        "",
        ("pixels", "input", (), {"field": "pixels"}),
        ("student", "@body", "pixels", {"arguments": {"width": 6}}),
        ("teacher", "@body", "pixels", {"frozen": True}),
        ("turned", "gradient_reversal", "student.out", {"scale": 0.5}),
        dense("aside", "turned", 10),
        ("away", "cross_entropy", "aside", {"weight": 0.1}),
        ("alike", "distillation", ["student.out", "teacher.out"], {}),
        ("loss", "cross_entropy", "student.out", {}),
    )
    return made(main, DIGITS, body=body)


@feature
def a_transformer() -> Project:
    layer = net(
        "Encoder layer",
        ("in", "input", (), {}),
        ("norm", "layer_norm", "in", {}),
        ("look", "multi_head_attention", "norm", {"num_heads": 2, "dropout": 0.1}),
        ("sum", "add", ["in", "look"], {}),
        dense("up", "sum", 16),
        ("act", "gelu", "up", {}),
        dense("down", "act", 8),
        ("sum2", "add", ["sum", "down"], {}),
        ("out", "output", "sum2", {}),
    )
    main = net(
        "",
        ("pixels", "input", (), {"field": "pixels"}),
        ("rows", "reshape", "pixels", {"shape": (8, 8)}),
        ("token", "class_token", "rows", {}),
        ("where", "positional_encoding", "token", {}),
        ("layers", "@layer", "where", {"times": 2}),
        ("first", "select", "layers.out", {}),
        dense("head", "first", 10),
        ("loss", "cross_entropy", "head", {}),
    )
    return made(main, DIGITS, layer=layer)
