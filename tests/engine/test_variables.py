"""Expressions: what they come to, what they refuse, and names added, renamed and removed."""

from __future__ import annotations

import math
import re
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import files, variables
from engine.catalog import registry
from engine.catalog.spec import Param
from engine.graph import NETWORK, Graph
from engine.project import Choice, Phase, Project
from engine.shapes import analyse
from engine.variables import VariableError, evaluate, names_in
from engine.variables.expressions import renamed

NAMES: dict[str, int | float] = {"width": 64, "depth": 3, "rate": 0.5, "größe": 2}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("=width * 2", 128),
        ("width", 64),
        ("= width / 2", 32.0),
        ("=width // 10", 6),
        ("=-width % 10", 6),
        ("=2 ** depth", 8),
        ("=+(width - depth) * rate", 30.5),
        ("=min(width, 10, depth)", 3),
        ("=max(width, 100.5)", 100.5),
        ("=round(rate * 5)", 2),
        ("=round(2.567, 2)", 2.57),
        ("=int(rate * 5)", 2),
        ("=1e-3", 0.001),
        ("=1_000", 1000),
        ("=größe × 3", 6),
        ("=width − 1", 63),
        ("=width\n  + 1", 65),
    ],
)
def test_what_an_expression_comes_to(text: str, value: float) -> None:
    found = evaluate(text, NAMES)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("=", "Nothing stands after"),
        ("=widht", "no variable “widht”. Do you mean “width”"),
        ("=colour", "There are depth, größe, rate, width"),
        ("=9**9**9", "too large"),
        ("=10**18 * 10**18", "too large"),
        ("=1e300 * 1e300", "too large"),
        ("=1e999", "too large"),
        ("=width / 0", "divides by zero"),
        ("=width % (depth - 3)", "divides by zero"),
        ("=0 ** -1", "divides by zero"),
        ("=(-8) ** 0.5", "-8 has no power of 0.5"),
        ("=round(5, -1000000000)", "0 to 20 digits"),
        ("=round(5, 1.5)", "0 to 20 digits"),
        ("=min(1)", "2 numbers or more; it is given 1"),
        ("=int()", "1 number; it is given 0"),
        ("=min", "is a function"),
        ("=print(1)", "no function “print”"),
        ("=round(number=1)", "cannot be worked out"),
        ("=2width", "neither a number nor a name"),
        ("=0x10", "neither a number nor a name"),
        ("=1if 1else 2", "neither a number nor a name"),
        ("=True", "cannot be worked out"),
        ("=[1]", "cannot be worked out"),
        ("='a'", "cannot be worked out"),
        ("=width.real", "cannot be worked out"),
        ("=().__class__", "cannot be worked out"),
        ("=lambda: 1", "cannot be worked out"),
        ("=width if 1 else 2", "cannot be worked out"),
        ("=width and 2", "cannot be worked out"),
        ("=~width", "cannot be worked out"),
        ("=width < 2", "cannot be worked out"),
        ("=(x:=3)", "cannot be worked out"),
        ("=min(*width)", "cannot be worked out"),
        ("=__import__(depth)", "no function “__import__”"),
        ("=" + "-" * 300 + "1", "at most 200 characters"),
        ("=" + "(" * 99 + "1", "cannot be worked out"),
    ],
)
def test_what_an_expression_refuses(text: str, words: str) -> None:
    with pytest.raises(VariableError, match=re.escape(words)) as caught:
        evaluate(text, NAMES)
    assert "\n" not in str(caught.value)


def test_without_variables_it_says_so() -> None:
    with pytest.raises(VariableError, match="the project has none yet"):
        evaluate("=width", {})


@given(st.text(alphabet="widthrae019.+-*/%() ,min²×=\n\t\x00'\"[]{}:_", max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_number_or_a_sentence(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            value = evaluate(text, NAMES)
        except VariableError:
            return
    assert math.isfinite(value)
    assert type(value) in (int, float)


def trees() -> st.SearchStrategy[str]:
    leaf = st.one_of(
        st.integers(0, 99).map(str),
        st.floats(0, 99).map(lambda f: f"{f:.4f}"),
        st.sampled_from(list(NAMES)),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner).map(
                lambda t: f"({t[0]} {t[1]} {t[2]})"
            ),
            inner.map(lambda t: f"-{t}"),
            st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
                lambda t: f"{t[0]}({t[1]}, {t[2]})"
            ),
        ),
        max_leaves=8,
    )


