"""Weights and optimizer state that survive edits: widened, narrowed, moved, taken back, saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn, optim

from engine.files import FileError
from engine.weights import Report, WeightStore
from engine.weights import store as stores

if TYPE_CHECKING:
    from pathlib import Path


def named(module: nn.Module, at: str = "main:n1") -> dict[str, torch.Tensor]:
    """Return a module's parameters and buffers by weight path."""
    return {f"{at}/{name}": tensor for name, tensor in module.state_dict().items()}


def trained(module: nn.Module, optimizer: optim.Optimizer, *shape: int, steps: int = 3) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        out = module(torch.randn(5, *shape))
        (out[0] if isinstance(out, tuple) else out).square().sum().backward()
        optimizer.step()


def test_equal_shapes_get_exactly_what_was_there() -> None:
    before, after = nn.Linear(4, 3), nn.Linear(4, 3)
    store = WeightStore()
    store.take(named(before))
    with torch.no_grad():
        kept = before.weight.clone()
        before.weight.zero_()
    report = store.give(named(after))
    assert torch.equal(after.weight, kept)
    assert torch.equal(after.bias, before.bias)
    assert report == Report(kept=("main:n1/weight", "main:n1/bias"))
    assert after.weight.requires_grad


def test_widening_keeps_every_matching_weight() -> None:
    before, after = nn.Conv2d(3, 8, 3), nn.Conv2d(5, 12, 3)
    fresh = after.weight.detach().clone()
    store = WeightStore()
    store.take(named(before))
    report = store.give(named(after))
    assert torch.equal(after.weight[:8, :3], before.weight)
    assert torch.equal(after.weight[8:], fresh[8:])
    assert torch.equal(after.weight[:, 3:], fresh[:, 3:])
    assert set(report.partly) == {"main:n1/weight", "main:n1/bias"}
    assert str(report) == "2 weight tensors kept in part."


def test_narrowing_and_back_is_exact() -> None:
    wide, narrow, again = nn.Linear(6, 9), nn.Linear(6, 4), nn.Linear(6, 9)
    store = WeightStore()
    store.take(named(wide))
    store.give(named(narrow))
    assert torch.equal(narrow.weight, wide.weight[:4])
    store.take(named(narrow))
    assert store.give(named(again)).kept
    assert torch.equal(again.weight, wide.weight)
    assert torch.equal(store.latest("main:n1/weight"), narrow.weight)  # type: ignore[arg-type]


def test_another_shape_takes_from_the_latest() -> None:
    store = WeightStore()
    for size in (2, 3):
        store.take({"main:n1/weight": torch.full((size, 2), float(size))})
    target = torch.zeros(5, 2)
    store.give({"main:n1/weight": target})
    assert target[:, 0].tolist() == [3, 3, 3, 0, 0]


def test_what_has_nothing_in_common_stays_as_it_is() -> None:
    store = WeightStore()
    store.take({"main:n1/weight": torch.ones(2, 2)})
    conv, other = torch.zeros(2, 2, 3, 3), torch.zeros(2, 2)
    report = store.give({"main:n1/weight": conv, "main:n2/weight": other})
    assert report.fresh == ("main:n1/weight", "main:n2/weight")
    assert not conv.any()
    assert str(report) == "2 weight tensors new."
    assert str(Report()) == "There are no weights."


def test_counts_of_batches_are_kept() -> None:
    before, after = nn.BatchNorm1d(3), nn.BatchNorm1d(5)
    before(torch.randn(8, 3))
    store = WeightStore()
    store.take(named(before))
    report = store.give(named(after))
    assert after.num_batches_tracked is not None
    assert after.num_batches_tracked.item() == 1
    assert after.running_mean is not None
    assert torch.equal(after.running_mean[:3], before.running_mean)  # type: ignore[arg-type]
    assert after.running_mean[3:].tolist() == [0, 0]
    assert report.kept == ("main:n1/num_batches_tracked",)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("sizes", [(4, 7), (7, 4)])
