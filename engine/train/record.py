"""What a run leaves on disk: run.json, metrics.jsonl and checkpoints. Without a folder, nothing."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from engine import files, strictjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import torch

    from engine.project import Project

PACKAGES = ("torch", "numpy", "scikit-learn", "pandas", "layerloom")
PERIOD = 30.0
"""Seconds between two writes of a checkpoint while the run goes on."""


class Record:
    """Writes a run's folder. A disk that fails does not stop the run; it is told once.

    Parameters
    ----------
    folder
        The run's own folder; None writes nothing.
    trouble
        Called with a sentence the first time writing fails.
    """

    def __init__(self, folder: Path | None, trouble: Callable[[str], None]) -> None:
        self.folder = folder
        self._trouble = trouble
        self._told = False
        self._written: dict[str, float] = {}
        self._about: dict[str, Any] = {}

    @property
    def run(self) -> str:
        """Return the run's name, or nothing if it leaves no record."""
        return self.folder.name if self.folder else ""

    def start(self, project: Project, device: str, threads: int) -> None:
        """Write run.json: the exact project and all that its result depends on.

        What an earlier run left in the folder goes.
        """
        about: dict[str, Any] = {
            "run": self.run,
            "started": _now(),
            "seed": project.training.seed,
            "device": device,
            "threads": threads,
            "versions": versions(),
            "machine": platform.platform(),
        }

        def write(folder: Path) -> None:
            (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
            for old in (folder / "metrics.jsonl", folder / "result.json"):
                old.unlink(missing_ok=True)
            for old in (folder / "checkpoints").iterdir():
                old.unlink()

        self._about = about
        self._do(write)
        self._write_project(project)

    @property
    def edits(self) -> int:
        """Return how often the project was changed under way."""
        return len(self._about.get("edits", ()))

    def resume(self, project: Project, epoch: int, step: int, edits: int) -> None:
        """Go on with the record of a run: what it says of later steps is taken out.

        Parameters
        ----------
        epoch, step, edits
            How many of each are behind it.
        """
        if self.folder is None:
            return

        def read(folder: Path) -> None:
            self._about = strictjson.parse((folder / "run.json").read_bytes(), "run.json")

        def write(folder: Path) -> None:
            (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
            _cut(folder / "metrics.jsonl", epoch)
            (folder / "result.json").unlink(missing_ok=True)

        self._do(read)
        self._about["edits"] = [*self._about.get("edits", ())][:edits]
        now = {"step": step, "at": _now()}
        self._about["resumed"] = [*self._about.get("resumed", ()), now]
        self._do(write)
        self._write_project(project)

    def edited(self, project: Project, step: int, text: str) -> None:
        """Write in run.json that the project changed under way, and what it is now."""
        self._about["edits"] = [*self._about.get("edits", ()), {"step": step, "text": text}]
        self._write_project(project)

    def _write_project(self, project: Project) -> None:
        def write(folder: Path) -> None:
            about = {**self._about, "project": json.loads(files.dumps(project))}
            _write_json(folder / "run.json", about)

        self._do(write)

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Append one line to metrics.jsonl."""

        def write(folder: Path) -> None:
            with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(_finite(row)) + "\n")
                file.flush()
                os.fsync(file.fileno())

        self._do(write)

    def due(self, name: str) -> bool:
        """Return whether it is time to write a checkpoint of this name again."""
        return bool(self.folder) and time.monotonic() - self._written.get(name, 0.0) > PERIOD

    def checkpoint(
        self, name: str, state: Mapping[str, torch.Tensor], about: Mapping[str, Any]
    ) -> None:
        """Write `<name>.safetensors` with the weights and `<name>.json` with what they are."""

        def write(folder: Path) -> None:
            from safetensors.torch import save

            tensors = {key: value.detach().cpu().contiguous() for key, value in state.items()}
            where = folder / "checkpoints"
            files.write_atomic(where / f"{name}.safetensors", save(tensors))
            _write_json(where / f"{name}.json", about)
            self._written[name] = time.monotonic()

        self._do(write)

    def keep(self, write: Callable[[], object]) -> None:
        """Write something else of the run, whatever may go wrong with it."""

        def run(_folder: Path) -> None:
            try:
                write()
            except (RuntimeError, TypeError, ValueError, MemoryError) as error:
                raise files.FileError(str(error)) from None

        self._do(run)

    def finish(self, result: Mapping[str, Any]) -> None:
        """Write result.json."""
        self._do(lambda folder: _write_json(folder / "result.json", result))

    def _do(self, write: Callable[[Path], None]) -> None:
        if self.folder is None:
            return
        try:
            write(self.folder)
        except (OSError, files.FileError) as error:
            self.failed(error)

    def failed(self, error: Exception) -> None:
        """Say once that something of the run cannot be written."""
        if not self._told:
            self._told = True
            reason = getattr(error, "strerror", None) or str(error)
            self._trouble(
                f"The record of this run cannot be written to {self.folder} ({reason}); "
                "training goes on without it."
            )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _cut(path: Path, epoch: int) -> None:
    """Leave the lines of the first epochs, one each; what was not written to its end goes too."""
    if not path.exists():
        return
    kept: dict[int, str] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and row.get("epoch", epoch + 1) <= epoch:  # pyright: ignore[reportUnknownMemberType]
            kept[row["epoch"]] = line
    text = "".join(f"{kept[number]}\n" for number in sorted(kept))
    files.write_atomic(path, text.encode())


def versions() -> dict[str, str]:
    """Return the versions a run's bits depend on."""
    found = {"python": sys.version.split()[0]}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    text = json.dumps(_finite(value), indent=2, ensure_ascii=False) + "\n"
    files.write_atomic(path, text.encode("utf-8"))


def _finite(value: Any) -> Any:
    """Return the value with numbers that JSON cannot hold made null."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value
