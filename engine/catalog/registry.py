"""All entries by id: the `Spec` values of every module of the catalogue, found by walking it."""

from __future__ import annotations

import importlib
import pkgutil
from difflib import SequenceMatcher
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar, cast

from engine.catalog.spec import (
    BlockSpec,
    InitializerSpec,
    LayerSpec,
    LossSpec,
    MetricSpec,
    OptimizerSpec,
    ScheduleSpec,
    SourceSpec,
    Spec,
    TemplateSpec,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

S = TypeVar("S", bound=Spec)

GROUPS = (
    "Core",
    "Source",
    "Convolution",
    "Pooling",
    "Normalization",
    "Activation",
    "Recurrent",
    "Attention",
    "Merge",
    "Signal",
    "Special",
    "Loss",
    "Display",
)
"""The order in which groups of nodes are shown; others follow."""

TEMPLATE_GROUPS = (
    "First steps",
    "Tables",
    "Images",
    "Time series",
    "Text",
    "Unsupervised",
    "Generative",
    "Few examples",
    "Several inputs",
    "Several outputs",
    "Training methods",
    "Special layers",
)
"""The order in which groups of templates are shown; others follow."""

_SKIP = {"spec", "registry"}


@cache
def entries() -> Mapping[str, Spec]:
    """Return every entry by `kind/id`, in the order the catalogue lists them.

    Those in the module that bears their group's name come first.
    """
    import engine.catalog

    found: dict[str, Spec] = {}
    homely: set[str] = set()
    for info in pkgutil.walk_packages(engine.catalog.__path__, "engine.catalog."):
        if info.ispkg or info.name.rpartition(".")[2] in _SKIP:
            continue
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Spec):
                key = f"{value.kind}/{value.id}"
                assert found.get(key, value) is value, f"two entries are called {key}"
                found[key] = value
                own = value.group.lower()
                if info.name.rpartition(".")[2] in (own, f"{own}s", f"{own}es"):
                    homely.add(key)
    order = sorted(found, key=lambda key: key not in homely)
    return MappingProxyType({key: found[key] for key in order})


@cache
def of_kind(kind: type[S]) -> Mapping[str, S]:
    """Return the entries of exactly this class, by id."""
    return MappingProxyType({e.id: e for e in entries().values() if type(e) is kind})


def _get(kind: type[S], spec_id: str) -> S:
    found = cast("Mapping[str, S]", of_kind(kind)).get(spec_id)
    if found is None:
        word = kind.__name__.removesuffix("Spec").lower()
        known = ", ".join(sorted(of_kind(kind)))
        raise ValueError(f"There is no {word} called {spec_id!r}. Known: {known}.")
    return found


def nodes() -> Mapping[str, LayerSpec]:
    """Return everything that can stand on the canvas: layers and losses, by id."""
    return _nodes()


@cache
def _nodes() -> Mapping[str, LayerSpec]:
    found = [*of_kind(LayerSpec).values(), *of_kind(LossSpec).values()]
    place = {group: i for i, group in enumerate(GROUPS)}
    found.sort(key=lambda spec: place.get(spec.group, len(place)))
    return MappingProxyType({spec.id: spec for spec in found})


def node(spec_id: str, params: Mapping[str, object] | None = None) -> LayerSpec | None:
    """Return the layer or loss with this id, or None for an unknown one.

    With a node's settings it is the entry as it stands there: its ports may depend on them.
    """
    found = _nodes().get(spec_id)
    if found is None or params is None or found.ports is None:
        return found
    return found.at(params)


def optimizer(spec_id: str) -> OptimizerSpec:
    """Return an optimizer; ValueError names an unknown id."""
    return _get(OptimizerSpec, spec_id)


def schedule(spec_id: str) -> ScheduleSpec:
    """Return a learning-rate schedule; ValueError names an unknown id."""
    return _get(ScheduleSpec, spec_id)


def initializer(spec_id: str) -> InitializerSpec:
    """Return an initializer; ValueError names an unknown id."""
    return _get(InitializerSpec, spec_id)


def metric(spec_id: str) -> MetricSpec:
    """Return a metric; ValueError names an unknown id."""
    return _get(MetricSpec, spec_id)


