"""Free loopback ports for tests that run side by side.

Ports come from below the system's ephemeral range, so that no outgoing connection of anybody takes
one between the moment it is found free and the moment the test's process binds it.
"""

from __future__ import annotations

import os
import socket

LOWEST, HIGHEST = 12_000, 32_000


def is_free(port: int) -> bool:
    """Whether `port` can be bound on every address, by UDP and by TCP."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


class Ports:
    """Hands out each port once; every process starts at another place in the range."""

    def __init__(self, seed: int | None = None) -> None:
        number = os.getpid() if seed is None else seed
        self._next = LOWEST + number * 1_733 % (HIGHEST - LOWEST)

    def one(self) -> int:
        """A free port."""
        return self.block(1)[0]

    def block(self, size: int) -> tuple[int, int]:
        """The first and last of `size` free ports in a row, the first one even."""
        for _ in range(HIGHEST - LOWEST):
            first = self._next + self._next % 2
            if first + size > HIGHEST:
                first = LOWEST
            self._next = first + size
            if all(is_free(port) for port in range(first, first + size)):
                return first, first + size - 1
        raise OSError(f"no {size} free ports in a row between {LOWEST} and {HIGHEST}")
