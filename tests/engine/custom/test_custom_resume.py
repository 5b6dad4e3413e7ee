"""What a layer of the user's own keeps beside its weights is gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.custom import loading, trust
from tests.engine.custom.own_texts import around, text_of
from tests.engine.train.cut_runs import bits, gone_on, marked, run
from tests.engine.train.projects import classes

if TYPE_CHECKING:
    from pathlib import Path

INIT = (
    "self._count = 0; self.total = torch.zeros(()); self.seen = collections.deque(maxlen=3);"
    " random.seed(4); np.random.seed(5)"
)
BODY = (
    "self._count += self.training; self.seen.append(float(x.detach().mean()));"
    " self.total = 0.9 * self.total + x.detach().mean();"
    " return x * (1 + 0.1 * random.random()) + 0.1 * np.random.rand() + 0.01 * self._count"
    " + self.total + sum(self.seen)"
)


def test_plain_values_and_random_numbers_of_other_libraries(tmp_path: Path) -> None:
    code = text_of(BODY, INIT, "import collections, random\nimport numpy as np")
    trust.trust(code)
    made = around(code, settings=()).with_training(epochs=3, batch_size=16)
    data = classes(70)
    with loading.opened():
        expected = bits(run(marked(made, 7), data, tmp_path)[0])
        assert bits(gone_on(tmp_path, data, 7)) == expected