def source(spec_id: str) -> SourceSpec:
    """Return a data source; ValueError names an unknown id."""
    return _get(SourceSpec, spec_id)


def template(spec_id: str) -> TemplateSpec:
    """Return a template; ValueError names an unknown id."""
    return _get(TemplateSpec, spec_id)


def templates() -> list[TemplateSpec]:
    """Return the templates, group by group in the order in which they are shown."""
    place = {group: i for i, group in enumerate(TEMPLATE_GROUPS)}
    found = of_kind(TemplateSpec).values()
    return sorted(found, key=lambda spec: place.get(spec.group, len(place)))


def blocks() -> Mapping[str, BlockSpec]:
    """Return the ready sub-networks by id."""
    return of_kind(BlockSpec)


def block(spec_id: str) -> BlockSpec:
    """Return a ready sub-network; ValueError names an unknown id."""
    return _get(BlockSpec, spec_id)


def matches(words: str, text: str) -> bool:
    """Return whether a text holds all the words, whatever their case, spelling and spacing.

    `maxpool` finds `Max pool` and `max_pool`, `normalise` finds `normalize`.
    """
    folded = _folded(text)
    joined = folded.translate(_SPACES)
    return all(
        word in folded or (len(word) > 4 and word.translate(_SPACES) in joined)
        for word in _folded(words).split()
    )


def _folded(text: str) -> str:
    """Return a text in small letters, with the American ending of verbs."""
    return (
        text.lower().replace("isation", "ization").replace("ise", "ize").replace("ising", "izing")
    )


_SPACES = str.maketrans("", "", " -_")


def search(words: str) -> list[LayerSpec]:
    """Return the layers and losses that match all the words, best first.

    Where none does, those with words much like them: `convolusion`, `up sampling`.
    """
    found = _search(words)
    if not found:
        told = [word for word in words.split() if word.lower() not in _FILLING]
        found = _search(" ".join(told)) or _alike(told)
    return found


def _search(words: str) -> list[LayerSpec]:
    wanted = words.lower().split()
    scored: list[tuple[int, int, LayerSpec]] = []
    for place, spec in enumerate(_nodes().values() if wanted else ()):
        title = spec.title.lower()
        text = " ".join((title, spec.id, spec.group, spec.summary, *spec.keywords))
        if matches(words, text):
            best = sum(0 if title.startswith(w) else 1 if w in title else 2 for w in wanted)
            best -= title == " ".join(wanted)
            scored.append((best, place, spec))
    return [spec for _, _, spec in sorted(scored, key=lambda row: row[:2])]


_FILLING = frozenset(("a", "an", "the", "layer", "layers", "connection", "node", "of", "over"))
"""Words that tell no layer from another."""
_ALIKE = 0.74


def _alike(words: list[str]) -> list[LayerSpec]:
    """Return the entries of which each word, or all in one, is much like a word of theirs."""
    told = [w.translate(_SPACES) for w in _folded(" ".join(words)).split()]
    scored: list[tuple[float, int, LayerSpec]] = []
    for place, (spec, known) in enumerate(_vocabulary() if told else ()):
        likeness = min(_best(word, known) for word in told)
        likeness = max(likeness, _best("".join(told), known))
        if likeness >= _ALIKE:
            scored.append((-likeness, place, spec))
    return [spec for _, _, spec in sorted(scored, key=lambda row: row[:2])]


def _best(word: str, known: frozenset[str]) -> float:
    """Return how much a word is like the likest of some; short ones are like themselves alone."""
    if len(word) < 4:
        return float(word in known)
    near = (w for w in known if abs(len(w) - len(word)) < 5 and w[0] == word[0])
    return max((SequenceMatcher(None, word, w).ratio() for w in near), default=0.0)


@cache
def _vocabulary() -> tuple[tuple[LayerSpec, frozenset[str]], ...]:
    """Return every node's entry with the words of its title, its id and its keywords."""
    found: list[tuple[LayerSpec, frozenset[str]]] = []
    for spec in _nodes().values():
        texts = [_folded(t) for t in (spec.title, spec.id, *spec.keywords)]
        parts = {part for text in texts for part in text.replace("_", " ").split()}
        found.append((spec, frozenset(parts | {t.translate(_SPACES) for t in texts} - {""})))
    return tuple(found)
