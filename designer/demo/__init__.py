"""The demos: the real window, off screen, driven by mouse and keys from empty canvas to saved run.

Used as `python main.py demo --out DIR`, or with `--gan` for networks that are trained against each
other. They need no display and touch nobody's settings.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from designer.demo.digits import Digits
from designer.demo.gan import Gan
from designer.hand import HandError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] = ()) -> int:
    """Run a demo; return 0 if it went all the way."""
    parser = argparse.ArgumentParser(prog="main.py demo", description="Drive the window by itself.")
    parser.add_argument("--gan", action="store_true", help="build a GAN instead of a classifier")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), help="folder for its files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args(arguments)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    out: Path = chosen.out
    out.mkdir(parents=True, exist_ok=True)
    qInstallMessageHandler(_say)
    with TemporaryDirectory() as home:
        demo = (Gan if chosen.gan else Digits)(out, Path(home))
        try:
            report = demo.run()
        except HandError as error:
            print(f"The demo could not go on: {error}", file=sys.stderr)
            return 1
    text = json.dumps(report)
    (out / "demo.json").write_text(text + "\n", encoding="utf-8")
    if chosen.json:
        print(text, flush=True)
    else:
        print(demo.summary(report))
        print("\n".join(report["files"]), flush=True)
    return 0


def _say(_kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
    """Pass Qt's messages on, but for those in which the off-screen platform excuses itself."""
    if message and not message.startswith("This plugin does not support"):
        print(message, file=sys.stderr)
