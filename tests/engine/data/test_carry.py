"""A script with the carried functions makes the same parts, and needs nothing of ours."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from engine.catalog import registry
from engine.catalog.spec import SourceSpec
from engine.data import carry, load
from engine.project import Choice, DataRecipe, Split
from tests.engine.data.samples import class_folder, picture_table

SOURCES = [name for name in registry.of_kind(SourceSpec) if name != "fashion_mnist"]
QUICK = {
    "cifar10": {"limit": 200},
    "review_polarity": {"limit": 60},
    "mnist_domains": {"limit": 50},
}
QUICK["mnist_episodes"] = {"episodes": 10, "pictures": "mnist"}
OWN_FILES = {"csv", "series_csv", "image_table", "text_characters", "text_words"}
OWN_FOLDERS = {"image_folder": "image", "text_folder": "text"}


def own_data(source, folder):
    """Write something small that the source can read; return its settings."""
    if source in OWN_FOLDERS:
        return {"path": str(class_folder(folder / "own", OWN_FOLDERS[source]))}
    if source == "image_table":
        return {"path": str(picture_table(folder / "own"))}
    path = folder / "own.txt"
    if source.startswith("text"):
        path.write_text("To be, or not to be,\nthat is the question. " * 40, "utf-8")
        return {"path": str(path), "window": 8, "stride": 5}
    rows = np.random.default_rng(0).normal(size=(200, 3))
    np.savetxt(path, rows, delimiter=",", header="a,b,c", comments="")
    return {"path": str(path)}


def script(recipe, out):
    save = [
        f"np.savez({str(out)!r}, **{{p + '.' + f: a for p in parts for f, a in parts[p].items()}})",
        "import sys",
        "assert not [m for m in sys.modules if m.split('.')[0] in ('engine', 'designer', 'torch')]",
    ]
    head = "\n".join(carry.IMPORTS)
    return "\n\n".join([head, carry.source(recipe), "\n".join([*carry.lines(recipe), *save])])


@pytest.mark.parametrize("source", SOURCES)
def test_the_script_makes_the_same_parts(source, tmp_path, request, monkeypatch):
    if source in OWN_FILES or source in OWN_FOLDERS:
        params = own_data(source, tmp_path)
    else:
        params = QUICK.get(source, {})
        folder = request.getfixturevalue("data_folder")
        monkeypatch.setenv("LAYERLOOM_DATA", str(folder))
    recipe = DataRecipe(
        source=Choice(id=source, params=params), split=Split(seed=5), scale_target=True
    )
    file, out = tmp_path / "script.py", tmp_path / "parts.npz"
    file.write_text(script(recipe, out), encoding="utf-8")
    subprocess.run([sys.executable, "-I", str(file)], check=True, cwd=tmp_path)
    made = np.load(out)
    expected = {
        f"{part}.{name}": values.numpy()
        for part, held in load(recipe).parts.items()
        for name, values in held.items()
    }
    assert set(made) == set(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(made[name], values)
        assert made[name].dtype == values.dtype


@pytest.mark.parametrize("source", registry.of_kind(SourceSpec))
def test_carried_functions_name_nothing_that_is_left_behind(source):
    import builtins
    import dis
    from types import CodeType

    def globals_read(code):
        found = {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
        return found.union(*(globals_read(c) for c in code.co_consts if isinstance(c, CodeType)))

    functions = carry.functions(DataRecipe(source=Choice(id=source)))
    known = set(dir(builtins))
    for function in functions:
        known.add(function.__name__)
        read = globals_read(function.__code__)
        assert read <= known, (function.__name__, read - known)
    assert len({f.__name__ for f in functions}) == len(functions)
