import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import files
from engine.catalog import registry
from engine.catalog.spec import TemplateSpec
from engine.data import describe
from engine.export.python import ExportError, export
from engine.export.tidy import imports, missing, tidy
from engine.offer import chain
from engine.project import Choice, DataRecipe, EarlyStopping, Project, Split
from engine.session import run_headless
from tests.engine.exporting import is_clean, moons
from tests.engine.feature_projects import FEATURES


@pytest.mark.parametrize("name", ["digits-mlp", "moons-mlp", "iris", "diabetes-regression"])
def test_a_template_trains_to_the_same_parameters(name: str, same: Callable[..., Any]) -> None:
    same(files.template(name).with_training(epochs=3))


SMALL = {"limit": 400, "episodes": 20, "pairs": 200, "samples": 210, "stride": 4000}
"""Settings of sources that make less of them."""


def small(project: Project) -> Project:
    """Return a project with little data and one epoch."""
    source = project.data.source
    known = registry.source(source.id).params
    less = {p.name: SMALL[p.name] for p in known if p.name in SMALL}
    project = project.with_data(source=source.but(params={**source.params, **less}))
    return project.with_training(epochs=1)


@pytest.mark.parametrize("name", sorted(registry.of_kind(TemplateSpec)))
def test_every_template(
    name: str, same: Callable[..., Any], data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    project = small(files.template(name))
    if describe(project.data).known:
        same(project)
    else:
        compile(export(project), "script", "exec")


def test_the_image_template_on_a_smaller_set(
    same: Callable[..., Any], data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    source = Choice(id="mnist", params={"limit": 2000})
    project = files.template("fashion-cnn").with_data(source=source)
    same(project.with_training(epochs=1), "--data", str(data_folder))


def test_one_sample_at_a_time(same: Callable[..., Any]) -> None:
    result = same(files.template("iris").with_training(batch="one", epochs=1))
    assert result["steps"] > 100


def test_frozen_nodes_and_chosen_nodes(same: Callable[..., Any]) -> None:
    project = moons()
    frozen = project.with_graph(project.graph.change("n2", frozen=True))
    one = same(frozen)
    other = same(project.with_phase(trains=("n5", "n8")))
    assert one["parameters_sha256"] != other["parameters_sha256"]


def test_two_losses_with_weights(same: Callable[..., Any]) -> None:
    project = moons()
    graph, loss = project.graph.add("cross_entropy", "second loss", weight=0.25)
    graph, head = graph.add("dense", "head", out_features=2)
    graph = graph.connect("n4", head).connect(head, loss, target_port="prediction")
    result = same(project.with_graph(graph))
    assert {"loss", "loss.loss", "loss.second loss", "accuracy"} <= set(result["test"])


@pytest.mark.parametrize("name", FEATURES)
def test_everything_a_graph_can_say(name: str, same: Callable[..., Any]) -> None:
    same(FEATURES[name]())


def test_without_a_validation_part(same: Callable[..., Any]) -> None:
    split = Split(train=0.8, validation=0.0, test=0.2)
    project = moons()
    project = project.with_data(split=split)
    assert same(project)["validation"] == {}
    with pytest.raises(ExportError, match="validation part"):
        export(project.with_training(early_stopping=EarlyStopping(enabled=True)))


def test_a_table_whose_place_can_be_given(tmp_path: Path, same: Callable[..., Any]) -> None:
    table = tmp_path / 'it\'s a "table".csv'
    table.write_text("a,b,y\n" + "\n".join(f"{n},{n * n % 13},{n / 7}" for n in range(60)))
    source = Choice(id="csv", params={"path": str(table), "target": "y"})
    project = chain(
        [("input", "in", {}), ("dense", "out", {"out_features": 1}), ("huber", "loss", {})]
    )
    project = project.but(data=DataRecipe(source=source, scale_target=True))
    same(project.with_training(epochs=2))
    moved = table.rename(tmp_path / "moved.csv")
    text = export(project.with_data(source=source.but(params={"path": str(moved), "target": "y"})))
    assert repr(str(moved))[1:-1] in text


def test_the_script_stands_alone(tmp_path: Path) -> None:
    project = files.template("iris").with_training(epochs=2)
    script = tmp_path / "iris.py"
    script.write_text(export(project))
    command = [sys.executable, "-I", str(script), "--json", "--epochs", "1", "--seed", "3"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    expected = run_headless(project, epochs=1, seed=3)
    assert result["parameters_sha256"] == expected["parameters_sha256"]


@pytest.mark.parametrize("name", [*sorted(registry.of_kind(TemplateSpec)), *FEATURES])
def test_the_textis_clean(name: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    project = FEATURES[name]() if name in FEATURES else files.template(name)
    is_clean(export(project), script)


def test_no_text_of_a_file_becomes_code() -> None:
    project = moons()
    bad = '"""\nimport os; os.abort()\n"""'
    graph = project.graph.change("n2", name=bad).change("n9", name="'); boom('")
    text = export(project.with_graph(graph).but(title=bad))
    assert "os.abort()" not in text
    assert "'); boom" not in text
    compile(text, "script", "exec")


def test_a_phase_without_a_network_is_refused_with_a_sentence() -> None:
    with pytest.raises(ExportError, match="which is not there"):
        export(moons().with_phase(network="gone"))


def test_what_cannot_be_trained_is_refused_with_a_sentence() -> None:
    with pytest.raises(ExportError, match="no phase"):
        export(moons().with_training(phases=()))
    with pytest.raises(ExportError, match="nothing to train"):
        export(moons().with_phase(trains=("n4",)))


def test_parameters_are_those_that_gradients_come_to() -> None:
    text = export(FEATURES["a_generator_and_its_adversary"]())
    assert "discriminator_parameters = list(models.discriminator.parameters())" in text
    assert "generator_parameters = list(models.generator.parameters())" in text
    text = export(FEATURES["a_teacher_and_its_student"]())
    assert "*network.student.parameters(), *network.aside.parameters()]" in text


def test_missing_names_count_annotations_and_leave_out_locals() -> None:
    body = (
        "def f(x: Path) -> Any:\n    import os\n    y: Iterator = os.sep\n    return math.pi, y\n"
    )
    assert missing(body) == {"Path", "Any", "Iterator", "math"}
    assert "from pathlib import Path" in imports(body)
    assert "import os" not in imports(body)


def test_tidy_wraps_long_calls_and_turns_quotes() -> None:
    assert tidy("x = f('a', \"b\", 'c\"d')") == 'x = f("a", "b", \'c"d\')'
    long = f"    x = f({', '.join(f'argument_{n}={n}' for n in range(12))})"
    lines = tidy(long).split("\n")
    assert lines[0] == "    x = f("
    assert lines[1] == "        argument_0=0,"
    assert lines[-1] == "    )"
    assert all(len(line) <= 100 for line in lines)
