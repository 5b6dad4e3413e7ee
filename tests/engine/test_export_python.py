import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine import files
from engine.catalog import registry
from engine.catalog.spec import TemplateSpec
from engine.data import describe
from engine.export.python import ExportError, export
from engine.export.tidy import imports, missing, tidy
from engine.offer import chain
from engine.project import Choice, DataRecipe, EarlyStopping, Project, Split
from engine.session import run_headless
from tests.engine.feature_projects import FEATURES

FORBIDDEN = re.compile(r"^\s*(?:from|import)\s+(?:engine|designer)\b", re.MULTILINE)


@pytest.fixture(autouse=True)
def _torch_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)


@pytest.fixture
def same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """Train a project and run its script; both must say the same."""

    def run(project: Project, *arguments: str) -> dict[str, Any]:
        text = export(project)
        assert not FORBIDDEN.search(text)
        script = tmp_path / "script.py"
        script.write_text(text)
        expected = run_headless(project)
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", [str(script), "--json", *arguments])
        runpy.run_path(str(script), run_name="__main__")
        result = json.loads(capsys.readouterr().out)
        assert set(result) <= set(expected)
        for name in ("parameters_sha256", "epochs", "steps", "device", "seed"):
            assert result[name] == expected[name], name
        for part in ("train", "validation", "test"):
            assert result[part] == pytest.approx(expected[part], rel=1e-6), part
        return result

    return run


@pytest.mark.parametrize("name", ["digits-mlp", "moons-mlp", "iris", "diabetes-regression"])
def test_a_template_trains_to_the_same_parameters(name: str, same: Callable[..., Any]) -> None:
    same(files.template(name).with_training(epochs=3))


SMALL = {"limit": 1000, "episodes": 20, "pairs": 200, "samples": 210, "stride": 4000}
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


def moons(**training: Any) -> Project:
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


@pytest.mark.parametrize(
    "choice",
    [
        Choice(id="sgd"),
        Choice(id="sgd", params={"momentum": 0.0, "weight_decay": 0.01}),
        Choice(id="sgd", params={"nesterov": True}),
        Choice(id="rmsprop", params={"centered": True, "momentum": 0.5}),
        Choice(id="adagrad"),
        Choice(id="adam", params={"amsgrad": True, "betas": (0.8, 0.99)}),
        Choice(id="adamw", params={"weight_decay": 0.3}),
        Choice(id="nadam"),
        Choice(id="adadelta"),
        Choice(id="adamax"),
        Choice(id="radam"),
        Choice(id="lbfgs"),
        Choice(id="lbfgs", params={"line_search_fn": None, "lr": 0.1}),
        Choice(id="muon"),
        Choice(id="lookahead", params={"k": 3}),
    ],
    ids=lambda choice: f"{choice.id}-{len(choice.params)}",
)
def test_every_optimizer(choice: Choice, same: Callable[..., Any]) -> None:
    same(moons().with_phase(optimizer=choice))


SCHEDULES: dict[str, dict[str, Any]] = {
    "step": {"step_size": 2},
    "exponential": {},
    "cosine": {},
    "one_cycle": {},
    "plateau": {"patience": 0, "threshold": 0.5},
    "multi_step": {"milestones": (1, 2)},
    "polynomial": {},
    "inverse_time": {},
    "warm_restarts": {"T_0": 1},
    "cyclical": {"step_size_up": 3, "mode": "exp_range"},
}


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule(schedule: str, optimizer: str, same: Callable[..., Any]) -> None:
    chosen = Choice(id=schedule, params=SCHEDULES[schedule])
    same(moons().with_phase(schedule=chosen, optimizer=Choice(id=optimizer)))


@pytest.mark.parametrize("steps", [3, 7, 50])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle", "plateau"])
def test_a_warm_up_in_front(schedule: str, steps: int, same: Callable[..., Any]) -> None:
    shape = "linear" if steps == 3 else "exponential"
    chosen = Choice(id=schedule, params=SCHEDULES.get(schedule, {}))
    same(moons().with_phase(schedule=chosen, warmup_steps=steps, warmup_shape=shape))


