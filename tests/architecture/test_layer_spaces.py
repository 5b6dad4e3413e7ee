"""Every layer and loss over its settings and what may come in: it runs, or refuses in a sentence.

`LAYERLOOM_EXAMPLES` asks for more than the few examples that an ordinary run takes for each entry.
"""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.catalog import registry
from engine.catalog.spec import BATCH, LayerSpec, LossSpec, Param, Port, TensorSpec
from engine.emit import asks_like
from engine.graph import Graph
from engine.shapes import analyse
from engine.trace import ShapeError, Trace, build, run_function, trace

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = int(os.environ.get("LAYERLOOM_EXAMPLES", "15"))
NODES = registry.nodes()
RUNNABLE = [spec for spec in NODES.values() if spec.examples]
LIMIT = 2_000_000
"""How many numbers and operations a node may need to be run for real."""
BATCH_SIZE = 2
CHECKED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
SIZES = st.sampled_from((1, 2, 3, 4, 5, 6, 8, 9, 12, 16))
KINDS = st.sampled_from(("float32", "float32", "float32", "int64", "bool"))
TEXTS = st.one_of(
    st.sampled_from(
        ("", "a", "a + b", "a if a > 0 else -a", "sum(a, 1)", "mean(a, 0)", "1", "a.b")
    ),
    st.text(max_size=8),
)

# -- settings


def bounds(param: Param) -> tuple[float | None, float | None]:
    """Return the least and the greatest value a number may have, where there is one."""
    tiny = 1 if param.type in ("int", "ints") else 1e-3
    low = param.ge if param.gt is None else param.gt + tiny
    high = param.le if param.lt is None else param.lt - tiny
    return low, high


