"""What a recipe holds (`describe`) and its samples as tensors (`load`). Imports no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.catalog.spec import Field, load_target
from engine.data.preparation import prepare
from engine.data.tables import find_table
from engine.data.wellknown import find_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch

    from engine.catalog.spec import SourceSpec, Value
    from engine.project import DataRecipe

    Progress = Callable[[str, float | None], None]

WELL_KNOWN = {
    "fashion_mnist": "fashion-mnist",
    "mnist": "mnist",
    "daily_temperature": "daily-temperature",
}
"""Sources that are files to find or fetch, and the name of their set."""

OWN_TEST = frozenset({"fashion_mnist", "mnist"})
"""Sources that bring a test part."""

OWN_TEST_VALIDATION = 0.1
"""Share of the rest that is for validation where a source brings its test part."""


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
    """True: windows of a series, parted by time."""

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
        if not self.ordered:
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
    if spec.fields:
        made = values.get("samples")
        samples = made if isinstance(made, int) else spec.samples
        return DataInfo(_stated(spec, values), samples, spec.task)
    try:
        stamp = _stamp(values)
    except OSError as error:
        raise DataError(str(error)) from error
    return _read_info(spec.id, json.dumps(values), stamp)


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
        the validation part (the recipe's shares count where it leaves nothing for a test part).
        A series is always parted by time.
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
    data = _read(spec, values, progress, cancelled)
    fields = _fields(data)
    _check_labels(data, fields)
    if progress:
        progress("Preparing", None)
    try:
        parts, scales = prepare(data, **prepare_arguments(recipe))
    except ValueError as error:
        raise DataError(str(error)) from error
    _stop(cancelled)
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
    )


def prepare_arguments(recipe: DataRecipe) -> dict[str, Any]:
    """Return the arguments of `preparation.prepare` for a recipe; exported code passes the same."""
    spec, values = _entry(recipe)
    split = recipe.split
    train, validation, test = split.train, split.validation, split.test
    if spec.id in OWN_TEST:
        if test > 0:
            train, validation = 1 - OWN_TEST_VALIDATION, OWN_TEST_VALIDATION
        test = 0.0
    window, horizon = values.get("window", 1), values.get("horizon", 0)
    assert isinstance(window, int)
    assert isinstance(horizon, int)
    return {
        "train": train,
        "validation": validation,
        "test": test,
        "method": "time" if spec.ordered else split.method,
        "seed": split.seed,
        "gap": window + horizon - 1 if spec.ordered else 0,
        "scaling": recipe.scaling,
        "scale_target": recipe.scale_target,
    }


def _entry(recipe: DataRecipe) -> tuple[SourceSpec, dict[str, Value]]:
    try:
        spec = registry.source(recipe.source.id)
        return spec, spec.values(recipe.source.params)
    except ValueError as error:
        raise DataError(str(error)) from error


def _stop(cancelled: Callable[[], bool] | None) -> None:
    if cancelled and cancelled():
        raise DataCancelled("Loading the data was cancelled.")


def _read(
    spec: SourceSpec,
    values: Mapping[str, Value],
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Run a source's loader; whatever goes wrong in reading becomes a DataError."""
    if progress:
        progress(f"Reading {spec.title}", None)
    try:
        if spec.id in WELL_KNOWN:
            find_files(WELL_KNOWN[spec.id], progress, cancelled)
        _stop(cancelled)
        data: dict[str, Any] = load_target(spec.target)(**values)
    except DataCancelled:
        raise
    except InterruptedError as error:
        raise DataCancelled(str(error)) from error
    except (OSError, ValueError) as error:
        raise DataError(str(error)) from error
    except MemoryError as error:
        raise DataError(f"{spec.title} does not fit into memory; use fewer samples.") from error
    _stop(cancelled)
    return data


def _stamp(values: Mapping[str, Value]) -> tuple[int, int]:
    """Return what changes when the file does."""
    found = find_table(str(values.get("path", ""))).stat()
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=8)
def _read_info(source: str, values: str, stamp: tuple[int, int]) -> DataInfo:
    spec = registry.source(source)
    data = _read(spec, spec.values(json.loads(values)))
    samples = len(data["fields"]["target"])
    return DataInfo(_fields(data), samples, _task(data))


def _stated(spec: SourceSpec, values: Mapping[str, Value]) -> dict[str, Field]:
    """Return the fields an entry states, for the settings chosen."""
    fields = {f.name: f for f in spec.fields}
    window, classes = values.get("window"), values.get("classes")
    if isinstance(window, int) and "window" in fields:
        fields["window"] = replace(fields["window"], shape=(window, 1))
    if isinstance(classes, int):
        names = tuple(str(n) for n in range(classes))
        fields["target"] = replace(fields["target"], classes=names)
    return fields


def _fields(data: Mapping[str, Any]) -> dict[str, Field]:
    """Return what a loader's arrays hold."""
    return {
        name: Field(
            name=name,
            shape=tuple(values.shape[1:]),
            dtype="int64" if name in data["classes"] else "float32",
            role="target" if name == "target" else "input",
            classes=tuple(data["classes"].get(name, ())),
        )
        for name, values in data["fields"].items()
    }


def _task(data: Mapping[str, Any]) -> str:
    return "classes" if "target" in data["classes"] else "regression"


def _check_labels(data: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
    for part in ("fields", "test"):
        for name in data["classes"] if data[part] is not None else ():
            values, count = data[part][name], len(fields[name].classes)
            wrong = ((values < 0) | (values >= count)).nonzero()[0]
            if len(wrong):
                where = "test sample" if part == "test" else "sample"
                raise DataError(
                    f"The {where} {wrong[0] + 1} holds the label {values[wrong[0]]} in {name!r}, "
                    f"but there are {count} classes, 0 to {count - 1}; correct the file."
                )