@given(trees())
@settings(max_examples=300, deadline=None)
def test_arithmetic_is_that_of_python(text: str) -> None:
    try:
        expected: Any = eval(text, {"__builtins__": {}, "min": min, "max": max}, dict(NAMES))
    except ZeroDivisionError:
        expected = None
    if expected is None or len(text) > 200:
        with pytest.raises(VariableError, match=r"divides by zero|at most 200"):
            evaluate(f"={text}", NAMES)
        return
    found = evaluate(f"={text}", NAMES)
    assert found == expected
    assert type(found) is type(expected)


@given(trees())
@settings(max_examples=200, deadline=None)
def test_another_name_changes_no_value(text: str) -> None:
    text = f"={text}"
    other = renamed(renamed(text, "width", "breite"), "größe", "g")
    assert names_in(other).isdisjoint({"width", "größe"})
    names = {**NAMES, "breite": NAMES["width"], "g": NAMES["größe"]}
    try:
        assert evaluate(other, names) == evaluate(text, NAMES)
    except VariableError:
        with pytest.raises(VariableError):
            evaluate(text, NAMES)


def test_a_name_is_not_a_part_of_another() -> None:
    assert renamed("=a + ab * a1 - 1e5 + max(a, 2)", "a", "b") == "=b + ab * a1 - 1e5 + max(b, 2)"
    assert renamed("=max(max, 2)", "max", "most") == "=max(most, 2)"
    assert renamed("=a +", "a", "b") == "=a +"


# -- settings


def test_settings_are_worked_out_item_by_item() -> None:
    spec = registry.node("conv2d")
    assert spec is not None
    params = {"out_channels": "=width", "kernel_size": ("=depth", 5), "padding": "=depth // 2"}
    found = variables.resolve_params(spec, params, NAMES)
    assert found == {"out_channels": 64, "kernel_size": (3, 5), "padding": 1}
    values = spec.values(found)
    assert values["padding"] == (1, 1)
    same = {"out_channels": 5, "unknown": "=width"}
    assert variables.resolve_params(spec, {"out_channels": 5}, NAMES) == {"out_channels": 5}
    assert variables.resolve_params(spec, same, NAMES)["unknown"] == "=width"
    assert variables.resolve_params(spec, (p := {"out_channels": 5}), NAMES) is p


def test_text_stays_text() -> None:
    param = Param(name="path", default="", doc="P.")
    assert variables.resolve_value(param, "=width", NAMES) == "=width"


def test_the_sentence_names_the_setting() -> None:
    spec = registry.node("dense")
    assert spec is not None
    with pytest.raises(VariableError, match=r"^Units: There is no variable “w”"):
        variables.resolve_params(spec, {"out_features": "=w"}, {"depth": 1})


def test_what_is_not_a_node_is_worked_out_for_a_run() -> None:
    project = Project(variables={"rate": 0.5, "samples": 50})
    project = project.with_phase(
        optimizer=Choice(id="sgd", params={"lr": "=rate / 10", "momentum": 0.9}),
        schedule=Choice(id="step", params={"step_size": "=samples // 10"}),
    ).with_data(source=Choice(id="moons", params={"samples": "=samples * 2"}))
    done = variables.resolve(project)
    assert done.phase.optimizer.params == {"lr": 0.05, "momentum": 0.9}
    assert done.phase.schedule.params == {"step_size": 5}
    assert done.data.source.params == {"samples": 100}
    assert variables.resolve(done) is done
    with pytest.raises(VariableError, match=r"SGD.*: .*rate"):
        variables.resolve(project.but(variables={"samples": 50}))


# -- names


def block() -> Graph:
    """A network with a setting, an expression that uses it, and one that uses a variable."""
    graph, first = Graph(title="Block", settings={"channels": 4}).add("input", "in")
    graph, dense = graph.add("dense", "inner", out_features="=channels * width")
    graph, end = graph.add("output", "out")
    return graph.connect(first, dense).connect(dense, end)


def everywhere() -> Project:
    """A project that uses `width` in every way, and a network whose setting hides it."""
    hiding, _ = Graph(title="Hiding", settings={"width": 8}).add("dense", out_features="=width")
    graph, first = Graph().add("input")
    graph, conv = graph.add("dense", "wide", out_features="=width // 2")
    graph, _ = graph.add("reshape", "shaped", shape=("=width", 3))
    graph, place = graph.add(NETWORK, "placed", network="block")
    graph, loss = graph.add("mse")
    graph = graph.change(place, arguments={"channels": "=width + 1"})
    graph = graph.connect(first, conv).connect(conv, place, target_port="n1")
    graph = graph.connect(place, loss, "n3", "prediction")
    return Project(
        networks={"main": graph, "block": block(), "hiding": hiding},
        variables={"width": 16, "rate": 0.1},
    ).with_phase(optimizer=Choice(id="sgd", params={"lr": "=rate / width"}))


