"""Each country's tones have their frequencies, their cadence and the level of E.180."""

from __future__ import annotations

import array
import itertools
import math
from typing import get_args

import pytest

from config.settings import Country
from pbx.service.sound import tones
from pbx.service.sound.tones import RATE, TONES, Tone

ALL = [
    pytest.param(tone, id=f"{country}-{name}")
    for country, table in TONES.items()
    for name, tone in table.items()
]
# as published, written again: country, tone, frequencies, seconds on and off
PUBLISHED = [
    ("itu", "ringback", (425,), (1.0, 4.0)),
    ("cn", "ringback", (450,), (1.0, 4.0)),
    ("cn", "busy", (450,), (0.35, 0.35)),
    ("cn", "congestion", (450,), (0.7, 0.7)),
    ("de", "busy", (425,), (0.48, 0.48)),
    ("de", "congestion", (425,), (0.24, 0.24)),
    ("fr", "ringback", (440,), (1.5, 3.5)),
    ("gb", "ringback", (400, 450), (0.4, 0.2, 0.4, 2.0)),
    ("gb", "busy", (400,), (0.375, 0.375)),
    ("jp", "ringback", (400,), (1.0, 2.0)),
    ("us", "ringback", (440, 480), (2.0, 4.0)),
    ("us", "busy", (480, 620), (0.5, 0.5)),
    ("us", "congestion", (480, 620), (0.25, 0.25)),
]


def strength(samples: array.array[int], hertz: float) -> float:
    """The amplitude of one frequency, by Goertzel's algorithm."""
    turn = 2 * math.cos(2 * math.pi * hertz / RATE)
    last = before = 0.0
    for sample in samples:
        last, before = sample + turn * last - before, last
    power = last * last + before * before - turn * last * before
    return 2 * math.sqrt(max(power, 0.0)) / len(samples)


def bursts(samples: array.array[int]) -> list[float]:
    """Seconds of sound, silence, sound …; 5 ms of zeros are silence."""
    block = RATE // 200
    sounds = [any(samples[at : at + block]) for at in range(0, len(samples), block)]
    changes = [n for n in range(1, len(sounds)) if sounds[n] != sounds[n - 1]]
    edges = [0, *changes, len(sounds)]
    return [(b - a) * block / RATE for a, b in itertools.pairwise(edges)]


def dbm0(samples: array.array[int]) -> float:
    """The power of what sounds; a full sine of A-law is 3.14 dBm0."""
    power = sum(sample * sample for sample in samples) / len(samples)
    return 10 * math.log10(power / (32767**2 / 2)) + 3.14


def test_every_country_of_the_settings_has_its_tones() -> None:
    assert set(TONES) == set(get_args(Country))
    assert all(set(table) == {"ringback", "busy", "congestion"} for table in TONES.values())


@pytest.mark.parametrize(("country", "name", "hertz", "seconds"), PUBLISHED)
def test_a_tone_has_its_published_frequencies_and_cadence(
    country: str, name: str, hertz: tuple[int, ...], seconds: tuple[float, ...]
) -> None:
    made = tones.samples(TONES[country][name])
    assert bursts(made) == list(seconds)
    first = made[: int(min(seconds[0], 0.2) * RATE)]
    assert all(strength(first, each) > 3000 for each in hertz)
    assert strength(first, min(hertz) - 60) < 600
    assert strength(first, max(hertz) + 60) < 600


@pytest.mark.parametrize("tone", ALL)
def test_a_tone_is_as_loud_as_recommended_and_is_never_cut_off(tone: Tone) -> None:
    made = tones.samples(tone)
    burst = made[: RATE * tone.cadence_ms[0] // 1000]
    assert abs(dbm0(burst) + 10) < 0.3
    assert max(map(abs, made)) < 16_000
    assert not any(made[-RATE * tone.cadence_ms[-1] // 1000 :])


def test_a_modulated_tone_swells_and_fades_sixteen_times_a_second() -> None:
    made = tones.samples(TONES["jp"]["ringback"])[:RATE]
    loudest = [max(map(abs, made[at : at + 20])) for at in range(0, RATE, 20)]
    middle = (max(loudest) + min(loudest)) / 2
    falls = sum(a >= middle > b for a, b in itertools.pairwise(loudest))
    assert falls == 16
    assert min(loudest) < 0.15 * max(loudest)
