"""What the process does that tries custom layers out: it answers questions until it is left alone.

Questions and answers are JSON, so that nothing of a text comes back as more than values.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from engine.custom import loading, trust
from engine.custom.probing import Wanted, probe

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

IDLE = 120.0
"""Seconds without a question after which it ends."""
READY = b"ready"


def serve(connection: Connection) -> None:
    """Answer questions that arrive over a pipe; runs in the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a text prints must not get between the lines of whoever asked.
    with suppress(OSError):
        os.dup2(2, 1)
    sys.stdout = sys.stderr
    import torch

    torch.set_num_threads(1)
    try:
        connection.send_bytes(READY)
        while connection.poll(IDLE):
            question = json.loads(connection.recv_bytes())
            os.environ[trust.PLACE] = question["trust"]
            with loading.opened():
                found = probe(Wanted.read(question["wanted"]))
            connection.send_bytes(json.dumps(found.json()).encode("utf-8", "backslashreplace"))
    except (EOFError, OSError):
        pass
    finally:
        connection.close()
