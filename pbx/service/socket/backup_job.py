"""A backup asked for over the socket: `pbx backup`, run beside the calls, one at a time.

It takes as long as it takes; a stop of the exchange ends it, and nothing of it is left then.
"""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

from pbx.events import Refused
from pbx.service.socket.params import BackupParams
from pbx.service.socket.staffing_job import COMPLAINT_MAX, PBX


class BackupJob:
    """The backups of the site whose data directory is `data`."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._room = threading.Lock()
        self._guard = threading.Lock()  # over those below
        self._process: subprocess.Popen[str] | None = None
        self._is_over = False

    def answered(self, wanted: BackupParams) -> Any | Refused:
        """Make one; its path and figures. Waits for it: not in the loop's thread."""
        words = ["backup", wanted.dest, "--data", str(self._data), "--json"]
        if not wanted.recordings:
            words.append("--no-recordings")
        if not self._room.acquire(blocking=False):
            return Refused("busy", "a backup is being made; ask again when it is done")
        try:
            process = self._begun([*PBX, *words])
            out, complaint = process.communicate() if process else ("", "the exchange is stopping")
        except OSError as error:
            return Refused("refused", f"cannot run pbx backup: {error}")
        finally:
            self._room.release()
        if process is None or process.returncode:
            return Refused("refused", complaint.strip()[-COMPLAINT_MAX:] or "no backup was made")
        return json.loads(out)

    def _begun(self, command: list[str]) -> subprocess.Popen[str] | None:
        with self._guard:
            if self._is_over:
                return None
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            return self._process

    def stop(self) -> None:
        """End the one that is being made, and begin no more."""
        with self._guard:
            self._is_over = True
            if self._process is not None:
                self._process.terminate()
