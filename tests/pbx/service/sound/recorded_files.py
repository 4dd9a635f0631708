"""WAV files of silence, as recordings are, and how long they are."""

from __future__ import annotations

import wave
from pathlib import Path

from pbx.service.sound.recording_files import header, size_of


def recording(path: Path, seconds: float, *, claimed: float | None = None) -> Path:
    """A file of silence whose header claims another length."""
    octets = size_of(seconds) - 44
    said = octets if claimed is None else size_of(claimed) - 44
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header(said) + bytes(octets))
    return path


def seconds_in(path: Path) -> float:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        return len(file.readframes(file.getnframes())) / 4 / file.getframerate()
