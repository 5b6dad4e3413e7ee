"""Several edits told as one: where weights went in the end, and what was copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Told = tuple[Mapping[str, str], Mapping[str, str]]


def composed(edits: Iterable[Told]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the moves and copies that say at once what several edits said one after another.

    Moves are path before -> path after; copies path after -> path before, nothing for a copy that
    ends.
    """
    moves: dict[str, str] = {}
    copies: dict[str, str] = {}
    for following, copied in edits:
        came = {after: before for before, after in moves.items()}
        added = {new: copies.get(old) or came.get(old, old) for new, old in copied.items() if old}
        ended = {new for new, old in copied.items() if not old}
        kept = {
            following.get(new, new): old for new, old in copies.items() if new not in ended
        }
        onward = {before: following.get(after, after) for before, after in moves.items()}
        fresh = {
            before: after
            for before, after in following.items()
            if before not in came and before not in copies and before not in moves
        }
        moves = {a: b for a, b in {**onward, **fresh}.items() if a != b}
        copies = {**kept, **added}
    return moves, copies
