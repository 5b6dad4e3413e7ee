"""What a person wrote about a run: a name, a note, tags. It stands in `notes.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from engine import files, strictjson

if TYPE_CHECKING:
    from pathlib import Path

NOTES = "notes.json"
MOST = 20_000
"""Letters of a note."""


@dataclass(frozen=True, slots=True)
class Notes:
    """A person's words on one run."""

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


NONE = Notes()


def read_notes(folder: Path) -> Notes:
    """Return what was written about a run; nothing where that is damaged."""
    try:
        data = (folder / NOTES).read_bytes()
        found = cast("dict[str, Any]", strictjson.parse(data, NOTES))
        tags = tuple(str(tag) for tag in found.get("tags", ()))
        return Notes(str(found.get("name", "")), str(found.get("note", "")), tags)
    except (OSError, strictjson.JSONError, AttributeError, TypeError):
        return NONE


def write_notes(folder: Path, notes: Notes) -> None:
    """Write what a person says about a run.

    Raises
    ------
    OSError
        The disk does not take it; what was there stays.
    """
    text = json.dumps(asdict(tidy(notes)), indent=2, ensure_ascii=False) + "\n"
    files.write_atomic(folder / NOTES, text.encode())


def tidy(notes: Notes) -> Notes:
    """Return notes without blanks around them, and each tag once."""
    tags = (" ".join(tag.replace(",", " ").split()) for tag in notes.tags)
    kept = tuple(dict.fromkeys(tag for tag in tags if tag))
    return replace(
        notes, name=" ".join(notes.name.split()), note=notes.note.strip()[:MOST], tags=kept
    )
