"""Layers tried out in a process of their own, whatever they do there."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from engine.custom import asking, loading, probing, source, trust
from engine.custom.probing import Found, Wanted
from tests.engine.custom.own_texts import FLOW, QUESTION, asked, text_of


def test_the_child_answers() -> None:
    with pytest.raises(asking.NotTrusted):
        asking.ask(QUESTION)
    trust.trust(source.TEMPLATE)
    found = asking.ask(QUESTION)
    assert found == Found((FLOW,), (("scale", (8,)),))
    assert asking.ask(QUESTION) is found
    assert asking.try_out(QUESTION) == found


def test_an_answer_that_is_not_known_can_wait() -> None:
    code = source.TEMPLATE + "# later\n"
    trust.trust(code)
    question = replace(QUESTION, code=code)
    with asking.patient(), pytest.raises(asking.Later):
        asking.ask(question)
    waiting = asking.questions()
    assert waiting == (question,)
    assert asking.questions() == ()
    before = asking.stamp()
    asking.answer(waiting)
    assert asking.stamp() != before
    with asking.patient():
        assert asking.ask(question).weights == (("scale", (8,)),)


def test_a_text_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    trust.trust(source.TEMPLATE)
    asking.try_out(QUESTION)
    monkeypatch.setattr(asking, "LIMIT", 0.5)
    code = source.TEMPLATE + "while True: pass\n"
    trust.trust(code)
    begin = time.monotonic()
    found = asking.ask(replace(QUESTION, code=code))
    assert "no answer within 0.5 seconds" in found.problem
    assert time.monotonic() - begin < 10


def test_a_text_that_ends_its_process_is_told() -> None:
    code = f"import os\nos._exit(3)\n{source.TEMPLATE}"
    trust.trust(code)
    assert "exit code 3" in asking.ask(replace(QUESTION, code=code)).problem
    code = f"raise SystemExit\n{source.TEMPLATE}"
    trust.trust(code)
    assert asking.ask(replace(QUESTION, code=code)).problem == "Line 1: SystemExit."


def test_closing_frees_whoever_waits() -> None:
    trust.trust(source.TEMPLATE)
    asking.try_out(QUESTION)
    code = source.TEMPLATE + "import time\ntime.sleep(60)\n"
    trust.trust(code)
    thread = threading.Thread(target=asking.answer, args=((replace(QUESTION, code=code),),))
    thread.start()
    time.sleep(0.5)
    assert asking.busy()
    asking.close()
    thread.join(20)
    assert not thread.is_alive()


def test_the_rest_of_a_layer_is_seen() -> None:
    found = asked("return self.l(x), x.sum(1)", init="self.l = nn.Linear(8, 3)", outputs=("a", "b"))
    assert found.outputs == (((-1, 5, 3), "float32"), ((-1, 8), "float32"))
    assert dict(found.weights) == {"l.weight": (3, 8), "l.bias": (3,)}
    assert found.flops == 2 * 5 * 8 * 3


def test_a_layer_that_needs_numbers_gets_some() -> None:
    found = asked("return x * float(x.mean().item() > 1)")
    assert found.outputs == (FLOW,)
    assert asked("return torch.from_numpy(x.numpy() + 1)").outputs == (FLOW,)


@pytest.mark.parametrize(
    ("body", "words", "changes"),
    [
        ("return x @ x", "Line 10: RuntimeError", {}),
        ("return x, x", "returns 2 values; 1 outputs", {}),
        ("return x,", "tuple of one", {}),
        ("return None", "is a NoneType, no tensor", {}),
        ("return x.flatten(0, 1)", "mixes the samples", {}),
        ("return x.sum(1)", "declared as N × 5 × 8, but its forward gives N × 8", {}),
        ("return x", "no size of its own", {"init": "self.l = nn.LazyLinear(3)"}),
        ("return x", "does not take its numbers (p)", {"arguments": (("p", 1),)}),
        ("return x", "Line 8: ZeroDivisionError", {"init": "1 / 0"}),
        ("return x", "Line 3: ModuleNotFoundError", {"head": "import not_there"}),
        ("return x", "is no class when", {"head": "", "class_name": "Own"}),
    ],
)
def test_what_a_layer_does_wrong_is_a_sentence(
    body: str, words: str, changes: dict[str, Any]
) -> None:
    if "no class when" in words:
        code = text_of(body) + "Own = 3\n"
        trust.trust(code)
        with loading.opened():
            found = probing.probe(replace(QUESTION, code=code, class_name="Own", arguments=()))
    else:
        found = asked(body, **changes)
    assert words in found.problem
    assert found.problem.endswith(".")
    assert found.line == (int(words.split()[1].rstrip(":")) if words.startswith("Line") else 0)


def test_a_class_that_is_no_module_is_refused() -> None:
    code = "class Own:\n    pass\n"
    trust.trust(code)
    with loading.opened():
        found = probing.probe(replace(QUESTION, code=code, class_name="", arguments=()))
    assert "no nn.Module" in found.problem


def test_forward_must_take_the_inputs() -> None:
    trust.trust(source.TEMPLATE)
    two = replace(QUESTION, inputs=("a: N ... C", "b: N ... C"), incoming=(FLOW, FLOW))
    with loading.opened():
        assert "does not take its inputs (a, b)" in probing.probe(two).problem


def test_questions_and_answers_survive_json() -> None:
    assert Wanted.read(json.loads(json.dumps(QUESTION.json()))) == QUESTION
    found = Found((FLOW,), (("w", (1, 2)),), 3, "é", 4)
    assert Found.read(json.loads(json.dumps(found.json()))) == found
    with pytest.raises(ValueError, match="no answer"):
        Found.read({"outputs": 3})
