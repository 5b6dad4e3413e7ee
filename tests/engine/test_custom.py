"""Layers of the user's own: nothing runs before it is trusted, and then only where it may."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine import cli, files
from engine.catalog import registry
from engine.catalog.layers.custom import CUSTOM
from engine.compile import CompileError, compile_graph
from engine.custom import asking, declared, loading, probing, source, trust
from engine.custom.declared import DeclaredError
from engine.custom.probing import Found, Wanted
from engine.export.python import ExportError, export
from engine.graph import Graph
from engine.listing import class_source
from engine.networks import mended, own_layers, untrusted
from engine.project import Project
from engine.review import review
from engine.session import Session
from engine.shapes import analyse
from engine.trace import ShapeError, trace

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOW = ((-1, 5, 8), "float32")
QUESTION = Wanted(
    source.TEMPLATE, "Custom", (("features", 8),), source.INPUTS, source.OUTPUTS, (FLOW,)
)


@pytest.fixture(autouse=True)
def trusted_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what is trusted to one test."""
    path = tmp_path / "settings" / "trusted.json"
    monkeypatch.setenv(trust.PLACE, str(path))
    return path


@pytest.fixture(scope="module", autouse=True)
def _end_the_child() -> Iterator[None]:
    yield
    asking.close()


def around(code: str = source.TEMPLATE, **params: Any) -> Project:
    """Return a project with a custom layer between two dense ones."""
    graph, first = Graph().add("input")
    graph, dense = graph.add("dense", out_features=8)
    graph, own = graph.add("custom", "own", "own", code=code, **params)
    graph, last = graph.add("dense", out_features=10)
    graph, loss = graph.add("cross_entropy")
    graph = graph.connect(first, dense).connect(dense, own).connect(own, last)
    graph = graph.connect(last, loss, target_port="prediction")
    return Project().with_graph(graph).with_training(epochs=1, seed=3, threads=1)


def text_of(body: str, init: str = "", head: str = "") -> str:
    """Return a text whose forward has this body."""
    return (
        f"import torch\nfrom torch import nn\n{head}\n\nclass Own(nn.Module):\n"
        f"    def __init__(self):\n        super().__init__()\n        {init}\n"
        f"    def forward(self, x, *more):\n        {body}\n"
    )


def asked(body: str, **changes: Any) -> Found:
    """Return what a trusted text with this forward makes of a tensor, tried out right here."""
    code = text_of(body, changes.pop("init", ""), changes.pop("head", ""))
    trust.trust(code)
    made = replace(QUESTION, code=code, class_name="", arguments=())
    with loading.opened():
        return probing.probe(replace(made, **changes))


def marking(marker: Path) -> str:
    """Return a text that leaves a file behind when it runs."""
    return f"open({str(marker)!r}, 'w').write('ran')\n{source.TEMPLATE}"


# -- what is declared


@pytest.mark.parametrize(
    ("text", "axes", "dtype"),
    [
        ("image: N C H W", ("N", "C", "H", "W"), "float"),
        ("ids:N L int", ("N", "L"), "int"),
        ("x", ("N", "..."), "float"),
        ("x: any", ("N", "..."), "any"),
        ("mask: N 3 ... C any", ("N", "3", "...", "C"), "any"),
    ],
)
def test_a_port_is_read(text: str, axes: tuple[str, ...], dtype: str) -> None:
    port = declared.place(text)
    assert (port.axes, port.dtype) == (axes, dtype)
    assert declared.place(str(port)) == port


@pytest.mark.parametrize("text", ["", ": N", "A: N", "x y: N", "x: N {", "x: ... ...", "self: N"])
def test_a_port_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(DeclaredError):
        declared.place(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("a = 3", 3), ("a=-1.5", -1.5), ("a = True", True), ("a = C", "C"), ("a = 1e-3", 0.001)],
)
def test_a_number_is_read(text: str, value: object) -> None:
    made = declared.setting(text)
    assert made.value == value
    assert type(made.value) is type(value)
    assert declared.setting(str(made)) == made


@pytest.mark.parametrize("text", ["a", "a =", "1 = 2", "a = x+1", "a = nan", "a = inf", "if = 1"])
def test_a_number_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(DeclaredError):
        declared.setting(text)