def test_every_gate_keeps_its_own_weights(kind: type[nn.Module], sizes: tuple[int, int]) -> None:
    make: Any = kind
    one, two = sizes
    before = make(3, one, 2, batch_first=True, bidirectional=True)
    after = make(3, two, 2, batch_first=True, bidirectional=True)
    fresh = {k: v.clone() for k, v in after.state_dict().items()}
    store = WeightStore()
    store.take(named(before))
    store.give(named(after))
    gates, least = before.weight_hh_l0.shape[0] // one, min(sizes)
    for name, tensor in after.state_dict().items():
        mine = tensor.reshape(gates, two, *tensor.shape[1:])
        theirs = getattr(before, name)
        theirs = theirs.reshape(gates, one, *theirs.shape[1:])
        new = fresh[name].reshape(mine.shape)
        assert torch.equal(mine[:, least:], new[:, least:]), name
        mine, theirs = mine[:, :least], theirs[:, :least]
        if name.startswith("weight_ih_l1"):
            mine, theirs = mine.unflatten(2, (2, two)), theirs.unflatten(2, (2, one))
        if name.startswith("weight"):
            mine, theirs = mine[..., :least], theirs[..., :least]
        assert torch.equal(mine, theirs), name


def test_query_key_and_value_stay_apart() -> None:
    before, after = nn.MultiheadAttention(4, 2), nn.MultiheadAttention(6, 2)
    store = WeightStore()
    store.take(named(before))
    store.give(named(after))
    mine, theirs = after.in_proj_weight.reshape(3, 6, 6), before.in_proj_weight.reshape(3, 4, 4)
    assert torch.equal(mine[:, :4, :4], theirs)


# -- optimizer state

MAKERS: dict[str, Any] = {
    "adam": lambda p: optim.Adam(p, lr=0.1),
    "fused adam": lambda p: optim.Adam(p, lr=0.1, fused=True),
    "adamw": lambda p: optim.AdamW(p, lr=0.1, amsgrad=True),
    "sgd": lambda p: optim.SGD(p, lr=0.01, momentum=0.9),
    "fused sgd": lambda p: optim.SGD(p, lr=0.01, momentum=0.9, fused=True),
    "rmsprop": lambda p: optim.RMSprop(p, lr=0.01, momentum=0.5),
    "adagrad": lambda p: optim.Adagrad(p, lr=0.1),
    "nadam": lambda p: optim.NAdam(p, lr=0.01),
}


@pytest.mark.parametrize("name", MAKERS)
def test_training_goes_on_as_if_nothing_had_happened(name: str) -> None:
    one = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))
    first = MAKERS[name](one.parameters())
    trained(one, first, 4)
    store = WeightStore()
    store.take(named(one))
    store.take_state(first, dict(zip(named(one), one.parameters(), strict=True)), "train")
    two = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))
    second = MAKERS[name](two.parameters())
    store.give(named(two))
    store.give_state(second, dict(zip(named(two), two.parameters(), strict=True)), "train")
    for module, optimizer in ((one, first), (two, second)):
        torch.manual_seed(1)
        trained(module, optimizer, 4)
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("name", MAKERS)
def test_a_widened_and_a_new_layer_train_on(name: str) -> None:
    one = nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 2))
    first = MAKERS[name](one.parameters())
    trained(one, first, 4)
    store = WeightStore()
    store.take_state(first, dict(zip(named(one), one.parameters(), strict=True)))
    two = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2), nn.Linear(2, 2))
    second = MAKERS[name](two.parameters())
    before = {p: {k: v.clone() for k, v in first.state[p].items()} for p in first.state}
    store.give_state(second, dict(zip(named(two), two.parameters(), strict=True)))
    old, new = before[one[0].weight], second.state[two[0].weight]
    for slot, value in old.items():
        kept = new[slot] if value.ndim == 0 else new[slot][:6]
        assert torch.equal(kept, value), slot
        if value.ndim:
            rest = new[slot][6:]
            positive = bool((value > 0).all())
            assert torch.allclose(rest, value.mean().expand_as(rest) if positive else rest * 0)
    trained(two, second, 4)
    assert all(p.isfinite().all() for p in two.parameters())


