"""Free loopback ports for tests that run side by side.

Ports come from below the system's ephemeral range, so that no outgoing connection of anybody takes
one between the moment it is found free and the moment the test's process binds it. For the same
reason each worker of a test run has a part of the range for itself.
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


def part_of(worker: int, workers: int) -> tuple[int, int]:
    """The part of the range that a worker has: its first port and the one behind its last."""
    size = (HIGHEST - LOWEST) // workers
    return LOWEST + worker * size, LOWEST + (worker + 1) * size


def own_part() -> tuple[int, int]:
    """This process's, as xdist has numbered it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return part_of(int(worker), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


class Ports:
    """Hands out each port once; every process starts at another place in its part."""

    def __init__(self, seed: int | None = None) -> None:
        number = os.getpid() if seed is None else seed
        self._lowest, self._highest = own_part()
        self._next = self._lowest + number * 1_733 % (self._highest - self._lowest)

    def one(self) -> int:
        """A free port."""
        return self.block(1)[0]

    def block(self, size: int) -> tuple[int, int]:
        """The first and last of `size` free ports in a row, the first one even."""
        for _ in range(self._highest - self._lowest):
            first = self._next + self._next % 2
            if first + size > self._highest:
                first = self._lowest + self._lowest % 2
            self._next = first + size
            if self._next <= self._highest and all(
                is_free(port) for port in range(first, self._next)
            ):
                return first, first + size - 1
        raise OSError(f"no {size} free ports in a row from {self._lowest} to {self._highest}")
