"""The rows of the table of runs, and what each cell says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from designer.monitor.keys import parse
from designer.monitor.keys import title as figure_title
from designer.theme import theme
from designer.words import duration, size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from engine.runs.summary import Run

SORT = Qt.ItemDataRole.UserRole
FIND = Qt.ItemDataRole.UserRole + 1
"""Everything that the filter looks through."""
STATES = {
    "running": ("●", "accent", "Under way"),
    "paused": ("●", "accent", "Paused"),
    "finished": ("✓", "success", "Finished"),
    "stopped": ("■", "text_muted", "Stopped"),
    "failed": ("✕", "error", "Failed"),
    "cut": ("✂", "warning", "Cut off"),
    "damaged": ("?", "error", "Damaged"),
}
"""State -> sign, colour, word."""
_PARTS = {"train": "Training", "validation": "Validation", "test": "Test"}
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_WHOLE: dict[str, Callable[[float], str]] = {
    "parameters": lambda value: f"{value:,.0f}",
    "seconds": duration,
}
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what it says of a run, and what it sorts by."""

    title: str
    text: Callable[[Run], str]
    key: Callable[[Run], Any]
    right: bool = True


def figure_words(name: str) -> str:
    """Return what a figure is called: `test.accuracy` -> `Test accuracy`."""
    part, _, key = name.partition(".")
    if part not in _PARTS or not key:
        return figure_title(name).replace("_", " ")
    found = parse(key)
    words = (_PARTS[part], figure_title(found.kind).lower(), found.phase, found.loss)
    return " ".join(word for word in words if word)


def value_words(name: str, value: float | None) -> str:
    """Return a figure as a person reads it."""
    if value is None:
        return "–"
    if name in _WHOLE:
        return _WHOLE[name](value)
    return f"{value:.1%}" if "accuracy" in name else f"{value:.4g}"


def _figure(name: str) -> Column:
    def key(run: Run) -> float:
        return run.figures.get(name, float("inf"))

    def text(run: Run) -> str:
        return value_words(name, run.figures.get(name))

    return Column(figure_words(name), text, key)


def _when(run: Run) -> str:
    return run.started.astimezone().strftime("%Y-%m-%d %H:%M") if run.started else "–"


def _state(run: Run) -> str:
    return f"{STATES[run.state][0]} {STATES[run.state][2]}"


def _epochs(run: Run) -> str:
    return f"{run.epochs} / {run.of}" if run.of and run.epochs != run.of else str(run.epochs)


def _tags(run: Run) -> str:
    return ", ".join(run.notes.tags)


_HEAD = (
    Column("Run", lambda run: run.title, lambda run: run.title.casefold(), right=False),
    Column("State", _state, lambda run: run.state, right=False),
)
_TIMES = (
    Column("Epochs", _epochs, lambda run: run.epochs),
    Column("Time", lambda run: duration(run.seconds), lambda run: run.seconds),
    Column("Started", _when, lambda run: run.started.timestamp() if run.started else 0.0),
)
_TAIL = (
    Column("On disk", lambda run: size(run.size), lambda run: run.size),
    Column("Tags", _tags, _tags, right=False),
    Column(
        "Note",
        lambda run: run.notes.note.partition("\n")[0],
        lambda run: run.notes.note.casefold(),
        right=False,
    ),
)
STARTED = "Started"


class RunsModel(QAbstractTableModel):
    """The runs, the oldest first; the view sorts them otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[Run] = []
        self.columns: tuple[Column, ...] = (*_HEAD, *_TIMES, *_TAIL)

    def show(self, found: Sequence[Run]) -> None:
        """Show other runs."""
        self.beginResetModel()
        self.runs = list(found)
        figures = [*map(_figure, _figures(found))]
        self.columns = (*_HEAD, *figures[:1], *_TIMES, *figures[1:], *_TAIL)
        self.endResetModel()

    def update(self, run: Run) -> bool:
        """Show one run anew; False if it is not there, or told of figures that have no column."""
        place = self.place(run.folder)
        if place < 0 or (run.figures and not self.runs[place].figures):
            return False
        self.runs[place] = run
        self.dataChanged.emit(self.index(place, 0), self.index(place, len(self.columns) - 1))
        return True

    def place(self, folder: Path) -> int:
        """Return the row of the run in a folder, or -1."""
        return next((n for n, run in enumerate(self.runs) if run.folder == folder), -1)

    def column(self, title: str) -> int:
        """Return the place of a column."""
        return next(n for n, column in enumerate(self.columns) if column.title == title)

    # -- what a view asks

    def rowCount(self, parent: _Index | None = None) -> int:
        """Return how many runs there are."""
        return 0 if parent is not None and parent.isValid() else len(self.runs)

    def columnCount(self, parent: _Index | None = None) -> int:
        """Return how many columns there are."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a heading."""
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.right else _LEFT
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, or sorts by."""
        if not index.isValid():
            return None
        run, column = self.runs[index.row()], self.columns[index.column()]
        give = _ROLES.get(role)
        return give(run, column) if give is not None else None


def _figures(found: Sequence[Run]) -> list[str]:
    """Return the figures that get a column: what most runs are judged by, and two losses."""
    keys = Counter(run.key_figure[0] for run in found if run.key_figure)
    known = {name for run in found for name in run.figures}
    first = [name for name, _ in keys.most_common(1)]
    more = [first[0].replace("test.", "validation.")] if first else []
    wanted = dict.fromkeys([*first, *more, "validation.loss", "train.loss"])
    return [name for name in wanted if name in known][:4]


def _tip(run: Run, column: Column) -> str:
    if column.title == "State" and run.message:
        return run.message
    if column.title == "Note":
        return run.notes.note
    return column.text(run)


def _colour(run: Run, column: Column) -> Any:
    return theme().color(STATES[run.state][1]) if column.title == "State" else None


def _found(run: Run, _column: Column) -> str:
    words = (run.id, run.notes.name, run.notes.note, *run.notes.tags, STATES[run.state][2])
    return "\n".join(words)


_ROLES: dict[int, Callable[[Run, Column], Any]] = {
    Qt.ItemDataRole.DisplayRole: lambda run, column: column.text(run),
    Qt.ItemDataRole.TextAlignmentRole: lambda _run, column: _RIGHT if column.right else _LEFT,
    Qt.ItemDataRole.ToolTipRole: _tip,
    Qt.ItemDataRole.ForegroundRole: _colour,
    SORT: lambda run, column: column.key(run),
    FIND: _found,
}