def wholes(param: Param) -> st.SearchStrategy[int]:
    """Return whole numbers in range: mostly small, now and then the ends."""
    low, high = bounds(param)
    least = int(-3 if low is None else low)
    most = 2**31 if high is None else int(high)
    small = [n for n in (*range(max(least, -3), max(least, -3) + 9), 12, 16) if least <= n <= most]
    ends = [least, most, max(least, most // 3)]
    return st.sampled_from([*small * 3, *ends])


def decimals(param: Param) -> st.SearchStrategy[float]:
    """Return decimal numbers in range: usual ones and the ends."""
    low, high = bounds(param)
    least, most = -1e30 if low is None else low, 1e30 if high is None else high
    known = (0.0, 0.1, 0.25, 0.5, 0.9, 1.0, 2.0, 7.5, -0.5, -3.0)
    usual = [v for v in known if least <= v <= most]
    exclusive = [v for v in usual if v not in (param.gt, param.lt)]
    return st.sampled_from([*exclusive * 2, float(least), float(most)])


def several(param: Param) -> st.SearchStrategy[Any]:
    """Return as many numbers as the setting wants, or one of its words."""
    one: st.SearchStrategy[Any] = wholes(param) if param.type == "ints" else decimals(param)
    made = st.lists(one, min_size=param.length or 0, max_size=param.length or 4).map(tuple)
    return st.one_of(made, st.sampled_from(param.choices)) if param.choices else made


def names(param: Param) -> st.SearchStrategy[Any]:
    """Return some short names."""
    return st.lists(st.text(max_size=4), max_size=3).map(tuple)


DRAWN: dict[str, Callable[[Param], st.SearchStrategy[Any]]] = {
    "bool": lambda param: st.booleans(),
    "choice": lambda param: st.sampled_from(param.choices),
    "int": wholes,
    "float": decimals,
    "ints": several,
    "floats": several,
    "names": names,
    "text": lambda param: TEXTS,
}


def valid(param: Param) -> st.SearchStrategy[Any]:
    """Return values that a form lets through; a name of something else stays as it is."""
    usual: st.SearchStrategy[Any] = st.just(param.default)
    made = DRAWN[param.type](param) if param.type in DRAWN else usual
    return st.one_of(usual, usual, made, made, st.none()) if param.optional else usual | made


INVALID = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from((10**30, -(10**400), 1e308, float("nan"), float("inf"), -float("inf"), 0.5)),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.lists(st.one_of(st.integers(), st.floats(), st.none(), st.text(max_size=2)), max_size=4),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.just(object()),
)

# -- what comes in


def like_example(draw: Any, spec: LayerSpec) -> tuple[list[TensorSpec], tuple[int, ...]]:
    """Return an example with its sizes changed: what was equal stays equal."""
    shapes = draw(st.sampled_from(spec.examples))
    new = {n: draw(st.just(n) | SIZES) for shape in shapes for n in shape[1:]}
    kinds = spec.example_dtypes or ("float32",) * len(shapes)
    specs = [
        TensorSpec((BATCH, *(new[n] for n in shape[1:])), kind)
        for shape, kind in zip(shapes, kinds, strict=False)
    ]
    if len(spec.inputs) == 1 and spec.inputs[0].many:
        return specs, (len(specs),)
    return specs, (1,) * len(specs) + (0,) * (len(spec.inputs) - len(specs))


def freely(draw: Any, spec: LayerSpec) -> tuple[list[TensorSpec], tuple[int, ...]]:
    """Return any tensors on the ports: of fitting ranks mostly, often of one shape."""
    specs: list[TensorSpec] = []
    counts: list[int] = []
    common = [draw(SIZES) for _ in range(7)]
    for port in spec.inputs:
        count = draw(wires(port, spec))
        counts.append(count)
        for _ in range(count):
            least, most = port.ranks()
            top = max(least, most if most is not None else least + 2)
            rank = draw(st.one_of(st.integers(max(1, least), max(1, top)), st.integers(1, 6)))
            sizes = common[: rank - 1] if draw(st.booleans()) else [draw(SIZES)] * (rank - 1)
            specs.append(TensorSpec((BATCH, *sizes), draw(KINDS)))
    return specs, tuple(counts)


def wires(port: Port, spec: LayerSpec) -> st.SearchStrategy[int]:
    """Return how many wires may end in a port when the node is looked at."""
    if port.many:
        return st.integers(1, 3)
    if isinstance(spec, LossSpec) and port.name == "target":
        return st.just(1)
    return st.integers(0, 1) if port.optional else st.just(1)


@st.composite
def case(draw: Any, spec: LayerSpec) -> tuple[dict[str, Any], list[TensorSpec], tuple[int, ...]]:
    """Return settings that a form lets through, and what comes in."""
    given_ = {p.name: draw(valid(p)) for p in spec.params}
    incoming, ports = (like_example if draw(st.integers(0, 2)) else freely)(draw, spec)
    return spec.values(given_), incoming, ports


# -- running


def tensor(spec: TensorSpec, low: float, high: float) -> torch.Tensor:
    """Return a batch of what a wire carries; whole numbers are all 0, a valid index anywhere."""
    shape = spec.with_batch(BATCH_SIZE)
    if spec.dtype == "int64":
        return torch.zeros(shape, dtype=torch.int64)
    if spec.dtype == "bool":
        return torch.ones(shape, dtype=torch.bool)
    return low + (high - low) * torch.rand(shape)


def affordable(made: Trace, incoming: list[TensorSpec], values: dict[str, Any]) -> bool:
    """Return whether the node is small enough to be run for real."""
    numbers = [n for v in values.values() for n in (v if isinstance(v, tuple) else (v,))]
    if any(isinstance(n, int) and abs(n) > 100 for n in numbers):
        return False
    out = sum(s.count(BATCH_SIZE) for _, s in made.outputs)
    return made.parameters + out + sum(s.count(1) for s in incoming) + made.flops < LIMIT


def run(
    spec: LayerSpec, values: dict[str, Any], incoming: list[TensorSpec], ports: tuple[int, ...]
) -> None:
    """Run a node for real, training and not; what it puts out has the forecast shapes."""
    made = trace(spec, values, incoming, ports)
    if not affordable(made, incoming, values):
        return
    module = build(spec, values, incoming)
    low, high = spec.example_range or (-2.0, 2.0)
    given_ = [tensor(s, low, high) for s in incoming]
    like = [torch.zeros(BATCH_SIZE)] if asks_like(spec) else []
    for training in (False, True):
        if module is not None:
            module.train(training)
        with torch.no_grad():
            results = run_function(spec, values, ports)(module, *like, *given_)
        shapes = [tuple(r.shape) for r in results]
        assert shapes == [s.with_batch(BATCH_SIZE) for _, s in made.outputs]


@pytest.mark.parametrize("spec", RUNNABLE, ids=lambda s: s.id)
def test_a_valid_form_runs_or_is_refused_in_a_sentence(spec: LayerSpec) -> None:
    @CHECKED
    @given(case(spec))
    def walk(drawn: tuple[dict[str, Any], list[TensorSpec], tuple[int, ...]]) -> None:
        values, incoming, ports = drawn
        with warnings.catch_warnings():
            # PyTorch warns of what is slow, of even kernels and of layers without weights.
            warnings.simplefilter("ignore")
            try:
                run(spec, values, incoming, ports)
            except ShapeError as refusal:
                said = str(refusal)
                assert said.endswith((".", "”"))
                assert "\n" not in said
                assert "Traceback" not in said

    walk()


def refused(spec: LayerSpec, param: Param, value: Any) -> str:
    """Return the sentence with which a setting is refused, or nothing."""
    try:
        found = spec.values({param.name: value})[param.name]
    except ValueError as refusal:
        return str(refusal)
    assert param.check(found) == found
    return ""


@pytest.mark.parametrize("spec", [s for s in NODES.values() if s.params], ids=lambda s: s.id)
def test_an_invalid_value_never_gets_into_a_layer(spec: LayerSpec) -> None:
    @CHECKED
    @given(st.sampled_from(spec.params), INVALID)
    def walk(param: Param, value: Any) -> None:
        said = refused(spec, param, value)
        if said and not isinstance(value, str):
            assert param.label in said
            graph, node = Graph().add(spec.id)
            problems = analyse(graph.set_params(node, {param.name: value}), {}).problems
            assert any(p.node == node and p.kind == "param" for p in problems)

    walk()
