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

SOURCES = [name for name in registry.of_kind(SourceSpec) if name != "fashion_mnist"]


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
    params = {}
    if source in ("mnist", "daily_temperature"):
        folder = request.getfixturevalue("data_folder")
        monkeypatch.setenv("LAYERLOOM_DATA", str(folder))
    if source in ("csv", "series_csv"):
        path = tmp_path / "table.csv"
        rows = np.random.default_rng(0).normal(size=(200, 3))
        np.savetxt(path, rows, delimiter=",", header="a,b,c", comments="")
        params = {"path": str(path)}
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

    recipe = DataRecipe(source=Choice(id=source))
    functions = carry.functions(recipe)
    known = {f.__name__ for f in functions} | set(dir(builtins))

    for function in functions:
        globals_read = {
            i.argval for i in dis.get_instructions(function) if i.opname == "LOAD_GLOBAL"
        }
        assert globals_read <= known, (function.__name__, globals_read - known)