def test_another_kind_of_optimizer_starts_anew() -> None:
    layer = nn.Linear(2, 2)
    first = MAKERS["adam"](layer.parameters())
    trained(layer, first, 2)
    paths = dict(zip(named(layer), layer.parameters(), strict=True))
    store = WeightStore()
    store.take_state(first, paths, "train")
    for second, owner in ((MAKERS["sgd"], "train"), (MAKERS["adam"], "other")):
        optimizer = second(layer.parameters())
        store.give_state(optimizer, paths, owner)
        assert not optimizer.state


def test_what_an_optimizer_does_not_train_gets_nothing() -> None:
    layer = nn.Linear(2, 2)
    first = MAKERS["adam"]([layer.weight])
    trained(layer, first, 2)
    paths = dict(zip(named(layer), layer.parameters(), strict=True))
    store = WeightStore()
    store.take_state(first, paths)
    second = MAKERS["adam"]([layer.weight])
    store.give_state(second, paths)
    assert list(second.state) == [layer.weight]


# -- edits


def fill(*paths: str) -> WeightStore:
    store = WeightStore()
    store.take({f"{p}/weight": torch.full((2,), float(i)) for i, p in enumerate(paths, 1)})
    return store


def held(store: WeightStore) -> dict[str, float]:
    found: dict[str, float] = {}
    for path in store.paths():
        tensor = store.latest(path)
        assert tensor is not None
        found[path.removesuffix("/weight")] = tensor[0].item()
    return found


def test_a_prefix_ends_at_a_node() -> None:
    store = fill("main:n3", "main:n31", "main:n3/n1", "main:n3#2/n1", "tower:n3", "main:n2/n3")
    store.move({"main:n3": "main:n9/n3", "tower:": "main:n5/"})
    assert held(store) == {
        "main:n9/n3": 1,
        "main:n31": 2,
        "main:n9/n3/n1": 3,
        "main:n9/n3#2/n1": 4,
        "main:n5/n3": 5,
        "main:n2/n3": 6,
    }


def test_moves_happen_at_once_and_the_longest_counts() -> None:
    store = fill("main:n1", "main:n2", "main:n3/n1", "main:n3#1/n1")
    store.move({"main:n1": "main:n2", "main:n2": "main:n1", "main:n3": "a:n3", "main:n3#1": "b:n3"})
    assert held(store) == {"main:n2": 1, "main:n1": 2, "a:n3/n1": 3, "b:n3/n1": 4}


def test_what_also_stays_is_copied() -> None:
    store = fill("main:n1", "tower:n1")
    store.follow({"main:n1": "main:n4"}, {"main:n2/n1": "tower:n1", "main:n5": "main:n1"})
    assert held(store) == {"main:n4": 1, "tower:n1": 2, "main:n2/n1": 2, "main:n5": 1}


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_moves_turned_round_take_themselves_back(data: st.DataObject) -> None:
    ids = [f"main:n{i}" for i in range(6)]
    store = fill(*data.draw(st.lists(st.sampled_from(ids), unique=True)))
    start, done = held(store), []
    for _ in range(data.draw(st.integers(1, 5))):
        chosen = [p.removesuffix("/weight") for p in store.paths()]
        chosen = data.draw(st.lists(st.sampled_from(chosen), unique=True)) if chosen else []
        free = [p for p in (*ids, "main:n7/n1", "tower:n2") if f"{p}/weight" not in store.paths()]
        moves = dict(zip(chosen, data.draw(st.permutations([*free, *chosen])), strict=False))
        store.move(moves)
        done.append(moves)
    for moves in reversed(done):
        store.move({new: old for old, new in moves.items()})
    assert held(store) == start


def test_an_optimizers_numbers_move_too() -> None:
    layer = nn.Linear(2, 2)
    optimizer = MAKERS["adam"](layer.parameters())
    trained(layer, optimizer, 2)
    store = WeightStore()
    store.take_state(optimizer, dict(zip(named(layer), layer.parameters(), strict=True)))
    store.move({"main:n1": "main:n4/n1"})
    again = MAKERS["adam"](layer.parameters())
    paths = dict(zip(named(layer, "main:n4/n1"), layer.parameters(), strict=True))
    store.give_state(again, paths)
    assert torch.equal(
        again.state[layer.weight]["exp_avg"], optimizer.state[layer.weight]["exp_avg"]
    )


