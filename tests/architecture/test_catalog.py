"""A walk over every entry of the catalogue: an entry that passes can be picked, built and saved."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from engine import compile as compiler
from engine import files, listing
from engine.catalog import registry
from engine.catalog.spec import (
    BATCH,
    Field,
    InitializerSpec,
    LayerSpec,
    LossSpec,
    Param,
    ScheduleSpec,
    Spec,
    TensorSpec,
    load_target,
)
from engine.emit import asks_like
from engine.export.tidy import INSTALLED, STANDARD, missing
from engine.graph import Graph
from engine.project import Choice, Project
from engine.trace import build, run_function, trace

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = registry.entries()
NODES = registry.nodes()
Shapes = tuple[tuple[int, ...], ...]
CASES = [
    pytest.param(spec, shapes, id=f"{spec.id}-{number}")
    for spec in NODES.values()
    for number, shapes in enumerate(spec.examples)
]
ALONE = ("input", "network", "neural_ode", "custom")
"""What is nothing without data or another network."""
ROW = re.compile(r"^(LAY|ACT|INI|OPT|SCH|LOS|REG|MET|DAT|MON|NET|ADV)-\d\d$")
REQUIRED = {
    "layer": "input output dense flatten reshape concatenate add multiply conv1d conv2d max_pool2d "
    "avg_pool2d global_avg_pool2d batch_norm1d batch_norm2d layer_norm dropout relu leaky_relu "
    "prelu elu selu gelu silu sigmoid tanh softmax embedding lstm gru network noise constant "
    "constant_source add_noise sample_normal conv_transpose2d depthwise_conv2d upsample subtract "
    "multi_head_attention positional_encoding learned_position class_token padding_mask "
    "masked_mean permute select scale absolute detach gradient_reversal mean_over normalize relu6 "
    "group_norm pairwise_distance prototype_scores show_images show_points show_text",
    "loss": "cross_entropy bce_with_logits mse mae huber sequence_cross_entropy bce contrastive "
    "kl_normal activity_penalty sparsity_kl mean_value distillation",
    "block": "residual_basic residual_basic_down residual_bottleneck residual_bottleneck_down "
    "residual_preactivation dense_block inception depthwise_separable inverted_residual "
    "squeeze_excite transformer_encoder transformer_decoder transformer_causal",
    "optimizer": "sgd rmsprop adagrad adam adamw nadam",
    "schedule": "constant step exponential cosine one_cycle plateau",
    "initializer": "auto glorot_normal glorot_uniform he_normal he_uniform lecun_normal "
    "lecun_uniform orthogonal identity zeros pytorch",
    "metric": "accuracy top_k precision_macro recall_macro f1_macro binary_accuracy mae rmse r2",
}


@pytest.fixture(params=[pytest.param(e, id=key) for key, e in ENTRIES.items()])
def entry(request: pytest.FixtureRequest) -> Spec:
    return request.param


def ports_of(spec: LayerSpec, shapes: Shapes) -> tuple[int, ...]:
    """Return how many of an example's shapes belong to each input port."""
    if len(spec.inputs) == 1 and spec.inputs[0].many:
        return (len(shapes),)
    return (1,) * len(shapes) + (0,) * (len(spec.inputs) - len(shapes))


def dtype_of(spec: LayerSpec, port: int) -> str:
    """Return the element type an example's input has."""
    return spec.example_dtypes[port] if spec.example_dtypes else "float32"


def batch_of(shapes: Shapes) -> int:
    """Return how many samples an example has."""
    return shapes[0][0] if shapes else 4


def incoming(spec: LayerSpec, shapes: Shapes) -> list[TensorSpec]:
    return [TensorSpec((BATCH, *s[1:]), dtype_of(spec, i)) for i, s in enumerate(shapes)]


