"""Loaders of text: characters or words one after the other, and documents sorted into folders.

As in `loaders`, each stands alone but for the functions it calls. What a loader returns may hold
`fit`, a function that finishes it once the samples of the training part are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.data.folders import class_files, find_folder, held, peek_files, read_files, thin
from engine.data.tables import find_table
from engine.data.wellknown import find_files

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np


def read_text(path: str) -> str:
    """Return the text of a file, its lines ended by a single mark.

    Raises
    ------
    OSError
        There is no such file.
    ValueError
        It is not UTF-8, or it is empty.
    """
    file = find_table(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file.name} is not UTF-8 text; save it as UTF-8.") from error
    if not text:
        raise ValueError(f"{file.name} is empty; choose another file.")
    return text


def stretches(numbers: np.ndarray, window: int, stride: int, limit: int) -> dict[str, np.ndarray]:
    """Return stretches of a text as `tokens` (L,), and as `next` the same one place later.

    Raises
    ------
    ValueError
        The text is too short for one stretch.
    """
    import numpy as np

    if len(numbers) <= window:
        raise ValueError(
            f"The text has {len(numbers):,} tokens, too few for a window of {window:,}; choose a "
            "smaller one or a longer text."
        )
    views = np.lib.stride_tricks.sliding_window_view(numbers, window + 1)[::stride]
    views = views[: limit or None]
    return {"tokens": views[:, :-1], "next": views[:, 1:]}


def text_characters(
    path: str, window: int = 64, stride: int = 64, limit: int = 0
) -> dict[str, Any]:
    """Return stretches of a text's characters: `tokens` (L,) and `next` (L,), one place later."""
    import numpy as np

    codes = np.frombuffer(read_text(path).encode("utf-32-le"), "<u4")
    alphabet, numbers = np.unique(codes, return_inverse=True)
    names = [chr(code) for code in alphabet]
    return {
        "fields": stretches(numbers.astype(np.int32), window, stride, limit),
        "test": None,
        "targets": ["next"],
        "classes": {"next": names},
        "words": {"tokens": names, "next": names},
    }


def tinyshakespeare(
    window: int = 64,
    stride: int = 64,
    limit: int = 0,
    *,
    report: Callable[[str, float | None], None] | None = None,
) -> dict[str, Any]:
    """Return stretches of 1.1 million characters of Shakespeare: `tokens` (L,) and `next` (L,)."""
    (file,) = find_files("tinyshakespeare", report)
    return text_characters(str(file.resolve()), window, stride, limit)


def tinyshakespeare_peek(window: int = 64, stride: int = 64, limit: int = 0) -> dict[str, Any]:
    """Return what `tinyshakespeare` would, as published."""
    count = (1_115_394 - window - 1) // stride + 1
    field = held(min(limit or count, count), (window,), "int64")
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [*"\n !$&',-.3:;?", *letters.upper(), *letters]
    return {
        "fields": {"tokens": field, "next": field},
        "test": None,
        "targets": ["next"],
        "classes": {"next": names},
    }


def split_words(text: str, lower: bool, lines: bool = False) -> list[str]:
    """Return the words and marks of a text; with `lines` the ends of lines too."""
    import re

    pattern = r"\w+(?:['’]\w+)*|[^\w\s]"
    return re.findall(rf"\n|{pattern}" if lines else pattern, text.lower() if lower else text)


def most_frequent(
    counts: np.ndarray, words: list[str], reserved: list[str], size: int
) -> tuple[np.ndarray, list[str]]:
    """Return the new number of each word, and the words by that number.

    The reserved ones come first, then those that were counted, the most frequent before; the rest
    become the last of the reserved.
    """
    import numpy as np

    order = np.lexsort((np.arange(len(words)), -counts))
    kept = order[: max(0, size - len(reserved))]
    kept = kept[counts[kept] > 0]
    numbers = np.full(len(words), len(reserved) - 1, np.int64)
    numbers[kept] = np.arange(len(kept)) + len(reserved)
    return numbers, reserved + [words[place] for place in kept]


def text_words(
    path: str,
    window: int = 32,
    stride: int = 32,
    vocabulary: int = 5000,
    lower: bool = True,
    limit: int = 0,
) -> dict[str, Any]:
    """Return stretches of a text's words and marks: `tokens` (L,) and `next` (L,)."""
    from functools import partial

    import numpy as np

    found = split_words(read_text(path), lower, lines=True)
    words, numbers = np.unique(np.array(found, object), return_inverse=True)
    names = [str(word) for word in words]
    return {
        "fields": stretches(numbers.astype(np.int32), window, stride, limit),
        "test": None,
        "targets": ["next"],
        "classes": {"next": names},
        "fit": partial(fit_words, words=names, vocabulary=vocabulary),
    }


