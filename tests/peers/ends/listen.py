"""What a phone has heard, compared with what was played: correlation of WAV dumps with files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from pbx.service.sound import sound_files as sounds
from tests.peers.ends.baresip import Baresip

RATE_HZ = 8_000
Samples = npt.NDArray[np.float64]


def recorded(path: Path) -> Samples:
    """The samples of a dump, as they lie: its header's length is not set until its end."""
    data = path.read_bytes()[44:]
    return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float64)


def played(path: Path) -> Samples:
    """The samples of a sound file as the exchange reads it."""
    return np.array(sounds.read(path), np.float64)


def likeness(heard: Samples, sound: Samples) -> tuple[float, float]:
    """How much the best stretch of `heard` is like `sound`, 0 to 1, and where it begins (s)."""
    if len(heard) < len(sound) or not len(sound):
        return 0.0, 0.0
    size = 1 << (len(heard) + len(sound)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sound, size))
    match = np.fft.irfft(spectrum, size)[: len(heard) - len(sound) + 1]
    power = np.concatenate(([0.0], np.cumsum(heard**2)))
    energy = power[len(sound) :] - power[: len(power) - len(sound)]
    scale = np.sqrt(np.maximum(energy, 1.0) * max(float(np.sum(sound**2)), 1.0))
    best = match / scale
    at = int(best.argmax())
    return float(best[at]), at / RATE_HZ


def hears(phone: Baresip, name: str, *, least: float = 0.8) -> bool:
    """Whether a phone's call has had a shipped sound in it, from its first sample to its last."""
    dumps = sorted(phone.folder.glob("*-dec.wav"), key=lambda path: path.stat().st_mtime)
    sound = played(sounds.SHIPPED / f"{name}.wav")[: 8_000 * 3]
    return bool(dumps) and likeness(recorded(dumps[-1]), sound)[0] >= least
