"""Sound of another rate keeps its pitch, its length and its beginning; what would fold goes."""

from __future__ import annotations

import array
import math

import pytest

resample = pytest.importorskip("kernel.media.resample", reason="built without libspeexdsp").resample

RATES = (8000, 11025, 16000, 22050, 32000, 44100, 48000)


def sine(hertz: int, rate: int) -> array.array[int]:
    """One second."""
    step = 2 * math.pi * hertz / rate
    return array.array("h", (round(10_000 * math.sin(step * n)) for n in range(rate)))


def heard(samples: array.array[int], rate: int) -> array.array[int]:
    return array.array("h", bytes(resample(samples, rate=rate, to=8000)))


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_of_the_voice_band_comes_out_as_it_is(rate: int) -> None:
    wanted, got = sine(1000, 8000), heard(sine(1000, rate), rate)
    assert len(got) == len(wanted)
    assert max(abs(a - b) for a, b in zip(wanted[80:-80], got[80:-80], strict=True)) < 20


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 8000])
def test_a_tone_above_four_kilohertz_does_not_come_back_as_another(rate: int) -> None:
    assert max(map(abs, heard(sine(5000, rate), rate)[200:-200])) < 10


@pytest.mark.parametrize(("given", "wanted"), [(0, 0), (1, 0), (3, 1), (4, 1), (48_000, 8000)])
def test_it_lasts_as_long(given: int, wanted: int) -> None:
    assert len(heard(array.array("h", bytes(2 * given)), 48_000)) == wanted


def test_the_loudest_sound_does_not_wrap_round() -> None:
    square = array.array("h", ([32767] * 60 + [-32768] * 60) * 100)
    got = heard(square, 48_000)
    assert max(got) == 32767 and min(got) == -32768
    middles = got[5::20]
    assert all(abs(sample) > 20_000 for sample in middles)


@pytest.mark.parametrize(("rate", "to"), [(0, 8000), (999, 8000), (8000, 192_001), (-8000, 8000)])
def test_a_rate_that_cannot_be_is_refused(rate: int, to: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        resample(sine(100, 8000), rate=rate, to=to)


def test_samples_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError):
        resample(bytes(100), rate=16_000, to=8000)
