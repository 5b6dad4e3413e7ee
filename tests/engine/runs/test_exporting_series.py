"""Series written for other programs say what the run told; read back by those programs' readers."""

from __future__ import annotations

import json
import struct
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine import cli, files
from engine.files import FileError
from engine.runs.exporting import export_runs, missing_extra
from engine.session import run_headless
from engine.train import events as ev
from tests.engine.feature_projects import FEATURES
from tests.engine.train.projects import MLP, project

if TYPE_CHECKING:
    from pathlib import Path

Told = tuple["Path", list[ev.Event]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A file with a run `one`, and what the run told."""
    file = tmp_path_factory.mktemp("series") / "digits.loom"
    made, told = project(MLP, epochs=2, watch_share=1.0), list[ev.Event]()
    files.save(made, file)
    run_headless(made, run_dir=file.with_suffix(".runs") / "one", on_event=told.append)
    return file, told


def folder(trained: Told) -> Path:
    return trained[0].with_suffix(".runs") / "one"


def losses(told: list[ev.Event]) -> np.ndarray[Any, Any]:
    return np.concatenate([e.loss for e in told if isinstance(e, ev.Steps)])


def test_csv(trained: Told, tmp_path: Path) -> None:
    import pandas as pd

    assert export_runs([folder(trained)], "csv", tmp_path / "out.csv") == []
    found = pd.read_csv(tmp_path / "out.csv", keep_default_na=False, na_values=[""])
    told = trained[1]
    loss = found[found.series == "loss"]
    assert loss.value.to_numpy().astype(np.float32).tobytes() == losses(told).tobytes()
    assert loss.step.tolist() == list(range(1, len(loss) + 1))
    ends = [e for e in told if isinstance(e, ev.EpochEnd)]
    rows = found[found.series == "validation.accuracy"]
    assert rows.value.tolist() == [e.validation["accuracy"] for e in ends]
    assert rows.epoch.tolist() == [1, 2]
    norms = [e for e in told if isinstance(e, ev.Norms)]
    mine = found[(found.series == "gradient_norm") & (found.node == "dense")]
    expected = [e.grad[e.names.index("n2")] for e in norms]
    assert mine.value.to_numpy().astype(np.float32).tolist() == [float(x) for x in expected]


def test_parquet(trained: Told, tmp_path: Path) -> None:
    import duckdb

    out = tmp_path / "it's out.parquet"
    export_runs([folder(trained)], "parquet", out)
    quoted = str(out).replace("'", "''")
    found = duckdb.sql(
        f"SELECT step, value FROM '{quoted}' WHERE series = 'loss' ORDER BY step"
    ).fetchall()
    assert [step for step, _ in found] == list(range(1, len(found) + 1))
    values = np.array([value for _, value in found], np.float32)
    assert values.tobytes() == losses(trained[1]).tobytes()
    assert list(tmp_path.iterdir()) == [out]


def records(path: Path) -> list[Any]:
    """Read an event file: length, its checksum, an event, its checksum."""
    from tensorboardX.proto import event_pb2
    from tensorboardX.record_writer import masked_crc32c

    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        assert struct.unpack_from("<I", data, at + 8)[0] == masked_crc32c(data[at : at + 8])
        body = data[at + 12 : at + 12 + length]
        (check,) = struct.unpack_from("<I", data, at + 12 + length)
        assert check == masked_crc32c(body)
        found.append(event_pb2.Event.FromString(body))
        at += length + 16
    return found


def test_tensorboard(trained: Told, tmp_path: Path) -> None:
    for _ in range(2):  # what an earlier export left gives way
        export_runs([folder(trained)], "tensorboard", tmp_path)
    (path,) = (tmp_path / "one").iterdir()
    first, *events = records(path)
    assert first.file_version == "brain.Event:2"
    scalars: dict[str, list[tuple[int, float]]] = {}
    shapes: dict[str, list[Any]] = {}
    for event in events:
        for value in event.summary.value:
            if value.HasField("histo"):
                shapes.setdefault(value.tag, []).append(value.histo)
            else:
                scalars.setdefault(value.tag, []).append((event.step, value.simple_value))
    told = trained[1]
    expected = list(enumerate(losses(told).tolist(), start=1))
    assert scalars["loss"] == expected
    ends = [e for e in told if isinstance(e, ev.EpochEnd)]
    assert [v for _, v in scalars["epoch/validation/accuracy"]] == pytest.approx(
        [e.validation["accuracy"] for e in ends]
    )
    sampled = [e for e in told if isinstance(e, ev.Activations)]
    histo = shapes["activations/relu"][0]
    row = sampled[0].nodes.index("n3")
    assert list(histo.bucket) == sampled[0].histogram[row].tolist()
    assert histo.bucket_limit[-1] == pytest.approx(float(sampled[0].high[row]))
    assert histo.num == 1024 or histo.num == sampled[0].histogram[row].sum()
    times = [event.wall_time for event in events]
    assert max(times) - min(times) < 3600


def test_phases_bear_their_names(tmp_path: Path) -> None:
    import pandas as pd

    made = FEATURES["a_generator_and_its_adversary"]().with_training(threads=1, epochs=1)
    run_headless(made, run_dir=tmp_path / "gan")
    export_runs([tmp_path / "gan"], "csv", tmp_path / "out.csv")
    found = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    phases = {phase.name for phase in made.training.phases}
    assert set(found[found.series == "loss"].phase) == phases
    assert not found.duplicated(["series", "node", "phase", "step", "epoch"]).any()


@pytest.mark.parametrize(
    ("kind", "module"), [("parquet", "duckdb"), ("tensorboard", "tensorboardX")]
)
def test_a_missing_extra_says_how_to_get_it(
    kind: str, module: str, trained: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert "pip install" in missing_extra(kind)
    with pytest.raises(FileError, match=module):
        export_runs([folder(trained)], kind, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_one_sentence(trained: Told, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    for kind in ("csv", "parquet"):
        with pytest.raises(FileError, match=r"^There is no folder '[^']*none'\.$"):
            export_runs([folder(trained)], kind, tmp_path / "none" / "out")
        with pytest.raises(FileError, match=r"^[^\n]*cannot be written[^\n]*\.$"):
            export_runs([folder(trained)], kind, tmp_path / "taken")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError, match="keeps no series"):
        export_runs([tmp_path / "empty"], "csv", tmp_path / "out")


def test_the_command_line(
    trained: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(trained[0])
    assert cli.main(["runs", file, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [run["run"] for run in found["runs"]] == ["one"]
    assert found["bytes"] == found["runs"][0]["bytes"]
    assert cli.main(["runs", file, "--compare", "one", "one", "--json"]) == 0
    same = json.loads(capsys.readouterr().out)
    assert (same["settings"], same["nodes"], same["wires"]) == ([], [], [])
    assert cli.main(["runs", file, "--compare", "one", "one"]) == 0
    assert "the same project" in capsys.readouterr().out
    out = tmp_path / "out.csv"
    assert cli.main(["runs", file, "--export", "one", "--out", str(out)]) == 0
    assert out.read_text().startswith("run,series,node,phase,epoch,step,seconds,value\n")
    for wrong in (["--export", "one"], ["--delete", "two"], ["--compare", "one", "two"]):
        capsys.readouterr()
        assert cli.main(["runs", file, *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1
