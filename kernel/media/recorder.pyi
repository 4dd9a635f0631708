"""Recordings: begun and ended here, filled by the media thread, written by another thread."""

from __future__ import annotations

from typing import Any, Final

# Kinds of news; values apart from those of `kernel.media.control`.
RECORDED: Final = 32
RECORD_FAILED: Final = 33
RECORD_LOST: Final = 34

class Recorder:
    """The recordings of one media thread, which is the only one to call `start` and `stop`.

    The file is WAV, 16 bit, 8 kHz, left and right; it can be read at any moment, also after
    `kill -9`, up to half a second before. One that exists is gone on with. Times are monotonic
    microseconds."""

    def __init__(self, recordings_max: int = 512) -> None:
        """Raises ValueError, OSError."""
    def start(self) -> None:
        """Start the writer thread. Idempotent."""
    def stop(self) -> None:
        """End every recording and the thread; the media thread has ended before. Idempotent."""
    def news(self) -> list[tuple[int, int, int]]:
        """What the writer has to say since the last call: (kind, recording, value).

        RECORDED, once and last for each recording that has an end: samples of each side in its
        file, 8 a millisecond.
        RECORD_FAILED: errno; nothing more is written of this one, which still wants an end.
        RECORD_LOST, before RECORDED: ms of sound (of either side) that found no room, because
        the disk stood still for over 1.5 s."""
    def record(self, recording: int, path: bytes, now_us: int) -> None:
        """Begin a recording of two silent legs. Raises ValueError for one that goes on or a path
        that is none, OSError(EMFILE) when all are in use."""
    def hear(
        self, recording: int, side: int, datagram: Any, now_us: int, is_restarted: bool = False
    ) -> None:
        """Lay an RTP packet of sound that came at `now_us`; side 0 is left, 1 right."""
    def write(self, now_us: int) -> None:
        """Write what is due at `now_us` of all recordings."""
    def end(self, recording: int, now_us: int) -> None:
        """End a recording at `now_us`. Raises KeyError for one that does not go on."""
