"""A project as one Python file that needs nothing of ours and trains to the same parameters."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.data import carry, describe, prepare_arguments
from engine.data.preparation import own_shares
from engine.export import carrying, own, training, treatment
from engine.export.evaluation import Evaluation
from engine.export.main import FINGERPRINT, main_function
from engine.export.tidy import STANDARD, imports, tidy
from engine.export.turns import ExportError, turns
from engine.listing import listing
from engine.train.evaluate import IGNORED
from engine.train.threads import default_threads
from engine.variables import resolve

if TYPE_CHECKING:
    from engine.data import DataInfo
    from engine.project import Project


__all__ = ["ExportError", "export"]

TAKEN = (
    *("SEED", "EPOCHS", "BATCH_SIZE", "THREADS", "FIELDS"),
    *STANDARD,
    *treatment.CARRIED,
)
"""Names that a script has for other things than classes."""


def export(project: Project) -> str:
    """Return the text of a script that trains the project's networks and prints their figures.

    With the same seed and number of threads its parameters on a CPU are those of the engine, bit
    for bit. Names in the text are our own and values are literals.

    Raises
    ------
    ExportError
        The project asks for something the script cannot do.
    CompileError, DataError
        A network or the data recipe has a problem.
    """
    script = _Script(project)
    body = tidy("\n\n\n".join(part.strip("\n") for part in script.parts() if part))
    theirs = own.texts(script.text.own, body)
    head = f"{script.docstring()}\n\n{imports(body)}\n\n"
    return f"{head}\n{theirs}\n\n\n{body}\n" if theirs else f"{head}{body}\n"


class _Script:
    """Collects the parts of a script."""

    def __init__(self, project: Project) -> None:
        self.project = project = resolve(project)
        phases = project.training.phases
        if not phases:
            raise ExportError("There is no phase of training; add one in the training panel.")
        for phase in phases:
            if phase.network not in project.networks:
                raise ExportError(
                    f"The phase {phase.name!r} trains the network {phase.network!r}, which is not "
                    "there; choose another network for it."
                )
        roots = {phase.network: project.networks[phase.network] for phase in phases}
        info = describe(project.data)
        scope = project.scope(info.fields)
        start = project.training
        self.text = listing(roots, scope, start.initializer, TAKEN, start.initializer_params)
        own.check_seen(project, self.text.blueprint)
        self.turns = turns(project, self.text)
        self.several = len(self.turns) > 1
        if self.several and any(turn.plan.carrying for turn in self.turns):
            raise ExportError(
                "Layers that carry their state over batches are exported with one phase only; "
                "switch Stateful off or take the other phases away."
            )
        self.validation = _validates(project, info)
        self.evaluation = Evaluation(
            project, self.turns, info.fields, gaps=str(IGNORED) in carry.source(project.data)
        )
        self.units = self.evaluation.units
        self.fields = tuple(dict.fromkeys(f for turn in self.turns for f in turn.plan.fields))
        monitored = any(registry.schedule(phase.schedule.id).monitored for phase in phases)
        if not self.validation and (monitored or project.training.early_stopping.enabled):
            raise ExportError(
                "Early stopping and the plateau schedule are exported with a validation part only; "
                "give it a share of the data."
            )

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
        train = training.train_function(
            self.project,
            self.turns,
            self.text.blueprint.modules,
            validation=self.validation,
            units=self.units,
        )
        targets = (*self.text.carried, *self.evaluation.targets, *treatment.carried(train))
        ours = [load_target(target) for target in dict.fromkeys(targets)]
        return [
            self._constants(),
            *[inspect.getsource(function) for function in carry.functions(self.project.data)],
            *[inspect.getsource(thing) for thing in ours],
            *self.text.classes,
            self._load(),
            training.STREAM if self.several else self._batches(),
            *self.evaluation.functions(),
            train,
            FINGERPRINT,
            main_function(
                self.project,
                self.turns[0].holder,
                draws=self.text.draws,
                validation=self.validation,
                units=self.units,
                path=self._path(),
                pretrained=self.text.blueprint.pretrained,
            ),
        ]

    def _batches(self) -> str:
        return carrying.FUNCTIONS if self.turns[0].plan.carrying else training.BATCHES

    def _constants(self) -> str:
        values = self.project.training
        threads = values.threads or default_threads()
        size = {"mini": repr(values.batch_size), "one": "1", "all": "None  # all of them"}
        fields = ", ".join(f'"{f}"' for f in self.fields)
        return "\n".join(
            (
                f"SEED = {values.seed}",
                f"EPOCHS = {values.epochs}",
                f"BATCH_SIZE = {size[values.batch]}",
                f"THREADS = {threads}  # another number changes the last bits of the weights",
                f"FIELDS = ({fields}{',' if len(self.fields) == 1 else ''})",
            )
        )

    def _path(self) -> str:
        """Return the data file the recipe names, if the source reads one."""
        spec = registry.source(self.project.data.source.id)
        values = spec.values(self.project.data.source.params)
        return next((str(values[p.name]) for p in spec.params if p.type == "path"), "")

    def _load(self) -> str:
        path = self._path()
        lines = carry.lines(self.project.data)
        lines[0] = lines[0].replace(f"path={path!r}", "path=path", 1) if path else lines[0]
        value = "torch.from_numpy(held[name]).to(device)"
        row = f"{{name: {value} for name in FIELDS}}"
        if not self.several:
            row = f"[{value} for name in FIELDS]"
        text = [
            f"def load_data(device{', path' if path else ''}):",
            '    """Return the tensors of every part."""',
            *(f"    {line}" for line in lines),
            f"    {'tensors =' if self.units else 'return'} {{",
            f"        part: {row}",
            "        for part, held in parts.items()",
            "    }",
        ]
        if not self.units:
            return "\n".join(text).replace("parts, scales =", "parts, _ =")
        text[1] = (
            '    """Return the tensors of every part, and (shift, scale) of the scaled targets."""'
        )
        pairs = ", ".join(
            f"{name!r}: tuple(value.item() for value in scales[{name!r}])"
            for name in self.evaluation.scaled
        )
        return "\n".join([*text, f"    units = {{{pairs}}}", "    return tensors, units"])


def _validates(project: Project, info: DataInfo) -> bool:
    """Return whether the data has a validation part."""
    if "validation" in info.own:
        return True
    given = prepare_arguments(project.data)
    shares = own_shares(given["train"], given["validation"], given["test"], list(info.own))
    return shares[1] > 0
