"""What CONTRIBUTING.md shows works: the layer in it passes the walk over the catalogue."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = """
import engine.catalog.layers

engine.catalog.layers.__path__.append({folder!r})
"""
DRAW = """
import place_layer
from engine.catalog import registry
from engine.help.page import page
from engine.help.pictures import pictures
from engine.help.search import find

assert [spec.id for spec in registry.search("snake")] == ["snake"]
assert find("snake") == ["layer/snake"]
(plot,) = pictures("layer/snake")
assert [s.name for s in plot.series] == ["y", "gradient"]
print(page("layer/snake").settings[0].allowed)
"""


def block(root: Path, language: str) -> str:
    text = (root / "CONTRIBUTING.md").read_text("utf-8")
    found = re.search(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found.group(1)


@pytest.fixture
def environment(root: Path, tmp_path: Path) -> dict[str, str]:
    """Where the shown entry is a module of the catalogue, and nothing else is new."""
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "shown.py").write_text(block(root, "python"), encoding="utf-8")
    plugin = PLUGIN.format(folder=str(tmp_path / "layers"))
    (tmp_path / "place_layer.py").write_text(plugin, encoding="utf-8")
    path = os.pathsep.join((str(tmp_path), str(root)))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}


def test_the_shown_layer_passes_the_walk(root: Path, environment: dict[str, str]) -> None:
    walk = root / "tests" / "architecture" / "test_catalog.py"
    command = [sys.executable, "-m", "pytest", str(walk), "-p", "place_layer", "-q", "-n", "0"]
    command += ["-p", "no:cacheprovider", "-k", "snake and not icon"]
    done = subprocess.run(
        command, env=environment, cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed.group(1)) >= 15
    assert "failed" not in done.stdout


def test_the_shown_layer_has_its_help_and_is_found(root: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DRAW],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "number, above 0 to 1,000"


def test_the_shown_icon_is_one(root: Path) -> None:
    icon = ET.fromstring(block(root, "xml"))
    assert icon.get("viewBox") == "0 0 24 24"
    assert icon.get("stroke") == "currentColor"
