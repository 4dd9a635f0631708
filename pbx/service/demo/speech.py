"""Something like speech, by arithmetic: for telephones that have to say something.

    voice -> syllables, each a vowel with its formants on a gliding pitch -> pauses between phrases

Nobody will understand it, and nobody is meant to; but it has a speaker's levels, pauses and pitch,
so that meters move, recordings show who talks when, and silence can be told from sound.
"""

from __future__ import annotations

import array
import math
import random

import msgspec

RATE = 8000
TURN_S = 4  # one speaks so long, then listens as long
PEAK = 9000
LENGTHS = 4  # a period is taken to a multiple of this many samples: few tables, no audible steps

# The first three formants (Hz) of a, e, i, o, u (Peterson and Barney 1952, men, rounded).
VOWELS = ((730, 1090, 2440), (530, 1840, 2480), (270, 2290, 3010), (570, 840, 2410),
          (300, 870, 2240))  # fmt: skip
WIDTH_HZ = 90.0
# How pitch moves over a syllable, as in the four tones of Mandarin: from, to.
GLIDES = ((1.12, 1.12), (0.92, 1.18), (0.9, 0.84), (1.25, 0.8))


class Voice(msgspec.Struct, frozen=True):
    """A speaker: mean pitch, how much longer or shorter the throat is, seed of what is said."""

    pitch_hz: float
    throat: float
    seed: int


VOICES = (
    Voice(112, 1.0, 1), Voice(196, 1.16, 2), Voice(128, 0.96, 3),
    Voice(214, 1.2, 4), Voice(98, 0.93, 5), Voice(182, 1.12, 6),
)  # fmt: skip


def room(seconds: int = 2) -> array.array[int]:
    """The quiet of a room: what a caller sends who waits and says nothing."""
    chance = random.Random(0)
    return array.array("h", (chance.randint(-24, 24) for _ in range(RATE * seconds)))


def speech(voice: Voice, *, turns: int = 3, listens_first: bool = False) -> array.array[int]:
    """Samples to be looped: talk and pause by turns of `TURN_S`; two speakers of whom one
    `listens_first` do not talk at the same time."""
    chance = random.Random(voice.seed)
    periods: dict[tuple[int, int], list[float]] = {}
    pause = array.array("h", bytes(2 * RATE * TURN_S))
    samples = array.array("h")
    for _ in range(turns):
        talk = _talk(voice, chance, periods=periods)
        samples += pause + talk if listens_first else talk + pause
    return samples


def _talk(
    voice: Voice, chance: random.Random, *, periods: dict[tuple[int, int], list[float]]
) -> array.array[int]:
    """One turn: phrases of some syllables, and a breath between them."""
    samples = array.array("h")
    end = RATE * TURN_S
    while len(samples) < end:
        for _ in range(chance.randint(3, 8)):
            samples += _syllable(voice, chance, periods=periods)
            samples += array.array("h", bytes(2 * chance.randint(120, 400)))
        samples += array.array("h", bytes(2 * chance.randint(1200, 3200)))
    return samples[:end]


def _syllable(
    voice: Voice, chance: random.Random, *, periods: dict[tuple[int, int], list[float]]
) -> array.array[int]:
    """One vowel that swells, glides and fades."""
    vowel = chance.randrange(len(VOWELS))
    start, stop = chance.choice(GLIDES)
    length = chance.randint(RATE * 14 // 100, RATE * 26 // 100)
    loud = PEAK * chance.uniform(0.6, 1.0)
    samples = array.array("h")
    while (at := len(samples) / length) < 1:
        pitch = voice.pitch_hz * (start + (stop - start) * at)
        period = round(RATE / pitch / LENGTHS) * LENGTHS
        if (vowel, period) not in periods:
            periods[vowel, period] = _period(VOWELS[vowel], period, throat=voice.throat)
        level = loud * math.sin(math.pi * min(1.0, at + 0.02)) ** 0.5
        samples.extend(int(level * value) for value in periods[vowel, period])
    return samples


def _period(formants: tuple[int, ...], period: int, *, throat: float) -> list[float]:
    """One period of a vowel: harmonics, each as strong as the formants around it; peak 1."""
    pitch = RATE / period
    wave = [0.0] * period
    for harmonic in range(1, int(3400 / pitch) + 1):
        hertz = harmonic * pitch
        gain = sum(1 / (1 + ((hertz - throat * peak) / WIDTH_HZ) ** 2) for peak in formants)
        gain = (gain + 0.02) / harmonic**0.5
        turn = 2 * math.pi * harmonic / period
        for n in range(period):
            wave[n] += gain * math.sin(turn * n)
    peak = max(map(abs, wave))
    return [value / peak for value in wave]