def test_who_uses_a_name() -> None:
    project = everywhere()
    found = variables.users(project, "width")
    assert [use.text for use in found] == [
        "wide (main), Units",
        "shaped (main), Shape",
        "placed (main), channels",
        "inner (Block), Units",
        "SGD (train), Learning rate (η)",
    ]
    assert [use.node for use in found] == ["n2", "n3", "n4", "n2", ""]
    assert {use.network for use in found} == {"main", "block", ""}
    assert [use.text for use in variables.users(project, "channels", "block")] == [
        "inner (Block), Units"
    ]
    assert variables.users(project, "width", "hiding")[0].network == "hiding"
    assert variables.users(project, "depth") == ()


def test_renaming_reaches_everything_that_sees_the_name() -> None:
    project = everywhere()
    done = variables.rename(project, "width", "size")
    assert list(done.variables) == ["size", "rate"]
    nodes = done.graph.nodes
    assert nodes["n2"].params["out_features"] == "=size // 2"
    assert nodes["n3"].params["shape"] == ("=size", 3)
    assert nodes["n4"].arguments == {"channels": "=size + 1"}
    assert done.networks["block"].nodes["n2"].params["out_features"] == "=channels * size"
    assert done.networks["hiding"] is project.networks["hiding"]
    assert done.phase.optimizer.params == {"lr": "=rate / size"}
    assert variables.rename(done, "size", "width") == project


def test_renaming_a_setting_reaches_its_places() -> None:
    project = everywhere()
    done = variables.rename(project, "channels", "filters", "block")
    assert done.networks["block"].settings == {"filters": 4}
    assert done.networks["block"].nodes["n2"].params["out_features"] == "=filters * width"
    assert done.graph.nodes["n4"].arguments == {"filters": "=width + 1"}
    assert variables.rename(done, "filters", "channels", "block") == project


def test_a_rename_must_not_change_a_meaning() -> None:
    project = everywhere()
    with pytest.raises(VariableError, match=r"inner .Block.* has a setting “channels”"):
        variables.rename(project, "width", "channels")
    with pytest.raises(VariableError, match=r"inner .Block.* uses the project's variable “width”"):
        variables.rename(project, "channels", "width", "block")


def test_what_is_used_cannot_be_removed() -> None:
    project = everywhere()
    with pytest.raises(VariableError, match=r"“width” is used by wide .* and 2 more"):
        variables.remove(project, "width")
    free = variables.put(project, "spare", 3)
    assert variables.remove(free, "spare") == project
    unused = variables.put(project, "spare", 1, "block")
    graph = unused.graph.change("n4", arguments={"channels": 2, "spare": 5})
    gone = variables.remove(unused.with_graph(graph), "spare", "block")
    assert gone.graph.nodes["n4"].arguments == {"channels": 2}
    assert gone.networks["block"].settings == {"channels": 4}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "needs a name"),
        ("2a", "cannot be a name"),
        ("a b", "cannot be a name"),
        ("a-b", "cannot be a name"),
        ("lambda", "meaning of its own"),
        ("min", "meaning of its own"),
        ("a" * 41, "at most 40"),
        ("width", "The project has a variable “width” already"),
    ],
)
def test_names_that_cannot_be(name: str, words: str) -> None:
    with pytest.raises(VariableError, match=words):
        variables.check_name(everywhere(), name)


def test_a_value_is_finite() -> None:
    with pytest.raises(VariableError, match="finite"):
        variables.put(Project(), "a", math.inf)
    assert variables.put(Project(), "a", 2).variables == {"a": 2}


def test_a_variable_reshapes_everything() -> None:
    from engine.catalog.spec import Field

    fields = {
        "x": Field(name="x", shape=(7,)),
        "y": Field(name="y", shape=(1,), role="target"),
    }
    project = everywhere()
    project = project.with_graph(project.graph.remove(["n3"]))
    info = analyse(project.graph, project.scope(fields)).nodes["n4"]
    assert next(iter(info.outputs.values())).shape[-1] == 17 * 16
    project = variables.put(project, "width", 4)
    info = analyse(project.graph, project.scope(fields)).nodes["n4"]
    assert next(iter(info.outputs.values())).shape[-1] == 5 * 4
    gone = project.but(variables={"rate": 1.0})
    problems = analyse(gone.graph, gone.scope(fields)).problems
    assert any("There is no variable “width”" in p.message for p in problems)


def test_expressions_survive_a_file() -> None:
    project = everywhere()
    assert files.loads(files.dumps(project)) == project
    assert Phase() in Project().training.phases
