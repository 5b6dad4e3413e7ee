"""The graph as a value: edits return new graphs, loops are refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.graph import CycleError, Edge, Graph, GraphError, slug


def chain(*specs: str) -> tuple[Graph, list[str]]:
    graph, ids = Graph(), []
    for spec in specs:
        graph, node = graph.add(spec)
        if ids:
            port = "prediction" if spec in {"cross_entropy", "mse"} else "in"
            graph = graph.connect(ids[-1], node, target_port=port)
        ids.append(node)
    return graph, ids


def test_an_edit_leaves_the_old_graph_as_it_was() -> None:
    graph, (a, b, c) = chain("input", "dense", "relu")
    before = graph.model_dump_json()
    graph.remove([b], heal=True).set_params(c, {"x": 1}).change(a, name="other")
    assert graph.model_dump_json() == before


def test_removing_heals_the_wire() -> None:
    graph, (a, b, c) = chain("input", "dense", "relu")
    healed = graph.remove([b], heal=True)
    assert healed.edges == (Edge(source=a, target=c),)
    assert graph.remove([b]).edges == ()


def test_healing_does_not_wire_twice() -> None:
    graph, (a, b) = chain("input", "relu")
    graph, both = graph.add("add")
    graph = graph.connect(a, both).connect(b, both)
    assert graph.remove([b], heal=True).edges == (Edge(source=a, target=both),)


def test_a_single_input_keeps_only_the_newest_wire() -> None:
    graph, (a, b, c) = chain("input", "dense", "relu")
    assert graph.connect(a, c).incoming(c) == (Edge(source=a, target=c),)
    graph, add = graph.add("add")
    both = graph.connect(b, add).connect(c, add)
    assert [e.source for e in both.incoming(add)] == [b, c]


def test_a_loop_is_refused_with_the_names() -> None:
    graph, (_, b, c) = chain("input", "dense", "relu")
    with pytest.raises(CycleError, match="'relu' to 'dense' would close a loop"):
        graph.connect(c, b)
    looped = graph.but(edges=(*graph.edges, Edge(source=c, target=b)))
    with pytest.raises(CycleError, match=r"dense → relu → dense|relu → dense → relu"):
        looped.order()


def test_a_missing_port_is_named() -> None:
    graph, (a, b) = chain("input", "dense")
    with pytest.raises(GraphError, match="no input port called 'side'"):
        graph.connect(a, b, target_port="side")


@given(st.lists(st.sampled_from(["dense", "Dense", "dense 2", "dense_2", "lambda", "1x1"])))
def test_names_never_clash_as_identifiers(names: list[str]) -> None:
    graph = Graph()
    for name in names:
        graph, _ = graph.add("dense", name)
    slugs = [slug(n.name) for n in graph.nodes.values()]
    assert len(set(slugs)) == len(slugs)


@given(st.integers(2, 12), st.data())
def test_the_order_follows_every_wire(size: int, data: st.DataObject) -> None:
    graph, ids = Graph(), []
    for _ in range(size):
        graph, node = graph.add("add")
        ids.append(node)
    for _ in range(data.draw(st.integers(0, 20))):
        a, b = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(ids))
        try:
            graph = graph.connect(a, b)
        except CycleError:
            assert a == b or a in graph.downstream(b)
    place = {node: i for i, node in enumerate(graph.order())}
    assert all(place[e.source] < place[e.target] for e in graph.edges)
