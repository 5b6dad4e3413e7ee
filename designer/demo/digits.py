"""The demo that builds a classifier of digits."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt

from designer.demo.walk import Walk
from designer.hand import HandError

EPOCHS = 40
LAYERS = ("input", "dense", "relu", "dense", "cross_entropy")
SIZES = {1: 64, 3: 10}
"""Place among `LAYERS` -> outputs of that dense layer."""
PATIENCE = 240.0


class Digits(Walk):
    """Two dense layers learn the digits."""

    _nodes: tuple[str, ...] = ()

    def steps(self) -> dict[str, Any]:
        """Build, train and save a network; return what came of it."""
        self.picture("start")
        self.begin()
        self._place_layers()
        for source, target in zip(self._nodes, self._nodes[1:], strict=False):
            self.wire(source, target)
        self._choose_data()
        self._set_sizes()
        self._check()
        self.save_as(self.out / "digits.loom")
        result = self._train()
        self.save()
        self.look_dark("trained-dark")
        return {"accuracy": result["test"]["accuracy"], "result": result}

    def summary(self, report: dict[str, Any]) -> str:
        """Return what the user is told at the end."""
        return f"Test accuracy on the digits: {report['accuracy']:.4f}"

    def _place_layers(self) -> None:
        """Drag the layers in, three above and two below, each onto a canvas with no selection."""
        for number, spec in enumerate(LAYERS):
            row, column = divmod(number, 3)
            place = QPoint(150 + 310 * column + 155 * row, 120 + 190 * row)
            self._nodes += (self.drop(spec, place),)
        self.settled()
        self.picture("layers")

    def _choose_data(self) -> None:
        self.choose_data("iris")
        self.choose_data("digits")
        self.settled()
        self.picture("data")

    def _set_sizes(self) -> None:
        """Click each dense layer and type how many outputs it has."""
        view = self.parts.canvas
        for number, outputs in SIZES.items():
            node_id = self._nodes[number]
            self.set_param(node_id, "out_features", outputs)
            if view.graph.nodes[node_id].params.get("out_features", 64) != outputs:
                raise HandError(f"The size {outputs} did not reach the layer.")
        self.tab(self.parts.training)
        self.fill(self.parts.training, "param.epochs", EPOCHS)

    def _check(self) -> None:
        """Frame the network with the keyboard and see that nothing is wrong with it."""
        self.key(Qt.Key.Key_Home)
        self.settled()
        self.picture("network")
        analysis = self.parts.document.analysis
        if analysis is None or not analysis.ok:
            problems = [p.message for p in analysis.problems] if analysis else ["no shapes"]
            raise HandError(" ".join(problems))

    def _train(self) -> dict[str, Any]:
        """Press Train, take a picture on the way, wait for the end."""
        self.pick(self._nodes[1])
        self.train(120)
        self.hand.rest(900)
        self.picture("training")
        result = self.finish(PATIENCE)
        self.picture("trained")
        return result