# -- files and memory


def test_a_store_is_read_back_as_it_was(tmp_path: Path) -> None:
    layer = nn.Linear(3, 2)
    optimizer = MAKERS["adam"](layer.parameters())
    trained(layer, optimizer, 3)
    paths = dict(zip(named(layer), layer.parameters(), strict=True))
    store = WeightStore()
    store.take(named(nn.Linear(3, 5)))
    store.take(named(layer))
    store.take_state(optimizer, paths, "train")
    store.save(tmp_path / "run")
    again = WeightStore.load(tmp_path / "run")
    assert again.paths() == store.paths()
    assert len(again) == 2
    assert "main:n1/weight" in again
    wide, same = nn.Linear(3, 5), nn.Linear(3, 2)
    assert len(again.give(named(wide)).kept) == 2
    again.give(named(same))
    assert torch.equal(same.weight, layer.weight)
    assert torch.equal(again.latest("main:n1/weight"), layer.weight)  # type: ignore[arg-type]
    other = MAKERS["adam"](layer.parameters())
    again.give_state(other, paths, "train")
    assert torch.equal(other.state[layer.weight]["step"], torch.tensor(3.0))


def test_damaged_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        WeightStore.load(tmp_path)
    fill("main:n1").save(tmp_path)
    (tmp_path / "weights.safetensors").write_bytes(b"nothing")
    with pytest.raises(FileError, match="are damaged"):
        WeightStore.load(tmp_path)
    fill("main:n1").save(tmp_path)
    (tmp_path / "weights.json").write_text('{"format": 1, "weights": [{"path": "a"}]}')
    with pytest.raises(FileError, match="are damaged"):
        WeightStore.load(tmp_path)


def test_former_shapes_are_let_go_before_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "_OLDER", 100)
    store = WeightStore()
    for size in range(1, 30):
        store.take({"main:n1/weight": torch.ones(size), "main:n2/weight": torch.ones(3)})
    assert store.latest("main:n1/weight") is not None
    gone, kept = torch.zeros(2), torch.zeros(28)
    report = store.give({"main:n1/weight": gone})
    assert report.partly
    with monkeypatch.context() as patch:
        patch.setattr(stores, "_OLDER", 1000)
        store.take({"main:n1/weight": torch.ones(28)})
    assert store.give({"main:n1/weight": kept}).kept


def test_what_lay_where_something_goes_comes_back() -> None:
    store = fill("main:n1", "main:n2", "main:n3")
    store.move({"main:n1": "main:n2"})
    assert held(store) == {"main:n2": 1, "main:n3": 3}
    store.move({"main:n2": "main:n3"})
    assert held(store) == {"main:n2": 2, "main:n3": 1}
    store.move({"main:n3": "main:n2"})
    store.move({"main:n2": "main:n1"})
    assert held(store) == {"main:n1": 1, "main:n2": 2, "main:n3": 3}


def test_a_copy_that_is_taken_back_uncovers_what_was_there() -> None:
    store = fill("main:p#0/n1", "main:p#1/n1")
    tie = {"main:p#0/n1": "main:p/n1"}
    untie, copies = {"main:p/n1": "main:p#0/n1"}, {"main:p#1/n1": "main:p/n1"}
    store.follow(tie)
    store.follow(untie, copies)
    assert held(store) == {"main:p#0/n1": 1, "main:p#1/n1": 1}
    store.follow(tie, dict.fromkeys(copies, ""))
    assert held(store) == {"main:p/n1": 1, "main:p#1/n1": 2}
    store.follow({new: old for old, new in tie.items()})
    assert held(store) == {"main:p#0/n1": 1, "main:p#1/n1": 2}


def test_a_copy_of_nothing_ends_without_taking_what_was_there() -> None:
    store, layer = WeightStore(), nn.Linear(2, 2)
    store.take(named(layer, "main:p/n1"))
    store.follow({}, {"main:p/n1": "block:n1"})
    store.follow({}, {"main:p/n1": ""})
    kept = store.latest("main:p/n1/weight")
    assert kept is not None
    assert torch.equal(kept, layer.weight)
