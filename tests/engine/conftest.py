"""What tests of the session and of exported scripts share."""

from __future__ import annotations

import json
import re
import runpy
import sys
from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine.export.python import export
from engine.session import Session, run_headless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from engine.project import Project

FORBIDDEN = re.compile(r"^\s*(?:from|import)\s+(?:engine|designer)\b", re.MULTILINE)


@pytest.fixture
def started() -> Iterator[Callable[..., Session]]:
    """Starts sessions and closes them at the end."""
    made: list[Session] = []

    def start(what: Project, **options: Any) -> Session:
        made.append(Session(what, **options))
        made[-1].start()
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.fixture
def torch_as_it_was() -> Iterator[None]:
    """Leaves torch's threads as they were, whatever a script does to them."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)


@pytest.fixture
def same(
    torch_as_it_was: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., dict[str, Any]]:
    """Train a project and run its script; both must say the same."""

    def run(project: Project, *arguments: str) -> dict[str, Any]:
        text = export(project)
        assert not FORBIDDEN.search(text)
        script = tmp_path / "script.py"
        script.write_text(text)
        expected = run_headless(project)
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", [str(script), "--json", *arguments])
        runpy.run_path(str(script), run_name="__main__")
        result = json.loads(capsys.readouterr().out)
        assert set(result) <= set(expected)
        for name in ("parameters_sha256", "epochs", "steps", "device", "seed"):
            assert result[name] == expected[name], name
        for part in ("train", "validation", "test"):
            assert result[part] == pytest.approx(expected[part], rel=1e-6), part
        return result

    return run