def fit_words(
    data: dict[str, Any], training: np.ndarray, words: list[str], vocabulary: int
) -> dict[str, Any]:
    """Return a text whose words are numbered by how frequent they are in the training part."""
    import numpy as np

    seen = data["fields"]["tokens"][training].ravel()
    counts = np.bincount(seen, minlength=len(words))
    numbers, names = most_frequent(counts, words, ["<unknown>"], vocabulary)
    fields = {name: numbers[values] for name, values in data["fields"].items()}
    words_of = {"tokens": names, "next": names}
    return {**data, "fields": fields, "classes": {"next": names}, "words": words_of}


def text_folder(
    path: str,
    vocabulary: int = 10_000,
    length: int = 200,
    keep: str = "start",
    lower: bool = True,
    limit: int = 0,
    *,
    report: Callable[[str, float | None], None] | None = None,
) -> dict[str, Any]:
    """Return texts sorted into folders as word numbers: `tokens` (L,) and `target`."""
    from functools import partial

    import numpy as np

    folder = find_folder(path)
    files, classes = class_files(folder, (".txt",))
    files["train"] = thin(files["train"], limit)
    texts: dict[str, list[str]] = {}
    for name, content in read_files(folder, [n for f in files.values() for n, _ in f], report):
        try:
            texts[name] = split_words(content.decode("utf-8-sig"), lower)
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{name} in {folder.name} is not UTF-8 text; save it as UTF-8."
            ) from error
    words = sorted({word for text in texts.values() for word in text})
    numbers = {word: number for number, word in enumerate(words)}
    parts: dict[str, Any] = {}
    for part, rows in files.items():
        documents = np.empty(len(rows), object)
        documents[:] = [
            np.array([numbers[word] for word in texts[name]], np.int32) for name, _ in rows
        ]
        target = np.array([number for _, number in rows], np.int64)
        parts[part] = {"tokens": documents, "target": target}
    return {
        "fields": parts["train"],
        "validation": parts.get("validation"),
        "test": parts.get("test"),
        "classes": {"target": classes},
        "fit": partial(fit_documents, words=words, vocabulary=vocabulary, length=length, keep=keep),
    }


def fit_documents(
    data: dict[str, Any],
    training: np.ndarray,
    words: list[str],
    vocabulary: int,
    length: int,
    keep: str,
) -> dict[str, Any]:
    """Return texts of one length, their words numbered by how frequent they are in training.

    0 pads at the end, 1 stands for a word that is not in the vocabulary.
    """
    import numpy as np

    seen = np.concatenate(list(data["fields"]["tokens"][training]))
    counts = np.bincount(seen, minlength=len(words))
    numbers, names = most_frequent(counts, words, ["<padding>", "<unknown>"], vocabulary)
    done = {**data, "words": {"tokens": names}}
    for part in ("fields", "validation", "test"):
        if data.get(part) is None:
            continue
        documents = data[part]["tokens"]
        tokens = np.zeros((len(documents), length), np.int64)
        for row, document in enumerate(documents):
            cut = document[:length] if keep == "start" else document[-length:]
            tokens[row, : len(cut)] = numbers[cut]
        done[part] = {**data[part], "tokens": tokens}
    return done


def text_folder_peek(
    path: str,
    vocabulary: int = 10_000,
    length: int = 200,
    keep: str = "start",
    lower: bool = True,
    limit: int = 0,
) -> dict[str, Any]:
    """Return what `text_folder` would, from the names of the files alone."""
    counts, classes = peek_files(path, (".txt",), limit)
    parts = {
        part: {"tokens": held(count, (length,), "int64"), "target": held(count, (), "int64")}
        for part, count in counts.items()
    }
    return {
        "fields": parts["train"],
        "validation": parts.get("validation"),
        "test": parts.get("test"),
        "classes": {"target": classes},
    }


def review_polarity(
    vocabulary: int = 10_000,
    length: int = 400,
    keep: str = "end",
    limit: int = 0,
    *,
    report: Callable[[str, float | None], None] | None = None,
) -> dict[str, Any]:
    """Return 2,000 film reviews as word numbers: `tokens` (L,) and `target`, neg or pos."""
    (file,) = find_files("review-polarity", report)
    return text_folder(str(file.resolve()), vocabulary, length, keep, True, limit, report=report)


def review_polarity_peek(
    vocabulary: int = 10_000, length: int = 400, keep: str = "end", limit: int = 0
) -> dict[str, Any]:
    """Return what `review_polarity` would, as published."""
    count = min(limit or 2000, 2000)
    fields = {"tokens": held(count, (length,), "int64"), "target": held(count, (), "int64")}
    return {"fields": fields, "test": None, "classes": {"target": ["neg", "pos"]}}
