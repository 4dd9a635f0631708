"""The sounds the exchange plays: music from a WAV file, the ringing tone by arithmetic."""

from __future__ import annotations

import array
import math
import wave
from pathlib import Path

RATE = 8000
SECONDS_MAX = 1800
MUSIC, RINGBACK = "music", "ringback"
NUMBERS = {MUSIC: 1, RINGBACK: 2}
SHIPPED = Path(__file__).parent.parent / "sounds"


class SoundError(Exception):
    """A sound file that cannot be played: which, why and what to do."""


def music(path: str) -> array.array[int]:
    """The samples of a WAV file (16-bit mono, 8 kHz); of the shipped music if `path` is empty.

    Raises SoundError."""
    file = Path(path) if path else SHIPPED / "music.wav"
    try:
        with wave.open(str(file), "rb") as sound:
            shape = sound.getnchannels(), sound.getsampwidth(), sound.getframerate()
            if shape != (1, 2, RATE):
                raise SoundError(
                    f"{file}: {shape[0]} channel(s), {shape[1] * 8} bits, {shape[2]} Hz; music "
                    f"must be 16-bit mono at 8000 Hz: sox {file} -r 8000 -c 1 -b 16 music.wav"
                )
            if not 0 < sound.getnframes() <= SECONDS_MAX * RATE:
                raise SoundError(f"{file}: music lasts between one sample and {SECONDS_MAX} s")
            data = sound.readframes(sound.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise SoundError(f"{file}: cannot be read as a WAV file: {error}") from None
    return array.array("h", data[: len(data) // 2 * 2])


def ringback(on_ms: int = 1000, off_ms: int = 4000, hertz: int = 425) -> array.array[int]:
    """The ringing tone, one cadence of it (ITU-T E.180: 425 Hz, most often 1 s on and 4 s off)."""
    period = RATE * 8 // math.gcd(RATE * 8, hertz)  # samples after which the tone repeats exactly
    wave_of = [round(6000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(period)]
    count = RATE * on_ms // 1000
    tone = (wave_of * (count // period + 1))[:count]
    return array.array("h", tone + [0] * (RATE * off_ms // 1000))
