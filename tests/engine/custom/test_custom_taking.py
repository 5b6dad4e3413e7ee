"""Custom layers trained, and taken away as code."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from engine import cli, files
from engine.custom import loading, source, trust
from engine.export.python import ExportError, export
from engine.listing import class_source
from engine.session import Session
from engine.train import child
from tests.engine.custom.own_texts import around, digits, marking, text_of
from tests.engine.sessions import wait

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: object, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)], capture_output=True, text=True, input=given, check=False
    )


def test_a_command_line_refuses_asks_and_trains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    marker, file = tmp_path / "ran", tmp_path / "p.loom"
    files.save(around(marking(marker)), file)
    assert cli.main(["check", str(file)]) == 1
    assert "has not been trusted" in capsys.readouterr().out
    assert cli.main(["train", str(file)]) == cli.USAGE
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert f"python main.py trust {file}" in told
    script = tmp_path / "out.py"
    assert cli.main(["export", str(file), "--out", str(script)]) == 0
    untrusted_script = script.read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert cli.main(["trust", str(file)]) == 1
    assert "self.scale = nn.Parameter" in capsys.readouterr().out
    assert not marker.exists()
    assert cli.main(["trust", str(file), "--yes"]) == 0
    assert not marker.exists()
    assert cli.main(["trust", str(file)]) == 0
    capsys.readouterr()
    assert cli.main(["train", str(file), "--json", "--run-dir", str(tmp_path / "r")]) == 0
    trained = json.loads(capsys.readouterr().out)
    assert marker.exists()
    assert not loading.is_open()
    assert cli.main(["export", str(file), "--out", str(script)]) == 0
    assert script.read_text() == untrusted_script
    done = run(script, "--json")
    assert json.loads(done.stdout)["parameters_sha256"] == trained["parameters_sha256"], done.stderr


def test_the_terminal_shows_what_cannot_be_seen() -> None:
    assert cli._shown("a\u202e\x1b[2Jb\n\t") == "a\\u202e\\x1b[2Jb\n\t"


def test_a_session_runs_it_in_a_child_process() -> None:
    code = source.TEMPLATE + "# in a session\n"
    trust.trust(code)
    held = Session(around(code).with_training(isolation="thread"))
    held.start()
    assert held.join(120)
    assert held.state == "finished", held.error
    assert held.isolation == "process"
    assert any("scale" in name for name in held.state_dict)
    assert f"layerloom_custom_{trust.digest(code)[:16]}" not in sys.modules


def test_a_session_of_an_untrusted_text_fails_with_a_sentence(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    held = Session(around(marking(marker)))
    held.start()
    assert held.join(120)
    assert held.state == "failed"
    assert held.error is not None
    assert "has not been trusted" in held.error.message
    assert held.error.node == "own"
    assert not marker.exists()


def test_several_outputs_and_numbers_are_written_as_code() -> None:
    code = text_of("return x, x * self.p").replace("(self)", "(self, p, size)", 1)
    code = code.replace("super().__init__()", "super().__init__()\n        self.p = p")
    project = around(
        code,
        outputs=("out: N C", "other: N C"),
        inputs=("in: N C",),
        settings=("p = 0.5", "size = C"),
    )
    fields = digits()
    text = class_source(project.graph, fields)
    assert "self.own = Own(p=0.5, size=8)" in text
    assert "own_out, own_other = self.own(dense)" in text


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ("def train(): pass\n", "defines 'train'"),
        ("class Network: pass\n", "defines 'Network'"),
        ("sum = 3\n", "defines 'sum'"),
        ("import numpy as nn\n", "defines 'nn'"),
        ("from math import *\n", "imports *"),
        ("if __name__ == '__main__': print(1)\n", "__name__"),
    ],
)
def test_a_script_refuses_names_that_clash(tail: str, words: str) -> None:
    code = tail + source.TEMPLATE if "class" in tail else source.TEMPLATE + tail
    with pytest.raises(ExportError, match=words.replace("*", r"\*")):
        export(around(code, class_name="Custom"))


def test_two_layers_of_one_text_are_carried_once() -> None:
    project = around()
    graph, second = project.graph.add("custom")
    graph = graph.connect("own", second).connect(second, "n4")
    text = export(project.with_graph(graph))
    assert text.count("class Custom(nn.Module)") == 1
    assert text.count("Custom(features=8)") == 2
    other = source.TEMPLATE.replace("learned.", "learned!")
    graph = graph.set_params(second, {"code": other})
    with pytest.raises(ExportError, match="another custom layer defines it too"):
        export(project.with_graph(graph))


def test_a_script_carries_the_text_as_it_is() -> None:
    odd = source.TEMPLATE.replace("x * self.scale", "x*self.scale  # 'as' it   is")
    assert odd in export(around(odd))


def test_a_failure_in_training_names_the_line_of_the_text() -> None:
    code = source.TEMPLATE.replace(
        "return x * self.scale",
        "if self.training and x.requires_grad:\n            raise ValueError('too much')\n"
        "        return x * self.scale",
    )
    trust.trust(code)
    held = Session(around(code))
    held.start()
    assert held.join(120)
    assert held.error is not None
    assert held.error.message == "'own' stopped the run: line 14 of its text: too much."
    assert held.error.node == "own"


def test_a_run_that_never_comes_back_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    code = source.TEMPLATE.replace(
        "return x * self.scale",
        "while self.training and x.requires_grad:\n            pass\n        return x * self.scale",
    )
    trust.trust(code)
    monkeypatch.setattr(child, "PATIENCE", 1.0)
    monkeypatch.setattr(child, "GRACE", 0.5)
    held = Session(around(code))
    held.start()
    wait(held, "running", 120)
    held.close()
    assert held.join(1)
    assert held.state == "failed"


@pytest.mark.parametrize("changes", [{"frozen": True}, {"lr_factor": 0.5}, {"l2": 0.1}])
def test_a_script_needs_trust_where_weights_are_told_apart(changes: dict[str, Any]) -> None:
    project = around(source.TEMPLATE + "# apart\n")
    apart = project.with_graph(project.graph.change("own", **changes))
    with pytest.raises(ExportError, match="not trusted on this machine"):
        export(apart)
    with pytest.raises(ExportError, match="not trusted on this machine"):
        export(project.with_phase(0, trains=("n2",)))
