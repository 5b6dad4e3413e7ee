"""A GAN is built in the real window by mouse and keys, trained, saved and read back."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def run(data: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "main.py", *arguments, "--json"],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "LAYERLOOM_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_a_gan_built_by_hand_draws_is_read_back_and_trains_the_same_outside(
    tmp_path: Path, data_folder: Path
) -> None:
    demo = run(data_folder, "demo", "--gan", "--out", str(tmp_path))
    assert demo["same"], "the file does not read back as the project that was saved"
    assert demo["pictures"] >= 2
    assert all(Path(name).stat().st_size for name in demo["files"])
    (loom,) = [name for name in demo["files"] if name.endswith(".loom")]
    saved = json.loads(Path(loom).read_text(encoding="utf-8"))
    titles = {key: graph["title"] for key, graph in saved["networks"].items()}
    assert sorted(titles.values()) == [
        "Discriminator",
        "Generator",
        "Train discriminator",
        "Train generator",
    ]
    assert [
        (p["name"], titles[p["network"]], len(p["trains"])) for p in saved["training"]["phases"]
    ] == [
        ("discriminator", "Train discriminator", 0),
        ("generator", "Train generator", 1),
    ]

    again = run(data_folder, "train", loom, "--run-dir", str(tmp_path / "again"))
    assert again["parameters_sha256"] == demo["result"]["parameters_sha256"]
    assert again["test"] == demo["result"]["test"]
