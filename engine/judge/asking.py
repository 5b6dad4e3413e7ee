"""Files put to a trained network: a table, pictures, lines of text; its answers as a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine import files
from engine.data.pictures import decode
from engine.data.tables import numeric_column, open_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.judge.answers import Answers
    from engine.judge.trying import Ask, Tryout

MOST = 200_000
"""Samples of a file that are answered."""
BATCH = 256


@dataclass(frozen=True, slots=True)
class Answered:
    """A row for every sample: its name, and what the network says."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cut: bool = False
    """Whether there were more samples than are answered."""


def answer_files(
    tryout: Tryout,
    paths: Sequence[Path],
    told: Callable[[str, float], None] = lambda _text, _share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Answered:
    """Return what a network says of the samples in files.

    Numbers come from a table (its columns found by name, else in their order), pictures from
    picture files, texts from the lines of a text file.

    Raises
    ------
    ValueError
        The network has several inputs, or a file is not as it must be; a sentence.
    OSError
        A file cannot be read.
    """
    if len(tryout.asks) != 1:
        names = ", ".join(ask.name for ask in tryout.asks)
        raise ValueError(f"A file can be answered for one input; this network reads {names}.")
    ask = tryout.asks[0]
    read = {"picture": _pictures, "text": _lines}.get(ask.kind, _numbers)
    names, values = read(tryout, ask, paths)
    cut = len(names) > MOST
    names, values = names[:MOST], values[:MOST]
    rows: list[tuple[str, ...]] = []
    headings: tuple[str, ...] = ()
    for start in range(0, len(names), BATCH):
        if cancelled():
            raise ValueError("Cancelled.")
        piece = slice(start, start + BATCH)
        answers = tryout.say({ask.name: values[piece]})
        headings = ("Sample", *(title for each in answers for title in _headings(each)))
        said = [_words(each, len(names[piece])) for each in answers]
        for number, name in enumerate(names[piece]):
            rows.append((name, *(word for each in said for word in each[number])))
        told("Answering", min(1.0, (start + BATCH) / len(names)))
    return Answered(headings, tuple(rows), cut)


def save(answered: Answered, path: Path) -> None:
    """Write answers as comma-separated values.

    Raises
    ------
    engine.files.FileError
        It cannot be written.
    """
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answered.headings)
    writer.writerows(answered.rows)
    files.write_atomic(path, text.getvalue().encode("utf-8"))


def picture(ask: Ask, content: bytes, *, invert: bool = False) -> np.ndarray:
    """Return a picture file as a sample of an input.

    Raises
    ------
    ValueError
        It is no picture, or it is damaged.
    """
    channels, rows, columns = ask.picture
    shares = decode(content, (rows, columns), channels == 1, "crop").astype(np.float64) / 255
    return scaled(ask, 1 - shares if invert else shares)


def scaled(ask: Ask, shares: np.ndarray) -> np.ndarray:
    """Return a picture of numbers from 0, dark, to 1 in the data's own units and shape."""
    unit = 1.0 if ask.high <= 1 else 255.0 if ask.high > 16 else ask.high
    return (shares * unit).reshape(ask.shape)


def _pictures(_: Tryout, ask: Ask, paths: Sequence[Path]) -> tuple[list[str], np.ndarray]:
    found: list[np.ndarray] = []
    for path in paths:
        try:
            found.append(picture(ask, path.read_bytes()))
        except ValueError as error:
            raise ValueError(f"{path.name} cannot be read as a picture: {error}") from error
    return [path.name for path in paths], np.stack(found)


def _lines(tryout: Tryout, ask: Ask, paths: Sequence[Path]) -> tuple[list[str], np.ndarray]:
    names: list[str] = []
    found: list[np.ndarray] = []
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise ValueError(f"{path.name} is not UTF-8 text; save it as UTF-8.") from error
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                found.append(tryout.read_text(ask.name, line)[0])
            except ValueError as error:
                raise ValueError(f"Line {number} of {path.name}: {error}") from error
            names.append(line if len(line) <= 80 else f"{line[:79]}…")
    if not found:
        raise ValueError("The file holds no text; choose another one.")
    return names, np.stack(found)


def _numbers(_: Tryout, ask: Ask, paths: Sequence[Path]) -> tuple[list[str], np.ndarray]:
    path, *others = paths
    if others:
        raise ValueError("Choose one table at a time.")
    frame, first = open_table(str(Path(path).resolve()), "auto", "auto")
    wanted, known = list(ask.columns), [str(name) for name in frame.columns]
    if not set(wanted) <= set(known):
        if len(known) < len(wanted) or not _nameless(known, wanted):
            missing = [name for name in wanted if name not in known]
            raise ValueError(
                f"{path.name} has no column {missing[0]!r}; it has {', '.join(known[:12])}."
            )
        wanted = known[: len(wanted)]
    columns = [numeric_column(frame, name, first) for name in wanted]
    values = np.stack(columns, 1).reshape(-1, *ask.shape)
    return [f"Row {int(row) + first}" for row in frame.index], values


def _nameless(known: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether columns can only be told by their order: one side has numbers for names."""
    numbered = all(name == f"column {n}" for n, name in enumerate(known, 1))
    return numbered or all(name == str(n) for n, name in enumerate(wanted, 1))


def _headings(answers: Answers) -> tuple[str, ...]:
    if answers.task == "regression":
        width = answers.prediction.shape[1]
        return tuple(
            answers.field if width == 1 else f"{answers.field} {n + 1}" for n in range(width)
        )
    return answers.field, f"{answers.field}: how sure"


def _words(answers: Answers, count: int) -> list[tuple[str, ...]]:
    """Return the words of each sample's answer; of several answers to a sample the last."""
    found: list[tuple[str, ...]] = [()] * count
    for place, sample in enumerate(answers.sample.tolist()):
        said = answers.prediction[place]
        if answers.task == "regression":
            found[sample] = tuple(f"{float(v):.6g}" for v in np.ravel(said))
        else:
            best, share = verdict(said)
            found[sample] = (answers.class_name(best), f"{share:.4f}")
    return found


def verdict(said: np.ndarray) -> tuple[int, float]:
    """Return the class that is likeliest, and its probability."""
    if np.ndim(said):
        best = int(said.argmax())
        return best, float(said[best])
    yes = float(said)
    return int(yes > 0.5), max(yes, 1 - yes)
