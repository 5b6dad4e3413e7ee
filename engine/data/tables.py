"""Text tables: the delimiter and the header found, columns as numbers or classes, errors by row.

Every function stands alone (imports inside), so that an exported script can carry its source.
"""

from __future__ import annotations

from typing import Any


def find_table(path: str) -> Any:
    """Return the file of a path; a relative one is also looked for in LAYERLOOM_DATA's folders.

    Raises
    ------
    ValueError
        The path is empty.
    FileNotFoundError
        There is no such file.
    """
    import os
    from pathlib import Path

    if not path:
        raise ValueError("No data file is chosen; choose one.")
    for root in ["", *os.environ.get("LAYERLOOM_DATA", "").split(os.pathsep)]:
        file = Path(root, path).expanduser()
        if file.is_file():
            return file
    raise FileNotFoundError(f"The data file {path} does not exist; choose another one.")


def open_table(path: str, delimiter: str, header: str) -> tuple[Any, int]:
    """Return a text table as a pandas frame and the row number of its first sample.

    The frame's index counts the rows of the file, so `index + first` is the row a person sees.

    Raises
    ------
    OSError
        There is no such file.
    ValueError
        It is empty, is not UTF-8 text, or has rows of different length.
    """
    import pandas as pd

    file = find_table(path)
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            lines = [text.readline(1 << 20) for _ in range(30)]
        filled = [line for line in lines if line.strip()]
        mark, decimal, names = sniff_table(filled, delimiter, header)
        skip = (lines.index(filled[0]) if filled else 0) + bool(names)
        frame = read_rows(file, mark, decimal, skip)
    except UnicodeDecodeError as error:
        raise ValueError(f"{file.name} is not UTF-8 text; save it as UTF-8.") from error
    except pd.errors.EmptyDataError as error:
        raise ValueError(f"{file.name} holds no samples; choose another file.") from error
    except pd.errors.ParserError as error:
        reason = str(error).replace("Error tokenizing data. C error: ", "").strip()
        raise ValueError(f"{file.name} has rows of different length: {reason}.") from error
    name_columns(frame, names, file.name)
    return frame.dropna(how="all"), 1 + skip


def name_columns(frame: Any, names: list[str], file: str) -> None:
    """Give the columns their names, or numbers where the file has none.

    Raises
    ------
    ValueError
        There are more or fewer names than columns, or one stands twice.
    """
    width = len(frame.columns)
    if names and len(names) != width:
        raise ValueError(
            f"{file} names {len(names)} columns and has {width} values in the row below; "
            "make them the same."
        )
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{file} has two columns called {name!r}; rename one.")
    frame.columns = names or [f"column {n + 1}" for n in range(width)]


def read_rows(file: Any, mark: str, decimal: str, skip: int) -> Any:
    """Return the rows of a text table as a pandas frame, blank ones kept."""
    import pandas as pd

    return pd.read_csv(
        file,
        sep=mark,
        decimal=decimal,
        header=None,
        skiprows=skip,
        skipinitialspace=True,
        skip_blank_lines=False,
        na_values=["?"],
        low_memory=False,
        encoding="utf-8-sig",
    )


def sniff_table(lines: list[str], delimiter: str, header: str) -> tuple[str, str, list[str]]:
    """Return what parts a table's values, its decimal mark, and its column names (or none).

    The mark is the first of tab, semicolon and comma that parts all rows alike. The first row is a
    header where none of its values is a number and some value below is.
    """
    import csv
    import re

    def rows_by(mark: str) -> list[list[str]]:
        if mark == r"\s+":
            return [line.split() for line in lines]
        return list(csv.reader(lines, delimiter=mark, skipinitialspace=True))

    mark = {"comma": ",", "semicolon": ";", "tab": "\t", "space": r"\s+"}.get(delimiter, "")
    if not mark:
        widths = {m: {len(row) for row in rows_by(m)} for m in ("\t", ";", ",", r"\s+")}
        alike = [m for m, width in widths.items() if len(width) == 1 and max(width) > 1]
        uneven = [m for m in ";,\t" if max(widths[m], default=0) > 1]
        mark = (alike + uneven + [","])[0]
    rows = rows_by(mark)
    comma = mark != "," and not re.search(r"\d\.\d", "".join(lines[1:]))
    decimal = "," if comma and re.search(r"\d,\d", "".join(lines[1:])) else "."
    if header == "no" or not rows:
        return mark, decimal, []
    number = re.compile(r"\s*[-+]?(\d+[.,]?\d*|\.\d+)([eE][-+]?\d+)?\s*")
    names = [value.strip() for value in rows[0]]
    wordy = not any(number.fullmatch(value) for value in names)
    below = any(number.fullmatch(value) for row in rows[1:] for value in row)
    return mark, decimal, names if header == "yes" or (wordy and below) else []


