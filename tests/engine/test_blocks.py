"""Ready sub-networks against PyTorch's own and against published counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from engine import blocks, files, networks
from engine.catalog import registry
from engine.catalog.spec import BATCH, Field, TensorSpec
from engine.compile import compile_graph
from engine.project import Project
from engine.shapes import analyse

if TYPE_CHECKING:
    from engine.analysis import Analysis
    from engine.compile import Network

IMAGE = {"x": Field(name="x", shape=(64, 8, 8))}
WIDE = {"x": Field(name="x", shape=(256, 8, 8))}
NARROW = {"x": Field(name="x", shape=(32, 8, 8))}
STEPS = {"x": Field(name="x", shape=(5, 64))}
MASKED = {**STEPS, "mask": Field(name="mask", shape=(5,), dtype="bool")}
PAIR = {**STEPS, "memory": Field(name="memory", shape=(7, 64))}
FEATURES: dict[str, dict[str, Field]] = {
    "residual_basic": IMAGE,
    "residual_basic_down": IMAGE,
    "residual_bottleneck": WIDE,
    "residual_bottleneck_down": WIDE,
    "residual_preactivation": IMAGE,
    "dense_block": IMAGE,
    "inception": {"x": Field(name="x", shape=(192, 8, 8))},
    "depthwise_separable": NARROW,
    "inverted_residual": NARROW,
    "squeeze_excite": IMAGE,
    "transformer_encoder": STEPS,
    "transformer_encoder_masked": MASKED,
    "transformer_encoder_postnorm": STEPS,
    "transformer_decoder": PAIR,
    "transformer_causal": STEPS,
}


def placed(block_id: str, fields: dict[str, Field] | None = None, **arguments: Any) -> Project:
    """Return a project in which a block reads the fields and feeds an output."""
    fields = fields or FEATURES[block_id]
    made = networks.adopt(Project(), "main", blocks.load(block_id), 0, 0)
    graph, place = made.project.graph, made.node
    graph = graph.change(place, arguments=arguments)
    ports = networks.inputs_of(graph.nodes[place], made.project.networks)
    for field, port in zip(fields, ports, strict=True):
        graph, source = graph.add("input", field=field)
        graph = graph.connect(source, place, target_port=port.name)
    (result,) = networks.outputs_of(graph.nodes[place], made.project.networks)
    graph, end = graph.add("output")
    return made.project.with_graph(graph.connect(place, end, result.name))


def analysed(project: Project, fields: dict[str, Field]) -> Analysis:
    found = analyse(project.graph, project.scope(fields))
    assert [p for p in found.problems if p.kind != "structure"] == []
    return found


def compiled(block_id: str, fields: dict[str, Field] | None = None, **arguments: Any) -> Network:
    fields = fields or FEATURES[block_id]
    project = placed(block_id, fields, **arguments)
    return compile_graph(project.graph, project.scope(fields), training=False)


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_every_block_has_a_test_and_a_file() -> None:
    assert set(registry.blocks()) == set(FEATURES)
    assert {p.stem for p in blocks.BLOCKS.glob("*.loom")} == set(FEATURES)


def test_an_unknown_block_is_named() -> None:
    with pytest.raises(ValueError, match="no block called 'lego'"):
        blocks.load("lego")


@pytest.mark.parametrize("block_id", FEATURES)
def test_a_block_is_a_file_like_any_other(block_id: str, root: Any) -> None:
    project = blocks.load(block_id)
    text = (root / "resources" / "blocks" / f"{block_id}.loom").read_text("utf-8")
    assert files.dumps(project) == text
    assert project.title_of(project.main) == registry.block(block_id).title
    positions = project.layout.positions[project.main]
    assert set(positions) == set(project.graph.nodes)
    assert len(set(positions.values())) == len(positions)
    assert (root / "resources" / "icons" / f"{block_id}.svg").is_file()


SAME = set(FEATURES) - {
    "residual_basic_down",
    "residual_bottleneck_down",
    "dense_block",
    "inception",
    "depthwise_separable",
}


@pytest.mark.parametrize("block_id", FEATURES)
def test_a_block_can_be_placed_and_repeated(block_id: str) -> None:
    fields = FEATURES[block_id]
    project = placed(block_id)
    place = next(n.id for n in project.graph.nodes.values() if n.spec == "network")
    found = analysed(project, fields)
    assert found.parameters > 0
    (output,) = found.nodes[place].outputs.values()
    if block_id in SAME:
        assert output == TensorSpec((BATCH, *fields["x"].shape))
        project = project.with_graph(project.graph.set_params(place, {"times": 3}))
        assert analysed(project, fields).parameters == 3 * found.parameters


SIZES: dict[str, tuple[int, ...]] = {
    "residual_basic_down": (128, 4, 4),
    "residual_bottleneck_down": (256, 4, 4),
    "dense_block": (96, 8, 8),
    "inception": (256, 8, 8),
    "depthwise_separable": (64, 8, 8),
}


@pytest.mark.parametrize("block_id", SIZES)
def test_a_block_that_changes_the_size(block_id: str) -> None:
    fields = FEATURES[block_id]
    network = compiled(block_id)
    assert network(torch.randn(2, *fields["x"].shape)).shape == (2, *SIZES[block_id])


def test_a_setting_reaches_every_layer_of_a_block() -> None:
    fields = {"x": Field(name="x", shape=(10, 8, 8))}
    assert compiled("residual_basic", fields, channels=10)(torch.zeros(2, 10, 8, 8)).shape[1] == 10
    network = compiled("dense_block", fields, growth=3)
    assert network(torch.randn(2, 10, 8, 8)).shape == (2, 13, 8, 8)


def plain(in_channels: int, channels: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(in_channels, channels, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(channels))


def test_residual_blocks_compute_the_formula() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 64, 8, 8)
    network = compiled("residual_basic_down").eval()
    one, two, short = plain(64, 128, 3, 2), plain(128, 128), plain(64, 128, 1, 2)
    reference = nn.ModuleList([one, two, short]).eval()
    take_over(network, reference)
    expected = torch.relu(two(torch.relu(one(x))) + short(x))
    torch.testing.assert_close(network(x), expected)
    network = compiled("residual_preactivation").eval()
    norms, convs = [nn.BatchNorm2d(64).eval() for _ in range(2)], [plain(64, 64)[0] for _ in "ab"]
    take_over(network, nn.ModuleList([norms[0], convs[0], norms[1], convs[1]]))
    hidden = convs[0](torch.relu(norms[0](x)))
    torch.testing.assert_close(network(x), x + convs[1](torch.relu(norms[1](hidden))))


def take_over(network: nn.Module, reference: nn.Module) -> None:
    """Copy the parameters of one module to another in order."""
    ours, theirs = list(network.parameters()), list(reference.parameters())
    assert [p.shape for p in ours] == [p.shape for p in theirs]
    with torch.no_grad():
        for mine, given in zip(ours, theirs, strict=True):
            mine.copy_(given.normal_(0, 0.2))


def test_squeeze_and_excite_weighs_channels() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 64, 8, 8)
    network = compiled("squeeze_excite")
    down, up = nn.Linear(64, 4), nn.Linear(4, 64)
    take_over(network, nn.ModuleList([down, up]))
    gate = torch.sigmoid(up(torch.relu(down(x.mean((2, 3))))))
    torch.testing.assert_close(network(x), x * gate[:, :, None, None])


def test_counts_are_the_published_ones() -> None:
    assert count(compiled("residual_basic")) == 2 * 64 * 64 * 9 + 4 * 64
    assert count(compiled("residual_bottleneck")) == 70_400
    assert count(compiled("residual_bottleneck_down", channels=128)) == 379_392
    weights = 192 * 64 + 192 * 96 + 96 * 128 * 9 + 192 * 16 + 16 * 32 * 25 + 192 * 32
    assert count(compiled("inception")) == weights + 2 * (64 + 96 + 128 + 16 + 32 + 32)
    assert count(compiled("depthwise_separable")) == 32 * 9 + 32 * 64 + 2 * (32 + 64)
    assert count(compiled("inverted_residual")) == 2 * 32 * 192 + 192 * 9 + 2 * (192 * 2 + 32)


def shared_out(reference: nn.MultiheadAttention, ours: nn.Module) -> None:
    """Give our attention the weights of PyTorch's."""
    with torch.no_grad():
        for number, name in enumerate(("query", "key", "value")):
            rows = slice(64 * number, 64 * (number + 1))
            linear: Any = ours.get_submodule(name)
            linear.weight.copy_(reference.in_proj_weight[rows])
            linear.bias.copy_(reference.in_proj_bias[rows])
        ours.get_submodule("out").load_state_dict(reference.out_proj.state_dict())


