"""Several edits told as one: where weights went in the end, and what was copied."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Told = tuple[Mapping[str, str], Mapping[str, str]]


def composed(edits: Iterable[Told]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the moves and copies that say at once what several edits said one after another.

    Moves are path before -> path after; copies path after -> path before, nothing for a copy that
    ends. A copy made before these edits ends under the path it had then.
    """
    holds: dict[str, str] = {}
    ended: set[str] = set()
    for moves, copies in edits:
        for path in (path for path, source in copies.items() if not source):
            ended.add(holds.get(path, path))
            holds[path] = ""
        arrived = {after: holds.get(before, before) for before, after in moves.items()}
        arrived |= {new: holds.get(old, old) for new, old in copies.items() if old}
        holds.update(dict.fromkeys(moves, ""))
        holds.update(arrived)
    return _told(holds, ended)


def _told(holds: Mapping[str, str], ended: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return moves and copies from what each path holds now, by the path that had it before."""
    stands: defaultdict[str, list[str]] = defaultdict(list)
    for path, source in holds.items():
        if source:
            stands[source].append(path)
    moves: dict[str, str] = {}
    copies: dict[str, str] = {}
    for source, paths in stands.items():
        if holds.get(source, source) != source:
            moves[source] = paths.pop(0)
        copies.update((path, source) for path in paths if path != source)
    gone = {path for path in ended if path and path not in stands and path in holds}
    for source in sorted(gone):
        if source in copies:
            moves[source] = f"{source}~"
        else:
            copies[source] = ""
    return moves, copies
