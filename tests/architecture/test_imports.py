"""The house rules that a linter does not know."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 400
FILES = sorted(
    path
    for folder in ("engine", "designer", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
CODE = [p for p in FILES if p.parts[len(ROOT.parts)] != "tests"] + [ROOT / "main.py"]


def loaded_by(*modules: str) -> set[str]:
    """Return which of the heavy packages a fresh interpreter holds after these imports."""
    heavy = {"torch", "PySide6", "pyqtgraph", "sklearn", "pandas"}
    code = f"import sys, {', '.join(modules)}; print(*({heavy!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def imports(path: Path) -> set[str]:
    """Return every name a file imports, wherever the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return found


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_catalogue_loads_nothing_heavy() -> None:
    assert loaded_by("engine.catalog.registry") == set()


def test_walking_the_catalogue_loads_nothing_heavy() -> None:
    code = (
        "import sys; from engine.catalog import registry; assert registry.entries();"
        "print(*({'torch', 'PySide6', 'sklearn', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_what_a_window_needs_to_open_a_file_loads_nothing_heavy() -> None:
    assert loaded_by("engine.graph", "engine.project", "engine.files") == set()


@pytest.mark.parametrize("path", [p for p in CODE if "engine" in p.parts], ids=relative)
def test_the_engine_never_imports_qt(path: Path) -> None:
    names = {name.split(".")[0] for name in imports(path)}
    assert names.isdisjoint({"PySide6", "shiboken6", "pyqtgraph", "designer"})


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_no_file_is_longer_than_a_sitting(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{lines} lines: find the two things this file does and part them"


@pytest.mark.parametrize("path", CODE, ids=relative)
def test_nothing_can_run_code_from_a_file(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert {n.split(".")[0] for n in imports(path)}.isdisjoint({"pickle", "dill", "cloudpickle"})
    called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    assert called.isdisjoint({"torch.load", "torch.save", "eval", "joblib.load"})


@pytest.mark.parametrize("path", [p for p in CODE if p.parent == ROOT / "designer"], ids=relative)
def test_only_the_bridge_meets_the_training_thread(path: Path) -> None:
    if path.name != "bridge.py":
        assert not any(name.startswith("engine.session") for name in imports(path))


def test_resources_hold_no_code() -> None:
    assert not list((ROOT / "resources").rglob("*.py"))
