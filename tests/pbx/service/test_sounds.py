"""Music comes from a WAV file of one shape; the ringing tone has its pitch and cadence."""

from __future__ import annotations

import itertools
import wave
from pathlib import Path

import pytest

from pbx.service.sounds import RATE, SoundError, music, ringback


def a_wav(
    path: Path, *, channels: int = 1, octets: int = 2, rate: int = RATE, n: int = 160
) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(octets)
        sound.setframerate(rate)
        sound.writeframes(bytes(n * channels * octets))
    return path


def test_the_shipped_music_fills_whole_packets() -> None:
    samples = music("")
    assert len(samples) > 10 * RATE
    assert len(samples) % 160 == 0
    assert max(samples) > 2000


def test_an_own_file_is_played(tmp_path: Path) -> None:
    assert len(music(str(a_wav(tmp_path / "own.wav", n=320)))) == 320


@pytest.mark.parametrize(
    "shape", [{"channels": 2}, {"octets": 1}, {"rate": 44100}, {"n": 0}], ids=str
)
def test_a_file_of_another_shape_is_refused_with_what_to_do(
    tmp_path: Path, shape: dict[str, int]
) -> None:
    with pytest.raises(SoundError, match=r"bad\.wav"):
        music(str(a_wav(tmp_path / "bad.wav", **shape)))


@pytest.mark.parametrize("octets", [b"", b"RIFF", b"RIFF\x00\x00\x00\x00WAVEfmt ", bytes(100)])
def test_what_is_no_wav_file_is_refused(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / "bad.wav").write_bytes(octets)
    with pytest.raises(SoundError, match="cannot be read as a WAV file"):
        music(str(tmp_path / "bad.wav"))


def test_the_ringing_tone_is_one_second_of_425_hertz_and_four_of_silence() -> None:
    tone = ringback()
    assert len(tone) == 5 * RATE
    assert not any(tone[RATE:])
    crossings = sum(a < 0 <= b for a, b in itertools.pairwise(tone))
    assert abs(crossings - 425) <= 1
