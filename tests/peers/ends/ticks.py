"""Numbered ticks, one a second, and where a recording has them.

    sample  n * 8000    +20      +40       +220               (n + 1) * 8000
            |  start    | bit 0  | bit 1 …  |  carrier …       |

Between the ticks lies a steady level that is not silence: where a recording is silent, no packet
was laid.
"""

from __future__ import annotations

import dataclasses
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kernel.media import g711
from tests.peers.ends.sound import FRAME_S, HEADER, End

RATE_HZ = 8_000
MS = RATE_HZ // 1000
CARRIER, LEVEL, HEARD = 1_000, 12_000, 6_000
BITS, SLOT = 10, 20
TICK = (1 + BITS) * SLOT
FRAME = int(RATE_HZ * FRAME_S)
Samples = npt.NDArray[np.int16]


def ticking(seconds: int) -> Samples:
    """So many ticks, numbered from 0."""
    sound = np.full((seconds, RATE_HZ), CARRIER, np.int16)
    sound[:, :SLOT] = LEVEL
    for bit in range(BITS):
        is_set = np.arange(seconds) >> bit & 1 == 1
        slot = slice((1 + bit) * SLOT, (2 + bit) * SLOT)
        sound[:, slot] = np.where(is_set, LEVEL, -LEVEL)[:, None]
    return sound.reshape(-1)


def write_ticks(path: Path, seconds: int) -> None:
    """A WAV file of ticks, 8 kHz mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(ticking(seconds).tobytes())


def sides(path: Path) -> tuple[Samples, Samples]:
    """Left and right of a recording."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE_HZ)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return sound[0::2], sound[1::2]


@dataclasses.dataclass(frozen=True)
class Stretch:
    """What one side says between two silences: samples `first` to `last` of the recording."""

    first: int
    last: int
    missing: int  # samples of it that no packet has filled
    numbers: list[int]  # of its whole ticks
    starts: list[int]  # the sample at which each begins

    @property
    def zeros(self) -> npt.NDArray[np.int64]:
        """Where tick 0 was or would have been, by each of the ticks: one value if none drifts."""
        return np.array(self.starts, np.int64) - RATE_HZ * np.array(self.numbers, np.int64)

    def lacks(self) -> str:
        """What is not as it was sent, or nothing: a tick is lost, doubled or unreadable."""
        wanted = list(range(self.numbers[0], self.numbers[0] + len(self.numbers)))
        if self.numbers != wanted:
            return f"ticks {self.numbers}"
        if self.starts[0] - self.first >= RATE_HZ + FRAME:
            return f"the first tick, {self.numbers[0]}, only at {self.starts[0]} of {self}"
        if self.last - self.starts[-1] >= RATE_HZ + TICK + FRAME:
            return f"no tick after {self.numbers[-1]} at {self.starts[-1]}"
        return ""


def stretches(side: Samples) -> list[Stretch]:
    """The sound of one side; silence of half a second and more divides it."""
    heard = np.flatnonzero(side)
    cuts = np.flatnonzero(np.diff(heard) > RATE_HZ // 2) + 1
    return [_stretch(side, part) for part in np.split(heard, cuts) if len(part)]


def _stretch(side: Samples, heard: npt.NDArray[np.intp]) -> Stretch:
    first, last = int(heard[0]), int(heard[-1]) + 1
    loud = first + np.flatnonzero(np.abs(side[first:last].astype(int)) > HEARD)
    bursts = np.split(loud, np.flatnonzero(np.diff(loud) > 10 * SLOT) + 1)
    whole = [burst for burst in bursts if burst[-1] + 1 - burst[0] >= TICK - SLOT // 2]
    starts = [int(burst[0]) for burst in whole]
    numbers = [_number(side, start) for start in starts]
    return Stretch(first, last, last - first - len(heard), numbers, starts)


def _number(side: Samples, start: int) -> int:
    middles = start + SLOT // 2 + SLOT * np.arange(1, BITS + 1)
    return int(np.sum((side[middles] > 0).astype(int) << np.arange(BITS)))


class TickingEnd(End):
    """An end that says ticks; all ends of one `Sound` say the same at the same moment."""

    SECONDS = 1 << BITS

    def __init__(self, mark: int, host: str = "127.0.0.1") -> None:
        super().__init__(mark, host)
        self._turn = 0
        self._wire = bytearray(self.SECONDS * RATE_HZ)
        g711.encode_ulaw(ticking(self.SECONDS), self._wire)

    def send(self) -> None:
        """One frame; one that goes nowhere yet is passed over."""
        at = self._turn * FRAME % len(self._wire)
        self._turn += 1
        head = HEADER.pack(0x80, 0, self._turn & 0xFFFF, self._turn * FRAME, self.mark)
        self.send_packet(head + bytes(self._wire[at : at + FRAME]))
