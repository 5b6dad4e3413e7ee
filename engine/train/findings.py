"""What was found in a run, kept in its folder: each thing once, as it stood last."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import BaseModel, ValidationError

from engine import files, strictjson
from engine.catalog import registry
from engine.remedies import Remedy
from engine.train.events import OVER, Finding, Started, StateChanged

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from engine.train.events import Event

Key: TypeAlias = "tuple[str, str, str]"
"""Kind, network, and the node, or the sentence where no node is meant."""

FILE = "findings.json"
PERIOD = 5.0
"""Seconds between two times of writing while the run goes on."""
MOST = 1000
"""Findings of a run that are kept."""
_OF_THE_RUN = {"advice", "checkpoints", "precision", "resume", "rule"}
"""Kinds that no rule finds, and that are no answers to what was asked for under way."""


class Findings:
    """Gathers what is found in a run and writes it beside the run's record.

    Parameters
    ----------
    folder
        The run's own folder; None writes nothing.
    start
        Of a run that goes on, the first step that comes: what was found before it stays.
    """

    def __init__(self, folder: Path | None, start: int | None = None) -> None:
        self._folder = folder
        self._start = start
        self._held: dict[Key, Finding] | None = None
        self._due = 0.0
        self._waiting = False
        self._told = False
        self._ours = False
        """False: the run has not begun; another may be at work in the folder."""

    def take(self, events: Iterable[Event]) -> list[Finding]:
        """Take what happened; return a sentence the first time the disk does not take it."""
        if self._folder is None:
            return []
        over = False
        for event in events:
            self._ours = self._ours or isinstance(event, Started)
            if isinstance(event, Finding):
                # Once is enough: that the disk does not take the record is told by the run too.
                self._told = self._told or event.kind == "record"
                if _stays(event):
                    self._add(event)
            over = over or (isinstance(event, StateChanged) and event.state in OVER)
        # That nothing was found is written too, once that is sure.
        self._waiting = self._waiting or over
        return self.flush() if over or time.monotonic() >= self._due else []

    def flush(self) -> list[Finding]:
        """Write what waits, if the run has a folder by now; return as `take` does."""
        folder = self._folder
        if folder is None or not (self._waiting and self._ours and folder.is_dir()):
            return []
        self._waiting, self._due = False, time.monotonic() + PERIOD
        try:
            files.write_atomic(folder / FILE, dumps(self._known().values()).encode())
        except OSError as error:
            if not self._told:
                self._told = True
                sentence = f"What is found in this run cannot be written to {folder}"
                return [Finding("record", "", f"{sentence} ({error.strerror or error}).")]
        return []

    def _known(self) -> dict[Key, Finding]:
        if self._held is None:
            self._held = {}
            if self._start is not None and self._folder is not None:
                self._held = {_key(f): f for f in _before(self._folder, self._start)}
        return self._held

    def _add(self, finding: Finding) -> None:
        known, key = self._known(), _key(finding)
        held = known.get(key)
        if finding.news == "gone":
            if held is None:
                return
            finding = replace(held, news="gone", fix=None)
        elif held is None and len(known) >= MOST:
            return
        known[key] = finding
        self._waiting = True


def _stays(finding: Finding) -> bool:
    return finding.kind in _OF_THE_RUN or f"finding/{finding.kind}" in registry.entries()


def _key(finding: Finding) -> Key:
    return finding.kind, finding.network, finding.node or finding.message


def _before(folder: Path, step: int) -> list[Finding]:
    try:
        return [finding for finding in read(folder) if finding.step < step]
    except files.FileError:
        # It is damaged: what is found from now on takes its place.
        return []


# -- as text


def dumps(findings: Iterable[Finding]) -> str:
    """Return the text of a file of findings. A remedy that JSON cannot hold is left out."""
    return strictjson.dump({"findings": [_row(finding) for finding in findings]})


def _row(finding: Finding) -> dict[str, Any]:
    row = asdict(replace(finding, fix=None))
    if finding.fix is not None:
        row["fix"] = finding.fix.json()
        try:
            strictjson.dump(row)
        except strictjson.JSONError:
            row["fix"] = None
    return row


class _Fix(BaseModel):
    kind: str
    text: str
    params: dict[str, Any] = {}


class _Row(BaseModel):
    kind: str
    node: str
    message: str
    network: str = ""
    evidence: str = ""
    cause: str = ""
    fix: _Fix | None = None
    step: int = -1
    news: Literal["new", "still", "gone"] = "new"

    def finding(self) -> Finding:
        given: dict[str, Any] = {name: getattr(self, name) for name in _Row.model_fields}
        given["fix"] = Remedy(self.fix.kind, self.fix.text, self.fix.params) if self.fix else None
        return Finding(**given)


class _File(BaseModel):
    findings: tuple[_Row, ...]


def kept(folder: Path) -> bool:
    """Return whether it is written down what was found in the run in a folder."""
    return (folder / FILE).exists()


def read(folder: Path) -> list[Finding]:
    """Return what was found in the run in a folder, in the order it came; nothing if none is kept.

    Raises
    ------
    FileError
        The file is damaged or cannot be read; the sentence names the run.
    """
    try:
        found: object = strictjson.parse((folder / FILE).read_bytes(), FILE)
        return [row.finding() for row in _File.model_validate(found).findings]
    except FileNotFoundError:
        return []
    except OSError as error:
        reason = error.strerror or str(error)
        raise files.FileError(f"{folder.name}/{FILE} cannot be read: {reason}.") from None
    except (strictjson.JSONError, ValidationError):
        raise files.FileError(
            f"{folder.name}/{FILE} is damaged, so what was found in that run cannot be shown."
        ) from None