@pytest.mark.parametrize(
    "changes",
    [
        {"l1": 0.01},
        {"l2": 0.02},
        {"l1": 0.01, "l2": 0.01, "clip_value": 0.05, "clip_norm": 0.1},
        {"l1": 0.01, "penalize_biases": True},
        {"clip_each": 0.1},
        {"clip_adaptive": 0.05},
        {"max_norm": 0.5},
        {"average": "ema"},
        {"average": "ema", "average_from": 2, "average_decay": 0.5},
        {"average": "swa", "average_from": 2},
        {"decay_biases": False, "optimizer": Choice(id="adamw", params={"weight_decay": 0.3})},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_treatments_of_gradients_and_weights(
    changes: dict[str, Any], same: Callable[..., Any]
) -> None:
    same(moons().with_phase(**changes))


def of_its_own() -> Project:
    """Return a project whose layers are treated otherwise than the phase says."""
    project = moons()
    graph = project.graph.change("n2", lr_factor=0.1, l1=0.01, max_norm=0.3)
    return project.with_graph(graph.change("n5", l2=0.1, initial_bias=0.3))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"l1": 0.002, "decay_biases": False, "max_norm": 1.0, "optimizer": Choice(id="adamw")},
        {"schedule": Choice(id="one_cycle")},
        {"schedule": Choice(id="cyclical"), "warmup_steps": 4},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_layers_with_settings_of_their_own(
    changes: dict[str, Any], same: Callable[..., Any]
) -> None:
    same(of_its_own().with_phase(**changes))


@pytest.mark.parametrize(
    "training",
    [
        {"batch": "all"},
        {"batch_size": 10_000},
        {"seed": 12345},
        {"initializer": "pytorch"},
        {"initializer": "lecun_uniform"},
        {"initializer": "orthogonal"},
        {"initializer": "lsuv"},
        {"initializer": "sparse"},
        {"initializer": "truncated_normal", "initializer_params": {"std": 0.3}},
        {"tolerance": 1.0, "epochs": 9},
        {"metrics": ("f1_macro", "accuracy")},
        {"early_stopping": EarlyStopping(enabled=True, patience=1, min_delta=0.01), "epochs": 9},
        {"early_stopping": EarlyStopping(enabled=True, metric="accuracy", patience=2)},
        {"early_stopping": EarlyStopping(enabled=True, patience=1, restore_best=False)},
    ],
    ids=lambda training: "-".join(training),
)
def test_ways_of_training(training: dict[str, Any], same: Callable[..., Any]) -> None:
    same(moons(**training))


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


@pytest.mark.parametrize("name", FEATURES)
def test_everything_about_training_for_every_graph(name: str, same: Callable[..., Any]) -> None:
    project = FEATURES[name]()
    changes = {"average": "ema", "warmup_steps": 3, "max_norm": 2.0, "decay_biases": False}
    phases = [
        phase.but(
            optimizer=Choice(id="adamw"),
            schedule=Choice(id="one_cycle" if place else "cosine"),
            **changes,
        )
        for place, phase in enumerate(project.training.phases)
    ]
    same(project.with_training(initializer="lsuv", phases=tuple(phases)))


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
def test_the_text_is_clean(name: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    project = FEATURES[name]() if name in FEATURES else files.template(name)
    _is_clean(export(project), script)


@pytest.mark.parametrize("optimizer", ["adamw", "lbfgs"])
def test_the_text_of_every_treatment_is_clean(optimizer: str, tmp_path: Path) -> None:
    made = of_its_own() if optimizer == "adamw" else moons()
    project = made.with_training(initializer="lsuv", tolerance=0.1).with_phase(
        optimizer=Choice(id=optimizer),
        schedule=Choice(id="cyclical"),
        l1=0.1,
        clip_each=1.0,
        clip_adaptive=0.1,
        average="swa",
        average_from=2,
        warmup_steps=5,
        decay_biases=False,
    )
    _is_clean(export(project), tmp_path / "script.py")


def _is_clean(text: str, script: Path) -> None:
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