def one(spec: LayerSpec, shape: tuple[int, ...], dtype: str) -> torch.Tensor:
    """Return random values of a type, from 0 to 1 where the layer takes only those."""
    if dtype == "int64":
        return torch.randint(0, 3, shape)
    if dtype == "bool":
        return torch.rand(shape) < 0.7
    if spec.example_range is None:
        return torch.randn(shape)
    low, high = spec.example_range
    return low + (high - low) * torch.rand(shape)


def sample(spec: LayerSpec, shapes: Shapes) -> list[torch.Tensor]:
    """Return seeded inputs for an example."""
    torch.manual_seed(7)
    return [one(spec, shape, dtype_of(spec, i)) for i, shape in enumerate(shapes)]


def run(spec: LayerSpec, shapes: Shapes, module: nn.Module | None, *given: torch.Tensor) -> Any:
    """Return what a node puts out, drawing from a fixed seed."""
    like = [torch.zeros(batch_of(shapes))] if asks_like(spec) else []
    torch.manual_seed(11)
    return run_function(spec, spec.values({}), ports_of(spec, shapes))(module, *like, *given)


def test_importing_the_catalogue_imports_no_torch() -> None:
    code = "import engine.catalog.registry as r, sys; r.entries(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("kind", REQUIRED)
def test_first_entries_are_there(kind: str) -> None:
    assert not [i for i in REQUIRED[kind].split() if f"{kind}/{i}" not in ENTRIES]


def test_nodes_have_unique_ids() -> None:
    assert len(NODES) == sum(isinstance(e, LayerSpec) for e in ENTRIES.values())


def test_texts_are_there(entry: Spec) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_-]*", entry.id)
    assert entry.title
    assert entry.group
    assert entry.summary.endswith(".")
    assert len(entry.summary) <= 100
    assert not entry.notes or entry.notes.endswith(".")
    for param in entry.params:
        assert param.label
        assert param.doc.endswith("."), param.name


def test_covers_rows_of_the_coverage_table(entry: Spec) -> None:
    assert all(ROW.match(row) for row in entry.covers)


def test_a_loss_says_what_it_reads() -> None:
    for spec in registry.of_kind(LossSpec).values():
        ports = {p.name: p for p in spec.inputs}
        params = {p.name for p in spec.params}
        assert "weight" in params
        assert ("target" in ports) == ("field" in params)
        assert "target" not in ports or ports["target"].optional
        assert spec.task == "" or "target" in ports
        assert list(ports).index("target") > 0 if "target" in ports else True


def test_a_layer_covers_something() -> None:
    assert not [s.id for s in NODES.values() if not s.covers]


def test_settings_have_unique_names(entry: Spec) -> None:
    names = [p.name for p in entry.params]
    assert len(set(names)) == len(names)


def test_defaults_are_in_range_and_canonical(entry: Spec) -> None:
    for param in entry.params:
        checked = param.check(param.default)
        assert checked == param.default
        assert type(checked) is type(param.default)
    assert entry.values({}) == {p.name: p.default for p in entry.params}


def test_settings_refuse_what_is_out_of_range(entry: Spec) -> None:
    for param in entry.params:
        for wrong in wrong_values(param):
            with pytest.raises(ValueError, match=re.escape(param.label)):
                param.check(wrong)


def wrong_values(param: Param) -> list[object]:
    """Return values a setting must refuse."""
    bad: list[object] = [object(), [[]]]
    if param.type in ("int", "float"):
        bad += ["1", True, float("nan"), float("inf")]
    bad += [b for b in (param.gt, param.lt) if b is not None]
    bad += [param.ge - 1] if param.ge is not None else []
    bad += [param.le + 1] if param.le is not None else []
    return bad


def test_settings_exist_on_the_target(entry: Spec) -> None:
    if not entry.target:
        assert not [p.name for p in entry.params if p.argument]
        return
    names = parameter_names(load_target(entry.target))
    given = {p.name for p in entry.params if p.argument}
    if isinstance(entry, LayerSpec):
        given |= set(entry.inferred) | set(entry.fixed)
    if isinstance(entry, ScheduleSpec):
        given |= set(entry.derived)
    assert given <= names