def numeric_column(frame: Any, name: str, first: int) -> Any:
    """Return a column as float64.

    Raises
    ------
    ValueError
        Names the first row that is empty or holds no number that float32 can hold.
    """
    import numpy as np
    import pandas as pd

    column = frame[name]
    numbers: np.ndarray = np.asarray(pd.to_numeric(column, errors="coerce"), np.float64)
    bad = np.flatnonzero(~(np.abs(numbers) <= np.finfo(np.float32).max))
    if len(bad):
        row, value = int(frame.index[bad[0]]) + first, column.iloc[bad[0]]
        if pd.isna(value):
            raise ValueError(
                f"Row {row}, column {name!r} is empty; fill it in, or leave out the row or column."
            )
        kind = "is not a number" if np.isnan(numbers[bad[0]]) else "is too large"
        raise ValueError(
            f"Row {row}, column {name!r} holds {str(value)!r}, which {kind}; "
            "correct it, or leave out the row or column."
        )
    return numbers


def class_column(frame: Any, name: str, first: int) -> tuple[Any, list[str]]:
    """Return a column as int64 class numbers, and the classes' names in order.

    Raises
    ------
    ValueError
        A row is empty, or there are more than 1,000 classes.
    """
    import numpy as np

    column = frame[name]
    empty = np.flatnonzero(column.isna().to_numpy())
    if len(empty):
        row = int(frame.index[empty[0]]) + first
        raise ValueError(f"Row {row}, column {name!r} is empty; fill it in, or leave out the row.")
    if column.dtype.kind in "iuf":
        labels, numbers = np.unique(column.to_numpy(), return_inverse=True)
        names = [str(int(label)) if label == int(label) else str(label) for label in labels]
    else:
        words: Any = column.astype(str).str.strip().to_numpy(object)
        labels, numbers = np.unique(words, return_inverse=True)
        names = [str(label) for label in labels]
    if len(names) > 1000:
        raise ValueError(
            f"Column {name!r} holds {len(names):,} different values, too many for classes; "
            "predict it as a number, or choose another column."
        )
    return numbers.astype(np.int64), names


def looks_like_words(column: Any) -> bool:
    """Return whether at least half of a column's values are no numbers."""
    import numpy as np
    import pandas as pd

    filled = column.dropna()
    numbers: np.ndarray = np.asarray(pd.to_numeric(filled, errors="coerce"), np.float64)
    return bool(2 * np.isnan(numbers).sum() >= max(1, len(numbers)))


def looks_like_classes(column: Any) -> bool:
    """Return whether a column holds words, or few whole numbers that return often.

    A column of mostly numbers with a word among them is a column of numbers with a mistake.
    """
    import numpy as np
    import pandas as pd

    filled = column.dropna()
    numbers: np.ndarray = np.asarray(pd.to_numeric(filled, errors="coerce"), np.float64)
    words = int(np.isnan(numbers).sum())
    if words:
        return 2 * words >= len(numbers)
    different = np.unique(numbers)
    whole = bool((different == np.floor(different)).all())
    return whole and len(different) <= 20 and 2 * len(different) <= len(numbers)


def column_name(frame: Any, wanted: str) -> str:
    """Return the column a user means: its name, its number from 1, or nothing for the last one.

    Raises
    ------
    ValueError
        There is no such column.
    """
    names: list[str] = list(frame.columns)
    if not wanted:
        return names[-1]
    if wanted in names:
        return wanted
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    raise ValueError(f"There is no column {wanted!r}; the file has {listed}.")
