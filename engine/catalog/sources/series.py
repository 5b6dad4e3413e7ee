"""Series in time, cut into windows."""

from __future__ import annotations

from engine.catalog.sources.parts import DELIMITER, FILE, HEADER, TABLES, target
from engine.catalog.spec import Field, Param, SourceSpec

_WINDOW = Param(
    name="window",
    default=30,
    ge=1,
    le=100_000,
    unit="steps",
    doc="How many past values the network sees.",
)
_HORIZON = Param(
    name="horizon",
    default=1,
    ge=1,
    le=100_000,
    unit="steps",
    doc="How far ahead the predicted value lies.",
)
_SERIES_FIELDS = (Field(name="window", shape=(30, 1)), target())

DAILY_TEMPERATURE = SourceSpec(
    id="daily_temperature",
    title="Daily temperature",
    group="Series",
    summary="Ten years of daily lowest temperatures in Melbourne; predicts a day to come.",
    covers=("DAT-03",),
    keywords=("time", "forecast", "weather", "regression"),
    notes="Parted by time: the test part is the latest, and no value stands in two parts.",
    pitfalls=(
        "Saying “as today” is a strong baseline; a network that only copies the last value looks "
        "good on a plot."
    ),
    target="engine.data.loaders.daily_temperature",
    task="regression",
    params=(_WINDOW, _HORIZON),
    fields=_SERIES_FIELDS,
    ordered=True,
)

SERIES_CSV = SourceSpec(
    id="series_csv",
    title="CSV series",
    group="Series",
    summary="One column of a text file as a series in time; predicts a value to come.",
    covers=("DAT-03",),
    keywords=("time", "forecast", "file", "own data", "regression"),
    notes="Parted by time: the test part is the latest, and no value stands in two parts.",
    pitfalls=(
        "A plot that looks right may be a copy shifted by one step: compare with the baseline. A "
        "trend beyond the range of training is not learned."
    ),
    target="engine.data.loaders.series_csv",
    endings=TABLES,
    task="regression",
    params=(
        FILE,
        Param(name="column", default="", doc="Column to forecast; empty is the last one."),
        _WINDOW,
        _HORIZON,
        DELIMITER,
        HEADER,
    ),
    fields=_SERIES_FIELDS,
    ordered=True,
)