def test_axes_are_told_by_what_comes_in() -> None:
    ports = declared.places(("a: N ... C", "b: N C"), "input")
    flows = (((-1, 5, 6, 8), "float32"), ((-1, 8), "float32"))
    sizes = declared.bound(ports, flows)
    assert sizes == {"N": -1, "...": (5, 6), "C": 8}
    assert declared.stated(declared.place("y: N C ... 2"), sizes) == (
        (-1, 8, 5, 6, 2),
        "float32",
    )
    assert declared.stated(declared.place("y: N K"), sizes) is None
    with pytest.raises(DeclaredError, match="axis C"):
        declared.bound(ports, (flows[0], ((-1, 9), "float32")))
    numbers = declared.settings(("features = C", "p = 0.5"))
    assert declared.arguments(numbers, ports, flows) == (("features", 8), ("p", 0.5))
    with pytest.raises(DeclaredError, match="axis K"):
        declared.arguments(declared.settings(("k = K",)), ports, flows)


# -- what is read off a text


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("class A(nn.Module)\n    pass", "Line 1 is no Python", 1),
        ("import torch\n\nclass A:\n    return 1", "Line 4", 4),
        ("from __future__ import annotations\nclass A: pass", "Line 1: leave out", 1),
        ("x = 1", "defines no class", 0),
        ("class A: pass\0", "no Python", 0),
        ("-" * 100_000 + "1", "no Python", 0),
        ("#" * (source.LONGEST + 1), "longer than", 0),
        ("x = '\ud800'", "no Python", 0),
    ],
)
def test_a_bad_text_is_a_problem_with_its_line(text: str, words: str, line: int) -> None:
    problem, found = source.problem_of(text)
    assert words in problem
    assert found == line


def test_the_last_module_is_the_layer() -> None:
    text = "class A(nn.Module): pass\nclass B(Module): pass\nclass C: pass\n"
    assert source.outline(text).chosen() == "B"
    assert source.outline(text).chosen("A") == "A"
    assert "no class 'D'" in source.problem_of(text, "D")[0]


def test_a_text_that_is_read_does_not_run(tmp_path: Path) -> None:
    source.outline(marking(tmp_path / "ran"))
    assert not (tmp_path / "ran").exists()


def test_invisible_characters_are_told() -> None:
    assert source.unseen("x = 1\r\n\ty = 2\n") == ""
    assert "Line 2 holds the invisible character U+202E" in source.unseen("x\n\u202e y")


# -- trust


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


# -- where it may run


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
    fields = {f.name: f for f in registry.source("digits").fields}
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


# -- trying out


def test_the_child_answers() -> None:
    with pytest.raises(asking.NotTrusted):
        asking.ask(QUESTION)
    trust.trust(source.TEMPLATE)
    found = asking.ask(QUESTION)
    assert found == Found((FLOW,), (("scale", (8,)),))
    assert asking.ask(QUESTION) is found
    assert asking.try_out(QUESTION) == found


def test_an_answer_that_is_not_known_can_wait() -> None:
    code = source.TEMPLATE + "# later\n"
    trust.trust(code)
    question = replace(QUESTION, code=code)
    with asking.patient(), pytest.raises(asking.Later):
        asking.ask(question)
    waiting = asking.questions()
    assert waiting == (question,)
    assert asking.questions() == ()
    before = asking.stamp()
    asking.answer(waiting)
    assert asking.stamp() != before
    with asking.patient():
        assert asking.ask(question).weights == (("scale", (8,)),)


def test_a_text_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    trust.trust(source.TEMPLATE)
    asking.try_out(QUESTION)
    monkeypatch.setattr(asking, "LIMIT", 0.5)
    code = source.TEMPLATE + "while True: pass\n"
    trust.trust(code)
    begin = time.monotonic()
    found = asking.ask(replace(QUESTION, code=code))
    assert "no answer within 0.5 seconds" in found.problem
    assert time.monotonic() - begin < 10


def test_a_text_that_ends_its_process_is_told() -> None:
    code = f"import os\nos._exit(3)\n{source.TEMPLATE}"
    trust.trust(code)
    assert "exit code 3" in asking.ask(replace(QUESTION, code=code)).problem
    code = f"raise SystemExit\n{source.TEMPLATE}"
    trust.trust(code)
    assert asking.ask(replace(QUESTION, code=code)).problem == "Line 1: SystemExit."


def test_closing_frees_whoever_waits() -> None:
    trust.trust(source.TEMPLATE)
    asking.try_out(QUESTION)
    code = source.TEMPLATE + "import time\ntime.sleep(60)\n"
    trust.trust(code)
    thread = threading.Thread(target=asking.answer, args=((replace(QUESTION, code=code),),))
    thread.start()
    while not asking.busy():
        time.sleep(0.01)
    time.sleep(0.2)
    asking.close()
    thread.join(20)
    assert not thread.is_alive()


