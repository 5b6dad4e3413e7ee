"""Special layers train to the same weights in an exported script, to the last bit."""

from __future__ import annotations

import json
import runpy
import sys
from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine.export.python import export
from engine.graph import Graph
from engine.project import Choice, DataRecipe, Phase, Project
from engine.session import run_headless

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DENSE = ("dense", {"out_features": 2})
ROWS = ("reshape", {"shape": (8, 8)})
POINTS = "point"
MEMORY = ("memory_cell", {"slots": 3, "width": 4, "move": True})
CASES: dict[str, tuple[list[Any], str]] = {
    "samples": ([("radial_basis", {"units": 40}), DENSE], POINTS),
    "k-means": (
        [("radial_basis", {"units": 5, "centres_from": "k-means", "fit_steps": 7}), DENSE],
        POINTS,
    ),
    "noise": ([("add_noise", {"when": "always"}), ("radial_basis", {"units": 5}), DENSE], POINTS),
    "memory": ([ROWS, MEMORY, ("dense", {"out_features": 10})], "pixels"),
    "binary": (
        [
            ("binary_conv2d", {"out_channels": 4, "padding": "same"}),
            ("flatten", {}),
            ("binary_dense", {"out_features": 10, "binary_input": True}),
        ],
        "image",
    ),
    "spectra": (
        [
            ("fft_conv2d", {"out_channels": 3, "kernel_size": (3, 3), "padding": "same"}),
            ("fft2d", {}),
            ("inverse_fft2d", {}),
            ("power_spectrum", {"axes": 2, "hann": True}),
            ("flatten", {}),
            ("dense", {"out_features": 10}),
        ],
        "image",
    ),
    "laplace": (
        [("laplace", {"dt": 0.1}), ("flatten", {}), ("dense", {"out_features": 10})],
        "pixels",
    ),
}


def row(layers: list[Any], field: str) -> Graph:
    """Return layers in a row, in front of a loss; of several outputs a last one goes on."""
    graph, last = Graph().add("input", field=field)
    port = "out"
    for spec, params in (*layers, ("cross_entropy", {})):
        graph, node = graph.add(spec, **params)
        target = "prediction" if spec == "cross_entropy" else "in"
        graph = graph.connect(last, node, source_port=port, target_port=target)
        last, port = node, "last" if spec == "memory_cell" else "out"
    return graph


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)


@pytest.mark.parametrize(
    ("name", "batch"),
    [(name, "mini") for name in CASES]
    + [(n, "one") for n, case in CASES.items() if POINTS in case],
)
def test_the_script_is_the_same_run(
    name: str,
    batch: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    layers, field = CASES[name]
    points = field == POINTS
    source = Choice(id="moons", params={"samples": 100}) if points else Choice(id="digits")
    project = Project(
        networks={"main": row(layers, field)}, data=DataRecipe(source=source)
    ).with_training(
        epochs=2 if points else 1,
        batch=batch,
        threads=1,
        device="cpu",
        phases=(Phase(optimizer=Choice(id="adam")),),
    )
    script = tmp_path / "script.py"
    script.write_text(export(project))
    expected = run_headless(project)
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", [str(script), "--json"])
    runpy.run_path(str(script), run_name="__main__")
    result = json.loads(capsys.readouterr().out)
    assert result["parameters_sha256"] == expected["parameters_sha256"]
    assert result["test"] == pytest.approx(expected["test"], rel=1e-6)
