"""Sound of another rate, by the resampler of libspeexdsp; built where its header is found."""

from __future__ import annotations

from typing import Any

def resample(samples: Any, *, rate: int, to: int) -> bytearray:
    """`samples` (buffer of int16, mono, `rate` Hz) at `to` Hz, as the bytes of int16.

    It lasts as long, to half a sample, and begins at once. Rates are 1000 to 192000 Hz. Raises
    ValueError. Other Python threads run meanwhile.
    """
