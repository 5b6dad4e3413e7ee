"""The five networks everything is measured on, by hand and (where the catalogue can) as projects.

W1 a small MLP, W2 LeNet-like, W3 ResNet-18-like, W4 a two-layer transformer, W5 an LSTM; random
data, since only time is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from engine.catalog.spec import Field
from engine.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Callable

LEARNING_RATE = 1e-6
"""So small that the weights stay where they are fast: no run drifts into denormal numbers."""


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int, wide: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, wide, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(wide)
        self.conv2 = nn.Conv2d(wide, wide, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(wide)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels != wide:
            conv = nn.Conv2d(channels, wide, 1, stride, bias=False)
            self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(wide))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.relu1(self.norm1(self.conv1(x)))
        return self.relu2(self.norm2(self.conv2(y)) + self.shortcut(x))


class Transformer(nn.Module):
    """Embedding, two encoder layers, one prediction a token."""

    def __init__(self, words: int = 1000, width: int = 128, length: int = 64) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.position = nn.Parameter(torch.randn(length, width) * 0.02)
        self.layer1 = nn.TransformerEncoderLayer(
            width, 4, 4 * width, 0.0, batch_first=True, norm_first=True
        )
        self.layer2 = nn.TransformerEncoderLayer(
            width, 4, 4 * width, 0.0, batch_first=True, norm_first=True
        )
        self.head = nn.Linear(width, words)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embedding(tokens) + self.position
        return self.head(self.layer2(self.layer1(x))).flatten(0, 1)


class Recurrent(nn.Module):
    """An LSTM and one dense layer on its last step."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(32, 128, batch_first=True)
        self.dense = nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dense(self.lstm(x)[0][:, -1])


def mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)
    )


def lenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def resnet(width: int = 32) -> nn.Module:
    """Return ResNet-18 with the small stem of 32 x 32 images, 32 channels at first."""
    layers: list[nn.Module] = [nn.Conv2d(3, width, 3, 1, 1, bias=False)]
    layers += [nn.BatchNorm2d(width), nn.ReLU()]
    channels = width
    for wide, stride in stages(width):
        layers.append(Block(channels, wide, stride))
        channels = wide
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def stages(width: int) -> list[tuple[int, int]]:
    """Return (channels, stride) of the eight blocks."""
    return [(width * 2**s, 2 if s and not b else 1) for s in range(4) for b in range(2)]


class Canvas:
    """Builds a graph as a user would: each layer behind the one before."""

    def __init__(self, field: str) -> None:
        self.graph, self.last = Graph().add("input", field=field)
        self.port = "out"

    def add(self, spec: str, **params: object) -> str:
        """Put a layer behind the last one and return its id."""
        self.graph, node = self.graph.add(spec, **params)
        target = "prediction" if spec == "cross_entropy" else "in"
        self.graph = self.graph.connect(self.last, node, self.port, target)
        self.last, self.port = node, "out"
        return node

    def join(self, spec: str, first: str, second: str) -> None:
        """Put a layer behind two others."""
        self.graph, node = self.graph.add(spec)
        port = self.graph_input(spec)
        for source in (first, second):
            self.graph = self.graph.connect(source, node, "out", port)
        self.last = node

    @staticmethod
    def graph_input(spec: str) -> str:
        from engine.catalog import registry

        entry = registry.node(spec)
        assert entry is not None
        return entry.inputs[0].name


def mlp_graph() -> Graph:
    canvas = Canvas("features")
    for width in (64, 64):
        canvas.add("dense", out_features=width)
        canvas.add("relu")
    canvas.add("dense", out_features=10)
    canvas.add("cross_entropy")
    return canvas.graph


def lenet_graph() -> Graph:
    canvas = Canvas("image")
    for filters, padding in ((6, 2), (16, 0)):
        canvas.add("conv2d", out_channels=filters, kernel_size=(5, 5), padding=(padding, padding))
        canvas.add("relu")
        canvas.add("max_pool2d", kernel_size=(2, 2))
    canvas.add("flatten")
    for width in (120, 84):
        canvas.add("dense", out_features=width)
        canvas.add("relu")
    canvas.add("dense", out_features=10)
    canvas.add("cross_entropy")
    return canvas.graph


