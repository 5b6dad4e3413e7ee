"""Trust that ends with the test, and a child that ends with the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.custom import asking, trust

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def trusted_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what is trusted to one test."""
    path = tmp_path / "settings" / "trusted.json"
    monkeypatch.setenv(trust.PLACE, str(path))
    return path


@pytest.fixture(scope="session", autouse=True)
def _end_the_child() -> Iterator[None]:
    yield
    asking.close()
