"""Recordings in virtual time: far ends with clocks and networks of their own, and their files."""

from __future__ import annotations

import array
import heapq
import random
import sys
import wave
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from kernel.media.recorder import Recorder
from tests.kernel.media.far_end import rtp

RATE = 8000
FRAME_US = 20_000
WRITE_US = 500_000
QUIET, LOUD = 0xFF, 0x80  # of PCMU
LOUD_MIN = 20_000
LEFT, RIGHT = 0, 1
RECORDING = 7


class Arrival(NamedTuple):
    """A packet that comes at `us`."""

    us: int
    side: int
    datagram: bytes


class Network(NamedTuple):
    """What becomes of packets: delay and jitter in ms, the share lost, the clock's drift."""

    delay_ms: float = 10
    jitter_ms: float = 0
    loss: float = 0
    ppm: float = 0
    seed: int = 1


PLAIN = Network()


def clicks_in(first: float, last: float, payload: bytearray) -> bytes:
    """Sound from `first` to `last` (s): silence, with a click of 1 ms at each whole second."""
    second = int(last)
    if second >= first and second > 0:
        at = round((second - first) * RATE)
        for i in range(at, min(at + 8, len(payload))):
            payload[i] = LOUD
    return bytes(payload)


def speech(
    side: int, seconds: float, network: Network = PLAIN, *, start_s: float = 0
) -> Iterator[Arrival]:
    """A far end that says a click each second, as its packets come in."""
    dice = random.Random(network.seed * 2 + side)
    begin = dice.randrange(1 << 32)
    for n in range(int(seconds * 50)):
        spoken = n * 0.02 / (1 + network.ppm / 1e6) + start_s
        payload = clicks_in(spoken, spoken + 0.02, bytearray([QUIET]) * 160)
        late_s = 0.02 + (network.delay_ms + dice.uniform(0, network.jitter_ms)) / 1000
        if dice.random() >= network.loss:
            datagram = rtp(payload, number=n, time=begin + 160 * n, ssrc=side + 1)
            yield Arrival(int((spoken + late_s) * 1e6), side, datagram)


class Tape:
    """One recording in virtual time, written every 500 ms as the thread does."""

    def __init__(self, folder: Path, name: str = "call.wav") -> None:
        self.path = folder / name
        self.recorder = Recorder(4)
        self.now_us = 0
        self.restarted: set[int] = set()
        self.recorder.record(RECORDING, bytes(self.path), 0)

    def hear(self, arrivals: Iterable[Arrival]) -> None:
        """Let packets arrive in the order of their time."""
        for arrival in sorted(arrivals):
            self.until(arrival.us)
            self.recorder.hear(RECORDING, arrival.side, arrival.datagram, arrival.us)

    def both(self, *speeches: Iterable[Arrival]) -> None:
        """Two far ends at once, each in its own order of arrival."""
        self.hear(heapq.merge(*(sorted(each) for each in speeches)))

    def until(self, us: int) -> None:
        """Let time pass."""
        while self.now_us + WRITE_US <= us:
            self.now_us += WRITE_US
            self.recorder.write(self.now_us)

    def end(self, us: int) -> list[tuple[int, int, int]]:
        """End it; what the writer told."""
        self.until(us)
        self.recorder.end(RECORDING, us)
        self.recorder.write(us)
        return self.recorder.news()

    def channel(self, side: int) -> array.array[int]:
        """The samples of one side."""
        return samples(self.path)[side]


def samples(path: Path) -> tuple[array.array[int], array.array[int]]:
    """Left and right of a WAV file, which must be of our kind."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        sound = array.array("h", file.readframes(file.getnframes()))
    assert sys.byteorder == "little"
    return sound[0::2], sound[1::2]


def clicks(sound: array.array[int]) -> list[int]:
    """Where clicks begin; two within half a second are one."""
    found: list[int] = []
    for i, sample in enumerate(sound):
        if sample > LOUD_MIN and (not found or i - found[-1] > RATE // 2):
            found.append(i)
    return found
