"""What a catalogue entry is; form, check, module, code and help are derived from it."""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from engine.catalog.param import Kind as Kind
from engine.catalog.param import Param as Param
from engine.catalog.param import Value as Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

BATCH = -1
"""Stands for the batch axis in a `TensorSpec.shape`; shown as N."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Shape and element type of what flows on a wire. An axis of `BATCH` (-1) is the batch."""

    shape: tuple[int, ...]
    dtype: str = "float32"

    def __str__(self) -> str:
        """Return the shape as a person reads it: `N × 3 × 32 × 32`."""
        return " × ".join("N" if n == BATCH else str(n) for n in self.shape) or "scalar"

    def with_batch(self, size: int) -> tuple[int, ...]:
        """Return the shape with the batch axis set to `size`."""
        return tuple(size if n == BATCH else n for n in self.shape)

    def count(self, batch: int) -> int:
        """Return how many numbers a batch of this size holds."""
        return math.prod(self.with_batch(batch))

    def json(self) -> list[int | str]:
        """Return the shape for output; the batch axis is "N"."""
        return ["N" if n == BATCH else n for n in self.shape]


def load_target(target: str) -> Any:
    """Return the object named by a dotted `target` string of our own catalogue."""
    module, _, name = target.rpartition(".")
    return getattr(importlib.import_module(module), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What every entry has: identity, place, words and settings."""

    id: str
    title: str
    group: str
    summary: str
    covers: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    target: str = ""
    """Dotted name of what the entry stands for: a class or function of torch or of the engine."""
    keywords: tuple[str, ...] = ()
    formula: str = ""
    notes: str = ""
    """When to use it, and where it differs from what texts say (≠)."""
    pitfalls: str = ""
    """What goes wrong with it, and the sign of that."""

    @property
    def kind(self) -> str:
        """Return the word for this sort of entry: layer, loss, optimizer and so on."""
        return type(self).__name__.removesuffix("Spec").lower()

    @property
    def help_url(self) -> str:
        """Return the page of PyTorch's manual for the target, or nothing."""
        if not self.target.startswith("torch."):
            return ""
        manual = "https://docs.pytorch.org/docs/stable"
        if self.target.startswith("torch.nn.init."):
            return f"{manual}/nn.init.html#{self.target}"
        return f"{manual}/generated/{self.target}.html"

    def param(self, name: str) -> Param:
        """Return the setting called `name`; KeyError if there is none."""
        for param in self.params:
            if param.name == name:
                return param
        raise KeyError(name)

    def values(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return every setting, checked, defaults filled in. ValueError names the bad one."""
        return {
            p.name: p.check(given[p.name]) if p.name in given else p.default for p in self.params
        }

    def arguments(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return the settings that are arguments of the target."""
        values = self.values(given)
        return {p.name: values[p.name] for p in self.params if p.argument}


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One place a wire can end. `axes` says what the tensor means: `N C H W`; `...` is any axes."""

    name: str
    axes: str = "N ..."
    dtype: Literal["float", "int", "any"] = "float"
    many: bool = False
    """True: takes any number of wires, in order (inputs only)."""
    optional: bool = False
    still: bool = False
    """True: no gradient goes back through it (inputs only)."""
    lazy: bool = False
    """True: computed only where a wire leaves it, by a line of its own (outputs only)."""
    doc: str = ""
    title: str = ""
    """What a person reads; nothing means the name."""

    def ranks(self) -> tuple[int, int | None]:
        """Return the least and the greatest number of axes; None is no limit."""
        axes = self.axes.split()
        if "..." in axes:
            return len(axes) - 1, None
        return len(axes), len(axes)


@dataclass(frozen=True, slots=True)
class Own:
    """A layer of the user's own: the text, and which class of it the layer is."""

    code: str
    name: str
    random: bool = False
    """True: the user says that it draws random numbers also when it is evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSpec(Spec):
    """One kind of node. The forward lines are what compiled and exported code run.

    A line may use `{self}` (the module), `{inputs}` (all incoming values, in order),
    `{inputs.sum}` and `{inputs.product}` (the same with + or × between), the name of any port
    (`{in}`, `{out}`), `{p.name}` for a setting's literal, and `{like}`: some tensor of the batch,
    for a layer without inputs that must know how many samples there are and on which device.
    """

    inputs: tuple[Port, ...] = (Port(name="in"),)
    outputs: tuple[Port, ...] = (Port(name="out"),)
    forward: tuple[str, ...] = ("{out} = {self}({inputs})",)
    inferred: Mapping[str, Callable[..., int | tuple[int, ...]]] = field(
        default_factory=dict[str, "Callable[..., int | tuple[int, ...]]"]
    )
    """Constructor arguments worked out from the incoming `TensorSpec`s."""
    derived: Mapping[str, Callable[..., Any]] = field(
        default_factory=dict[str, "Callable[..., Any]"]
    )
    """Constructor arguments worked out from the settings and the incoming `TensorSpec`s."""
    fixed: Mapping[str, Value] = field(default_factory=dict[str, Value])
    """Constructor arguments that are always the same (`batch_first=True`)."""
    outline: str = ""
    """A stand-in for the target that tells shapes, parameters and matrix products at once, where
    running it to learn them takes long."""
    calls: tuple[str, ...] = ()
    """Dotted names of functions of ours that the forward lines call by their last name."""
    check: Callable[..., str | None] | None = None
    """`check(values, *incoming specs)`: a better sentence than PyTorch's for a mistake, or None."""
    gaps: bool = False
    """True: `check` gets None for an input port without a wire, not just what comes in."""
    write: Callable[[Mapping[str, Any]], tuple[str, ...]] | None = None
    """Makes the forward lines from the settings, in place of `forward`. Settings go into a line as
    numbers or as what was read from them, never as their text."""
    ports: Callable[[Mapping[str, Any]], tuple[tuple[Port, ...], tuple[Port, ...]]] | None = None
    """Makes inputs and outputs from the settings as they are written, good or bad."""
    own: Callable[[Mapping[str, Any]], Own] | None = None
    """What the user's own text defines, for a layer that is one; it never runs in a window."""
    activation: str = ""
    """Which initialisation family suits a layer in front of this one: relu, tanh, selu, linear."""
    bounds: tuple[float, float] | None = None
    """Between which values its outputs lie, where it flattens out towards them."""
    face: Callable[[Mapping[str, Any]], Iterable[str]] | None = None
    """The settings that matter, in a few words each, as the node's face shows them: `32 filters`,
    `3×3`. Empty ones are left out. None: whatever differs from the defaults."""
    initialize: bool = False
    """True: the weights with two axes or more take the chosen initializer, biases start at zero."""
    examples: tuple[tuple[tuple[int, ...], ...], ...] = ()
    """Input shapes (batch included) with which the catalogue test runs the layer."""
    example_dtypes: tuple[str, ...] = ()
    """Element types of an example's inputs; none means float32 for all."""
    example_range: tuple[float, float] | None = None
    """Between which numbers an example's inputs lie; None means normally distributed."""
    random: bool = False
    """True: draws random numbers also when it is evaluated."""
    gradient_note: str = ""
    """Why the gradient it passes back is not that of what it computes, where that is on purpose."""
    shows: Literal["", "images", "points", "text"] = ""
    """What a display makes of its input. A display is computed for pictures, never in a step; if it
    has a target, that is a module without settings which turns what arrives into images of 0 to 1.
    """

    def at(self, values: Mapping[str, Any]) -> LayerSpec:
        """Return the entry as it is with these settings: its ports may depend on them."""
        if self.ports is None:
            return self
        inputs, outputs = self.ports(values)
        random = self.own(values).random if self.own is not None else self.random
        return replace(self, inputs=inputs, outputs=outputs, random=random)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSpec(LayerSpec):
    """A loss that stands on the canvas. Its first port is the prediction, read by wire.

    If it has a port `target`, that is optional: the target comes by wire or from a data field.
    """

    task: Literal["classes", "binary", "regression", ""] = "regression"
    """Which metrics suit it; nothing for a loss that has no right answers (a penalty)."""
    class_axis: Literal[1, -1] = 1
    """For classes: the axis of the prediction that holds a score for each."""
    applies: str = ""
    """The activation that it applies itself, so that a layer of it in front is one too many."""
    slope: tuple[str, str] | None = None
    """(score, at): it takes the gradient of one port by another, in evaluation too."""
    outputs: tuple[Port, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerSpec(Spec):
    """An optimizer; `lr` is always its first setting."""

    fused: bool = False
    """True: torch has a fused CPU kernel for it."""
    closure: bool = False
    """True: a step evaluates the loss several times, and all parameters have one learning rate."""
    cycles: bool = True
    """False: no schedule can cycle its momentum or β₁, though it has such a setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSpec(Spec):
    """A learning-rate schedule. No target means constant."""

    per: Literal["step", "epoch"] = "epoch"
    derived: Mapping[str, str] = field(default_factory=dict[str, str])
    """Arguments the run supplies: argument -> one of `epochs`, `steps` (all of the run), `lr`.

    A warm-up's steps, and the epochs that end within it, are left out.
    """
    monitored: bool = False
    """True: `step()` takes the validation loss (plateau)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitializerSpec(Spec):
    """A weight initializer; the target is called with the weight and the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec(Spec):
    """A figure of merit; the target is a function (prediction, target, **settings) -> scalar."""

    tasks: tuple[str, ...] = ()
    mean: bool = False
    """True: a mean over all answers, so that it can be taken piece by piece."""
    whole: bool = False
    """True: takes samples whole, and the class number that does not count as `ignored`."""
    fixed: Mapping[str, Value] = field(default_factory=dict[str, Value])
    """Arguments that are always the same, where one function serves several metrics."""
    better: Literal["higher", "lower"] = "higher"
    unit: str = ""

    def arguments(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return all arguments of the target but prediction and target."""
        return {**Spec.arguments(self, given), **self.fixed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What one field of a data source holds; the shape is of one sample."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    role: Literal["input", "target"] = "input"
    classes: tuple[str, ...] = ()

    def spec(self) -> TensorSpec:
        """Return the shape and type of a batch of this field."""
        return TensorSpec((BATCH, *self.shape), self.dtype)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec(Spec):
    """Where data comes from. The target is a self-contained loader that exported code can carry."""

    task: Literal["classes", "binary", "regression", ""] = ""
    fields: tuple[Field, ...] = ()
    """What it holds, where that is known without reading it."""
    ordered: bool = False
    """True: samples are in time order; the split must keep it."""
    samples: int | None = None
    own: tuple[Literal["validation", "test"], ...] = ()
    """Parts it brings itself, where that is known without reading it."""
    endings: tuple[str, ...] = ()
    """How names of files end that it can read, `/` for a folder: its setting `path` takes them."""
    usual: bool = False
    """True: of all that can read such a file, it is the one to begin with."""
    peek: str = ""
    """Dotted name of a function that takes the settings and returns what the target would, without
    its content: arrays that take no memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSpec(Spec):
    """A ready project. The target is a function that returns a Project."""

    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSpec(Spec):
    """A ready sub-network: a project file of the same id under `resources/blocks`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TechniqueSpec(Spec):
    """A treatment of a run: clipping, penalties, averaging, warm-up, stopping, batches.

    Its settings are fields of the project's phase or training, whose forms are made from it.
    """

    holder: Literal["phase", "training", "early_stopping", "checkpoints", "node"] = "phase"
    """Whose fields its settings are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSpec(Spec):
    """A view of how good a trained network is on a part of the data.

    The target is a function (prediction, target, **settings) -> a dictionary of numbers and arrays
    that the view of this name draws.
    """

    tasks: tuple[str, ...] = ()
    view: str = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingSpec(Spec):
    """A rule that finds one thing wrong with a network, its data or a run.

    Its settings are its thresholds; the target is a function (evidence, **thresholds) that yields
    what it found.
    """

    topic: Literal["project", "data", "norms", "outputs", "loss", "epochs", "pictures", "failure"]
    """What it judges by: it is asked again whenever there is more of that."""
    cause: str
    """Why it happens, in a sentence or two."""
    many: bool = False
    """True: it may stand at several nodes at once, each with a card of its own."""
    yields_to: tuple[str, ...] = ()
    """Findings that explain this one: beside one of them it is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec(Spec):
    """Something looked at before a run, on copies. Its settings are its thresholds.

    The target is a function (ground, **thresholds) that yields an `Outcome` or more.
    """

    cause: str
    """Why it matters, in a sentence or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotSpec(Spec):
    """Something that can be watched while a network trains."""

    view: str
    """What draws it, by the window's own name for that."""
    page: str = ""
    """The page of the live plots it stands on, pages and plots in the order of the entries; nothing
    for what stands elsewhere."""
    needs: str
    """What there must be before it shows something, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeSpec(Spec):
    """Choices that go well together, set at once. The target returns the changed project."""
