import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import main as entrance
from engine import cli, files, remedies
from engine.catalog import registry
from engine.catalog.spec import TemplateSpec
from engine.project import Choice
from engine.remedies import Remedy


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    path = tmp_path / "d.loom"
    assert cli.main(["new", "digits-mlp", str(path)]) == 0
    return path


def output(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    return shown.err.strip()


def test_the_entrance_knows_every_command() -> None:
    actions = [a for a in cli._parser()._actions if hasattr(a, "choices") and a.choices]
    assert set(actions[0].choices) == entrance.COMMANDS


def test_the_entrance_is_light() -> None:
    code = (
        "import sys, main, engine.cli; heavy = {'torch', 'PySide6', 'sklearn', 'pandas'};"
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_templates(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["templates", "--json"]) == 0
    rows = output(capsys)["templates"]
    assert {r["id"] for r in rows} == set(registry.of_kind(TemplateSpec))
    assert all(set(r) == {"id", "title", "group", "data"} and all(r.values()) for r in rows)
    assert cli.main(["templates"]) == 0
    assert "digits-mlp" in capsys.readouterr().out


def test_new_writes_the_template(digits: Path) -> None:
    assert files.load(digits) == files.template("digits-mlp")


def test_new_does_not_replace_a_file(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.main(["new", "iris", str(digits)]) == 2
    assert "exists already" in sentence(capsys)
    assert cli.main(["new", "iris", str(digits), "--force"]) == 0
    assert files.load(digits) == files.template("iris")


def test_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["catalog", "--json"]) == 0
    rows = output(capsys)["entries"]
    assert len(rows) == len(registry.entries())
    assert all({"id", "kind", "group", "title", "covers", "params"} <= set(r) for r in rows)
    dense = next(r for r in rows if (r["kind"], r["id"]) == ("layer", "dense"))
    assert [p["name"] for p in dense["params"]] == ["out_features", "bias"]


def test_check(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(digits), "--json"]) == 0
    report = output(capsys)
    assert report["ok"]
    assert report["problems"] == []
    assert report["parameters"] == sum(n["parameters"] for n in report["nodes"]) > 0
    assert report["flops"] > 0
    first = report["nodes"][0]
    assert (first["id"], first["spec"], first["outputs"]) == ("n1", "input", [["N", 64]])
    assert cli.main(["check", str(digits)]) == 0
    assert "parameters" in capsys.readouterr().out


def test_train_tells_what_the_rules_found(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = files.load(digits)
    loss = next(n.id for n in project.graph.nodes.values() if n.spec == "cross_entropy")
    given = {"network": project.main, "node": loss, "layers": [("softmax", {})]}
    files.save(remedies.apply(project, Remedy("front", "Spoil it", given)), digits)
    capsys.readouterr()
    assert cli.main(["train", str(digits), "--epochs", "1", "--json"]) == 0
    (found,) = output(capsys)["findings"]
    assert (found["kind"], found["node"]) == ("softmax_twice", loss)
    assert found["holds"]
    assert found["fix"] == "Remove “softmax”"
    assert all(found[name] for name in ("message", "evidence", "cause"))


def test_check_names_what_is_wrong(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = files.load(digits)
    graph = project.graph.disconnect(project.graph.edges[:1])
    project = project.with_graph(graph).with_phase(optimizer=Choice(id="adam", params={"lr": -1.0}))
    files.save(project, digits)
    capsys.readouterr()
    assert cli.main(["check", str(digits), "--json"]) == 1
    report = output(capsys)
    assert not report["ok"]
    kinds = {p["kind"] for p in report["problems"]}
    assert {"param", "unconnected"} <= kinds
    assert all({"node", "kind", "message", "fix"} <= set(p) for p in report["problems"])
    assert cli.main(["check", str(digits)]) == 1


def test_check_says_when_the_data_is_missing(
    digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = files.load(digits)
    gone = {"path": str(tmp_path / "gone.csv")}
    files.save(project.with_data(source=Choice(id="csv", params=gone)), digits)
    capsys.readouterr()
    assert cli.main(["check", str(digits), "--json"]) == 1
    assert (
        "gone.csv" in next(p for p in output(capsys)["problems"] if p["kind"] == "data")["message"]
    )


def test_new_for_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "t.csv"
    rows = [f"{n},{n % 7},{'yes' if n % 3 else 'no'}" for n in range(60)]
    table.write_text("\n".join(["a,b,kind", *rows]))
    for name, target, width, loss in (("c", "kind", 2, "cross_entropy"), ("r", "a", 1, "mse")):
        out = tmp_path / f"{name}.loom"
        rows = ["--data", str(table), "--target", target]
        if target == "a":
            table.write_text(table.read_text().replace("yes", "1").replace("no", "0"))
        assert cli.main(["new", *rows, str(out)]) == 0
        capsys.readouterr()
        assert cli.main(["check", str(out), "--json"]) == 0
        report = output(capsys)
        assert report["nodes"][-1]["spec"] == loss
        assert report["nodes"][-2]["outputs"] == [["N", width]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "arguments are required"),
        (["fly"], "invalid choice: 'fly'"),
        (["new"], "arguments are required: out"),
        (["new", "out.loom"], "Name either a template"),
        (["new", "gpt", "out.loom"], "There is no template called 'gpt'"),
        (["new", "--data", "none.csv", "out.loom"], "none.csv does not exist"),
        (["check", "none.loom"], "There is no file 'none.loom'"),
        (["train", "none.loom", "--json"], "There is no file 'none.loom'"),
        (["evaluate", "none.loom"], "There is no file 'none.loom'"),
        (["export", "none.loom", "--to", "python", "--out", "x.py"], "There is no file"),
        (["export", "none.loom", "--to", "cobol", "--out", "x.py"], "invalid choice: 'cobol'"),
    ],
)
def test_an_error_is_one_sentence_and_status_2(
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    assert words in sentence(capsys)
    assert list(tmp_path.iterdir()) == []


def test_a_truncated_file_is_one_sentence(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digits.write_bytes(digits.read_bytes()[:300])
    capsys.readouterr()
    assert cli.main(["train", str(digits), "--json"]) == 2
    assert "d.loom breaks off in line" in sentence(capsys)


def test_train_and_evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "i.loom"
    cli.main(["new", "iris", str(path)])
    capsys.readouterr()
    command = [
        "train",
        str(path),
        "--device",
        "cpu",
        "--set",
        "lr=0.02",
        "--set",
        "hidden.out_features=9",
    ]
    assert cli.main([*command, "--epochs", "2", "--seed", "5", "--json"]) == 0
    result = output(capsys)
    assert (result["epochs"], result["seed"], result["device"]) == (2, 5, "cpu")
    assert {"train", "validation", "test", "steps", "seconds", "parameters_sha256"} <= set(result)
    assert result["baseline"]["name"] == "Logistic regression"
    folder = tmp_path / "i.runs" / result["run"]
    kept = json.loads((folder / "run.json").read_text())["project"]
    assert kept["training"]["phases"][0]["optimizer"]["params"]["lr"] == 0.02
    assert files.load(path) == files.template("iris")
    assert cli.main(["evaluate", str(path), "--run", result["run"], "--json"]) == 0
    again = output(capsys)
    assert again["parameters_sha256"] == result["parameters_sha256"]
    assert again["test"] == result["test"]
    assert cli.main(["evaluate", str(path)]) == 0
    assert "test " in capsys.readouterr().out
    assert cli.main(["evaluate", str(path), "--run", "other"]) == 2
    assert result["run"] in sentence(capsys)
    (folder / "checkpoints" / "last.safetensors").write_bytes(b"x")
    assert cli.main(["evaluate", str(path)]) == 2
    assert "is damaged" in sentence(capsys)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("lr=1e9", "not a finite number"),
        ("lr", "--set takes PATH=VALUE"),
        ("speed=3", "There is no speed"),
        ("training.epochs=0", "must be at least 1"),
        ("data.source.id=nothing", "no source called 'nothing'"),
    ],
)
def test_a_run_that_cannot_be_is_a_sentence(
    change: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "i.loom"
    cli.main(["new", "iris", str(path)])
    capsys.readouterr()
    train = ["train", str(path), "--device", "cpu", "--epochs", "30", "--set", change]
    if change == "lr=1e9":
        train += ["--set", "training.phases.0.optimizer.id=sgd"]
    assert cli.main(train) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert words in shown.err.splitlines()[-1]


def test_export_writes_a_script(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = digits.with_name("d.py")
    assert cli.main(["export", str(digits), "--to", "python", "--out", str(out)]) == 0
    compile(out.read_text(), "d.py", "exec")
    capsys.readouterr()
    missing = digits.parent / "none" / "d.py"
    assert cli.main(["export", str(digits), "--out", str(missing)]) == 2
    assert "There is no folder" in sentence(capsys)


@pytest.mark.parametrize(
    ("arguments", "where", "given"),
    [
        ([], "app", None),
        (["x.loom"], "app", "x.loom"),
        (["demo", "--out", "d"], "demo", ["--out", "d"]),
        (["catalog", "--json"], "cli", ["catalog", "--json"]),
        (["--help"], "cli", ["--help"]),
        (["trian"], "cli", ["trian"]),
        (["x.loom", "y.loom"], "cli", ["x.loom", "y.loom"]),
    ],
)
def test_the_entrance_sends_on(
    arguments: list[str], where: str, given: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    import designer

    calls: list[tuple[str, object]] = []
    for name in ("app", "demo"):
        module = ModuleType(f"designer.{name}")
        module.main = lambda value, name=name: calls.append((name, value)) or 0  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"designer.{name}", module)
        monkeypatch.setattr(designer, name, module, raising=False)
    monkeypatch.setattr(cli, "main", lambda value: calls.append(("cli", value)) or 0)
    assert entrance.main(arguments) == 0
    assert calls == [(where, given)]
