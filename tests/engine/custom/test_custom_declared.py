"""What a custom layer declares, and what is read off its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.custom import declared, source
from engine.custom.declared import DeclaredError
from tests.engine.custom.own_texts import marking

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "axes", "dtype"),
    [
        ("image: N C H W", ("N", "C", "H", "W"), "float"),
        ("ids:N L int", ("N", "L"), "int"),
        ("x", (), "float"),
        ("x: any", (), "any"),
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
