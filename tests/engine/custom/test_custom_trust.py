"""A text runs only where it may, and only once it is trusted."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch

from engine import files
from engine.compile import CompileError, compile_graph
from engine.custom import loading, source, trust
from engine.networks import untrusted
from tests.engine.custom.own_texts import around, digits, marking


def test_trust_is_for_one_text_alone(trusted_file: Path) -> None:
    assert not trust.trusted("a")
    before = trust.stamp()
    trust.trust("a", "scale")
    assert trust.stamp() != before
    assert trust.trusted("a")
    assert not trust.trusted("a ")
    assert not trust.trusted("a\n")
    held = json.loads(trusted_file.read_text())
    assert held["texts"][trust.digest("a")]["name"] == "scale"
    trust.trust("b")
    trust.distrust("a")
    assert not trust.trusted("a")
    assert trust.trusted("b")


@pytest.mark.parametrize("held", ["", "[]", "{", '{"texts": []}', "[" * 100_000])
def test_a_broken_file_trusts_nothing(trusted_file: Path, held: str) -> None:
    trusted_file.parent.mkdir()
    trusted_file.write_text(held)
    assert not trust.trusted("a")
    trust.trust("a")
    assert trust.trusted("a")


def test_trust_lives_in_the_users_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(trust.PLACE)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    if sys.platform == "linux":
        assert trust.trust_file() == Path("/somewhere/layerloom/trusted-layers.json")


def test_a_project_cannot_trust_itself() -> None:
    project = around(trusted=True)
    again = files.loads(files.dumps(project))
    assert [node.id for node, _ in untrusted(again)] == ["own"]


def test_a_closed_process_runs_nothing(tmp_path: Path) -> None:
    text = marking(tmp_path / "ran")
    trust.trust(text)
    with pytest.raises(loading.CustomError, match="process of its own"):
        loading.make(text, "", (("features", 3),))
    assert not (tmp_path / "ran").exists()


def test_an_open_process_runs_only_what_is_trusted(tmp_path: Path) -> None:
    text = marking(tmp_path / "ran")
    with loading.opened():
        assert loading.is_open()
        with pytest.raises(loading.CustomError, match="not trusted"):
            loading.make(text, "", (("features", 3),))
        assert not (tmp_path / "ran").exists()
        trust.trust(text)
        made = loading.make(text, "", (("features", 3),))
    assert isinstance(made, torch.nn.Module)
    assert not loading.is_open()


def test_compiling_in_a_closed_process_runs_nothing(tmp_path: Path) -> None:
    text = marking(tmp_path / "ran")
    project = around(text)
    fields = digits()
    with pytest.raises(CompileError, match="not been trusted"):
        compile_graph(project.graph, fields)
    assert not (tmp_path / "ran").exists()


def test_loading_a_text_draws_no_random_numbers() -> None:
    code = source.TEMPLATE + "torch.rand(3)\n"
    trust.trust(code)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    with loading.opened():
        loading.class_of(code)
    assert torch.equal(before, torch.get_rng_state())
