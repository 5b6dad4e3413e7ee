"""What tests of exported scripts share: a small project, and the rules for a text."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

from engine.offer import chain
from engine.project import Choice, DataRecipe, Project

if TYPE_CHECKING:
    from pathlib import Path


def moons(**training: Any) -> Project:
    """Return a project with a bit of everything that is trained in a second."""
    project = chain(
        [
            ("input", "point", {}),
            ("dense", "first", {"out_features": 8}),
            ("batch_norm1d", "norm", {}),
            ("selu", "selu", {}),
            ("dense", "second", {"out_features": 4}),
            ("prelu", "prelu", {}),
            ("dropout", "dropout", {"p": 0.1}),
            ("dense", "last", {"out_features": 2}),
            ("cross_entropy", "loss", {"label_smoothing": 0.1}),
        ]
    )
    source = Choice(id="moons", params={"samples": 210})
    project = project.but(title='Two "moons"', data=DataRecipe(source=source))
    return project.with_training(**{"epochs": 3, **training})


def is_clean(text: str, script: Path) -> None:
    """Hold a script to the rules that a person's would be held to."""
    script.write_text(text)
    rules = [
        "--select",
        "E,W,F,I,UP,B,C4,SIM,RET",
        "--ignore",
        "RET504",
        "--line-length",
        "100",
        "--isolated",
    ]
    for command in (["check", *rules], ["format", "--check", "--isolated", "--line-length", "100"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, str(script)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout
