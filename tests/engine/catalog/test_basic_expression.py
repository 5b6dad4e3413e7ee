"""Expressions: what they compute, what they refuse, and that nothing else gets through."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from engine.catalog.formulas import FUNCTIONS, LETTERS, FormulaError, understand
from engine.catalog.spec import BATCH, Field
from engine.compile import compile_graph
from engine.graph import Graph
from engine.listing import class_source
from engine.shapes import analyse
from tests.engine.catalog.running import complaint, run


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


A, B, C, D = (torch.randn(3, 4, generator=torch.Generator().manual_seed(n)) for n in range(4))
MEANINGS: list[tuple[str, Any]] = [
    ("a", lambda: A),
    ("2 * a + b / 3 - 1", lambda: 2 * A + B / 3 - 1),
    ("a × b − c ÷ d", lambda: A * B - C / D),
    ("-a ** 2", lambda: -(A**2)),
    ("(-a)²", lambda: A**2),
    ("2 ** a", lambda: 2**A),
    ("a * (b + c) * d", lambda: A * (B + C) * D),
    ("a - (b - c)", lambda: A - (B - C)),
    ("exp(-a**2 / 2) / sqrt(2 * pi)", lambda: torch.exp(-(A**2) / 2) / 2.5066282746310002),
    ("log(e) * a", lambda: A),
    ("= a", lambda: A),
    ("1e-6 ** a + 1e25 * a", lambda: 1e-6**A + 1e25 * A),
    ("2 ** -abs(a) ** b ** 2", lambda: 2 ** -(A.abs() ** (B**2))),
    ("a ** 2 ** b", lambda: A ** (2**B)),
    ("-exp(a) ** b ** 2 - -b ** 2", lambda: -(torch.exp(A) ** (B**2)) + B**2),
    ("a > 0", lambda: (A > 0).float()),
    ("(a > 0) + (b > 0)", lambda: (A > 0).float() + (B > 0).float()),
    ("-1 < a <= 0.5", lambda: ((A > -1) & (A <= 0.5)).float()),
    ("not (a > 0 and b > 0) or c != c", lambda: (~((A > 0) & (B > 0))).float()),
    ("a if a > 0 else 0.2 * a", lambda: nn.functional.leaky_relu(A, 0.2)),
    ("where(a > b, 1, 0)", lambda: (A > B).float()),
    ("max(a, 0) + min(b, c)", lambda: A.clamp(min=0) + torch.minimum(B, C)),
    ("min(1, max(a, b))", lambda: torch.maximum(A, B).clamp(max=1)),
    ("sum(a, 1)", lambda: A.sum(1, keepdim=True)),
    ("a - mean(a)", lambda: A - A.mean(-1, keepdim=True)),
    ("softmax(a + b, -1)", lambda: (A + B).softmax(-1)),
    ("cumsum(a, 1)", lambda: A.cumsum(1)),
    ("a * sigmoid(b)", lambda: A * B.sigmoid()),
    ("round(abs(a)) + floor(b) + ceil(c)", lambda: A.abs().round() + B.floor() + C.ceil()),
    ("erf(a) + log1p(square(b)) + expm1(c)", lambda: A.erf() + (B**2).log1p() + C.expm1()),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS)
def test_an_expression_means_what_it_says(text: str, meaning: Any) -> None:
    used = understand(text).uses
    given_ = [x if name in used else None for name, x in zip(LETTERS, (A, B, C, D), strict=True)]
    found = run(
        "expression", given_[0] if given_[0] is not None else A, *given_[1:], expression=text
    )
    torch.testing.assert_close(found, meaning(), equal_nan=True)


@pytest.mark.parametrize("name", [f for f in FUNCTIONS if f not in ("max", "min", "where")])
def test_every_function_works_and_passes_a_gradient(name: str) -> None:
    x = (torch.rand(2, 3) + 0.1).requires_grad_()
    found = run("expression", x, expression=f"{name}(a)")
    plain = getattr(nn.functional, name, None) or getattr(torch, name)
    wanted = {"sum": lambda v: v.sum(-1, True), "mean": lambda v: v.mean(-1, True)}
    axis = {"softmax", "cumsum"}
    expected = wanted[name](x) if name in wanted else plain(x, -1) if name in axis else plain(x)
    torch.testing.assert_close(found, expected)
    found.sum().backward()
    assert x.grad is not None


def test_inputs_in_between_may_be_missing() -> None:
    torch.testing.assert_close(run("expression", A, None, C, expression="a - c"), A - C)


REFUSED = [
    ("", "empty"),
    ("1 + 2", "uses no input"),
    ("a.data", "not allowed"),
    ("a[0]", "not allowed"),
    ("a @ b", "not allowed"),
    ("a // 2", "not allowed"),
    ("a is b", "not allowed"),
    ("'a'", "not allowed"),
    ("[a]", "not allowed"),
    ("{a}", "not allowed"),
    ("lambda: a", "not allowed"),
    ("(a := 1)", "not allowed"),
    ("[a for a in a]", "not allowed"),
    ("f'{a}'", "not allowed"),
    ("a if True else b", "not allowed"),
    ("1j * a", "not allowed"),
    ("a; b", "cannot be read"),
    ("import os", "cannot be read"),
    ("a +", "cannot be read"),
    ("(" * 250, "cannot be read"),
    ("__import__('os').system('ls')", "not allowed"),
    ("eval(a)", "There is no “eval”"),
    ("sigmiod(a)", "Do you mean “sigmoid”"),
    ("x + a", "There is no “x”"),
    ("exp + a", "is a function"),
    ("a(b)", "is a value"),
    ("exp(a, b)", "takes 1 value; it is given 2"),
    ("max(a)", "takes 2 values; it is given 1"),
    ("sum(a, 0.5)", "must be a whole number"),
    ("sum(a, b)", "must be a whole number"),
    ("sum(a, dim=1)", "without names"),
    ("exp(*a)", "not allowed"),
    ("a and b", "where a comparison is needed"),
    ("a if b else 0", "where a comparison is needed"),
    ("1 < 2", "compares two numbers"),
    ("a / 0 * (1 / 0)", "divides by zero"),
    ("9 ** 9 ** 9 * a", "no real, finite value"),
    ("1e40 * a", "beyond"),
    ("1e20 * 1e20 * a", "beyond"),
    ("relu(1) * a", "not a number alone"),
    ("a" + " + a" * 120, "characters"),
    ("-" * 200 + "a", "levels deep"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_anything_else_is_refused_in_a_sentence(text: str, words: str) -> None:
    said = complaint("expression", (BATCH, 3), expression=text)
    assert words in said
    assert said.endswith((".", "?"))
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "shapes", "words"),
    [
        ("a + b", ((BATCH, 3),), "nothing is wired to it"),
        ("a + b", ((BATCH, 3), (BATCH, 4)), "do not go together"),
        ("sum(a, 0)", ((BATCH, 3),), "the batch"),
        ("mean(a, -2)", ((BATCH, 3),), "the batch"),
        ("softmax(a, 2)", ((BATCH, 3),), "axes 0 to 1"),
        ("a * b", ((BATCH, 3), (BATCH, 2, 3)), "do not go together"),
    ],
)
def test_samples_stay_apart(text: str, shapes: tuple[tuple[int, ...], ...], words: str) -> None:
    assert words in complaint("expression", *shapes, expression=text)


def test_what_is_summed_is_repeated_again() -> None:
    wide, narrow = torch.randn(2, 5, 3), torch.randn(2, 7, 3)
    found = run("expression", wide, narrow, expression="a / sum(b, 1)")
    torch.testing.assert_close(found, wide / narrow.sum(1, keepdim=True))


WORDS = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
KNOWN = {
    *("torch", "nn", "functional", "clamp", "maximum", "minimum", "where", "float"),
    *("dim", "keepdim", "True", "min", "max"),
    *FUNCTIONS,
    *LETTERS,
}
STRANGE = "if else and not import __class__ torch exec eval lambda for in open port_a := # **"
PIECES = st.sampled_from((*LETTERS, *FUNCTIONS, *"()+-*/<>=,.:[]{}'_ 019", *STRANGE.split()))


@settings(max_examples=600, deadline=None, derandomize=True, database=None)
@given(st.lists(PIECES, max_size=12).map(" ".join) | st.text(max_size=40))
@example("a if a > 0 else -sum(b, 1)")
@example("port_a + a")
@example("torch.load(a)")
def test_nothing_but_the_known_gets_through(text: str) -> None:
    try:
        formula = understand(text)
    except FormulaError:
        return
    assert formula.uses <= set(LETTERS)
    assert set(re.findall(r"\{(\w+)\}", formula.code)) == formula.uses
    code = re.sub(r"\{(\w)\}", r"\1", formula.code)
    numbers = re.sub(r"\b\d[\w.]*(?:e[+-]?\d+)?", "0", code)
    assert set(WORDS.findall(numbers)) <= KNOWN
    for node in ast.walk(ast.parse(code, mode="eval")):
        assert not isinstance(node, ast.Subscript | ast.Lambda | ast.Starred | ast.JoinedStr)
        if isinstance(node, ast.Attribute):
            assert node.attr in KNOWN
        if isinstance(node, ast.Constant):
            assert isinstance(node.value, int | float)


def test_written_code_computes_the_same() -> None:
    graph, first = Graph().add("input", field="x")
    graph, second = graph.add("input", field="z")
    graph, node = graph.add("expression", expression="a * sigmoid(b) if a > b else sum(b, 1)")
    graph, end = graph.add("output")
    graph = graph.connect(first, node, target_port="a").connect(second, node, target_port="b")
    graph = graph.connect(node, end)
    graph, loss = graph.add("mse", field="z")
    graph = graph.connect(node, loss, target_port="prediction")
    fields = {n: Field(name=n, shape=(4,)) for n in ("x", "z")}
    assert analyse(graph, fields).nodes[node].outputs["out"].shape == (BATCH, 4)
    network = compile_graph(graph, fields)
    expected = torch.where(A > B, A * B.sigmoid(), B.sum(1, keepdim=True))
    torch.testing.assert_close(network(A, B), expected)
    scope: dict[str, Any] = {"torch": torch, "nn": nn}
    exec(class_source(graph, fields), scope)
    assert torch.equal(scope["Network"]()(A, B), network(A, B))


def test_a_bad_expression_is_a_problem_of_its_node() -> None:
    graph, first = Graph().add("input", field="x")
    graph, node = graph.add("expression", expression="open(a)")
    graph = graph.connect(first, node, target_port="a")
    graph, end = graph.add("output")
    graph = graph.connect(node, end)
    found = analyse(graph, {"x": Field(name="x", shape=(4,))}).problems
    assert [p.node for p in found if p.severity == "error"] == [node]
    assert "There is no “open”" in found[0].message