def test_the_rest_of_a_layer_is_seen() -> None:
    found = asked("return self.l(x), x.sum(1)", init="self.l = nn.Linear(8, 3)", outputs=("a", "b"))
    assert found.outputs == (((-1, 5, 3), "float32"), ((-1, 8), "float32"))
    assert dict(found.weights) == {"l.weight": (3, 8), "l.bias": (3,)}
    assert found.flops == 2 * 5 * 8 * 3


def test_a_layer_that_needs_numbers_gets_some() -> None:
    outputs = ("y: N ...",)
    found = asked("return x * float(x.mean().item() > 1)", outputs=outputs)
    assert found.outputs == (FLOW,)
    assert asked("return torch.from_numpy(x.numpy() + 1)").outputs == (FLOW,)


@pytest.mark.parametrize(
    ("body", "words", "changes"),
    [
        ("return x @ x", "Line 10: RuntimeError", {}),
        ("return x, x", "returns 2 values; 1 outputs", {}),
        ("return x,", "tuple of one", {}),
        ("return None", "is a NoneType, no tensor", {}),
        ("return x.flatten(0, 1)", "mixes the samples", {}),
        ("return x.sum(1)", "declared as N × 5 × 8, but its forward gives N × 8", {}),
        ("return x", "no size of its own", {"init": "self.l = nn.LazyLinear(3)"}),
        ("return x", "does not take its numbers (p)", {"arguments": (("p", 1),)}),
        ("return x", "Line 8: ZeroDivisionError", {"init": "1 / 0"}),
        ("return x", "Line 3: ModuleNotFoundError", {"head": "import not_there"}),
        ("return x", "is no class when", {"head": "", "class_name": "Own"}),
    ],
)
def test_what_a_layer_does_wrong_is_a_sentence(
    body: str, words: str, changes: dict[str, Any]
) -> None:
    if "no class when" in words:
        code = text_of(body) + "Own = 3\n"
        trust.trust(code)
        with loading.opened():
            found = probing.probe(replace(QUESTION, code=code, class_name="Own", arguments=()))
    else:
        found = asked(body, **changes)
    assert words in found.problem
    assert found.problem.endswith(".")
    assert found.line == (int(words.split()[1].rstrip(":")) if words.startswith("Line") else 0)


def test_a_class_that_is_no_module_is_refused() -> None:
    code = "class Own:\n    pass\n"
    trust.trust(code)
    with loading.opened():
        found = probing.probe(replace(QUESTION, code=code, class_name="", arguments=()))
    assert "no nn.Module" in found.problem


def test_forward_must_take_the_inputs() -> None:
    trust.trust(source.TEMPLATE)
    two = replace(QUESTION, inputs=("a: N ... C", "b: N ... C"), incoming=(FLOW, FLOW))
    with loading.opened():
        assert "does not take its inputs (a, b)" in probing.probe(two).problem


def test_questions_and_answers_survive_json() -> None:
    assert Wanted.read(json.loads(json.dumps(QUESTION.json()))) == QUESTION
    found = Found((FLOW,), (("w", (1, 2)),), 3, "é", 4)
    assert Found.read(json.loads(json.dumps(found.json()))) == found
    with pytest.raises(ValueError, match="no answer"):
        Found.read({"outputs": 3})


# -- in a graph


def test_ports_follow_the_settings() -> None:
    params = {"inputs": ["x: N C", "bad port", "m: N C int"], "outputs": ("a", "b")}
    spec = registry.node("custom", params)
    assert spec is not None
    assert [(p.name, p.axes, p.dtype) for p in spec.inputs] == [
        ("x", "N C", "float"),
        ("m", "N C", "int"),
    ]
    assert [p.name for p in spec.outputs] == ["a", "b"]
    assert registry.node("custom") is CUSTOM
    assert CUSTOM.at({}).inputs[0].axes == "N ... C"
    for broken in ({"inputs": 3}, {"outputs": None}, {"inputs": [1, 2]}, {"code": 3}):
        assert registry.node("custom", broken) is not None


def test_wires_to_ports_that_are_gone_go() -> None:
    project = around()
    changed = project.with_graph(project.graph.set_params("own", {"inputs": ("x",)}))
    assert not [e for e in mended(changed).graph.edges if e.target == "own"]


