import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.strictjson import MAX_DEPTH, JSONError, dump, parse

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    assert parse(dump(value).encode(), "x") == value


@given(VALUES)
def test_the_text_is_plain_json(value: object) -> None:
    assert dump(json.loads(dump(value))) == dump(value)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_sentence(data: bytes) -> None:
    with suppress(JSONError):
        parse(data, "x.loom")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "x breaks off in line 1"),
        ('{"a":\n"b', "x breaks off in line 2"),
        ('{"a": 1,\n "b"\n 2}', "x is damaged in line 3"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": -Infinity}', "-Infinity is not a number"),
        ('{"a": 1e999}', "1e999 is too large"),
        ('{"a": ' + "9" * 5000 + "}", "is too large"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' stands twice"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested more than 100 deep in line 1"),
        ("[" * 100_000, "nested more than 100 deep"),
        ('["\\ud800"]', "half a character"),
        ('{"a": 1} {"b": 2}', "x is damaged in line 1"),
    ],
)
def test_doubtful_json_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(JSONError) as caught:
        parse(text, "x")
    assert words in str(caught.value)
    assert len(str(caught.value)) < 200


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    with pytest.raises(JSONError, match="damaged in line 2: it is not UTF-8"):
        parse(b'{"a": 1,\n"\xff": 2}', "x")


def test_brackets_inside_text_are_not_nesting() -> None:
    assert parse('["' + "[" * 500 + '\\"["]', "x") == ("[" * 500 + '"[',)


def test_whole_characters_may_be_escaped() -> None:
    assert parse('["\\ud83d\\ude00"]', "x") == ("😀",)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"x"])
def test_values_that_json_has_not_are_refused_with_their_place(value: object) -> None:
    with pytest.raises(JSONError, match=r"^a\.1\.b: "):
        dump({"a": [0, {"b": value}]})


def test_a_key_must_be_text() -> None:
    with pytest.raises(JSONError, match=r"^a\.1: a key must be text"):
        dump({"a": {1: 2}})


def test_plain_containers_stand_on_one_line_and_others_do_not() -> None:
    value = {"a": {"x": 1, "y": [1, 2]}, "b": [], "c": list(range(60))}
    lines = dump(value).splitlines()
    assert lines[:6] == ["{", '  "a": {', '    "x": 1,', '    "y": [1, 2]', "  },", '  "b": [],']
    assert lines[6:9] == ['  "c": [', "    0,", "    1,"]
