"""Runs of a project without a file stand on a shelf, and none is lost on its way to a file."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest

from engine import files
from engine.project import Project
from engine.runs import run_folders, runs_folder
from engine.runs.moving import move_run
from engine.runs.shelf import Shelf, left, runs_on, sweep
from engine.train.lock import hold


def made(shelf: Shelf, text: str = "{}") -> Path:
    """A folder that looks like a run."""
    folder = shelf.new_run()
    assert folder is not None
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "checkpoints" / "last.safetensors").write_bytes(b"weights")
    (folder / "run.json").write_text(text)
    return folder


def saved(folder: Path) -> Path:
    file = folder / "digits.loom"
    files.save(Project(), file)
    return file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "unsaved"


def other_disk(self: Path, target: Path) -> Path:
    """Rename, but for a run that goes straight to another folder of runs."""
    aside = {".trash", ".moving"}.intersection((*self.parts, *target.parts))
    if (self / "run.json").exists() and not aside:
        raise OSError(errno.EXDEV, "Invalid cross-device link")
    shutil.move(self, target)
    return target


def test_without_a_root_only_a_file_keeps_runs(tmp_path: Path) -> None:
    shelf = Shelf()
    assert shelf.new_run() is None
    shelf.saved(saved(tmp_path))
    folder = shelf.new_run()
    assert folder is not None
    assert folder.parent == tmp_path / "digits.runs"


def test_saving_moves_the_runs_and_leaves_nothing(root: Path, tmp_path: Path) -> None:
    shelf = Shelf(root)
    one, two = made(shelf, "1"), made(shelf, "2")
    assert [one, two] == shelf.folders() == shelf.unsaved()
    file = saved(tmp_path)
    shelf.saved(file)
    assert [f.name for f in shelf.folders()] == [one.name, two.name]
    assert all(f.parent == runs_folder(file) for f in shelf.folders())
    assert [(f / "run.json").read_text() for f in shelf.folders()] == ["1", "2"]
    assert shelf.unsaved() == []
    assert list(root.iterdir()) == []


def test_a_name_that_is_taken_is_not_written_over(root: Path, tmp_path: Path) -> None:
    shelf, file = Shelf(root), saved(tmp_path)
    there = made(shelf, "new")
    old = runs_folder(file) / there.name
    old.mkdir(parents=True)
    (old / "run.json").write_text("old")
    shelf.saved(file)
    texts = {f.name: (f / "run.json").read_text() for f in shelf.folders()}
    assert texts == {there.name: "old", f"{there.name}-2": "new"}


def test_a_run_under_way_follows_when_it_is_over(root: Path, tmp_path: Path) -> None:
    shelf = Shelf(root)
    one, two = made(shelf), made(shelf)
    shelf.under_way = lambda: two
    file = saved(tmp_path)
    shelf.saved(file)
    assert set(shelf.folders()) == {two, runs_folder(file) / one.name}
    lock = hold(two)
    assert lock is not None
    shelf.under_way = lambda: None
    assert not shelf.settle()
    lock.close()
    assert shelf.settle()
    assert {f.parent for f in shelf.folders()} == {runs_folder(file)}
    assert list(root.iterdir()) == []


def test_another_disk_gets_a_whole_copy(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, file = Shelf(root), saved(tmp_path)
    name = made(shelf, "1").name
    monkeypatch.setattr(Path, "rename", other_disk)
    shelf.saved(file)
    assert shelf.trouble == ""
    (found,) = shelf.folders()
    assert found == runs_folder(file) / name
    assert (found / "checkpoints" / "last.safetensors").read_bytes() == b"weights"
    assert [p.name for p in runs_folder(file).iterdir()] == [name]
    assert list(root.iterdir()) == []


def test_a_move_that_fails_half_way_loses_nothing(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, file = Shelf(root), saved(tmp_path)
    one, two = made(shelf, "1"), made(shelf, "2")
    copy = shutil.copytree

    def full(source: Path, target: Path, *given: Any, **named: Any) -> None:
        copy(source, target, *given, **named)
        if source == two:
            (target / "run.json").unlink()
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", other_disk)
        patch.setattr(shutil, "copytree", full)
        shelf.saved(file)
    assert shelf.trouble.startswith(f"The run {two.name} could not be moved to ")
    assert "No space left" in shelf.trouble
    assert set(shelf.folders()) == {runs_folder(file) / one.name, two}
    assert (two / "run.json").read_text() == "2"
    # The window ends. The next one to open the file lists it too, and then moves it.
    shelf.close()
    again = Shelf(root)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", other_disk)
        patch.setattr(shutil, "copytree", full)
        again.use(file)
    assert len(again.folders()) == 2
    assert left(root) == []
    again.close()
    assert sweep(root) == ""
    assert [f.name for f in run_folders(file)] == [one.name, two.name]
    assert list(root.iterdir()) == []


def test_a_copy_that_was_whole_before_a_crash_is_not_made_twice(root: Path, tmp_path: Path) -> None:
    shelf, file = Shelf(root), saved(tmp_path)
    folder = made(shelf, "1")
    shutil.copytree(folder, runs_folder(file) / folder.name)
    assert move_run(folder, runs_folder(file)) == runs_folder(file) / folder.name
    assert not folder.exists()
    assert len(run_folders(file)) == 1
    shelf.close()


def test_discarding_deletes_and_a_crash_leaves_them(root: Path) -> None:
    shelf = Shelf(root)
    made(shelf)
    assert left(root) == []  # A window has it.
    shelf.close()
    (own,) = left(root)
    assert len(runs_on(own)) == 1
    again = Shelf(root)
    again.use(None, own)
    assert len(again.unsaved()) == 1
    again.discard()
    assert again.folders() == []
    assert list(root.iterdir()) == []


def test_a_shelf_that_cannot_be_made_is_told(root: Path) -> None:
    root.write_text("in the way")
    shelf = Shelf(root)
    assert shelf.new_run() is None
    assert shelf.trouble.startswith("The run is not kept: ")