def resnet_graph(width: int = 32) -> Graph:
    canvas = Canvas("image")

    def conv(wide: int, kernel: int, stride: int) -> str:
        canvas.add(
            "conv2d",
            out_channels=wide,
            kernel_size=(kernel, kernel),
            stride=(stride, stride),
            padding=(kernel // 2, kernel // 2),
            bias=False,
        )
        return canvas.add("batch_norm2d")

    conv(width, 3, 1)
    start, channels = canvas.add("relu"), width
    for wide, stride in stages(width):
        conv(wide, 3, stride)
        canvas.add("relu")
        straight = conv(wide, 3, 1)
        if stride != 1 or channels != wide:
            canvas.last = start
            start = conv(wide, 1, stride)
        canvas.join("add", straight, start)
        start, channels = canvas.add("relu"), wide
    canvas.add("global_avg_pool2d")
    canvas.add("dense", out_features=10)
    canvas.add("cross_entropy")
    return canvas.graph


def recurrent_graph() -> Graph:
    canvas = Canvas("window")
    canvas.add("lstm", hidden_size=128)
    canvas.port = "last"
    canvas.add("dense", out_features=10)
    canvas.add("cross_entropy")
    return canvas.graph


@dataclass(frozen=True, slots=True)
class Workload:
    """One network: by hand, as a graph, and the random data it eats."""

    batch: int
    input: Field
    hand: Callable[[], nn.Module]
    graph: Callable[[], Graph] | None
    classes: int = 10

    @property
    def fields(self) -> dict[str, Field]:
        """Return the fields of its data, input first."""
        names = tuple(str(n) for n in range(self.classes))
        shape = self.input.shape if self.input.dtype == "int64" else ()
        target = Field(name="target", shape=shape, dtype="int64", role="target", classes=names)
        return {self.input.name: self.input, "target": target}

    def draw(self, samples: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return random inputs and targets."""
        generator = torch.Generator().manual_seed(0)
        shape = (samples, *self.input.shape)
        if self.input.dtype == "int64":
            x = torch.randint(0, self.classes, shape, generator=generator)
            return x, torch.randint(0, self.classes, shape, generator=generator)
        x = torch.randn(shape, generator=generator)
        return x, torch.randint(0, self.classes, (samples,), generator=generator)


WORKLOADS = {
    "W1": Workload(32, Field(name="features", shape=(784,)), mlp, mlp_graph),
    "W2": Workload(64, Field(name="image", shape=(1, 28, 28)), lenet, lenet_graph),
    "W3": Workload(32, Field(name="image", shape=(3, 32, 32)), resnet, resnet_graph),
    "W4": Workload(16, Field(name="tokens", shape=(64,), dtype="int64"), Transformer, None, 1000),
    "W5": Workload(32, Field(name="window", shape=(50, 32)), Recurrent, recurrent_graph),
}


def plain_steps(
    model: nn.Module, batches: list[tuple[torch.Tensor, torch.Tensor]]
) -> Callable[[int], None]:
    """Return the loop a person writes: these batches over and over, Adam as it comes."""
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)

    def run(steps: int) -> None:
        for step in range(steps):
            x, y = batches[step % len(batches)]
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()

    return run


def plain(case: str) -> Callable[[int], None]:
    """Return the plain loop of a workload on batches that are ready and waiting."""
    work = WORKLOADS[case]
    torch.manual_seed(0)
    model = work.hand()
    x, y = work.draw(20 * work.batch)
    targets = [t.flatten() for t in y.split(work.batch)]
    return plain_steps(model, list(zip(x.split(work.batch), targets, strict=True)))


def script(case: str) -> Callable[[int], None]:
    """Return what a competent user writes: DataLoader, Adam, hand-written module."""
    from torch.utils.data import DataLoader, TensorDataset

    work = WORKLOADS[case]
    torch.manual_seed(0)
    model = work.hand()
    data = TensorDataset(*work.draw(256 * work.batch))
    loader = DataLoader(data, batch_size=work.batch, shuffle=True, drop_last=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)

    def forever():
        while True:
            yield from loader

    batches = forever()

    def run(steps: int) -> None:
        for _ in range(steps):
            x, y = next(batches)
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(x), y.flatten())
            loss.backward()
            optimizer.step()

    return run
