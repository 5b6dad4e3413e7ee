"""Tables of the user's own."""

from __future__ import annotations

from engine.catalog.sources.parts import DELIMITER, FILE, HEADER, TABLES, TASK
from engine.catalog.spec import Param, SourceSpec

CSV = SourceSpec(
    id="csv",
    title="CSV table",
    group="Table",
    summary="A text file of numbers, one sample a row; one column is what to predict.",
    covers=("DAT-01",),
    keywords=("file", "tsv", "spreadsheet", "own data"),
    notes="Columns must hold numbers; the one to predict may hold words when it names classes.",
    pitfalls=(
        "A column that numbers the rows, or that repeats the target in other words, gives the "
        "answer away."
    ),
    target="engine.data.loaders.csv",
    endings=TABLES,
    usual=True,
    params=(
        FILE,
        Param(name="target", default="", doc="Column to predict; empty is the last one."),
        Param(
            name="features",
            default=(),
            kind="names",
            doc="Columns to learn from; none means all but the one to predict.",
        ),
        TASK,
        DELIMITER,
        HEADER,
    ),
)
