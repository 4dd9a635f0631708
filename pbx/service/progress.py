"""How far a command has come: one line on a terminal's stderr, once it has taken over a second."""

from __future__ import annotations

import sys
import time
from typing import TextIO

PATIENCE_S = 1.0
EVERY_S = 0.2


class Progress:
    """Call it with the part done, 0 to 1; `end` takes the line away."""

    def __init__(
        self, what: str, stream: TextIO | None = None, *, patience_s: float = PATIENCE_S
    ) -> None:
        self._what = what
        self._stream = stream or sys.stderr
        self._next = time.monotonic() + patience_s
        self._is_shown = False

    def __call__(self, part: float) -> None:
        self.say(f"{min(part, 1):4.0%}")

    def say(self, how_far: str) -> None:
        """The same in words."""
        now = time.monotonic()
        if now < self._next or not self._stream.isatty():
            return
        self._next = now + EVERY_S
        self._is_shown = True
        self._stream.write(f"\r{self._what} {how_far}\033[K")
        self._stream.flush()

    def of(self, done: int, whole: int) -> None:
        """The same in steps."""
        self(done / whole if whole else 1.0)

    def end(self) -> None:
        """Clear the line if there is one."""
        if self._is_shown:
            self._stream.write("\r\033[K")
            self._stream.flush()
            self._is_shown = False