def parameter_names(target: Any) -> set[str]:
    if target in (nn.LSTM, nn.GRU):
        shared = set(inspect.signature(nn.RNNBase.__init__).parameters)
        return shared - {"mode"}
    return set(inspect.signature(target).parameters)


def test_help_leads_to_the_manual(entry: Spec) -> None:
    url = entry.help_url
    if entry.target.startswith("torch.nn.init."):
        assert url.endswith(f"/nn.init.html#{entry.target}")
    elif entry.target.startswith("torch."):
        assert url.endswith(f"/generated/{entry.target}.html")
    else:
        assert not url


def test_carried_code_stands_alone(entry: Spec) -> None:
    if not entry.target.startswith("engine.modules."):
        return
    carried = inspect.getsource(load_target(entry.target))
    assert missing(carried) <= {*STANDARD, *INSTALLED}


@pytest.mark.parametrize("spec", NODES.values(), ids=lambda s: s.id)
def test_icon(spec: LayerSpec, root: Path) -> None:
    text = (root / "resources" / "icons" / f"{spec.id}.svg").read_text("utf-8")
    icon = ET.fromstring(text)
    assert icon.get("viewBox") == "0 0 24 24"
    assert icon.get("stroke") == "currentColor"
    assert len(text) < 4096


def test_layers_are_found_by_their_words() -> None:
    for spec in NODES.values():
        assert registry.search(spec.title)[0] is spec
        assert all(spec in registry.search(word) for word in spec.keywords)


@pytest.mark.parametrize("spec", NODES.values(), ids=lambda s: s.id)
def test_layer_has_an_example(spec: LayerSpec) -> None:
    assert bool(spec.examples) == (spec.id not in ALONE)
    assert all(len(spec.example_dtypes) >= len(shapes) for shapes in spec.examples) or (
        not spec.example_dtypes
    )
    assert spec.activation in ("", "relu", "tanh", "selu", "linear")


@pytest.mark.parametrize(("spec", "shapes"), CASES)
def test_shape_equals_a_real_run(spec: LayerSpec, shapes: Shapes) -> None:
    values, ports, specs = spec.values({}), ports_of(spec, shapes), incoming(spec, shapes)
    forecast = trace(spec, values, specs, ports)
    module = build(spec, values, specs)
    results = run(spec, shapes, module, *sample(spec, shapes))
    assert len(results) == len(forecast.outputs)
    for (_, expected), result in zip(forecast.outputs, results, strict=True):
        assert tuple(result.shape) == expected.with_batch(batch_of(shapes))
        assert str(result.dtype) == f"torch.{expected.dtype}"
    have = sum(p.numel() for p in module.parameters()) if module else 0
    assert forecast.parameters == have


@pytest.mark.parametrize(("spec", "shapes"), CASES)
def test_output_has_the_axes_of_its_port(spec: LayerSpec, shapes: Shapes) -> None:
    made = trace(spec, spec.values({}), incoming(spec, shapes), ports_of(spec, shapes)).outputs
    for port, (_, output) in zip(spec.outputs, made, strict=False):
        least, most = port.ranks()
        assert least <= len(output.shape) <= (most or 99)


@pytest.mark.parametrize(("spec", "shapes"), CASES)
def test_a_training_step_changes_every_parameter(spec: LayerSpec, shapes: Shapes) -> None:
    torch.manual_seed(1)
    module = build(spec, spec.values({}), incoming(spec, shapes))
    given = [x.requires_grad_() if x.is_floating_point() else x for x in sample(spec, shapes)]
    if module is not None:
        module.train()
    results = run(spec, shapes, module, *given)
    if any(r.requires_grad for r in results):
        sum((r * torch.randn_like(r)).sum() for r in results).backward()
    counts = zip(spec.inputs, ports_of(spec, shapes), strict=True)
    ports = [port for port, count in counts for _ in range(count)]
    for port, x in zip(ports, given, strict=True):
        if x.is_floating_point() and not port.still:
            assert x.grad is not None
            assert x.grad.isfinite().all()
        else:
            assert x.grad is None
    if module is None or not list(module.parameters()):
        return
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    torch.optim.SGD(module.parameters(), lr=0.1).step()
    same = [name for name, p in module.named_parameters() if torch.equal(p, before[name])]
    assert not same


