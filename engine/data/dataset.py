"""What a recipe holds (`describe`) and its samples as tensors (`load`). Imports no torch."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.catalog.spec import Field, load_target
from engine.data.folders import find_folder, stamp
from engine.data.preparation import part_rows, prepare
from engine.data.tables import find_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import torch

    from engine.catalog.spec import SourceSpec, Value
    from engine.project import DataRecipe

    Progress = Callable[[str, float | None], None]

IGNORED = -100
"""The label of a sample that has none: losses and figures leave it out."""


class DataError(ValueError):
    """Data cannot be had; the sentence names the thing, what was received and what to do."""


class DataCancelled(DataError):
    """Loading ended because the caller asked for it."""


@dataclass(frozen=True, slots=True)
class DataInfo:
    """What a recipe holds, before anything is trained on it."""

    fields: dict[str, Field]
    samples: int | None = None
    """Samples in all parts together, as published or as read; None where nobody has looked."""
    task: str = ""
    known: bool = True
    """False where the recipe names no file yet."""
    own: tuple[str, ...] = ()
    """Parts that the source brings itself: `validation`, `test`."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Prepared samples: `parts[part][field]` is a float32 or int64 tensor, sample axis first."""

    parts: dict[str, dict[str, torch.Tensor]]
    fields: dict[str, Field]
    task: str
    scales: dict[str, tuple[torch.Tensor, torch.Tensor]] = field(
        default_factory=dict[str, "tuple[torch.Tensor, torch.Tensor]"]
    )
    """Field -> (shift, scale): original value = prepared value x scale + shift."""
    ordered: bool = False
    """True: stretches of a series or a text, parted by time."""
    words: dict[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    """Field -> what its token numbers stand for: characters or words."""
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Field -> the names of its numbers, where the source has some."""

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """Return the class names of each field that has classes."""
        return {name: f.classes for name, f in self.fields.items() if f.classes}

    @property
    def sizes(self) -> dict[str, int]:
        """Return the number of samples of each part."""
        return {part: len(next(iter(held.values()))) for part, held in self.parts.items()}

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the names of the fields to learn from."""
        return tuple(name for name, f in self.fields.items() if f.role == "input")

    @property
    def target_scale(self) -> dict[str, tuple[float, float]]:
        """Return (mean, standard deviation) of each scaled target, to state results in its unit."""
        return {
            name: (float(shift), float(scale))
            for name, (shift, scale) in self.scales.items()
            if self.fields[name].role == "target"
        }

    @property
    def persistence(self) -> dict[str, torch.Tensor] | None:
        """Return, for a series, the forecast "as the last value seen": part -> (N, 1), own units.

        None for anything but a series.
        """
        if not self.ordered or "window" not in self.fields:
            return None
        return {
            part: self.original("window", held["window"][:, -1:])[:, 0]
            for part, held in self.parts.items()
        }

    def original(self, name: str, values: torch.Tensor) -> torch.Tensor:
        """Return prepared values of a field in the units they came in."""
        if name not in self.scales:
            return values
        shift, scale = (s.to(values.device) for s in self.scales[name])
        return (values.double() * scale + shift).float()

    def to(self, device: torch.device | str) -> Dataset:
        """Return the same samples on a device."""
        parts = {
            part: {name: values.to(device) for name, values in held.items()}
            for part, held in self.parts.items()
        }
        return replace(self, parts=parts)


def describe(recipe: DataRecipe) -> DataInfo:
    """Return what a recipe holds; only a source whose entry does not say it is read.

    Raises
    ------
    DataError
        The recipe is wrong, or its file cannot be read.
    """
    spec, values = _entry(recipe)
    if any(p.type == "path" and not values[p.name] for p in spec.params):
        return DataInfo(_stated(spec, values), None, spec.task, known=False)
    if spec.fields and not spec.peek:
        made = values.get("samples")
        samples = made if isinstance(made, int) else spec.samples
        return DataInfo(_stated(spec, values), samples, spec.task, own=spec.own)
    try:
        state = _stamp(spec, values)
    except (OSError, ValueError) as error:
        raise DataError(str(error)) from error
    return _read_info(spec.id, json.dumps(values), json.dumps(_parting(spec, recipe)), state)


def load(
    recipe: DataRecipe,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Dataset:
    """Return the samples of a recipe, parted and prepared; the same recipe gives the same tensors.

    Parameters
    ----------
    recipe
        What to load. A source with its own test part keeps it, and one tenth of the rest becomes
        the validation part (the recipe's shares count where it leaves nothing for a test part, or
        nothing for validation). A series or a text is always parted by time.
    progress
        Called with a text and the share done (None where it is not known).
    cancelled
        Asked now and then; True ends the loading with `DataCancelled`.

    Raises
    ------
    DataError
        A file is missing or damaged, a value is not what it should be, the parts are too small.
    """
    import torch

    spec, values = _entry(recipe)
    data = _read(spec, spec.target, values, _reporter(progress, cancelled))
    _check_labels(data)
    _stop(cancelled)
    if progress:
        progress("Preparing", None)
    try:
        parts, scales = prepare(data, **prepare_arguments(recipe))
    except ValueError as error:
        raise DataError(str(error)) from error
    _stop(cancelled)
    fields = _fields(data)
    return Dataset(
        parts={
            part: {name: torch.from_numpy(array) for name, array in held.items()}
            for part, held in parts.items()
        },
        fields=fields,
        task=_task(data),
        scales={
            name: (torch.from_numpy(shift[0]), torch.from_numpy(scale[0]))
            for name, (shift, scale) in scales.items()
        },
        ordered=spec.ordered,
        words={name: tuple(words) for name, words in data.get("words", {}).items()},
        columns={name: tuple(names) for name, names in data.get("columns", {}).items()},
    )


def read(recipe: DataRecipe) -> tuple[Dataset, dict[str, Any]]:
    """Return what a recipe's source holds as its loader returned it, and a dataset without parts.

    DataError as for `load`.
    """
    spec, values = _entry(recipe)
    data = _read(spec, spec.target, values, _reporter(None, None))
    _check_labels(data)
    words = {name: tuple(known) for name, known in data.get("words", {}).items()}
    return Dataset({}, _fields(data), _task(data), ordered=spec.ordered, words=words), data


def prepare_arguments(recipe: DataRecipe) -> dict[str, Any]:
    """Return the arguments of `preparation.prepare` for a recipe; exported code passes the same."""
    return {
        **_parting(_entry(recipe)[0], recipe),
        "scaling": recipe.scaling,
        "scale_target": recipe.scale_target,
    }


def _parting(spec: SourceSpec, recipe: DataRecipe) -> dict[str, Any]:
    """Return the arguments of `preparation.part_rows`."""
    split = recipe.split
    return {
        "train": split.train,
        "validation": split.validation,
        "test": split.test,
        "method": "time" if spec.ordered else split.method,
        "seed": split.seed,
        "gap": _gap(spec.values(recipe.source.params)) if spec.ordered else 0,
    }


def _gap(values: Mapping[str, Value]) -> int:
    """Return how many stretches to leave out between two parts, so that they share no value."""
    window, ahead, stride = (values.get(n, 1) for n in ("window", "horizon", "stride"))
    assert isinstance(window, int)
    assert isinstance(ahead, int)
    assert isinstance(stride, int)
    return -(-(window + ahead) // stride) - 1


def _entry(recipe: DataRecipe) -> tuple[SourceSpec, dict[str, Value]]:
    try:
        spec = registry.source(recipe.source.id)
        return spec, spec.values(recipe.source.params)
    except ValueError as error:
        raise DataError(str(error)) from error


def _stop(cancelled: Callable[[], bool] | None) -> None:
    if cancelled and cancelled():
        raise DataCancelled("Loading the data was cancelled.")


def _reporter(progress: Progress | None, cancelled: Callable[[], bool] | None) -> Progress:
    """Return what loaders call: it says how far they are, and ends them when nobody waits."""

    def report(text: str, share: float | None) -> None:
        if cancelled and cancelled():
            raise InterruptedError("Loading the data was cancelled.")
        if progress:
            progress(text, share)

    return report


def _read(
    spec: SourceSpec, target: str, values: Mapping[str, Value], report: Progress | None = None
) -> dict[str, Any]:
    """Run one of a source's functions; whatever goes wrong in reading becomes a DataError."""
    loader = load_target(target)
    heard = {"report": report} if "report" in inspect.signature(loader).parameters else {}
    try:
        if report:
            report(f"Reading {spec.title}", None)
        data: dict[str, Any] = loader(**values, **heard)
        if report:
            report(f"Reading {spec.title}", 1.0)
    except InterruptedError as error:
        raise DataCancelled(str(error)) from error
    except (OSError, ValueError) as error:
        raise DataError(str(error)) from error
    except MemoryError as error:
        raise DataError(f"{spec.title} does not fit into memory; use fewer samples.") from error
    return data


def _stamp(spec: SourceSpec, values: Mapping[str, Value]) -> tuple[int, ...]:
    """Return what changes when the file does, or a folder's or its folders' content."""
    param = next((p for p in spec.params if p.type == "path"), None)
    if param is None:
        return ()
    path = str(values[param.name])
    return stamp(find_folder(path) if param.folder else find_table(path))


@lru_cache(maxsize=8)
def _read_info(source: str, values: str, parting: str, _: tuple[int, ...]) -> DataInfo:
    spec = registry.source(source)
    data = _read(spec, spec.peek or spec.target, spec.values(json.loads(values)))
    if "fit" in data:
        try:
            part_rows(data, **json.loads(parting))
        except ValueError as error:
            raise DataError(str(error)) from error
    own = tuple(part for part in ("validation", "test") if data.get(part) is not None)
    held = [data["fields"], *(data[part] for part in own)]
    samples = sum(len(next(iter(fields.values()))) for fields in held)
    return DataInfo(_fields(data), samples, _task(data), own=own)


def _stated(spec: SourceSpec, values: Mapping[str, Value]) -> dict[str, Field]:
    """Return the fields an entry states, for the settings chosen."""
    fields = {f.name: f for f in spec.fields}
    window, classes, size = (values.get(name) for name in ("window", "classes", "size"))
    if isinstance(size, tuple) and "image" in fields:
        channels = 1 if values.get("grayscale") else 3
        shape = (channels, *(int(n) for n in size))
        fields["image"] = replace(fields["image"], shape=shape)
    if isinstance(window, int) and "window" in fields:
        fields["window"] = replace(fields["window"], shape=(window, 1))
    if isinstance(classes, int):
        names = tuple(str(n) for n in range(classes))
        fields["target"] = replace(fields["target"], classes=names)
    return fields


def _fields(data: Mapping[str, Any]) -> dict[str, Field]:
    """Return what a loader's arrays hold."""
    targets = data.get("targets", ["target"])
    return {
        name: Field(
            name=name,
            shape=tuple(values.shape[1:]),
            dtype="int64" if _whole(values) else "float32",
            role="target" if name in targets else "input",
            classes=tuple(data["classes"].get(name, ())),
        )
        for name, values in data["fields"].items()
    }


def _whole(values: np.ndarray) -> bool:
    """Return whether values are numbers of things; bytes are shares of 255."""
    return values.dtype.kind in "iu" and values.dtype != "uint8"


def _task(data: Mapping[str, Any]) -> str:
    return "classes" if data.get("targets", ["target"])[0] in data["classes"] else "regression"


def _check_labels(data: Mapping[str, Any]) -> None:
    for part in ("fields", "validation", "test"):
        for name in data["classes"] if data.get(part) is not None else ():
            _check_range(data[part][name], len(data["classes"][name]), name, part)


def _check_range(values: np.ndarray, count: int, name: str, part: str) -> None:
    """Refuse a label that is no class and not IGNORED."""
    wrong = ((values < 0) & (values != IGNORED)) | (values >= count)
    if wrong.any():
        where = "sample" if part == "fields" else f"{part} sample"
        row, label = int(wrong.nonzero()[0][0]), values[wrong][0]
        raise DataError(
            f"The {where} {row + 1} holds the label {label} in {name!r}, "
            f"but there are {count} classes, 0 to {count - 1}; correct the file."
        )
