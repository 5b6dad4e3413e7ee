"""Projects that read and write sequences. Here stand their words; each is a file of its own."""

from __future__ import annotations

from engine.catalog.spec import TemplateSpec

SEQ2SEQ_DATES = TemplateSpec(
    id="seq2seq-dates",
    title="Dates rewritten",
    group="Text",
    summary="An encoder reads a date as people write it, a decoder writes it as year-month-day.",
    data="date_formats",
    keywords=("seq2seq", "encoder-decoder", "attention", "translation", "gru", "teacher forcing"),
    notes=(
        "The picture shows where each written character looked: steps of the answer from top to "
        "bottom, characters of the source from left to right. Watch the share of whole sequences."
    ),
)
GRU_SERIES = TemplateSpec(
    id="gru-series",
    title="Tomorrow's temperature with a GRU",
    group="Time series",
    summary="A GRU reads the last month and forecasts the next day's lowest temperature.",
    data="daily_temperature",
    keywords=("gru", "forecast", "recurrent", "series"),
)
PEEPHOLE_SERIES = TemplateSpec(
    id="peephole-series",
    title="Tomorrow's temperature with peepholes",
    group="Time series",
    summary="The same forecast by an LSTM whose gates look at its memory.",
    data="daily_temperature",
    keywords=("peephole", "lstm", "forecast", "recurrent", "series"),
)
BIDIRECTIONAL_LSTM = TemplateSpec(
    id="bidirectional-lstm",
    title="Film reviews read both ways",
    group="Text",
    summary="An LSTM reads a review from both ends and says whether it is for or against.",
    data="review_polarity",
    keywords=("bidirectional", "lstm", "sentiment", "text", "classification", "recurrent"),
)
MULTI_TOKEN = TemplateSpec(
    id="multi-token",
    title="Several characters ahead",
    group="Text",
    summary="One trunk, three heads: the next character of Shakespeare and the two behind it.",
    data="tinyshakespeare",
    keywords=("multi-token", "transformer", "language model", "characters", "heads"),
    notes=(
        "Each head has a loss of its own, so that the plot shows how much harder it is to see "
        "farther ahead. The display writes with the first head."
    ),
)
