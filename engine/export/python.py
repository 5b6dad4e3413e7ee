"""A project as one Python file that needs nothing of ours and trains to the same parameters."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.compile import carried, class_source, init_lines
from engine.data import carry, describe, prepare_arguments
from engine.export import training
from engine.export.tidy import imports, tidy
from engine.plan import LossInfo, plan
from engine.train.evaluate import DEFAULT_METRICS, EVAL_BATCH
from engine.train.threads import default_threads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.catalog.spec import Field, MetricSpec
    from engine.project import Project


class ExportError(ValueError):
    """A project that this format cannot hold; one sentence."""


def export(project: Project) -> str:
    """Return the text of a script that trains the project's network and prints its figures.

    With the same seed and number of threads its parameters on a CPU are those of the engine, bit
    for bit. Names in the text are our own and values are literals.

    Raises
    ------
    ExportError
        The project has several phases or asks for something the script cannot do.
    CompileError, DataError
        The network or the data recipe has a problem.
    """
    if len(project.training.phases) != 1:
        raise ExportError("Only a project with a single training phase can be exported to Python.")
    script = _Script(project)
    body = tidy("\n\n\n".join(part.strip("\n") for part in script.parts() if part))
    return f"{script.docstring()}\n\n{imports(body)}\n\n{body}\n"


@dataclass(frozen=True, slots=True)
class _Figure:
    """One metric of one loss."""

    key: str
    place: int
    spec: MetricSpec
    loss: LossInfo


class _Script:
    """Collects the parts of a script."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.phase = project.phase
        self.graph = project.networks[self.phase.network]
        self.fields: Mapping[str, Field] = describe(project.data).fields
        self.plan = plan(self.graph, self.fields)
        self.initializer = project.training.initializer
        self.figures = self._figures()
        self.validation = prepare_arguments(project.data)["validation"] > 0
        self.units = ", units" if project.data.scale_target else ""
        monitored = registry.schedule(self.phase.schedule.id).monitored
        if not self.validation and (monitored or project.training.early_stopping.enabled):
            raise ExportError(
                "Early stopping and the plateau schedule are exported with a validation part only; "
                "give it a share of the data."
            )

    def _figures(self) -> list[_Figure]:
        found: dict[str, _Figure] = {}
        for place, loss in enumerate(self.plan.losses):
            for name in self.project.training.metrics or DEFAULT_METRICS[loss.task]:
                spec = registry.metric(name)
                if not loss.field or (spec.tasks and loss.task not in spec.tasks):
                    continue
                key = name if name not in found else f"{name}.{loss.name}"
                found[key] = _Figure(key, place, spec, loss)
        return list(found.values())

    def docstring(self) -> str:
        """Return the module's docstring; of the title only harmless characters are kept."""
        title = re.sub(r"[^\w .,-]", "", self.project.title).strip() or "A neural network"
        return (
            f'"""{title}: builds the network, trains it and prints its figures.\n\n'
            "Run it with --help to see what can be chosen. The same seed and the same number of\n"
            'threads give the same weights, to the last bit.\n"""'
        )

    def parts(self) -> list[str]:
        """Return the script's definitions in order, each a block of text."""
        recipe = self.project.data
        metrics = [load_target(t) for t in dict.fromkeys(f.spec.target for f in self.figures)]
        ours = [load_target(t) for t in carried(self.graph, self.fields, self.initializer)]
        return [
            self._constants(),
            *[inspect.getsource(function) for function in carry.functions(recipe)],
            *[inspect.getsource(thing) for thing in (*ours, *metrics)],
            class_source(self.graph, self.fields),
            self._initialize(),
            self._load(),
            training.BATCHES,
            self._evaluate(),
            training.train_function(
                self.project, self._left_out(), validation=self.validation, units=self.units
            ),
            training.FINGERPRINT,
            training.main_function(
                self.project,
                draws=bool(self._init_lines()),
                validation=self.validation,
                units=self.units,
                path=self._path(),
            ),
        ]

    def _constants(self) -> str:
        values = self.project.training
        threads = values.threads or default_threads()
        size = {"mini": repr(values.batch_size), "one": "1", "all": "None  # all of them"}
        fields = ", ".join(f'"{f}"' for f in self.plan.fields)
        return "\n".join(
            (
                f"SEED = {values.seed}",
                f"EPOCHS = {values.epochs}",
                f"BATCH_SIZE = {size[values.batch]}",
                f"THREADS = {threads}  # another number changes the last bits of the weights",
                f"FIELDS = ({fields}{',' if len(self.plan.fields) == 1 else ''})",
            )
        )

    def _init_lines(self) -> list[str]:
        return init_lines(self.graph, self.fields, self.initializer)

    def _initialize(self) -> str:
        lines = self._init_lines()
        if not lines:
            return ""
        head = ["def initialize(network):", '    """Draw the first weights."""']
        return "\n".join([*head, *(f"    {line}" for line in lines)])

    def _path(self) -> str:
        """Return the data file the recipe names, if the source reads one."""
        spec = registry.source(self.project.data.source.id)
        values = spec.values(self.project.data.source.params)
        return next((str(values[p.name]) for p in spec.params if p.type == "path"), "")

    def _load(self) -> str:
        path = self._path()
        lines = carry.lines(self.project.data)
        lines[0] = lines[0].replace(f"path={path!r}", "path=path", 1) if path else lines[0]
        text = [
            f"def load_data(device{', path' if path else ''}):",
            '    """Return the tensors of every part."""',
            *(f"    {line}" for line in lines),
            f"    {'tensors =' if self.units else 'return'} {{",
            "        part: [torch.from_numpy(held[name]).to(device) for name in FIELDS]",
            "        for part, held in parts.items()",
            "    }",
        ]
        if not self.units:
            return "\n".join(text).replace("parts, scales =", "parts, _ =")
        text[1] = (
            '    """Return the tensors of every part, and (shift, scale) of the scaled targets."""'
        )
        text += [
            '    shift, scale = scales["target"]',
            '    return tensors, {"target": (shift.item(), scale.item())}',
        ]
        return "\n".join(text)

    def _evaluate(self) -> str:
        several = len(self.plan.losses) > 1
        text = [
            "@torch.no_grad()",
            f"def evaluate(network, part{self.units}):",
            '    """Return the loss and the other figures of one part of the data."""',
            "    if len(part[0]) == 0:",
            "        return {}",
            "    network.eval()",
            "    sums, predictions = [], []" if several else "    total, predictions = 0.0, []",
            f"    for batch in zip(*(values.split({EVAL_BATCH}) for values in part), strict=True):",
        ]
        if several:
            names = ["loss", *(f"loss.{loss.name}" for loss in self.plan.losses)]
            text += [
                "        loss, losses, made = network.losses(*batch)",
                "        sums.append([value.item() * len(batch[0]) for value in (loss, *losses)])",
                "        predictions.append(made)",
                "    network.train()",
                f"    names = {names!r}",
                "    means = [sum(column) / len(part[0]) for column in zip(*sums, strict=True)]",
                "    result = dict(zip(names, means, strict=True))",
            ]
        else:
            text += [
                "        loss, _, made = network.losses(*batch)",
                "        total += loss.item() * len(batch[0])",
                "        predictions.append(made)",
                "    network.train()",
                '    result = {"loss": total / len(part[0])}',
            ]
        for place in dict.fromkeys(f.place for f in self.figures):
            text += self._figure_lines(place)
        return "\n".join([*text, "    return result"])

    def _figure_lines(self, place: int) -> list[str]:
        loss = self.plan.losses[place]
        number = loss.task != "classes"
        shaped = ".view_as(prediction)" if number else ""
        text = [
            f"    prediction = torch.cat([made[{place}] for made in predictions])",
            f"    target = part[{self.plan.fields.index(loss.field)}]{shaped}",
        ]
        if self.units and number and self.fields[loss.field].role == "target":
            text += [
                f"    shift, scale = units[{loss.field!r}]",
                "    prediction, target = prediction * scale + shift, target * scale + shift",
            ]
        return text + [
            f"    result[{figure.key!r}] = {_call(figure.spec)}.item()"
            for figure in self.figures
            if figure.place == place
        ]

    def _left_out(self) -> list[str]:
        """Return the modules whose parameters are not trained."""
        chosen = set(self.phase.trains)
        modules = [s for s in self.plan.steps if s.has_module]
        return [s.name for s in modules if s.node.frozen or (chosen and s.node.id not in chosen)]


def _call(spec: Any) -> str:
    settings = "".join(f", {k}={v!r}" for k, v in spec.arguments({}).items())
    return f"{spec.target.rpartition('.')[2]}(prediction, target{settings})"
