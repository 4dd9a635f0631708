"""The tones of a country: ringing, busy and congestion, by arithmetic.

Frequencies and cadences are those of ITU-T E.180 supplement 2, "Various tones used in national
networks"; `itu` is what E.180 itself recommends. Where a country lists several, the most usual one.
"""

from __future__ import annotations

import array
import math
from typing import NamedTuple

RATE = 8000
NAMES = RINGBACK, BUSY, CONGESTION = "ringback", "busy", "congestion"

# -10 dBm0, all frequencies together (E.180); a full sine is 3.14 dBm0 (G.711)
LEVEL = 32767 * 10 ** ((-10 - 3.14) / 20)
DEPTH = 0.85  # of a modulation


class Tone(NamedTuple):
    """`hertz` are added; `modulated_hertz` is how often a second the sum swells and fades.

    `cadence_ms` is on, off, on, off … of one round.
    """

    hertz: tuple[int, ...]
    cadence_ms: tuple[int, ...]
    modulated_hertz: int = 0


def _same(hertz: tuple[int, ...], **cadences: tuple[int, ...]) -> dict[str, Tone]:
    return {name: Tone(hertz, cadence) for name, cadence in cadences.items()}


TONES: dict[str, dict[str, Tone]] = {
    "itu": _same((425,), ringback=(1000, 4000), busy=(500, 500), congestion=(250, 250)),
    "cn": _same((450,), ringback=(1000, 4000), busy=(350, 350), congestion=(700, 700)),
    "de": _same((425,), ringback=(1000, 4000), busy=(480, 480), congestion=(240, 240)),
    "fr": _same((440,), ringback=(1500, 3500), busy=(500, 500), congestion=(250, 250)),
    "gb": {
        RINGBACK: Tone((400, 450), (400, 200, 400, 2000)),
        BUSY: Tone((400,), (375, 375)),
        CONGESTION: Tone((400,), (400, 350, 225, 525)),
    },
    "jp": {
        RINGBACK: Tone((400,), (1000, 2000), modulated_hertz=16),
        BUSY: Tone((400,), (500, 500)),
        CONGESTION: Tone((400,), (500, 500)),
    },
    "us": {
        RINGBACK: Tone((440, 480), (2000, 4000)),
        BUSY: Tone((480, 620), (500, 500)),
        CONGESTION: Tone((480, 620), (250, 250)),
    },
}


def samples(tone: Tone) -> array.array[int]:
    """One round of the cadence, at 8 kHz; each burst begins at phase 0."""
    made = array.array("h")
    for place, ms in enumerate(tone.cadence_ms):
        count = RATE * ms // 1000
        made.extend(_burst(tone, count) if place % 2 == 0 else array.array("h", bytes(2 * count)))
    return made


def _burst(tone: Tone, count: int) -> array.array[int]:
    """What sounds for `count` samples: one period of it, again and again."""
    period = RATE // math.gcd(RATE, *tone.hertz, tone.modulated_hertz)
    once = [_sample(tone, 2 * math.pi * n / RATE) for n in range(min(period, count))]
    return array.array("h", (once * (count // len(once) + 1))[:count])


def _sample(tone: Tone, angle: float) -> int:
    """`angle` is that of 1 Hz. Each frequency has its share of the power."""
    level = LEVEL / math.sqrt(len(tone.hertz))
    if tone.modulated_hertz:
        level *= 1 + DEPTH * math.sin(tone.modulated_hertz * angle)
        level /= math.sqrt(1 + DEPTH**2 / 2)
    return round(level * sum(math.sin(hertz * angle) for hertz in tone.hertz))
