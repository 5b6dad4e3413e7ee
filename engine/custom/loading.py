"""The only place that runs a custom layer's text, and only in a process opened for it.

A training child, the process that tries layers out and a command line are opened; a window never.
"""

from __future__ import annotations
import __future__

import linecache
import sys
import types
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.custom import source, trust

if TYPE_CHECKING:
    from collections.abc import Generator

    from engine.custom.declared import Number

_FLAGS = __future__.annotations.compiler_flag
"""Annotations stay text, as they do in an exported script."""
_OPEN = [0]
_LOADED: dict[str, types.ModuleType] = {}


class CustomError(ValueError):
    """A custom layer that cannot be run; one sentence, and the line of its text."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@contextmanager
def opened() -> Generator[None]:
    """Let this process run trusted texts, until the end of the block."""
    _OPEN[0] += 1
    try:
        yield
    finally:
        _OPEN[0] -= 1


def is_open() -> bool:
    """Return whether this process may run trusted texts."""
    return bool(_OPEN[0])


def file_of(text: str) -> str:
    """Return the name under which a text stands in tracebacks."""
    return f"<custom layer {trust.digest(text)[:12]}>"


def line_in(trace: types.TracebackType | None) -> int:
    """Return the line of a custom layer's text that an error came from; 0 for another error."""
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith("<custom layer "):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def make(code: str, class_name: str = "", arguments: tuple[tuple[str, Number], ...] = ()) -> Any:
    """Return the module that a text defines.

    Raises
    ------
    CustomError
        This process is not opened for such texts, the text is not trusted, or it has no such class.
    """
    return class_of(code, class_name)(**dict(arguments))


def class_of(code: str, class_name: str = "") -> Any:
    """Return the class that a text defines. CustomError as for `make`."""
    if not is_open():
        raise CustomError(
            "A custom layer runs only in a process of its own: stop this run and start it again."
        )
    if not trust.trusted(code):
        raise CustomError("Its text is not trusted on this machine.")
    problem, line = source.problem_of(code, class_name)
    if problem:
        raise CustomError(problem, line)
    name = source.outline(code).chosen(class_name)
    found = getattr(_module(code), name, None)
    _check(found, name)
    return found


def _check(found: object, name: str) -> None:
    from torch import nn

    if not isinstance(found, type):
        raise CustomError(f"“{name}” is no class when the text has run.")
    if not issubclass(found, nn.Module):
        raise CustomError(f"“{name}” is no nn.Module; write `class {name}(nn.Module)`.")


def _module(code: str) -> types.ModuleType:
    """Return the module a text makes; it runs once in a process, and draws nothing of ours."""
    key = trust.digest(code)
    if key not in _LOADED:
        import torch

        file = file_of(code)
        made = types.ModuleType(f"layerloom_custom_{key[:16]}")
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        sys.modules[made.__name__] = made
        try:
            with torch.random.fork_rng(devices=[]):
                exec(compile(code, file, "exec", _FLAGS, dont_inherit=True), made.__dict__)
        except BaseException:
            del sys.modules[made.__name__]
            raise
        _LOADED[key] = made
    return _LOADED[key]
