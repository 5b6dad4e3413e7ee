"""The demo that builds a GAN: four networks, two phases, pictures while it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox

from designer.demo.walk import Walk
from designer.hand import CONTROL, HandError

if TYPE_CHECKING:
    from engine.graph import Graph

SAMPLES, EPOCHS, NOISE, RATE = 1200, 4, 32, 0.0005
Layers = tuple[tuple[str, dict[str, object]], ...]
"""What is typed into the search field for each layer, and its settings."""
LEAKY = "leaky relu"
GENERATOR: Layers = (
    ("input", {}),
    ("dense", {"out_features": 128}),
    (LEAKY, {}),
    ("dense", {"out_features": 784}),
    ("sigmoid", {}),
    ("reshape", {"shape": "1, 28, 28"}),
    ("output", {}),
)
DISCRIMINATOR: Layers = (
    ("input", {}),
    ("flatten", {}),
    ("dense", {"out_features": 128}),
    (LEAKY, {}),
    ("dense", {"out_features": 1}),
    ("output", {}),
)
JUDGING, FOOLING = "Train discriminator", "Train generator"
SHARED = Qt.KeyboardModifier.ShiftModifier
"""Held while a network is dropped, so that it shares its weights."""
COLUMNS = 3
PATIENCE = 240.0


class Gan(Walk):
    """A generator learns to draw digits, a discriminator to tell them from real ones."""

    def steps(self) -> dict[str, Any]:
        """Build, train, save and reopen a GAN; return what came of it."""
        self.begin()
        self._choose_data()
        self._name_tab(JUDGING)
        self._new_network("Generator")
        self._chain(GENERATOR)
        self._new_network("Discriminator")
        self._chain(DISCRIMINATOR)
        self._build_judging()
        self._build_fooling()
        self._set_phases()
        path = self.out / "gan.loom"
        self.save_as(path)
        result = self._train()
        self.save()
        self.look_dark("trained-dark")
        shown = max(len(album.steps()) for album in self.parts.monitor.history.pictures.values())
        return {"result": result, "pictures": shown, "same": self._reopen()}

    def summary(self, report: dict[str, Any]) -> str:
        """Return what the user is told at the end."""
        same = "the same" if report["same"] else "otherwise"
        return f"{report['result']['steps']} turns of both phases; the file reads back {same}."

    # -- data and names

    @property
    def _graph(self) -> Graph:
        return self.parts.canvas.graph

    def _choose_data(self) -> None:
        """Choose some of the digits; their pixels stay between 0 and 1, as a sigmoid draws them."""
        self.choose_data("mnist")
        self.fill(self.parts.data, "param.limit", SAMPLES)
        self._choose("param.scaling", "none")
        self.settled()
        self.picture("data")

    def _choose(self, name: str, data: object) -> None:
        combo = self.named(name)
        assert isinstance(combo, QComboBox)
        self.hand.choose(combo, data)

    def _name_tab(self, title: str) -> None:
        """Double-click the tab on show and write a name over it."""
        bar = self.parts.tabs.bar
        self.hand.double_click(bar, bar.tabRect(bar.currentIndex()).center())
        self.hand.type(self.named("name.field"), title)

    def _new_network(self, title: str) -> None:
        """Press the button behind the tabs, and name what it makes."""
        self.hand.click(self.parts.tabs.add)
        self._name_tab(title)

    def _show(self, title: str) -> None:
        """Click the tab of a network."""
        bar = self.parts.tabs.bar
        self.hand.click(bar, bar.tabRect(self.parts.tabs.keys().index(self._key(title))).center())

    def _key(self, title: str) -> str:
        """Return the key of a network by its title."""
        project = self.parts.document.project
        (key,) = (k for k in project.networks if project.title_of(k) == title)
        return key

    def _name_node(self, node_id: str, name: str) -> None:
        """Press F2 on a node and write a name over it."""
        self.pick(node_id)
        self.key(Qt.Key.Key_F2)
        self.hand.type(self.named("name.field"), name)

    # -- the inner networks

    def _chain(self, layers: Layers) -> None:
        """Type layer after layer into the palette's search; each is wired to the one before."""
        for words, params in layers:
            self._search(words)
            for name, value in params.items():
                self.fill(self.parts.node, f"param.{name}", value)
        self.key(Qt.Key.Key_Home)
        self.settled()
        self.picture(self.parts.document.project.title_of(self.parts.document.network).lower())

    def _search(self, words: str) -> None:
        """Find a layer from the keyboard and add it behind the selected one."""
        before = set(self._graph.nodes)
        self.key(Qt.Key.Key_F, CONTROL)
        self.hand.type(self.parts.palette.search, words)
        if len(set(self._graph.nodes) - before) != 1:
            raise HandError(f"Typing “{words}” added no layer.")

    # -- the networks that are trained

    def _lay(self, *cards: str) -> list[str]:
        """Drag cards onto the canvas, three in a row, and arrange them; return the nodes' ids.

        A card is a layer's id, or the title of a network, which is placed with shared weights.
        """
        self.key(Qt.Key.Key_F, CONTROL)
        self.hand.press(self.parts.palette.search, Qt.Key.Key_Escape)
        room = self.parts.canvas.viewport().size()
        rows = -(-len(cards) // COLUMNS)
        nodes: list[str] = []
        for number, card in enumerate(cards):
            row, column = divmod(number, COLUMNS)
            place = QPoint(
                (2 * column + 1) * room.width() // (2 * COLUMNS),
                (2 * row + 1) * room.height() // (2 * rows),
            )
            if card[0].isupper():
                nodes.append(self.drop(f"network:{self._key(card)}", place, SHARED))
            else:
                nodes.append(self.drop(card, place))
        self.key(Qt.Key.Key_L)
        self.key(Qt.Key.Key_Home)
        return nodes

    def _finish_network(self) -> None:
        """Arrange it, frame it, and see that nothing is wrong with it."""
        self.key(Qt.Key.Key_L)
        self.key(Qt.Key.Key_Home)
        self.settled()
        title = self.parts.document.project.title_of(self.parts.document.network)
        self.picture(title.lower().replace(" ", "-"))

    def _build_judging(self) -> None:
        """Build the network in which the discriminator learns to tell real digits from drawn."""
        self._show(JUDGING)
        noise, generator, stop, image, real, fake, ones, zeros, good, bad = self._lay(
            "noise", "Generator", "detach", "input", "Discriminator", "Discriminator",
            "constant", "constant", "bce_with_logits", "bce_with_logits",
        )  # fmt: skip
        self.set_param(noise, "shape", NOISE)
        self.set_param(zeros, "value", 0)
        for source, target, port in (
            (noise, generator, ""),
            (generator, stop, ""),
            (stop, fake, ""),
            (image, real, ""),
            (real, ones, ""),
            (fake, zeros, ""),
            (real, good, "prediction"),
            (ones, good, "target"),
            (fake, bad, "prediction"),
            (zeros, bad, "target"),
        ):
            self.wire(source, target, port)
        self._name_node(good, "real")
        self._name_node(bad, "drawn")
        self.pick(generator)
        self.key(Qt.Key.Key_Z)
        self._finish_network()

    def _build_fooling(self) -> None:
        """Build the network in which the generator learns to draw what is taken for real."""
        self._new_network(FOOLING)
        noise, generator, judge, ones, loss, samples = self._lay(
            "noise", "Generator", "Discriminator", "constant", "bce_with_logits", "show_images"
        )
        self.set_param(noise, "shape", NOISE)
        for source, target, port in (
            (noise, generator, ""),
            (generator, judge, ""),
            (judge, ones, ""),
            (judge, loss, "prediction"),
            (ones, loss, "target"),
            (generator, samples, ""),
        ):
            self.wire(source, target, port)
        self._name_node(loss, "fooled")
        self._name_node(samples, "samples")
        self._finish_network()

    # -- training

    def _set_phases(self) -> None:
        """Let both learn in turns; what the second phase trains is picked on the canvas."""
        panel = self.parts.training
        self.tab(panel)
        self._set_phase()
        self.hand.click(self.named("training.phases.add"))
        self.fill(panel, "param.name", "generator")
        self._set_phase()
        self._pick_trained()
        self._name_first_phase("discriminator")
        self.fill(panel, "param.epochs", EPOCHS)

    def _set_phase(self) -> None:
        """Choose how the phase on show learns."""
        panel = self.parts.training
        self._choose("training.optimizer", "rmsprop")
        self._choose("training.optimizer", "adam")
        self.fill(panel.optimizer.form, "param.lr", RATE)

    def _name_first_phase(self, name: str) -> None:
        """Click the first phase of the list and give it a name."""
        tree = self.parts.training.phases.tree
        row = tree.topLevelItem(0)
        assert row is not None
        self.hand.click(tree.viewport(), tree.visualItemRect(row).center())
        self.fill(self.parts.training, "param.name", name)
        self.picture("phases")

    def _pick_trained(self) -> None:
        """Choose on the canvas that only the generator is trained."""
        (judge,) = (n.id for n in self._graph.nodes.values() if n.name == "discriminator")
        self.hand.click(self.named("training.trains.pick"))
        self.picture("picking")
        self.pick(judge)
        self.key(Qt.Key.Key_Return)
        self.settled()
        self.picture("picked")
        (generator,) = (n.id for n in self._graph.nodes.values() if n.name == "generator")
        trains = self.parts.document.project.training.phases[1].trains
        if trains != (generator,):
            raise HandError(f"The second phase trains {trains}, not the generator alone.")

    def _train(self) -> dict[str, Any]:
        """Press Train, look at the pictures that come, wait for the end."""
        monitor = self.parts.monitor
        self.train(120)
        page = monitor.displays["pictures"]
        place = next(
            i for i in range(monitor.tabs.count()) if monitor.tabs.tabText(i) == "Pictures"
        )
        self.hand.wait("the page of pictures", lambda: monitor.tabs.isTabVisible(place), 20)
        self.hand.click(monitor.tabs, monitor.tabs.tabRect(place).center())
        self.hand.wait("a picture", lambda: page.cards, 60)
        self.hand.rest(600)
        self.picture("training")
        result = self.finish(PATIENCE)
        self.picture("trained")
        if not any(card.view.pixel for card in page.cards.values()):
            raise HandError("No pictures of the samples came.")
        return result

    # -- afterwards

    def _reopen(self) -> bool:
        """Close the window, open the file in another; return whether it is the same."""
        saved = self.parts.document.project
        self.close_window()
        self.open_window()
        recent = self.window.start.recent
        self.picture("recent")
        self.hand.click(recent.viewport(), recent.visualItemRect(recent.item(0)).center())
        self.hand.wait("the project", lambda: self.window.working, 20)
        self.settled()
        self.picture("reopened")
        return self.parts.document.project == saved
