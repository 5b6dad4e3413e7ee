"""Series of runs written for other programs: CSV, Parquet, TensorBoard event files.

CSV and Parquet hold one number a line: run, series, node, phase, epoch, step, seconds, value.
"""

from __future__ import annotations

import importlib
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import files
from engine.files import FileError
from engine.runs.stored import known, stored
from engine.runs.tensorboard import write_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from engine.runs.stored import Stored, Table

KINDS = {
    "csv": "CSV table",
    "parquet": "Parquet table",
    "tensorboard": "TensorBoard event files",
}
"""What series can be written as, and what that is called."""
COLUMNS = ("run", "series", "node", "phase", "epoch", "step", "seconds", "value")
_EXTRAS = {"parquet": ("duckdb", "parquet"), "tensorboard": ("tensorboardX", "track")}
_EACH = {
    "norms": ("grad", "weight", "update"),
    "activations": ("mean", "std", "dead", "low", "high"),
}
_WHOLE = {"steps": ("loss", "lr"), "norms": ("total_grad", "treated")}
_SERIES = {
    "lr": "learning_rate",
    "grad": "gradient_norm",
    "weight": "weight_norm",
    "update": "update_ratio",
    "total_grad": "gradient_norm",
    "treated": "gradient_norm_treated",
}
"""Names of columns that are called otherwise outside."""


def export_runs(folders: Sequence[Path], kind: str, out: Path) -> list[str]:
    """Write the series of runs to a file, or for TensorBoard into a folder.

    Returns a sentence for everything that could not be read and is left out.

    Raises
    ------
    FileError
        The kind is unknown, its extra is missing, a run has no series, or the disk does not take
        it.
    """
    if kind not in KINDS:
        raise FileError(f"Series can be written to {', '.join(KINDS)}; received {kind!r}.")
    missing = missing_extra(kind)
    if missing:
        raise FileError(missing)
    if not out.absolute().parent.is_dir():
        raise FileError(f"There is no folder {str(out.parent)!r}.")
    read = [(folder, stored(folder)) for folder in folders]
    for folder, held in read:
        if not held.tables and not held.epochs:
            raise FileError(f"The run {folder.name} keeps no series, so there is nothing to write.")
    try:
        _WRITERS[kind](read, out)
    except OSError as error:
        raise FileError(f"{out} cannot be written: {error.strerror or error}.") from None
    return [sentence for _, held in read for sentence in held.troubles]


def missing_extra(kind: str) -> str:
    """Return what has to be installed to write a kind, in a sentence; nothing if it is there."""
    if kind not in _EXTRAS:
        return ""
    module, extra = _EXTRAS[kind]
    try:
        importlib.import_module(module)
    except ImportError:
        return (
            f"{KINDS[kind]} need the package {module}: "
            f"install it with `pip install layerloom[{extra}]`."
        )
    return ""


# -- tables


def frame(run: str, held: Stored) -> pd.DataFrame:
    """Return a run's series, one number a row."""
    import pandas as pd

    parts = [*_epoch_parts(held)]
    for table in held.tables:
        parts += _parts(table, held.phase_name(table.header.phase), held.names(table.header.phase))
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    whole = whole.reindex(columns=list(COLUMNS[1:]))
    for name in ("epoch", "step"):
        whole[name] = whole[name].astype("Int64")
    whole.insert(0, "run", run)
    return whole


def _epoch_parts(held: Stored) -> Iterator[pd.DataFrame]:
    import pandas as pd

    rows = [
        {
            "series": f"{part}.{name}",
            "node": "",
            "phase": "",
            "epoch": row["epoch"],
            "step": row.get("step"),
            "seconds": np.nan,
            "value": value,
        }
        for row in held.epochs
        for part in ("train", "validation")
        for name, value in known(row.get(part)).items()
    ]
    if rows:
        yield pd.DataFrame(rows)


def _parts(table: Table, phase: str, names: Mapping[str, str]) -> Iterator[pd.DataFrame]:
    """Yield the columns of a table below each other; steps count from 1."""
    import pandas as pd

    rows, header = table.rows, table.header

    def part(series: str, node: str, values: Any) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "series": series,
                "node": node,
                "phase": phase,
                "epoch": pd.array([None] * len(rows), "Int64"),
                "step": np.round(rows["step"] + 1).astype(np.int64),
                "seconds": rows["seconds"],
                "value": np.asarray(values, np.float64),
            }
        )

    for name in _WHOLE.get(header.kind, ()):
        if not np.isnan(rows[name]).all():
            yield part(_SERIES.get(name, name), "", rows[name])
    for place, node in enumerate(header.names):
        if header.kind == "steps":
            yield part(f"loss.{node}", "", rows["losses"][:, place])
        for name in _EACH.get(header.kind, ()):
            yield part(_SERIES.get(name, name), names.get(node, node), rows[name][:, place])


def _frames(read: Sequence[tuple[Path, Stored]]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([frame(folder.name, held) for folder, held in read], ignore_index=True)


def _csv(read: Sequence[tuple[Path, Stored]], out: Path) -> None:
    text = _frames(read).to_csv(index=False, lineterminator="\n")
    files.write_atomic(out, text.encode())


def _parquet(read: Sequence[tuple[Path, Stored]], out: Path) -> None:
    import duckdb

    whole = _frames(read)
    beside = out.with_name(f".{out.name[:80]}.{secrets.token_hex(4)}.tmp")
    try:
        with duckdb.connect() as connection:
            connection.register("series", whole)
            quoted = str(beside).replace("'", "''")
            connection.execute(f"COPY series TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")
        beside.replace(out)
    except duckdb.Error as error:
        raise FileError(f"{out} cannot be written: {str(error).splitlines()[0]}.") from None
    finally:
        with suppress(OSError):
            beside.unlink()


def _tensorboard(read: Sequence[tuple[Path, Stored]], out: Path) -> None:
    for folder, held in read:
        write_run(held, out / folder.name)


_WRITERS: dict[str, Callable[[Sequence[tuple[Path, Stored]], Path], None]] = {
    "csv": _csv,
    "parquet": _parquet,
    "tensorboard": _tensorboard,
}