def give(reference: Any, network: nn.Module, names: dict[str, str]) -> None:
    """Give a compiled transformer block the weights of PyTorch's layer."""
    for parameter in reference.parameters():
        nn.init.normal_(parameter, 0, 0.3)
    (block,) = network.children()
    for theirs, ours in names.items():
        source, target = reference.get_submodule(theirs), block.get_submodule(ours)
        if isinstance(source, nn.MultiheadAttention):
            shared_out(source, target)
        else:
            target.load_state_dict(source.state_dict())


ENCODER = {
    "self_attn": "attention",
    "norm1": "norm1",
    "norm2": "norm2",
    "linear1": "widen",
    "linear2": "narrow",
}
SETTINGS: dict[str, Any] = {
    "d_model": 64,
    "nhead": 4,
    "dim_feedforward": 256,
    "activation": "gelu",
    "batch_first": True,
}


@pytest.mark.parametrize(
    ("block_id", "before"),
    [
        ("transformer_encoder", True),
        ("transformer_causal", True),
        ("transformer_encoder_postnorm", False),
        ("transformer_encoder_masked", True),
    ],
)
def test_transformer_blocks_equal_pytorchs(block_id: str, before: bool) -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 5, 64)
    reference = nn.TransformerEncoderLayer(**SETTINGS, norm_first=before)
    network = compiled(block_id).eval()
    give(reference, network, ENCODER)
    more: dict[str, Any] = {}
    given = [x]
    if block_id == "transformer_causal":
        more["src_mask"] = nn.Transformer.generate_square_subsequent_mask(5)
    if block_id == "transformer_encoder_masked":
        seen = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]]).bool()
        given.append(seen)
        more["src_key_padding_mask"] = ~seen
    # In training mode the reference takes the plain way; without dropout it is the same.
    expected = without_dropout(reference)(x, **more)
    torch.testing.assert_close(network(*given), expected, atol=2e-5, rtol=1e-4)


def without_dropout(module: nn.Module) -> nn.Module:
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
        if isinstance(part, nn.MultiheadAttention):
            part.dropout = 0.0
    return module.train()


def test_the_decoder_block_equals_pytorchs() -> None:
    torch.manual_seed(0)
    x, memory = torch.randn(3, 5, 64), torch.randn(3, 7, 64)
    reference = nn.TransformerDecoderLayer(**SETTINGS, norm_first=True)
    network = compiled("transformer_decoder").eval()
    names = {
        "self_attn": "self_attention",
        "multihead_attn": "cross_attention",
        "norm1": "norm1",
        "norm2": "norm2",
        "norm3": "norm3",
        "linear1": "widen",
        "linear2": "narrow",
    }
    give(reference, network, names)
    mask = nn.Transformer.generate_square_subsequent_mask(5)
    expected = without_dropout(reference)(x, memory, tgt_mask=mask)
    torch.testing.assert_close(network(x, memory), expected, atol=2e-5, rtol=1e-4)
