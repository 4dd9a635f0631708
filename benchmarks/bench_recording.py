"""Recording: CPU of recorded bridged calls, what is missing in their files, and how far apart the
two sides are.

The far ends are those of bench_media; every packet's sound says its number, so that a file tells
which 20 ms lie where. Loopback and a real disk; Asterisk (MixMonitor) is quoted from its baseline.
"""

from __future__ import annotations

import array
import functools
import sys
import tempfile
import wave
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

from benchmarks.bench_media import (
    CALLS,
    HOST,
    NUMBERS,
    PACKETS_PER_CALL,
    STAMP,
    Carried,
    carry,
    level,
    measure,
    show,
)
from benchmarks.promise import line
from kernel.media import g711
from kernel.media.control import Media
from kernel.media.peer import Peer

ASTERISK_RECORDED = 0.40  # % of a core per call
TICK = 160
Side: TypeAlias = "array.array[int]"
Sides: TypeAlias = "tuple[Side, Side]"
LOOKS = 20  # places in a file where the sides are compared
SETTLED = 50  # ticks: before, the far ends warmed up and paused


def recorded(folder: Path, pipe: Connection) -> Carried:
    """Our media thread between the generator's pairs of legs, each pair in a file of its own."""
    ports = pipe.recv()
    media = Media(host=HOST, ports=(20_000, 29_999))
    media.start()
    pipe.send([media.open(leg) for leg in range(len(ports))])
    for leg, port in enumerate(ports):
        media.connect(leg, Peer(HOST, port, payload=0))
    for leg in range(0, len(ports), 2):
        media.bridge(leg, leg + 1)
        media.record(leg, folder / "2026" / f"{leg}.wav", leg, leg + 1)
    carried = measure(pipe)
    media.stop()
    return carried


def levels() -> dict[int, int]:
    """The sample that a packet's number is heard as, by sample."""
    wire = bytes(level(number) for number in range(NUMBERS))
    linear = array.array("h", bytes(2 * len(wire)))
    g711.decode_ulaw(wire, linear)
    return {sample: number for number, sample in enumerate(linear)}


def sides_of(path: Path) -> Sides:
    with wave.open(str(path)) as file:
        sound = array.array("h", file.readframes(file.getnframes()))
    if sys.byteorder == "big":
        sound.byteswap()
    return sound[0::2], sound[1::2]


def missing(side: Side, packets: int, *, known: dict[int, int]) -> int:
    """How many of the last so many packets, each 20 ms, do not lie where they should, counted
    back from the last one."""
    end = next((at for at in range(len(side) - 1, 0, -1) if side[at]), 0)
    middle = end - TICK * 3 // 8
    last = known.get(side[middle], 0)
    places = range(middle, middle - TICK * packets, -TICK)
    there = (
        place >= 0 and known.get(side[place]) == (last - n) % NUMBERS
        for n, place in enumerate(places)
    )
    return packets - sum(there)


def begins(side: Side, at: int) -> int:
    """Where the sound of the packet at `at` begins, behind its stamp."""
    sample = side[at]
    while side[at - 1] == sample:
        at -= 1
    return at


def apart(sides: Sides, known: dict[int, int]) -> float:
    """How far the two sides are apart at the most, in ms: the same packet of both was sent within
    a millisecond or so."""
    left, right = sides
    worst = 0
    last = min(len(left), len(right)) - 20 * TICK
    for look in range(LOOKS):
        at = SETTLED * TICK + (last - SETTLED * TICK) * look // LOOKS
        while left[at] not in known or left[at + STAMP.size] != left[at]:
            at += 1
        here = begins(left, at)
        there = next(
            other
            for step in range(4 * TICK)
            for other in (at + step, at - step)
            if right[other] == left[at]
        )
        worst = max(worst, abs(begins(right, there) - here))
    return worst / 8


def rows(seconds: float) -> Iterator[str]:
    """name, ours, peer, ratio (peer / ours), target, ok."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = carry(functools.partial(recorded, folder), CALLS, seconds=seconds)
        percent = 100 * ours.cpu_s / ours.packets * PACKETS_PER_CALL
        yield line(
            "recorded_call_cpu_percent", percent, peer=ASTERISK_RECORDED, most=0.11, digits=3
        )
        yield line("recorded_call_lost_packets", ours.lost, most=0)
        yield line("recorded_call_delay_p99_ms", ours.delay_p99_ms, most=5)
        known, each = levels(), ours.packets // (2 * CALLS) - SETTLED
        files = [sides_of(path) for path in sorted(folder.rglob("*.wav"))]
        lacks = [missing(side, each, known=known) for sides in files for side in sides]
        yield line("recorded_missing_ticks", sum(lacks) + each * 2 * (CALLS - len(files)), most=0)
        yield line("recorded_sides_apart_ms", max(apart(sides, known) for sides in files), most=20)


if __name__ == "__main__":
    show(__doc__, rows)
