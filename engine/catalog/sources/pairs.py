"""Pictures to be compared: few-shot episodes and pairs."""

from __future__ import annotations

from engine.catalog.sources.parts import SEED, target
from engine.catalog.spec import Field, Param, SourceSpec


def _each(default: int, name: str, doc: str) -> Param:
    return Param(name=name, default=default, ge=1, le=50, doc=doc)


MNIST_EPISODES = SourceSpec(
    id="mnist_episodes",
    title="Few-shot episodes",
    group="Pairs and episodes",
    summary="Small tasks: a few pictures of some classes, and others to be sorted among them.",
    covers=("DAT-11",),
    keywords=("few-shot", "prototypical", "meta-learning", "one-shot", "digits", "clothes"),
    notes=(
        "Digits and clothes together make 20 classes: 10 to learn from, 5 for validation (2 digits "
        "and 3 clothes), 5 for the test (3 digits and 2 clothes), so that the network is asked "
        "about classes it has never seen. A single set has 5 to learn from and 5 for the test; its "
        "validation part shows other pictures of the classes of training. There are a fifth as "
        "many episodes for validation and for the test as for training."
    ),
    pitfalls=(
        "Accuracy is among the few classes of an episode, so 0.2 is chance with 5 ways. Validation "
        "on seen classes flatters."
    ),
    target="engine.data.tasks.mnist_episodes",
    peek="engine.data.tasks.mnist_episodes_peek",
    task="classes",
    params=(
        Param(
            name="pictures",
            default="both",
            choices=("both", "mnist", "fashion_mnist"),
            doc="Where classes are taken from.",
        ),
        Param(name="ways", default=5, ge=2, le=5, doc="Classes in an episode."),
        _each(5, "shots", "Pictures of each class that are shown with their class."),
        _each(5, "queries", "Pictures of each class that are to be sorted."),
        Param(name="episodes", default=500, ge=10, le=20_000, doc="Episodes to learn from."),
        SEED,
    ),
    fields=(
        Field(name="support", shape=(25, 1, 28, 28)),
        Field(name="query", shape=(25, 1, 28, 28)),
        Field(
            name="target",
            shape=(25,),
            dtype="int64",
            role="target",
            classes=("0", "1", "2", "3", "4"),
        ),
    ),
    own=("validation", "test"),
)

MNIST_PAIRS = SourceSpec(
    id="mnist_pairs",
    title="Pairs of pictures",
    group="Pairs and episodes",
    summary="Two pictures each, half of the pairs of the same class; predicts whether they are.",
    covers=("DAT-11",),
    keywords=("siamese", "contrastive", "similarity", "verification", "digits", "clothes"),
    notes="No picture is in two parts. Validation and test have a fifth as many pairs each.",
    pitfalls=(
        "Accuracy of 0.5 is chance. Pairs of one class are soon easy: what counts is classes that "
        "resemble each other."
    ),
    target="engine.data.tasks.mnist_pairs",
    peek="engine.data.tasks.mnist_pairs_peek",
    task="classes",
    params=(
        Param(
            name="pictures",
            default="mnist",
            choices=("mnist", "fashion_mnist"),
            doc="Where pictures are taken from.",
        ),
        Param(name="pairs", default=5000, ge=10, le=200_000, doc="Pairs to learn from."),
        SEED,
    ),
    fields=(
        Field(name="first", shape=(1, 28, 28)),
        Field(name="second", shape=(1, 28, 28)),
        target("different", "same", name="same"),
    ),
    own=("validation", "test"),
)