def test_an_untrusted_layer_has_its_declared_shape() -> None:
    project = around()
    fields = {f.name: f for f in registry.source("digits").fields}
    found = analyse(project.graph, fields)
    assert [(p.node, p.kind) for p in found.problems] == [("own", "trust")]
    assert str(found.nodes["own"].outputs["out"]) == "N × 8"
    assert not found.nodes["own"].seen
    assert found.nodes["n4"].parameters == 90
    unknown = around(outputs=("out: N K",))
    found = analyse(unknown.graph, fields)
    assert [(p.node, p.kind) for p in found.problems] == [("own", "custom")]
    assert "n4" not in found.nodes


def test_a_trusted_layer_has_its_real_shape() -> None:
    code = source.TEMPLATE.replace("return x * self.scale", "return (x * self.scale)[:, :3]")
    trust.trust(code)
    fields = {f.name: f for f in registry.source("digits").fields}
    found = analyse(around(code, outputs=("out: N K",)).graph, fields)
    assert found.ok
    assert str(found.nodes["own"].outputs["out"]) == "N × 3"
    assert found.nodes["n4"].parameters == 40
    found = analyse(around(code).graph, fields)
    assert "declared as N × 8" in found.problems[0].message


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"code": "class A(\n"}, "is no Python"),
        ({"class_name": "B"}, "no class 'B'"),
        ({"inputs": ()}, "no input"),
        ({"outputs": ("a", "a")}, "Two of its outputs"),
        ({"settings": ("x",)}, "written `name = value`"),
        ({"settings": ("x = K",)}, "axis K"),
        ({"settings": ("x = 1", "x = 2")}, "given twice"),
        ({"inputs": ("in: N 7",)}, "must be N × 7"),
        ({"inputs": ("in: N C H",)}, "must have the axes N C H"),
        ({"inputs": ("in: N C int",)}, "whole numbers"),
    ],
)
def test_a_wrong_setting_is_a_sentence_at_the_node(params: dict[str, Any], words: str) -> None:
    fields = {f.name: f for f in registry.source("digits").fields}
    project = around(**params)
    found = [p for p in analyse(project.graph, fields).problems if p.node == "own"]
    assert words in found[0].message


def test_trace_refuses_by_kind() -> None:
    with pytest.raises(ShapeError) as caught:
        trace(CUSTOM, CUSTOM.values({}), [], ())
    assert caught.value.kind == "shape"


def test_inside_a_placed_network_trust_counts_at_once() -> None:
    project = around()
    inner, port = Graph().add("input", node_id="p")
    inner, own = inner.add("custom", code=source.TEMPLATE + "# placed\n")
    inner, end = inner.add("output", node_id="e")
    inner = inner.connect(port, own).connect(own, end)
    graph = project.graph.remove(["own"])
    graph, place = graph.add("network", network="block")
    project = project.but(networks={"main": graph, "block": inner})
    graph = graph.connect("n2", place, target_port="p").connect(place, "n4", source_port="e")
    project = project.with_graph(graph)
    fields = {f.name: f for f in registry.source("digits").fields}
    assert not analyse(project.graph, project.scope(fields)).ok
    trust.trust(source.TEMPLATE + "# placed\n")
    assert analyse(project.graph, project.scope(fields)).ok
    trust.distrust(source.TEMPLATE + "# placed\n")
    assert not analyse(project.graph, project.scope(fields)).ok


@pytest.mark.parametrize("text", ["\r\n", "\t é 😀 \u202e\n", "x = '\\n'\n", " \n\n "])
def test_a_file_keeps_the_text_to_the_byte(tmp_path: Path, text: str) -> None:
    project = around(source.TEMPLATE + text)
    files.save(project, tmp_path / "p.loom")
    again = files.load(tmp_path / "p.loom")
    assert again.graph.nodes["own"].params["code"] == source.TEMPLATE + text
    assert again == project


def test_loading_saving_and_checking_run_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    project = around(marking(marker))
    files.save(project, tmp_path / "p.loom")
    again = files.load(tmp_path / "p.loom")
    report = review(again)
    assert [p["kind"] for p in report["problems"]] == ["trust"]
    export(again)
    assert len(list(own_layers(again))) == 1
    assert not marker.exists()


# -- training and taking away


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
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: PTH123, SIM115
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
    for isolation in ("auto", "thread"):
        held = Session(around(code).with_training(isolation=isolation))
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
    fields = {f.name: f for f in registry.source("digits").fields}
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
