"""Pairs of texts: what is read, and what is to be written of it."""

from __future__ import annotations

from engine.catalog.sources.parts import SEED, tokens
from engine.catalog.spec import Field, Param, SourceSpec

_LETTERS = "abcdefghijklmnopqrstuvwxyz"

DATE_FORMATS = SourceSpec(
    id="date_formats",
    title="Date formats",
    group="Text",
    summary="Dates as people write them, to be written as year-month-day, letter by letter.",
    covers=("DAT-09",),
    keywords=("seq2seq", "translation", "characters", "sequence", "synthetic", "calendar"),
    notes=(
        "From “March 5, 2012” or “05.03.12” to “2012-03-05”, in thirteen ways of writing, from "
        "1970 to 2069. Dots put the day first, slashes the month. 0 fills up, 1 starts, 2 ends; "
        "the target holds its end, not its start. No day is in two parts; validation and test have "
        "an eighth as many. Made anew from the seed."
    ),
    pitfalls=(
        "Accuracy per character flatters: most are the same in many dates. Watch the share of "
        "sequences that are right as a whole."
    ),
    target="engine.data.dates.date_formats",
    peek="engine.data.dates.date_formats_peek",
    task="classes",
    params=(
        Param(name="samples", default=8000, ge=10, le=200_000, doc="Dates to learn from."),
        SEED,
    ),
    fields=(
        tokens(30, "source"),
        Field(
            name="target",
            shape=(11,),
            dtype="int64",
            role="target",
            classes=(
                "<padding>",
                "<start>",
                "<end>",
                *" ,-./",
                *"0123456789",
                *_LETTERS.upper(),
                *_LETTERS,
            ),
        ),
    ),
    samples=10_000,
    own=("validation", "test"),
)
