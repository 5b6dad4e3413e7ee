"""The functions of an exported script that measure a part of the data. Text only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.export.carrying import in_order
from engine.train import chance
from engine.train.evaluate import (
    DEFAULT_METRICS,
    IGNORED,
    class_axis,
    eval_batch,
    ignored,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.catalog.spec import Field, MetricSpec
    from engine.export.turns import Turn
    from engine.project import Project
    from engine.steps import LossInfo

AVERAGES = '''
def averages(losses, network, part):
    """Return the mean of the total and of each loss, and every batch's predictions."""
    samples = min(len(values) for values in part.values())
    sums, predictions = [], []
    for start in range(0, samples, SIZE):
        batch = {name: values[start : start + SIZE] for name, values in part.items()}
        size = min(SIZE, samples - start)
        total, each, made = losses(network, batch)
        sums.append([value.item() * size for value in (total, *each)])
        predictions.append(made)
    return [sum(column) / samples for column in zip(*sums, strict=True)], predictions
'''


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of one loss."""

    key: str
    place: int
    spec: MetricSpec
    loss: LossInfo


def figures(project: Project, turn: Turn) -> list[Figure]:
    """Return the metrics that a phase's losses are measured by."""
    found: dict[str, Figure] = {}
    for place, loss in enumerate(turn.plan.losses):
        for name in project.training.metrics or DEFAULT_METRICS.get(loss.task, ()):
            spec = registry.metric(name)
            if not loss.field or (spec.tasks and loss.task not in spec.tasks):
                continue
            key = name if name not in found else f"{name}.{loss.name}"
            found[key] = Figure(key, place, spec, loss)
    return list(found.values())


class Evaluation:
    """Writes `evaluate` and what it calls.

    Parameters
    ----------
    project
        What is exported.
    turns
        Its phases.
    fields
        The fields of its data.
    gaps
        Whether some samples have no label.
    """

    def __init__(
        self, project: Project, turns: Sequence[Turn], fields: Mapping[str, Field], *, gaps: bool
    ) -> None:
        self.turns = turns
        self._training = project.training
        self.figures = [figures(project, turn) for turn in turns]
        self._gaps = gaps
        self._size = eval_batch(field.shape for field in fields.values())
        told = {f.loss.field for held in self.figures for f in held if f.loss.task != "classes"}
        scaled = project.data.scale_target
        self.scaled = [
            name
            for name, field in fields.items()
            if scaled and name in told and field.role == "target" and field.dtype == "float32"
        ]
        """Targets that figures state in their own units."""
        self.units = ", units" if self.scaled else ""

    @property
    def targets(self) -> list[str]:
        """Return the dotted names of the metrics."""
        return list(dict.fromkeys(f.spec.target for held in self.figures for f in held))

    def functions(self) -> list[str]:
        """Return the definitions."""
        if len(self.turns) == 1:
            return [self._alone()]
        losses = [
            f"def {turn.called('losses')}({turn.holder}, batch):\n"
            f"    return {turn.model}.losses({', '.join(turn.given)})"
            for turn in self.turns
        ]
        return [*losses, AVERAGES.replace("SIZE", str(self._size)), self._together()]

    def _together(self) -> str:
        """Return `evaluate` of several phases."""
        holder = self.turns[0].holder
        text = [
            "@torch.no_grad()",
            f"def evaluate({holder}, part{self.units}):",
            '    """Return the losses and the other figures of one part of the data."""',
            "    if min(len(values) for values in part.values()) == 0:",
            "        return {}",
            f"    {holder}.eval()",
            "    result = {}",
        ]
        told: dict[str, tuple[str, list[str]]] = {}
        for turn, held in zip(self.turns, self.figures, strict=True):
            losses, key = turn.plan.losses, turn.phase.network
            names = ["loss"]
            if len(losses) > 1:
                names += [f"loss.{loss.name}" for loss in losses]
            if key in told:
                text += _again(*told[key], turn.label)
                continue
            call = f"averages({turn.called('losses')}, {holder}, part)"
            means = f"means, {'predictions' if held else '_'} = {call}"
            text += _indent(_drawing(turn, [means]))
            keys = [turn.label + name for name in names]
            if len(keys) == 1:
                text.append(f"    result[{keys[0]!r}] = means[0]")
            else:
                text.append(f"    result |= zip({keys!r}, means, strict=True)")
            for place in dict.fromkeys(f.place for f in held):
                text += self._figure_lines(turn, held, place)
            told[key] = turn.label, [*names, *(f.key for f in held)]
        return "\n".join([*text, f"    {holder}.train()", "    return result"])

    def _alone(self) -> str:
        """Return `evaluate` of a single phase."""
        turn, held = self.turns[0], self.figures[0]
        losses = turn.plan.losses
        several = len(losses) > 1
        text = [
            "@torch.no_grad()",
            f"def evaluate(network, part{self.units}):",
            '    """Return the loss and the other figures of one part of the data."""',
            "    if len(part[0]) == 0:",
            "        return {}",
            *(in_order(self._training) if turn.plan.carrying else ()),
            "    network.eval()",
            "    sums, predictions = [], []" if several else "    total, predictions = 0.0, []",
        ]
        pieces = f"zip(*(values.split({self._size}) for values in part), strict=True)"
        loop = [f"for batch in {'held' if turn.plan.carrying else pieces}:"]
        if several:
            loop += [
                "    loss, losses, made = network.losses(*batch)",
                "    sums.append([value.item() * len(batch[0]) for value in (loss, *losses)])",
            ]
        else:
            loop += [
                "    loss, _, made = network.losses(*batch)",
                "    total += loss.item() * len(batch[0])",
            ]
        text += _indent(_drawing(turn, [*loop, "    predictions.append(made)"]))
        text.append("    network.train()")
        if several:
            names = ["loss", *(f"loss.{loss.name}" for loss in losses)]
            text += [
                f"    names = {names!r}",
                "    means = [sum(column) / len(part[0]) for column in zip(*sums, strict=True)]",
                "    result = dict(zip(names, means, strict=True))",
            ]
        else:
            text.append('    result = {"loss": total / len(part[0])}')
        for place in dict.fromkeys(f.place for f in held):
            text += self._figure_lines(turn, held, place)
        return "\n".join([*text, "    return result"])

    def _figure_lines(self, turn: Turn, held: Sequence[Figure], place: int) -> list[str]:
        loss = turn.plan.losses[place]
        number = loss.task != "classes"
        shaped = ".view_as(prediction)" if number else ""
        part = repr(loss.field) if turn.name else turn.plan.fields.index(loss.field)
        text = [
            f"    prediction = torch.cat([made[{place}] for made in predictions])",
            f"    target = part[{part}]{shaped}",
        ]
        mine = [figure for figure in held if figure.place == place]
        whole = [figure for figure in mine if figure.spec.whole and not number]
        mine = [figure for figure in mine if figure not in whole]
        if whole and class_axis(loss) == -1:
            text.append("    scores = prediction.movedim(-1, 1)")
        text += [f"    result[{turn.label + f.key!r}] = {_whole_call(f)}.item()" for f in whole]
        if not number:
            text += self._counted(loss) if mine else []
        elif loss.field in self.scaled:
            text += [
                f"    shift, scale = units[{loss.field!r}]",
                "    prediction, target = prediction * scale + shift, target * scale + shift",
            ]
        return text + [
            f"    result[{turn.label + figure.key!r}] = {_call(figure.spec)}.item()"
            for figure in mine
        ]

    def _counted(self, loss: LossInfo) -> list[str]:
        """Return statements that leave out samples without a label, and lay out sequences."""
        last = class_axis(loss) == -1
        if self._gaps or ignored(loss) != IGNORED:
            scores = "prediction" if last else "prediction.movedim(1, -1)"
            return [
                f"    counts = target != {ignored(loss)}",
                f"    prediction, target = {scores}[counts], target[counts]",
            ]
        if last:
            return ["    prediction, target = prediction.flatten(0, -2), target.flatten()"]
        return []


def _again(before: str, names: Sequence[str], label: str) -> list[str]:
    """Return statements that tell the figures of an earlier phase for one of the same network."""
    former = f"{before!r} + name" if before else "name"
    return [
        f"    for name in {tuple(names)!r}:",
        f"        result[{label!r} + name] = result[{former}]",
    ]


def _drawing(turn: Turn, lines: Sequence[str]) -> list[str]:
    """Return statements so that what they draw at random is the same each time and unseen after.

    A loss that takes a gradient gets one.
    """
    if turn.plan.sloped:
        lines = ["with torch.enable_grad():", *_indent(lines)]
    if not turn.plan.random:
        return list(lines)
    return [
        "with torch.random.fork_rng():",
        f"    torch.manual_seed({chance.SEED})",
        *_indent(lines),
    ]


def _indent(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _call(spec: Any) -> str:
    settings = "".join(f", {k}={v!r}" for k, v in spec.arguments({}).items())
    return f"{spec.target.rpartition('.')[2]}(prediction, target{settings})"


def _whole_call(figure: Figure) -> str:
    """Return the call of a metric that takes samples whole, classes on axis 1."""
    scores = "scores" if class_axis(figure.loss) == -1 else "prediction"
    settings = {"ignored": ignored(figure.loss), **figure.spec.arguments({})}
    words = "".join(f", {k}={v!r}" for k, v in settings.items())
    return f"{figure.spec.target.rpartition('.')[2]}({scores}, target{words})"
