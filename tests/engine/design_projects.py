"""Small projects after the well-known designs: pairs, codes, adversaries, teachers, attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.project import Choice, Phase, Project
from tests.engine.sketches import DIGITS, around, block, dense, feature, made, net

if TYPE_CHECKING:
    from engine.graph import Graph


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
    project = around(("m", "@block", "stem", {}), block=block())
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
