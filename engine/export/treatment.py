"""What an exported script does to gradients, weights and rates around a step. Text only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.export.wrap import WIDTH
from engine.train.scaling import scaled_homes, scaled_layers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.export.turns import Turn
    from engine.project import Project, Training
    from engine.steps import Step

_MODULES = {
    "initializers": ("layer_output", "unit_variance_"),
    "optimizers": ("LookaheadSGD", "MuonAdamW"),
    "schedules": ("Cyclic", "InverseTimeLR", "WarmUp"),
    "treatment": (
        "Average",
        "by_parameter",
        "clip_adaptively_",
        "clip_each_",
        "limit_norms_",
        "parameter_groups",
    ),
}
CARRIED = {
    name: f"engine.modules.{module}.{name}" for module, names in _MODULES.items() for name in names
}
"""Our own classes and functions that training may need: name -> dotted name."""


def carried(text: str) -> list[str]:
    """Return the dotted names of what the text of `train` needs of ours."""
    return [target for name, target in CARRIED.items() if re.search(rf"(?<![\w.]){name}\b", text)]


def name_of(target: str) -> str:
    """Return what a script calls a class: our own by its bare name."""
    return target.rpartition(".")[2] if target.startswith("engine.") else target


# -- before the first step


def grouped(turn: Turn) -> bool:
    """Return whether the optimizer gets its parameters in groups."""
    values = registry.optimizer(turn.phase.optimizer.id).values(turn.phase.optimizer.params)
    spares = not turn.phase.decay_biases and "weight_decay" in values
    return spares or any(traits.lr_factor != 1 for _, traits in turn.layers)


def groups(turn: Turn, lr: object) -> list[str]:
    """Return the statements that part the parameters, or none."""
    if not grouped(turn):
        return []
    text = _rows(turn, "factors", [(e, t.lr_factor) for e, t in turn.layers if t.lr_factor != 1])
    values = registry.optimizer(turn.phase.optimizer.id).values(turn.phase.optimizer.params)
    spares = not turn.phase.decay_biases and "weight_decay" in values
    factors = turn.called("factors") if text else "{}"
    spare = ", spare=True" if spares else ""
    call = f"parameter_groups({turn.called('parameters')}, {lr!r}, {factors}{spare})"
    return [*text, f"{turn.called('groups')} = {call}"]


def tables(turn: Turn) -> list[str]:
    """Return the statements that list what layers have otherwise than the phase."""
    phase = turn.phase
    text: list[str] = []
    for name in ("l1", "l2"):
        rows = [(e, getattr(t, name)) for e, t in turn.layers]
        rows = [(e, value) for e, value in rows if value != getattr(phase, name)]
        text += _rows(turn, name, rows)
    if not _even(turn):
        rows = [(e, t.max_norm) for e, t in turn.layers if t.max_norm is not None]
        text += _rows(turn, "limits", rows)
    return text


def _rows(turn: Turn, name: str, rows: Sequence[tuple[str, float]]) -> list[str]:
    if not rows:
        return []
    listed = ", ".join(f"({layer}, {value!r})" for layer, value in rows)
    return [f"{turn.called(name)} = by_parameter({listed})"]


def _even(turn: Turn) -> bool:
    """Return whether one limit of norms holds for all layers."""
    return all(traits.max_norm == turn.phase.max_norm for _, traits in turn.layers)


def average(turn: Turn) -> list[str]:
    """Return the statement that makes the average of the weights, if there is one."""
    phase = turn.phase
    if phase.average == "none":
        return []
    held = f"[*{turn.called('parameters')}, {turn.buffers}]"
    decay = f", {phase.average_decay!r}" if phase.average == "ema" else ""
    return [f"{turn.called('average')} = Average({held}{decay})"]


def scaling(project: Project, turns: Sequence[Turn], modules: Sequence[Step]) -> list[str]:
    """Return the statements that scale weights on the first batch."""
    homes = scaled_homes(modules, project.training)
    text: list[str] = []
    for turn in turns:
        chosen = [step for _, step in scaled_layers(turn.plan, homes)]
        if chosen:
            homes -= {step.home for step in chosen}
            text += _scaled(project.training, turn, chosen)
    return text


def _scaled(training: Training, turn: Turn, chosen: Sequence[Step]) -> list[str]:
    layers = ", ".join(turn.module(step.home) for step in chosen)
    size = "BATCH_SIZE" if training.batch != "all" else turn.samples
    part = f"parts[{turn.phase.split!r}]" if turn.name else "part"
    order = ", seed" if turn.name else ", seed, 0"
    order = "" if turn.plan.carrying else order
    losses = f"{turn.called('losses')}({turn.holder}, batch)" if turn.name else ""
    inner = f"layers[place], lambda: {losses or 'network.losses(*batch)'}"
    output = [f"    lambda place: layer_output({inner}),"]
    if len(output[0]) > WIDTH - 4:
        output = ["    lambda place: layer_output(", f"        {inner}", "    ),"]
    return [
        f"layers = [{layers}]",
        f"batch = next(batches({part}, {size}{order}))",
        f"{turn.holder}.eval()",
        "unit_variance_(",
        "    [layer.weight for layer in layers],",
        *output,
        ")",
        f"{turn.holder}.train()",
    ]


# -- around a step


def gradients(turn: Turn, *, measured: bool) -> list[str]:
    """Return the statements that treat the gradients."""
    phase, parameters = turn.phase, turn.called("parameters")
    every = f"[weight.grad for weight in {parameters}]"
    lines: list[str] = []
    if measured:
        lines.append(f"{turn.called('norms')}.append(nn.utils.get_total_norm({every}))")
    lines += _penalties(turn)
    if phase.clip_value is not None:
        lines.append(f"nn.utils.clip_grad_value_({parameters}, {phase.clip_value!r})")
    if phase.clip_each is not None:
        lines.append(f"clip_each_({every}, {phase.clip_each!r})")
    if phase.clip_norm is not None:
        lines.append(f"nn.utils.clip_grad_norm_({parameters}, {phase.clip_norm!r})")
    if phase.clip_adaptive is not None:
        lines.append(f"clip_adaptively_({parameters}, {every}, {phase.clip_adaptive!r})")
    return lines


def _penalties(turn: Turn) -> list[str]:
    changes: list[str] = []
    for name, direction, times in (("l1", "weight.sign()", 1), ("l2", "weight", 2)):
        value = getattr(turn.phase, name)
        strength = repr(times * value)
        if any(getattr(traits, name) != value for _, traits in turn.layers):
            strength = f"{turn.called(name)}.get(id(weight), {value!r})"
            strength = strength if times == 1 else f"2 * {strength}"
        elif not value:
            continue
        changes.append(f"weight.grad.add_({direction}, alpha={strength})")
    if not changes:
        return []
    head = ["with torch.no_grad():", f"    for weight in {turn.called('parameters')}:"]
    if turn.phase.penalize_biases:
        return [*head, *(f"        {change}" for change in changes)]
    return [
        *head,
        "        if weight.dim() >= 2:",
        *(f"            {change}" for change in changes),
    ]


def after(turn: Turn) -> list[str]:
    """Return the statements that treat the weights after a step."""
    phase, parameters = turn.phase, turn.called("parameters")
    lines: list[str] = []
    if not _even(turn):
        limits = turn.called("limits")
        lines += [
            f"for weight in {parameters}:",
            f"    if weight.dim() >= 2 and id(weight) in {limits}:",
            f"        limit_norms_([weight], {limits}[id(weight)])",
        ]
    elif phase.max_norm is not None:
        weights = f"[weight for weight in {parameters} if weight.dim() >= 2]"
        lines.append(f"limit_norms_({weights}, {phase.max_norm!r})")
    if phase.average == "ema":
        lines += averaged(turn)
    return lines


def averaged(turn: Turn) -> list[str]:
    """Return the statements that take the weights into their average."""
    update = f"{turn.called('average')}.update()"
    first = turn.phase.average_from
    return [update] if first == 1 else [f"if epoch >= {first - 1}:", f"    {update}"]


# -- after an epoch


def epoch_means(turns: Iterable[Turn]) -> list[str]:
    """Return the statements that end an epoch's steps: means, and averages put in place."""
    lines: list[str] = []
    chosen = [turn for turn in turns if turn.phase.average != "none"]
    for turn in chosen:
        lines += averaged(turn) if turn.phase.average == "swa" else []
    return lines + [f"{turn.called('average')}.put()" for turn in chosen]


def back(turns: Sequence[Turn]) -> list[str]:
    """Return the statements that go on with the weights as training left them."""
    chosen = [turn for turn in turns if turn.phase.average != "none"]
    return [f"{turn.called('average')}.back()" for turn in reversed(chosen)]


def at_rest(project: Project, turns: Sequence[Turn]) -> list[str]:
    """Return the statements that end a run whose gradients have become tiny."""
    least = project.training.tolerance
    if least is None:
        return []
    norms = [f"*{turn.called('norms')}" for turn in turns]
    held = turns[0].called("norms") if len(turns) == 1 else f"[{', '.join(norms)}]"
    return [f"if torch.stack({held}).max().item() < {least!r}:", "    break"]
