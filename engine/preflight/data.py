"""Checks of the data, before anything is computed from it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import torch

from engine.catalog.spec import LossSpec
from engine.diagnose.found import number
from engine.preflight.ground import Outcome
from engine.remedies import Remedy
from engine.train.tally import IGNORED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.preflight.ground import Ground
    from engine.steps import Step

WAYS = {"train": "training", "validation": "validation", "test": "test"}
SEEN = 100_000
"""Numbers of a field, at most about, that figures are taken from."""


def label_range(ground: Ground) -> Iterator[Outcome]:
    """Yield whether the labels of every loss are among what its prediction can name."""
    told = False
    for key, plan in ground.plans.items():
        for step, loss in zip(plan.loss_steps, plan.losses, strict=True):
            if loss.field and loss.task in ("classes", "binary"):
                told = True
                yield _range(ground, key, step, loss.field)
    if not told:
        yield Outcome("label_range", "skip", "No loss reads labels.")


def _range(ground: Ground, key: str, step: Step, field: str) -> Outcome:
    spec = step.spec
    assert isinstance(spec, LossSpec)
    classes = step.info.inputs[0].shape[spec.class_axis] if spec.task == "classes" else 2
    low, high, where = float("inf"), float("-inf"), ""
    for part, held in ground.data.parts.items():
        labels = held[field]
        if not labels.is_floating_point():
            labels = labels[labels != step.info.values.get("ignore_index", IGNORED)]
        if not labels.numel():
            continue
        least, most = labels.min().item(), labels.max().item()
        if (least < low and least < 0) or (most > high and most > classes - 1):
            where = part
        low, high = min(low, least), max(high, most)
    name = step.node.name
    if low >= 0 and high <= classes - 1:
        words = f"The labels of {field!r} run from {low:g} to {high:g}"
        end = f", within the {classes} classes of “{name}”." if spec.task == "classes" else "."
        return Outcome("label_range", "pass", words + end, step.path, key)
    given = "gets 2 answers, 0 and 1" if spec.task == "binary" else f"gets {classes} class scores"
    words = (
        f"The labels of {field!r} run from {low:g} to {high:g} ({WAYS.get(where, where)} part), "
        f"but “{name}” {given}."
    )
    return Outcome("label_range", "fail", words, step.path, key, _more_outputs(step, key, high))


def _more_outputs(step: Step, key: str, high: float) -> Remedy | None:
    """Return the remedy that gives the layer in front of a loss enough outputs."""
    source = next((e.source for e in step.graph.incoming(step.node.id)), "")
    before = step.graph.nodes.get(source)
    if before is None or before.spec != "dense" or "/" in step.path or high < 0:
        return None
    count = int(high) + 1
    given = {"network": key, "settings": {before.id: {"out_features": count}}}
    return Remedy("set", f"Give “{before.name}” {count} outputs", given)


def class_balance(ground: Ground, *, ratio: float) -> Iterator[Outcome]:
    """Yield how the classes of each target are spread over the training part."""
    told = False
    for name, field in ground.data.fields.items():
        labels = ground.data.parts["train"].get(name)
        if field.role != "target" or labels is None or labels.is_floating_point():
            continue
        if labels.dim() > 1 or not labels.numel():
            continue
        labels = labels[labels >= 0]
        if len(labels):
            told = True
            yield _balance(name, field.classes, labels, ratio)
    if not told:
        yield Outcome("class_balance", "skip", "No target has one class per sample.")


def _balance(name: str, classes: tuple[str, ...], labels: torch.Tensor, ratio: float) -> Outcome:
    made: Any = torch.bincount(labels, minlength=len(classes))
    counts: list[int] = made.tolist()
    titles = [*classes, *(str(i) for i in range(len(classes), len(counts)))]
    missing = [titles[i] for i, count in enumerate(counts) if not count]
    if missing and len(classes) <= 1000:
        shown = ", ".join(f"“{t}”" for t in missing[:3]) + (" …" if len(missing) > 3 else "")
        words = f"{len(missing)} of {len(counts)} classes never occur in training: {shown}."
        return Outcome("class_balance", "warn", words)
    held = [(count, titles[i]) for i, count in enumerate(counts) if count]
    least, most = min(held), max(held)
    total = sum(counts)
    words = (
        f"“{most[1]}” has {most[0] / total:.1%} of {total:,} samples, “{least[1]}” has "
        f"{least[0] / total:.1%}."
    )
    return Outcome("class_balance", "warn" if most[0] > ratio * least[0] else "pass", words)


def duplicates(ground: Ground, *, share: float) -> Iterator[Outcome]:
    """Yield how many samples of the other parts stand in the training part."""
    known = _hashes(ground, "train")
    seen = set(known)
    told = False
    for part in ("validation", "test"):
        if not ground.data.sizes.get(part):
            continue
        told = True
        found = _hashes(ground, part)
        twice = sum(row in seen for row in found)
        words = (
            f"{twice:,} of {len(found):,} {part} samples ({twice / len(found):.1%}) stand in the "
            "training part too."
        )
        yield Outcome("duplicates", "warn" if twice > share * len(found) else "pass", words)
    again = len(known) - len(seen)
    if again > share * len(known):
        words = f"{again:,} of {len(known):,} training samples repeat another one."
        yield Outcome("duplicates", "warn", words)
    if not told:
        yield Outcome("duplicates", "skip", "There is no validation and no test part.")


def _hashes(ground: Ground, part: str) -> list[bytes]:
    """Return a hash of all inputs of each sample."""
    names = ground.inputs
    held = [ground.data.parts[part][name].cpu().contiguous() for name in names]
    rows = [values.reshape(len(values), -1).numpy() for values in held]
    found: list[bytes] = []
    for number_ in range(len(rows[0]) if rows else 0):
        if number_ % 2048 == 0:
            ground.go_on()
        digest = hashlib.blake2b(digest_size=16)
        for values in rows:
            digest.update(values[number_].data)
        found.append(digest.digest())
    return found


def input_scaling(ground: Ground, *, large: float) -> Iterator[Outcome]:
    """Yield of what size the numbers of each input are."""
    told = False
    for name in ground.inputs:
        values = ground.data.parts["train"][name]
        if values.is_floating_point() and values.numel():
            told = True
            node, network = ground.input_node(name)
            status, words, fix = _scale(ground, name, values, large)
            yield Outcome("input_scaling", status, words, node, network, fix)
    if not told:
        yield Outcome("input_scaling", "skip", "No input holds decimal numbers.")


def _scale(ground: Ground, name: str, values: torch.Tensor, large: float) -> tuple[Any, str, Any]:
    bad = [
        part for part, held in ground.data.parts.items() if not bool(held[name].isfinite().all())
    ]
    if bad:
        words = f"{name!r} holds values that are not finite ({WAYS.get(bad[0], bad[0])} part)."
        return "fail", words, None
    some = values[: max(SEEN // max(values[0].numel(), 1), 256)].double()
    axes = 0 if values.dim() == 2 else tuple(range(values.dim()))
    mean, std = some.mean(axes).flatten(), some.std(axes, correction=0).flatten()
    still = int((std == 0).sum())
    live = std[std > 0]
    if not len(live):
        return "fail", f"{name!r} is one and the same number in every training sample.", None
    worst = float(torch.max(live.max(), mean.abs().max() / large))
    least = float(live.median())
    words = (
        f"{name!r}: mean {number(float(mean.mean()))}, deviation {number(float(live.min()))} to "
        f"{number(float(live.max()))}"
    )
    words += f"; {still} of {len(std)} features never change." if still else "."
    if worst > large or least < 1 / large:
        fix = None
        if ground.project.data.scaling != "standardize":
            fix = Remedy("data", "Standardise the inputs", {"values": {"scaling": "standardize"}})
        return "warn", words, fix
    return ("pass", words, None)