def project_around(spec: LayerSpec, shapes: Shapes) -> tuple[Project, Any]:
    """Return a project in which one node reads data fields and feeds outputs or a loss."""
    graph, node = Graph().add(spec.id, **{p.name: p.default for p in spec.params})
    fields: dict[str, Field] = {}
    for i, shape in enumerate(shapes):
        name = f"field{i}"
        dtype = dtype_of(spec, i)
        fields[name] = Field(name=name, shape=shape[1:], dtype=dtype)
        graph, source = graph.add("input", field=name)
        port = spec.inputs[0] if spec.inputs[0].many else spec.inputs[i]
        graph = graph.connect(source, node, target_port=port.name)
    for port in spec.outputs:
        graph, end = graph.add("output")
        graph = graph.connect(node, end, source_port=port.name)
    if not isinstance(spec, LossSpec):
        graph, first = graph.add("input", field="extra")
        graph, loss = graph.add("mse", field="extra")
        fields["extra"] = Field(name="extra", shape=(2,))
        graph = graph.connect(first, loss, target_port="prediction")
    return Project(networks={"main": graph}), fields


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.parametrize(("spec", "shapes"), CASES)
def test_exported_class_equals_the_compiled_network(spec: LayerSpec, shapes: Shapes) -> None:
    project, fields = project_around(spec, shapes)
    torch.manual_seed(3)
    network = compiler.compile_graph(project.graph, fields)
    scope: dict[str, Any] = {"torch": torch, "nn": nn}
    for target in listing.carried(project.graph, fields):
        exec(inspect.getsource(load_target(target)), scope)
    exec(listing.class_source(project.graph, fields), scope)
    torch.manual_seed(3)
    written = scope["Network"]()
    assert list(written.state_dict()) == list(network.state_dict())
    for ours, theirs in zip(
        network.state_dict().values(), written.state_dict().values(), strict=True
    ):
        assert torch.equal(ours, theirs)
    extra = torch.zeros(batch_of(shapes), 2)
    tensors = dict(zip(fields, [*sample(spec, shapes), extra], strict=False))
    arguments = [tensors[f] for f in network.fields]
    torch.manual_seed(4)
    total, _, _ = network.train_forward(*arguments)
    torch.manual_seed(4)
    assert torch.equal(total, written.losses(*arguments)[0])
    inputs = [tensors[f] for f in network.input_fields]
    results: list[tuple[Any, ...]] = []
    for made in (network, written):
        torch.manual_seed(5)
        results.append(as_tuple(made.eval()(*inputs)))
    assert len(results[0]) == len(results[1]) == max(1, len(spec.outputs or spec.inputs[:1]))
    for ours, theirs in zip(*results, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(("spec", "shapes"), CASES)
def test_saved_and_loaded_it_is_the_same(spec: LayerSpec, shapes: Shapes) -> None:
    project, _ = project_around(spec, shapes)
    again = files.loads(files.dumps(project))
    for node in project.graph.nodes.values():
        entry = NODES[node.spec]
        assert entry.values(again.graph.nodes[node.id].params) == entry.values(node.params)
    assert again.graph.edges == project.graph.edges


@pytest.mark.parametrize("kind", ["optimizer", "schedule"])
def test_chosen_settings_survive_a_file(kind: str) -> None:
    for spec in (e for e in ENTRIES.values() if e.kind == kind):
        project = Project().with_phase(**{kind: Choice(id=spec.id, params=spec.values({}))})
        chosen = getattr(files.loads(files.dumps(project)).phase, kind)
        assert spec.values(chosen.params) == spec.values({})


def test_every_family_has_an_initializer() -> None:
    known = set(registry.of_kind(InitializerSpec))
    assert {"he_normal", "lecun_normal", "glorot_uniform"} <= known
