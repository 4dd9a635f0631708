"""Staffing questions asked over the socket: `pbx staff` and `pbx simulate`, run beside the calls.

The exchange itself loads no mathematics and gives no call's time to it: each question is a process
of its own, of low priority, on the record as it is. At most `JOBS_MAX` at a time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config.settings import Queue
from pbx.events import Refused

JOBS_MAX = 2
SECONDS_MAX = 60
COMPLAINT_MAX = 1_000  # characters

PBX = (sys.executable, "-c", "import sys, pbx.service.cli as cli; sys.exit(cli.main())")
_room = threading.BoundedSemaphore(JOBS_MAX)


def level(queue: Queue) -> list[str]:
    """A queue's service level as the planning commands take it."""
    goal = queue.service_level
    return ["--target", f"{goal.target:g}", "--within", f"{goal.within_s:g}s"]


def answered(database: Path, words: Sequence[str]) -> Any | Refused:
    """What a planning command says of the record, as JSON. Waits for it: not in the loop's
    thread."""
    if not _room.acquire(blocking=False):
        return Refused("busy", f"{JOBS_MAX} such questions are being answered; ask again")
    command = ["nice", "-n", "10", *PBX, *words, "--json", str(database)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        return Refused("refused", f"no answer within {SECONDS_MAX} s")
    except OSError as error:
        return Refused("refused", f"cannot run {words[0]}: {error}")
    finally:
        _room.release()
    if done.returncode:
        return Refused("refused", done.stderr.strip()[-COMPLAINT_MAX:] or "no answer")
    return json.loads(done.stdout)
