"""What tests of the session share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.project import Project


@pytest.fixture
def started() -> Iterator[Callable[..., Session]]:
    """Starts sessions and closes them at the end."""
    made: list[Session] = []

    def start(what: Project, **options: Any) -> Session:
        made.append(Session(what, **options))
        made[-1].start()
        return made[-1]

    yield start
    for each in made:
        each.close()
