import pytest

from engine.assign import assign
from engine.files import template
from engine.project import Project


@pytest.fixture(scope="module")
def project() -> Project:
    return template("digits-mlp")


def test_a_full_path_sets_any_value(project: Project) -> None:
    assert assign(project, "training.epochs", "7").training.epochs == 7
    assert assign(project, "data.split.seed", "3").data.split.seed == 3
    assert assign(project, "title", "mine").title == "mine"
    clipped = assign(project, "training.phases.0.clip_norm", "1.5")
    assert clipped.phase.clip_norm == 1.5
    assert assign(clipped, "training.phases.0.clip_norm", "null").phase.clip_norm is None


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("epochs", "training.epochs"),
        ("l2", "training.phases.0.l2"),
        ("lr", "training.phases.0.optimizer.params.lr"),
        ("early_stopping.patience", "training.early_stopping.patience"),
        ("hidden1.out_features", "networks.main.nodes.n2.params.out_features"),
        ("n2.out_features", "networks.main.nodes.n2.params.out_features"),
        ("hidden1.name", "networks.main.nodes.n2.name"),
    ],
)
def test_a_short_path_is_the_full_one(project: Project, short: str, full: str) -> None:
    changed = assign(project, short, "5" if not short.endswith("name") else "five")
    assert changed == assign(project, full, "5" if not short.endswith("name") else "five")
    assert changed != project


def test_the_rest_stays_as_it_was(project: Project) -> None:
    old = str(project.phase.optimizer.params["lr"])
    assert assign(assign(project, "lr", "0.5"), "lr", old) == project


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("epoch", "7", "There is no epoch: a project has format, title"),
        ("training.epoch", "7", "There is no training.epoch: training has phases"),
        ("training.phases.4.l2", "7", "training.phases has 1 entries"),
        ("training.epochs.now", "7", "training.epochs is a single value"),
        ("training.epochs", "many", "training.epochs must be a whole number; received 'many'"),
        ("lr", "-1", "must be"),
        ("lr", "fast", "must be a finite number"),
        ("hidden1.out_features", "0", "must be at least 1"),
        ("hidden1.outs", "3", "the settings of Dense are out_features"),
        (
            "training.phases.0.optimizer.params.speed",
            "3",
            "There is no training.phases.0.optimizer",
        ),
        ("training.seed", "NaN", "training.seed must be a whole number"),
    ],
)
def test_what_cannot_be_set_is_a_sentence(
    project: Project, path: str, text: str, words: str
) -> None:
    with pytest.raises(ValueError, match=r"\.$") as caught:
        assign(project, path, text)
    assert words in str(caught.value)


def test_a_placeholder_cannot_be_set(project: Project) -> None:
    graph = project.graph.change("n2", spec="quantum")
    with pytest.raises(ValueError, match="'quantum' is unknown"):
        assign(project.with_graph(graph), "hidden1.out_features", "3")


def test_variables_and_expressions_can_be_set(project: Project) -> None:
    named = project.but(variables={"width": 8})
    wider = assign(named, "width", "64")
    assert wider == assign(named, "variables.width", "64")
    assert wider.variables == {"width": 64}
    chosen = assign(wider, "hidden1.out_features", "=width * 2")
    assert chosen.graph.nodes["n2"].params["out_features"] == "=width * 2"
    assert assign(wider, "lr", "=1 / width").phase.optimizer.params["lr"] == "=1 / width"
    with pytest.raises(ValueError, match=r"There is no variables.depth: variables has width"):
        assign(named, "variables.depth", "3")
